//! The notes that pip-tools and uv leave behind each requirement: who asked for it.
//!
//! ```text
//! certifi==2024.7.4        # via requests, httpx
//! idna==3.7
//!     # via
//!     #   -r requirements.in
//!     #   requests
//! ```

/// Follows the comments of a file.
#[derive(Debug, Default)]
pub(super) struct Notes {
    open: bool,
}

/// What a comment says of the requirement before it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Note {
    /// Who asked for it.
    pub(super) via: Vec<String>,
    /// The index that it was found on (uv's `# from`).
    pub(super) index: Option<String>,
}

impl Notes {
    /// Reads a comment, `#` included. Anything that is no note ends a list of names.
    pub(super) fn read(&mut self, comment: &str) -> Note {
        let body = comment.trim_start_matches('#');
        let trimmed = body.trim();
        if let Some(index) = trimmed
            .strip_prefix("from ")
            .filter(|it| it.contains("://"))
        {
            self.open = false;
            return Note {
                index: Some(crate::strip_credentials(index.trim())),
                via: Vec::new(),
            };
        }
        let names = match trimmed.strip_prefix("via") {
            Some("") => {
                self.open = true;
                ""
            }
            Some(rest) if rest.starts_with(char::is_whitespace) => {
                self.open = true;
                rest
            }
            _ if self.open && body.starts_with("  ") => trimmed,
            _ => {
                self.open = false;
                ""
            }
        };
        Note {
            via: names
                .split(',')
                .map(str::trim)
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect(),
            index: None,
        }
    }

    /// Another requirement, an option or a blank line begins.
    pub(super) fn end(&mut self) {
        self.open = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn via(comments: &[&str]) -> Vec<String> {
        let mut notes = Notes::default();
        comments
            .iter()
            .flat_map(|comment| notes.read(comment).via)
            .collect()
    }

    #[test]
    fn both_styles_are_read() {
        assert_eq!(via(&["# via requests, httpx"]), ["requests", "httpx"]);
        assert_eq!(
            via(&["# via", "#   -r requirements.in", "#   requests"]),
            ["-r requirements.in", "requests"]
        );
        assert_eq!(via(&["# viable", "#   no"]), Vec::<String>::new());
        assert_eq!(via(&["# via a", "# something else", "#   b"]), ["a"]);
        let note = Notes::default().read("# from https://u:p@host/simple");
        assert_eq!(note.index.as_deref(), Some("https://host/simple"));
    }
}
