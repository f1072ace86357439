//! LightGBM's text format. It names the format's version and not LightGBM's.

use holdfast_model::{ArtefactFormat, WriterVersion};

use super::bytes::{Bytes, Fault, Parsed};
use crate::inspection::{Inspection, Reading};
use crate::recognise::Head;
use crate::source::Source;

/// What of the header is told.
const KEYS: [&str; 5] = [
    "version",
    "num_class",
    "num_tree_per_iteration",
    "max_feature_idx",
    "objective",
];
/// The longest line of a header that is kept, in bytes; lists of features may be long.
const LONGEST_LINE: usize = 4096;
/// How much of the end is looked at, in bytes.
const LONGEST_END: u64 = 1 << 16;
/// How many lines a header may have.
const MOST_LINES: usize = 1000;

/// Whether a file is of this format.
pub(crate) fn recognises(head: &Head<'_>) -> bool {
    head.starts_with(b"tree\nversion=") || head.starts_with(b"tree\r\nversion=")
}

/// Reads one.
pub(crate) fn read(
    source: &mut dyn Source,
    inspection: &mut Inspection<'_>,
) -> Reading<ArtefactFormat> {
    let mut bytes = Bytes::new(source).map_err(|fault| fault.tell(0, inspection))?;
    inspection.writer("lightgbm", WriterVersion::Unknown, "tree");
    let header = header(&mut bytes, inspection);
    header.map_err(|fault| fault.tell(bytes.position(), inspection))?;
    let categories = categories(&mut bytes);
    match categories.map_err(|fault| fault.tell(bytes.position(), inspection))? {
        Some(categories) if categories != "null" && categories != "[]" => {
            inspection.metadata("lightgbm.pandas-categorical", categories);
        }
        _ => {}
    }
    Ok(ArtefactFormat::Lightgbm)
}

fn header(bytes: &mut Bytes<'_>, inspection: &mut Inspection<'_>) -> Parsed<()> {
    for _ in 0..MOST_LINES {
        let Some(line) = line(bytes)? else {
            return Err(Fault::truncated());
        };
        if line.starts_with("Tree=") || line.starts_with("end of trees") {
            return Ok(());
        }
        let Some((key, value)) = line.split_once('=') else {
            continue;
        };
        match key {
            "version" => inspection.metadata("lightgbm.format-version", value),
            "tree_sizes" => {
                let trees = value.split(' ').filter(|size| !size.is_empty()).count();
                inspection.metadata("lightgbm.trees", trees.to_string());
            }
            _ if KEYS.contains(&key) => {
                inspection.metadata(format!("lightgbm.{}", key.replace('_', "-")), value);
            }
            _ => {}
        }
    }
    Err(Fault::limit(format!(
        "a header of more than {MOST_LINES} lines"
    )))
}

/// The categories of pandas's columns, on the last line; nothing where there are none, or where
/// they are longer than what is looked at.
fn categories(bytes: &mut Bytes<'_>) -> Parsed<Option<String>> {
    let length = bytes.size().min(LONGEST_END);
    bytes.seek(bytes.size() - length)?;
    let end = bytes.text(length, LONGEST_END)?;
    let found = end.rsplit_once("\npandas_categorical:");
    Ok(found.map(|(_, categories)| categories.trim().to_owned()))
}

/// The next line as far as it is kept; nothing at the end.
fn line(bytes: &mut Bytes<'_>) -> Parsed<Option<String>> {
    let mut line = Vec::new();
    loop {
        let ready = bytes.ready()?;
        if ready.is_empty() {
            let is_end = line.is_empty();
            return Ok((!is_end).then(|| String::from_utf8_lossy(&line).into_owned()));
        }
        let end = ready.iter().position(|byte| *byte == b'\n');
        let part = ready.get(..end.unwrap_or(ready.len())).unwrap_or_default();
        let room = if line.starts_with(b"tree_sizes") || part.starts_with(b"tree_sizes") {
            LONGEST_LINE << 8
        } else {
            LONGEST_LINE
        };
        let room = room.saturating_sub(line.len()).min(part.len());
        line.extend_from_slice(part.get(..room).unwrap_or_default());
        let count = part.len() + usize::from(end.is_some());
        bytes.consume(count);
        if end.is_some() {
            let text = String::from_utf8_lossy(&line);
            return Ok(Some(text.trim_end_matches('\r').to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{artefact, inspect, total, unread, writers};
    use super::*;

    const MODEL: &str = "tree\nversion=v4\nnum_class=1\nmax_feature_idx=7\nobjective=binary sigmoid:1\nfeature_names=a b\ntree_sizes=819 1082\n\nTree=0\nnum_leaves=7\n";

    #[test]
    fn a_model_has_a_format_and_no_version() {
        for text in [MODEL.to_owned(), MODEL.replace('\n', "\r\n")] {
            let found = inspect("m", text.as_bytes());
            assert_eq!(found.format, ArtefactFormat::Lightgbm);
            assert_eq!(unread(&found), Vec::<String>::new());
            assert_eq!(
                writers(&found),
                [("lightgbm".to_owned(), "unknown".to_owned())]
            );
            let metadata = &found.content.metadata;
            assert_eq!(metadata["lightgbm.format-version"], "v4");
            assert_eq!(metadata["lightgbm.objective"], "binary sigmoid:1");
            assert_eq!(metadata["lightgbm.trees"], "2");
        }
    }

    #[test]
    fn categories_of_pandas_are_told() {
        let text = format!("{MODEL}\nend of parameters\n\npandas_categorical:[[\"a\", \"b\"]]\n");
        let found = inspect("m", text.as_bytes());
        let metadata = &found.content.metadata;
        assert_eq!(metadata["lightgbm.pandas-categorical"], "[[\"a\", \"b\"]]");
        let none = text.replace("[[\"a\", \"b\"]]", "null");
        let found = inspect("m", none.as_bytes());
        assert!(
            !found
                .content
                .metadata
                .contains_key("lightgbm.pandas-categorical")
        );
    }

    #[test]
    fn a_cut_header_is_truncated() {
        assert_eq!(
            unread(&inspect("m", &MODEL.as_bytes()[..60])),
            ["it ends too early"]
        );
        let long = "tree\nversion=v4\n".to_owned() + &"a=b\n".repeat(100_000);
        assert_eq!(unread(&inspect("m", long.as_bytes())).len(), 1);
    }

    #[test]
    fn a_real_model_is_read() {
        let Some(bytes) = artefact("l.txt") else {
            return;
        };
        let found = inspect("l.txt", &bytes);
        assert_eq!(unread(&found), Vec::<String>::new());
        assert_eq!(found.content.metadata["lightgbm.trees"], "3");
    }

    total!("x.txt", b"tree\nversion=", MODEL.as_bytes().to_vec());
}
