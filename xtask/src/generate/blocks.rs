//! Blocks of a page that are made by running a command.
//!
//! ```text
//! <!-- generated: holdfast check --help -->
//! …
//! <!-- end -->
//! ```
//!
//! Everything between the two lines is replaced by what the command prints. With
//! `generated (20 lines)` the rest is left out, and said to be.

use anyhow::{Context as _, Result, bail};

const OPENING: &str = "<!-- generated";
const CLOSING: &str = "<!-- end -->";

/// What a block asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wanted<'a> {
    /// The command line.
    pub(super) command: &'a str,
    /// At most so many lines are shown.
    pub(super) lines: Option<usize>,
}

/// The page with every block made anew by `make`.
pub(super) fn refresh(
    page: &str,
    mut make: impl FnMut(&Wanted<'_>) -> Result<String>,
) -> Result<String> {
    let mut text = String::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        text.push_str(line);
        text.push('\n');
        if !line.starts_with(OPENING) {
            continue;
        }
        let wanted = wanted(line).with_context(|| format!("`{line}` is no block"))?;
        text.push_str(&make(&wanted)?);
        if !lines.any(|line| line == CLOSING) {
            bail!("`{line}` has no `{CLOSING}`");
        }
        text.push_str(CLOSING);
        text.push('\n');
    }
    Ok(text)
}

fn wanted(line: &str) -> Option<Wanted<'_>> {
    let rest = line.strip_prefix(OPENING)?.strip_suffix("-->")?;
    let (option, command) = rest.split_once(':')?;
    let lines = match option.trim() {
        "" => None,
        option => Some(
            option
                .strip_prefix('(')?
                .strip_suffix(" lines)")?
                .parse()
                .ok()?,
        ),
    };
    Some(Wanted {
        command: command.trim(),
        lines,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_replaced_and_the_prose_around_it_stays() {
        let page = "before\n<!-- generated: holdfast --help -->\nold\n<!-- end -->\nafter\n";
        let refreshed = refresh(page, |wanted| Ok(format!("new {}\n", wanted.command))).unwrap();
        assert_eq!(
            refreshed,
            "before\n<!-- generated: holdfast --help -->\nnew holdfast --help\n<!-- end -->\nafter\n"
        );
        let again = refresh(&refreshed, |wanted| Ok(format!("new {}\n", wanted.command))).unwrap();
        assert_eq!(again, refreshed);
    }

    #[test]
    fn a_block_may_ask_for_a_few_lines() {
        assert_eq!(
            wanted("<!-- generated (3 lines): holdfast list -->"),
            Some(Wanted {
                command: "holdfast list",
                lines: Some(3)
            })
        );
        assert_eq!(wanted("<!-- generated (three): holdfast list -->"), None);
    }

    #[test]
    fn a_block_without_an_end_is_an_error() {
        let refreshed = refresh("<!-- generated: holdfast -->\nold\n", |_| Ok(String::new()));
        assert!(refreshed.is_err());
    }
}
