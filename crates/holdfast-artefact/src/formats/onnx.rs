//! ONNX: a protocol buffer. The raw data of tensors is passed over.
//!
//! <https://github.com/onnx/onnx/blob/main/onnx/onnx.proto>

use std::collections::{BTreeMap, BTreeSet};

use holdfast_model::{ArtefactFormat, HazardKind, Tensor, WriterVersion};

use super::bytes::{Bytes, Fault, Parsed};
use super::protobuf::{DEPTH, HeadField, Message, Span, head_fields};
use super::versions;
use crate::inspection::{Inspection, Reading};
use crate::recognise::Head;
use crate::source::Source;

/// Whether a file is of this format: the fields of a model, in the order in which they are written.
pub(crate) fn recognises(head: &Head<'_>) -> bool {
    // fields 1 to 4 and 7; none of these bytes begins a pickle
    if !matches!(head.bytes.first(), Some(0x08 | 0x12 | 0x1a | 0x22 | 0x3a)) {
        return false;
    }
    let Some(fields) = head_fields(head.bytes, head.size) else {
        return head.is_named(&["onnx"]);
    };
    if !fields.iter().all(is_of_model) {
        return head.is_named(&["onnx"]);
    }
    let first = fields.first();
    let has_version = first.is_some_and(|field| field.number == 1);
    has_version && fields.iter().any(|field| matches!(field.number, 7 | 8))
        || head.is_named(&["onnx"])
}

/// Whether a field could be one of a model.
fn is_of_model(field: &HeadField<'_>) -> bool {
    match (field.number, field.kind) {
        (1, 0) => (1..=40).contains(&field.value),
        (2..=4, 2) => field.value < 1024 && field.bytes.iter().all(|byte| *byte >= 0x20),
        // a graph begins with nodes, or with what has no nodes: a name, initialisers, inputs
        (7, 2) => matches!(
            field.bytes.first(),
            None | Some(0x0a | 0x12 | 0x2a | 0x52 | 0x5a | 0x62 | 0x6a | 0x72 | 0x7a)
        ),
        // a domain, a version
        (8, 2) => field.value < 1024 && matches!(field.bytes.first(), None | Some(0x0a | 0x10)),
        (5, 0) | (6 | 14 | 20 | 25 | 26, 2) => true,
        _ => false,
    }
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
        domains: BTreeSet::new(),
    };
    let read = reader.model();
    let offset = reader.bytes.position();
    let domains = std::mem::take(&mut reader.domains);
    if !domains.is_empty() {
        let domains: Vec<String> = domains.into_iter().collect();
        inspection.metadata("onnx.custom-domains", domains.join(", "));
    }
    read.map_err(|fault| fault.tell(offset, inspection))?;
    Ok(ArtefactFormat::Onnx)
}

struct Reader<'a, 'i, 'b> {
    bytes: Bytes<'a>,
    inspection: &'i mut Inspection<'b>,
    /// Domains of operators that are not ONNX's own.
    domains: BTreeSet<String>,
}

/// How many custom domains are kept.
const MOST_DOMAINS: usize = 64;
/// How many dimensions of a tensor are kept.
const MOST_DIMENSIONS: usize = 64;

