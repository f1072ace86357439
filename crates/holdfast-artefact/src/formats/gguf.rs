//! GGUF, versions 1 to 3, of either byte order: key-value metadata, then what tensors there are.
//!
//! <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>. It names no library that wrote it.

use holdfast_model::{ArtefactFormat, HazardKind, Tensor};

use super::bytes::{Bytes, Fault, Order, Parsed};
use super::template;
use crate::inspection::{Inspection, Reading};
use crate::recognise::Head;
use crate::source::Source;

const MAGIC: &[u8] = b"GGUF";
/// The longest name that is kept, in bytes.
const LONGEST_NAME: u64 = 1024;
/// The longest value that is read, in bytes: templates are a few kilobytes.
const LONGEST_VALUE: u64 = 4 << 20;
/// How deep arrays may lie in one another.
const DEPTH: usize = 8;
/// How many dimensions a tensor may have; ggml has four.
const MOST_DIMENSIONS: u32 = 16;

/// Whether a file is of this format.
pub(crate) fn recognises(head: &Head<'_>) -> bool {
    head.starts_with(MAGIC)
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
        version: 0,
        alignment: 32,
    };
    let read = reader.read();
    let offset = reader.bytes.position();
    read.map_err(|fault| fault.tell(offset, inspection))?;
    Ok(ArtefactFormat::Gguf)
}

struct Reader<'a, 'i, 'b> {
    bytes: Bytes<'a>,
    inspection: &'i mut Inspection<'b>,
    version: u32,
    /// What the data of tensors is aligned to, in bytes.
    alignment: u64,
}

