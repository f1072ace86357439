//! npm's ranges of versions, as far as telling whether one version is inside: `^1.2`, `~1.2.3`,
//! `1.x`, `>=1 <2`, `1.2 - 2`, `1 || 2`.

use std::cmp::Ordering;

/// A version of `SemVer`. Build metadata means nothing and is dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Version {
    numbers: [u64; 3],
    pre: Vec<Identifier>,
}

/// A part of a pre-release: numbers come before words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Identifier {
    Number(u64),
    Word(String),
}

impl Version {
    const fn new(major: u64, minor: u64, patch: u64) -> Self {
        Self {
            numbers: [major, minor, patch],
            pre: Vec::new(),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        match Partial::parse(text)? {
            Partial {
                numbers: [Some(major), Some(minor), Some(patch)],
                pre,
            } => Some(Self {
                numbers: [major, minor, patch],
                pre,
            }),
            Partial { .. } => None,
        }
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_pre = || match (self.pre.is_empty(), other.pre.is_empty()) {
            // a release comes after its pre-releases
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            _ => self.pre.cmp(&other.pre),
        };
        self.numbers.cmp(&other.numbers).then_with(by_pre)
    }
}

/// A version of which the end may be left open: `1`, `1.x`, `*`.
#[derive(Debug, Clone)]
struct Partial {
    numbers: [Option<u64>; 3],
    pre: Vec<Identifier>,
}

impl Partial {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim_start_matches(['v', '=']).trim();
        let text = text.split_once('+').map_or(text, |(version, _)| version);
        let (release, pre) = match text.split_once('-') {
            Some((release, pre)) => (release, pre),
            None => (text, ""),
        };
        let mut numbers = [None; 3];
        let mut open = false;
        let mut parts = release.split('.');
        for number in &mut numbers {
            match parts.next() {
                Some("x" | "X" | "*" | "") | None => open = true,
                Some(digits) if !open => *number = Some(digits.parse().ok()?),
                Some(_) => return None,
            }
        }
        if parts.next().is_some() {
            return None;
        }
        let identifier = |part: &str| match part.parse() {
            Ok(number) => Identifier::Number(number),
            Err(_) => Identifier::Word(part.to_owned()),
        };
        let pre = match pre {
            "" => Vec::new(),
            pre => pre.split('.').map(identifier).collect(),
        };
        Some(Self { numbers, pre })
    }

    /// The lowest version that it stands for.
    fn floor(&self) -> Version {
        let [major, minor, patch] = self.numbers.map(Option::unwrap_or_default);
        Version {
            pre: self.pre.clone(),
            ..Version::new(major, minor, patch)
        }
    }

    /// The first version above all that it stands for; nothing where there is no such.
    fn ceiling(&self) -> Option<Version> {
        Some(match self.numbers {
            [None, ..] => return None,
            [Some(major), None, _] => Version::new(major.saturating_add(1), 0, 0),
            [Some(major), Some(minor), None] => Version::new(major, minor.saturating_add(1), 0),
            [Some(major), Some(minor), Some(patch)] => {
                Version::new(major, minor, patch.saturating_add(1))
            }
        })
    }
}

/// From one version up to below another.
struct Interval {
    from: Version,
    /// Whether `from` itself is left out.
    after: bool,
    below: Option<Version>,
    /// Whether `below` itself is inside.
    through: bool,
}

impl Interval {
    fn has(&self, version: &Version) -> bool {
        let above = if self.after {
            *version > self.from
        } else {
            *version >= self.from
        };
        let under = self.below.as_ref().is_none_or(|below| {
            if self.through {
                version <= below
            } else {
                version < below
            }
        });
        above && under
    }

    fn from(from: Version, below: Option<Version>) -> Self {
        Self {
            from,
            after: false,
            below,
            through: false,
        }
    }
}

/// Whether a range has a version; nothing where one of them is something else, such as a tag.
pub(super) fn admits(range: &str, version: &str) -> Option<bool> {
    let version = Version::parse(version)?;
    let mut inside = false;
    for alternative in range.split("||") {
        inside |= all(alternative.trim(), &version)?;
    }
    Some(inside)
}

fn all(text: &str, version: &Version) -> Option<bool> {
    if let Some((from, to)) = text.split_once(" - ") {
        let (from, to) = (Partial::parse(from.trim())?, Partial::parse(to.trim())?);
        let whole = to.numbers.iter().all(Option::is_some);
        let interval = Interval {
            from: from.floor(),
            after: false,
            below: if whole {
                Some(to.floor())
            } else {
                to.ceiling()
            },
            through: whole,
        };
        return Some(interval.has(version));
    }
    let mut inside = true;
    let mut operator = "";
    for word in text.split_ascii_whitespace() {
        let end = word
            .find(|character: char| !"<>=~^".contains(character))
            .unwrap_or(word.len());
        let (own, rest) = word.split_at_checked(end)?;
        // an operator may stand apart from its version
        operator = if own.is_empty() { operator } else { own };
        if rest.is_empty() {
            continue;
        }
        inside &= comparator(operator, &Partial::parse(rest)?)?.has(version);
        operator = "";
    }
    Some(inside)
}

