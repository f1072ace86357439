//! What is made of each line: values go to the monitor, signals are told at once.

use std::ops::ControlFlow;

use anyhow::{Result, anyhow};
use holdfast_behaviour::stream::{Counts, LineError, Monitor, ParameterValue, Parameters, Signal};
use holdfast_report::{
    SkippedLine, Stream, StreamEnd, StreamSignal, StreamSignalKind, StreamTotal, stream_signal_text,
};
use serde_json::Value;

use crate::cli::{Format, StreamOptions};
use crate::output::{Hearer, Output};

/// So many signals are kept for the report.
const SIGNALS: usize = 10_000;
/// So many lines without a value are shown.
const SKIPPED: usize = 20;

/// Takes lines.
pub(super) struct Listener<'a> {
    output: &'a Output,
    skips: bool,
    monitor: Monitor,
    before: Counts,
    stream: Stream,
    /// Why the line that it broke off at has no value.
    refused: Option<String>,
    /// What became of telling the last signal.
    told: Result<Hearer>,
    is_alone: bool,
}

impl<'a> Listener<'a> {
    pub(super) fn new(options: &StreamOptions, monitor: Monitor, output: &'a Output) -> Self {
        let before = monitor.counts();
        let parameters = monitor.detector().parameters();
        let file = options.file.as_deref();
        let is_resumed = before.values > 0 || before.skipped > 0;
        Self {
            output,
            skips: options.skip_invalid,
            before,
            stream: Stream {
                input: file.map_or_else(|| "-".to_owned(), |file| file.display().to_string()),
                detector: parameters.kind().as_str().to_owned(),
                parameters: shown(&parameters),
                state: options
                    .state
                    .as_ref()
                    .map(|file| file.display().to_string()),
                resumed_at: is_resumed.then_some(before.values),
                ..Stream::default()
            },
            monitor,
            refused: None,
            told: Ok(Hearer::There),
            is_alone: false,
        }
    }

    /// Takes a value; breaks off at a line without one, unless such lines are passed over.
    #[inline]
    pub(super) fn take(&mut self, value: Result<f64, LineError>, line: u64) -> ControlFlow<()> {
        match value {
            Ok(value) => {
                let signal = self.monitor.push(value);
                if signal != Signal::None {
                    self.tell(signal, value, line);
                }
                ControlFlow::Continue(())
            }
            Err(error) => self.refuse(&error, line),
        }
    }

    #[cold]
    fn refuse(&mut self, error: &LineError, line: u64) -> ControlFlow<()> {
        if !self.skips {
            self.refused = Some(format!(
                "line {line}: {error}; correct it, or pass over such lines with `--skip-invalid`"
            ));
            return ControlFlow::Break(());
        }
        self.monitor.skip();
        if self.stream.skipped_lines.len() < SKIPPED {
            self.stream.skipped_lines.push(SkippedLine {
                line,
                reason: error.to_string(),
            });
        }
        ControlFlow::Continue(())
    }

    #[cold]
    fn tell(&mut self, signal: Signal, value: f64, line: u64) {
        let statistics = self.monitor.detector().statistics().into_iter();
        let signal = StreamSignal {
            signal: match signal {
                Signal::None | Signal::Warning => StreamSignalKind::Warning,
                Signal::Drift => StreamSignalKind::Drift,
            },
            at: self.monitor.counts().values.saturating_sub(1),
            line,
            value,
            statistics: statistics
                .map(|(name, number)| (name.to_owned(), number.is_finite().then_some(number)))
                .collect(),
        };
        if self.output.format == Format::Text && matches!(self.told, Ok(Hearer::There)) {
            let text = stream_signal_text(&signal, &self.output.style);
            self.told = self.output.tell(&text);
        }
        if self.stream.signals.len() < SIGNALS {
            self.stream.signals.push(signal);
        } else {
            self.stream.signals_left_out += 1;
        }
    }

    /// Whether what was said could be told; where nobody hears any more, it is time to stop.
    pub(super) fn told(&mut self) -> Result<()> {
        if std::mem::replace(&mut self.told, Ok(Hearer::There))? == Hearer::Gone {
            self.is_alone = true;
        }
        Ok(())
    }

    /// Whether nobody hears any more.
    pub(super) fn is_alone(&self) -> bool {
        self.is_alone
    }

    /// Whether there was anything in this run.
    pub(super) fn has_heard(&self) -> bool {
        self.monitor.counts() != self.before
    }

    /// Says something beside the signals.
    pub(super) fn note(&mut self, note: &str) {
        self.stream.notes.push(note.to_owned());
    }

    pub(super) fn monitor(&self) -> &Monitor {
        &self.monitor
    }

    pub(super) fn parameters(&self) -> Parameters {
        self.monitor.detector().parameters()
    }

    pub(super) fn output(&self) -> &'a Output {
        self.output
    }

    /// Drifts of this run, and values at which it warned.
    pub(super) fn signalled(&self) -> (u64, u64) {
        let counts = self.monitor.counts();
        (
            counts.drifts - self.before.drifts,
            counts.warned - self.before.warned,
        )
    }

    pub(super) fn ends(&mut self, ended: StreamEnd) {
        self.stream.ended = ended;
    }

    pub(super) fn fails(&mut self, error: &anyhow::Error) {
        self.stream.failure = Some(format!("{error:#}"));
    }

    /// Why the run does not say what was asked, if it does not.
    pub(super) fn failure(&mut self, input: &str, follows: bool) -> Option<anyhow::Error> {
        if let Some(refused) = self.refused.take() {
            return Some(anyhow!("{input}: {refused}"));
        }
        if self.monitor.detector().is_blind() {
            return Some(super::blindness(&self.stream.detector));
        }
        let is_empty = self.monitor.counts().values == 0;
        (is_empty && !follows)
            .then(|| anyhow!("{input} has no values, so that nothing was evaluated: give it some"))
    }

    /// What the run came to.
    pub(super) fn finish(mut self) -> Stream {
        let counts = self.monitor.counts();
        self.stream.values = counts.values - self.before.values;
        self.stream.skipped = counts.skipped - self.before.skipped;
        self.stream.drifts = counts.drifts - self.before.drifts;
        self.stream.warnings = counts.warnings - self.before.warnings;
        self.stream.warned = counts.warned - self.before.warned;
        self.stream.total = StreamTotal {
            values: counts.values,
            skipped: counts.skipped,
            drifts: counts.drifts,
            warnings: counts.warnings,
            warned: counts.warned,
            last_drift: counts.last_drift,
        };
        self.stream
    }
}

fn shown(parameters: &Parameters) -> std::collections::BTreeMap<String, Value> {
    let values = parameters.values().into_iter();
    values
        .map(|parameter| {
            let value = match parameter.value() {
                ParameterValue::Number(number) => number.into(),
                ParameterValue::Count(count) => count.into(),
                ParameterValue::Word(word) => word.into(),
            };
            (parameter.name().to_owned(), value)
        })
        .collect()
}
