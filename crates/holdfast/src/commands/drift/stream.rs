//! `holdfast drift stream`: values of a file, a followed file or standard input go through a detector,
//! which is kept between runs.

mod input;
mod listener;
mod parameters;
mod saved;
mod stop;

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};
use holdfast_behaviour::stream::{Bits, LineReader, Monitor, Parameters, Source, StreamState};
use holdfast_report::{StreamEnd, stream_json, stream_text};

use self::input::{Input, Piece, Renewal};
use self::listener::Listener;
use self::stop::Stop;
use crate::cli::{StreamFailOn, StreamOptions};
use crate::environment::Environment;
use crate::output::{Exit, Outcome, Output, complain};

/// The state is saved this often while values come.
const SAVED_EVERY: Duration = Duration::from_secs(10);

/// Listens until the input ends or somebody asks to stop.
pub(crate) fn run(
    options: &StreamOptions,
    environment: &Environment,
    output: &Output,
) -> Result<Outcome> {
    let parameters = parameters::of(options)?;
    let (monitor, source) = resumed(options.state.as_deref(), parameters)?;
    let stop = Stop::listen()?;
    let file = options
        .file
        .as_deref()
        .filter(|file| *file != Path::new("-"));
    ensure!(
        file.is_some() || !options.follow,
        "standard input cannot be followed, it is read until it ends: leave `--follow` out"
    );
    let mut run = Run {
        options,
        environment,
        listener: Listener::new(options, monitor, output),
        input: Input::open(file, options.follow)?,
        reader: new_reader(options, parameters),
        saved_at: environment.elapsed(),
        saved_values: None,
    };
    run.go_on_from(source)?;
    let ended = run.listen(&stop);
    run.finish(ended)
}

/// The monitor that was saved, and where it was in its file; a new one where nothing was saved.
fn resumed(file: Option<&Path>, parameters: Parameters) -> Result<(Monitor, Option<Source>)> {
    let saved = match file {
        Some(file) => saved::read(file)?,
        None => None,
    };
    let Some(state) = saved else {
        return Ok((Monitor::new(parameters)?, None));
    };
    let file = file.unwrap_or(Path::new("")).display();
    state
        .is_of(&parameters)
        .with_context(|| format!("cannot go on from `{file}`"))?;
    Ok((state.monitor, state.source))
}

fn new_reader(options: &StreamOptions, parameters: Parameters) -> LineReader {
    let bits = if parameters.kind().takes_bits() {
        Bits::Only
    } else {
        Bits::Numbers
    };
    LineReader::new(bits, options.column.clone())
}

/// A run that is under way.
struct Run<'a> {
    options: &'a StreamOptions,
    environment: &'a Environment,
    listener: Listener<'a>,
    input: Input,
    reader: LineReader,
    saved_at: Duration,
    /// How many values and lines the saved state had seen.
    saved_values: Option<(u64, u64)>,
}

