//! What a person may have meant by a requirement that is none.

use super::{is_name, read, source};

/// Comparisons as they are mistyped or as other tools write them, and the right ones.
const MISTYPED: &[(&str, &str)] = &[
    ("=>", ">="),
    ("=<", "<="),
    ("=!", "!="),
    ("=~", "~="),
    ("<>", "!="),
    ("><", "!="),
];

/// A fix for `text`, which could not be read; nothing where none is known.
pub(crate) fn advise(text: &str) -> Option<String> {
    let text = text.trim();
    marks_of_other_files(text).or_else(|| {
        let meant = [
            mistyped_comparison,
            conda_pin,
            single_equals,
            caret_or_tilde,
            missing_comparison,
            missing_comma,
            superfluous_comma,
        ]
        .iter()
        .filter_map(|guess| guess(text))
        .find(|guess| read(guess).is_ok())?;
        Some(format!("did you mean `{meant}`?"))
    })
}

/// Signs that the line belongs into another file, or has something round it that does not.
fn marks_of_other_files(text: &str) -> Option<String> {
    for command in [
        "pip install ",
        "pip3 install ",
        "uv pip install ",
        "uv add ",
        "poetry add ",
    ] {
        if let Some(rest) = text.strip_prefix(command) {
            return Some(format!(
                "write `{}` alone, without the command",
                rest.trim()
            ));
        }
    }
    for quote in ['"', '\''] {
        if text.len() > 1 && text.starts_with(quote) {
            let inner = text.trim_matches(|character| character == quote || character == ',');
            return Some(format!("write `{inner}` without quotes"));
        }
    }
    if let Some(rest) = text.strip_prefix("- ") {
        return Some(format!("write `{}` without the dash", rest.trim()));
    }
    if text.starts_with("//") {
        return Some("begin a comment with `#`".to_owned());
    }
    if text.starts_with(['<', '=', '>', '~', '!']) && !text.starts_with("<<<<<<<") {
        return Some(format!("put the package's name in front of `{text}`"));
    }
    if ["<<<<<<<", "=======", ">>>>>>>"]
        .iter()
        .any(|mark| text.starts_with(mark))
    {
        return Some("resolve the merge conflict".to_owned());
    }
    if text.ends_with(['=', '<', '>', '~', '!']) {
        return Some("add a version, or drop the comparison".to_owned());
    }
    if source::is_archive(text) || text.contains("://") || text.starts_with(['.', '/']) {
        return Some(format!("put the package's name in front: `name @ {text}`"));
    }
    None
}

fn mistyped_comparison(text: &str) -> Option<String> {
    MISTYPED
        .iter()
        .find(|(wrong, _)| text.contains(wrong))
        .map(|(wrong, right)| text.replacen(wrong, right, 1))
}

/// `numpy=1.26.4=py311h64a7726_0`, as `conda list --export` writes it.
fn conda_pin(text: &str) -> Option<String> {
    let mut parts = text.split('=');
    let (name, version, build) = (parts.next()?, parts.next()?, parts.next()?);
    let sound = is_name(name) && !version.is_empty() && !build.is_empty();
    (sound && parts.next().is_none()).then(|| format!("{name}=={version}"))
}

fn single_equals(text: &str) -> Option<String> {
    let (name, version) = text.split_once('=')?;
    (!version.starts_with('=') && !name.ends_with(['<', '>', '!', '~']))
        .then(|| format!("{}=={}", name.trim_end(), version.trim_start()))
}

/// Poetry's `^1.2` and npm's `~1.2`.
fn caret_or_tilde(text: &str) -> Option<String> {
    let (position, sign) = text
        .char_indices()
        .find(|(_, sign)| matches!(sign, '^' | '~'))?;
    let (name, rest) = text.split_at_checked(position)?;
    let end = rest.find([';', ',']).unwrap_or(rest.len());
    let (version, tail) = rest.split_at_checked(end)?;
    let version = version.trim_start_matches(['^', '~', '=']).trim();
    let mut release = version
        .parse::<pep440_rs::Version>()
        .ok()?
        .release()
        .to_vec();
    let kept = if sign == '~' {
        2.min(release.len())
    } else {
        release.iter().position(|number| *number != 0).unwrap_or(0) + 1
    };
    release.truncate(kept);
    let last = release.last_mut()?;
    *last = last.checked_add(1)?;
    let upper: Vec<String> = release.iter().map(u64::to_string).collect();
    let name = name.trim_end();
    Some(format!("{name}>={version},<{}{tail}", upper.join(".")))
}

/// `numpy 1.26.4`.
fn missing_comparison(text: &str) -> Option<String> {
    let (name, version) = text.split_once(char::is_whitespace)?;
    let version = version.trim();
    let is_version = version.starts_with(|first: char| first.is_ascii_digit());
    is_version.then(|| format!("{name}=={version}"))
}

/// `numpy>=1.0<2`, `numpy>=1.0 <2`.
fn missing_comma(text: &str) -> Option<String> {
    let (head, marker) = text.split_once(';').unwrap_or((text, ""));
    let mut fixed = String::with_capacity(text.len() + 4);
    let mut compared = false;
    let mut after_version = false;
    for character in head.chars() {
        if after_version && "<>!~".contains(character) {
            fixed.truncate(fixed.trim_end().len());
            fixed.push(',');
            after_version = false;
        } else if character.is_ascii_alphanumeric() {
            // what follows a comparison is part of a version
            after_version = compared;
        }
        compared |= "<>=!~".contains(character);
        fixed.push(character);
    }
    if !marker.is_empty() {
        fixed.push(';');
        fixed.push_str(marker);
    }
    (fixed != text).then_some(fixed)
}

fn superfluous_comma(text: &str) -> Option<String> {
    let fixed = text.trim_end_matches([',', ' ', ';', '.']);
    (fixed != text).then(|| fixed.to_owned())
}
