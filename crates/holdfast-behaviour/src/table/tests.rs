//! Tables as they are read, whatever they are written in.

mod bad_input;
#[cfg(feature = "parquet")]
mod parquet;
mod properties;

use std::fmt::Write as _;
use std::io::Write as _;

use super::*;

/// The columns of a text under a name.
fn table(name: &str, text: &str) -> Table {
    table_with(name, text, &TableOptions::default()).unwrap()
}

fn table_with(name: &str, text: &str, options: &TableOptions) -> Result<Table, TableError> {
    let format = TableFormat::of(name).unwrap();
    read(&Source::bytes(name, text.as_bytes()), format, options)
}

fn rows(name: &str, text: &str) -> Vec<String> {
    let format = TableFormat::of(name).unwrap();
    let source = Source::bytes(name, text.as_bytes());
    let rows = records(&source, format, &TableOptions::default()).unwrap();
    rows.iter().map(Value::to_string).collect()
}

/// What a table has in a column, in a word for each cell.
fn column(table: &Table, name: &str) -> Vec<String> {
    let column = table.columns.iter().find(|column| column.name == name);
    match &column.unwrap().values {
        Values::Numbers(numbers) => numbers.iter().map(|it| format!("{it:?}")).collect(),
        Values::Categories { names, codes } => codes
            .iter()
            .map(|code| match code {
                Some(code) => format!("`{}`", names[*code as usize]),
                None => "-".to_owned(),
            })
            .collect(),
    }
}

fn wanting(columns: &[&str]) -> TableOptions {
    TableOptions {
        columns: columns.iter().map(|&name| name.to_owned()).collect(),
        ..TableOptions::default()
    }
}

#[test]
fn csv_has_numbers_and_categories() {
    let table = table(
        "t.csv",
        "age,city,score,member\n31,Paris,0.1,true\n,\"Rome, old\",inf,False\n7,NA,-1e3,true\n",
    );
    assert_eq!(table.rows, 3);
    assert_eq!(column(&table, "age"), ["31.0", "NaN", "7.0"]);
    assert_eq!(column(&table, "city"), ["`Paris`", "`Rome, old`", "-"]);
    assert_eq!(column(&table, "score"), ["0.1", "inf", "-1000.0"]);
    assert_eq!(column(&table, "member"), ["`true`", "`False`", "`true`"]);
    assert!(table.left_out.is_empty() && table.notes.is_empty());
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_no_part_of_the_table() {
    let table = table("t.csv", "\u{feff}a,b\r\n1,2\r\n\r\n3,4");
    assert_eq!(column(&table, "a"), ["1.0", "3.0"]);
    assert_eq!(column(&table, "b"), ["2.0", "4.0"]);
}

#[test]
fn semicolons_and_tabs_delimit_where_there_is_no_comma() {
    let spreadsheet = table("t.csv", "a;b\n1;2,5\n");
    assert_eq!(column(&spreadsheet, "b"), ["`2,5`"]);
    assert_eq!(column(&table("t.tsv", "a\tb, c\n1\tx\n"), "b, c"), ["`x`"]);
}

#[test]
fn a_header_alone_is_a_table_without_rows() {
    let empty = table("t.csv", "a,b\n");
    assert_eq!((empty.rows, empty.columns.len()), (0, 2));
    assert_eq!(table("t.csv", "a,b").columns.len(), 2);
    assert!(rows("t.csv", "a,b\n").is_empty());
}

#[test]
fn a_column_without_a_name_is_left_out_and_said() {
    let indexed = table("t.csv", ",a\n0,5\n1,6\n");
    assert_eq!(indexed.columns.len(), 1);
    assert_eq!(indexed.left_out[0].column, "column 1");
    assert_eq!(rows("t.csv", ",a\n0,5\n"), ["{\"a\":5}"]);
}

#[test]
fn a_text_that_comes_late_makes_a_column_categories_from_its_start() {
    // beyond the first block, so that the file is read twice
    let mut text = "a,b\n".to_owned();
    for row in 0..400_000 {
        writeln!(text, "{row},0{}.50", row % 7).unwrap();
    }
    text.push_str("5,?\n");
    let table = table("t.csv", &text);
    assert_eq!(table.rows, 400_001);
    assert_eq!(column(&table, "b")[..2], ["`00.50`", "`01.50`"]);
    assert_eq!(column(&table, "b")[400_000], "`?`");
    assert_eq!(column(&table, "a")[399_999], "399999.0");
    assert_eq!(
        table.notes,
        ["`b` has 400000 numbers and 1 texts, the first `?`: it is taken for categories"]
    );
}

#[test]
fn only_wanted_columns_are_kept() {
    let text = "a,b,c\n1,x,3\n";
    let table = table_with("t.csv", text, &wanting(&["c", "b"])).unwrap();
    let names: Vec<&str> = table.columns.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["b", "c"]);
    let options = TableOptions {
        ignored: vec!["a".to_owned(), "not there".to_owned()],
        ..TableOptions::default()
    };
    let table = table_with("t.csv", text, &options).unwrap();
    assert_eq!(table.columns.len(), 2);
    let lines = "{\"a\":1,\"b\":[2]}\n{\"c\":3}\n";
    let table = table_with("t.jsonl", lines, &wanting(&["a"])).unwrap();
    assert_eq!(column(&table, "a"), ["1.0", "NaN"]);
    assert!(table.left_out.is_empty());
}

