//! `golden bisect` on a real upgrade: how many environments, and how long each takes.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use super::example::copy;
use super::measure::{Series, run};
use super::setting::Setting;
use super::table::{Bar, Limit, Row, Section, Unit};
use crate::workspace;

const RUNS: usize = 3;
const LOCK: &str = "pylock.serve.toml";

/// Measures.
pub(super) fn measure(setting: &Setting) -> Result<Section> {
    let place = setting.emptied("bisect")?;
    let examples = workspace::root().join("examples");
    for name in ["churn", "churn-upgraded"] {
        let (from, to) = (examples.join(name), place.join(name));
        fs_err::create_dir_all(&to)?;
        copy(&from, &to)?;
        fs_err::copy(from.join(LOCK), to.join(LOCK))?;
    }
    let cache = setting.directory("bisect-cache")?;
    workspace::complain("filling the cache");
    run(bisect(setting, &cache, &place))?;
    let mut whole = Series::default();
    let mut each = Series::default();
    let mut slowest = Duration::ZERO;
    let mut most = 0;
    let mut changes = 0;
    for _ in 0..RUNS {
        let ran = run(bisect(setting, &cache, &place))?;
        whole.push(ran.wall);
        let answer: Value = serde_json::from_str(&ran.printed)?;
        changes = array(&answer, "changes")?.len();
        is_numpy(&answer)?;
        let trials = array(&answer, "trials")?;
        most = most.max(trials.len());
        for trial in trials {
            let took = seconds(trial, "seconds_install")? + seconds(trial, "seconds_run")?;
            each.push(took);
            slowest = slowest.max(took);
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "a handful of environments")]
    let environments = most as f64;
    Ok(Section {
        title: "`golden bisect` of an upgrade",
        about: format!(
            "`examples/churn` under its own lock and under that of `examples/churn-upgraded`, which differ \
             in {changes} packages; numpy is responsible. Everything is in uv's cache. An environment is \
             made or changed, scikit-learn and the model are loaded in it, contained, and 200 customers \
             are predicted; as many are tried at once as there are cores."
        ),
        rows: vec![
            Row::time("`holdfast golden bisect`, the process", &whole),
            Row::time("… an environment between the ends, made and run", &each),
            Row::fact("… environments between the ends", most.to_string()),
        ],
        bars: vec![
            Bar {
                name: "environments between the ends".to_owned(),
                measured: environments,
                limit: Limit::AtMost(8.0),
                unit: Unit::Count,
            },
            Bar {
                name: "the slowest of them".to_owned(),
                measured: slowest.as_secs_f64() * 1000.0,
                limit: Limit::AtMost(4000.0),
                unit: Unit::Milliseconds,
            },
        ],
    })
}

fn bisect(setting: &Setting, cache: &Path, place: &Path) -> Command {
    let mut command = setting.holdfast(cache);
    command
        .args(["golden", "bisect", "--format", "json", "--quiet"])
        .arg("--from")
        .arg(place.join("churn").join(LOCK))
        .arg("--to")
        .arg(place.join("churn-upgraded").join(LOCK))
        .arg(place.join("churn"));
    command
}

/// A benchmark of wrong answers would be none.
fn is_numpy(answer: &Value) -> Result<()> {
    let culprits = array(answer, "culprits")?;
    let named = culprits
        .first()
        .and_then(|culprit| culprit.pointer("/changes/0/package"))
        .and_then(Value::as_str);
    ensure!(
        culprits.len() == 1 && named == Some("numpy"),
        "the search did not name numpy alone: {culprits:?}"
    );
    Ok(())
}

fn array<'v>(value: &'v Value, name: &str) -> Result<&'v Vec<Value>> {
    value
        .get(name)
        .and_then(Value::as_array)
        .with_context(|| format!("the answer has no `{name}`"))
}

fn seconds(trial: &Value, name: &str) -> Result<Duration> {
    let seconds = trial.get(name).and_then(Value::as_f64);
    let seconds = seconds.with_context(|| format!("an environment has no `{name}`"))?;
    Ok(Duration::try_from_secs_f64(seconds)?)
}
