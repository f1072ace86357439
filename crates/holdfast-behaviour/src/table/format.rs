//! How tables are written, and how a file's name tells it.

use std::fmt;

use super::error::{TableError, TableProblem};

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableFormat {
    /// How rows and cells are written.
    pub layout: Layout,
    /// How the whole is compressed.
    pub compression: Compression,
}

/// How rows and cells are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Lines of cells between commas or semicolons (RFC 4180), the first with names.
    Csv,
    /// The same, between tabs.
    Tsv,
    /// A JSON object on each line.
    JsonLines,
    /// Apache Parquet.
    Parquet,
}

impl fmt::Display for Layout {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Csv => "CSV",
            Self::Tsv => "TSV",
            Self::JsonLines => "JSON lines",
            Self::Parquet => "Parquet",
        })
    }
}

/// How a file is compressed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Compression {
    /// Not at all, or, as in Parquet, inside.
    #[default]
    None,
    /// gzip (RFC 1952), of one or several members.
    Gzip,
    /// Zstandard (RFC 8878), of one or several frames.
    Zstandard,
}

impl fmt::Display for Compression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::None => "what it is",
            Self::Gzip => "gzip",
            Self::Zstandard => "Zstandard",
        })
    }
}

impl TableFormat {
    /// The format of a file that is not compressed.
    pub fn plain(layout: Layout) -> Self {
        Self {
            layout,
            compression: Compression::None,
        }
    }

    /// The format that a file's name tells: `.csv`, `.tsv`, `.jsonl`, `.ndjson`, `.json`, each also
    /// with `.gz` or `.zst` behind, or `.parquet`; in capitals or not.
    pub fn of(file: &str) -> Result<Self, TableError> {
        let lower = file.to_lowercase();
        let (stem, compression) = if let Some(stem) = lower.strip_suffix(".gz") {
            (stem, Compression::Gzip)
        } else if let Some(stem) = lower.strip_suffix(".zst") {
            (stem, Compression::Zstandard)
        } else {
            (lower.as_str(), Compression::None)
        };
        let ending = stem.rsplit_once('.').map(|(_, ending)| ending);
        let layout = match ending {
            Some("csv") => Some(Layout::Csv),
            Some("tsv") => Some(Layout::Tsv),
            Some("jsonl" | "ndjson" | "json") => Some(Layout::JsonLines),
            Some("parquet") if compression == Compression::None => Some(Layout::Parquet),
            _ => None,
        };
        layout
            .map(|layout| Self {
                layout,
                compression,
            })
            .ok_or_else(|| TableError {
                file: file.to_owned(),
                line: None,
                problem: TableProblem::UnknownFormat,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_the_format() {
        let of = |name: &str| {
            let format = TableFormat::of(name).unwrap();
            (format.layout, format.compression)
        };
        assert_eq!(of("a.csv"), (Layout::Csv, Compression::None));
        assert_eq!(of("a/b.TSV.GZ"), (Layout::Tsv, Compression::Gzip));
        assert_eq!(
            of("a.json.zst"),
            (Layout::JsonLines, Compression::Zstandard)
        );
        assert_eq!(of("a.ndjson"), (Layout::JsonLines, Compression::None));
        assert_eq!(of("part-0.parquet"), (Layout::Parquet, Compression::None));
        for name in ["a", "a.xlsx", "a.gz", "a.parquet.gz", "csv", ""] {
            let error = TableFormat::of(name).unwrap_err();
            assert!(error.fix().contains("`.csv`"), "{error}");
        }
    }
}
