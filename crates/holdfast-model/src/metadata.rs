//! Core metadata of a Python distribution: `METADATA` in a wheel, `PKG-INFO` in a source archive.
//!
//! Only the headers that Holdfast needs; the long description is passed over. The standard is
//! the Python Packaging Authority's "core metadata" (PEP 241, 314, 345, 566, 639, 643, 685).

use crate::licence;

/// Headers of a distribution's core metadata, as written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CoreMetadata {
    /// `Name`, not normalised.
    pub name: String,
    /// `Version`.
    pub version: String,
    /// `Requires-Dist`, in the order of the file: PEP 508 requirements.
    pub requires_dist: Vec<String>,
    /// `Requires-Python`: PEP 440 specifiers.
    pub requires_python: Option<String>,
    /// `Provides-Extra`, in the order of the file.
    pub provides_extra: Vec<String>,
    /// `License-Expression` (PEP 639): an SPDX expression.
    pub license_expression: Option<String>,
    /// `License`: free text, sometimes the whole licence.
    pub license: Option<String>,
    /// `Classifier`, in the order of the file.
    pub classifiers: Vec<String>,
    /// `License-File` (PEP 639).
    pub license_files: Vec<String>,
}

/// Why a text is no core metadata.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// A header that every version of the standard demands is absent.
    #[error("core metadata lacks `{0}`")]
    Missing(&'static str),
}

impl CoreMetadata {
    /// Reads the headers of core metadata.
    ///
    /// Lines may end in CR LF, a byte order mark may come first, and header names are matched in any
    /// case. A value goes on in each following line that begins with a space or a tab. Headers end
    /// at the first empty line, or, as Python's own parser has it, at the first line that is neither
    /// a header nor its continuation. Where a header that can occur once is repeated, the first one
    /// counts.
    pub fn parse(text: &str) -> Result<Self, MetadataError> {
        let mut metadata = Self::default();
        for (name, value) in headers(text) {
            metadata.take(name, value);
        }
        if metadata.name.is_empty() {
            return Err(MetadataError::Missing("Name"));
        }
        if metadata.version.is_empty() {
            return Err(MetadataError::Missing("Version"));
        }
        Ok(metadata)
    }

    /// The licence: an SPDX expression where it can be told, else a short text, else nothing.
    ///
    /// In this order: `License-Expression`; `License`, where it is an SPDX expression, a common name
    /// of a licence, or begins with the text of a well-known one; the classifiers; and then, as
    /// text, a `License` of one short line or the classifiers' names. Classifiers do not count where
    /// they leave out a GPL that `License` speaks of.
    pub fn licence(&self) -> Option<String> {
        if let Some(expression) = &self.license_expression {
            return Some(licence::from_name(expression).unwrap_or_else(|| expression.clone()));
        }
        let stated = self.license.as_deref();
        stated
            .and_then(|text| licence::from_name(text).or_else(|| licence::from_text(text)))
            .or_else(|| {
                licence::from_classifiers(&self.classifiers)
                    .filter(|licence| !names_gpl(stated.unwrap_or_default()) || names_gpl(licence))
            })
            .or_else(|| stated.and_then(licence::short_text))
            .or_else(|| licence::classifier_names(&self.classifiers))
    }

    fn take(&mut self, name: &str, value: String) {
        // setuptools wrote `UNKNOWN` for what was not given
        if value.is_empty() || value == "UNKNOWN" {
            return;
        }
        let once = |field: &mut Option<String>, value: String| {
            field.get_or_insert(value);
        };
        match name.to_ascii_lowercase().as_str() {
            "name" if self.name.is_empty() => self.name = value,
            "version" if self.version.is_empty() => self.version = value,
            "requires-dist" => self.requires_dist.push(single_line(&value)),
            "requires-python" => once(&mut self.requires_python, single_line(&value)),
            "provides-extra" => self.provides_extra.push(value),
            "license-expression" => once(&mut self.license_expression, single_line(&value)),
            "license" => once(&mut self.license, value),
            "classifier" => self.classifiers.push(single_line(&value)),
            "license-file" => self.license_files.push(value),
            _ => {}
        }
    }
}