impl Reader<'_, '_, '_> {
    fn read(&mut self) -> Parsed<()> {
        self.bytes.skip(MAGIC.len() as u64)?;
        self.version = self.bytes.u32()?;
        if self.version.trailing_zeros() >= 16 {
            self.version = self.version.swap_bytes();
            self.bytes.order = Order::Big;
        }
        if !(1..=3).contains(&self.version) {
            return Err(Fault::unsupported(format!(
                "version {} of GGUF",
                self.version
            )));
        }
        self.inspection
            .metadata("gguf.version", self.version.to_string());
        let tensors = self.count()?;
        let pairs = self.count()?;
        // a pair has at least a length, a type and a value of one byte, a tensor 24 bytes
        self.fits(pairs, 9, "pairs")?;
        self.fits(tensors, 20, "tensors")?;
        for _ in 0..pairs {
            self.inspection.step(self.bytes.position())?;
            self.pair()?;
        }
        self.tensors(tensors)
    }

    /// A length or number of things.
    fn count(&mut self) -> Parsed<u64> {
        self.bytes.number(if self.version == 1 { 4 } else { 8 })
    }

    /// Whether so many things of at least so many bytes can follow.
    fn fits(&self, count: u64, bytes: u64, what: &str) -> Parsed<()> {
        match count.checked_mul(bytes) {
            Some(needed) if needed <= self.bytes.left() => Ok(()),
            _ => Err(Fault::malformed(format!(
                "it claims {count} {what} in {} bytes",
                self.bytes.left()
            ))),
        }
    }

    fn text(&mut self, keep: u64) -> Parsed<String> {
        let length = self.count()?;
        self.bytes.text(length, keep)
    }

    fn pair(&mut self) -> Parsed<()> {
        let key = self.text(LONGEST_NAME)?;
        let kind = self.bytes.u32()?;
        let offset = self.bytes.position();
        let Some(value) = self.value(&key, kind)? else {
            return Ok(());
        };
        if key == "general.alignment" {
            let alignment = value.parse().ok();
            let alignment = alignment.filter(|bytes| (1..=1 << 20).contains(bytes));
            self.alignment = alignment.unwrap_or(self.alignment);
        }
        if is_template(&key)
            && let Some(what) = template::escape(&value)
        {
            let key = key.clone();
            self.inspection
                .hazard(HazardKind::Template { key, what }, offset);
        }
        if is_template(&key) || key.starts_with("general.") {
            self.inspection.metadata(key, value);
        }
        Ok(())
    }

    /// A pair's value, as text; nothing where it is of no interest.
    fn value(&mut self, key: &str, kind: u32) -> Parsed<Option<String>> {
        let wanted = key.starts_with("general.") || is_template(key);
        if !wanted {
            self.skip(kind, 0)?;
            return Ok(None);
        }
        match kind {
            TEXT => {
                let length = self.count()?;
                if is_template(key) && length > LONGEST_VALUE && length <= self.bytes.left() {
                    return Err(Fault::limit(format!("a template of {length} bytes")));
                }
                self.bytes.text(length, LONGEST_VALUE).map(Some)
            }
            ARRAY => {
                self.skip(kind, 0)?;
                Ok(None)
            }
            _ => self.number(kind).map(Some),
        }
    }

    fn number(&mut self, kind: u32) -> Parsed<String> {
        let width = width(kind).ok_or_else(|| unknown(kind))?;
        let bits = self.bytes.number(width)?;
        // sign-extended from its own width
        let shift = 64 - 8 * u32::try_from(width).unwrap_or(8);
        let signed = (bits << shift).cast_signed() >> shift;
        Ok(match kind {
            1 | 3 | 5 | 11 => signed.to_string(),
            6 => f32::from_bits(u32::try_from(bits).unwrap_or_default()).to_string(),
            7 => (bits != 0).to_string(),
            12 => f64::from_bits(bits).to_string(),
            _ => bits.to_string(),
        })
    }

    fn skip(&mut self, kind: u32, depth: usize) -> Parsed<()> {
        match kind {
            TEXT => {
                let length = self.count()?;
                self.bytes.skip(length)
            }
            ARRAY => self.skip_array(depth),
            _ => self
                .bytes
                .skip(width(kind).ok_or_else(|| unknown(kind))? as u64),
        }
    }

    fn skip_array(&mut self, depth: usize) -> Parsed<()> {
        if depth >= DEPTH {
            let what = format!("arrays lie more than {DEPTH} deep in one another");
            return Err(Fault::limit(what));
        }
        let kind = self.bytes.u32()?;
        let count = self.count()?;
        if let Some(width) = width(kind) {
            let length = count.checked_mul(width as u64);
            return self.bytes.skip(length.ok_or_else(Fault::truncated)?);
        }
        self.fits(count, 4, "values of an array")?;
        for _ in 0..count {
            self.inspection.step(self.bytes.position())?;
            self.skip(kind, depth + 1)?;
        }
        Ok(())
    }

    fn tensors(&mut self, count: u64) -> Parsed<()> {
        let mut end = 0_u64;
        for _ in 0..count {
            self.inspection.step(self.bytes.position())?;
            end = end.max(self.tensor()?);
        }
        let data = self.bytes.position().next_multiple_of(self.alignment);
        if count > 0 && data.saturating_add(end) > self.bytes.size() {
            self.bytes.seek(self.bytes.size())?;
            return Err(Fault::truncated());
        }
        Ok(())
    }

    /// One tensor; answers where it ends among the data.
    fn tensor(&mut self) -> Parsed<u64> {
        let name = self.text(LONGEST_NAME)?;
        let dimensions = self.bytes.u32()?;
        if dimensions > MOST_DIMENSIONS {
            let what = format!("the tensor `{name}` has {dimensions} dimensions");
            return Err(Fault::malformed(what));
        }
        let mut shape = Vec::new();
        for _ in 0..dimensions {
            shape.push(self.count()?);
        }
        let kind = self.bytes.u32()?;
        let offset = self.bytes.u64()?;
        let elements = shape
            .iter()
            .try_fold(1_u64, |product, length| product.checked_mul(*length));
        let Some(elements) = elements else {
            let what = format!("the tensor `{name}` is larger than any file");
            return Err(Fault::malformed(what));
        };
        let known = ELEMENTS.iter().find(|(number, ..)| *number == kind);
        let (element, bytes) = match known {
            Some((_, element, block, bytes)) => (
                (*element).to_owned(),
                elements.div_ceil(*block).saturating_mul(*bytes),
            ),
            None => (format!("type {kind}"), 0),
        };
        self.inspection.tensor(
            Tensor {
                name,
                element,
                shape,
            },
            bytes,
        );
        Ok(offset.saturating_add(bytes))
    }
}

