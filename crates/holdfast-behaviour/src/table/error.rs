//! Why a table could not be read.

use std::io;

use super::format::{Compression, Layout};

/// A table that could not be read, and where reading failed.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", self.place())]
pub struct TableError {
    /// The file, as it was named.
    pub file: String,
    /// The line, counted from 1, where one is to blame.
    pub line: Option<u64>,
    /// What is wrong there.
    #[source]
    pub problem: TableProblem,
}

impl TableError {
    /// What to do about it, in one line.
    pub fn fix(&self) -> String {
        self.problem.fix(&self.file)
    }

    fn place(&self) -> String {
        match self.line {
            Some(line) => format!("{}:{line}", self.file),
            None => self.file.clone(),
        }
    }
}

/// What is wrong with a table.
#[derive(Debug, thiserror::Error)]
pub enum TableProblem {
    /// The file cannot be opened or read.
    #[error("cannot be read: {0}")]
    Io(#[source] io::Error),
    /// The name does not say what the file is.
    #[error("the name does not say how the table is written")]
    UnknownFormat,
    /// The file is compressed, and ends early or is damaged.
    #[error("is damaged or ends early: as {compression} it cannot be expanded: {source}")]
    Damaged {
        /// How it is compressed.
        compression: Compression,
        /// What the decoder says.
        #[source]
        source: io::Error,
    },
    /// The first bytes are those of something else.
    #[error("is read as {wanted}, and is {found} by its first bytes")]
    OtherContent {
        /// What the name says.
        wanted: Layout,
        /// What the bytes say, with its article.
        found: &'static str,
        /// What to do.
        fix: &'static str,
    },
    /// The text is in UTF-16 or UTF-32.
    #[error("is text in {encoding}, and only UTF-8 is read")]
    Wide {
        /// The encoding, as `iconv` calls it.
        encoding: &'static str,
    },
    /// A byte is no part of UTF-8.
    #[error("byte {position} of this line, 0x{byte:02x}, is no part of UTF-8")]
    Encoding {
        /// The first such byte.
        byte: u8,
        /// Its place in the line, counted from 1.
        position: usize,
    },
    /// A byte of the text is NUL.
    #[error("there is a NUL byte: this is no text")]
    Binary,
    /// Nothing is in the file.
    #[error("is empty")]
    Empty,
    /// A row is longer or shorter than the header.
    #[error("the row has {found}, and the header has {expected}")]
    Ragged {
        /// Names in the header.
        expected: usize,
        /// Cells in the row.
        found: Cells,
    },
    /// A quote is opened and not closed.
    #[error("a quote is opened here and never closed")]
    OpenQuote,
    /// A line, or a row in quotes, is too long.
    #[error("the row that begins here is longer than {limit} bytes")]
    LongRow {
        /// The limit, in bytes.
        limit: usize,
    },
    /// Two columns have one name.
    #[error("columns {first} and {second} are both called `{name}`")]
    DuplicateColumn {
        /// The name.
        name: String,
        /// The place of the first, counted from 1.
        first: usize,
        /// The place of the second.
        second: usize,
    },
    /// The first line has no names.
    #[error("the first line has no names of columns")]
    NoHeader,
    /// More columns than are read.
    #[error("there are more than {limit} columns")]
    ManyColumns {
        /// The limit.
        limit: usize,
    },
    /// More values than are kept.
    #[error("there are more than {limit} values in the columns that are read")]
    ManyValues {
        /// The limit.
        limit: u64,
    },
    /// Rows have hardly any columns in common.
    #[error("the rows before this one have too few names in common to be a table")]
    Sparse,
    /// A column that was asked for is not there.
    #[error("there is no column `{name}`: {hint}")]
    UnknownColumn {
        /// What was asked for.
        name: String,
        /// What is there instead.
        hint: String,
    },
    /// A line is not JSON.
    #[error("column {column}: is not JSON: {reason}")]
    Json {
        /// Place in the line, in bytes from 1.
        column: usize,
        /// What is wrong there.
        reason: String,
    },
    /// A line is JSON, and no object.
    #[error("is {found} and no object")]
    NotAnObject {
        /// What it is, with its article.
        found: &'static str,
    },
    /// The program was built without Parquet.
    #[error("this build cannot read Parquet")]
    NoParquet,
    /// A Parquet file is truncated, damaged, or uses what is not read.
    #[error("as Parquet it cannot be read: {reason}")]
    Parquet {
        /// What the reader says.
        reason: String,
    },
    /// A Parquet column cannot be given to a model.
    #[error("column `{column}` {reason}")]
    ParquetColumn {
        /// The column.
        column: String,
        /// Why not.
        reason: String,
    },
}

/// A number of cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cells(pub usize);

impl std::fmt::Display for Cells {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            1 => formatter.write_str("1 cell"),
            count => write!(formatter, "{count} cells"),
        }
    }
}

