//! `verify` of a large environment beside nothing but hashing its files.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::measure::{Run, Series, megabytes, run};
use super::setting::Setting;
use super::table::{Bar, Limit, Row, Section, Unit};
use crate::program::output;

const RUNS: usize = 5;

/// A training environment with CUDA: at least 3 GB and 25,000 files.
const REQUIREMENTS: &str =
    "torch==2.7.1\ntransformers\ndatasets\nscikit-learn\nmatplotlib\nmlflow<3\njupyterlab\n";

const CONFIGURATION: &str = "[environments.train]\npython = \"3.11\"\n\
    platforms = [\"linux-x86_64-glibc2.28\"]\nrequirements = [\"requirements.in\"]\n";

#[derive(Default)]
struct Measured {
    hashing: Series,
    first: Series,
    second: Series,
    sync: Series,
    uv_check: Series,
    pip_check: Series,
    memory: u64,
}

/// Measures.
pub(super) fn measure(setting: &Setting) -> Result<Section> {
    let project = project(setting)?;
    let cache = setting.directory("verify-cache")?;
    let environment = project.join(".venv");
    let synced = run(on(setting, &cache, "sync", &project))?;
    is_clean(&synced)?;
    let files = files(&environment)?;
    let mut measured = Measured::default();
    // the page cache is warm for all
    run(hashing(&environment))?;
    for _ in 0..RUNS {
        measured.hashing.push(run(hashing(&environment))?.wall);
        let fresh = setting.emptied("verify-fresh-cache")?;
        let first = run(on(setting, &fresh, "verify", &project))?;
        let second = run(on(setting, &fresh, "verify", &project))?;
        is_clean(&first)?;
        is_clean(&second)?;
        measured.memory = measured.memory.max(first.memory).max(second.memory);
        measured.first.push(first.wall);
        measured.second.push(second.wall);
        measured
            .sync
            .push(run(on(setting, &cache, "sync", &project))?.wall);
        let mut uv = setting.uv(&cache);
        uv.args(["pip", "check", "--quiet", "--python"])
            .arg(&environment);
        measured.uv_check.push(run(uv)?.wall);
        let mut pip = Command::new(setting.python()?);
        pip.args(["-m", "pip", "--python"])
            .arg(environment.join("bin/python"))
            .arg("check");
        measured.pip_check.push(run(pip)?.wall);
    }
    Ok(section(&measured, files))
}

fn section(measured: &Measured, (files, bytes): (u64, u64)) -> Section {
    let hashing = measured.hashing.median();
    Section {
        title: "`verify` of a large environment",
        about: format!(
            "A training environment that `sync` made: PyTorch with its CUDA wheels, transformers, MLflow, \
             JupyterLab; {files} files, {}.{} GB. The limit is the same files hashed by `openssl dgst \
             -sha256` under `xargs -P` on all cores, which compares them with nothing. The page cache is \
             warm for both.",
            bytes / 1_000_000_000,
            bytes % 1_000_000_000 / 100_000_000
        ),
        rows: vec![
            Row::time("`openssl dgst -sha256` under `xargs -P`", &measured.hashing),
            Row::time("`holdfast verify`, the first look", &measured.first),
            Row::time("`holdfast verify`, the second look", &measured.second),
            Row::time("`holdfast sync`, nothing to do", &measured.sync),
            Row::fact(
                "… the most memory that was resident",
                megabytes(measured.memory),
            ),
            Row::time("`uv pip check`, which looks at no file", &measured.uv_check),
            Row::time("`pip check`, which looks at no file", &measured.pip_check),
        ],
        bars: vec![
            Bar {
                name: "the first look, beside hashing alone".to_owned(),
                measured: measured.first.median() / hashing,
                limit: Limit::AtMost(1.1),
                unit: Unit::Times,
            },
            Bar {
                name: "the second look, beside hashing alone".to_owned(),
                measured: measured.second.median() / hashing,
                limit: Limit::AtMost(0.1),
                unit: Unit::Times,
            },
            Bar {
                name: "`sync` with nothing to do".to_owned(),
                measured: measured.sync.median() * 1000.0,
                limit: Limit::AtMost(1000.0),
                unit: Unit::Milliseconds,
            },
            Bar {
                name: "memory".to_owned(),
                #[expect(clippy::cast_precision_loss, reason = "far below 2^52 bytes")]
                measured: measured.memory as f64 / 1e6,
                limit: Limit::AtMost(150.0),
                unit: Unit::Megabytes,
            },
        ],
    }
}

/// The project, locked; kept from run to run, since it takes gigabytes from the index.
fn project(setting: &Setting) -> Result<PathBuf> {
    let project = setting.directory("verify")?;
    fs_err::write(project.join("holdfast.toml"), CONFIGURATION)?;
    fs_err::write(project.join("requirements.in"), REQUIREMENTS)?;
    let cache = setting.directory("verify-cache")?;
    run(on(setting, &cache, "lock", &project))?;
    Ok(project)
}

fn on(setting: &Setting, cache: &Path, command: &str, project: &Path) -> Command {
    let mut process = setting.holdfast(cache);
    process.arg(command).arg(project);
    process
}

/// The files of the environment, hashed and compared with nothing.
fn hashing(environment: &Path) -> Command {
    let mut command = Command::new("sh");
    command
        .args([
            "-c",
            "find \"$0\" -type f -print0 | xargs -0 -P \"$(nproc)\" -n 64 openssl dgst -sha256 > /dev/null",
        ])
        .arg(environment);
    command
}

/// How many files there are, and their size.
fn files(environment: &Path) -> Result<(u64, u64)> {
    let mut find = Command::new("find");
    find.arg(environment)
        .args(["-type", "f", "-printf", "%s\\n"]);
    let sizes = output(&mut find)?;
    let sizes = sizes
        .lines()
        .map(|size| size.parse().context("`find` printed no size"))
        .collect::<Result<Vec<u64>>>()?;
    Ok((sizes.len() as u64, sizes.iter().sum()))
}

/// Nothing is measured where nothing was compared.
fn is_clean(run: &Run) -> Result<()> {
    let is_clean = run.printed.contains("clean: ") || run.printed.contains("no findings: ");
    ensure!(
        is_clean,
        "the environment is not as locked:\n{}",
        run.printed
    );
    Ok(())
}
