//! Which version of Linux runs.

/// Whether it is this one or a newer: `(6, 14)`. Where its version cannot be read, it is not.
pub(super) fn is_at_least(version: (u32, u32)) -> bool {
    let name = nix::sys::utsname::uname();
    name.is_ok_and(|name| {
        name.release()
            .to_str()
            .and_then(parse)
            .is_some_and(|own| own >= version)
    })
}

/// `6.8.0-45-generic` → (6, 8)
fn parse(release: &str) -> Option<(u32, u32)> {
    let mut parts = release.split(|letter: char| !letter.is_ascii_digit());
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(parse("6.14-rc1").unwrap() >= (6, 14));
        assert!(parse("6.8.0-45-generic").unwrap() < (6, 14));
        assert!(parse("10.2").unwrap() > (6, 14));
        assert_eq!(parse("linux"), None);
    }
}
