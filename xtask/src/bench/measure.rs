//! Processes, measured: time, processor time and memory, and what many runs say together.

use std::io::{Read as _, Seek as _};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use crate::program;

/// One run of a process.
#[derive(Debug, Clone)]
pub(super) struct Run {
    /// From the start of the process to its end.
    pub(super) wall: Duration,
    /// Time on all processors, of the process and those that it waited for.
    pub(super) processor: Duration,
    /// The most memory that was resident at once, in bytes.
    pub(super) memory: u64,
    /// What it printed.
    pub(super) printed: String,
}

/// Runs a command to its end. Exit code 1 tells of findings, and is as good as 0.
pub(super) fn run(mut command: Command) -> Result<Run> {
    let name = program::name(&command);
    let mut printed = tempfile::tempfile()?;
    let mut complaints = tempfile::tempfile()?;
    command
        .stdin(Stdio::null())
        .stdout(printed.try_clone()?)
        .stderr(complaints.try_clone()?);
    let clock = Clock::start();
    let ended = command
        .spawn()
        .and_then(wait4::Wait4::wait4)
        .with_context(|| format!("cannot run {name}"))?;
    let wall = clock.elapsed();
    let mut text = String::new();
    complaints.rewind()?;
    complaints.read_to_string(&mut text)?;
    ensure!(
        matches!(ended.status.code(), Some(0 | 1)),
        "{name} failed ({}): {text}",
        ended.status
    );
    text.clear();
    printed.rewind()?;
    printed.read_to_string(&mut text)?;
    Ok(Run {
        wall,
        processor: ended.rusage.utime + ended.rusage.stime,
        memory: ended.rusage.maxrss,
        printed: text,
    })
}

/// Measures how long something takes.
struct Clock(std::time::Instant);

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "a benchmark is about the clock")]
    fn start() -> Self {
        Self(std::time::Instant::now())
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// The same quantity of several runs.
#[derive(Debug, Clone, Default)]
pub(super) struct Series(Vec<f64>);

impl Series {
    /// Adds a time.
    pub(super) fn push(&mut self, time: Duration) {
        self.0.push(time.as_secs_f64());
    }

    /// The value in the middle, in seconds.
    pub(super) fn median(&self) -> f64 {
        let sorted = self.sorted();
        let middle = sorted.len() / 2;
        let upper = sorted.get(middle).copied().unwrap_or(f64::NAN);
        if sorted.len() % 2 == 1 {
            return upper;
        }
        let lower = sorted.get(middle.wrapping_sub(1)).copied();
        f64::midpoint(lower.unwrap_or(upper), upper)
    }

    /// How many runs there are.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// `24.1 ms`, `1.52 s`.
    pub(super) fn shown_median(&self) -> String {
        shown(self.median())
    }

    /// `23.8 ms – 30.2 ms`.
    pub(super) fn shown_range(&self) -> String {
        let sorted = self.sorted();
        let (Some(least), Some(most)) = (sorted.first(), sorted.last()) else {
            return String::new();
        };
        format!("{} – {}", shown(*least), shown(*most))
    }

    fn sorted(&self) -> Vec<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted
    }
}

/// A time with a unit that fits.
pub(super) fn shown(seconds: f64) -> String {
    if seconds < 1.0 {
        format!("{:.1} ms", seconds * 1000.0)
    } else {
        format!("{seconds:.2} s")
    }
}

/// Memory in MB (10⁶ bytes).
pub(super) fn megabytes(bytes: u64) -> String {
    format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_of_the_sorted_values() {
        let series = |values: &[u64]| {
            let mut series = Series::default();
            for value in values {
                series.push(Duration::from_millis(*value));
            }
            series
        };
        assert_eq!(series(&[30, 10, 20]).shown_median(), "20.0 ms");
        assert_eq!(series(&[40, 10, 20, 30]).shown_median(), "25.0 ms");
        assert_eq!(series(&[3000, 10]).shown_range(), "10.0 ms – 3.00 s");
    }

    #[test]
    fn a_process_is_measured_and_its_text_kept() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo found; exit 1"]);
        let run = run(command).unwrap();
        assert_eq!(run.printed, "found\n");
        assert!(run.memory > 0);
        let mut command = Command::new("sh");
        command.args(["-c", "exit 2"]);
        assert!(super::run(command).is_err());
    }
}
