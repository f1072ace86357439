//! `audit` beside a loop over the same records with Python's `packaging`.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::advisories::{self, Source};
use super::example::{self, Example};
use super::large_lock;
use super::measure::{Run, Series, megabytes, run};
use super::setting::Setting;
use super::table::{Bar, Limit, Row, Section, Unit};

const RUNS: usize = 15;
const PYTHON_RUNS: usize = 3;

/// Measures.
pub(super) fn measure(setting: &Setting) -> Result<Section> {
    let example: Example = example::prepare(setting)?;
    let project = large_lock::prepare(setting, &example)?;
    let lock = project.join("pylock.train.toml");
    let python = setting.python()?;
    let mut section = Section {
        title: "`audit` beside a loop in Python",
        about: format!(
            "The lock of {} packages, judged by the same records. The Python script reads the lock with \
             `tomllib` and the records from one file of JSON lines, and compares versions with \
             `packaging`, looking up each package's records by name; its last row is its loop alone, \
             with all records in memory. Both find the same versions affected, or the benchmark fails.",
            large_lock::PACKAGES
        ),
        rows: Vec::new(),
        bars: Vec::new(),
    };
    for source in advisories::sources(setting)? {
        beside(setting, &source, (&lock, &python), &mut section)?;
    }
    Ok(section)
}

fn beside(
    setting: &Setting,
    source: &Source,
    (lock, python): (&Path, &Path),
    section: &mut Section,
) -> Result<()> {
    let cache = setting.emptied(&format!("cache-{}", source.key()))?;
    source.import(setting, &cache)?;
    let lines = source.lines(setting, python)?;
    let mut ours = Series::default();
    let mut theirs = Series::default();
    let mut loops = Series::default();
    let mut memory = (0, 0);
    let mut affected = BTreeSet::new();
    for number in 0..RUNS {
        let mut audit = setting.holdfast(&cache);
        audit
            .args(["audit", "--offline", "--format", "json"])
            .arg(lock);
        let audit = run(audit)?;
        ours.push(audit.wall);
        memory.0 = memory.0.max(audit.memory);
        if number >= PYTHON_RUNS {
            continue;
        }
        let mut script = Command::new(python);
        script.arg(Setting::script("audit.py")).args([lock, &lines]);
        let script = run(script)?;
        theirs.push(script.wall);
        memory.1 = memory.1.max(script.memory);
        affected = found(&audit)?;
        let (seconds, expected) = answer(&script)?;
        loops.push(std::time::Duration::from_secs_f64(seconds));
        ensure!(
            affected == expected,
            "`audit` and the loop in Python do not agree with {}: only here {:?}, only there {:?}",
            source.name,
            affected.difference(&expected).collect::<Vec<_>>(),
            expected.difference(&affected).collect::<Vec<_>>()
        );
    }
    let name = &source.name;
    section.rows.extend([
        Row::time(format!("`holdfast audit`, {name}"), &ours),
        Row::time("… Python, the process", &theirs),
        Row::time("… Python, its loop alone", &loops),
        Row::fact("… memory of `audit`", megabytes(memory.0)),
        Row::fact("… memory of Python", megabytes(memory.1)),
        Row::fact(
            "… versions that both find affected",
            affected.len().to_string(),
        ),
    ]);
    section.bars.push(Bar {
        name: format!("times faster than the Python process, {name}"),
        measured: theirs.median() / ours.median(),
        limit: Limit::AtLeast(1.0),
        unit: Unit::Times,
    });
    Ok(())
}

/// The package URLs that `audit` finds affected.
fn found(audit: &Run) -> Result<BTreeSet<String>> {
    let evaluation: serde_json::Value = serde_json::from_str(&audit.printed)?;
    let findings = evaluation
        .get("findings")
        .and_then(serde_json::Value::as_array)
        .context("`audit` printed no findings")?;
    let text = |finding: &serde_json::Value, key: &str| {
        let value = finding.get(key)?.as_str()?;
        Some(value.to_owned())
    };
    Ok(findings
        .iter()
        .filter(|finding| {
            text(finding, "rule")
                .is_some_and(|rule| rule == "known-vulnerability" || rule == "malicious-package")
        })
        .filter_map(|finding| text(finding, "subject"))
        .collect())
}

/// How long the script's loop took, and the package URLs that it found affected.
fn answer(script: &Run) -> Result<(f64, BTreeSet<String>)> {
    let mut lines = script.printed.lines();
    let seconds = lines
        .next()
        .context("the script printed nothing")?
        .parse()?;
    Ok((seconds, lines.map(str::to_owned).collect()))
}