const TEXT: u32 = 8;
const ARRAY: u32 = 9;

fn unknown(kind: u32) -> Fault {
    Fault::malformed(format!("there is no type {kind} of values"))
}

/// Bytes of a value, where it is a number.
fn width(kind: u32) -> Option<usize> {
    match kind {
        0 | 1 | 7 => Some(1),
        2 | 3 => Some(2),
        4..=6 => Some(4),
        10..=12 => Some(8),
        _ => None,
    }
}

/// Whether a value is a Jinja template: `tokenizer.chat_template`, `tokenizer.chat_template.tool_use`.
fn is_template(key: &str) -> bool {
    key.contains("chat_template") || key.ends_with(".template")
}

/// Types of elements: number, name, elements of a block, bytes of a block.
static ELEMENTS: &[(u32, &str, u64, u64)] = &[
    (0, "F32", 1, 4),
    (1, "F16", 1, 2),
    (2, "Q4_0", 32, 18),
    (3, "Q4_1", 32, 20),
    (6, "Q5_0", 32, 22),
    (7, "Q5_1", 32, 24),
    (8, "Q8_0", 32, 34),
    (9, "Q8_1", 32, 36),
    (10, "Q2_K", 256, 84),
    (11, "Q3_K", 256, 110),
    (12, "Q4_K", 256, 144),
    (13, "Q5_K", 256, 176),
    (14, "Q6_K", 256, 210),
    (15, "Q8_K", 256, 292),
    (16, "IQ2_XXS", 256, 66),
    (17, "IQ2_XS", 256, 74),
    (18, "IQ3_XXS", 256, 98),
    (19, "IQ1_S", 256, 50),
    (20, "IQ4_NL", 32, 18),
    (21, "IQ3_S", 256, 110),
    (22, "IQ2_S", 256, 82),
    (23, "IQ4_XS", 256, 136),
    (24, "I8", 1, 1),
    (25, "I16", 1, 2),
    (26, "I32", 1, 4),
    (27, "I64", 1, 8),
    (28, "F64", 1, 8),
    (29, "IQ1_M", 256, 56),
    (30, "BF16", 1, 2),
    (34, "TQ1_0", 256, 54),
    (35, "TQ2_0", 256, 66),
    (39, "MXFP4", 32, 17),
];

#[cfg(test)]
mod tests {
    use super::super::testing::{artefact, hazards, inspect, total, unread};
    use super::*;

    /// Writes GGUF of a version and byte order.
    struct Gguf {
        bytes: Vec<u8>,
        version: u32,
        order: Order,
    }

    impl Gguf {
        fn new(version: u32, order: Order, tensors: u64, pairs: u64) -> Self {
            let bytes = MAGIC.to_vec();
            let mut gguf = Self {
                bytes,
                version,
                order,
            };
            gguf.u32(version);
            gguf.count(tensors);
            gguf.count(pairs);
            gguf
        }

        fn put(&mut self, number: u64, width: usize) -> &mut Self {
            let bytes = number.to_le_bytes()[..width].to_vec();
            match self.order {
                Order::Little => self.bytes.extend(bytes),
                Order::Big => self.bytes.extend(bytes.iter().rev()),
            }
            self
        }

        fn u32(&mut self, number: u32) -> &mut Self {
            self.put(number.into(), 4)
        }

