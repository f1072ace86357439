//! Options of a line, as pip's option parser takes them: `-i URL`, `-iURL`, `--index-url=URL`,
//! quotes as in a shell, and long names cut short as long as they are unique.

use crate::pep508::SyntaxError;
use crate::suggest;

/// An option that pip knows in requirements files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OptionKind {
    /// The long name without dashes.
    pub(super) name: &'static str,
    short: Option<char>,
    takes_value: bool,
    /// Whether it belongs to the requirement on its line.
    pub(super) per_requirement: bool,
}

const fn global(name: &'static str, short: Option<char>) -> OptionKind {
    OptionKind {
        name,
        short,
        takes_value: true,
        per_requirement: false,
    }
}

const fn flag(name: &'static str) -> OptionKind {
    OptionKind {
        name,
        short: None,
        takes_value: false,
        per_requirement: false,
    }
}

const fn of_requirement(name: &'static str, short: Option<char>) -> OptionKind {
    OptionKind {
        name,
        short,
        takes_value: true,
        per_requirement: true,
    }
}

/// All of them, by the names that pip gives them.
const OPTIONS: &[OptionKind] = &[
    global("index-url", Some('i')),
    global("extra-index-url", None),
    flag("no-index"),
    global("find-links", Some('f')),
    global("requirement", Some('r')),
    global("constraint", Some('c')),
    global("editable", Some('e')),
    global("no-binary", None),
    global("only-binary", None),
    flag("prefer-binary"),
    flag("require-hashes"),
    flag("pre"),
    global("all-releases", None),
    global("only-final", None),
    global("trusted-host", None),
    global("use-feature", None),
    of_requirement("hash", None),
    of_requirement("config-settings", Some('C')),
    of_requirement("global-option", None),
    of_requirement("install-option", None),
];

/// Other long names of the same options.
const ALIASES: &[(&str, &str)] = &[
    ("pypi-url", "index-url"),
    ("config-setting", "config-settings"),
    ("requirements", "requirement"),
    ("constraints", "constraint"),
];

/// An option as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LineOption {
    pub(super) kind: OptionKind,
    pub(super) value: String,
    /// Where the option begins, in bytes from the start of the line.
    pub(super) offset: usize,
}

/// Where the options of a line begin: at the first word that starts with `-`.
pub(super) fn split_arguments(line: &str) -> usize {
    let mut after_space = true;
    line.char_indices()
        .find_map(|(offset, character)| {
            let found = after_space && character == '-';
            after_space = character.is_whitespace();
            found.then_some(offset)
        })
        .unwrap_or(line.len())
}

/// Reads the options of a line from `start` on.
pub(super) fn options(line: &str, start: usize) -> Result<Vec<LineOption>, SyntaxError> {
    let mut found = Vec::new();
    let mut words = shell_words(line, start)?.into_iter();
    while let Some(word) = words.next() {
        let (name, attached, kind) = if let Some(long) = word.text.strip_prefix("--") {
            let (name, value) = match long.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (long, None),
            };
            (format!("--{name}"), value, long_option(name, word.offset)?)
        } else if let Some(rest) = word.text.strip_prefix('-') {
            let mut characters = rest.chars();
            let Some(letter) = characters.next() else {
                return Err(SyntaxError::new(word.offset, "`-` alone is no option")
                    .with_fix("write the requirement without the dash"));
            };
            let attached = characters.as_str();
            let value = (!attached.is_empty()).then(|| attached.to_owned());
            (
                format!("-{letter}"),
                value,
                short_option(letter, word.offset)?,
            )
        } else {
            return Err(SyntaxError::new(
                word.offset,
                format!(
                    "`{}` stands after an option, where pip overlooks it",
                    word.text
                ),
            )
            .with_fix("put each requirement on a line of its own"));
        };
        let value = match (kind.takes_value, attached) {
            (true, Some(value)) => value,
            (true, None) => words
                .next()
                .map(|word| word.text)
                .ok_or_else(|| SyntaxError::new(word.offset, format!("`{name}` needs a value")))?,
            (false, None) => String::new(),
            (false, Some(_)) => {
                return Err(SyntaxError::new(
                    word.offset,
                    format!("`{name}` takes no value"),
                ));
            }
        };
        if kind.takes_value && value.is_empty() {
            return Err(SyntaxError::new(
                word.offset,
                format!("`{name}` needs a value"),
            ));
        }
        found.push(LineOption {
            kind,
            value,
            offset: word.offset,
        });
    }
    Ok(found)
}

