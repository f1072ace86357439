//! Model files beside the locks that load them: configured, recorded, and held against what is locked.

use insta::assert_snapshot;
use testkit::{FakeProject, FakeRelease};

use crate::support::{Fixture, project, releases};

/// A pickle of protocol 0, which is text: an estimator that scikit-learn 1.5.2 wrote under numpy 1.
const PICKLE: &str = "ccopy_reg
_reconstructor
p0
(csklearn.linear_model._logistic
LogisticRegression
p1
c__builtin__
object
p2
Ntp3
Rp4
(dp5
Vcoef_
p6
cnumpy.core.multiarray
_reconstruct
p7
(cnumpy
ndarray
p8
(I0
tp9
S'b'
p10
tp11
Rp12
sV_sklearn_version
p13
V1.5.2
p14
sb.";

/// A model of XGBoost 3.0.5.
const XGBOOST: &str = r#"{
  "learner": {
    "attributes": {},
    "feature_names": [],
    "gradient_booster": {"model": {"trees": []}, "name": "gbtree"},
    "learner_model_param": {"base_score": "5E-1", "num_class": "0", "num_feature": "2"},
    "objective": {"name": "reg:squarederror"}
  },
  "version": [3, 0, 5]
}
"#;

const CHURN: &str = "[[artefacts]]\npath = \"models/churn.pkl\"\nenvironment = \"app\"\n";

fn index() -> Vec<FakeProject> {
    vec![
        project(
            "scikit-learn",
            [
                FakeRelease::new("1.5.2").requires("numpy"),
                FakeRelease::new("1.6.1").requires("numpy"),
            ],
        ),
        project("numpy", releases(["1.26.4", "2.1.0"])),
        project("xgboost", releases(["2.1.0"])),
        project("flask", releases(["3.0.3"])),
    ]
}

/// A project with a model file, named or not, and a lock of what it asks for.
fn locked(requirements: &str, configuration: &str) -> Fixture {
    let fixture = Fixture::new(requirements, index());
    fixture.configure(configuration);
    fixture.write("models/churn.pkl", PICKLE);
    fixture.lock();
    fixture
}

/// The findings of one run as `severity rule: message`, and gaps as `gap rule: reason`; those about
/// model files alone.
fn told(fixture: &Fixture, arguments: &[&str]) -> Vec<String> {
    let evaluation = fixture
        .run(&[arguments, &["--format", "json"]].concat())
        .json();
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let findings = evaluation["findings"].as_array().unwrap().iter();
    let gaps = evaluation["not_evaluated"].as_array().unwrap().iter();
    let is_ours = |entry: &&serde_json::Value| text(&entry["rule"]).starts_with("artefact-");
    let mut told: Vec<String> = findings
        .filter(is_ours)
        .map(|it| {
            format!(
                "{} {}: {}",
                text(&it["severity"]),
                text(&it["rule"]),
                text(&it["message"])
            )
        })
        .collect();
    told.extend(
        gaps.filter(is_ours)
            .map(|it| format!("gap {}: {}", text(&it["rule"]), text(&it["reason"]))),
    );
    told
}

#[test]
fn a_lock_records_the_model_files_that_the_configuration_names() {
    let fixture = locked("numpy\n", CHURN);
    let lock = fixture.read("pylock.app.toml");
    let (_, recorded) = lock.split_once("[[tool.holdfast.artefacts]]").unwrap();
    assert!(
        recorded.starts_with("\npath = \"models/churn.pkl\"\nsize = "),
        "{recorded}"
    );
    fixture.run(&["lock", "--check"]).exits(0);
    // nothing to do: not a byte moves
    fixture.lock();
    assert_eq!(fixture.read("pylock.app.toml"), lock);
}

#[test]
fn another_file_is_found_and_recorded_without_moving_a_version() {
    let fixture = locked("numpy<2\n", CHURN);
    let versions = fixture.versions();
    let before = fixture.read("pylock.app.toml");
    fixture.write("before/pylock.app.toml", &before);
    fixture.write("models/churn.pkl", PICKLE.replace("1.5.2", "1.5.1"));
    let found = told(&fixture, &["lock", "--check"]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("error artefact-hash-mismatch: `models/churn.pkl` is not the file that `pylock.app.toml` records: its SHA-256 is "), "{found:?}");
    fixture.run(&["lock", "--check"]).exits(1);
    fixture.write("models/churn.pkl", "cut off");
    assert!(told(&fixture, &["lock", "--check"])[0].contains("it has 7 bytes in place of"));

    fixture.publish(vec![project("numpy", releases(["1.26.4", "1.26.5"]))]);
    fixture.lock();
    assert_eq!(fixture.versions(), versions);
    fixture.run(&["lock", "--check"]).exits(0);
    let diff = fixture
        .run(&["diff", "before/pylock.app.toml", "pylock.app.toml"])
        .succeeds()
        .stdout;
    assert!(diff.contains("artefact models/churn.pkl"), "{diff}");
    assert!(diff.contains("the same packages"), "{diff}");
}

#[test]
fn a_file_that_is_named_later_is_not_recorded_until_it_is_locked() {
    let fixture = locked("numpy\n", "");
    fixture.configure(CHURN);
    assert_eq!(
        told(&fixture, &["lock", "--check"]),
        [
            "error artefact-unlocked: `models/churn.pkl` is not recorded in `pylock.app.toml`: a file that is exchanged would go unnoticed"
        ]
    );
    fixture.lock();
    fixture.run(&["lock", "--check"]).exits(0);
    // and one that is named no more is left over
    fixture.configure("");
    let checked = fixture.run(&["lock", "--check"]).exits(1).stdout;
    assert!(
        checked.contains("is recorded, and the configuration does not name it for `app`"),
        "{checked}"
    );
    fixture.lock();
    assert!(!fixture.read("pylock.app.toml").contains("artefacts"));
}

#[test]
fn a_file_that_is_not_there_is_said_once_and_its_record_is_kept() {
    let fixture = locked("numpy\n", CHURN);
    let before = fixture.read("pylock.app.toml");
    fs_err::remove_file(fixture.path("models/churn.pkl")).unwrap();
    assert_eq!(
        told(&fixture, &["check"]),
        [
            "gap artefact-hash-mismatch: model files that the configuration names are not there (`models/churn.pkl`): fetch them, or correct the paths"
        ]
    );
    let ran = fixture.run(&["lock"]).succeeds();
    assert!(
        ran.stderr.contains("`models/churn.pkl` is not there"),
        "{}",
        ran.stderr
    );
    assert_eq!(fixture.read("pylock.app.toml"), before);
}

#[test]
fn a_path_that_is_no_file_stops_the_lock_at_its_place() {
    let fixture = Fixture::new("numpy\n", index());
    fixture.configure("[[artefacts]]\npath = \"models\"\n");
    fixture.write("models/churn.pkl", PICKLE);
    let ran = fixture.run(&["lock"]).exits(2);
    assert!(
        ran.stderr
            .contains("it names `models`, which cannot be read: not a regular file"),
        "{}",
        ran.stderr
    );
    assert!(!fixture.has("pylock.app.toml"));
}

#[test]
fn a_pickle_is_held_against_what_is_locked() {
    let fixture = locked("scikit-learn\nnumpy\n", CHURN);
    assert_eq!(
        told(&fixture, &["check"]),
        [
            "warning artefact-numpy-generation: `models/churn.pkl` was written under numpy 1.x, and `pylock.app.toml` locks numpy 2.1.0: it loads, and may compute other numbers: numpy 2 changed how types are promoted (NEP 50)",
            "error artefact-version-mismatch: `models/churn.pkl` was written by scikit-learn 1.5.2, and `pylock.app.toml` locks scikit-learn 1.6.1: scikit-learn supports loading a model only in the version that wrote it",
        ]
    );
    let fits = locked("scikit-learn==1.5.2\nnumpy<2\n", CHURN);
    assert_eq!(told(&fits, &["check"]), [""; 0]);
    let without = locked("flask\n", CHURN);
    assert_eq!(
        told(&without, &["check"]),
        [
            "error artefact-library-not-locked: `models/churn.pkl` needs `numpy`, `scikit-learn`, and `pylock.app.toml` has them not"
        ]
    );
}

#[test]
fn a_model_of_xgboost_is_held_against_what_is_locked() {
    let fixture = Fixture::new("xgboost\n", index());
    fixture.configure("[[artefacts]]\npath = \"models/risk.json\"\n");
    fixture.write("models/risk.json", XGBOOST);
    fixture.lock();
    assert_eq!(
        told(&fixture, &["check"]),
        [
            "error artefact-version-mismatch: `models/risk.json` was written by xgboost 3.0.5, and `pylock.app.toml` locks xgboost 2.1.0: XGBoost reads JSON and UBJSON models of earlier versions, and does not promise to read those of later ones"
        ]
    );
}

#[test]
fn files_that_nobody_named_are_found_and_no_line_of_them_is_shown() {
    let fixture = locked("scikit-learn\nnumpy\n", "");
    fixture.write("notebooks/.ipynb_checkpoints/x.pkl", PICKLE);
    let ran = fixture.run(&["check"]).exits(1).stdout;
    assert!(ran.contains("models/churn.pkl:1:1"), "{ran}");
    assert!(!ran.contains("copy_reg"), "{ran}");
    assert!(!ran.contains("ipynb"), "{ran}");
    assert_snapshot!(told(&fixture, &["check"]).join("\n"));
    // they are recorded only where they are named
    assert!(!fixture.read("pylock.app.toml").contains("artefacts"));
}
