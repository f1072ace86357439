//! What was said of a stream, as text and JSON.

use std::collections::BTreeMap;

use holdfast_report::{
    SkippedLine, Stream, StreamEnd, StreamSignal, StreamSignalKind, StreamTotal, stream_json,
    stream_signal_text, stream_text,
};
use insta::assert_snapshot;

use crate::drawn;

fn signal(signal: StreamSignalKind, at: u64, value: f64) -> StreamSignal {
    StreamSignal {
        signal,
        at,
        line: at + 3,
        value,
        statistics: BTreeMap::from([
            ("mean".to_owned(), Some(0.123_456)),
            ("increase".to_owned(), Some(1.5e-9)),
            ("decrease".to_owned(), None),
        ]),
    }
}

pub(crate) fn sample() -> Stream {
    Stream {
        input: "errors\u{1b}[31m.csv".to_owned(),
        detector: "page-hinkley".to_owned(),
        parameters: BTreeMap::from([
            ("delta".to_owned(), 0.005.into()),
            ("direction".to_owned(), "both".into()),
            ("minimum".to_owned(), 30.into()),
        ]),
        state: Some("errors.state.json".to_owned()),
        resumed_at: Some(12_000),
        values: 2_345,
        skipped: 25,
        skipped_lines: vec![SkippedLine {
            line: 7,
            reason: "`x\u{1b}` is no number".to_owned(),
        }],
        drifts: 1,
        warnings: 2,
        warned: 40,
        signals: vec![
            signal(StreamSignalKind::Warning, 12_100, 0.1),
            signal(StreamSignalKind::Drift, 12_110, 1e20),
        ],
        signals_left_out: 0,
        total: StreamTotal {
            values: 14_345,
            skipped: 30,
            drifts: 4,
            warnings: 7,
            warned: 90,
            last_drift: Some(12_110),
        },
        notes: vec!["it was replaced: the new one is read from its beginning".to_owned()],
        ended: StreamEnd::Stopped,
        failure: None,
    }
}

#[test]
fn a_stream_as_text() {
    let sample = sample();
    assert_snapshot!(drawn(80, |style| {
        let mut text = String::new();
        for signal in &sample.signals {
            text.push_str(&stream_signal_text(signal, style));
        }
        text + &stream_text(&sample, style)
    }));
}

#[test]
fn a_quiet_stream_as_text() {
    let quiet = Stream {
        input: "-".to_owned(),
        detector: "ddm".to_owned(),
        values: 1,
        ..Stream::default()
    };
    assert_snapshot!(drawn(80, |style| stream_text(&quiet, style)));
}

#[test]
fn a_stream_as_json() {
    assert_snapshot!(stream_json(&sample()));
}
