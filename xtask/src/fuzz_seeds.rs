//! Seeds for the fuzz targets, from all material at hand: other projects' test files, the failing
//! examples of the rules, a small generated monorepo, this repository's own example and `fuzz/seeds`.
//!
//! A seed goes to the target of its format, and a lock with its manifest also as the pair of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use holdfast_declared::recognise;
use holdfast_locked::is_lock_file_name;

use crate::monorepo::{self, Size};
use crate::workspace;

/// More is of no use to a fuzzer.
const LARGEST: u64 = 64 << 10;
/// So many advisories show every shape.
const ADVISORIES: usize = 400;

/// Test files of other projects that are not named as people name theirs, by their directory.
const DIRECTORIES: [(&str, &str); 8] = [
    ("requirements", "requirements"),
    ("pylock", "pylock"),
    ("uvlock", "uv_lock"),
    ("poetrylock", "poetry_lock"),
    ("pdmlock", "pdm_lock"),
    ("pipfilelock", "pipfile_lock"),
    ("packagelockjson", "package_lock"),
    ("pyprojecttoml", "pyproject"),
];

/// Model files by how their names end.
const ARTEFACTS: [(&str, &str); 11] = [
    ("pkl", "artefact_pickle"),
    ("pickle", "artefact_pickle"),
    ("joblib", "artefact_pickle"),
    ("zip", "zip"),
    ("npy", "artefact_numpy"),
    ("safetensors", "artefact_safetensors"),
    ("gguf", "artefact_gguf"),
    ("onnx", "artefact_onnx"),
    ("json", "artefact_json"),
    ("ubj", "artefact_ubjson"),
    ("txt", "artefact_lightgbm"),
];

/// Seeds by target, without repetition.
#[derive(Default)]
struct Seeds(BTreeMap<String, Vec<Vec<u8>>>);

impl Seeds {
    fn add(&mut self, target: &str, seed: impl Into<Vec<u8>>) {
        let seed = seed.into();
        let seeds = self.0.entry(target.to_owned()).or_default();
        if !seed.is_empty() && !seeds.contains(&seed) {
            seeds.push(seed);
        }
    }

    fn write(&self, corpus: &Path) -> Result<usize> {
        let mut count = 0;
        for (target, seeds) in &self.0 {
            let directory = corpus.join(target);
            fs_err::create_dir_all(&directory)?;
            for (number, seed) in seeds.iter().enumerate() {
                fs_err::write(directory.join(format!("seed-{number:04}")), seed)?;
            }
            count += seeds.len();
        }
        Ok(count)
    }
}

/// Writes `fuzz/corpus`.
pub(crate) fn run() -> Result<()> {
    let fuzz = workspace::root().join("fuzz");
    let mut seeds = Seeds::default();
    for corpus in ["osv-scalibr-lockfiles", "pip-pylocks", "packaging-pylocks"] {
        if let Some(directory) = testkit::corpus(corpus) {
            add_directory(&mut seeds, &directory)?;
        }
    }
    if let Some(directory) = testkit::corpus("pypa-advisory-database-2024-10-10") {
        add_advisories(&mut seeds, &directory)?;
    }
    if let Some(directory) = testkit::corpus("model-artefacts") {
        add_artefacts(&mut seeds, &directory)?;
    }
    add_directory(&mut seeds, &workspace::root().join("examples"))?;
    add_monorepo(&mut seeds)?;
    add_rules(&mut seeds);
    add_own(&mut seeds, &fuzz.join("seeds"))?;
    let count = seeds.write(&fuzz.join("corpus"))?;
    workspace::say(&format!("{count} seeds for {} targets", seeds.0.len()));
    report_targets_without_seeds(&seeds, &fuzz)
}

fn add_directory(seeds: &mut Seeds, directory: &Path) -> Result<()> {
    for file in every_file(directory)? {
        if let Some(target) = target_of(&file) {
            seeds.add(&target, fs_err::read(&file)?);
        }
    }
    Ok(())
}

