//! Whether a text that a file gives as a version is one.

/// Whether this is the version of a release: `1.5.2`, `2.0.0rc1`, `2.4.1+cpu`.
///
/// Loose where PEP 440 is: the point is that `unknown`, `main` and a commit are none.
pub(super) fn is_version(text: &str) -> bool {
    let mut parts = text.splitn(2, '.');
    let major = parts.next().unwrap_or_default();
    let rest = parts.next().unwrap_or_default();
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".+-_".contains(&byte);
    is_number(major)
        && rest.starts_with(|first: char| first.is_ascii_digit())
        && rest.bytes().all(allowed)
        && text.len() <= 64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_told_from_other_texts() {
        for text in ["1.5.2", "2.0.0rc1", "2.4.1+cpu", "0.1"] {
            assert!(is_version(text), "{text}");
        }
        for text in [
            "", "unknown", "2", "1.", "v1.0", "main", "1.x y", "1.a", "abc.1",
        ] {
            assert!(!is_version(text), "{text}");
        }
    }
}
