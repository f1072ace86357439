//! Credentials are no part of a lock: they are taken out of every address, on reading and on writing.

use std::borrow::Cow;

/// `text` without the user information (RFC 3986) of the addresses in it.
///
/// The user name of an `ssh` address stays (`ssh://git@host/…` names an account, not a secret); its
/// password goes. Text without an address comes back as it is.
pub(crate) fn strip(text: &str) -> Cow<'_, str> {
    if !text.as_bytes().contains(&b'@') {
        return Cow::Borrowed(text);
    }
    let mut stripped: Option<String> = None;
    let mut copied = 0;
    let mut searched = 0;
    while let Some(found) = text.get(searched..).and_then(|rest| rest.find("//")) {
        let slashes = searched + found;
        let start = slashes + 2;
        searched = start;
        let Some(before) = text.get(..slashes) else {
            break;
        };
        if !opens_an_authority(before) {
            continue;
        }
        let authority = authority(text.get(start..).unwrap_or_default());
        let Some(at) = authority.rfind('@') else {
            continue;
        };
        let user = authority.get(..at).unwrap_or_default();
        let kept = kept_user(before, user);
        let end = start + at + usize::from(kept.is_none());
        let output = stripped.get_or_insert_with(|| String::with_capacity(text.len()));
        output.push_str(text.get(copied..start).unwrap_or_default());
        output.push_str(kept.unwrap_or_default());
        copied = end;
        searched = end;
    }
    match stripped {
        None => Cow::Borrowed(text),
        Some(mut output) => {
            output.push_str(text.get(copied..).unwrap_or_default());
            Cow::Owned(output)
        }
    }
}

/// Whether `//` after `before` begins an authority: after a scheme, or at the start of a reference.
fn opens_an_authority(before: &str) -> bool {
    before.ends_with(':') || before.is_empty() || before.ends_with([' ', '"', '\'', '(', '<', '`'])
}

/// The authority at the start of `rest`.
///
/// A secret with an unencoded `/`, `?` or `#` in it is no valid address, yet people write it: then
/// what looks like the port is no number, and everything to the `@` belongs to the secret.
fn authority(rest: &str) -> &str {
    let word_end = rest
        .find(|character: char| character.is_whitespace() || "\"'<>`".contains(character))
        .unwrap_or(rest.len());
    let word = rest.get(..word_end).unwrap_or_default();
    let end = word.find(['/', '?', '#', '\\']).unwrap_or(word.len());
    let plain = word.get(..end).unwrap_or_default();
    let port_is_none = plain
        .rsplit_once(':')
        .is_some_and(|(host, port)| !host.starts_with('[') && port.parse::<u16>().is_err());
    if !plain.contains('@') && port_is_none && word.contains('@') {
        word
    } else {
        plain
    }
}

/// What stays of the user information after the scheme that ends `before`.
fn kept_user<'a>(before: &str, user: &'a str) -> Option<&'a str> {
    let scheme = before.trim_end_matches(':');
    let is_ssh = scheme.ends_with("ssh") || scheme.ends_with("sftp");
    let name = user.split(':').next().unwrap_or_default();
    (is_ssh && !name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn user_information_goes_and_the_rest_stays() {
        for (text, expected) in [
            ("https://pypi.org/simple", "https://pypi.org/simple"),
            ("https://user:secret@host/simple", "https://host/simple"),
            ("https://token@host:8080/a@b", "https://host:8080/a@b"),
            (
                "git+https://${TOKEN}@host/x.git#subdirectory=a",
                "git+https://host/x.git#subdirectory=a",
            ),
            ("ssh://git@host/x.git", "ssh://git@host/x.git"),
            ("git+ssh://git:pw@host/x.git", "git+ssh://git@host/x.git"),
            ("https://u:p/w@host/x", "https://host/x"),
            ("https://a@b@host/x", "https://host/x"),
            ("//u:p@host/x", "//host/x"),
            (
                "see https://u:p@h/ and http://q@i/",
                "see https://h/ and http://i/",
            ),
            ("../wheels/a@1//b@2/c.whl", "../wheels/a@1//b@2/c.whl"),
            ("https://[::1]:80/@", "https://[::1]:80/@"),
            ("https://host:80/a@b", "https://host:80/a@b"),
            ("git@github.com:a/b.git", "git@github.com:a/b.git"),
            ("", ""),
        ] {
            assert_eq!(strip(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn stripping_is_total_and_done_once(text in "(https?://|ssh:|//|[a-z:@/?#é \"]){0,12}") {
            let once = strip(&text).into_owned();
            prop_assert_eq!(strip(&once), once.as_str());
        }

        #[test]
        fn no_secret_survives(
            user in "[a-z]{1,5}",
            secret in "[A-Z/?#%]{1,12}|[A-Z0-9:@%]{1,12}",
            path in "[a-z/]{0,8}",
        ) {
            let stripped = strip(&format!("https://{user}:{secret}X@host/{path}")).into_owned();
            prop_assert_eq!(stripped, format!("https://host/{path}"));
        }
    }
}
