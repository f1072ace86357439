//! What `lock` adds to `uv lock`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::example::{self, Example};
use super::measure::{Run, Series, run};
use super::setting::Setting;
use super::table::{Bar, Limit, Row, Section, Unit};
use crate::workspace;

const RUNS: usize = 15;

#[derive(Default)]
struct Measured {
    uv_anew: Series,
    uv_again: Series,
    lock_anew: Series,
    lock_again: Series,
    solver: Series,
    added: Series,
}

/// Measures.
pub(super) fn measure(setting: &Setting) -> Result<Section> {
    let example = example::prepare(setting)?;
    let uv_project = uv_project(setting, &example)?;
    let mut measured = Measured::default();
    for _ in 0..RUNS {
        example::without_locks(&uv_project)?;
        let uv = run(uv_lock(setting, &example, &uv_project))?;
        measured.uv_anew.push(uv.wall);

        example::without_locks(&example.project)?;
        let lock = run(holdfast_lock(setting, &example))?;
        let (total, solver) = timings(&lock)?;
        measured.lock_anew.push(lock.wall);
        measured.solver.push(solver);
        measured.added.push(total.saturating_sub(solver));

        let uv = run(uv_lock(setting, &example, &uv_project))?;
        measured.uv_again.push(uv.wall);
        let lock = run(holdfast_lock(setting, &example))?;
        measured.lock_again.push(lock.wall);
    }
    Ok(section(&example, &measured))
}

fn section(example: &Example, measured: &Measured) -> Section {
    let uv = measured.uv_anew.median();
    Section {
        title: "`lock` beside `uv lock`",
        about: format!(
            "`examples/churn` (training and serving on one core, solved jointly), everything cached, \
             `--offline`. `uv lock` locks a project of the same declarations, with the same uv. Advisory \
             data: {} and the example's own.",
            example.advisories.name
        ),
        rows: vec![
            Row::time("`uv lock`, from no lock", &measured.uv_anew),
            Row::time(
                "`holdfast lock`, from no locks, the process",
                &measured.lock_anew,
            ),
            Row::time("… of which uv, all of its runs", &measured.solver),
            Row::time(
                "… of which all else: policy, edges, licences, writing",
                &measured.added,
            ),
            Row::time("`uv lock`, nothing to change", &measured.uv_again),
            Row::time("`holdfast lock`, nothing to change", &measured.lock_again),
        ],
        bars: vec![
            Bar {
                name: "all that `lock` adds, of one `uv lock`".to_owned(),
                measured: measured.added.median() / uv,
                limit: Limit::AtMost(0.3),
                unit: Unit::Percent,
            },
            Bar {
                name: "nothing to change, beside `uv lock`".to_owned(),
                measured: measured.lock_again.median() / measured.uv_again.median(),
                limit: Limit::AtMost(1.2),
                unit: Unit::Times,
            },
        ],
    }
}

fn holdfast_lock(setting: &Setting, example: &Example) -> Command {
    let mut command = setting.holdfast(&example.cache);
    command
        .args(["lock", "--offline", "--format", "json"])
        .arg(&example.project);
    command
}

fn uv_lock(setting: &Setting, example: &Example, project: &Path) -> Command {
    let mut command = setting.uv(&example.cache);
    command.args(["lock", "--offline"]).current_dir(project);
    command
}

/// All of a run's time, and the solver's part of it.
fn timings(lock: &Run) -> Result<(Duration, Duration)> {
    let report: serde_json::Value = serde_json::from_str(&lock.printed)?;
    let seconds = |key: &str| {
        report
            .get("timings")
            .and_then(|timings| timings.get(key))
            .and_then(serde_json::Value::as_f64)
            .map(Duration::from_secs_f64)
            .with_context(|| format!("the report of `lock` has no `timings.{key}`"))
    };
    Ok((seconds("total")?, seconds("solver")?))
}

/// The example's declarations as a project of uv's own, with everything cached that it asks for.
fn uv_project(setting: &Setting, example: &Example) -> Result<PathBuf> {
    let project = setting.emptied("uv-project")?;
    let mut text = String::from(
        "[project]\nname = \"churn\"\nversion = \"0\"\nrequires-python = \"==3.11.*\"\n\n\
         [tool.uv]\npackage = false\nno-build = true\n\
         environments = [\"sys_platform == 'linux' and platform_machine == 'x86_64'\"]\n\n\
         [dependency-groups]\n",
    );
    for (group, included) in [("core", ""), ("train", "core"), ("serve", "core")] {
        let mut items: Vec<String> = requirements(group)?
            .iter()
            .map(|requirement| format!("\"{requirement}\""))
            .collect();
        if !included.is_empty() {
            items.push(format!("{{ include-group = \"{included}\" }}"));
        }
        writeln!(text, "{group} = [{}]", items.join(", "))?;
    }
    fs_err::write(project.join("pyproject.toml"), text)?;
    let mut warm = setting.uv(&example.cache);
    warm.arg("lock").current_dir(&project);
    run(warm)?;
    Ok(project)
}

/// The requirements of one of the example's files, without comments.
fn requirements(name: &str) -> Result<Vec<String>> {
    let file = workspace::root().join(format!("examples/churn/requirements/{name}.in"));
    Ok(workspace::read(&file)?
        .lines()
        .filter_map(|line| line.split('#').next())
        .map(|line| line.trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect())
}