impl Reader<'_, '_, '_> {
    fn model(&mut self) -> Parsed<()> {
        let end = self.bytes.size();
        let mut message = Message::new(Span { start: 0, end });
        let mut producer = (String::new(), String::new());
        // the writer is told before what may go wrong inside the graph
        let mut inner = Vec::new();
        while let Some(field) = message.field(&mut self.bytes)? {
            self.inspection.step(field.offset)?;
            match (field.number, field.span()) {
                (1, None) => {
                    let version = field.number_or_zero().to_string();
                    self.inspection.metadata("onnx.ir-version", version);
                }
                (2, Some(_)) => producer.0 = field.text(&mut self.bytes)?,
                (3, Some(_)) => producer.1 = field.text(&mut self.bytes)?,
                (4, Some(span)) if span.length() > 0 => {
                    let domain = field.text(&mut self.bytes)?;
                    self.inspection.metadata("onnx.domain", domain);
                }
                (8, Some(span)) => self.opset(span)?,
                (14, Some(span)) => self.property(span)?,
                (7 | 20 | 25, Some(span)) if inner.len() < 4096 => inner.push((field.number, span)),
                _ => {}
            }
        }
        self.producer(&producer.0, &producer.1);
        for (number, span) in inner {
            match number {
                7 => self.graph(span, 0)?,
                20 => self.training(span)?,
                _ => self.function(span)?,
            }
        }
        Ok(())
    }

    fn producer(&mut self, name: &str, version: &str) {
        if name.is_empty() {
            return;
        }
        let shown = format!("{name} {version}");
        self.inspection.metadata("onnx.producer", shown.trim());
        if let Some((_, library)) = PRODUCERS.iter().find(|(known, _)| *known == name) {
            let version = if versions::is_version(version) {
                WriterVersion::Exact(version.to_owned())
            } else {
                WriterVersion::Unknown
            };
            self.inspection.writer(library, version, "producer_name");
        }
    }

    fn opset(&mut self, span: Span) -> Parsed<()> {
        let mut message = Message::new(span);
        let (mut domain, mut version) = (String::new(), 0);
        while let Some(field) = message.field(&mut self.bytes)? {
            match field.number {
                1 => domain = field.text(&mut self.bytes)?,
                2 => version = field.number_or_zero(),
                _ => {}
            }
        }
        self.domain(&domain);
        let domain = if domain.is_empty() {
            "ai.onnx"
        } else {
            &domain
        };
        self.inspection
            .metadata(format!("onnx.opset.{domain}"), version.to_string());
        Ok(())
    }

    fn domain(&mut self, domain: &str) {
        if !OWN_DOMAINS.contains(&domain) && self.domains.len() < MOST_DOMAINS {
            self.domains.insert(domain.to_owned());
        }
    }

    fn property(&mut self, span: Span) -> Parsed<()> {
        let (key, value) = self.pair(span)?;
        self.inspection
            .metadata(format!("onnx.metadata.{key}"), value);
        Ok(())
    }

    /// A `StringStringEntryProto`.
    fn pair(&mut self, span: Span) -> Parsed<(String, String)> {
        let mut message = Message::new(span);
        let mut pair = (String::new(), String::new());
        while let Some(field) = message.field(&mut self.bytes)? {
            match field.number {
                1 => pair.0 = field.text(&mut self.bytes)?,
                2 => pair.1 = field.text(&mut self.bytes)?,
                _ => {}
            }
        }
        Ok(pair)
    }

    fn training(&mut self, span: Span) -> Parsed<()> {
        let mut message = Message::new(span);
        while let Some(field) = message.field(&mut self.bytes)? {
            if let (1 | 2, Some(span)) = (field.number, field.span()) {
                self.graph(span, 0)?;
            }
        }
        Ok(())
    }

    fn function(&mut self, span: Span) -> Parsed<()> {
        let mut message = Message::new(span);
        while let Some(field) = message.field(&mut self.bytes)? {
            match (field.number, field.span()) {
                (7, Some(span)) => self.node(span, 0)?,
                (11, Some(span)) => self.attribute(span, 0)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn graph(&mut self, span: Span, depth: usize) -> Parsed<()> {
        if depth >= DEPTH {
            let what = format!("graphs lie more than {DEPTH} deep in one another");
            return Err(Fault::limit(what));
        }
        let mut message = Message::new(span);
        while let Some(field) = message.field(&mut self.bytes)? {
            self.inspection.step(field.offset)?;
            match (field.number, field.span()) {
                (1, Some(span)) => self.node(span, depth)?,
                (5, Some(span)) => self.tensor(span)?,
                (15, Some(span)) => self.sparse(span)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn node(&mut self, span: Span, depth: usize) -> Parsed<()> {
        let mut message = Message::new(span);
        while let Some(field) = message.field(&mut self.bytes)? {
            self.inspection.step(field.offset)?;
            match (field.number, field.span()) {
                (5, Some(span)) => self.attribute(span, depth)?,
                (7, Some(_)) => {
                    let domain = field.text(&mut self.bytes)?;
                    self.domain(&domain);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn attribute(&mut self, span: Span, depth: usize) -> Parsed<()> {
        let mut message = Message::new(span);
        while let Some(field) = message.field(&mut self.bytes)? {
            self.inspection.step(field.offset)?;
            match (field.number, field.span()) {
                (5 | 10, Some(span)) => self.tensor(span)?,
                (6 | 11, Some(span)) => self.graph(span, depth + 1)?,
                (22 | 23, Some(span)) => self.sparse(span)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn sparse(&mut self, span: Span) -> Parsed<()> {
        let mut message = Message::new(span);
        while let Some(field) = message.field(&mut self.bytes)? {
            if let (1 | 2, Some(span)) = (field.number, field.span()) {
                self.tensor(span)?;
            }
        }
        Ok(())
    }

    fn tensor(&mut self, span: Span) -> Parsed<()> {
        let mut message = Message::new(span);
        let (mut name, mut kind, mut shape) = (String::new(), 0, Vec::new());
        let mut external = BTreeMap::new();
        while let Some(field) = message.field(&mut self.bytes)? {
            self.inspection.step(field.offset)?;
            match (field.number, field.span()) {
                (1, _) => {
                    let room = MOST_DIMENSIONS.saturating_sub(shape.len());
                    shape.extend(field.numbers(&mut self.bytes, room)?);
                }
                (2, None) => kind = field.number_or_zero(),
                (8, Some(_)) => name = field.text(&mut self.bytes)?,
                (13, Some(pair)) => {
                    let (key, value) = self.pair(pair)?;
                    // each of several locations counts
                    if key == "location" && escapes(&value) {
                        let path = value.clone();
                        let of = "external data";
                        let kind = HazardKind::EscapingPath { path, of };
                        self.inspection.hazard(kind, field.offset);
                    }
                    if external.len() < 8 {
                        external.insert(key, value);
                    }
                }
                _ => {}
            }
        }
        if let Some(location) = external.get("location") {
            self.inspection.metadata("onnx.external-data", location);
        }
        let elements = shape
            .iter()
            .try_fold(1_u64, |product, length| product.checked_mul(*length));
        let known = usize::try_from(kind)
            .ok()
            .and_then(|kind| ELEMENTS.get(kind));
        let (element, bits) = known.copied().unwrap_or(("unknown", 0));
        let bytes = elements
            .unwrap_or_default()
            .saturating_mul(bits)
            .div_ceil(8);
        let element = element.to_owned();
        self.inspection.tensor(
            Tensor {
                name,
                element,
                shape,
            },
            bytes,
        );
        Ok(())
    }
}

/// Whether a path leaves the directory of the model, on any system.
pub(super) fn escapes(path: &str) -> bool {
    let has_drive = path.get(1..2) == Some(":");
    has_drive
        || path.starts_with(['/', '\\', '~'])
        || path.contains('\0')
        || path.contains("://")
        || path
            .split(['/', '\\'])
            .any(|part| part.trim_end_matches(' ') == "..")
}

/// Domains of operators that every runtime has.
const OWN_DOMAINS: [&str; 6] = [
    "",
    "ai.onnx",
    "ai.onnx.ml",
    "ai.onnx.training",
    "ai.onnx.preview",
    "ai.onnx.preview.training",
];

/// What writes ONNX, by the name that it gives itself, and its name on PyPI.
static PRODUCERS: &[(&str, &str)] = &[
    ("skl2onnx", "skl2onnx"),
    ("pytorch", "torch"),
    ("tf2onnx", "tf2onnx"),
    ("onnxmltools", "onnxmltools"),
    ("OnnxMLTools", "onnxmltools"),
    ("keras2onnx", "keras2onnx"),
    ("PaddlePaddle", "paddle2onnx"),
    ("paddle2onnx", "paddle2onnx"),
    ("onnxruntime", "onnxruntime"),
    ("onnx.quantize", "onnxruntime"),
    ("onnx.compose.merge_models", "onnx"),
    ("onnx-example", "onnx"),
    ("spox", "spox"),
    ("sclblonnx", "sclblonnx"),
    ("hummingbird", "hummingbird-ml"),
    ("CatBoost", "catboost"),
    ("onnxconverter-common", "onnxconverter-common"),
    ("onnxscript", "onnxscript"),
];

/// Types of elements by their numbers, with the bits of one.
static ELEMENTS: &[(&str, u64)] = &[
    ("undefined", 0),
    ("float", 32),
    ("uint8", 8),
    ("int8", 8),
    ("uint16", 16),
    ("int16", 16),
    ("int32", 32),
    ("int64", 64),
    ("string", 0),
    ("bool", 8),
    ("float16", 16),
    ("double", 64),
    ("uint32", 32),
    ("uint64", 64),
    ("complex64", 64),
    ("complex128", 128),
    ("bfloat16", 16),
    ("float8e4m3fn", 8),
    ("float8e4m3fnuz", 8),
    ("float8e5m2", 8),
    ("float8e5m2fnuz", 8),
    ("uint4", 4),
    ("int4", 4),
    ("float4e2m1", 4),
    ("float8e8m0", 8),
    ("uint2", 2),
    ("int2", 2),
];

#[cfg(test)]
mod tests;
