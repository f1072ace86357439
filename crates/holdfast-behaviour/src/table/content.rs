//! What the first bytes of a file say that it is, whatever its name says.

use memchr::memchr;

use super::error::{TableError, TableProblem};
use super::format::Layout;
use super::source::Source;

/// Bytes that tell.
pub(super) const TOLD_BY: usize = 32;

/// What begins in a way of its own, what that is, and what to do.
const KNOWN: [(&[u8], &str, &str); 13] = [
    (
        b"PAR1",
        "a Parquet file",
        "name it with `.parquet` at its end",
    ),
    (
        b"\x1f\x8b",
        "compressed with gzip",
        "name it with `.gz` at its end",
    ),
    (
        b"\x28\xb5\x2f\xfd",
        "compressed with Zstandard",
        "name it with `.zst` at its end",
    ),
    (
        b"PK\x03\x04",
        "a zip file, perhaps a workbook of Excel",
        "unpack it, or save the sheet as CSV in UTF-8",
    ),
    (b"BZh", "compressed with bzip2", "expand it with `bunzip2`"),
    (b"\xfd7zXZ", "compressed with xz", "expand it with `unxz`"),
    (
        b"ARROW1",
        "an Arrow (Feather) file",
        "save it as Parquet or CSV",
    ),
    (
        b"\x93NUMPY",
        "a NumPy array",
        "save it as CSV with the names of its columns",
    ),
    (
        b"\x89HDF",
        "an HDF5 file",
        "save the table as Parquet or CSV",
    ),
    (
        b"SQLite format 3",
        "an SQLite database",
        "export the table as CSV",
    ),
    (
        b"version https://git-lfs",
        "a pointer of Git LFS, without the data",
        "fetch the data with `git lfs pull`",
    ),
    (b"<!DOCTYPE", "a web page", "download the data itself"),
    (b"<html", "a web page", "download the data itself"),
];

/// Checks that the first bytes, expanded, may be those of a text in this layout.
pub(super) fn check(source: &Source<'_>, layout: Layout, first: &[u8]) -> Result<(), TableError> {
    if let Some((_, found, fix)) = KNOWN.iter().find(|(magic, ..)| first.starts_with(magic)) {
        let problem = TableProblem::OtherContent {
            wanted: layout,
            found,
            fix,
        };
        return Err(source.error(None, problem));
    }
    let wide = match first {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some("UTF-32"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("UTF-16"),
        // without a mark: every other byte of ASCII is zero
        [low, 0, next, 0, ..] if *low != 0 && *next != 0 => Some("UTF-16LE"),
        [0, low, 0, next, ..] if *low != 0 && *next != 0 => Some("UTF-16BE"),
        _ => None,
    };
    match wide {
        Some(encoding) => Err(source.error(None, TableProblem::Wide { encoding })),
        None => Ok(()),
    }
}

/// What stands between cells: a tab in TSV; in CSV a comma, or where the first line has none, a
/// semicolon or a tab.
pub(super) fn delimiter(layout: Layout, text: &[u8]) -> u8 {
    if layout == Layout::Tsv {
        return b'\t';
    }
    let end = memchr(b'\n', text).unwrap_or(text.len());
    let line = text.get(..end).unwrap_or_default();
    [b',', b';', b'\t']
        .into_iter()
        .find(|delimiter| memchr(*delimiter, line).is_some())
        .unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(first: &[u8]) -> Option<String> {
        let source = Source::bytes("t.csv", first);
        let error = check(&source, Layout::Csv, first).err()?;
        Some(format!("{error}; {}", error.fix()))
    }

    #[test]
    fn what_is_no_text_is_told_by_its_first_bytes() {
        let parquet = told(b"PAR1\x15\x04").unwrap();
        assert!(parquet.contains("a Parquet file"), "{parquet}");
        assert!(parquet.contains("`.parquet`"), "{parquet}");
        assert!(told(b"PK\x03\x04").unwrap().contains("Excel"));
        for text in ["\u{feff}a,b", "a", "", "PAR,PK"] {
            assert_eq!(told(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn wide_encodings_are_told_with_or_without_a_mark() {
        for (bytes, encoding) in [
            (b"\xff\xfea\0,\0".as_slice(), "UTF-16"),
            (b"\xfe\xff\0a\0,", "UTF-16"),
            (b"a\0,\0", "UTF-16LE"),
            (b"\0a\0,", "UTF-16BE"),
            (b"\xff\xfe\0\0a\0\0\0", "UTF-32"),
        ] {
            let said = told(bytes).unwrap();
            assert!(said.contains(&format!("iconv -f {encoding} ")), "{said}");
        }
    }

    #[test]
    fn the_first_line_tells_the_delimiter() {
        assert_eq!(delimiter(Layout::Csv, b"a;b\n1,5;2"), b';');
        assert_eq!(delimiter(Layout::Csv, b"a,b;c\n"), b',');
        assert_eq!(delimiter(Layout::Csv, b"a\tb\n"), b'\t');
        assert_eq!(delimiter(Layout::Csv, b"a\n"), b',');
        assert_eq!(delimiter(Layout::Tsv, b"a,b\n"), b'\t');
    }
}
