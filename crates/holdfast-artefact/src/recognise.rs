//! What a file is: by its content, and by its name only where the content could be several things.

use std::io::SeekFrom;

use holdfast_model::{ArtefactFormat, HazardKind, UnreadReason};

use crate::inspection::{Inspection, Reading};
use crate::source::{self, Source};
use crate::{archives, formats, pickle};

/// The start of a file, and what else tells formats apart.
pub(crate) struct Head<'a> {
    /// The first [`HEAD`] bytes, or fewer.
    pub(crate) bytes: &'a [u8],
    /// The last component of its name, in lower case.
    pub(crate) name: &'a str,
    /// The file's size in bytes.
    pub(crate) size: u64,
}

/// How a pointer begins that Git LFS leaves in place of a large file.
const GIT_LFS: &[u8] = b"version https://git-lfs.github.com/spec/";
/// How many bytes formats are told by.
const HEAD: u64 = 4096;

impl Head<'_> {
    /// Whether it starts with these bytes.
    pub(crate) fn starts_with(&self, magic: &[u8]) -> bool {
        self.bytes.starts_with(magic)
    }

    /// Whether these bytes are at this place.
    pub(crate) fn has(&self, offset: usize, magic: &[u8]) -> bool {
        self.bytes
            .get(offset..)
            .is_some_and(|rest| rest.starts_with(magic))
    }

    /// Whether its name ends so, after a dot.
    pub(crate) fn is_named(&self, endings: &[&str]) -> bool {
        let ending = self.name.rsplit_once('.').map(|(_, ending)| ending);
        ending.is_some_and(|ending| endings.contains(&ending))
    }
}

/// A format that is told by the start of a file.
struct Recogniser {
    /// Whether a file is of it.
    recognises: fn(&Head<'_>) -> bool,
    /// Reads one. It answers what the file turned out to be, which may be more than its outer format.
    read: fn(&mut dyn Source, &mut Inspection<'_>) -> Reading<ArtefactFormat>,
    /// What it is, where reading stopped.
    format: ArtefactFormat,
}

/// Names three items of a format's module.
macro_rules! recogniser {
    ($module:path, $format:ident) => {{
        use $module as module;
        Recogniser {
            recognises: module::recognises,
            read: module::read,
            format: ArtefactFormat::$format,
        }
    }};
}

/// In this order: what is told by a signature before what is told by a guess.
static RECOGNISERS: &[Recogniser] = &[
    recogniser!(archives::zip, Zip),
    recogniser!(archives::seven_zip, SevenZip),
    recogniser!(archives::gzip, Gzip),
    recogniser!(archives::bzip2, Bzip2),
    recogniser!(archives::xz, Xz),
    recogniser!(archives::zstandard, Zstandard),
    recogniser!(archives::lz4, Lz4),
    recogniser!(archives::tar, Tar),
    recogniser!(formats::numpy, Numpy),
    recogniser!(formats::gguf, Gguf),
    recogniser!(formats::hdf5, Hdf5),
    recogniser!(formats::catboost, Catboost),
    recogniser!(formats::lightgbm, Lightgbm),
    recogniser!(formats::safetensors, Safetensors),
    recogniser!(formats::json, XgboostJson),
    recogniser!(formats::ubjson, XgboostUbjson),
    recogniser!(formats::xgboost_binary, XgboostBinary),
    recogniser!(formats::mlflow, Mlflow),
    recogniser!(pickle, Pickle),
    recogniser!(archives::zlib, Zlib),
    recogniser!(archives::lzma, Lzma),
    recogniser!(formats::saved_model, SavedModel),
    recogniser!(formats::onnx, Onnx),
];

/// Finds out what a file is and tells all that it says; nothing where it is none of the formats.
pub(crate) fn inspect_any(
    name: &str,
    source: &mut dyn Source,
    inspection: &mut Inspection<'_>,
) -> Option<ArtefactFormat> {
    let size = source::length(source).ok()?;
    let bytes = match source::head(source, HEAD) {
        Ok(bytes) => bytes,
        Err(error) => {
            inspection.io(&error, 0);
            return None;
        }
    };
    if bytes.starts_with(GIT_LFS) && size < HEAD {
        let what = "it is a pointer of Git LFS and not the file itself: run `git lfs pull`";
        inspection.unread(UnreadReason::Unsupported(what.to_owned()), None);
        return None;
    }
    let base = name.rsplit(['/', '\\', '!']).next().unwrap_or(name);
    let head = Head {
        bytes: &bytes,
        name: &base.to_ascii_lowercase(),
        size,
    };
    let Some(recogniser) = RECOGNISERS
        .iter()
        .find(|recogniser| (recogniser.recognises)(&head))
    else {
        let guessed = pickle::guess(&head, source, inspection);
        return appended_zip(None, &head, source, inspection).or(guessed);
    };
    inspection.set_name(name);
    let read = (recogniser.read)(source, inspection);
    let format = read.unwrap_or(recogniser.format);
    if recogniser.format != ArtefactFormat::Pickle
        && let Some(format) = pickle::disguised(&head, source, inspection)
    {
        inspection.hazard(HazardKind::Appended { format }, None);
    }
    appended_zip(Some(recogniser.format), &head, source, inspection);
    Some(format)
}

/// The same of bytes that a library keeps inside its own: only what is told by a signature, and no
/// pickle, since whatever is in there is not unpickled by loading.
pub(crate) fn inspect_embedded(
    name: &str,
    source: &mut dyn Source,
    inspection: &mut Inspection<'_>,
) {
    let Ok(size) = source::length(source) else {
        return;
    };
    let bytes = source::head(source, HEAD).unwrap_or_default();
    let head = Head {
        bytes: &bytes,
        name: "",
        size,
    };
    let known = RECOGNISERS.iter().any(|recogniser| {
        recogniser.format != ArtefactFormat::Pickle && (recogniser.recognises)(&head)
    });
    if known {
        // what stopped the reader was told
        inspection.member(name, source).ok();
    }
}

/// A zip file is found from its end, so what is recognised by its start may be one as well: what
/// loads it decides, and so both are looked at.
fn appended_zip(
    found: Option<ArtefactFormat>,
    head: &Head<'_>,
    source: &mut dyn Source,
    inspection: &mut Inspection<'_>,
) -> Option<ArtefactFormat> {
    if found == Some(ArtefactFormat::Zip) || head.size < 22 {
        return None;
    }
    source.seek(SeekFrom::Start(0)).ok()?;
    if !archives::zip::ends_as_one(source) {
        return None;
    }
    let format = ArtefactFormat::Zip;
    inspection.hazard(HazardKind::Appended { format }, None);
    archives::zip::read(source, inspection)
        .ok()
        .or(Some(format))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use crate::{Limits, inspect};

    #[test]
    fn a_pointer_of_git_lfs_is_not_the_file() {
        let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n";
        let artefact = inspect("m.pkl", &mut Cursor::new(pointer), &Limits::default());
        let reason = artefact.content.unread[0].reason.to_string();
        assert!(reason.contains("git lfs pull"), "{reason}");
    }
}
