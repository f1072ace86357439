//! Content hashes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A hash algorithm that package indexes and lockfiles use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HashAlgorithm {
    /// MD5: read from old files, never trusted.
    Md5,
    /// SHA-1: read from npm's old lockfiles, never trusted.
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256: what Holdfast writes.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512: npm's `integrity`.
    Sha512,
    /// `BLAKE2b`, 256 bits.
    Blake2b,
}

impl HashAlgorithm {
    /// The name as PEP 751 and pip write it, e.g. `sha256`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha224 => "sha224",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
            Self::Blake2b => "blake2b",
        }
    }

    /// Whether two different files with the same digest cannot be made today.
    pub fn is_collision_resistant(self) -> bool {
        !matches!(self, Self::Md5 | Self::Sha1)
    }

    /// Length of the digest in hexadecimal digits.
    pub fn hex_length(self) -> usize {
        match self {
            Self::Md5 => 32,
            Self::Sha1 => 40,
            Self::Sha224 => 56,
            Self::Sha256 | Self::Blake2b => 64,
            Self::Sha384 => 96,
            Self::Sha512 => 128,
        }
    }
}

impl FromStr for HashAlgorithm {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "md5" => Self::Md5,
            "sha1" => Self::Sha1,
            "sha224" => Self::Sha224,
            "sha256" => Self::Sha256,
            "sha384" => Self::Sha384,
            "sha512" => Self::Sha512,
            "blake2b" => Self::Blake2b,
            _ => return Err(DigestError::UnknownAlgorithm(text.to_owned())),
        })
    }
}

/// A digest with its algorithm, written `sha256:…` in lower-case hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest {
    algorithm: HashAlgorithm,
    hex: String,
}

/// Why a text is no digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DigestError {
    /// The part before the colon names no algorithm that is known.
    #[error("unknown hash algorithm `{0}`")]
    UnknownAlgorithm(String),
    /// The digest has the wrong length or a character that is no hexadecimal digit.
    #[error("`{hex}` is no {algorithm} digest: expected {expected} hexadecimal digits")]
    Malformed {
        /// Name of the algorithm.
        algorithm: &'static str,
        /// What was found.
        hex: String,
        /// How many digits the algorithm has.
        expected: usize,
    },
    /// There is no `algorithm:` in front.
    #[error("`{0}` has no hash algorithm in front, as in `sha256:…`")]
    NoAlgorithm(String),
}

impl Digest {
    /// A digest from its hexadecimal text, in either case.
    pub fn new(algorithm: HashAlgorithm, hex: &str) -> Result<Self, DigestError> {
        let well_formed =
            hex.len() == algorithm.hex_length() && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !well_formed {
            return Err(DigestError::Malformed {
                algorithm: algorithm.as_str(),
                hex: hex.to_owned(),
                expected: algorithm.hex_length(),
            });
        }
        Ok(Self {
            algorithm,
            hex: hex.to_ascii_lowercase(),
        })
    }

    /// A SHA-256 digest from the 32 bytes of its value.
    pub fn sha256(bytes: &[u8; 32]) -> Self {
        let hex = bytes
            .iter()
            .fold(String::with_capacity(64), |mut hex, byte| {
                use fmt::Write as _;
                // writing to a String cannot fail
                let _ = write!(hex, "{byte:02x}");
                hex
            });
        Self {
            algorithm: HashAlgorithm::Sha256,
            hex,
        }
    }

    /// The algorithm.
    pub fn algorithm(&self) -> HashAlgorithm {
        self.algorithm
    }

    /// The value in lower-case hexadecimal.
    pub fn hex(&self) -> &str {
        &self.hex
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.algorithm.as_str(), self.hex)
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (algorithm, hex) = text
            .split_once(':')
            .ok_or_else(|| DigestError::NoAlgorithm(text.to_owned()))?;
        Self::new(algorithm.parse()?, hex)
    }
}

impl TryFrom<String> for Digest {
    type Error = DigestError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_read_and_written_back_in_lower_case() {
        let hex = "ABCDEF0123456789".repeat(4);
        let digest: Digest = format!("sha256:{hex}").parse().unwrap();
        assert_eq!(digest.to_string(), format!("sha256:{}", hex.to_lowercase()));
    }

    #[test]
    fn a_digest_of_the_wrong_length_is_refused() {
        assert!("sha256:abcd".parse::<Digest>().is_err());
        assert!("crc32:abcd".parse::<Digest>().is_err());
        assert!("abcd".parse::<Digest>().is_err());
    }

    #[test]
    fn bytes_become_hexadecimal() {
        assert_eq!(Digest::sha256(&[0xab; 32]).hex(), "ab".repeat(32));
    }
}
