//! Lines of all kinds, whole and in pieces.

use std::ops::ControlFlow;

use proptest::prelude::*;

use super::*;

/// What is read of a text that comes in pieces of this size: values, complaints, and what ended it.
fn read_in(
    pieces: usize,
    text: &[u8],
    (bits, column): (Bits, Option<&str>),
) -> (Vec<String>, Result<LineReader, StreamError>) {
    let mut reader = LineReader::new(bits, column.map(str::to_owned));
    let mut seen = Vec::new();
    let mut take = |value: Result<f64, LineError>, line: u64| {
        seen.push(match value {
            Ok(value) => format!("{value}"),
            Err(error) => format!("{line}: {error}"),
        });
        ControlFlow::Continue(())
    };
    let mut ended = Ok(());
    for piece in text.chunks(pieces.max(1)) {
        ended = reader.feed(piece, &mut take).map(|_| ());
        if ended.is_err() {
            break;
        }
    }
    if ended.is_ok() {
        ended = reader.finish(&mut take).map(|_| ());
    }
    (seen, ended.map(|()| reader))
}

fn read(text: &str, column: Option<&str>) -> Vec<String> {
    let (seen, ended) = read_in(7, text.as_bytes(), (Bits::Numbers, column));
    let reader = ended.unwrap();
    assert_eq!(usize::try_from(reader.offset()).unwrap(), text.len());
    assert_eq!(
        usize::try_from(reader.line()).unwrap(),
        text.lines().count()
    );
    seen
}

fn refused(text: &str, column: Option<&str>) -> String {
    let (_, ended) = read_in(7, text.as_bytes(), (Bits::Numbers, column));
    ended.unwrap_err().to_string()
}

#[test]
fn numbers_stand_one_on_each_line() {
    let text = "0.1\n-2\r\n\n 1e3 \n+.5\n7";
    assert_eq!(read(text, None), ["0.1", "-2", "1000", "0.5", "7"]);
    assert_eq!(read("", None), [""; 0]);
    assert_eq!(read("\n\n", None), [""; 0]);
    assert_eq!(read("\u{feff}1\n2\n", None), ["1", "2"]);
    assert_eq!(read("1\r\n2\r\n3\r", None), ["1", "2", "3"]);
    assert_eq!(
        read("1\n-0\n5.\n1e400\n", None)[1..],
        ["-0", "5", "4: `1e400` is not finite"]
    );
}

