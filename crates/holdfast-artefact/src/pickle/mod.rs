//! Pickles (protocols 0 to 5), joblib's and torch's among them.
//!
//! Nothing is made of a pickle's objects. Its opcodes are followed with a true stack and memo, so
//! that what it would import, and what it would do with that, is known by name.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "of the many opcodes and values, each place is about a few"
)]

mod joblib;
mod machine;
mod memo;
mod objects;
mod opcodes;
mod stream;
mod text;
mod torch;
mod value;
mod walked;
mod writers;

use std::collections::BTreeSet;

use holdfast_model::{ArtefactFormat, ImportUsage, Tensor, UnreadReason, WriterVersion};

use crate::inspection::{Inspection, Reading};
use crate::recognise::{self, Head};
use crate::source::{Section, Source};
use machine::{Dialect, Machine};
use stream::Stream;
use text::decode;
use walked::{Failure, Walked};

/// Endings of names that pickles have, and nothing else should.
const ENDINGS: &[&str] = &[
    "pkl",
    "pickle",
    "pck",
    "pcl",
    "p",
    "joblib",
    "dill",
    "cloudpickle",
    "dat",
];
/// What a file of `torch.save` before 1.6 begins with: a pickle of a magic number.
const TORCH_LEGACY: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
/// How many pickles are followed one after another in a file.
const MOST_PICKLES: usize = 10_000;

/// Whether a file is a pickle for certain: it begins with `PROTO` and an opcode.
pub(crate) fn recognises(head: &Head<'_>) -> bool {
    matches!(head.bytes, [0x80, 0..=5, ..])
}

/// Reads one, and those that follow it.
#[expect(clippy::unnecessary_wraps, reason = "every format's reader answers so")]
pub(crate) fn read(
    source: &mut dyn Source,
    inspection: &mut Inspection<'_>,
) -> Reading<ArtefactFormat> {
    let start = crate::source::head(source, TORCH_LEGACY.len() as u64).unwrap_or_default();
    let (walked, failure) = walk_all(source, inspection);
    let format = if start == TORCH_LEGACY {
        ArtefactFormat::TorchLegacy
    } else if walked.has_arrays {
        ArtefactFormat::Joblib
    } else {
        ArtefactFormat::Pickle
    };
    tell(source, inspection, walked, failure);
    Ok(format)
}

/// Reads a file that nothing else recognised as a pickle without a mark (protocols 0 and 1), where
/// it is one: by its content, or its name says so.
pub(crate) fn guess(
    head: &Head<'_>,
    source: &mut dyn Source,
    inspection: &mut Inspection<'_>,
) -> Option<ArtefactFormat> {
    let (walked, failure) = walk_all(source, inspection);
    if !(is_one(&walked, failure.as_ref()) || head.is_named(ENDINGS)) {
        return None;
    }
    let format = if walked.has_arrays {
        ArtefactFormat::Joblib
    } else {
        ArtefactFormat::Pickle
    };
    tell(source, inspection, walked, failure);
    Some(format)
}

/// Reads a file that something else recognised, where `pickle.load` would take it for a pickle: the
/// first bytes of several formats are opcodes.
pub(crate) fn disguised(
    head: &Head<'_>,
    source: &mut dyn Source,
    inspection: &mut Inspection<'_>,
) -> Option<ArtefactFormat> {
    // `PK` of a zip file is a persistent id, which `pickle.load` refuses
    if head.starts_with(b"P") {
        return None;
    }
    let (walked, failure) = walk_all(source, inspection);
    if !is_one(&walked, failure.as_ref()) {
        return None;
    }
    tell(source, inspection, walked, failure);
    Some(ArtefactFormat::Pickle)
}

/// Whether it can be followed to its end or up to a call, and imports something.
fn is_one(walked: &Walked, failure: Option<&Failure>) -> bool {
    let stops = walked.complaint.as_ref().map_or(u64::MAX, |(_, at)| *at);
    let calls = walked.imports.iter().any(|import| {
        import.usage > ImportUsage::Imported && import.at < stops && is_path(&import.module)
    });
    let to_its_end = failure.is_none() && walked.left_over <= 2;
    calls || (to_its_end && !walked.imports.is_empty())
}

/// Follows the pickles of a source, one after another, as joblib does; where there are arrays, also
/// as `pickle.load` would, which takes their bytes for opcodes.
fn walk_all(source: &mut dyn Source, inspection: &mut Inspection<'_>) -> (Walked, Option<Failure>) {
    let (mut walked, failure) = walk(source, inspection, Dialect::Joblib);
    if walked.has_arrays {
        let (plain, _) = walk(source, inspection, Dialect::Plain);
        let known: BTreeSet<_> = walked
            .imports
            .iter()
            .map(|import| (import.module.clone(), import.name.clone()))
            .collect();
        // what raw numbers happen to say is no name
        let more = plain.imports.into_iter().filter(|import| {
            is_path(&import.module)
                && is_path(&import.name)
                && !known.contains(&(import.module.clone(), import.name.clone()))
        });
        walked.imports.extend(more);
    }
    (walked, failure)
}

