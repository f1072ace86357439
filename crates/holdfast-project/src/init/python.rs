//! Which interpreter a project says that it runs on.

use holdfast_model::DeclaredPython;

use crate::config::PythonChoice;

/// What is known of the interpreter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PythonFound {
    /// One version, and the file that says it.
    One { python: PythonChoice, file: String },
    /// A range that several minor versions are in, and the file that says it.
    Range { text: String, file: String },
    /// Nothing.
    Nothing,
}

/// The first that names one minor version or one patch; else the first range.
pub(super) fn found(said: &[&DeclaredPython]) -> PythonFound {
    let one = said.iter().find_map(|python| {
        Some(PythonFound::One {
            python: only_version(python)?,
            file: python.location.file.clone(),
        })
    });
    let range = || {
        said.iter()
            .find(|python| python.specifiers.is_some())
            .map(|python| PythonFound::Range {
                text: python.text.clone(),
                file: python.location.file.clone(),
            })
    };
    one.or_else(range).unwrap_or(PythonFound::Nothing)
}

/// The one version that is meant, to the patch where that is said: `3.11.7`, `3.11`, `==3.11.*`,
/// `>=3.11,<3.12`.
fn only_version(python: &DeclaredPython) -> Option<PythonChoice> {
    if let Ok(choice) = python.text.parse() {
        return Some(choice);
    }
    let specifiers = python.specifiers.as_ref()?;
    // no minor version is near the end of this range, and each of its ends tells the minor apart
    let mut minors = (0..=99_u8).filter(|minor| {
        [0_u8, 1, 5, 20, 99].iter().any(|patch| {
            format!("3.{minor}.{patch}")
                .parse()
                .is_ok_and(|version| specifiers.contains(&version))
        })
    });
    let minor = minors.next()?;
    minors
        .next()
        .is_none()
        .then_some(PythonChoice { minor, patch: None })
}

#[cfg(test)]
mod tests {
    use holdfast_model::Location;

    use super::*;

    fn one(text: &str) -> Option<String> {
        let python = DeclaredPython {
            text: text.to_owned(),
            specifiers: text.parse().ok(),
            location: Location::start_of("x"),
        };
        only_version(&python).map(|choice| choice.to_string())
    }

    #[test]
    fn one_minor_version_is_told_from_a_range() {
        assert_eq!(one("3.11.7").as_deref(), Some("3.11.7"));
        assert_eq!(one("3.11").as_deref(), Some("3.11"));
        assert_eq!(one("==3.11.*").as_deref(), Some("3.11"));
        assert_eq!(one(">=3.11,<3.12").as_deref(), Some("3.11"));
        assert_eq!(one("~=3.11.0").as_deref(), Some("3.11"));
        assert_eq!(one(">=3.10"), None);
        assert_eq!(one("==2.7.*"), None);
        assert_eq!(one("pypy3.10"), None);
    }
}
