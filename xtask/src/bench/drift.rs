//! The statistics of drift beside scipy's.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::measure::{Series, megabytes, run};
use super::setting::Setting;
use super::table::{Bar, Limit, Row, Section, Unit};
use crate::program::{example, output};

const RUNS: usize = 5;
const RUNS_OF_MANY: usize = 3;

/// Values of each sample.
const VALUES: usize = 10_000_000;
const COLUMNS: u32 = 20;
const THREADS: usize = 2;

const PACKAGES: [&str; 2] = ["scipy==1.17.1", "numpy==2.4.6"];

/// Measures.
pub(super) fn measure(setting: &Setting) -> Result<Section> {
    let python = python(setting)?;
    let program = example("holdfast-behaviour", "measure_drift")?;
    let mut section = Section {
        title: "Two-sample tests beside scipy",
        about: format!(
            "The Kolmogorov–Smirnov test of two samples of {VALUES} doubles each, on one thread: \
             `ks_2samp` of {} under Python, and `holdfast_behaviour::drift`, processes that run in turns. \
             Only the tests are timed, not the making of samples, and both answers are held against \
             each other. Then all that a numeric column is compared by (KS, PSI, Jensen–Shannon, \
             Wasserstein, both samples described, a histogram), and {COLUMNS} such columns on {THREADS} \
             threads; of these the time has the making of their samples in it.",
            PACKAGES.join(", ").replace("==", " ")
        ),
        rows: Vec::new(),
        bars: Vec::new(),
    };
    let theirs = one_column(&python, &program, &mut section)?;
    many_columns(&program, theirs, &mut section)?;
    Ok(section)
}

/// Answers the seconds of scipy's test.
fn one_column(python: &Path, program: &Path, section: &mut Section) -> Result<f64> {
    let names = ["ks", "sort", "test", "column"];
    let mut ours = names.map(|_| Series::default());
    let mut theirs = Series::default();
    for _ in 0..RUNS {
        let mut script = Command::new(python);
        script
            .arg(Setting::script("ks.py"))
            .arg(VALUES.to_string())
            .envs(["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"].map(|name| (name, "1")));
        let scipy = answer(script)?.0;
        let measured = answer(drift(program, 1, 1))?.0;
        for name in ["statistic", "p_value"] {
            let (one, other) = (number(&scipy, name)?, number(&measured, name)?);
            ensure!(
                (one - other).abs() <= 1e-9,
                "{name} is {other}, and scipy's {one}"
            );
        }
        theirs.push(seconds(&scipy, "ks")?);
        for (series, name) in ours.iter_mut().zip(names) {
            series.push(seconds(&measured, name)?);
        }
    }
    let [test, sort, walk, column] = &ours;
    section.rows.extend([
        Row::time("Kolmogorov–Smirnov, one thread", test),
        Row::time("… sorting both", sort),
        Row::time("… statistic and p-value", walk),
        Row::time("… `ks_2samp`", &theirs),
        Row::time("all tests of the column, one thread", column),
    ]);
    section.bars.push(Bar {
        name: "times faster than `ks_2samp`, one thread".to_owned(),
        measured: theirs.median() / test.median(),
        limit: Limit::AtLeast(5.0),
        unit: Unit::Times,
    });
    Ok(theirs.median())
}

fn many_columns(program: &Path, theirs: f64, section: &mut Section) -> Result<()> {
    let mut all = Series::default();
    let mut memory = 0;
    for _ in 0..RUNS_OF_MANY {
        let (measured, resident) = answer(drift(program, COLUMNS, THREADS))?;
        all.push(seconds(&measured, "all")?);
        memory = memory.max(resident);
    }
    section.rows.extend([
        Row::time(
            format!("all tests of {COLUMNS} columns, {THREADS} threads"),
            &all,
        ),
        Row::fact("… the most memory that was resident", megabytes(memory)),
    ]);
    section.bars.push(Bar {
        name: format!("times faster than {COLUMNS} times `ks_2samp`, {THREADS} threads"),
        measured: f64::from(COLUMNS) * theirs / all.median(),
        limit: Limit::AtLeast(5.0),
        unit: Unit::Times,
    });
    Ok(())
}

/// Python 3 with what is measured.
fn python(setting: &Setting) -> Result<PathBuf> {
    let environment = setting.directory("scipy")?;
    let python = environment.join("bin").join("python");
    if !python.is_file() {
        let mut make = Command::new("python3");
        make.args(["-m", "venv"]).arg(&environment);
        output(&mut make)?;
    }
    let mut install = Command::new(&python);
    install
        .args(["-m", "pip", "install", "--quiet"])
        .args(PACKAGES);
    output(&mut install)?;
    Ok(python)
}

/// Builds the example that measures, and answers where it is.
fn drift(program: &Path, columns: u32, threads: usize) -> Command {
    let mut command = Command::new(program);
    command.args([VALUES.to_string(), columns.to_string(), threads.to_string()]);
    command
}

/// What was printed, and the most memory that was resident.
fn answer(command: Command) -> Result<(Value, u64)> {
    let run = run(command)?;
    let value = serde_json::from_str(&run.printed).context("no JSON was printed")?;
    Ok((value, run.memory))
}

fn seconds(answer: &Value, name: &str) -> Result<Duration> {
    Ok(Duration::from_secs_f64(number(answer, name)?))
}

fn number(answer: &Value, name: &str) -> Result<f64> {
    let number = answer.get(name).and_then(Value::as_f64);
    number.with_context(|| format!("`{name}` was not printed"))
}
