//! Sets of advisory records to measure with: a real one where it is at hand, and a generated one of
//! the size that PyPI's has.

use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::json;

use super::measure::run;
use super::setting::Setting;
use crate::program::output;

/// As many records as OSV has of PyPI, about.
const GENERATED: usize = 25_000;
/// Most records of PyPI are of malicious packages.
const MALICIOUS: usize = 12_000;
/// The packages that the other generated records affect.
const AFFECTED: usize = 3_000;
/// Names that ordinary locks hold, so that generated records meet them too.
const ORDINARY: [&str; 12] = [
    "numpy",
    "pandas",
    "pillow",
    "requests",
    "urllib3",
    "jinja2",
    "mlflow",
    "fastapi",
    "starlette",
    "tornado",
    "cryptography",
    "scikit-learn",
];

/// A set of records.
#[derive(Debug, Clone)]
pub(super) struct Source {
    /// What it is called in a table.
    pub(super) name: String,
    /// The directory of its records.
    pub(super) directory: PathBuf,
}

impl Source {
    /// Makes it the advisory data of a cache.
    pub(super) fn import(&self, setting: &Setting, cache: &Path) -> Result<()> {
        let mut command = setting.holdfast(cache);
        command.args(["advisories", "import"]).arg(&self.directory);
        run(command).map(|_| ())
    }

    /// The records as lines of JSON, for programs that read no YAML.
    pub(super) fn lines(&self, setting: &Setting, python: &Path) -> Result<PathBuf> {
        let file = setting
            .directory("records")?
            .join(format!("{}.jsonl", self.key()));
        if !file.exists() {
            output(
                Command::new(python)
                    .arg(Setting::script("records.py"))
                    .arg(&self.directory)
                    .arg(&file),
            )?;
        }
        Ok(file)
    }

    /// A name for files.
    pub(super) fn key(&self) -> String {
        self.name
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect()
    }
}

/// Every set at hand.
pub(super) fn sources(setting: &Setting) -> Result<Vec<Source>> {
    let mut sources = Vec::from_iter(snapshot());
    sources.push(generated(setting)?);
    Ok(sources)
}

/// The real records where they are at hand, else the generated ones.
pub(super) fn largest_known(setting: &Setting) -> Result<Source> {
    match snapshot() {
        Some(snapshot) => Ok(snapshot),
        None => generated(setting),
    }
}

fn snapshot() -> Option<Source> {
    Some(Source {
        name: "PyPA's database of 10 October 2024".to_owned(),
        directory: testkit::corpus("pypa-advisory-database-2024-10-10")?,
    })
}

/// Generated records, the same on every machine.
pub(super) fn generated(setting: &Setting) -> Result<Source> {
    let directory = setting.directory("records")?.join("generated-1");
    if !directory.exists() {
        let unfinished = setting.emptied("records/unfinished")?;
        for number in 0..GENERATED {
            let record = if number < MALICIOUS {
                malicious(number)
            } else {
                vulnerable(number - MALICIOUS)
            };
            let id = record
                .get("id")
                .and_then(serde_json::Value::as_str)
                .context("a record without an id")?;
            let file = fs_err::File::create(unfinished.join(format!("{id}.json")))?;
            let mut file = BufWriter::new(file);
            serde_json::to_writer(&mut file, &record)?;
            file.flush()?;
        }
        fs_err::rename(&unfinished, &directory)?;
    }
    Ok(Source {
        name: format!("{GENERATED} generated records"),
        directory,
    })
}

fn malicious(number: usize) -> serde_json::Value {
    json!({
        "schema_version": "1.7.0",
        "id": format!("MAL-2026-{number}"),
        "modified": "2026-10-01T00:00:00Z",
        "published": "2026-09-01T00:00:00Z",
        "summary": format!("Malicious code in malicious-{number} (PyPI)"),
        "details": details(number),
        "affected": [{
            "package": {"ecosystem": "PyPI", "name": format!("malicious-{number}"),
                        "purl": format!("pkg:pypi/malicious-{number}")},
            "versions": ["0.0.1", "0.0.2", "1.0.0"],
        }],
    })
}

/// Every second record is an alias of the one before, as GHSA's are of PYSEC's.
fn vulnerable(number: usize) -> serde_json::Value {
    let vulnerability = number / 2;
    let id = if number.is_multiple_of(2) {
        format!("PYSEC-2026-{vulnerability}")
    } else {
        format!("GHSA-2026-{vulnerability:04}-aaaa")
    };
    let package = vulnerability % AFFECTED;
    let name = ORDINARY
        .get(package)
        .map_or_else(|| format!("generated-{package}"), ToString::to_string);
    let fixed = vulnerability % 37 + 1;
    let versions: Vec<String> = (0..fixed).map(|minor| format!("1.{minor}.0")).collect();
    json!({
        "schema_version": "1.7.0",
        "id": id,
        "modified": "2026-10-01T00:00:00Z",
        "published": "2026-09-01T00:00:00Z",
        "aliases": [format!("CVE-2026-{vulnerability}")],
        "summary": format!("{name} writes outside its buffer"),
        "details": details(number),
        "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
        "affected": [{
            "package": {"ecosystem": "PyPI", "name": name, "purl": format!("pkg:pypi/{name}")},
            "ranges": [{"type": "ECOSYSTEM",
                        "events": [{"introduced": "0"}, {"fixed": format!("1.{fixed}.0")}]}],
            "versions": versions,
        }],
        "references": [
            {"type": "WEB", "url": format!("https://example.org/advisories/{number}")},
            {"type": "FIX", "url": format!("https://example.org/commits/{number}")},
        ],
    })
}

/// As long as an ordinary description.
fn details(number: usize) -> String {
    format!("Record {number} says at some length what happened, to whom, and what to do. ")
        .repeat(12)
}
