//! What holds for any bytes.

use proptest::prelude::*;

use super::*;

/// Limits under which a test is short.
fn options() -> TableOptions {
    TableOptions {
        limits: TableLimits {
            row: 1 << 16,
            columns: 100,
            values: 10_000,
            categories: 100,
        },
        ..TableOptions::default()
    }
}

fn any_answer(bytes: &[u8]) {
    for name in [
        "t.csv",
        "t.tsv",
        "t.jsonl",
        "t.parquet",
        "t.csv.gz",
        "t.jsonl.zst",
    ] {
        let format = TableFormat::of(name).unwrap();
        let source = Source::bytes(name, bytes);
        if let Ok(table) = read(&source, format, &options()) {
            for column in &table.columns {
                let rows = match &column.values {
                    Values::Numbers(numbers) => numbers.len(),
                    Values::Categories { names, codes } => {
                        let known = |code: &u32| (*code as usize) < names.len();
                        assert!(codes.iter().flatten().all(known));
                        codes.len()
                    }
                };
                assert_eq!(rows, table.rows);
            }
        }
        drop(records(&source, format, &options()));
    }
}

/// A cell that is written as text and read as the same text.
fn word() -> impl Strategy<Value = String> {
    "[ -~\\n\\r\u{e9}\u{4e2d}]{0,12}"
}

fn finite() -> impl Strategy<Value = f64> {
    any::<u64>()
        .prop_map(f64::from_bits)
        .prop_filter("a number", |number| number.is_finite())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bytes_have_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        any_answer(&bytes);
    }

    #[test]
    fn any_text_has_an_answer(text in "[a-c0-2,;\"\t\n\r{}\\[\\]: ]{0,80}") {
        any_answer(text.as_bytes());
    }

    #[test]
    fn csv_reads_back_as_it_was_written(
        cells in prop::collection::vec((finite(), word()), 0..20),
    ) {
        let mut writer = ::csv::Writer::from_writer(Vec::new());
        writer.write_record(["number", "word"]).unwrap();
        for (number, word) in &cells {
            writer.write_record([&number.to_string(), word]).unwrap();
        }
        let bytes = writer.into_inner().unwrap();
        let mut options = options();
        options.categorical = vec!["word".to_owned()];
        let source = Source::bytes("t.csv", &bytes);
        let table = read(&source, TableFormat::of("t.csv").unwrap(), &options).unwrap();
        prop_assert_eq!(table.rows, cells.len());
        let [number, word] = table.columns.as_slice() else { panic!("two columns") };
        let Values::Numbers(numbers) = &number.values else { panic!("numbers") };
        for (read, (written, _)) in numbers.iter().zip(&cells) {
            prop_assert_eq!(read.to_bits(), written.to_bits());
        }
        let Values::Categories { names, codes } = &word.values else { panic!("names") };
        for (code, (_, written)) in codes.iter().zip(&cells) {
            match code {
                Some(code) => prop_assert_eq!(&names[*code as usize], written),
                None => prop_assert!(cells::is_missing(written)),
            }
        }
    }

    #[test]
    fn json_lines_read_back_as_they_were_written(
        cells in prop::collection::vec((finite(), any::<i128>(), any::<String>()), 1..20),
    ) {
        let written: Vec<Value> = cells
            .into_iter()
            .map(|(float, whole, text)| {
                Value::Map(vec![
                    ("float".to_owned(), Value::Float(float)),
                    ("list".to_owned(), Value::List(vec![Value::Integer(whole)])),
                    ("text".to_owned(), Value::Text(text)),
                ])
            })
            .collect();
        let lines: Vec<String> = written.iter().map(Value::to_string).collect();
        let text = lines.join("
");
        let source = Source::bytes("t.jsonl", text.as_bytes());
        let format = TableFormat::of("t.jsonl").unwrap();
        let read = records(&source, format, &TableOptions::default());
        prop_assert_eq!(read.unwrap(), written);
    }

    #[test]
    fn rows_in_quotes_are_split_as_the_csv_crate_splits_them(text in "[a\",\n\r]{0,60}") {
        let whole = format!("x\n{}", text.repeat(3));
        let mut reader = ::csv::ReaderBuilder::new().flexible(true).from_reader(whole.as_bytes());
        let rows = reader.records().map(Result::unwrap).filter(|row| row.len() == 1).count();
        if let Ok(table) = table_with("t.csv", &whole, &TableOptions::default()) {
            prop_assert_eq!(table.rows, rows);
        }
    }
}
