//! Wording that several rules share.

use holdfast_model::PackageId;

/// `1 package`, `2 packages`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

/// The first few of `names` in backticks, and how many more there are.
pub(crate) fn some_of<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 3;
    let mut names = names.into_iter();
    let shown: Vec<String> = names
        .by_ref()
        .take(SHOWN)
        .map(|name| format!("`{name}`"))
        .collect();
    let more = names.count();
    if more == 0 {
        shown.join(", ")
    } else {
        format!("{} and {more} more", shown.join(", "))
    }
}

/// `` `numpy 1.26.4` ``, or the name alone where there is no version.
pub(crate) fn named(package: &PackageId, version: Option<&str>) -> String {
    match version {
        Some(version) => format!("`{package} {version}`"),
        None => format!("`{package}`"),
    }
}

/// All of `texts`, with commas.
pub(crate) fn joined<'a>(texts: impl IntoIterator<Item = &'a &'a str>) -> String {
    texts.into_iter().copied().collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_cut() {
        assert_eq!(some_of(["a", "b"]), "`a`, `b`");
        assert_eq!(
            some_of(["a", "b", "c", "d", "e"]),
            "`a`, `b`, `c` and 2 more"
        );
        assert_eq!(count(1, "package"), "1 package");
        assert_eq!(count(0, "package"), "0 packages");
    }
}
