//! `model scan` beside two scanners in Python, on a large checkpoint, and on very many files.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::measure::{Run, Series, megabytes, run};
use super::setting::Setting;
use super::table::{Bar, Limit, Row, Section, Unit};
use crate::program::output;

const RUNS: usize = 15;
const SLOW_RUNS: usize = 5;

/// The scanners that are compared, at the versions that are named in the page.
const SCANNERS: [&str; 2] = ["picklescan[7z]==1.0.5", "modelscan==0.8.8"];
/// The size of the checkpoint in bytes.
const CHECKPOINT: u64 = 2_000_000_000;
/// How many small files there are.
const MANY: usize = 10_000;
/// The largest of the small files, in bytes.
const SMALL: u64 = 64 << 10;

/// Measures.
pub(super) fn measure(setting: &Setting) -> Result<Section> {
    let mut section = Section {
        title: "`model scan` beside scanners in Python, and where it is much to read",
        about: format!(
            "The malicious and innocent files that picklescan is tested with, scanned by whole processes \
             that run in turns: {} and {}, as their packages install, under Python. Then a checkpoint of \
             {} GB with {} tensors, written as `torch.save` does: scanned, and inspected with its SHA-256, \
             beside `openssl dgst -sha256`. Then a folder of {MANY} models of up to {} KiB, copies of those \
             that known libraries wrote. The page cache is warm for all.",
            SCANNERS[0].replace("==", " "),
            SCANNERS[1].replace("==", " "),
            CHECKPOINT / 1_000_000_000,
            CHECKPOINT / 10_000_000,
            SMALL >> 10
        ),
        rows: Vec::new(),
        bars: Vec::new(),
    };
    beside_scanners(setting, &mut section)?;
    checkpoint(setting, &mut section)?;
    many(setting, &mut section)?;
    Ok(section)
}

fn beside_scanners(setting: &Setting, section: &mut Section) -> Result<()> {
    let corpus = corpus("picklescan-samples")?;
    let scanners = scanners(setting)?;
    let mut ours = Series::default();
    let mut picklescan = Series::default();
    let mut modelscan = Series::default();
    run(scan(setting, &corpus)?)?;
    run(lenient(&scanners.join("picklescan"), &corpus))?;
    run(lenient(&scanners.join("modelscan"), &corpus))?;
    for number in 0..RUNS {
        let scanned = run(scan(setting, &corpus)?)?;
        ensure!(
            findings(&scanned)? > 80,
            "the corpus's malicious files were not found"
        );
        ours.push(scanned.wall);
        if number < SLOW_RUNS {
            picklescan.push(run(lenient(&scanners.join("picklescan"), &corpus))?.wall);
            modelscan.push(run(lenient(&scanners.join("modelscan"), &corpus))?.wall);
        }
    }
    section.rows.extend([
        Row::time("`holdfast model scan`, picklescan's files", &ours),
        Row::time("… `picklescan`", &picklescan),
        Row::time("… `modelscan`", &modelscan),
    ]);
    for (name, theirs, least) in [
        ("picklescan", picklescan, 30.0),
        ("modelscan", modelscan, 30.0),
    ] {
        section.bars.push(Bar {
            name: format!("times faster than {name}"),
            measured: theirs.median() / ours.median(),
            limit: Limit::AtLeast(least),
            unit: Unit::Times,
        });
    }
    Ok(())
}

fn checkpoint(setting: &Setting, section: &mut Section) -> Result<()> {
    let file = setting.directory("model")?.join("checkpoint.pt");
    if !file.is_file() {
        let partial = file.with_extension("partial");
        let mut write = Command::new(setting.python()?);
        write
            .arg(Setting::script("checkpoint.py"))
            .arg(&partial)
            .arg(CHECKPOINT.to_string());
        output(&mut write)?;
        fs_err::rename(partial, &file)?;
    }
    let mut scanned = Series::default();
    let mut inspected = Series::default();
    let mut hashed = Series::default();
    let mut memory = 0;
    run(openssl(&file))?;
    for number in 0..RUNS {
        let scan = run(scan(setting, &file)?)?;
        ensure!(findings(&scan)? == 0, "the checkpoint is not harmless");
        memory = memory.max(scan.memory);
        scanned.push(scan.wall);
        if number < SLOW_RUNS {
            let inspect = run(inspect(setting, &file)?)?;
            memory = memory.max(inspect.memory);
            inspected.push(inspect.wall);
            hashed.push(run(openssl(&file))?.wall);
        }
    }
    section.rows.extend([
        Row::time("`holdfast model scan`, the checkpoint", &scanned),
        Row::time("`holdfast model inspect`, the checkpoint", &inspected),
        Row::time("… `openssl dgst -sha256`", &hashed),
        Row::fact("… the most memory that was resident", megabytes(memory)),
    ]);
    section.bars.extend([
        Bar {
            name: "scanning the checkpoint".to_owned(),
            measured: scanned.median() * 1000.0,
            limit: Limit::AtMost(200.0),
            unit: Unit::Milliseconds,
        },
        Bar {
            name: "memory for the checkpoint".to_owned(),
            #[expect(clippy::cast_precision_loss, reason = "far below 2^52 bytes")]
            measured: memory as f64 / 1e6,
            limit: Limit::AtMost(64.0),
            unit: Unit::Megabytes,
        },
        Bar {
            name: "inspecting and hashing it, beside `openssl`".to_owned(),
            measured: inspected.median() / hashed.median(),
            limit: Limit::AtMost(1.1),
            unit: Unit::Times,
        },
    ]);
    Ok(())
}

