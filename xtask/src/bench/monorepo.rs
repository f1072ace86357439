//! `check` of a monorepo beside one Python process that only parses the same files.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use super::measure::{Run, Series, megabytes, run};
use super::setting::Setting;
use super::table::{Bar, Limit, Row, Section, Unit};
use super::{advisories, check};
use crate::monorepo::{self, Size};

const SIZE: Size = Size {
    projects: 1000,
    packages: 300,
};
const RUNS: usize = 3;

/// A program on the tree.
#[derive(Default)]
struct Measured {
    wall: Series,
    processor: Series,
    memory: u64,
}

impl Measured {
    fn add(&mut self, run: &Run) {
        self.wall.push(run.wall);
        self.processor.push(run.processor);
        self.memory = self.memory.max(run.memory);
    }

    fn rows(&self, name: &str) -> [Row; 3] {
        [
            Row::time(name, &self.wall),
            Row::time("… time on all cores", &self.processor),
            Row::fact(
                "… the most memory that was resident",
                megabytes(self.memory),
            ),
        ]
    }
}

/// Measures.
pub(super) fn measure(setting: &Setting) -> Result<Section> {
    let python = setting.python()?;
    let tree = setting.emptied("monorepo")?;
    monorepo::write(&tree, SIZE)?;
    let cache = setting.emptied("monorepo-cache")?;
    advisories::generated(setting)?.import(setting, &cache)?;

    let mut ours = Measured::default();
    let mut theirs = Measured::default();
    let mut without_yaml = Measured::default();
    for _ in 0..RUNS {
        let mut command = setting.holdfast(&cache);
        command.arg("check").arg(&tree);
        ours.add(&run(command)?);
        let all = run(script(&python, &tree))?;
        saw(&all, SIZE.projects)?;
        theirs.add(&all);
        let mut command = script(&python, &tree);
        command.arg("--without-yaml");
        without_yaml.add(&run(command)?);
    }
    Ok(section(&ours, &theirs, &without_yaml))
}

fn section(ours: &Measured, theirs: &Measured, without_yaml: &Measured) -> Section {
    let mut rows = Vec::new();
    rows.extend(ours.rows("`holdfast check`"));
    rows.extend(theirs.rows("Python, the same files"));
    rows.extend(without_yaml.rows("Python, without the two formats in YAML"));
    let bar = |name: &str, measured, limit, unit| Bar {
        name: name.to_owned(),
        measured,
        limit,
        unit,
    };
    Section {
        title: "`check` of a monorepo",
        about: format!(
            "`cargo xtask monorepo`: {} projects below one directory, of ten kinds, each with a manifest \
             and a lock of {} packages. `holdfast check` runs every rule over them, with nothing cached \
             but 25000 generated advisories. The Python script only parses the same files, in one \
             process: with `tomllib`, `json` and libyaml, and each version and requirement with \
             `packaging`.",
            SIZE.projects, SIZE.packages
        ),
        rows,
        bars: vec![
            bar(
                "times faster than Python, per core",
                theirs.processor.median() / ours.processor.median(),
                Limit::AtLeast(5.0),
                Unit::Times,
            ),
            bar(
                "cores in use",
                ours.processor.median() / ours.wall.median(),
                Limit::AtLeast(1.5),
                Unit::Times,
            ),
            bar(
                "memory",
                check::as_megabytes(ours.memory),
                Limit::AtMost(300.0),
                Unit::Megabytes,
            ),
        ],
    }
}

fn script(python: &PathBuf, tree: &Path) -> Command {
    let mut command = Command::new(python);
    command.arg(Setting::script("parse.py")).arg(tree);
    command
}

/// The script counts the packages that it saw; nothing is compared where it saw too few.
fn saw(script: &Run, projects: usize) -> Result<()> {
    let seen: usize = script
        .printed
        .split_whitespace()
        .next()
        .context("the script printed nothing")?
        .parse()?;
    ensure!(
        seen >= projects * SIZE.packages,
        "the script saw {seen} packages in {projects} projects"
    );
    Ok(())
}