fn long_option(name: &str, offset: usize) -> Result<OptionKind, SyntaxError> {
    let target = ALIASES
        .iter()
        .find(|(alias, _)| *alias == name)
        .map_or(name, |(_, target)| target);
    if let Some(kind) = OPTIONS.iter().find(|kind| kind.name == target) {
        return Ok(*kind);
    }
    let mut cut_short = OPTIONS.iter().filter(|kind| kind.name.starts_with(name));
    match (cut_short.next(), cut_short.next()) {
        (Some(kind), None) if !name.is_empty() => return Ok(*kind),
        _ => {}
    }
    let error = SyntaxError::new(
        offset,
        format!("`--{name}` is no option of a requirements file"),
    );
    Err(
        match suggest::nearest(name, OPTIONS.iter().map(|kind| kind.name)) {
            Some(near) => error.with_fix(format!("did you mean `--{near}`?")),
            None => error.with_fix("drop it, or give it to pip on the command line"),
        },
    )
}

fn short_option(letter: char, offset: usize) -> Result<OptionKind, SyntaxError> {
    OPTIONS
        .iter()
        .find(|kind| kind.short == Some(letter))
        .copied()
        .ok_or_else(|| {
            SyntaxError::new(
                offset,
                format!("`-{letter}` is no option of a requirements file"),
            )
            .with_fix(
                "options are `-r`, `-c`, `-e`, `-i`, `-f` and long ones; begin a comment with `#`",
            )
        })
}

struct Word {
    text: String,
    offset: usize,
}

/// Words as a POSIX shell splits them: quotes and backslashes, nothing else.
fn shell_words(line: &str, start: usize) -> Result<Vec<Word>, SyntaxError> {
    let mut words: Vec<Word> = Vec::new();
    let mut open: Option<Word> = None;
    let mut quote: Option<(char, usize)> = None;
    let mut characters = line.get(start..).unwrap_or_default().char_indices();
    while let Some((offset, character)) = characters.next() {
        let offset = start + offset;
        if quote.is_none() && character.is_whitespace() {
            words.extend(open.take());
            continue;
        }
        let word = open.get_or_insert_with(|| Word {
            text: String::new(),
            offset,
        });
        match (quote, character) {
            (Some((closing, _)), found) if found == closing => quote = None,
            (None, '\'' | '"') => quote = Some((character, offset)),
            (None | Some(('"', _)), '\\') => {
                let escaped = characters.next().map_or('\\', |(_, escaped)| escaped);
                // inside double quotes a backslash means itself before anything else
                if quote.is_some() && !matches!(escaped, '"' | '\\') {
                    word.text.push('\\');
                }
                word.text.push(escaped);
            }
            (_, found) => word.text.push(found),
        }
    }
    if let Some((closing, offset)) = quote {
        return Err(SyntaxError::new(
            offset,
            format!("the text that begins here has no closing `{closing}`"),
        ));
    }
    words.extend(open);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Vec<(String, String)> {
        options(line, split_arguments(line))
            .unwrap_or_else(|error| panic!("{line}: {error:?}"))
            .into_iter()
            .map(|option| (option.kind.name.to_owned(), option.value))
            .collect()
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn options_are_read_in_all_their_spellings() {
        for line in [
            "-i URL",
            "-iURL",
            "--index-url URL",
            "--index-url=URL",
            "--index 'URL'",
        ] {
            assert_eq!(read(line), [pair("index-url", "URL")], "{line}");
        }
        assert_eq!(
            read("a==1 --hash sha256:x --hash=sha256:y -C 'k=v w'"),
            [
                pair("hash", "sha256:x"),
                pair("hash", "sha256:y"),
                pair("config-settings", "k=v w"),
            ]
        );
        assert_eq!(read("--pre"), [pair("pre", "")]);
        assert_eq!(
            read(r#"-r "a \"b\".txt""#),
            [pair("requirement", "a \"b\".txt")]
        );
        assert_eq!(read("foo17--hash==1.0"), []);
    }

    #[test]
    fn what_is_no_option_is_refused_with_its_place() {
        for (line, offset, message) in [
            (
                "--indx-url x",
                0,
                "`--indx-url` is no option of a requirements file",
            ),
            ("a --pre=x", 2, "`--pre` takes no value"),
            ("-r", 0, "`-r` needs a value"),
            ("a --hash=", 2, "`--hash` needs a value"),
            ("- numpy", 0, "`-` alone is no option"),
            ("-z", 0, "`-z` is no option of a requirements file"),
            ("-r 'a", 3, "the text that begins here has no closing `'`"),
            (
                "a --pre b",
                8,
                "`b` stands after an option, where pip overlooks it",
            ),
            ("--no-", 0, "`--no-` is no option of a requirements file"),
        ] {
            let error = options(line, split_arguments(line)).unwrap_err();
            assert_eq!((error.offset, error.message.as_str()), (offset, message));
        }
    }
}
