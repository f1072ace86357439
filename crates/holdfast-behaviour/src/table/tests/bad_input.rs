//! What is said of bytes that are no table.

use super::*;

/// The message, and what to do.
fn said(name: &str, bytes: &[u8]) -> String {
    said_with(name, bytes, &TableOptions::default())
}

fn said_with(name: &str, bytes: &[u8], options: &TableOptions) -> String {
    let format = TableFormat::of(name).unwrap();
    let source = Source::bytes(name, bytes);
    let columns = read(&source, format, options).unwrap_err();
    let rows = records(&source, format, options).unwrap_err();
    assert_eq!(columns.to_string(), rows.to_string());
    format!("{columns}; {}", columns.fix())
}

#[track_caller]
fn says(said: &str, parts: &[&str]) {
    for part in parts {
        assert!(said.contains(part), "no `{part}` in: {said}");
    }
}

#[test]
fn a_ragged_row_is_told_with_its_line_and_both_counts() {
    let text = b"a,b\n1,\"two\nlines\"\n\n3\n";
    says(
        &said("t.csv", text),
        &["t.csv:5: ", "has 1 cell,", "header has 2"],
    );
    says(&said("t.csv", b"a,b\n1,2,3\n"), &["t.csv:2: ", "3 cells"]);
}

#[test]
fn another_encoding_is_told_with_the_byte_and_the_way_out() {
    says(
        &said("t.csv", b"a,b\n1,x\n2,caf\xe9\n"),
        &[
            "t.csv:3: byte 6 of this line, 0xe9",
            "`iconv -f WINDOWS-1252 -t UTF-8 't.csv' > 't.utf8.csv'`",
        ],
    );
    says(
        &said("t.jsonl", b"{\"a\":\"\x80\"}"),
        &["t.jsonl:1: byte 7", "iconv"],
    );
    let wide: Vec<u8> = "\u{feff}a,b\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    says(&said("t.csv", &wide), &["UTF-16", "iconv -f UTF-16 "]);
}

#[test]
fn a_quote_that_is_never_closed_is_told_where_it_was_opened() {
    says(
        &said("t.csv", b"a,b\n1,2\n3,\"x\n4,5\n"),
        &["t.csv:3: a quote"],
    );
    let mut text = b"a\n\"".to_vec();
    text.resize(5_000_000, b'x');
    let mut options = TableOptions::default();
    options.limits.row = 1_000_000;
    says(&said_with("t.csv", &text, &options), &["t.csv:2: a quote"]);
}

#[test]
fn a_row_without_an_end_is_refused() {
    let mut options = TableOptions::default();
    options.limits.row = 1_000_000;
    let mut text = b"a\n1\n".to_vec();
    text.resize(5_000_000, b'1');
    says(
        &said_with("t.csv", &text, &options),
        &["t.csv:3: the row", "1000000 bytes"],
    );
    let mut text = b"{\"a\":1}\n[".to_vec();
    text.resize(5_000_000, b'[');
    says(
        &said_with("t.jsonl", &text, &options),
        &["t.jsonl:2: the row"],
    );
}

#[test]
fn nothing_is_not_a_table() {
    for name in ["t.csv", "t.tsv", "t.jsonl"] {
        says(&said(name, b""), &["is empty", "names"]);
    }
    says(&said("t.csv", b"\n , \n\n"), &["t.csv:2: ", "no names"]);
    says(&said("t.jsonl", b"\n \n\n"), &["is empty"]);
    says(&said("t.csv", b"\n\n"), &["is empty"]);
}

#[test]
fn binary_content_is_told() {
    says(&said("t.csv", b"a,b\n1,2\0\n"), &["t.csv:2: ", "NUL"]);
    says(
        &said("t.csv", b"PAR1\x15\x04rest"),
        &["read as CSV, and is a Parquet file"],
    );
    says(&said("t.jsonl", b"PK\x03\x04rest"), &["Excel"]);
    says(&said("t.csv", b"\x1f\x8b\x08\0"), &["gzip", "`.gz`"]);
    says(
        &said("t.csv", b"version https://git-lfs.github.com/spec/v1\n"),
        &["git lfs pull"],
    );
    says(
        &said("t.csv", b"{\"a\":1,\"b\":2}\n"),
        &["JSON lines", "`.jsonl`"],
    );
}

