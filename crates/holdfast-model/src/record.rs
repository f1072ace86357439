//! The list of files in a wheel or of an installed package: `RECORD` (PEP 376, PEP 427).
//!
//! Installers rewrite a wheel's `RECORD`: they add files of their own, move scripts and data, and
//! replace the first line of scripts. [`FileList`] holds what stays the same through all of that, so
//! that a wheel and what was installed from it have the same digest.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};

use crate::{Digest, DigestError, HashAlgorithm};

/// A line of `RECORD`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordRow {
    /// The path as written, relative to `site-packages` (in a wheel: to its root).
    pub path: String,
    /// The file's hash; absent for what cannot have one, such as `RECORD` itself.
    pub hash: Option<Digest>,
}

/// Why a text is no `RECORD`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// A line has no path, or is not quoted as CSV demands.
    #[error("line {line} is not `path,hash,size`")]
    Malformed {
        /// The line, counted from 1.
        line: usize,
    },
    /// A hash cannot be read.
    #[error("the hash in line {line} cannot be read")]
    Hash {
        /// The line, counted from 1.
        line: usize,
        /// Why.
        source: DigestError,
    },
}

/// Reads a `RECORD`, in linear time.
pub fn parse_record(text: &str) -> Result<Vec<RecordRow>, RecordError> {
    let mut rows = Vec::new();
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut line = 1;
    while !rest.is_empty() {
        let (fields, consumed) = csv_row(rest).ok_or(RecordError::Malformed { line })?;
        let (row, after) = rest.split_at(consumed);
        if !row.trim().is_empty() {
            rows.push(record_row(fields, line)?);
        }
        line += row.matches('\n').count();
        rest = after;
    }
    Ok(rows)
}

/// The file that is a list of files, or signs one: it cannot be in the list.
pub fn is_record_itself(name: &str) -> bool {
    matches!(name, "RECORD" | "RECORD.jws" | "RECORD.p7s")
}

/// Whether a file of a metadata directory is an installer's own, and not the wheel's.
pub fn is_installers_own(name: &str) -> bool {
    matches!(
        name,
        "INSTALLER" | "REQUESTED" | "direct_url.json" | "uv_cache.json" | "uv_build.json"
    )
}

/// The files of a package that every installer leaves as they are in the wheel, with their hashes.
///
/// Paths are relative to `site-packages`. Files elsewhere begin with `//` and are relative to the
/// environment: `//bin/` for scripts, `//headers/` for headers, else as they lie there. What has no
/// hash, and what installers write themselves, is not in the list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileList {
    files: BTreeSet<(String, Digest)>,
}

impl FileList {
    /// The files of a wheel, by its own `RECORD`.
    pub fn of_wheel(rows: &[RecordRow]) -> Self {
        let mut list = Self::default();
        for row in rows {
            if let (Some(path), Some(hash)) = (wheel_path(&row.path), &row.hash) {
                list.insert(path, hash.clone());
            }
        }
        list
    }

    /// Adds a file by its path as described above; an installer's own file is passed over.
    pub fn insert(&mut self, path: String, hash: Digest) {
        if !is_left_out(&path) {
            self.files.insert((path, hash));
        }
    }

    /// SHA-256 over the sorted paths and hashes.
    pub fn digest(&self) -> Digest {
        let mut hasher = Sha256::new();
        hasher.update(b"holdfast file list 1\n");
        for (path, hash) in &self.files {
            hasher.update(path.as_bytes());
            hasher.update(b"\0");
            hasher.update(hash.algorithm().as_str().as_bytes());
            hasher.update(b":");
            hasher.update(hash.hex().as_bytes());
            hasher.update(b"\n");
        }
        Digest::sha256(&hasher.finalize().into())
    }

