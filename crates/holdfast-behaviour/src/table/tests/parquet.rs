//! Parquet, in small files that are made here; files of other writers are read in `tests/pyarrow.rs`.

use std::sync::Arc;

use ::parquet::basic::{Compression as Codec, GzipLevel, ZstdLevel};
use ::parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int32Type};
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::parser::parse_message_type;

use super::*;

fn written(codec: Codec) -> Vec<u8> {
    let schema = "message schema {
        optional double a;
        required int32 n (INTEGER(8, false));
        optional binary t (UTF8);
        required group list (LIST) { repeated group list { required int32 element; } }
    }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let properties = WriterProperties::builder().set_compression(codec).build();
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::new(properties)).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let doubles = column.typed::<DoubleType>();
    doubles
        .write_batch(&[0.5, -0.0], Some(&[1, 0, 1]), None)
        .unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column
        .typed::<Int32Type>()
        .write_batch(&[7, 255, 0], None, None)
        .unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let texts = [ByteArray::from("x"), ByteArray::from("é")];
    let levels = Some([1, 1, 0].as_slice());
    column
        .typed::<ByteArrayType>()
        .write_batch(&texts, levels, None)
        .unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let items = column.typed::<Int32Type>();
    items
        .write_batch(&[1, 2, 3], Some(&[1, 1, 1, 0]), Some(&[0, 1, 0, 0]))
        .unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    bytes
}

const FORMAT: TableFormat = TableFormat {
    layout: Layout::Parquet,
    compression: Compression::None,
};

fn read_bytes(bytes: &[u8], options: &TableOptions) -> Result<Table, TableError> {
    read(&Source::bytes("t.parquet", bytes), FORMAT, options)
}

#[test]
fn every_codec_gives_the_same_columns_and_rows() {
    let zstd = Codec::ZSTD(ZstdLevel::default());
    for codec in [
        Codec::UNCOMPRESSED,
        Codec::SNAPPY,
        zstd,
        Codec::GZIP(GzipLevel::default()),
        Codec::LZ4_RAW,
    ] {
        let bytes = written(codec);
        let table = read_bytes(&bytes, &TableOptions::default()).unwrap();
        assert_eq!(table.rows, 3);
        assert_eq!(column(&table, "a"), ["0.5", "NaN", "-0.0"]);
        assert_eq!(column(&table, "n"), ["7.0", "255.0", "0.0"]);
        assert_eq!(column(&table, "t"), ["`x`", "`é`", "-"]);
        assert_eq!(table.left_out[0].column, "list");
        let source = Source::bytes("t.parquet", &bytes);
        let rows = records(&source, FORMAT, &TableOptions::default()).unwrap();
        let rows: Vec<String> = rows.iter().map(Value::to_string).collect();
        assert_eq!(
            rows,
            [
                "{\"a\":0.5,\"n\":7,\"t\":\"x\",\"list\":[1,2]}",
                "{\"a\":null,\"n\":255,\"t\":\"é\",\"list\":[3]}",
                "{\"a\":-0.0,\"n\":0,\"t\":null,\"list\":[]}",
            ]
        );
    }
}

#[test]
fn wanted_columns_alone_are_read_and_unknown_ones_told() {
    let bytes = written(Codec::SNAPPY);
    let table = read_bytes(&bytes, &wanting(&["n"])).unwrap();
    assert_eq!((table.columns.len(), table.left_out.len()), (1, 0));
    let error = read_bytes(&bytes, &wanting(&["lists"])).unwrap_err();
    assert!(
        error.to_string().contains("did you mean `list`?"),
        "{error}"
    );
}

#[test]
fn a_file_that_ends_early_is_an_error_at_every_length() {
    let bytes = written(Codec::SNAPPY);
    for length in 0..bytes.len() {
        let error = read_bytes(&bytes[..length], &TableOptions::default()).unwrap_err();
        assert!(error.to_string().starts_with("t.parquet: "), "{error}");
        assert!(!error.fix().is_empty());
    }
}

#[test]
fn a_text_file_with_the_name_of_parquet_is_told() {
    let error = read_bytes(b"a,b\n1,2\n", &TableOptions::default()).unwrap_err();
    assert!(error.to_string().contains("`PAR1`"), "{error}");
}

#[test]
fn a_damaged_byte_anywhere_has_an_answer() {
    let bytes = written(Codec::SNAPPY);
    let mut options = TableOptions::default();
    options.limits.values = 1000;
    for place in 0..bytes.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut damaged = bytes.clone();
            damaged[place] ^= flip;
            drop(read_bytes(&damaged, &options));
            drop(records(
                &Source::bytes("t.parquet", &damaged),
                FORMAT,
                &options,
            ));
        }
    }
}
