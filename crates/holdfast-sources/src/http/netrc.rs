//! Credentials from a netrc file.

use std::collections::BTreeMap;
use std::path::Path;

/// The largest netrc file that is read, in bytes.
const LIMIT: u64 = 1 << 20;

/// User name and password by host; `default` stands for every other one.
///
/// A file that does not exist has none. The reason of a failure never quotes the file.
pub(super) fn read(path: &Path) -> Result<BTreeMap<String, (String, String)>, String> {
    let bytes = match fs_err::metadata(path) {
        Ok(metadata) if metadata.len() > LIMIT => {
            return Err(format!("`{}` is larger than {LIMIT} bytes", path.display()));
        }
        Ok(_) => fs_err::read(path).map_err(|error| error.to_string())?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(error.to_string()),
    };
    let text = String::from_utf8_lossy(&bytes);
    // the parser's message quotes what it stumbled over, which may be a password
    let Ok(parsed) = text.parse::<netrc::Netrc>() else {
        return Err(format!("`{}` is no valid netrc file", path.display()));
    };
    Ok(parsed
        .hosts
        .into_iter()
        .map(|(host, entry)| (host.to_ascii_lowercase(), (entry.login, entry.password)))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_netrc_file_gives_nothing_away() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("netrc");
        assert!(read(&path).unwrap().is_empty());
        fs_err::write(&path, "machine Host.example login me password secret\n").unwrap();
        let read_back = read(&path).unwrap();
        assert_eq!(
            read_back["host.example"],
            ("me".to_owned(), "secret".to_owned())
        );
        fs_err::write(&path, "machine host login me secret secret\n").unwrap();
        let message = read(&path).unwrap_err();
        assert!(!message.contains("secret"), "{message}");
        fs_err::write(&path, b"\x00\xff\"machine".repeat(100)).unwrap();
        // whatever comes of it, it ends
        let _ = read(&path);
    }
}