#[test]
fn what_is_no_finite_number_is_told_by_its_line() {
    let text = "1\nNaN\n1e999\nx\u{1b}\n2,5\n-inf\n0x10\n3";
    insta::assert_snapshot!(read(text, None).join("\n").replace('\u{1b}', "ESC"), @r"
    1
    2: `NaN` is not finite
    3: `1e999` is not finite
    4: `xESC` is no number
    5: `2,5` is no number
    6: `-inf` is not finite
    7: `0x10` is no number
    3
    ");
    assert_eq!(read("nan\n1\n", None), ["1: `nan` is not finite", "1"]);
}

#[test]
fn bits_are_zero_one_true_and_false() {
    let text = b"0\n1\ntrue\nFalse\n1.0\n-0\n0.5\n2\nyes\n";
    let (seen, _) = read_in(100, text, (Bits::Only, None));
    assert_eq!(seen[..6], ["0", "1", "1", "0", "1", "0"]);
    assert!(seen[6..].iter().all(|seen| seen.contains("neither")));
    let (seen, _) = read_in(3, b"{\"wrong\":true}\n{\"wrong\":0}", (Bits::Only, None));
    assert_eq!(seen, ["1", "0"]);
}

#[test]
fn json_lines_have_a_key() {
    let text = "{\"a\": {\"x\": 2}, \"x\": 0.1}\n{\"x\":1e2,\"a\":[]}\n{\"a\":1}\n{\"x\":null}\n{\"x\":\"3\"}\n[1]\n{\"x\":1\n{\"x\": 4} \n";
    insta::assert_snapshot!(read(text, Some("x")).join("\n"), @r#"
    0.1
    100
    3: it has no key `x`
    4: the value is missing
    5: `"3"` is no number
    6: it is no JSON object: invalid type: sequence, expected an object at line 1 column 0
    7: it is no JSON object: EOF while parsing an object at line 1 column 6
    4
    "#);
    assert_eq!(read("{\"only\":3}\n", None), ["3"]);
    insta::assert_snapshot!(refused("{\"a\":1,\"b\":2}\n", None), @"line 1 has several columns: choose one with `--column`: `a`, `b`");
}

#[test]
fn csv_has_a_heading() {
    let text = "time,\"the, value\",n\n1,0.5,2\n\"2\",\"0.25\",\n3,,1\n4\n5,\"1\n6, 7 ,8\n";
    insta::assert_snapshot!(read(text, Some("the, value")).join("\n"), @r"
    0.5
    0.25
    4: the value is missing
    5: the value is missing
    6: a quoted cell does not end on its line
    7
    ");
    assert_eq!(read("a;b\n1;2\n3;4\n", Some("2")), ["2", "4"]);
    assert_eq!(read("a\tb\n\t2\n3\t4\n", Some("b")), ["2", "4"]);
    assert_eq!(read("value\n1\n2\n", None), ["1", "2"]);
    assert_eq!(
        read("2,1\n5,6\n".replace("2,", "\"x\",").as_str(), Some("1")),
        ["6"]
    );
}

#[test]
fn an_input_that_does_not_tell_its_layout_is_refused_with_a_way_out() {
    insta::assert_snapshot!(refused("a,b\n1,2\n", None), @"line 1 has several columns: choose one with `--column`: `a`, `b`");
    insta::assert_snapshot!(refused("a,b\n1,2\n", Some("c")), @"line 1 has no column `c`: it has `a`, `b`");
    insta::assert_snapshot!(refused("a,b\n1,2\n", Some("0")), @"line 1 has no column `0`: it has `a`, `b`");
    insta::assert_snapshot!(refused("\n1,2\n3,4\n", Some("1")), @"line 2 has several numbers and is no heading: put the columns' names above them");
    insta::assert_snapshot!(refused("1\n2\n", Some("1")), @"line 1 is a number, and `--column` names one of several: leave it out");
    insta::assert_snapshot!(refused("0.5x\n2\n", None), @"line 1 is `0.5x`, which is no number, no JSON object and no heading of a table: give one number for each line, JSON lines, or CSV with a heading");
    insta::assert_snapshot!(refused("{broken\n", None), @"line 1 is `{broken`, which is no number, no JSON object and no heading of a table: give one number for each line, JSON lines, or CSV with a heading");
    let (_, ended) = read_in(7, b"\xff\xfe1\0\n\0", (Bits::Numbers, None));
    insta::assert_snapshot!(ended.unwrap_err(), @"line 1 is not UTF-8 but UTF-16: convert it (`iconv -f utf-16 -t utf-8`)");
    insta::assert_snapshot!(refused(&"1".repeat(LONGEST + 1), None), @"line 1 has more than a million bytes: give one number for each line, JSON lines, or CSV with a heading");
}

#[test]
fn a_line_that_is_broken_off_at_is_not_read() {
    let mut reader = LineReader::new(Bits::Numbers, None);
    let flow = reader.feed(b"1\n2\nx\n3\n", |value, _| match value {
        Ok(_) => ControlFlow::Continue(()),
        Err(_) => ControlFlow::Break(()),
    });
    assert_eq!(flow, Ok(ControlFlow::Break(())));
    assert_eq!((reader.offset(), reader.line()), (4, 2));
}

proptest! {
    #[test]
    fn pieces_make_no_difference_and_nothing_panics(
        text in any_text(),
        pieces in 1_usize..40,
        bits in prop::sample::select([Bits::Numbers, Bits::Only].as_slice()),
        column in prop::option::of(prop::sample::select(["a", "b", "1", "2"].as_slice())),
    ) {
        let (whole, ended) = read_in(usize::MAX, &text, (bits, column));
        let (parts, other) = read_in(pieces, &text, (bits, column));
        prop_assert_eq!(&whole, &parts);
        match (ended, other) {
            (Ok(reader), Ok(other)) => {
                prop_assert_eq!(reader.offset(), other.offset());
                prop_assert_eq!(usize::try_from(reader.offset()).unwrap(), text.len());
                prop_assert_eq!(reader.layout(), other.layout());
            }
            (ended, other) => prop_assert_eq!(ended.err(), other.err()),
        }
    }

    #[test]
    fn every_number_is_read_to_the_bit(number in any::<f64>().prop_filter("finite", |number| number.is_finite())) {
        // the first line is read with care, the second in passing
        let mut read = Vec::new();
        let mut reader = LineReader::new(Bits::Numbers, None);
        let flow = reader.feed(format!("{number}\n{number:e}\n").as_bytes(), |value, _| {
            read.push(value.map(f64::to_bits));
            ControlFlow::Continue(())
        });
        prop_assert!(flow.is_ok());
        prop_assert_eq!(read, [Ok(number.to_bits()), Ok(number.to_bits())]);
    }
}

fn any_text() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        "[0-9]{1,3}(\\.[0-9]{1,3})?",
        "(a|b|\"a\"|[0-9]),(b|[0-9]|\"[0-9]\"|\")",
        "\\{\"a\":(1|null|\"x\"|\\[\\])(,\"b\":2)?\\}",
        "nan|true|| ",
        "\\PC{0,8}",
    ];
    let lines = prop::collection::vec(line, 0..8).prop_map(|lines| lines.join("\n").into_bytes());
    prop_oneof![4 => lines, 1 => prop::collection::vec(any::<u8>(), 0..60)]
}