impl Run<'_> {
    /// Goes on where a file was left, if it is still that file.
    fn go_on_from(&mut self, source: Option<Source>) -> Result<()> {
        let Some(source) = source else {
            return Ok(());
        };
        match self.input.seek_to(&source)? {
            input::Found::There => {
                let reader = self.reader.clone();
                self.reader = reader.from(source.offset, source.line, source.layout);
            }
            input::Found::Replaced => self.listener.note(
                "the file is not the one that was read before: it is read from its beginning",
            ),
            input::Found::Another => {}
        }
        Ok(())
    }

    fn listen(&mut self, stop: &Stop) -> Result<StreamEnd> {
        let mut buffer = Vec::new();
        loop {
            if stop.is_asked() || self.listener.is_alone() {
                return Ok(StreamEnd::Stopped);
            }
            match self.input.next(&mut buffer)? {
                Piece::Bytes => {
                    let listener = &mut self.listener;
                    let flow = self
                        .reader
                        .feed(&buffer, |value, line| listener.take(value, line))?;
                    if flow.is_break() {
                        return Ok(StreamEnd::Failed);
                    }
                    self.listener.told()?;
                }
                Piece::Nothing => {}
                Piece::Renewed(renewal) => {
                    if self.renew(renewal)?.is_break() {
                        return Ok(StreamEnd::Failed);
                    }
                }
                Piece::End => {
                    let flow = self.last_line()?;
                    return Ok(if flow.is_break() {
                        StreamEnd::Failed
                    } else {
                        StreamEnd::Input
                    });
                }
            }
            if self.environment.elapsed() > self.saved_at + SAVED_EVERY {
                self.save()?;
            }
        }
    }

    /// A last line without a line break; of a file that is followed, it is whole when the file is
    /// replaced.
    fn last_line(&mut self) -> Result<ControlFlow<()>> {
        let listener = &mut self.listener;
        let flow = self
            .reader
            .finish(|value, line| listener.take(value, line))?;
        self.listener.told()?;
        Ok(flow)
    }

    fn renew(&mut self, renewal: Renewal) -> Result<ControlFlow<()>> {
        let (flow, note) = match renewal {
            Renewal::Replaced => (
                self.last_line()?,
                "the file was replaced: the new one is read from its beginning",
            ),
            Renewal::Truncated => (
                ControlFlow::Continue(()),
                "the file was cut: it is read from its beginning",
            ),
        };
        if flow.is_continue() {
            self.listener.note(note);
            self.reader = new_reader(self.options, self.listener.parameters());
        }
        Ok(flow)
    }

    /// Writes the state where it is wanted and something has changed.
    fn save(&mut self) -> Result<()> {
        self.saved_at = self.environment.elapsed();
        let Some(file) = &self.options.state else {
            return Ok(());
        };
        let counts = self.listener.monitor().counts();
        let seen = Some((counts.values, self.reader.offset()));
        if self.saved_values == seen {
            return Ok(());
        }
        let state = StreamState {
            monitor: self.listener.monitor().clone(),
            source: self.input.source(&self.reader)?,
        };
        saved::write(file, &state)?;
        self.saved_values = seen;
        Ok(())
    }

    /// Saves, and tells what the run came to.
    fn finish(mut self, ended: Result<StreamEnd>) -> Result<Outcome> {
        let input = self.input.name().to_owned();
        let ended = match ended.with_context(|| format!("cannot read {input}")) {
            // the state stays as it was, and there is nothing to tell
            Err(error) if !self.listener.has_heard() => return Err(error),
            ended => ended,
        };
        let saved = self.save();
        self.listener
            .ends(*ended.as_ref().unwrap_or(&StreamEnd::Failed));
        let failure = ended
            .err()
            .or(saved.err())
            .or_else(|| self.listener.failure(&input, self.options.follow));
        let output = self.listener.output();
        let exit = match (&failure, self.options.fail_on) {
            (Some(_), _) => Exit::Incomplete,
            (None, fail_on) => self.exit(fail_on),
        };
        if let Some(error) = &failure {
            self.listener.fails(error);
        }
        let stream = self.listener.finish();
        let text =
            output.text_or_json(|style| stream_text(&stream, style), || stream_json(&stream))?;
        if let Some(error) = failure {
            complain(&error);
        }
        Ok(Outcome::new(text, exit))
    }

    fn exit(&self, fail_on: StreamFailOn) -> Exit {
        let (drifts, warned) = self.listener.signalled();
        let fails = match fail_on {
            StreamFailOn::Drift => drifts > 0,
            StreamFailOn::Warning => drifts > 0 || warned > 0,
            StreamFailOn::Never => false,
        };
        if fails { Exit::Findings } else { Exit::Clean }
    }
}

/// Why a value that a detector took cannot be relied on.
fn blindness(detector: &str) -> anyhow::Error {
    anyhow!(
        "the sums of `{detector}` are beyond what a number can hold, so that it signals nothing any more: scale the values, and begin with a new state"
    )
}
