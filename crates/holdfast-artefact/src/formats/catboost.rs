//! CatBoost's binary format, `CBM1`: a table in `FlatBuffers`, then what is not read here.
//!
//! <https://github.com/catboost/catboost/blob/master/catboost/libs/model/flatbuffers/model.fbs>

use holdfast_model::{ArtefactFormat, WriterVersion};

use super::bytes::{Bytes, Fault, Parsed};
use super::versions;
use crate::inspection::{Inspection, Reading};
use crate::recognise::Head;
use crate::source::Source;

const MAGIC: &[u8] = b"CBM1";
/// Where the table of a model starts.
const START: u64 = 8;
/// The place of the list of keys and values among the fields of a model.
const INFO: u64 = 2;
/// How many keys are read.
const MOST_KEYS: u64 = 1024;
/// The longest value that is read, in bytes.
const LONGEST_VALUE: u64 = 1 << 20;

/// Whether a file is of this format.
pub(crate) fn recognises(head: &Head<'_>) -> bool {
    head.starts_with(MAGIC)
}

/// Reads one.
pub(crate) fn read(
    source: &mut dyn Source,
    inspection: &mut Inspection<'_>,
) -> Reading<ArtefactFormat> {
    let mut bytes = Bytes::new(source).map_err(|fault| fault.tell(0, inspection))?;
    let mut facts = Vec::new();
    let read = pairs(&mut bytes, &mut facts);
    tell(&facts, inspection);
    read.map_err(|fault| fault.tell(bytes.position(), inspection))?;
    Ok(ArtefactFormat::Catboost)
}

/// Tells what a model says of itself, whichever format it is kept in.
pub(super) fn tell(facts: &[(String, String)], inspection: &mut Inspection<'_>) {
    let fact = |name: &str| {
        facts
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    };
    let version = fact("catboost_version_info").and_then(|text| version(text));
    let version = version.map_or(WriterVersion::Unknown, WriterVersion::Exact);
    inspection.writer("catboost", version, "catboost_version_info");
    for (name, key) in [
        ("model_guid", "catboost.model-guid"),
        ("train_finish_time", "catboost.train-finish-time"),
        ("params", "catboost.params"),
    ] {
        if let Some(value) = fact(name) {
            inspection.metadata(key, value);
        }
    }
}

/// The version in a description of a build: a branch `tags/v1.2.10`, or `CatBoost release 1.2.10.`.
fn version(text: &str) -> Option<String> {
    ["tags/v", "CatBoost release ", "Tag: v"]
        .iter()
        .find_map(|mark| {
            let rest = text.split_once(mark)?.1;
            let word = rest.split_whitespace().next()?.trim_end_matches('.');
            versions::is_version(word).then(|| word.to_owned())
        })
}

/// The keys and values of a model, as far as they could be read.
fn pairs(bytes: &mut Bytes<'_>, facts: &mut Vec<(String, String)>) -> Parsed<()> {
    bytes.seek(MAGIC.len() as u64)?;
    let size = u64::from(bytes.u32()?);
    if size > bytes.left() {
        return Err(Fault::truncated());
    }
    let model = follow(bytes, START)?;
    let Some(info) = field(bytes, model, INFO)? else {
        return Ok(());
    };
    let list = follow(bytes, info)?;
    bytes.seek(list)?;
    let count = u64::from(bytes.u32()?);
    if count.saturating_mul(4) > bytes.left() {
        return Err(Fault::truncated());
    }
    for index in 0..count.min(MOST_KEYS) {
        let pair = follow(bytes, list + 4 + 4 * index)?;
        let mut texts = [String::new(), String::new()];
        for (place, text) in (0..).zip(&mut texts) {
            if let Some(field) = field(bytes, pair, place)? {
                let start = follow(bytes, field)?;
                bytes.seek(start)?;
                let length = u64::from(bytes.u32()?);
                *text = bytes.text(length, LONGEST_VALUE)?;
            }
        }
        let [key, value] = texts;
        let wanted = [
            "catboost_version_info",
            "model_guid",
            "train_finish_time",
            "params",
        ];
        if wanted.contains(&key.as_str()) {
            facts.push((key, value));
        }
    }
    Ok(())
}

/// Where the offset at a place leads.
fn follow(bytes: &mut Bytes<'_>, place: u64) -> Parsed<u64> {
    bytes.seek(place)?;
    Ok(place + u64::from(bytes.u32()?))
}

/// Where a table's field is; nothing where it has none.
fn field(bytes: &mut Bytes<'_>, table: u64, index: u64) -> Parsed<Option<u64>> {
    bytes.seek(table)?;
    let distance = i64::from(bytes.u32()?.cast_signed());
    let fields = table.checked_add_signed(-distance);
    bytes.seek(fields.ok_or_else(Fault::truncated)?)?;
    let size = bytes.number(2)?;
    let place = 4 + 2 * index;
    if place + 2 > size {
        return Ok(None);
    }
    bytes.skip(place - 2)?;
    let offset = bytes.number(2)?;
    Ok((offset > 0).then_some(table + offset))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{exact, inspect, total, unread, writers};
    use super::*;

    fn put(bytes: &mut Vec<u8>, number: u32) {
        bytes.extend(number.to_le_bytes());
    }

    fn text(bytes: &mut Vec<u8>, text: &str) {
        put(bytes, u32::try_from(text.len()).unwrap());
        bytes.extend(text.as_bytes());
    }

    /// A model with one pair of key and value.
    fn model(key: &str, value: &str) -> Vec<u8> {
        let mut table = Vec::new();
        put(&mut table, 16); // → the model's table at 16
        table.extend([10, 0, 12, 0, 0, 0, 0, 0, 8, 0, 0, 0]); // its fields at 4: the third is at 8
        put(&mut table, 12); // 16: 12 back to its fields
        put(&mut table, 0);
        put(&mut table, 4); // 24: → the list at 28
        put(&mut table, 1);
        put(&mut table, 12); // 32: → the pair at 44
        table.extend([8, 0, 12, 0, 4, 0, 8, 0]); // the pair's fields at 36
        put(&mut table, 8); // 44: 8 back to its fields
        put(&mut table, 8); // 48: → the key at 56
        put(&mut table, 8 + u32::try_from(key.len()).unwrap()); // 52: → the value
        text(&mut table, key);
        text(&mut table, value);
        let mut bytes = MAGIC.to_vec();
        put(&mut bytes, u32::try_from(table.len()).unwrap());
        bytes.extend(table);
        bytes
    }

    #[test]
    fn a_model_names_its_version() {
        let info = "Git info:\n    Branch: tags/v1.2.10\n    Summary: CatBoost release 1.2.10. x\n";
        let found = inspect("m", &model("catboost_version_info", info));
        assert_eq!(found.format, ArtefactFormat::Catboost);
        assert_eq!(unread(&found), Vec::<String>::new());
        assert_eq!(writers(&found), [exact("catboost", "1.2.10")]);
    }

    #[test]
    fn a_build_without_a_release_has_no_version() {
        let found = inspect(
            "m",
            &model("catboost_version_info", "Git info:\n    Branch: master\n"),
        );
        assert_eq!(writers(&found), [exact("catboost", "unknown")]);
        assert_eq!(
            version("Summary: CatBoost release 1.0.6. x").as_deref(),
            Some("1.0.6")
        );
    }

    total!(
        "x.cbm",
        b"CBM1\x40\0\0\0",
        model("catboost_version_info", "tags/v1.2.10 ")
    );
}
