//! What is mounted, as `/proc/self/mountinfo` says: proc(5).

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;

/// A mount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mount {
    /// Where.
    pub(crate) at: PathBuf,
    /// Its own options: `rw`, `nosuid`, `relatime`.
    pub(crate) options: Vec<String>,
    /// The kind of its file system: `ext4`.
    pub(crate) kind: String,
}

impl Mount {
    /// Whether it has an option.
    pub(crate) fn has(&self, option: &str) -> bool {
        self.options.iter().any(|own| own == option)
    }
}

/// The mounts, in the order of the file; lines that are none are left out.
pub(crate) fn parse(bytes: &[u8]) -> Vec<Mount> {
    bytes
        .split(|byte| *byte == b'\n')
        .filter_map(line)
        .collect()
}

/// `27 1 254:0 / /mnt/a\040b rw,relatime shared:1 - ext4 /dev/vda rw`
fn line(line: &[u8]) -> Option<Mount> {
    let mut fields = line.split(|byte| *byte == b' ');
    let at = fields.nth(4)?;
    let options = String::from_utf8_lossy(fields.next()?);
    let kind = fields.skip_while(|field| *field != b"-").nth(1)?;
    Some(Mount {
        at: PathBuf::from(OsString::from_vec(unescape(at))),
        options: options.split(',').map(str::to_owned).collect(),
        kind: String::from_utf8_lossy(kind).into_owned(),
    })
}

/// Spaces, tabs, line breaks and backslashes are three octal digits behind a backslash.
pub(crate) fn unescape(field: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((first, after)) = rest.split_first() {
        let code = (*first == b'\\')
            .then(|| after.get(..3).and_then(octal))
            .flatten();
        if let Some(code) = code {
            plain.push(code);
            rest = after.get(3..).unwrap_or_default();
        } else {
            plain.push(*first);
            rest = after;
        }
    }
    plain
}

fn octal(digits: &[u8]) -> Option<u8> {
    let text = std::str::from_utf8(digits).ok()?;
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    u8::from_str_radix(text, 8).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_mount_has_its_place_options_and_kind() {
        let mounts = parse(
            b"36 35 98:0 /m /a\\040b\\134 ro,nosuid master:1 - ext3 /dev/r rw\n\
              27 1 254:0 / / rw,relatime - overlay o rw\nnonsense\n",
        );
        assert_eq!(mounts.len(), 2);
        assert_eq!(mounts[0].at, PathBuf::from("/a b\\"));
        assert!(mounts[0].has("nosuid") && !mounts[0].has("nodev"));
        assert_eq!(mounts[1].kind, "overlay");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            parse(&bytes);
        }

        #[test]
        fn what_is_escaped_reads_back(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let escaped: Vec<u8> = bytes
                .iter()
                .flat_map(|byte| match byte {
                    b' ' | b'\t' | b'\n' | b'\\' => format!("\\{byte:03o}").into_bytes(),
                    other => vec![*other],
                })
                .collect();
            prop_assert_eq!(unescape(&escaped), bytes);
        }
    }
}
