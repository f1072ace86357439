//! conda's versions and ranges, as far as telling whether one version is inside, and whether two ranges
//! have a version in common: `>=1.2,<2`, `1.2.*`, `=1.2`, `~=1.2`, `1.2|1.3`.
//!
//! The order is conda's own: parts are divided at dots and where digits meet letters; `dev` comes
//! first, then other words, then numbers, then `post`.

use std::cmp::Ordering;

/// One piece of a part of a version, in conda's order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Piece {
    Dev,
    Word(String),
    Number(u64),
    Post,
}

/// A version: epoch, parts, and the parts of a local version.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Version {
    epoch: u64,
    parts: Vec<Vec<Piece>>,
    local: Vec<Vec<Piece>>,
}

impl Version {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        let (epoch, rest) = match text.split_once('!') {
            Some((epoch, rest)) => (epoch.parse().ok()?, rest),
            None => (0, text.as_str()),
        };
        let (version, local) = rest.split_once('+').unwrap_or((rest, ""));
        let parts = pieces(version)?;
        (!parts.is_empty()).then_some(Self {
            epoch,
            parts,
            local: pieces(local)?,
        })
    }

    /// Whether it begins as `other` does.
    fn starts_with(&self, other: &Self) -> bool {
        self.epoch == other.epoch
            && other.parts.iter().enumerate().all(|(position, wanted)| {
                let last = position + 1 == other.parts.len();
                match self.parts.get(position) {
                    Some(part) if last => part.starts_with(wanted),
                    Some(part) => compare_parts(part, wanted) == Ordering::Equal,
                    // `1` begins as `1.0` does
                    None => compare_parts(&[], wanted) == Ordering::Equal,
                }
            })
    }
}

/// `1.2rc1` as `[[1], [2, rc, 1]]`; nothing for characters that no version has.
fn pieces(text: &str) -> Option<Vec<Vec<Piece>>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    text.split(['.', '-', '_'])
        .filter(|part| !part.is_empty())
        .map(|part| {
            let mut pieces = Vec::new();
            let mut rest = part;
            // a part that begins with a word has a zero in front
            if !rest.starts_with(|first: char| first.is_ascii_digit()) {
                pieces.push(Piece::Number(0));
            }
            while let Some(first) = rest.chars().next() {
                let digits = first.is_ascii_digit();
                if !first.is_ascii_alphanumeric() {
                    return None;
                }
                let end = rest
                    .find(|character: char| {
                        !character.is_ascii_alphanumeric() || character.is_ascii_digit() != digits
                    })
                    .unwrap_or(rest.len());
                let (piece, after) = rest.split_at_checked(end)?;
                pieces.push(if digits {
                    Piece::Number(piece.parse().ok()?)
                } else {
                    match piece {
                        "dev" => Piece::Dev,
                        "post" => Piece::Post,
                        word => Piece::Word(word.to_owned()),
                    }
                });
                rest = after;
            }
            Some(pieces)
        })
        .collect()
}

fn compare_parts(left: &[Piece], right: &[Piece]) -> Ordering {
    let zero = Piece::Number(0);
    (0..left.len().max(right.len()))
        .map(|position| {
            let left = left.get(position).unwrap_or(&zero);
            left.cmp(right.get(position).unwrap_or(&zero))
        })
        .find(|order| *order != Ordering::Equal)
        .unwrap_or(Ordering::Equal)
}

fn compare_all(left: &[Vec<Piece>], right: &[Vec<Piece>]) -> Ordering {
    (0..left.len().max(right.len()))
        .map(|position| {
            let left = left.get(position).map_or(&[][..], Vec::as_slice);
            compare_parts(left, right.get(position).map_or(&[][..], Vec::as_slice))
        })
        .find(|order| *order != Ordering::Equal)
        .unwrap_or(Ordering::Equal)
}

fn compare(left: &Version, right: &Version) -> Ordering {
    left.epoch
        .cmp(&right.epoch)
        .then_with(|| compare_all(&left.parts, &right.parts))
        .then_with(|| compare_all(&left.local, &right.local))
}

