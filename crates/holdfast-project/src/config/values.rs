//! What single values of the configuration mean: paths, addresses, periods, patterns, subjects.
//!
//! Each answers the value, or what is wrong with it and how to mend that; places are the caller's.

use holdfast_rules::{GlobalPattern, LicenceName, SubjectPattern};
use jiff::civil::Date;

use super::shown::shown;
use super::suggest::nearest;
use super::unvalidated::Period;

/// What is wrong with a value, and how to mend it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) message: String,
    pub(crate) fix: Option<String>,
}

impl Wrong {
    pub(crate) fn new(message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            fix: Some(fix.into()),
        }
    }
}

/// A path inside the project: without `.` and `..`, with forward slashes.
pub(crate) fn project_path(text: &str) -> Result<String, Wrong> {
    let shown_path = shown(text);
    if text.contains("://") {
        return Err(Wrong::new(
            format!("`{shown_path}` is an address, not a file of the project"),
            "download the file into the project",
        ));
    }
    if text.contains('\\') {
        return Err(Wrong::new(
            format!("`{shown_path}` has a backslash"),
            format!("write `{}`", shown(&text.replace('\\', "/"))),
        ));
    }
    let leaves = || {
        Wrong::new(
            format!("`{shown_path}` leaves the project"),
            "write a path below the project's directory, or move the configuration up to the directory that holds both",
        )
    };
    let has_drive = text.as_bytes().get(1) == Some(&b':');
    if text.starts_with(['/', '~']) || has_drive {
        return Err(leaves());
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop().ok_or_else(leaves)?;
            }
            part => parts.push(part),
        }
    }
    if parts.is_empty() || text.contains(char::is_control) {
        return Err(Wrong::new(
            format!("`{shown_path}` names no file"),
            "write the file's path relative to the project's directory",
        ));
    }
    Ok(parts.join("/"))
}

/// The address of an index or a feed: absolute, of a scheme that can be fetched, no credentials.
pub(crate) fn address(text: &str) -> Result<String, Wrong> {
    // never shown before it is known to hold no credentials
    let Ok(url) = url::Url::parse(text) else {
        return Err(Wrong::new(
            "this is no address",
            "write an absolute address such as `https://packages.example.org/simple`",
        ));
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Wrong::new(
            format!(
                "the address of `{}` carries credentials, which would end up in version control",
                url.host_str().unwrap_or_default()
            ),
            "take them out, and put them into netrc, the keyring, or the environment",
        ));
    }
    let can_be_fetched = match url.scheme() {
        "http" | "https" => url.host_str().is_some_and(|host| !host.is_empty()),
        "file" => true,
        _ => false,
    };
    if !can_be_fetched {
        return Err(Wrong::new(
            format!("`{}` is no address that can be fetched", shown(text)),
            "use `https://`, `http://` or `file://`",
        ));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// Whether a text is an address rather than a path.
pub(crate) fn is_address(text: &str) -> bool {
    text.contains("://")
}

/// Days of a holding period.
pub(crate) fn holding_period_days(period: &Period) -> Result<u16, Wrong> {
    const LONGEST: u16 = 3650;
    let text = match period {
        Period::Number(0) => return Ok(0),
        Period::Number(number) => {
            return Err(Wrong::new(
                format!("`holding-period` must say its unit, and this is {number}"),
                format!("write `holding-period = \"{number}d\"`"),
            ));
        }
        Period::Text(text) => text,
    };
    let wrong = || {
        Wrong::new(
            format!("`{}` is no holding period", shown(text)),
            "write days or weeks, such as `14d` or `2w`, at most ten years, or 0 to turn it off",
        )
    };
    if text == "0" {
        return Ok(0);
    }
    let (digits, unit) = if let Some(days) = text.strip_suffix('d') {
        (days, 1)
    } else if let Some(weeks) = text.strip_suffix('w') {
        (weeks, 7)
    } else {
        return Err(wrong());
    };
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    digits
        .parse::<u16>()
        .ok()
        .and_then(|count| count.checked_mul(unit))
        .filter(|days| *days <= LONGEST)
        .ok_or_else(wrong)
}

/// The name of a package, group or extra as PEP 508 spells names.
pub(crate) fn is_package_name(text: &str) -> bool {
    let plain = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    plain(text.as_bytes().first())
        && plain(text.as_bytes().last())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// A pattern of package names, normalised (PEP 503), `*` for any part of one.
pub(crate) fn package_pattern(text: &str) -> Result<String, Wrong> {
    let allowed = text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'*'));
    if !allowed || text.is_empty() {
        return Err(Wrong::new(
            format!("`{}` is no pattern of package names", shown(text)),
            "write a name, with `*` for any part of one: `acme-*`",
        ));
    }
    let mut pattern = String::with_capacity(text.len());
    for letter in text.chars() {
        let letter = match letter {
            '_' | '.' => '-',
            letter => letter.to_ascii_lowercase(),
        };
        let repeats = matches!(letter, '-' | '*') && pattern.ends_with(letter);
        if !repeats {
            pattern.push(letter);
        }
    }
    Ok(pattern)
}

/// The name of an index, which becomes part of file names and variables of other tools.
pub(crate) fn is_index_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// An SPDX identifier, with an exception perhaps.
pub(crate) fn licence(text: &str) -> Result<LicenceName, Wrong> {
    let known = || {
        spdx::identifiers::LICENSES
            .iter()
            .map(|licence| licence.name)
    };
    // SPDX says that case does not matter
    let spelled = known()
        .find(|name| name.eq_ignore_ascii_case(text))
        .unwrap_or(text);
    spelled.parse().ok().ok_or_else(|| {
        Wrong::new(
            format!("`{}` is no SPDX identifier", shown(text)),
            nearest(text, known()).map_or_else(
                || {
                    "see https://spdx.org/licenses, or write `LicenseRef-…` for one of your own"
                        .to_owned()
                },
                |name| format!("did you mean `{name}`?"),
            ),
        )
    })
}

