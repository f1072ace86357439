//! Names of entries: whether they leave the directory that an archive is unpacked into.

/// Whether a path leads out of the directory that it is relative to: it is absolute, names a drive,
/// or climbs above the start. Both separators count, as Windows takes both.
pub(super) fn escapes(path: &str) -> bool {
    let mut characters = path.chars();
    let has_drive = characters
        .next()
        .is_some_and(|letter| letter.is_ascii_alphabetic())
        && characters.next() == Some(':');
    has_drive || path.starts_with(['/', '\\']) || climbs(path, 0)
}

/// Whether a link leads out: `target` counts from the directory of the entry `name`.
pub(super) fn link_escapes(name: &str, target: &str) -> bool {
    let components = name.split(['/', '\\']).filter(|part| is_step(part)).count();
    let depth = i64::try_from(components)
        .unwrap_or(i64::MAX)
        .saturating_sub(1);
    if escapes(target) {
        return !is_relative(target) || climbs(target, depth);
    }
    false
}

fn is_relative(path: &str) -> bool {
    !path.starts_with(['/', '\\']) && path.as_bytes().get(1) != Some(&b':')
}

fn is_step(part: &str) -> bool {
    !part.is_empty() && part != "."
}

/// Whether a relative path gets above the start, where it starts `depth` directories below it.
fn climbs(path: &str, mut depth: i64) -> bool {
    for part in path.split(['/', '\\']).filter(|part| is_step(part)) {
        depth += if part == ".." { -1 } else { 1 };
        if depth < 0 {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_climbs_out_is_told_from_what_stays() {
        for path in [
            "../a",
            "a/../../b",
            "/etc/passwd",
            "\\windows",
            "C:\\x",
            "c:x",
            "a\\..\\..\\b",
        ] {
            assert!(escapes(path), "{path}");
        }
        for path in ["a", "a/../b", "./a", "a..b/..c", "", "archive/data.pkl"] {
            assert!(!escapes(path), "{path}");
        }
    }

    #[test]
    fn a_link_counts_from_its_own_directory() {
        assert!(!link_escapes("a/b/link", "../c"));
        assert!(!link_escapes("a/b/link", "../../c"));
        assert!(link_escapes("a/b/link", "../../../c"));
        assert!(link_escapes("link", ".."));
        assert!(link_escapes("a/link", "/etc"));
        assert!(!link_escapes("a/link", "b/c"));
    }
}
