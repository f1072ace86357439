//! UBJSON, in which XGBoost writes its models.

use holdfast_model::ArtefactFormat;

use super::bytes::Bytes;
use super::events::{Events as _, walk};
use super::ubjson_events::UbjsonEvents;
use super::xgboost::Xgboost;
use crate::inspection::{Inspection, Reading};
use crate::recognise::Head;
use crate::source::Source;

/// The first members that XGBoost's objects have.
const FIRST: [&[u8]; 4] = [b"learner", b"version", b"Config", b"Model"];

/// Whether a file is of this format: an object whose first member is one of XGBoost's.
pub(crate) fn recognises(head: &Head<'_>) -> bool {
    let width = match head.bytes.get(1) {
        Some(b'i' | b'U') => 1,
        Some(b'I') => 2,
        Some(b'l') => 4,
        Some(b'L') => 8,
        _ => return false,
    };
    head.starts_with(b"{") && FIRST.iter().any(|key| head.has(2 + width, key))
}

/// Reads one.
pub(crate) fn read(
    source: &mut dyn Source,
    inspection: &mut Inspection<'_>,
) -> Reading<ArtefactFormat> {
    let bytes = Bytes::new(source).map_err(|fault| fault.tell(0, inspection))?;
    let mut events = UbjsonEvents::new(bytes);
    let mut model = Xgboost::default();
    let walked = walk(&mut events, &mut model);
    let offset = events.position();
    model.tell(inspection);
    walked.map_err(|fault| fault.tell(offset, inspection))?;
    Ok(ArtefactFormat::XgboostUbjson)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{artefact, exact, inspect, total, unread, writers};
    use super::*;

    fn key(key: &str) -> Vec<u8> {
        let mut bytes = b"L".to_vec();
        bytes.extend((key.len() as u64).to_be_bytes());
        bytes.extend(key.as_bytes());
        bytes
    }

    fn model(weights: &[u8]) -> Vec<u8> {
        let mut bytes = b"{".to_vec();
        bytes.extend(key("learner"));
        bytes.push(b'{');
        bytes.extend(key("objective"));
        bytes.push(b'{');
        bytes.extend(key("name"));
        bytes.extend(b"Si\x10reg:squarederror");
        bytes.push(b'}');
        bytes.extend(key("weights"));
        bytes.extend(weights);
        bytes.push(b'}');
        bytes.extend(key("version"));
        bytes.extend(b"[#i\x03i\x03i\x00i\x05}");
        bytes
    }

    #[test]
    fn a_model_names_its_version() {
        for weights in [
            &b"[$d#i\x02\0\0\0\0\0\0\0\0"[..],
            b"[]",
            b"[i\x01NU\xffTZ]",
            b"[$T#L\x10\0\0\0\0\0\0\0",
            b"[$S#i\x01i\x02ab",
            b"{#i\x01i\x01aZ",
            b"[#i\x02[]{}",
        ] {
            let found = inspect("m", &model(weights));
            assert_eq!(found.format, ArtefactFormat::XgboostUbjson);
            assert_eq!(unread(&found), Vec::<String>::new(), "{weights:?}");
            assert_eq!(writers(&found), [exact("xgboost", "3.0.5")]);
            assert_eq!(
                found.content.metadata["xgboost.objective"],
                "reg:squarederror"
            );
        }
    }

    #[test]
    fn claims_of_more_than_the_file_are_refused_at_once() {
        let huge = model(b"[$d#L\x10\0\0\0\0\0\0\0");
        assert_eq!(unread(&inspect("m", &huge)).len(), 1);
        let negative = model(b"[$d#i\xff");
        assert_eq!(unread(&inspect("m", &negative)), ["a length is negative"]);
        let unknown = model(b"?");
        assert_eq!(unread(&inspect("m", &unknown)), ["there is no type 0x3f"]);
        let deep = model(&b"[".repeat(100_000));
        assert_eq!(unread(&inspect("m", &deep)).len(), 1);
    }

    #[test]
    fn a_real_model_is_read() {
        let Some(bytes) = artefact("x.ubj") else {
            return;
        };
        let found = inspect("x.bin", &bytes);
        assert_eq!(found.format, ArtefactFormat::XgboostUbjson);
        assert_eq!(unread(&found), Vec::<String>::new());
        assert_eq!(writers(&found), [exact("xgboost", "3.0.5")]);
        assert_eq!(found.content.metadata["xgboost.trees"], "3");
    }

    total!(
        "x.ubj",
        b"{i\x07learner",
        model(b"[$d#i\x02\0\0\0\0\0\0\0\0")
    );
}