/// Whether a range, with or without a build behind it, has a version; nothing where that cannot be
/// told.
pub fn admits(range: &str, version: &str) -> Option<bool> {
    let version = Version::parse(version)?;
    let range = range.trim();
    if matches!(range, "" | "*") {
        return Some(true);
    }
    let mut inside = false;
    for alternative in range.split('|') {
        let mut all = true;
        for part in alternative.split(',') {
            all &= comparison(part.trim().trim_matches(['(', ')']), &version)?;
        }
        inside |= all;
    }
    Some(inside)
}

fn comparison(part: &str, version: &Version) -> Option<bool> {
    let end = part.find(|character: char| !"=<>!~".contains(character))?;
    let (operator, rest) = part.split_at_checked(end)?;
    // a build may follow, after a space or an equals sign
    let text = rest.trim().split([' ', '=']).next()?;
    if text == "*" {
        return Some(true);
    }
    let prefix = text
        .strip_suffix('*')
        .map(|text| text.trim_end_matches('.'));
    let wanted = Version::parse(prefix.unwrap_or(text))?;
    let order = compare(version, &wanted);
    Some(match operator {
        ">=" => order != Ordering::Less,
        ">" => order == Ordering::Greater,
        "<=" => order != Ordering::Greater,
        "<" => order == Ordering::Less,
        "!=" if prefix.is_some() => !version.starts_with(&wanted),
        "!=" => order != Ordering::Equal,
        // `=1.2` means `1.2.*`
        "=" => version.starts_with(&wanted),
        "==" | "===" | "" if prefix.is_some() => version.starts_with(&wanted),
        "==" | "===" | "" => order == Ordering::Equal,
        "~=" => {
            let mut family = wanted.clone();
            family.parts.pop();
            order != Ordering::Less && version.starts_with(&family)
        }
        _ => return None,
    })
}

/// The longest range that is compared with another, in alternatives times parts.
const PARTS: usize = 64;

/// Whether some version may be in both ranges; nothing where that cannot be told.
///
/// Parts are compared two by two. Three that exclude each other only together are said to meet, and
/// pre-releases count as what is before the release: `<2` and `2.0.*` have none in common.
pub fn can_meet(left: &str, right: &str) -> Option<bool> {
    let (left, right) = (alternatives(left)?, alternatives(right)?);
    let meet = |left: &Vec<Part>, right: &Vec<Part>| {
        let all = left.iter().chain(right);
        !all.clone()
            .any(|one| all.clone().any(|other| one.excludes(other)))
    };
    Some(
        left.iter()
            .any(|left| right.iter().any(|right| meet(left, right))),
    )
}

/// Versions that a part of a range has.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// That version.
    Exactly(Version),
    /// All that begin so.
    Family(Version),
    Above(Version, Bound),
    Below(Version, Bound),
    /// All but some; the whole comparison.
    Except(String),
}

/// Whether the version at the end is inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bound {
    Inside,
    Outside,
}

impl Part {
    /// Whether no version is in both, as far as it shows from this side.
    fn excludes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Exactly(version), Self::Except(comparison_text)) => {
                comparison(comparison_text, version) == Some(false)
            }
            (Self::Exactly(one), Self::Exactly(other)) => compare(one, other) != Ordering::Equal,
            (Self::Exactly(version), Self::Family(family)) => !version.starts_with(family),
            (Self::Exactly(version), Self::Above(bound, at)) => {
                beyond(compare(version, bound), Ordering::Less, *at)
            }
            (Self::Exactly(version), Self::Below(bound, at)) => {
                beyond(compare(version, bound), Ordering::Greater, *at)
            }
            (Self::Family(one), Self::Family(other)) => {
                !one.starts_with(other) && !other.starts_with(one)
            }
            (Self::Family(family), Self::Above(bound, _)) => {
                compare(bound, family) == Ordering::Greater && !bound.starts_with(family)
            }
            (Self::Family(family), Self::Below(bound, at)) => {
                beyond(compare(family, bound), Ordering::Greater, *at)
                    && !(bound.starts_with(family) && compare(family, bound) != Ordering::Equal)
            }
            (Self::Above(low, low_at), Self::Below(high, high_at)) => {
                let at = if (*low_at, *high_at) == (Bound::Inside, Bound::Inside) {
                    Bound::Inside
                } else {
                    Bound::Outside
                };
                beyond(compare(low, high), Ordering::Greater, at)
            }
            _ => false,
        }
    }
}

