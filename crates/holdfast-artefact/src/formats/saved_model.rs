//! TensorFlow's `SavedModel`: `saved_model.pb` and, beside it, `keras_metadata.pb`.
//!
//! <https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/protobuf/saved_model.proto>

use std::collections::BTreeMap;

use holdfast_model::{ArtefactFormat, HazardKind, WriterVersion};

use super::bytes::{Bytes, Parsed};
use super::protobuf::{HeadField, Message, Span, head_fields};
use super::{keras, versions};
use crate::inspection::{Inspection, Reading};
use crate::recognise::Head;
use crate::source::{Section, Source};

/// Whether a file is of this format.
pub(crate) fn recognises(head: &Head<'_>) -> bool {
    if matches!(head.name, "saved_model.pb" | "keras_metadata.pb") {
        return matches!(head.bytes.first(), Some(0x08 | 0x0a | 0x12));
    }
    let Some(fields) = head_fields(head.bytes, head.size) else {
        return false;
    };
    // a schema's version, then graphs, each of which begins with what it is for
    let [version, graphs @ ..] = fields.as_slice() else {
        return false;
    };
    (version.number, version.kind, version.value) == (1, 0, 1)
        && !graphs.is_empty()
        && graphs.iter().all(is_graph)
}

/// Whether a field is a graph: it begins with what the graph is for.
fn is_graph(field: &HeadField<'_>) -> bool {
    let info = inner(field).first().copied();
    let info = info.filter(|info| (info.number, info.kind) == (1, 2));
    let is_info = |info: HeadField<'_>| {
        let fields = inner(&info);
        !fields.is_empty() && fields.iter().all(|field| (1..=8).contains(&field.number))
    };
    (field.number, field.kind) == (2, 2) && info.is_some_and(is_info)
}

fn inner<'a>(field: &HeadField<'a>) -> Vec<HeadField<'a>> {
    head_fields(field.bytes, field.value).unwrap_or_default()
}

/// Reads one.
pub(crate) fn read(
    source: &mut dyn Source,
    inspection: &mut Inspection<'_>,
) -> Reading<ArtefactFormat> {
    let bytes = Bytes::new(source).map_err(|fault| fault.tell(0, inspection))?;
    let mut reader = Reader {
        bytes,
        inspection,
        texts: Vec::new(),
        operations: BTreeMap::new(),
    };
    let read = reader.model();
    let offset = reader.bytes.position();
    let (texts, operations) = (reader.texts, reader.operations);
    for (operation, offset) in operations {
        let operation = operation.to_owned();
        inspection.hazard(HazardKind::Operation { operation }, offset);
    }
    read.map_err(|fault| fault.tell(offset, inspection))?;
    for span in texts {
        let text = Section::new(source, span.start, span.length());
        let mut text = text.map_err(|error| inspection.io(&error, span.start))?;
        keras::read_config(&mut text, "", inspection)?;
    }
    Ok(ArtefactFormat::SavedModel)
}

struct Reader<'a, 'i, 'b> {
    bytes: Bytes<'a>,
    inspection: &'i mut Inspection<'b>,
    /// Descriptions of Keras's layers, in JSON.
    texts: Vec<Span>,
    /// Operations that read or write files or run code, and where the first of each is.
    operations: BTreeMap<&'static str, u64>,
}

/// How many descriptions of layers are looked at.
const MOST_TEXTS: usize = 1 << 16;