/// Model files, to the target of what they are named.
fn add_artefacts(seeds: &mut Seeds, directory: &Path) -> Result<()> {
    for file in every_file(directory)? {
        let extension = file.extension().and_then(|extension| extension.to_str());
        let found = ARTEFACTS
            .iter()
            .find(|(known, _)| Some(*known) == extension);
        if let Some((_, target)) = found {
            seeds.add(target, fs_err::read(&file)?);
        }
    }
    Ok(())
}

/// Seeds of our own, in a directory for each target.
fn add_own(seeds: &mut Seeds, directory: &Path) -> Result<()> {
    for file in every_file(directory)? {
        let target = file
            .parent()
            .and_then(|parent| parent.file_name()?.to_str());
        let target = target.context("a seed in no target's directory")?;
        seeds.add(target, fs_err::read(&file)?);
    }
    Ok(())
}

/// Locks together with their manifests.
fn add_monorepo(seeds: &mut Seeds) -> Result<()> {
    let directory = tempfile::tempdir()?;
    let size = Size {
        projects: 20,
        packages: 6,
    };
    monorepo::write(directory.path(), size)?;
    add_directory(seeds, directory.path())?;
    for file in every_file(directory.path())? {
        let Some(target) = target_of(&file).filter(|target| target.contains("lock")) else {
            continue;
        };
        let parent = file.parent().context("a file in no directory")?;
        for other in every_file(parent)?.iter().filter(|other| **other != file) {
            let mut pair = fs_err::read(&file)?;
            pair.push(0);
            pair.extend(fs_err::read(other)?);
            seeds.add(&target, pair);
        }
    }
    Ok(())
}

fn add_rules(seeds: &mut Seeds) {
    for rule in holdfast_rules::catalogue() {
        for file in rule.example() {
            if let Some(target) = target_of(Path::new(&file.path)) {
                seeds.add(&target, file.content);
            }
        }
    }
}

/// Records as their authors wrote them.
fn add_advisories(seeds: &mut Seeds, directory: &Path) -> Result<()> {
    for file in every_file(directory)?.into_iter().take(ADVISORIES) {
        if file
            .extension()
            .is_some_and(|extension| extension == "yaml")
        {
            seeds.add("osv_yaml", fs_err::read(&file)?);
        }
    }
    Ok(())
}

fn target_of(file: &Path) -> Option<String> {
    let name = file.file_name()?.to_str()?;
    let directory = file
        .ancestors()
        .filter_map(|ancestor| ancestor.file_name()?.to_str())
        .find_map(|name| DIRECTORIES.iter().find(|(known, _)| *known == name));
    if is_lock_file_name(name) {
        return Some("pylock".to_owned());
    }
    if name == "holdfast.toml" {
        return Some("holdfast_toml".to_owned());
    }
    if let Some(format) = recognise(name) {
        return Some(match format.name() {
            "constraints" => "requirements".to_owned(),
            name => name.replace('-', "_"),
        });
    }
    if let Some((_, target)) = directory {
        return Some((*target).to_owned());
    }
    let in_pylocks = file.to_str().is_some_and(|path| path.contains("pylocks"));
    match file.extension()?.to_str()? {
        "toml" if in_pylocks => Some("pylock".to_owned()),
        "yaml" => Some("osv_yaml".to_owned()),
        _ => None,
    }
}

/// Files that are small enough, sorted.
fn every_file(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut waiting = vec![directory.to_owned()];
    while let Some(directory) = waiting.pop() {
        for entry in fs_err::read_dir(&directory)? {
            let entry = entry?;
            let metadata = entry.metadata()?;
            if metadata.is_dir() {
                waiting.push(entry.path());
            } else if metadata.is_file() && metadata.len() <= LARGEST {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

fn report_targets_without_seeds(seeds: &Seeds, fuzz: &Path) -> Result<()> {
    let targets = workspace::files(&fuzz.join("fuzz_targets"), "rs")?;
    let names: Vec<&str> = targets
        .iter()
        .filter_map(|target| target.file_stem()?.to_str())
        .collect();
    for name in &names {
        if !seeds.0.contains_key(*name) {
            workspace::say(&format!("`{name}` has no seed"));
        }
    }
    for name in seeds.0.keys() {
        anyhow::ensure!(
            names.contains(&name.as_str()),
            "there are seeds for `{name}`, which is no target"
        );
    }
    Ok(())
}