    /// The paths that are in one of the lists alone, or differ in their hash; sorted.
    pub fn differences<'a>(&'a self, other: &'a Self) -> BTreeSet<&'a str> {
        self.files
            .symmetric_difference(&other.files)
            .map(|(path, _)| path.as_str())
            .collect()
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

/// Whether a path of a [`FileList`] is that of an installer's own file.
fn is_left_out(path: &str) -> bool {
    let Some((directory, name)) = path.rsplit_once('/') else {
        return false;
    };
    directory.ends_with(".dist-info")
        && !directory.contains('/')
        && (is_record_itself(name) || is_installers_own(name))
}

/// Where a file of a wheel comes to lie; nothing for a path that leads out of the wheel.
fn wheel_path(path: &str) -> Option<String> {
    let path = normalised(path)?;
    let mut parts = path.splitn(3, '/');
    let (Some(first), Some(scheme), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return Some(path);
    };
    let Some(".data") = first
        .len()
        .checked_sub(5)
        .and_then(|start| first.get(start..))
    else {
        return Some(path);
    };
    Some(match scheme {
        "purelib" | "platlib" => rest.to_owned(),
        "scripts" => format!("//bin/{rest}"),
        "headers" => format!("//headers/{rest}"),
        "data" => below_prefix(rest),
        _ => path,
    })
}

/// The path, in a [`FileList`], of a file that lies in the environment at `path`.
///
/// `path` is relative to the environment, normalised, and not in the `site-packages` that the package
/// is installed in.
pub fn below_prefix(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        ["lib" | "lib64", python, "site-packages", rest @ ..]
            if python.starts_with("python") && !rest.is_empty() =>
        {
            rest.join("/")
        }
        ["Lib", "site-packages", rest @ ..] if !rest.is_empty() => rest.join("/"),
        // `include/site/python3.11/<package>/…`, where pip and uv put headers in an environment
        ["include", "site", python, _, rest @ ..]
            if python.starts_with("python") && !rest.is_empty() =>
        {
            format!("//headers/{}", rest.join("/"))
        }
        ["Scripts", rest @ ..] if !rest.is_empty() => format!("//bin/{}", rest.join("/")),
        _ => format!("//{path}"),
    }
}

/// A relative path without `.` and `..`; nothing where it climbs out.
fn normalised(path: &str) -> Option<String> {
    if path.starts_with('/') || path.contains('\0') {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

fn record_row(fields: Vec<String>, line: usize) -> Result<RecordRow, RecordError> {
    let mut fields = fields.into_iter();
    let path = fields
        .next()
        .filter(|path| !path.is_empty())
        .ok_or(RecordError::Malformed { line })?;
    let written = fields.next().unwrap_or_default();
    let hash = if written.trim().is_empty() {
        None
    } else {
        Some(hash(written.trim()).map_err(|source| RecordError::Hash { line, source })?)
    };
    Ok(RecordRow { path, hash })
}

/// Reads `sha256=` and the value in URL-safe base64 without padding.
fn hash(written: &str) -> Result<Digest, DigestError> {
    let (algorithm, value) = written
        .split_once('=')
        .ok_or_else(|| DigestError::NoAlgorithm(written.to_owned()))?;
    let algorithm: HashAlgorithm = algorithm.to_ascii_lowercase().parse()?;
    let malformed = || DigestError::Malformed {
        algorithm: algorithm.as_str(),
        hex: value.chars().take(200).collect(),
        expected: algorithm.hex_length(),
    };
    let hex = base64_to_hex(value.trim_end_matches('=')).ok_or_else(malformed)?;
    Digest::new(algorithm, &hex)
}

fn base64_to_hex(text: &str) -> Option<String> {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut hex = String::with_capacity(text.len() * 3 / 2);
    let mut bits: u32 = 0;
    let mut count = 0;
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'-' | b'+' => 62,
            b'_' | b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        count += 6;
        while count >= 8 {
            count -= 8;
            for shift in [count + 4, count] {
                let digit = usize::try_from((bits >> shift) & 0xf).ok()?;
                hex.push(char::from(*HEX.get(digit)?));
            }
        }
    }
    Some(hex)
}

/// The fields of the first row and how many bytes it takes, its line end included.
fn csv_row(text: &str) -> Option<(Vec<String>, usize)> {
    let mut fields = Vec::new();
    let mut position = 0;
    loop {
        let rest = text.get(position..)?;
        let (field, length) = if rest.starts_with('"') {
            quoted(rest)?
        } else {
            let end = rest.find([',', '\n']).unwrap_or(rest.len());
            (rest.get(..end)?.trim_end_matches('\r').to_owned(), end)
        };
        fields.push(field);
        position += length;
        let after = text.get(position..)?;
        if after.is_empty() {
            return Some((fields, position));
        }
        if after.starts_with(',') {
            position += 1;
        } else if let Some(end) = ["\n", "\r\n"].iter().find(|end| after.starts_with(**end)) {
            return Some((fields, position + end.len()));
        } else {
            return None;
        }
    }
}

/// A field in quotes and how many bytes it takes.
fn quoted(text: &str) -> Option<(String, usize)> {
    let mut field = String::new();
    let mut position = 1;
    loop {
        let rest = text.get(position..)?;
        let end = rest.find('"')?;
        field.push_str(rest.get(..end)?);
        position += end + 1;
        if text.get(position..)?.starts_with('"') {
            field.push('"');
            position += 1;
        } else {
            return Some((field, position));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EMPTY: &str = "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";

    fn rows(text: &str) -> Vec<RecordRow> {
        parse_record(text).unwrap()
    }

    #[test]
    fn rows_are_read_with_their_hashes() {
        let text = format!("a.py,{EMPTY},0\r\n\"b,\"\"c.py\",{EMPTY},0\nx-1.dist-info/RECORD,,\n");
        let rows = rows(&text);
        let paths: Vec<&str> = rows.iter().map(|row| row.path.as_str()).collect();
        assert_eq!(paths, ["a.py", "b,\"c.py", "x-1.dist-info/RECORD"]);
        let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(rows[0].hash.as_ref().unwrap().to_string(), empty);
        assert_eq!(rows[2].hash, None);
    }

    #[test]
    fn a_line_that_makes_no_sense_is_named() {
        let error = parse_record("a.py,,\nb.py,sha256=!,\n").unwrap_err();
        assert!(matches!(error, RecordError::Hash { line: 2, .. }));
        let error = parse_record("\"a.py").unwrap_err();
        assert_eq!(error, RecordError::Malformed { line: 1 });
        assert!(parse_record("a,md5\n").is_err());
    }

    #[test]
    fn a_wheel_and_what_was_installed_from_it_have_the_same_digest() {
        let wheel = FileList::of_wheel(&rows(&format!(
            "a/x.py,{EMPTY},0\nn-1.data/scripts/tool,{EMPTY},0\nn-1.data/platlib/b.py,{EMPTY},0\n\
             n-1.data/headers/h.h,{EMPTY},0\nn-1.data/data/share/d,{EMPTY},0\nn-1.dist-info/RECORD,,\n"
        )));
        let mut installed = FileList::default();
        let empty = rows(&format!("a,{EMPTY},0"))[0].hash.clone().unwrap();
        for path in ["b.py", "a/x.py", "n-1.dist-info/INSTALLER"] {
            installed.insert(path.to_owned(), empty.clone());
        }
        for path in ["bin/tool", "include/site/python3.11/n/h.h", "share/d"] {
            installed.insert(below_prefix(path), empty.clone());
        }
        assert_eq!(wheel.differences(&installed), BTreeSet::new());
        assert_eq!(wheel.digest(), installed.digest());
        installed.insert("c.py".to_owned(), empty);
        assert_eq!(wheel.differences(&installed), BTreeSet::from(["c.py"]));
        assert_ne!(wheel.digest(), installed.digest());
    }

    #[test]
    fn paths_that_climb_out_of_a_wheel_are_no_files_of_it() {
        let list = FileList::of_wheel(&rows(&format!("../../x,{EMPTY},\n/etc/x,{EMPTY},\n")));
        assert!(list.is_empty());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[a-z,\"\n\r=._/-]{0,200}|\\PC{0,200}") {
            if let Ok(rows) = parse_record(&text) {
                FileList::of_wheel(&rows).digest();
            }
        }
    }
}