/// The name of a rule.
pub(crate) fn rule(text: &str) -> Result<String, Wrong> {
    let known = holdfast_rules::catalogue().iter().map(|rule| rule.id);
    if known.clone().any(|id| id == text) {
        return Ok(text.to_owned());
    }
    Err(Wrong::new(
        format!("there is no rule `{}`", shown(text)),
        nearest(text, known).map_or_else(
            || "see `holdfast explain` for the rules there are".to_owned(),
            |id| format!("did you mean `{id}`?"),
        ),
    ))
}

/// What a waiver is about.
pub(crate) fn subject(text: &str) -> Result<SubjectPattern, Wrong> {
    // the name alone would be taken for a file's
    if is_package_name(text) && !text.contains('.') {
        return Err(Wrong::new(
            format!("`{}` is neither a package URL nor a path", shown(text)),
            format!(
                "write `pkg:pypi/{}@` and a version or a range, such as `>=1,<2`",
                shown(text)
            ),
        ));
    }
    text.parse::<SubjectPattern>().map_err(|error| Wrong {
        message: shown(&error.to_string()),
        fix: Some("write for example `pkg:pypi/pillow@>=9,<10`".to_owned()),
    })
}

/// A pattern over what a pickle imports.
pub(crate) fn global_pattern(text: &str) -> Result<GlobalPattern, Wrong> {
    text.parse::<GlobalPattern>().map_err(|error| {
        Wrong::new(
            shown(&error.to_string()),
            "write a module and a name, with `*` for any part after the first: `mymodel.*`, `mypkg.models.Net`",
        )
    })
}

/// A day, `YYYY-MM-DD`.
pub(crate) fn day(text: &str) -> Result<Date, Wrong> {
    let shape_fits = text.len() == 10
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'-');
    shape_fits
        .then(|| text.parse().ok())
        .flatten()
        .ok_or_else(|| {
            Wrong::new(
                format!("`{}` is no date", shown(text)),
                "write it as `2026-12-31`",
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normalised_and_may_not_leave_the_project() {
        assert_eq!(project_path("a/./b//../c.in").unwrap(), "a/c.in");
        for wrong in [
            "",
            ".",
            "..",
            "../x",
            "a/../../x",
            "/etc/passwd",
            "~/x",
            "C:/x",
            "a\\b",
            "https://x/y",
            "a\nb",
            "a\0",
        ] {
            assert!(project_path(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn credentials_in_an_address_are_refused_and_not_repeated() {
        let wrong = address("https://user:secret@packages.example.org/simple").unwrap_err();
        assert!(wrong.message.contains("packages.example.org"));
        assert!(!format!("{wrong:?}").contains("secret"));
        assert!(address("https://token@x.example").is_err());
        assert!(address("packages.example.org/simple").is_err());
        assert!(address("ftp://x.example/").is_err());
        assert_eq!(
            address("https://x.example/simple/").unwrap(),
            "https://x.example/simple"
        );
        assert!(address("file:///srv/simple").is_ok());
    }

    #[test]
    fn a_holding_period_says_its_unit() {
        let days = |text: &str| holding_period_days(&Period::Text(text.to_owned()));
        assert_eq!(days("14d"), Ok(14));
        assert_eq!(days("2w"), Ok(14));
        assert_eq!(days("0"), Ok(0));
        assert_eq!(holding_period_days(&Period::Number(0)), Ok(0));
        for wrong in [
            "",
            "d",
            "14",
            "-1d",
            "+1d",
            "1.5d",
            "99999d",
            "9999999999999d",
            "14 d",
            "1é",
        ] {
            assert!(days(wrong).is_err(), "{wrong}");
        }
        let wrong = holding_period_days(&Period::Number(14)).unwrap_err();
        assert_eq!(wrong.fix.unwrap(), "write `holding-period = \"14d\"`");
    }

    #[test]
    fn patterns_are_normalised_as_names_are() {
        assert_eq!(package_pattern("Acme_*").unwrap(), "acme-*");
        assert_eq!(package_pattern("**").unwrap(), "*");
        assert!(package_pattern("").is_err());
        assert!(package_pattern("a b").is_err());
        assert!(package_pattern("[ab]").is_err());
    }

    #[test]
    fn licences_rules_and_subjects_are_known() {
        assert!(licence("Apache-2.0").is_ok());
        assert_eq!(licence("mit").unwrap().as_str(), "MIT");
        assert!(licence("GPL-2.0").is_ok());
        assert!(licence("LicenseRef-Acme").is_ok());
        assert!(licence("").is_err());
        let wrong = licence("Apachee-2.0").unwrap_err();
        assert_eq!(wrong.fix.unwrap(), "did you mean `Apache-2.0`?");
        let wrong = rule("known-vulnerabilities").unwrap_err();
        assert_eq!(wrong.fix.unwrap(), "did you mean `known-vulnerability`?");
        assert!(subject("pkg:pypi/pillow@>=9,<10").is_ok());
        assert!(subject("requirements/*.in").is_ok());
        for wrong in ["", "pillow", "pkg:pypi/", "pkg:pypi/x@>=banana"] {
            assert!(subject(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_day_is_written_in_full() {
        assert!(day("2026-12-31").is_ok());
        for wrong in [
            "2026-13-01",
            "31.12.2026",
            "2026-12-31T00:00",
            "",
            "2026-02-30",
        ] {
            assert!(day(wrong).is_err(), "{wrong}");
        }
    }
}