/// Names and values of the headers, continuation lines joined by line feeds.
fn headers(text: &str) -> Vec<(&str, String)> {
    let mut headers: Vec<(&str, String)> = Vec::new();
    for line in text.trim_start_matches('\u{feff}').split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.is_empty() {
            break;
        }
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = headers.last_mut() {
                value.push('\n');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':')
            && !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_graphic())
        {
            headers.push((name, value.trim().to_owned()));
        } else {
            break;
        }
    }
    for (_, value) in &mut headers {
        value.truncate(value.trim_end().len());
    }
    headers
}

fn names_gpl(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.contains("gpl") || text.contains("general public license")
}

fn single_line(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = "Metadata-Version: 2.1\r
Name: Example_Package\r
Version: 1.2\r
requires-python: >=3.9\r
Requires-Dist: numpy>=1.26;\r
  python_version >= \"3.9\"\r
Requires-Dist: scipy ; extra == 'all'\r
Provides-Extra: all\r
License: UNKNOWN\r
Classifier: License :: OSI Approved :: MIT License\r
License-File: LICENSE\r
\r
Name: not-a-header\r
";

    #[test]
    fn headers_are_read_up_to_the_description() {
        let metadata = CoreMetadata::parse(EXAMPLE).unwrap();
        assert_eq!(metadata.name, "Example_Package");
        assert_eq!(metadata.version, "1.2");
        assert_eq!(metadata.requires_python.as_deref(), Some(">=3.9"));
        assert_eq!(
            metadata.requires_dist,
            [
                "numpy>=1.26; python_version >= \"3.9\"",
                "scipy ; extra == 'all'"
            ]
        );
        assert_eq!(metadata.provides_extra, ["all"]);
        assert_eq!(metadata.license_files, ["LICENSE"]);
        assert_eq!(metadata.license, None);
        assert_eq!(metadata.licence().as_deref(), Some("MIT"));
    }

    #[test]
    fn metadata_without_name_or_version_is_refused() {
        assert_eq!(
            CoreMetadata::parse("Version: 1\n"),
            Err(MetadataError::Missing("Name"))
        );
        assert_eq!(
            CoreMetadata::parse("Name: a\n\nVersion: 1\n"),
            Err(MetadataError::Missing("Version"))
        );
        assert!(CoreMetadata::parse("").is_err());
        assert!(CoreMetadata::parse("<html>").is_err());
    }

    #[test]
    fn a_licence_text_of_many_lines_is_recognised() {
        let text = "Name: a\nVersion: 1\nLicense: Copyright (c) 2005, A Person.\n        \n        \
                    Redistribution and use in source and binary forms, with or without\n        \
                    modification, are permitted\n        Neither the name of the Person\n        \
                    nor the names of any contributors may be used to endorse\n";
        let metadata = CoreMetadata::parse(text).unwrap();
        assert_eq!(metadata.licence().as_deref(), Some("BSD-3-Clause"));
    }

    #[test]
    fn the_expression_comes_before_everything_else() {
        let text = "Name: a\nVersion: 1\nLicense-Expression: mit or apache-2.0\nLicense: BSD\n";
        let metadata = CoreMetadata::parse(text).unwrap();
        assert_eq!(metadata.licence().as_deref(), Some("MIT OR Apache-2.0"));
    }

    #[test]
    fn what_cannot_be_told_stays_a_short_text_or_nothing() {
        let licence = |rest: &str| {
            CoreMetadata::parse(&format!("Name: a\nVersion: 1\n{rest}"))
                .unwrap()
                .licence()
        };
        assert_eq!(
            licence("License: NVIDIA Proprietary Software\n").as_deref(),
            Some("NVIDIA Proprietary Software")
        );
        assert_eq!(
            licence("Classifier: License :: OSI Approved :: BSD License\n").as_deref(),
            Some("BSD License")
        );
        assert_eq!(
            licence(
                "License: Apachev2 or later or GPLv2\n\
                 Classifier: License :: OSI Approved :: Apache Software License\n"
            )
            .as_deref(),
            Some("Apachev2 or later or GPLv2")
        );
        assert_eq!(licence("License: Copyright\n  Me\n  And You\n"), None);
        assert_eq!(licence(""), None);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_parsed_without_panic(text in "(?s).{0,400}") {
            let _ = CoreMetadata::parse(&text);
        }

        #[test]
        fn any_headers_are_parsed_without_panic(
            lines in proptest::collection::vec("(Name|Version|License|Classifier|License-Expression): ?[ -~é\t]{0,40}", 0..8)
        ) {
            if let Ok(metadata) = CoreMetadata::parse(&lines.join("\n")) {
                let _ = metadata.licence();
            }
        }
    }
}
