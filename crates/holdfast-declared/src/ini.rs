//! INI files as Python's `configparser` reads them: sections, `key = value` or `key: value`, values
//! that go on in deeper indented lines, comments on lines of their own (`#`, `;`).
//!
//! Nothing is interpolated. A key or section that is there twice is an error, as it is in Python.

use std::collections::BTreeSet;

use holdfast_model::Location;

use crate::{LineIndex, ReadError, limits};

/// A key of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The key in lower case, as written otherwise.
    pub(crate) key: String,
    /// The lines of the value with their places; blank first lines included.
    pub(crate) lines: Vec<(String, Location)>,
    /// Where the key is written.
    pub(crate) location: Location,
}

impl Entry {
    /// The lines of the value that say something.
    pub(crate) fn values(&self) -> impl Iterator<Item = &(String, Location)> {
        self.lines.iter().filter(|(line, _)| !line.is_empty())
    }

    /// The whole value.
    pub(crate) fn value(&self) -> String {
        let lines: Vec<&str> = self.lines.iter().map(|(line, _)| line.as_str()).collect();
        lines.join("\n").trim().to_owned()
    }
}

/// A section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Section {
    /// The name as written.
    pub(crate) name: String,
    /// Its keys in the order of the file.
    pub(crate) entries: Vec<Entry>,
}

impl Section {
    /// The entry of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }
}

/// A file being read.
struct Reader<'t> {
    file: &'t str,
    index: LineIndex<'t>,
    sections: Vec<Section>,
    names: BTreeSet<String>,
    seen: BTreeSet<(usize, String)>,
    /// Indentation of the key whose value may go on.
    open: Option<usize>,
}

/// Reads the sections of a file.
pub(crate) fn sections(text: &str, file: &str) -> Result<Vec<Section>, ReadError> {
    limits::check_manifest(text, file)?;
    let mut reader = Reader {
        file,
        index: LineIndex::new(text),
        sections: Vec::new(),
        names: BTreeSet::new(),
        seen: BTreeSet::new(),
        open: None,
    };
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        reader.line(line, offset)?;
        offset += line.len();
    }
    Ok(reader.sections)
}

impl Reader<'_> {
    fn line(&mut self, line: &str, offset: usize) -> Result<(), ReadError> {
        let content = line.trim();
        if content.starts_with(['#', ';']) {
            return Ok(());
        }
        let indent = line.len() - line.trim_start().len();
        let location = self.index.location(self.file, offset + indent);
        if content.is_empty() {
            return Ok(());
        }
        if self.open.is_some_and(|key| indent > key)
            && let Some(entry) = self
                .sections
                .last_mut()
                .and_then(|section| section.entries.last_mut())
        {
            entry.lines.push((content.to_owned(), location));
            return Ok(());
        }
        match section_name(content) {
            Some(name) => self.section(name, location),
            None => self.entry(line, offset, location),
        }
    }

    fn section(&mut self, name: &str, location: Location) -> Result<(), ReadError> {
        if !self.names.insert(name.to_owned()) && name != "DEFAULT" {
            return Err(
                ReadError::new(location, format!("the section `[{name}]` is there twice"))
                    .with_fix("join the two"),
            );
        }
        self.open = None;
        self.sections.push(Section {
            name: name.to_owned(),
            entries: Vec::new(),
        });
        Ok(())
    }

    fn entry(&mut self, line: &str, offset: usize, location: Location) -> Result<(), ReadError> {
        let position = self.sections.len();
        let Some(section) = self.sections.last_mut() else {
            return Err(
                ReadError::new(location, "there is no section before this line")
                    .with_fix("put `[global]` or the section it belongs to in front"),
            );
        };
        let Some((key, value)) = line.split_once(['=', ':']) else {
            return Err(ReadError::new(
                location,
                format!("`{}` is neither a section nor `key = value`", line.trim()),
            ));
        };
        let indent = line.len() - line.trim_start().len();
        let name = key.trim().to_lowercase();
        if !self.seen.insert((position, name.clone())) {
            return Err(ReadError::new(
                location,
                format!("`{name}` is there twice in `[{}]`", section.name),
            )
            .with_fix("keep one of them"));
        }
        let blank = value.len() - value.trim_start().len();
        let value_offset = offset + key.len() + 1 + blank;
        section.entries.push(Entry {
            key: name,
            lines: vec![(
                value.trim().to_owned(),
                self.index.location(self.file, value_offset),
            )],
            location,
        });
        self.open = Some(indent);
        Ok(())
    }
}

/// The name between `[` and the last `]`, as Python takes it.
fn section_name(content: &str) -> Option<&str> {
    let rest = content.strip_prefix('[')?;
    let end = rest.rfind(']').filter(|end| *end > 0)?;
    rest.get(..end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_go_on_in_deeper_lines() {
        let text =
            "[global]\nA-b = 1\n  2 # not a comment\n\n  # a comment\n  3\nc: x = y\n[install]\n";
        let sections = sections(text, "pip.conf").unwrap();
        assert_eq!(sections.len(), 2);
        let entry = sections[0].get("a-b").unwrap();
        assert_eq!(entry.value(), "1\n2 # not a comment\n3");
        assert_eq!(entry.lines[2].1, Location::new("pip.conf", 6, 3));
        assert_eq!(sections[0].get("c").unwrap().value(), "x = y");
    }

    #[test]
    fn what_python_refuses_is_refused() {
        for (text, error) in [
            ("a = 1\n", "f:1:1: there is no section before this line"),
            (
                "[a]\nb\n",
                "f:2:1: `b` is neither a section nor `key = value`",
            ),
            ("[a]\nb=1\nB=2\n", "f:3:1: `b` is there twice in `[a]`"),
            ("[a]\n[a]\n", "f:2:1: the section `[a]` is there twice"),
        ] {
            assert_eq!(sections(text, "f").unwrap_err().to_string(), error);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[\\[\\]a=:#; \n\r\té]{0,60}") {
            let _ = sections(&text, "f");
        }
    }
}