impl TableProblem {
    fn fix(&self, file: &str) -> String {
        match self {
            Self::Io(_) => "name a file that is there and may be read".to_owned(),
            Self::UnknownFormat => "name it by what it is: `.csv`, `.tsv`, `.jsonl` (each also \
                 with `.gz` or `.zst` behind) or `.parquet`"
                .to_owned(),
            Self::Damaged { .. } => "copy the file again, whole".to_owned(),
            Self::OtherContent { fix, .. } => (*fix).to_owned(),
            Self::Wide { encoding } => iconv(encoding, file),
            Self::Encoding { byte, .. } => match byte {
                // ISO 8859-1 has control characters here, Windows' code page has letters
                0x80..=0x9f => iconv("WINDOWS-1252", file),
                _ => format!(
                    "if it is in Latin-1 or Windows' code page, {}",
                    iconv("WINDOWS-1252", file)
                ),
            },
            Self::Binary => {
                "give a table as CSV, JSON lines or Parquet, under a name that says which".to_owned()
            }
            Self::Empty => {
                "give a table: its first line has the names of the columns in CSV, and each line is \
                 an object in JSON lines"
                    .to_owned()
            }
            Self::Ragged { .. } => "give each row as many cells as the header has names; a cell that \
                 has the delimiter in it stands in quotes"
                .to_owned(),
            Self::OpenQuote => "close the quote; a quote within quotes is written twice".to_owned(),
            Self::LongRow { .. } => {
                "see whether this is a table, and whether a quote is left open here".to_owned()
            }
            Self::DuplicateColumn { .. } => "rename one of them".to_owned(),
            Self::NoHeader => "write the names of the columns into the first line".to_owned(),
            Self::ManyColumns { .. } => "see whether this is a table; leave out columns".to_owned(),
            Self::ManyValues { .. } => "name fewer columns, or take a sample of the rows".to_owned(),
            Self::Sparse => "name the columns that are wanted".to_owned(),
            Self::UnknownColumn { .. } => {
                "name columns as the first line of the file has them".to_owned()
            }
            Self::Json { .. } => "write one JSON object on each line".to_owned(),
            Self::NotAnObject { .. } => format!(
                "write one JSON object on each line; of a list of objects, `jq -c '.[]' '{file}'` \
                 makes such lines"
            ),
            Self::NoParquet => format!(
                "build with `--features parquet`, or convert it: `python -c \"import pandas; \
                 pandas.read_parquet('{file}').to_csv('{}', index=False)\"`",
                other_name(file, "csv")
            ),
            Self::Parquet { .. } => {
                "copy the file again, whole, or write it anew with pandas or pyarrow".to_owned()
            }
            Self::ParquetColumn { .. } => {
                "leave the column out, or convert it to numbers, text or lists".to_owned()
            }
        }
    }
}

fn iconv(encoding: &str, file: &str) -> String {
    let (plain, expanding) = if let Some(plain) = file.strip_suffix(".gz") {
        (plain, Some("gzip"))
    } else if let Some(plain) = file.strip_suffix(".zst") {
        (plain, Some("zstd"))
    } else {
        (file, None)
    };
    let ending = plain.rsplit_once('.').map_or("csv", |(_, ending)| ending);
    let target = other_name(plain, &format!("utf8.{ending}"));
    match expanding {
        Some(program) => format!(
            "convert it: `{program} -dc '{file}' | iconv -f {encoding} -t UTF-8 > '{target}'`"
        ),
        None => format!("convert it: `iconv -f {encoding} -t UTF-8 '{file}' > '{target}'`"),
    }
}

/// The name with another ending.
fn other_name(file: &str, ending: &str) -> String {
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    format!("{stem}.{ending}")
}