impl Reader<'_, '_, '_> {
    /// The outermost message. `SavedModel` has graphs where `SavedMetadata` has nothing, and the latter
    /// has a list of objects where the former has a number.
    fn model(&mut self) -> Parsed<()> {
        let end = self.bytes.size();
        let mut message = Message::new(Span { start: 0, end });
        while let Some(field) = message.field(&mut self.bytes)? {
            self.inspection.step(field.offset)?;
            match (field.number, field.span()) {
                (1, None) => {
                    let version = field.number_or_zero().to_string();
                    self.inspection
                        .metadata("saved-model.schema-version", version);
                }
                (1, Some(span)) => self.described(span)?,
                (2, Some(span)) => self.meta_graph(span)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// An object of `keras_metadata.pb`: what it is, and its configuration in JSON.
    fn described(&mut self, span: Span) -> Parsed<()> {
        let mut message = Message::new(span);
        while let Some(field) = message.field(&mut self.bytes)? {
            if let (5, Some(span)) = (field.number, field.span()) {
                self.keep(span);
            }
        }
        Ok(())
    }

    fn keep(&mut self, span: Span) {
        if self.texts.len() < MOST_TEXTS && span.length() > 0 {
            self.texts.push(span);
        }
    }

    fn meta_graph(&mut self, span: Span) -> Parsed<()> {
        let mut message = Message::new(span);
        while let Some(field) = message.field(&mut self.bytes)? {
            self.inspection.step(field.offset)?;
            match (field.number, field.span()) {
                (1, Some(span)) => self.info(span)?,
                (2, Some(span)) => self.graph(span)?,
                (6, Some(span)) => self.asset(span)?,
                (7, Some(span)) => self.objects(span)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn info(&mut self, span: Span) -> Parsed<()> {
        let mut message = Message::new(span);
        let mut tags: Vec<String> = Vec::new();
        while let Some(field) = message.field(&mut self.bytes)? {
            match field.number {
                4 if tags.len() < 16 => tags.push(field.text(&mut self.bytes)?),
                5 => {
                    let version = field.text(&mut self.bytes)?;
                    let version = if versions::is_version(&version) {
                        WriterVersion::Exact(version)
                    } else {
                        WriterVersion::Unknown
                    };
                    self.inspection
                        .writer("tensorflow", version, "tensorflow_version");
                }
                _ => {}
            }
        }
        self.inspection
            .metadata("saved-model.tags", tags.join(", "));
        Ok(())
    }

    fn graph(&mut self, span: Span) -> Parsed<()> {
        let mut message = Message::new(span);
        while let Some(field) = message.field(&mut self.bytes)? {
            self.inspection.step(field.offset)?;
            match (field.number, field.span()) {
                (1, Some(span)) => self.node(span)?,
                (2, Some(span)) => self.library(span)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn library(&mut self, span: Span) -> Parsed<()> {
        let mut message = Message::new(span);
        while let Some(field) = message.field(&mut self.bytes)? {
            let (1, Some(function)) = (field.number, field.span()) else {
                continue;
            };
            let mut function = Message::new(function);
            while let Some(field) = function.field(&mut self.bytes)? {
                self.inspection.step(field.offset)?;
                if let (3, Some(span)) = (field.number, field.span()) {
                    self.node(span)?;
                }
            }
        }
        Ok(())
    }

    fn node(&mut self, span: Span) -> Parsed<()> {
        let mut message = Message::new(span);
        while let Some(field) = message.field(&mut self.bytes)? {
            self.inspection.step(field.offset)?;
            if field.number == 2 {
                let operation = field.text(&mut self.bytes)?;
                if let Some(known) = OPERATIONS.iter().find(|known| **known == operation) {
                    self.operations.entry(known).or_insert(span.start);
                }
            }
        }
        Ok(())
    }

    /// A file that belongs to the model.
    fn asset(&mut self, span: Span) -> Parsed<()> {
        let mut message = Message::new(span);
        while let Some(field) = message.field(&mut self.bytes)? {
            if field.number == 2 {
                let path = field.text(&mut self.bytes)?;
                if super::onnx::escapes(&path) {
                    let of = "asset";
                    self.inspection
                        .hazard(HazardKind::EscapingPath { path, of }, field.offset);
                }
            }
        }
        Ok(())
    }

    /// The graph of objects, which had Keras's configurations before `keras_metadata.pb`.
    fn objects(&mut self, span: Span) -> Parsed<()> {
        let mut message = Message::new(span);
        while let Some(field) = message.field(&mut self.bytes)? {
            self.inspection.step(field.offset)?;
            if let (1, Some(object)) = (field.number, field.span()) {
                self.object(object)?;
            }
        }
        Ok(())
    }

    fn object(&mut self, span: Span) -> Parsed<()> {
        let mut message = Message::new(span);
        while let Some(field) = message.field(&mut self.bytes)? {
            let (4, Some(user_object)) = (field.number, field.span()) else {
                continue;
            };
            let mut user_object = Message::new(user_object);
            while let Some(field) = user_object.field(&mut self.bytes)? {
                if let (3, Some(span)) = (field.number, field.span()) {
                    self.keep(span);
                }
            }
        }
        Ok(())
    }
}

/// Operations that read or write files of their own choice, or run code that is not in the graph.
/// Not those of saving and restoring (`SaveV2`, `RestoreV2`, `MergeV2Checkpoints`, `ShardedFilename`),
/// nor tables that are initialised from the model's own assets: every model has them.
static OPERATIONS: &[&str] = &[
    // code of the process
    "PyFunc",
    "PyFuncStateless",
    "EagerPyFunc",
    // files, read
    "ReadFile",
    "MatchingFiles",
    "MatchingFilesDataset",
    "WholeFileReader",
    "WholeFileReaderV2",
    "TextLineReader",
    "TextLineReaderV2",
    "FixedLengthRecordReader",
    "FixedLengthRecordReaderV2",
    "TFRecordReader",
    "TFRecordReaderV2",
    "LMDBReader",
    "TextLineDataset",
    "FixedLengthRecordDataset",
    "FixedLengthRecordDatasetV2",
    "TFRecordDataset",
    "TFRecordDatasetV2",
    "CSVDataset",
    "CSVDatasetV2",
    "LMDBDataset",
    "SqlDataset",
    "ImmutableConst",
    "LoadDataset",
    "LoadDatasetV2",
    // files, written or removed
    "WriteFile",
    "SaveDataset",
    "SaveDatasetV2",
    "DatasetToTFRecord",
    "CacheDataset",
    "CacheDatasetV2",
    "SnapshotDataset",
    "SnapshotDatasetV2",
    "CreateSummaryFileWriter",
    "CreateSummaryDbWriter",
    "DebugIdentity",
    "DebugIdentityV2",
    "DebugIdentityV3",
    "DebugNanCount",
    "DebugNumericSummary",
    "DebugNumericSummaryV2",
    // the network
    "BigQueryReader",
    "RpcCall",
    "RpcServer",
    "RpcClient",
    "DataServiceDataset",
    "DataServiceDatasetV2",
    "DataServiceDatasetV3",
    "DataServiceDatasetV4",
];

#[cfg(test)]
mod tests {
    use super::super::protobuf::Writing;
    use super::super::testing::{exact, hazards, inspect, total, unread, writers};
    use super::*;

    fn message() -> Writing {
        Writing::default()
    }

    fn node(operation: &str) -> Writing {
        message().bytes(1, "n").bytes(2, operation)
    }

    fn model(operations: &[&str]) -> Vec<u8> {
        let info = message().bytes(4, "serve").bytes(5, "2.15.0");
        let mut graph = message();
        for operation in operations {
            graph = graph.message(1, node(operation));
        }
        let function = message().message(3, node("WriteFile"));
        if operations.contains(&"StatefulPartitionedCall") {
            graph = graph.message(2, message().message(1, function));
        }
        let meta = message().message(1, info).message(2, graph);
        message().number(1, 1).message(2, meta).0
    }

    #[test]
    fn a_model_names_its_writer_and_is_quiet_where_it_only_saves() {
        let found = inspect(
            "m",
            &model(&["Const", "SaveV2", "RestoreV2", "MergeV2Checkpoints"]),
        );
        assert_eq!(found.format, ArtefactFormat::SavedModel);
        assert_eq!(unread(&found), Vec::<String>::new());
        assert_eq!(writers(&found), [exact("tensorflow", "2.15.0")]);
        assert_eq!(found.content.metadata["saved-model.tags"], "serve");
        assert!(found.content.hazards.is_empty());
    }

    #[test]
    fn operations_on_files_are_told_once_in_graphs_and_functions() {
        let found = inspect(
            "m",
            &model(&["ReadFile", "ReadFile", "StatefulPartitionedCall"]),
        );
        let operation = |name: &str| HazardKind::Operation {
            operation: name.to_owned(),
        };
        assert_eq!(
            hazards(&found),
            [operation("ReadFile"), operation("WriteFile")]
        );
    }

    #[test]
    fn lambda_layers_are_found_in_metadata() {
        let layer =
            r#"{"class_name": "Lambda", "config": {"name": "shout", "function": ["4wEA"]}}"#;
        let object = message()
            .number(2, 1)
            .bytes(3, "root.layer")
            .bytes(4, "_tf_keras_layer")
            .bytes(5, layer);
        let found = inspect("keras_metadata.pb", &message().message(1, object).0);
        assert_eq!(found.format, ArtefactFormat::SavedModel);
        assert!(matches!(
            hazards(&found).as_slice(),
            [HazardKind::Code { holder, .. }] if holder == "shout"
        ));
    }

    #[test]
    fn assets_that_climb_out_are_told() {
        let asset = message().bytes(2, "../../x");
        let info = message().bytes(4, "serve");
        let meta = message().message(1, info).message(6, asset);
        let found = inspect("m", &message().number(1, 1).message(2, meta).0);
        assert_eq!(hazards(&found).len(), 1);
    }

    total!(
        "saved_model.pb",
        b"\x08\x01\x12",
        model(&["ReadFile", "StatefulPartitionedCall"])
    );
}
