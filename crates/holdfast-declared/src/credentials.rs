//! Addresses without the secrets in them.

/// The address without its user and password: `https://user:secret@host/` is `https://host/`.
///
/// Works on anything that looks like an address, `git+ssh://git@host/` included; a text without
/// `://` or without a user is answered as it is. The user `git` without a password is no secret and
/// part of how a repository is reached over SSH, so it stays.
pub fn strip_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.to_owned();
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let Some((user, host)) = authority.rsplit_once('@') else {
        return url.to_owned();
    };
    if user == "git" {
        return url.to_owned();
    }
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_and_passwords_are_dropped() {
        for (before, after) in [
            (
                "https://user:p%40ss@host:8080/simple/?a=b",
                "https://host:8080/simple/?a=b",
            ),
            ("https://token@host", "https://host"),
            (
                "https://${USER}:${TOKEN}@host/simple",
                "https://host/simple",
            ),
            (
                "git+https://x:y@host/r.git@v1#egg=r",
                "git+https://host/r.git@v1#egg=r",
            ),
            (
                "git+ssh://git@github.com/o/r.git",
                "git+ssh://git@github.com/o/r.git",
            ),
            (
                "git+ssh://git:secret@host/o/r.git",
                "git+ssh://host/o/r.git",
            ),
            ("https://host/p@th", "https://host/p@th"),
            ("https://us@er:pw@host/", "https://host/"),
            ("./local/path@x", "./local/path@x"),
            ("", ""),
        ] {
            assert_eq!(strip_credentials(before), after);
        }
    }
}