#[test]
fn a_column_may_be_said_to_be_categories() {
    let options = TableOptions {
        categorical: vec!["zip".to_owned()],
        ..TableOptions::default()
    };
    let read = |name, text| table_with(name, text, &options).unwrap();
    let zip = ["`01234`", "-"];
    assert_eq!(column(&read("t.csv", "zip,a\n01234,1\n,2\n"), "zip"), zip);
    let lines = read("t.jsonl", "{\"zip\":1}\n{\"zip\":2.5}\n");
    assert_eq!(column(&lines, "zip"), ["`1`", "`2.5`"]);
}

#[test]
fn json_lines_may_lack_names_and_mix_types() {
    let table = table(
        "t.jsonl",
        "{\"a\":1,\"b\":\"x\",\"n\":NaN}\n\n{\"b\":2.5,\"c\":true}\r\n{\"a\":-Infinity,\"b\":null,\"n\":2}",
    );
    assert_eq!(table.rows, 3);
    assert_eq!(column(&table, "a"), ["1.0", "NaN", "-inf"]);
    assert_eq!(column(&table, "b"), ["`x`", "`2.5`", "-"]);
    assert_eq!(column(&table, "c"), ["-", "`true`", "-"]);
    assert_eq!(column(&table, "n"), ["NaN", "NaN", "2.0"]);
}

#[test]
fn json_with_lists_and_objects_is_left_out_of_columns_and_kept_in_rows() {
    let text = "{\"v\":[1,2],\"a\":1}\n{\"o\":{\"x\":1.0},\"a\":2}\n";
    let read = table("t.jsonl", text);
    let left_out: Vec<&str> = read.left_out.iter().map(|it| it.column.as_str()).collect();
    assert_eq!(left_out, ["v", "o"]);
    assert!(read.left_out[1].reason.contains("objects (line 2)"));
    assert_eq!(column(&read, "a"), ["1.0", "2.0"]);
    assert_eq!(
        rows("t.jsonl", text),
        ["{\"v\":[1,2],\"a\":1}", "{\"o\":{\"x\":1.0},\"a\":2}"]
    );
}

#[test]
fn rows_of_csv_keep_whole_numbers_and_null() {
    assert_eq!(
        rows(
            "t.csv",
            "i,f,b,t,z\n1,0.1,True,x,-0\n12345678901234567890123,2,false,,0\n,nan,TRUE,NA,1e5\n"
        ),
        [
            "{\"i\":1,\"f\":0.1,\"b\":true,\"t\":\"x\",\"z\":-0.0}",
            "{\"i\":12345678901234567890123,\"f\":2,\"b\":false,\"t\":null,\"z\":0}",
            "{\"i\":null,\"f\":null,\"b\":true,\"t\":null,\"z\":100000.0}",
        ]
    );
}

#[test]
fn compressed_tables_are_the_same() {
    let text = "a,b\n1,x\n2,y\n".to_owned() + &"3,z\n".repeat(50_000);
    let plain = table("t.csv", &text);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    let zstandard = ruzstd::encoding::compress_to_vec(
        text.as_bytes(),
        ruzstd::encoding::CompressionLevel::Fastest,
    );
    for (name, bytes) in [
        ("t.csv.gz", gzip.finish().unwrap()),
        ("t.csv.zst", zstandard),
    ] {
        let format = TableFormat::of(name).unwrap();
        let source = Source::bytes(name, &bytes);
        assert_eq!(
            read(&source, format, &TableOptions::default()).unwrap(),
            plain
        );
    }
}

#[test]
fn a_column_with_too_many_categories_is_left_out() {
    let mut options = TableOptions::default();
    options.limits.categories = 2;
    let table = table_with("t.csv", "id,a\nx,1\ny,2\nz,3\n", &options).unwrap();
    assert_eq!(table.left_out[0].column, "id");
    assert_eq!(column(&table, "a"), ["1.0", "2.0", "3.0"]);
}
