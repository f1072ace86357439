//! What a detector of drift said of a stream, as `holdfast drift stream` shows it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::document::{Report, document};
use crate::human;
use crate::layout::{Page, plain};
use crate::style::{Role, Style};

/// One run over a stream.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Stream {
    /// What was read: the path as it was given, or `-` for standard input.
    pub input: String,
    /// The detector: `page-hinkley`, `adwin`, `ddm`, `eddm`.
    pub detector: String,
    /// What it was asked for, by name.
    pub parameters: BTreeMap<String, Value>,
    /// The file of the state, where there is one.
    pub state: Option<String>,
    /// How many values were seen in earlier runs; null where the state began with this one.
    pub resumed_at: Option<u64>,
    /// Values that the detector took in this run.
    pub values: u64,
    /// Lines without a value that were passed over in this run: they were not evaluated.
    pub skipped: u64,
    /// The first of those lines, at most twenty.
    pub skipped_lines: Vec<SkippedLine>,
    /// Drifts in this run.
    pub drifts: u64,
    /// Times that it began to warn in this run.
    pub warnings: u64,
    /// Values at which it warned in this run.
    pub warned: u64,
    /// The signals in their order: drifts, and where it began to warn; at most ten thousand.
    pub signals: Vec<StreamSignal>,
    /// How many signals are not listed.
    pub signals_left_out: u64,
    /// Over all runs.
    pub total: StreamTotal,
    /// What the input did that matters: it was replaced, or cut.
    pub notes: Vec<String>,
    /// How the run ended.
    pub ended: StreamEnd,
    /// Why it could not be done, if it could not.
    pub failure: Option<String>,
}

/// A line without a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SkippedLine {
    /// Which, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub reason: String,
}

/// What was seen and said over all runs with one state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StreamTotal {
    /// Values.
    pub values: u64,
    /// Lines that were passed over.
    pub skipped: u64,
    /// Drifts.
    pub drifts: u64,
    /// Times that it began to warn.
    pub warnings: u64,
    /// Values at which it warned.
    pub warned: u64,
    /// The place of the last drift, in values from 0.
    pub last_drift: Option<u64>,
}

/// A signal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StreamSignal {
    /// What was said.
    pub signal: StreamSignalKind,
    /// Where: the value's place in the stream, from 0, over all runs.
    pub at: u64,
    /// The value's line in this input, from 1.
    pub line: u64,
    /// The value.
    pub value: f64,
    /// What the detector looked at, by name; null where it is no finite number.
    pub statistics: BTreeMap<String, Option<f64>>,
}

/// What a detector says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StreamSignalKind {
    /// There may be a drift.
    Warning,
    /// There is one.
    Drift,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StreamEnd {
    /// With the input.
    #[default]
    Input,
    /// It was asked to end, by Ctrl-C or otherwise.
    Stopped,
    /// It could not go on.
    Failed,
}

impl Report for Stream {
    const SCHEMA: &'static str = "holdfast/stream/1";
}

/// The run as JSON (`holdfast/stream/1`).
pub fn stream_json(stream: &Stream) -> String {
    document(stream)
}

/// A signal as a line of text, as it is shown at once.
pub fn stream_signal_text(signal: &StreamSignal, style: &Style) -> String {
    let (name, role) = match signal.signal {
        StreamSignalKind::Warning => ("warning", Role::Warning),
        StreamSignalKind::Drift => ("drift  ", Role::Error),
    };
    let mut line = format!(
        "{}  at {}  line {}  value {}",
        style.paint(role, name),
        signal.at,
        signal.line,
        number(signal.value)
    );
    for (name, value) in &signal.statistics {
        let value = value.map_or_else(|| "-".to_owned(), number);
        line.push_str(&style.paint(Role::Faint, &format!("  {name}")));
        line.push(' ');
        line.push_str(&value);
    }
    line.push('\n');
    line
}