        fn count(&mut self, number: u64) -> &mut Self {
            self.put(number, if self.version == 1 { 4 } else { 8 })
        }

        fn text(&mut self, text: &str) -> &mut Self {
            self.count(text.len() as u64);
            self.bytes.extend(text.as_bytes());
            self
        }
    }

    fn model(version: u32, order: Order, template: &str) -> Vec<u8> {
        let mut gguf = Gguf::new(version, order, 1, 4);
        gguf.text("general.architecture").u32(TEXT).text("llama");
        gguf.text("general.file_type").u32(4).u32(1);
        gguf.text("tokenizer.ggml.tokens")
            .u32(ARRAY)
            .u32(TEXT)
            .count(2)
            .text("a")
            .text("b");
        gguf.text("tokenizer.chat_template")
            .u32(TEXT)
            .text(template);
        gguf.text("w").u32(2).count(2).count(32).u32(2).put(0, 8);
        let data = gguf.bytes.len().next_multiple_of(32);
        gguf.bytes.resize(data + 36, 0);
        gguf.bytes
    }

    #[test]
    fn all_versions_and_byte_orders_are_read() {
        for version in 1..=3 {
            for order in [Order::Little, Order::Big] {
                let found = inspect("m", &model(version, order, "{{ messages }}"));
                assert_eq!(found.format, ArtefactFormat::Gguf);
                assert_eq!(unread(&found), Vec::<String>::new(), "{version} {order:?}");
                let metadata = &found.content.metadata;
                assert_eq!(metadata["general.architecture"], "llama");
                assert_eq!(metadata["general.file_type"], "1");
                let tensors = &found.content.tensors;
                assert_eq!((tensors.count, tensors.bytes), (1, 36));
                assert_eq!(tensors.first[0].shape, [2, 32]);
                assert!(found.content.hazards.is_empty());
            }
        }
    }

    #[test]
    fn a_template_that_reaches_out_is_told() {
        let found = inspect("m", &model(3, Order::Little, "{{ ''.__class__.__mro__ }}"));
        assert!(matches!(
            hazards(&found).as_slice(),
            [HazardKind::Template { key, .. }] if key == "tokenizer.chat_template"
        ));
    }

    #[test]
    fn claims_of_more_than_the_file_are_refused_at_once() {
        let tensors = Gguf::new(3, Order::Little, 1 << 60, 0).bytes;
        assert_eq!(
            unread(&inspect("m", &tensors)),
            ["it claims 1152921504606846976 tensors in 0 bytes"]
        );
        let pairs = Gguf::new(3, Order::Little, 0, 1 << 60).bytes;
        assert_eq!(unread(&inspect("m", &pairs)).len(), 1);
        let mut array = Gguf::new(3, Order::Little, 0, 1);
        array.text("a").u32(ARRAY).u32(TEXT).count(1 << 60);
        assert_eq!(unread(&inspect("m", &array.bytes)).len(), 1);
        let mut text = Gguf::new(3, Order::Little, 0, 1);
        text.count(u64::MAX).put(0, 8);
        assert_eq!(unread(&inspect("m", &text.bytes)), ["it ends too early"]);
    }

    #[test]
    fn tensors_beyond_the_end_are_missing() {
        let mut bytes = model(3, Order::Little, "");
        bytes.pop();
        assert_eq!(unread(&inspect("m", &bytes)), ["it ends too early"]);
    }

    #[test]
    fn a_real_file_is_read() {
        let Some(bytes) = artefact("g.gguf") else {
            return;
        };
        let found = inspect("g.gguf", &bytes);
        assert_eq!(unread(&found), Vec::<String>::new());
        assert_eq!(found.content.metadata["general.quantization_version"], "2");
        assert_eq!(found.content.tensors.types["F32"], 1);
    }

    total!(
        "x.gguf",
        b"GGUF\x03\0\0\0",
        model(3, Order::Little, "{{ a }}")
    );
}
