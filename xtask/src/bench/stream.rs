//! `drift stream` beside river: whole processes over a file against the updates alone.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::measure::{Run, Series, run};
use super::setting::Setting;
use super::table::{Bar, Limit, Row, Section, Unit};
use crate::program::{example, output};

const RUNS: usize = 9;
const RIVER: &str = "river==0.26.1";
/// How many numbers the files have.
const COUNT: usize = 10_000_000;
/// How many of them river gets, which would take minutes for all.
const RIVERS: usize = 1_000_000;

/// A detector, and how many times as many values a second it has to take.
const DETECTORS: [(&str, f64); 3] = [("page-hinkley", 100.0), ("ddm", 100.0), ("adwin", 20.0)];

/// Measures.
pub(super) fn measure(setting: &Setting) -> Result<Section> {
    let mut section = Section {
        title: "`drift stream` beside river",
        about: format!(
            "A file of {} million numbers of 17 digits, and one of zeros and ones for DDM. The bars hold the \
             updates alone against each other, of values that are in memory: ours over all, those of {} over \
             the first {} million. Both signal at the same places. Beside that the whole process of \
             `holdfast drift stream`, which also reads and parses the file; the page cache is warm.",
            COUNT / 1_000_000,
            RIVER.replace("==", " "),
            RIVERS / 1_000_000
        ),
        rows: Vec::new(),
        bars: Vec::new(),
    };
    let python = python(setting)?;
    let program = example("holdfast-behaviour", "measure_stream")?;
    let directory = setting.directory("stream")?;
    let files = Files::written(&directory)?;
    for (detector, least) in DETECTORS {
        let file = files.of(detector);
        let mut ours = Series::default();
        let (mut theirs, mut alone) = (Vec::new(), Vec::new());
        run(stream(setting, detector, file)?)?;
        for number in 0..RUNS {
            let ran = run(stream(setting, detector, file)?)?;
            ours.push(ran.wall);
            if number % 3 == 0 {
                let updates = updates(&program, detector, file)?;
                alone.push(updates.updates_per_second);
                let river = river(&python, detector, file)?;
                ensure!(
                    places(&ran)? == river.signals,
                    "`{detector}` signals at other places than river"
                );
                theirs.push(river.updates_per_second);
            }
        }
        let (theirs, alone) = (middle(theirs), middle(alone));
        #[expect(clippy::cast_precision_loss, reason = "ten million")]
        let per_second = COUNT as f64 / ours.median();
        section.rows.extend([
            Row::time(
                format!("`holdfast drift stream --detector {detector}`"),
                &ours,
            ),
            Row::fact("… values a second", millions(per_second)),
            Row::fact("… its updates alone, a second", millions(alone)),
            Row::fact("… river's updates alone, a second", millions(theirs)),
        ]);
        section.bars.push(Bar {
            name: format!("`{detector}`, times faster than river"),
            measured: alone / theirs,
            limit: Limit::AtLeast(least),
            unit: Unit::Times,
        });
    }
    Ok(section)
}

/// The value in the middle.
fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn millions(per_second: f64) -> String {
    format!("{:.2} million", per_second / 1e6)
}

/// The files that are read, kept from run to run.
struct Files {
    numbers: PathBuf,
    bits: PathBuf,
}

impl Files {
    fn written(directory: &Path) -> Result<Self> {
        let files = Self {
            numbers: directory.join("numbers.txt"),
            bits: directory.join("bits.txt"),
        };
        if !files.bits.is_file() || !files.numbers.is_file() {
            let (mut numbers, mut bits) = (String::new(), String::new());
            let mut state = 42_u64;
            for place in 0..COUNT {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                #[expect(clippy::cast_precision_loss, reason = "53 bits are left")]
                let number = (state >> 11) as f64 / 9_007_199_254_740_992.0;
                // the mean and the rate of errors move every 300,000 values
                let is_moved = place / 300_000 % 2 == 1;
                let (shift, rate) = if is_moved { (0.5, 0.15) } else { (0.0, 0.1) };
                writeln!(numbers, "{}", 0.3 * number + shift)?;
                writeln!(bits, "{}", u8::from(number < rate))?;
            }
            fs_err::write(&files.numbers, numbers)?;
            fs_err::write(&files.bits, bits)?;
        }
        Ok(files)
    }

    fn of(&self, detector: &str) -> &Path {
        if detector == "ddm" {
            &self.bits
        } else {
            &self.numbers
        }
    }
}

/// What a detector did with values in memory.
struct Updates {
    updates_per_second: f64,
    signals: Vec<u64>,
}

fn river(python: &Path, detector: &str, file: &Path) -> Result<Updates> {
    let mut command = Command::new(python);
    command
        .arg(Setting::script("stream.py"))
        .arg(detector)
        .arg(file)
        .arg(RIVERS.to_string());
    told(&mut command)
}

fn updates(program: &Path, detector: &str, file: &Path) -> Result<Updates> {
    told(Command::new(program).arg(detector).arg(file))
}

fn told(command: &mut Command) -> Result<Updates> {
    let told: Value = serde_json::from_str(&output(command)?)?;
    let per_second = told
        .get("updates_per_second")
        .and_then(Value::as_f64)
        .context("the updates a second are missing")?;
    let signals = told.get("signals").and_then(Value::as_array);
    Ok(Updates {
        updates_per_second: per_second,
        signals: signals
            .context("the signals are missing")?
            .iter()
            .filter_map(Value::as_u64)
            .collect(),
    })
}

/// Where we signalled drift among the values that river got.
fn places(ran: &Run) -> Result<Vec<u64>> {
    let told: Value = serde_json::from_str(&ran.printed)?;
    let signals = told.get("signals").and_then(Value::as_array);
    let limit = u64::try_from(RIVERS)?;
    Ok(signals
        .context("`drift stream` printed no signals")?
        .iter()
        .filter(|signal| signal.get("signal").and_then(Value::as_str) == Some("drift"))
        .filter_map(|signal| signal.get("at").and_then(Value::as_u64))
        .filter(|at| *at < limit)
        .collect())
}

fn stream(setting: &Setting, detector: &str, file: &Path) -> Result<Command> {
    let mut command = setting.holdfast(&setting.directory("stream-cache")?);
    command
        .args(["drift", "stream", "--format", "json", "--detector"])
        .arg(detector)
        .arg(file);
    Ok(command)
}

/// A Python that has river.
fn python(setting: &Setting) -> Result<PathBuf> {
    let environment = setting.directory("river")?;
    let python = environment.join("bin").join("python");
    if !python.is_file() {
        output(
            Command::new("python3")
                .args(["-m", "venv"])
                .arg(&environment),
        )?;
    }
    output(Command::new(&python).args(["-m", "pip", "install", "--quiet", RIVER]))?;
    Ok(python)
}