fn walk(
    source: &mut dyn Source,
    inspection: &mut Inspection<'_>,
    dialect: Dialect,
) -> (Walked, Option<Failure>) {
    let mut walked = Walked::new(inspection.steps_left(), inspection.limits().listed);
    let failure = walk_into(source, &mut walked, dialect).err();
    inspection.took(walked.steps);
    (walked, failure)
}

fn walk_into(
    source: &mut dyn Source,
    walked: &mut Walked,
    dialect: Dialect,
) -> Result<(), Failure> {
    let mut stream = Stream::new(source, 0).map_err(|error| Failure::io(&error, 0))?;
    Machine::new(&mut stream, walked, dialect, 0).run()?;
    for _ in 0..MOST_PICKLES {
        walked.left_over = stream.left();
        let start = stream.position();
        if stream.left() < 2 {
            break;
        }
        let next = stream.look_back(start, 2).unwrap_or_default();
        let marked = matches!(next.as_slice(), [0x80, 0..=5]);
        let mut appended = Walked::new(walked.steps_left(), walked.most());
        let failure = Machine::new(&mut stream, &mut appended, dialect, 0)
            .run()
            .err();
        // whatever else lies behind a pickle is not loaded with it
        if !marked && (failure.is_some() || appended.imports.is_empty()) {
            walked.steps += appended.steps;
            break;
        }
        walked.join(appended);
        if let Some(failure) = failure {
            return Err(failure);
        }
    }
    Ok(())
}

/// Tells what was seen.
fn tell(
    source: &mut dyn Source,
    inspection: &mut Inspection<'_>,
    walked: Walked,
    failure: Option<Failure>,
) {
    if let Some(protocol) = walked.protocol {
        inspection.metadata("pickle protocol", protocol.to_string());
    }
    for import in &walked.imports {
        inspection.import(&import.module, &import.name, import.usage, import.at);
    }
    tell_writers(source, inspection, &walked);
    tell_tensors(source, inspection, &walked);
    if walked.left_out > 0 {
        inspection.leave_out("imports", walked.left_out);
    }
    for (kind, at) in walked.hazards {
        inspection.hazard(kind, at);
    }
    if let Some(Failure { reason, at }) = failure {
        inspection.unread(reason, at);
    } else if let Some((complaint, at)) = walked.complaint {
        inspection.unread(UnreadReason::Malformed(complaint), at);
    }
    for (start, length) in walked.unpickled {
        if let Ok(mut section) = Section::new(source, start, length) {
            // what stops its reader is told by it
            inspection.member("storage", &mut section).ok();
        }
    }
    for (start, length) in walked.models {
        if let Ok(mut section) = Section::new(source, start, length) {
            recognise::inspect_embedded("model", &mut section, inspection);
        }
    }
}

fn tell_writers(source: &mut dyn Source, inspection: &mut Inspection<'_>, walked: &Walked) {
    let mut versions = BTreeSet::new();
    for place in &walked.sklearn {
        let Ok(mut section) = Section::new(source, place.start, place.length.min(64)) else {
            continue;
        };
        let bytes = crate::source::head(&mut section, 64).unwrap_or_default();
        versions.insert(decode(&bytes, place.encoding));
    }
    for (library, version, evidence) in writers::by_modules(walked) {
        if library == "scikit-learn" && !versions.is_empty() {
            continue;
        }
        inspection.writer(library, version, evidence);
    }
    for version in versions {
        let version = WriterVersion::Exact(version);
        inspection.writer("scikit-learn", version, "`_sklearn_version`");
    }
}

fn tell_tensors(source: &mut dyn Source, inspection: &mut Inspection<'_>, walked: &Walked) {
    for (name, storage, shape) in &walked.tensors {
        let storage = walked.named(*storage).map_or("", |(_, name)| name);
        let elements = shape
            .iter()
            .fold(1_u64, |all, length| all.saturating_mul(*length));
        let bytes = torch::element_size(storage).unwrap_or_default();
        let name = name.and_then(|place| {
            let mut section = Section::new(source, place.start, place.length.min(256)).ok()?;
            let bytes = crate::source::head(&mut section, 256).ok()?;
            Some(decode(&bytes, place.encoding))
        });
        let tensor = Tensor {
            name: name.unwrap_or_default(),
            element: storage.trim_end_matches("Storage").to_ascii_lowercase(),
            shape: shape.clone(),
        };
        inspection.tensor(tensor, elements.saturating_mul(bytes));
    }
}

/// Whether a text is a dotted path of ASCII identifiers.
fn is_path(text: &str) -> bool {
    text.split('.').all(|part| {
        let first = part.bytes().next();
        first.is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

#[cfg(test)]
mod tests;
