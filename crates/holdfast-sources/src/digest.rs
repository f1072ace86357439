//! SHA-256 of what was fetched.

use std::io::{Read, Seek};

use holdfast_model::Digest;
use sha2::{Digest as _, Sha256};

/// The SHA-256 of bytes.
pub(crate) fn of_bytes(bytes: &[u8]) -> Digest {
    Digest::sha256(&Sha256::digest(bytes).into())
}

/// The SHA-256 of a whole file, which is left at its start.
pub(crate) fn of_file(file: &mut (impl Read + Seek)) -> std::io::Result<Digest> {
    file.rewind()?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        hasher.update(buffer.get(..count).unwrap_or_default());
    }
    file.rewind()?;
    Ok(Digest::sha256(&hasher.finalize().into()))
}