/// What a run came to, as text; its signals are shown before.
pub fn stream_text(stream: &Stream, style: &Style) -> String {
    let mut page = Page::default();
    let title = format!("{} over {}", stream.detector, input(stream));
    page.line(&style.paint(Role::Strong, &title));
    let parameters: Vec<String> = stream
        .parameters
        .iter()
        .map(|(name, value)| match (value.as_f64(), value.as_str()) {
            (Some(value), _) => format!("{name} {}", plainly(value)),
            (None, Some(word)) => format!("{name} {word}"),
            (None, None) => format!("{name} {value}"),
        })
        .collect();
    page.line(&format!("  with  {}", parameters.join(" · ")));
    let values = match stream.resumed_at {
        None => counted(stream.values, "value", "values"),
        Some(before) => format!(
            "{} after {} in earlier runs",
            counted(stream.values, "value", "values"),
            grouped(before)
        ),
    };
    page.line(&format!("  read  {values}"));
    page.line(&format!("  said  {}", said(stream)));
    if let Some(file) = &stream.state {
        page.line(&format!("  kept in {}", plain(file)));
    }
    for note in &stream.notes {
        page.labelled(0, ("note:", Role::Note), note, style);
    }
    skipped(stream, &mut page, style);
    let unseen = match stream.ended {
        StreamEnd::Input if stream.failure.is_none() || stream.values == 0 => None,
        StreamEnd::Input => Some("some of the values, as they are too large to be summed up"),
        StreamEnd::Failed => Some("what would have come after, as it could not go on"),
        StreamEnd::Stopped => {
            page.line("stopped before the input ended");
            None
        }
    };
    if let Some(unseen) = unseen {
        page.labelled(0, ("not evaluated:", Role::Warning), unseen, style);
    }
    page.finish()
}

fn input(stream: &Stream) -> String {
    if stream.input == "-" {
        "standard input".to_owned()
    } else {
        plain(&stream.input).into_owned()
    }
}

fn said(stream: &Stream) -> String {
    let mut said = Vec::new();
    if stream.drifts > 0 {
        let last = stream.total.last_drift;
        let last = last.map_or_else(String::new, |at| format!(", the last at {at}"));
        said.push(format!(
            "{}{last}",
            counted(stream.drifts, "drift", "drifts")
        ));
    }
    if stream.warned > 0 {
        said.push(format!(
            "{}, at {}",
            counted(stream.warnings, "warning", "warnings"),
            counted(stream.warned, "value", "values")
        ));
    }
    if stream.values == 0 {
        return "nothing, as there was no value".to_owned();
    }
    if said.is_empty() {
        return "no drift".to_owned();
    }
    said.join("; ")
}

fn skipped(stream: &Stream, page: &mut Page, style: &Style) {
    if stream.skipped == 0 {
        return;
    }
    let lines = counted(stream.skipped, "line", "lines");
    page.labelled(
        0,
        ("not evaluated:", Role::Warning),
        &format!("{lines} without a value"),
        style,
    );
    for line in &stream.skipped_lines {
        page.line(&format!("  line {}: {}", line.line, plain(&line.reason)));
    }
    let listed = u64::try_from(stream.skipped_lines.len()).unwrap_or(u64::MAX);
    if stream.skipped > listed {
        page.line(&format!("  and {} more", grouped(stream.skipped - listed)));
    }
}

fn counted(number: u64, singular: &str, plural: &str) -> String {
    human::count(
        usize::try_from(number).unwrap_or(usize::MAX),
        singular,
        plural,
    )
}

fn grouped(number: u64) -> String {
    human::grouped(usize::try_from(number).unwrap_or(usize::MAX))
}

/// A number to four digits; whole ones with all of theirs.
fn number(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e15 {
        return format!("{number}");
    }
    let rounded: f64 = format!("{number:.3e}").parse().unwrap_or(number);
    plainly(rounded)
}

/// All digits of a number, and no row of zeros.
fn plainly(number: f64) -> String {
    if number == 0.0 || (1e-4..1e9).contains(&number.abs()) {
        format!("{number}")
    } else {
        format!("{number:e}")
    }
}
