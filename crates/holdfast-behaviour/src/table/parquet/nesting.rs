//! How deep the columns of a Parquet file lie in one another, told before they are read.
//!
//! The `parquet` crate reads the schema by recursion without a limit, and a stack that overflows
//! ends the program. The schema is the second field of the metadata, in Thrift's compact protocol:
//! a list of elements, each of which says how many of those that follow lie within it.

/// The field of `FileMetaData` that has the schema.
const SCHEMA: i64 = 2;
/// The field of `SchemaElement` that says how many elements lie within it.
const CHILDREN: i64 = 5;
/// Structures within structures that are looked into, as far as no metadata goes.
const DEEPEST: u32 = 16;

const BYTE: u8 = 3;
const DOUBLE: u8 = 7;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const SET: u8 = 10;
const STRUCT: u8 = 12;

/// The depth of the schema that metadata have; nothing where they are damaged.
pub(super) fn depth(metadata: &[u8]) -> Option<usize> {
    let mut walk = Walk { bytes: metadata };
    let mut field = 0;
    loop {
        let kind = walk.field(&mut field)?;
        if field == SCHEMA && kind == LIST {
            return walk.schema();
        }
        walk.skip(kind, 0)?;
    }
}

struct Walk<'b> {
    bytes: &'b [u8],
}

impl Walk<'_> {
    fn schema(&mut self) -> Option<usize> {
        let (count, kind) = self.list()?;
        if kind != STRUCT {
            return None;
        }
        // elements that are still to come, of each one that is open
        let mut open: Vec<u64> = Vec::new();
        let mut deepest = 0;
        for _ in 0..count {
            let children = self.element()?;
            if let Some(left) = open.last_mut() {
                *left -= 1;
            }
            open.push(children);
            deepest = deepest.max(open.len());
            while open.last() == Some(&0) {
                open.pop();
            }
        }
        Some(deepest)
    }

    /// How many elements lie within one.
    fn element(&mut self) -> Option<u64> {
        let mut children = 0;
        let mut field = 0;
        loop {
            match self.field(&mut field)? {
                0 => return Some(children),
                // whole numbers are written with their sign in the last bit
                kind if field == CHILDREN && kind < DOUBLE => {
                    children = self.whole()?.checked_shr(1)?;
                }
                kind => self.skip(kind, 0)?,
            }
        }
    }

    /// The head of a field: its type, 0 at the end, and its number.
    fn field(&mut self, number: &mut i64) -> Option<u8> {
        let head = self.byte()?;
        let kind = head & 0x0f;
        if head == 0 {
            return Some(0);
        }
        *number = match head >> 4 {
            0 => {
                let written = self.whole()?;
                i64::try_from(written >> 1).ok()? ^ -i64::try_from(written & 1).ok()?
            }
            more => number.checked_add(i64::from(more))?,
        };
        (kind != 0).then_some(kind)
    }

    fn skip(&mut self, kind: u8, depth: u32) -> Option<()> {
        if depth > DEEPEST {
            return None;
        }
        match kind {
            // true and false, which in a field take no byte
            1 | 2 => Some(()),
            BYTE => self.byte().map(|_| ()),
            4..=6 => self.whole().map(|_| ()),
            DOUBLE => self.pass(8),
            BINARY => {
                let length = self.whole()?;
                self.pass(length)
            }
            LIST | SET => {
                let (count, kind) = self.list()?;
                for _ in 0..count {
                    match kind {
                        1 | 2 => self.pass(1)?,
                        _ => self.skip(kind, depth + 1)?,
                    }
                }
                Some(())
            }
            STRUCT => {
                let mut field = 0;
                loop {
                    match self.field(&mut field)? {
                        0 => return Some(()),
                        kind => self.skip(kind, depth + 1)?,
                    }
                }
            }
            // a map: before the schema and in its elements there is none
            _ => None,
        }
    }

    /// The head of a list: how many, and of which type.
    fn list(&mut self) -> Option<(u64, u8)> {
        let head = self.byte()?;
        let count = match head >> 4 {
            15 => self.whole()?,
            few => u64::from(few),
        };
        Some((count, head & 0x0f))
    }

    /// A whole number, seven bits in a byte, the least first.
    fn whole(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*byte)
    }

    fn pass(&mut self, count: u64) -> Option<()> {
        self.bytes = self.bytes.get(usize::try_from(count).ok()?..)?;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Source, TableOptions};
    use super::*;

    /// Metadata whose schema has so many groups in one another.
    fn nested(groups: usize) -> Vec<u8> {
        let count = groups + 2;
        let mut bytes = vec![0x15, 0x02, 0x19, 0xfc];
        let mut rest = count;
        while rest > 0x7f {
            bytes.push(u8::try_from(rest & 0x7f).unwrap() | 0x80);
            rest >>= 7;
        }
        bytes.push(u8::try_from(rest).unwrap());
        for _ in 0..=groups {
            // optional, called `a`, with one element within
            bytes.extend([0x35, 0x02, 0x18, 0x01, b'a', 0x15, 0x02, 0]);
        }
        bytes.extend([0x15, 0x02, 0x25, 0x02, 0x18, 0x01, b'x', 0]);
        // no rows, no row groups
        bytes.extend([0x16, 0, 0x19, 0x0c, 0]);
        bytes
    }

    #[test]
    fn depth_is_that_of_the_schema() {
        assert_eq!(depth(&nested(0)), Some(2));
        assert_eq!(depth(&nested(100_000)), Some(100_002));
        assert_eq!(depth(&nested(5)[..20]), None);
        assert_eq!(depth(b""), None);
    }

    #[test]
    fn a_file_whose_columns_lie_too_deep_is_refused() {
        let metadata = nested(100_000);
        let length = u32::try_from(metadata.len()).unwrap().to_le_bytes();
        let bytes = [b"PAR1".as_slice(), &metadata, &length, b"PAR1"].concat();
        let source = Source::bytes("t.parquet", &bytes);
        let error = super::super::read(&source, &TableOptions::default()).unwrap_err();
        assert!(error.to_string().contains("more than 128 deep"), "{error}");
    }

    #[test]
    fn any_bytes_have_an_answer() {
        let bytes = nested(3);
        for place in 0..bytes.len() {
            for value in 0..=255 {
                let mut damaged = bytes.clone();
                damaged[place] = value;
                assert!(depth(&damaged).is_none_or(|depth| depth <= 256));
            }
        }
    }
}
