//! Reading files that others may have prepared: no link is followed, no pipe waited for, nothing
//! larger than asked for taken in.

use std::cell::RefCell;
use std::io::{Error, Read, Result, Seek as _};
use std::path::Path;
use std::sync::mpsc::sync_channel;

use holdfast_model::{Digest, HashAlgorithm};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use crate::stat::{self, Stat};

/// Bytes that are read at once.
const PIECE: usize = 256 * 1024;

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; PIECE]);
}

/// What hashing a file came to.
pub(crate) enum Hashed {
    /// Its hash, and the state in which it was hashed.
    As(Digest, Stat),
    /// It was changed meanwhile.
    Changing,
}

/// Hashes a file that was seen in some state.
pub(crate) fn hash(path: &Path, algorithm: HashAlgorithm) -> Result<Hashed> {
    let mut file = open(path)?;
    let before = stat::of(&file.metadata()?).0;
    let digest = match algorithm {
        HashAlgorithm::Sha256 => sha256_of(&mut file)?,
        HashAlgorithm::Sha384 => of_reader::<Sha384>(&mut file, algorithm)?,
        HashAlgorithm::Sha512 => of_reader::<Sha512>(&mut file, algorithm)?,
        HashAlgorithm::Md5
        | HashAlgorithm::Sha1
        | HashAlgorithm::Sha224
        | HashAlgorithm::Blake2b => {
            return Err(Error::other(format!(
                "hashes of the algorithm `{}` are not checked",
                algorithm.as_str()
            )));
        }
    };
    // opening and reading change neither time that is compared
    if stat::of(&file.metadata()?).0 == before {
        Ok(Hashed::As(digest, before))
    } else {
        Ok(Hashed::Changing)
    }
}

/// SHA-256 of bytes.
pub(crate) fn sha256(bytes: &[u8]) -> Digest {
    Digest::sha256(&Sha256::digest(bytes).into())
}

/// The first bytes of a file: all of them where there are no more than `limit`.
pub(crate) fn head(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A whole file, which must not be larger than `limit` bytes.
pub(crate) fn whole(path: &Path, limit: u64) -> Result<Vec<u8>> {
    let bytes = head(path, limit + 1)?;
    if bytes.len() as u64 > limit {
        return Err(Error::other(format!(
            "`{}` is larger than {limit} bytes",
            path.display()
        )));
    }
    Ok(bytes)
}

/// A text that the kernel makes up as it is read, and whose size is not told before.
pub(crate) fn text(path: &Path, limit: u64) -> Result<String> {
    Ok(String::from_utf8_lossy(&whole(path, limit)?).into_owned())
}

/// Above this size, in bytes, a file that is hashed alone is read ahead.
const READ_AHEAD: u64 = 16 << 20;

/// SHA-256 of all of an open file, for one that is hashed alone: of a large one, the next piece is
/// read while one is hashed.
pub fn sha256_of_file(file: &mut fs_err::File) -> Result<Digest> {
    file.rewind()?;
    if file.metadata()?.len() < READ_AHEAD {
        return sha256_of(file);
    }
    let mut hasher = ring::digest::Context::new(&ring::digest::SHA256);
    let (full, to_hash) = sync_channel::<Vec<u8>>(1);
    let (empty, to_fill) = sync_channel::<Vec<u8>>(2);
    std::thread::scope(|scope| {
        let reader = scope.spawn(move || -> Result<()> {
            loop {
                let mut piece = to_fill.try_recv().unwrap_or_default();
                piece.resize(4 * PIECE, 0);
                let count = file.read(&mut piece)?;
                piece.truncate(count);
                if count == 0 || full.send(piece).is_err() {
                    return Ok(());
                }
            }
        });
        for piece in to_hash {
            hasher.update(&piece);
            // a reader that has come to the end needs it no more
            let _ = empty.try_send(piece);
        }
        let cut_off = |_| Err(Error::other("reading was cut off"));
        reader.join().unwrap_or_else(cut_off)
    })?;
    digest_of(hasher)
}

/// Nearly all files are hashed by SHA-256. Where a processor has no instructions for it, ring's
/// assembly is several times as fast as `sha2`; where it has, they are equal.
fn sha256_of(file: &mut fs_err::File) -> Result<Digest> {
    let mut hasher = ring::digest::Context::new(&ring::digest::SHA256);
    each_piece(file, |piece| hasher.update(piece))?;
    digest_of(hasher)
}

fn digest_of(hasher: ring::digest::Context) -> Result<Digest> {
    let value = hasher.finish();
    let bytes: &[u8; 32] = value.as_ref().try_into().map_err(Error::other)?;
    Ok(Digest::sha256(bytes))
}

fn of_reader<H: sha2::Digest>(file: &mut fs_err::File, algorithm: HashAlgorithm) -> Result<Digest> {
    let mut hasher = H::new();
    each_piece(file, |piece| hasher.update(piece))?;
    let hex: String = hasher
        .finalize()
        .iter()
        .fold(String::with_capacity(128), |mut hex, byte| {
            use std::fmt::Write as _;
            // writing to a String cannot fail
            let _ = write!(hex, "{byte:02x}");
            hex
        });
    Digest::new(algorithm, &hex).map_err(Error::other)
}

/// Reads to the end.
fn each_piece(file: &mut fs_err::File, mut take: impl FnMut(&[u8])) -> Result<()> {
    BUFFER.with_borrow_mut(|buffer| {
        loop {
            let count = file.read(buffer)?;
            if count == 0 {
                return Ok(());
            }
            take(buffer.get(..count).unwrap_or_default());
        }
    })
}

/// Opens a file for reading, and nothing else: no link, no directory, no pipe, no device.
pub(crate) fn open(path: &Path) -> Result<fs_err::File> {
    let mut options = fs_err::OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use fs_err::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY);
    }
    let file = options.open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(Error::other(format!("`{}` is no file", path.display())))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Seek as _, SeekFrom, Write as _};

    use super::*;

    #[test]
    fn a_large_file_has_the_same_hash_read_ahead() {
        let mut file = fs_err::File::from_parts(tempfile::tempfile().unwrap(), "large");
        let line: Vec<u8> = (0..=255).cycle().take(1_000_003).collect();
        for _ in 0..18 {
            file.write_all(&line).unwrap();
        }
        assert!(file.metadata().unwrap().len() > READ_AHEAD);
        let ahead = sha256_of_file(&mut file).unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        assert_eq!(ahead, sha256_of(&mut file).unwrap());
    }
}
