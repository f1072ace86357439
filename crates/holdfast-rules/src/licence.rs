//! Licence names of the policy, and whether an SPDX expression admits them.

use std::fmt;
use std::str::FromStr;

use spdx::{Expression, LicenseItem, LicenseReq, ParseMode};

use crate::Licences;

/// One licence of an `allow` or `deny` list: an SPDX identifier, possibly `WITH` an exception, or a
/// `LicenseRef-…`.
///
/// A GNU licence without a suffix (`GPL-3.0`) stands for both `GPL-3.0-only` and
/// `GPL-3.0-or-later`. A name without an exception covers the licence with any exception, since
/// exceptions only permit more.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LicenceName {
    text: String,
    requirement: LicenseReq,
}

/// Why a text names no licence.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum LicenceNameError {
    /// It is no SPDX identifier.
    #[error(
        "`{name}` is no SPDX licence: write an identifier of https://spdx.org/licenses, such as `Apache-2.0`, or `LicenseRef-…` for one of your own"
    )]
    Unknown {
        /// What was written.
        name: String,
        /// What is wrong with it.
        #[source]
        source: spdx::ParseError,
    },
    /// It names several licences, or none.
    #[error("`{0}` does not name one licence: list each licence by itself")]
    NotOne(String),
}

impl LicenceName {
    /// The name as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn covers(&self, found: &LicenseReq) -> bool {
        let addition_agrees =
            self.requirement.addition.is_none() || self.requirement.addition == found.addition;
        addition_agrees && licence_agrees(&self.requirement.license, &found.license)
    }
}

impl FromStr for LicenceName {
    type Err = LicenceNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let expression = Expression::parse_mode(text, ParseMode::LAX).map_err(|source| {
            LicenceNameError::Unknown {
                name: text.to_owned(),
                source,
            }
        })?;
        let mut requirements = expression.requirements();
        match (requirements.next(), requirements.next()) {
            (Some(only), None) => Ok(Self {
                text: text.to_owned(),
                requirement: only.req.clone(),
            }),
            _ => Err(LicenceNameError::NotOne(text.to_owned())),
        }
    }
}

impl TryFrom<String> for LicenceName {
    type Error = LicenceNameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for LicenceName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// What a package's licence comes to under a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It can be used under a licence that is wanted.
    Admitted,
    /// Each way to use it needs a licence that is denied.
    Denied,
    /// Each way to use it needs a licence that is not among the allowed.
    NotAllowed,
    /// The text is no SPDX expression.
    Unknown,
}

/// Judges an SPDX expression: of alternatives (`OR`) one must be wanted, of `AND` each part.
pub(crate) fn judge(expression: &str, licences: &Licences) -> Verdict {
    let Ok(expression) = Expression::parse_mode(expression, ParseMode::LAX) else {
        return Verdict::Unknown;
    };
    let listed =
        |list: &[LicenceName], found: &LicenseReq| list.iter().any(|name| name.covers(found));
    let not_denied = |found: &LicenseReq| !listed(&licences.deny, found);
    if !expression.evaluate(not_denied) {
        return Verdict::Denied;
    }
    let wanted = |found: &LicenseReq| {
        not_denied(found) && (licences.allow.is_empty() || listed(&licences.allow, found))
    };
    if expression.evaluate(wanted) {
        Verdict::Admitted
    } else {
        Verdict::NotAllowed
    }
}

fn licence_agrees(listed: &LicenseItem, found: &LicenseItem) -> bool {
    match (listed, found) {
        (LicenseItem::Spdx { id: listed, .. }, LicenseItem::Spdx { id: found, .. }) => {
            // `Apache-2.0+` is used as `Apache-2.0`, so a `+` makes no difference
            listed == found
                || (listed.is_gnu() && !has_suffix(listed.name) && listed.name == gnu_base(found.name))
                // the old name without a suffix meant this version only
                || (found.is_gnu() && !has_suffix(found.name) && format!("{}-only", found.name) == listed.name)
        }
        (LicenseItem::Other(listed), LicenseItem::Other(found)) => listed == found,
        (LicenseItem::Spdx { .. }, LicenseItem::Other(_))
        | (LicenseItem::Other(_), LicenseItem::Spdx { .. }) => false,
    }
}

fn gnu_base(name: &str) -> &str {
    name.strip_suffix("-only")
        .or_else(|| name.strip_suffix("-or-later"))
        .unwrap_or(name)
}

