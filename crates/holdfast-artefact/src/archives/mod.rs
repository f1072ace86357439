//! Files that hold other files, and compressed ones.

mod codecs;
mod fields;
mod names;

pub(crate) mod bzip2;
pub(crate) mod gzip;
pub(crate) mod lz4;
pub(crate) mod lzma;
pub(crate) mod seven_zip;
pub(crate) mod tar;
pub(crate) mod xz;
pub(crate) mod zip;
pub(crate) mod zlib;
pub(crate) mod zstandard;