/// Whether an order is the wrong one, or equal where the end is outside.
fn beyond(order: Ordering, wrong: Ordering, at: Bound) -> bool {
    order == wrong || (order == Ordering::Equal && at == Bound::Outside)
}

/// The alternatives of a range, each the parts that have to hold together.
fn alternatives(range: &str) -> Option<Vec<Vec<Part>>> {
    let found: Option<Vec<Vec<Part>>> = range
        .split('|')
        .map(|alternative| {
            let parts = alternative.split(',').map(str::trim);
            let parts: Option<Vec<Vec<Part>>> = parts
                .map(|part| parts_of(part.trim_matches(['(', ')'])))
                .collect();
            Some(parts?.concat())
        })
        .collect();
    found.filter(|found| found.iter().map(Vec::len).sum::<usize>() <= PARTS && found.len() <= PARTS)
}

/// What a comparison asks for: `~=1.4.2` is two parts, `*` none.
fn parts_of(text: &str) -> Option<Vec<Part>> {
    if matches!(text, "" | "*") {
        return Some(Vec::new());
    }
    let end = text.find(|character: char| !"=<>!~".contains(character))?;
    let (operator, rest) = text.split_at_checked(end)?;
    // a build may follow, after a space or an equals sign
    let version = rest.trim().split([' ', '=']).next()?;
    if version == "*" {
        return (operator != "!=").then(Vec::new);
    }
    let prefix = version
        .strip_suffix('*')
        .map(|version| version.trim_end_matches('.'));
    let wanted = Version::parse(prefix.unwrap_or(version))?;
    Some(vec![match operator {
        ">=" => Part::Above(wanted, Bound::Inside),
        "<" => Part::Below(wanted, Bound::Outside),
        // what `>1.2.*` means differs from solver to solver
        ">" | "<=" if prefix.is_some() => return None,
        ">" => Part::Above(wanted, Bound::Outside),
        "<=" => Part::Below(wanted, Bound::Inside),
        "!=" => Part::Except(format!("!={version}")),
        "=" => Part::Family(wanted),
        "==" | "===" | "" if prefix.is_some() => Part::Family(wanted),
        "==" | "===" | "" => Part::Exactly(wanted),
        "~=" => {
            let mut family = wanted.clone();
            family.parts.pop();
            let family = (!family.parts.is_empty()).then_some(Part::Family(family));
            let least = Part::Above(wanted, Bound::Inside);
            return Some([least].into_iter().chain(family).collect());
        }
        _ => return None,
    }])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn versions_are_ordered_as_conda_orders_them() {
        // from the documentation of conda's order
        let ordered = [
            "0.4",
            "0.4.1.rc",
            "0.4.1",
            "0.5a1",
            "0.5b3",
            "0.5c1",
            "0.5",
            "0.9.6",
            "0.960923",
            "1.0",
            "1.1dev1",
            "1.1a1",
            "1.1.0dev1",
            "1.1.a1",
            "1.1.0rc1",
            "1.1.0",
            "1.1.0post1",
            "1.1post1",
            "1996.07.12",
            "1!0.4.1",
            "1!3.1.1.6",
            "2!0.4.1",
        ];
        for pair in ordered.windows(2) {
            let (left, right) = (
                Version::parse(pair[0]).unwrap(),
                Version::parse(pair[1]).unwrap(),
            );
            assert_ne!(compare(&left, &right), Ordering::Greater, "{pair:?}");
        }
        assert_eq!(
            compare(
                &Version::parse("1.1").unwrap(),
                &Version::parse("1.1.0").unwrap()
            ),
            Ordering::Equal
        );
    }

    #[test]
    fn versions_are_inside_or_outside() {
        for (range, inside, outside) in [
            (">=1.20,<2", "1.26.4", "2.0.0"),
            ("1.26.*", "1.26.4", "1.27.0"),
            ("=1.26", "1.26.4", "1.2.6"),
            ("=3.11", "3.11.7", "3.12.0"),
            ("==1.26.4", "1.26.4", "1.26.3"),
            ("1.26.4", "1.26.4", "1.26.3"),
            ("1.2|1.3", "1.3", "1.4"),
            ("!=1.5", "1.6", "1.5"),
            ("!=1.5.*", "1.6", "1.5.2"),
            ("~=1.4.2", "1.4.9", "1.5"),
            (">=3.9,<3.10.0a0", "3.9.18", "3.10.0"),
            ("3.9.* *_cp39", "3.9", "3.10"),
            ("=1.26=py311_0", "1.26.4", "1.27"),
        ] {
            assert_eq!(admits(range, inside), Some(true), "{range} {inside}");
            assert_eq!(admits(range, outside), Some(false), "{range} {outside}");
        }
        assert_eq!(admits("*", "1"), Some(true));
        assert_eq!(admits("^1.*$", "1"), None);
    }

    #[test]
    fn ranges_meet_where_a_version_is_in_both() {
        for (left, right) in [
            (">=1.20,<2", ">=1.26"),
            ("=1.26", "1.26.4"),
            ("=1.26", ">=1.26.3"),
            ("1.26.*", "<1.26.5"),
            ("<=2", "=2.0"),
            (">=2", "<=2"),
            ("1.2|3", ">=2"),
            ("!=1.5", "=1.5"),
            ("!=1.5.*", ">=1.5"),
            ("~=1.4.2", "1.4.9"),
            ("", "1"),
            ("=1", "=1.10"),
            ("=1.26=py311_0", "1.26.4 py312_0"),
            (">=1,<3", "!=2"),
        ] {
            assert_eq!(can_meet(left, right), Some(true), "{left} {right}");
            assert_eq!(can_meet(right, left), Some(true), "{right} {left}");
        }
        for (left, right) in [
            ("<2", ">=2"),
            ("<2", "=2.0"),
            ("<1.26", "=1.26.*"),
            ("=1.26", "=1.27"),
            ("=1.1", "=1.10"),
            ("==1.26", "1.26.4"),
            ("=1.26", ">=1.27"),
            ("=1.26", ">1.26.9,>2"),
            ("1.2|1.3", ">=2|<1"),
            ("!=1.5", "==1.5"),
            ("!=1.5.*", "1.5.2"),
            ("~=1.4.2", ">=1.5"),
            ("~=1.4.2", "1.4.1"),
            (">=1!1", "<9"),
        ] {
            assert_eq!(can_meet(left, right), Some(false), "{left} {right}");
            assert_eq!(can_meet(right, left), Some(false), "{right} {left}");
        }
        for unknown in ["^1.*$", ">1.2.*", "!=*", "1..é"] {
            assert_eq!(can_meet(unknown, "1"), None, "{unknown}");
        }
    }

    proptest! {
        #[test]
        fn a_version_in_both_means_that_they_meet(
            left in "(=|==|>=|<=|<|>|!=|~=)[0-3](\\.[0-3]){0,2}(,(>=|<)[0-3])?",
            right in "(=|==|>=|<=|<|>|!=)[0-3](\\.[0-3]){0,2}(\\|[0-3])?",
            version in "[0-3](\\.[0-3]){0,3}",
        ) {
            if admits(&left, &version) == Some(true) && admits(&right, &version) == Some(true) {
                prop_assert_ne!(can_meet(&left, &right), Some(false), "{} {} {}", left, right, version);
            }
        }

        #[test]
        fn any_text_is_a_range_or_not(range in "[=<>!~|,* ]{0,4}[0-9a-z.*+!_ -]{0,12}", version in "[0-9a-z.+!_-]{0,12}") {
            let _ = admits(&range, &version);
            let _ = can_meet(&range, &version);
        }
    }
}
