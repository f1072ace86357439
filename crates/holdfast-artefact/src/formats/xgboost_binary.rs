//! XGBoost's own binary format, which 3.1 removed: a block of parameters, two names, the booster.
//!
//! Only what is before the trees is read. It has the major and minor version since 1.0.

use holdfast_model::{ArtefactFormat, WriterVersion};

use super::bytes::{Bytes, Fault, Parsed};
use crate::inspection::{Inspection, Reading};
use crate::recognise::Head;
use crate::source::Source;

/// What some models start with.
const PREFIX: &[u8] = b"binf";
/// Bytes of the block of parameters: nine numbers, and as many as make 136 bytes that are reserved.
const PARAMETERS: usize = 136;
/// The longest name of an objective or booster.
const LONGEST_NAME: u64 = 64;

/// Whether a file is of this format.
pub(crate) fn recognises(head: &Head<'_>) -> bool {
    let bytes = head.bytes.strip_prefix(PREFIX).unwrap_or(head.bytes);
    let Some(names) = bytes.get(PARAMETERS..) else {
        return false;
    };
    // flags are 0 or 1, and what is reserved is nought
    let number = |place: usize| {
        let bytes = bytes.get(4 * place..)?.first_chunk::<4>()?;
        Some(u32::from_le_bytes(*bytes))
    };
    let are_flags = (3..5).all(|place| number(place).is_some_and(|flag| flag <= 1));
    let are_reserved = (10..PARAMETERS / 4).all(|place| number(place) == Some(0));
    if !are_flags || !are_reserved {
        return false;
    }
    let Some((objective, rest)) = name(names) else {
        return false;
    };
    let booster = name(rest).map(|(booster, _)| booster);
    let is_objective = objective
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || b":_-".contains(byte));
    is_objective && matches!(booster, Some(b"gbtree" | b"gblinear" | b"dart"))
}

/// A name behind its length, and what follows it.
fn name(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = u64::from_le_bytes(*bytes.first_chunk::<8>()?);
    let length = usize::try_from(length).ok().filter(|length| *length > 0)?;
    bytes.get(8..)?.split_at_checked(length)
}

/// Reads one.
pub(crate) fn read(
    source: &mut dyn Source,
    inspection: &mut Inspection<'_>,
) -> Reading<ArtefactFormat> {
    let mut bytes = Bytes::new(source).map_err(|fault| fault.tell(0, inspection))?;
    let parsed = parse(&mut bytes, inspection);
    parsed.map_err(|fault| fault.tell(bytes.position(), inspection))?;
    Ok(ArtefactFormat::XgboostBinary)
}

fn parse(bytes: &mut Bytes<'_>, inspection: &mut Inspection<'_>) -> Parsed<()> {
    if bytes.array::<4>()? != PREFIX {
        bytes.seek(0)?;
    }
    let start = bytes.position();
    bytes.skip(4)?;
    let features = bytes.u32()?;
    let classes = bytes.u32()?;
    bytes.skip(8)?;
    let (major, minor) = (bytes.u32()?, bytes.u32()?);
    bytes.seek(start + PARAMETERS as u64)?;
    let version = if (1..100).contains(&major) && minor < 1000 {
        inspection.metadata("xgboost.version", format!("{major}.{minor}"));
        WriterVersion::Major(major.into())
    } else {
        WriterVersion::Unknown
    };
    inspection.writer("xgboost", version, "binary format");
    inspection.metadata("xgboost.features", features.to_string());
    inspection.metadata("xgboost.classes", classes.to_string());
    for key in ["xgboost.objective", "xgboost.booster"] {
        let length = bytes.u64()?;
        if length > LONGEST_NAME {
            return Err(Fault::malformed(format!("a name of {length} bytes")));
        }
        let name = bytes.text(length, LONGEST_NAME)?;
        inspection.metadata(key, name);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{inspect, total, unread, writers};
    use super::*;

    fn model(prefix: &[u8], version: [u32; 2]) -> Vec<u8> {
        let mut bytes = prefix.to_vec();
        bytes.extend(0.5_f32.to_le_bytes());
        for number in [8, 0, 0, 0, version[0], version[1], 1] {
            bytes.extend(u32::to_le_bytes(number));
        }
        bytes.resize(prefix.len() + PARAMETERS, 0);
        for name in ["binary:logistic", "gbtree"] {
            bytes.extend((name.len() as u64).to_le_bytes());
            bytes.extend(name.as_bytes());
        }
        bytes.extend([0; 160]);
        bytes
    }

    #[test]
    fn a_model_names_its_major_version_since_1_0() {
        for prefix in [&b""[..], PREFIX] {
            let found = inspect("m", &model(prefix, [1, 7]));
            assert_eq!(found.format, ArtefactFormat::XgboostBinary);
            assert_eq!(unread(&found), Vec::<String>::new());
            assert_eq!(writers(&found), [("xgboost".to_owned(), "1.x".to_owned())]);
            assert_eq!(found.content.metadata["xgboost.version"], "1.7");
            assert_eq!(
                found.content.metadata["xgboost.objective"],
                "binary:logistic"
            );
        }
        let old = inspect("m", &model(b"", [0, 0]));
        assert_eq!(
            writers(&old),
            [("xgboost".to_owned(), "unknown".to_owned())]
        );
    }

    #[test]
    fn other_bytes_are_none() {
        for bytes in [vec![0; 400], b"binf".repeat(100)] {
            assert_eq!(inspect("m", &bytes).format, ArtefactFormat::Unknown);
        }
    }

    total!("x.model", b"binf\0\0\0\x3f", model(PREFIX, [1, 7]));
}