fn has_suffix(name: &str) -> bool {
    gnu_base(name).len() != name.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(list: &[&str]) -> Vec<LicenceName> {
        list.iter().map(|name| name.parse().unwrap()).collect()
    }

    fn verdict(expression: &str, allow: &[&str], deny: &[&str]) -> Verdict {
        let licences = Licences {
            allow: names(allow),
            deny: names(deny),
            ..Licences::default()
        };
        judge(expression, &licences)
    }

    #[test]
    fn or_takes_the_branch_that_is_wanted_and_and_needs_both() {
        assert_eq!(
            verdict("MIT OR GPL-3.0-only", &["MIT"], &[]),
            Verdict::Admitted
        );
        assert_eq!(
            verdict("MIT OR GPL-3.0-only", &[], &["GPL-3.0"]),
            Verdict::Admitted
        );
        assert_eq!(
            verdict("MIT AND GPL-3.0-only", &["MIT"], &[]),
            Verdict::NotAllowed
        );
        assert_eq!(
            verdict("MIT AND GPL-3.0-only", &[], &["GPL-3.0"]),
            Verdict::Denied
        );
        assert_eq!(
            verdict(
                "(MIT OR Apache-2.0) AND BSD-3-Clause",
                &["Apache-2.0", "BSD-3-Clause"],
                &[]
            ),
            Verdict::Admitted
        );
        assert_eq!(
            verdict(
                "MIT AND (Apache-2.0 OR GPL-2.0-only)",
                &["MIT", "GPL-2.0-only"],
                &["GPL-2.0-only"]
            ),
            Verdict::NotAllowed
        );
    }

    #[test]
    fn deny_wins_over_allow() {
        assert_eq!(verdict("MIT", &["MIT"], &["MIT"]), Verdict::Denied);
    }

    #[test]
    fn a_gnu_licence_without_a_suffix_stands_for_both() {
        for found in [
            "AGPL-3.0-only",
            "AGPL-3.0-or-later",
            "AGPL-3.0",
            "AGPL-3.0+",
        ] {
            assert_eq!(
                verdict(found, &[], &["AGPL-3.0"]),
                Verdict::Denied,
                "{found}"
            );
        }
        assert_eq!(
            verdict("AGPL-3.0-or-later", &[], &["AGPL-3.0-only"]),
            Verdict::Admitted
        );
        assert_eq!(
            verdict("GPL-3.0", &["GPL-3.0-only"], &[]),
            Verdict::Admitted
        );
        assert_eq!(
            verdict("LGPL-3.0-only", &[], &["GPL-3.0"]),
            Verdict::Admitted
        );
    }

    #[test]
    fn exceptions_permit_more() {
        let found = "GPL-2.0-only WITH Classpath-exception-2.0";
        assert_eq!(verdict(found, &["GPL-2.0-only"], &[]), Verdict::Admitted);
        assert_eq!(verdict(found, &[found], &[]), Verdict::Admitted);
        assert_eq!(verdict("GPL-2.0-only", &[found], &[]), Verdict::NotAllowed);
    }

    #[test]
    fn a_plus_and_a_reference_are_read() {
        assert_eq!(
            verdict("Apache-2.0+", &["Apache-2.0"], &[]),
            Verdict::Admitted
        );
        assert_eq!(
            verdict("LicenseRef-Acme", &["LicenseRef-Acme"], &[]),
            Verdict::Admitted
        );
        assert_eq!(
            verdict("LicenseRef-Acme", &["MIT"], &[]),
            Verdict::NotAllowed
        );
    }

    #[test]
    fn free_text_is_unknown() {
        assert_eq!(verdict("see LICENSE", &["MIT"], &[]), Verdict::Unknown);
        assert_eq!(verdict("", &["MIT"], &[]), Verdict::Unknown);
    }

    #[test]
    fn a_list_entry_names_one_licence() {
        assert!("MIT OR Apache-2.0".parse::<LicenceName>().is_err());
        assert!("Proprietary of ours".parse::<LicenceName>().is_err());
        assert!("".parse::<LicenceName>().is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn no_text_makes_it_panic(text in "(MIT|GPL-3.0|LicenseRef-a| |\\(|\\)|AND|OR|WITH|\\+|/|:|é|.){0,12}") {
            verdict(&text, &["MIT"], &["GPL-3.0"]);
            let _ = text.parse::<LicenceName>();
        }
    }
}