#[test]
fn truncated_and_damaged_compression_is_told() {
    let text = "a,b\n".to_owned() + &"1,2\n".repeat(1000);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    says(
        &said("t.csv.gz", &gzip[..gzip.len() - 9]),
        &["t.csv.gz: is damaged", "gzip"],
    );
    says(&said("t.csv.gz", b"a,b\n1,2\n"), &["t.csv.gz: is damaged"]);
    let zstandard = ruzstd::encoding::compress_to_vec(
        text.as_bytes(),
        ruzstd::encoding::CompressionLevel::Fastest,
    );
    says(
        &said("t.csv.zst", &zstandard[..zstandard.len() / 2]),
        &["damaged", "Zstandard"],
    );
    says(&said("t.csv.zst", b"a,b\n1,2\n"), &["damaged", "Zstandard"]);
}

#[test]
fn a_header_must_have_names_and_each_once() {
    says(
        &said("t.csv", b"a,b,a\n1,2,3\n"),
        &["t.csv:1: columns 1 and 3 are both called `a`", "rename"],
    );
    says(
        &said("t.csv", b"0.5,2\n1.5,3\n"),
        &["t.csv:1: ", "no names"],
    );
    // as pandas names the columns of an array
    assert_eq!(table("t.csv", "0,1\n0.5,3\n").columns.len(), 2);
}

#[test]
fn an_unknown_column_is_told_with_those_that_are_near() {
    let text = b"customer_age,city\n1,x\n";
    let error = said_with("t.csv", text, &wanting(&["costumer_age"]));
    says(
        &error,
        &["no column `costumer_age`", "did you mean `customer_age`?"],
    );
    let error = said_with("t.csv", text, &wanting(&["zzz"]));
    says(&error, &["there is `customer_age`, `city`"]);
    let error = said_with("t.jsonl", b"{\"a\":1}\n{\"bb\":2}\n", &wanting(&["b"]));
    says(&error, &["no column `b`"]);
}

#[test]
fn lines_that_are_no_objects_are_told() {
    let source = Source::bytes("t.jsonl", b"{\"a\":1}\n[1,2]\n");
    let format = TableFormat::of("t.jsonl").unwrap();
    let columns = read(&source, format, &TableOptions::default()).unwrap_err();
    says(
        &format!("{columns}; {}", columns.fix()),
        &["t.jsonl:2: is a list and no object", "jq"],
    );
    // it has no columns, and is a row
    let rows = records(&source, format, &TableOptions::default()).unwrap();
    assert_eq!(rows[1], Value::parse("[1,2]").unwrap());
    says(
        &said("t.jsonl", b"{\"a\":1}\n{\"a\":}\n"),
        &["t.jsonl:2: column 6: is not JSON"],
    );
    says(&said("t.json", b"[\n{\"a\":1}\n]\n"), &["t.json:1: "]);
}

#[test]
fn too_many_columns_and_values_are_refused_before_memory_is_taken() {
    let mut options = TableOptions::default();
    options.limits.columns = 3;
    says(
        &said_with("t.csv", b"a,b,c,d\n", &options),
        &["more than 3 columns"],
    );
    let lines = b"{\"a\":1,\"b\":1}\n{\"c\":1,\"d\":1}\n";
    says(
        &said_with("t.jsonl", lines, &options),
        &["more than 3 columns"],
    );
    let mut options = TableOptions::default();
    options.limits.values = 5;
    says(
        &said_with("t.csv", b"a,b\n1,2\n3,4\n5,6\n", &options),
        &["more than 5 values"],
    );
    // a name for each row: as a table, 60,000 times 60,000 values
    let mut text = String::new();
    for row in 0..60_000 {
        writeln!(text, "{{\"k{row}\":1}}").unwrap();
    }
    let error = table_with("t.jsonl", &text, &TableOptions::default()).unwrap_err();
    says(&error.to_string(), &["too few names in common"]);
}

#[test]
fn a_file_that_is_not_there_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let source = Source::file(&directory.path().join("none.csv"));
    let format = TableFormat::plain(Layout::Csv);
    let error = read(&source, format, &TableOptions::default()).unwrap_err();
    says(
        &error.to_string(),
        &["none.csv: cannot be read: there is no such file"],
    );
}

#[test]
#[cfg(not(feature = "parquet"))]
fn without_the_feature_parquet_is_refused_with_a_way_out() {
    says(
        &said("data/t.parquet", b"PAR1"),
        &[
            "this build cannot read Parquet",
            "--features parquet",
            "read_parquet('data/t.parquet').to_csv('data/t.csv', index=False)",
        ],
    );
}
