//! What real models answer, recorded, compared and bisected: the example under its own lock and after
//! an upgrade, and a model of MLflow, with real libraries from the real package index.
//!
//! Without a network these tests skip and say so; with `CI=true` they fail instead.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::real_index::{copy, online, run};

const GOLDEN: &str = "golden.jsonl";
const LOCK: &str = "pylock.serve.toml";

/// Copies of the examples before and after the upgrade, in a directory that is removed.
struct Examples(tempfile::TempDir);

impl Examples {
    fn new() -> Self {
        let examples = Self(tempfile::tempdir().unwrap());
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
        for name in ["churn", "churn-upgraded"] {
            copy(&source.join(name), &examples.0.path().join(name));
        }
        examples
    }

    fn churn(&self) -> PathBuf {
        self.0.path().join("churn")
    }

    fn holdfast(&self, arguments: &[&str]) -> Command {
        holdfast(&self.churn(), arguments)
    }
}

fn holdfast(project: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_holdfast"));
    command.args(arguments).current_dir(project);
    command
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

#[test]
fn the_upgrade_of_the_example_changes_predictions_and_numpy_is_named() {
    let examples = Examples::new();
    let upgraded = format!("../churn-upgraded/{LOCK}");
    let bisect = [
        "golden", "bisect", "--format", "json", "--from", LOCK, "--to", &upgraded,
    ];
    let Some(printed) = online(|| examples.holdfast(&bisect)) else {
        return;
    };
    let answer: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(answer["verdict"], "culprits", "{answer:#}");
    let culprits = answer["culprits"].as_array().unwrap();
    assert_eq!(culprits.len(), 1, "{answer:#}");
    assert_eq!(culprits[0]["changes"][0]["package"], "numpy");
    assert_eq!(culprits[0]["changes"].as_array().unwrap().len(), 1);
    assert_eq!(culprits[0]["explains"], "all");
    assert!(culprits[0]["difference"]["flipped"].as_u64().unwrap() > 0);
    assert_eq!(answer["changes"].as_array().unwrap().len(), 14);
    let trials = answer["trials"].as_array().unwrap();
    assert!(trials.len() <= 8, "{trials:#?}");

    // what was recorded elsewhere and long ago comes back under the lock that it was recorded with
    let own =
        run(&mut examples.holdfast(&["golden", "compare", "--format", "json", "--lock", LOCK]));
    let own = json(&own);
    assert_eq!(own["changed"], 0, "{own:#}");
    let compare = ["golden", "compare", "--format", "json", "--lock", &upgraded];
    let output = run(&mut examples.holdfast(&compare));
    assert_eq!(output.status.code(), Some(1));
    let comparison = json(&output);
    assert_eq!(comparison["findings"][0]["rule"], "changed-predictions");
    assert!(
        comparison["changed"].as_u64().unwrap() > 150,
        "{comparison:#}"
    );
}

const MLFLOW: &str = "\
import mlflow.sklearn, pandas
from sklearn.linear_model import LinearRegression
table = pandas.DataFrame({'a': [0.0, 1.0, 2.0, 3.0], 'b': [1.0, 0.0, 1.0, 0.0]})
model = LinearRegression().fit(table, [0.1, 1.3, 2.2, 3.1])
mlflow.sklearn.save_model(model, 'model', pip_requirements=['scikit-learn'])
";

#[test]
fn a_model_of_mlflow_is_recorded_and_answers_the_same_again() {
    let project = tempfile::tempdir().unwrap();
    let project = project.path();
    let write = |name: &str, text: &str| fs_err::write(project.join(name), text).unwrap();
    write(
        "holdfast.toml",
        "[environments.serve]\npython = \"3.11\"\nrequirements = [\"requirements.in\"]\n",
    );
    write(
        "requirements.in",
        "mlflow-skinny>=2.20,<3\nscikit-learn>=1.5,<1.7\npandas<3\n",
    );
    write("inputs.csv", "a,b\n0.5,1\n2,0\n");
    for step in [&["lock"][..], &["sync"]] {
        if online(|| holdfast(project, step)).is_none() {
            return;
        }
    }
    let mut make = Command::new(project.join(".venv/bin/python"));
    make.current_dir(project)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .args(["-c", MLFLOW]);
    let made = run(&mut make);
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    let record = [
        "golden",
        "record",
        "--mlflow",
        "model",
        "--inputs",
        "inputs.csv",
        "-o",
        GOLDEN,
    ];
    let recorded = run(&mut holdfast(project, &record));
    assert!(
        recorded.status.success(),
        "{}",
        String::from_utf8_lossy(&recorded.stderr)
    );
    let golden = fs_err::read_to_string(project.join(GOLDEN)).unwrap();
    assert!(golden.contains("\"model/MLmodel\""), "{golden}");
    assert!(
        golden.contains("{\"input\":{\"a\":2,\"b\":0},\"prediction\":"),
        "{golden}"
    );
    let compared = run(&mut holdfast(
        project,
        &["golden", "compare", "--format", "json"],
    ));
    assert_eq!(json(&compared)["identical"], 2);
}