fn many(setting: &Setting, section: &mut Section) -> Result<()> {
    let folder = folder_of_many(setting)?;
    let mut wall = Series::default();
    let mut processor = Series::default();
    run(scan(setting, &folder)?)?;
    for _ in 0..SLOW_RUNS {
        let scanned = run(scan(setting, &folder)?)?;
        wall.push(scanned.wall);
        processor.push(scanned.processor);
    }
    section.rows.extend([
        Row::time(format!("`holdfast model scan`, {MANY} models"), &wall),
        Row::time("… time on all cores", &processor),
        Row::fact(
            "… cores used",
            format!("{:.2}", processor.median() / wall.median()),
        ),
    ]);
    Ok(())
}

/// Small models of the corpus over and over, in folders of a hundred; kept from run to run.
fn folder_of_many(setting: &Setting) -> Result<PathBuf> {
    let folder = setting.directory("model")?.join("many");
    if folder.is_dir() {
        return Ok(folder);
    }
    let partial = setting.emptied("model/many-partial")?;
    let corpus = corpus("model-artefacts")?;
    let mut find = Command::new("find");
    find.arg(&corpus).args(["-type", "f", "-size"]);
    find.arg(format!("-{}k", (SMALL >> 10) + 1));
    let found = output(&mut find)?;
    let models: Vec<&Path> = found.lines().map(Path::new).collect();
    ensure!(!models.is_empty(), "the corpus has no small models");
    for (number, model) in models.iter().cycle().take(MANY).enumerate() {
        let directory = partial.join((number / 100).to_string());
        fs_err::create_dir_all(&directory)?;
        let name = model.file_name().context("a file has a name")?;
        let name = format!("{number}-{}", name.to_string_lossy());
        fs_err::copy(model, directory.join(name))?;
    }
    fs_err::rename(partial, &folder)?;
    Ok(folder)
}

fn corpus(name: &str) -> Result<PathBuf> {
    testkit::corpus(name).with_context(|| format!("`../shared` lacks the corpus `{name}`"))
}

/// Where the scanners' programs are.
fn scanners(setting: &Setting) -> Result<PathBuf> {
    let programs = setting.directory("scanners")?.join("bin");
    if !programs.join("python").is_file() {
        let mut make = Command::new("python3");
        make.args(["-m", "venv"])
            .arg(setting.directory("scanners")?);
        output(&mut make)?;
    }
    let mut install = Command::new(programs.join("python"));
    install
        .args(["-m", "pip", "install", "--quiet"])
        .args(SCANNERS);
    output(&mut install)?;
    Ok(programs)
}

/// A scanner of a path; that it could not read some files is its exit code's matter, not ours.
fn lenient(scanner: &Path, path: &Path) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", "\"$0\" \"$@\" || test $? -le 3"])
        .arg(scanner)
        .arg("-p")
        .arg(path);
    command
}

fn scan(setting: &Setting, path: &Path) -> Result<Command> {
    let mut command = setting.holdfast(&setting.directory("model-cache")?);
    command
        .args(["model", "scan", "--format", "json"])
        .arg(path);
    Ok(command)
}

fn inspect(setting: &Setting, path: &Path) -> Result<Command> {
    let mut command = setting.holdfast(&setting.directory("model-cache")?);
    command
        .args(["model", "inspect", "--format", "json"])
        .arg(path);
    Ok(command)
}

fn openssl(path: &Path) -> Command {
    let mut command = Command::new("openssl");
    command.args(["dgst", "-sha256"]).arg(path);
    command
}

/// How many findings were printed.
fn findings(run: &Run) -> Result<usize> {
    let evaluation: serde_json::Value = serde_json::from_str(&run.printed)?;
    let findings = evaluation
        .get("findings")
        .and_then(serde_json::Value::as_array)
        .context("`model scan` printed no findings")?;
    Ok(findings.len())
}