fn comparator(operator: &str, partial: &Partial) -> Option<Interval> {
    let floor = partial.floor();
    let lowest = Version::new(0, 0, 0);
    Some(match operator {
        "" | "=" | "v" => match partial.numbers {
            [Some(_), Some(_), Some(_)] => Interval {
                from: floor.clone(),
                after: false,
                below: Some(floor),
                through: true,
            },
            _ => Interval::from(floor, partial.ceiling()),
        },
        "^" => Interval::from(floor, caret(partial)),
        "~" | "~>" => Interval::from(
            floor,
            match partial.numbers {
                [Some(major), Some(minor), _] => {
                    Some(Version::new(major, minor.saturating_add(1), 0))
                }
                _ => partial.ceiling(),
            },
        ),
        ">=" => Interval::from(floor, None),
        ">" => match partial.numbers {
            [Some(_), Some(_), Some(_)] => Interval {
                after: true,
                ..Interval::from(floor, None)
            },
            _ => Interval::from(partial.ceiling()?, None),
        },
        "<" => Interval::from(lowest, Some(floor)),
        "<=" => match partial.numbers {
            [Some(_), Some(_), Some(_)] => Interval {
                through: true,
                ..Interval::from(lowest, Some(floor))
            },
            _ => Interval::from(lowest, partial.ceiling()),
        },
        _ => return None,
    })
}

/// Below the next version whose first number that is not zero is another.
fn caret(partial: &Partial) -> Option<Version> {
    Some(match partial.numbers {
        [Some(0), Some(0), Some(patch)] => Version::new(0, 0, patch.saturating_add(1)),
        [Some(0), Some(minor), _] => Version::new(0, minor.saturating_add(1), 0),
        [Some(major), ..] => Version::new(major.saturating_add(1), 0, 0),
        [None, ..] => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn versions_are_inside_or_outside() {
        for (range, inside, outside) in [
            ("^1.2.3", "1.9.0", "2.0.0"),
            ("^1.2.3", "1.2.3", "1.2.2"),
            ("^0.2.3", "0.2.9", "0.3.0"),
            ("^0.0.3", "0.0.3", "0.0.4"),
            ("^0", "0.9.0", "1.0.0"),
            ("~1.2.3", "1.2.9", "1.3.0"),
            ("~1", "1.9.0", "2.0.0"),
            ("1.x", "1.9.0", "2.0.0"),
            ("1", "1.0.0", "2.0.0"),
            ("1.2", "1.2.7", "1.3.0"),
            ("1.2.3", "1.2.3", "1.2.4"),
            ("=1.2.3", "1.2.3", "1.2.4"),
            (">=1.2 <2", "1.5.0", "2.0.0"),
            (">= 1.2 < 2", "1.5.0", "1.1.0"),
            (">1", "2.0.0", "1.9.0"),
            (">1.2.3", "1.2.4", "1.2.3"),
            ("<=1.2", "1.2.9", "1.3.0"),
            ("<=1.2.3", "1.2.3", "1.2.4"),
            ("1.2 - 2.3.4", "2.3.4", "2.3.5"),
            ("1.2 - 2", "2.9.0", "3.0.0"),
            ("^1 || ^3", "3.1.0", "2.0.0"),
            (">=1.0.0-rc.1", "1.0.0", "1.0.0-beta"),
            (">=1.0.0-rc.2", "1.0.0-rc.10", "1.0.0-rc.1"),
        ] {
            assert_eq!(admits(range, inside), Some(true), "{range} {inside}");
            assert_eq!(admits(range, outside), Some(false), "{range} {outside}");
        }
        for range in ["*", "", "x", ">=0", "|| 1"] {
            assert_eq!(admits(range, "1.2.3+build"), Some(true), "{range}");
        }
        for other in ["latest", "github:a/b", "file:x", "1.2.3.4", "!1", "1.x.2"] {
            assert_eq!(admits(other, "1.2.3"), None, "{other}");
        }
        assert_eq!(admits("^1", "file:x"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_a_range_or_not(range in "[\\^~<>=|x*. -]{0,6}[0-9.a-z -]{0,12}", version in "[0-9.a-z-]{0,12}") {
            let _ = admits(&range, &version);
        }
    }
}
