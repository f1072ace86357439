//! Models that real libraries wrote a moment ago, told and judged: three versions of each library,
//! installed by `sync` from locks that `lock` made from the real package index.
//!
//! Without a network these tests skip and say so; with `CI=true` they fail instead.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::real_index::{online, run};

/// What an environment has.
struct Generation {
    name: &'static str,
    requirements: &'static [&'static str],
    numpy: &'static str,
}

const GENERATIONS: [Generation; 3] = [
    Generation {
        name: "old",
        requirements: &[
            "scikit-learn==1.3.2",
            "numpy==1.26.4",
            "pandas==2.1.4",
            "lightgbm==3.3.5",
            "xgboost-cpu==2.1.4",
            "onnx==1.14.1",
        ],
        numpy: "1.x",
    },
    Generation {
        name: "middle",
        requirements: &[
            "scikit-learn==1.5.2",
            "numpy==1.26.4",
            "pandas==2.2.3",
            "lightgbm==4.3.0",
            "xgboost-cpu==3.0.5",
            "onnx==1.16.2",
        ],
        numpy: "1.x",
    },
    Generation {
        name: "new",
        requirements: &[
            "scikit-learn==1.7.2",
            "numpy==2.3.5",
            "pandas==2.3.3",
            "lightgbm==4.6.0",
            "xgboost-cpu==3.1.3",
            "onnx==1.19.1",
            "skl2onnx==1.19.1",
            // what skl2onnx imports and does not ask for
            "packaging==25.0",
        ],
        numpy: "2.x",
    },
];

impl Generation {
    /// The version that is asked for.
    fn version(&self, package: &str) -> &'static str {
        let requirement = self
            .requirements
            .iter()
            .find_map(|requirement| requirement.strip_prefix(package)?.strip_prefix("=="));
        requirement.unwrap()
    }
}

/// A project with this environment; releases are old and have advisories, which is not the matter.
fn configure(project: &Path, generation: &Generation) {
    let mut configuration = "[environments.write]\npython = \"3.11\"\n\
         platforms = [\"linux-x86_64-glibc2.28\"]\nrequirements = [\"write.in\"]\n"
        .to_owned();
    for requirement in generation.requirements {
        let (package, _) = requirement.split_once("==").unwrap();
        let _ = write!(
            configuration,
            "[[waivers]]\nrule = \"known-vulnerability\"\nsubject = \"pkg:pypi/{package}\"\n\
             reason = \"it writes test material\"\nowner = \"tests\"\nuntil = 2099-12-31\n"
        );
    }
    fs_err::write(project.join("holdfast.toml"), configuration).unwrap();
    let requirements = generation.requirements.join("\n");
    fs_err::write(project.join("write.in"), requirements).unwrap();
}

fn holdfast(project: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_holdfast"));
    command.args(arguments).current_dir(project);
    command
}

/// The document that a command prints.
fn document(project: &Path, arguments: &[&str]) -> Value {
    let output = run(&mut holdfast(project, arguments));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

/// Locks, installs, writes; nothing without a network.
fn written(project: &Path, generation: &Generation) -> Option<()> {
    configure(project, generation);
    online(|| holdfast(project, &["lock"]))?;
    online(|| holdfast(project, &["sync", "--venv", "venv"]))?;
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cli/models/write.py");
    let mut python = Command::new(project.join("venv/bin/python"));
    python
        .arg(script)
        .arg("models")
        .current_dir(project)
        .env("OMP_NUM_THREADS", "1");
    let output = run(&mut python);
    assert!(output.status.success(), "{output:?}");
    Some(())
}

/// The version that a file says of a library: nothing where it names it not at all.
fn version_of<'a>(artefact: &'a Value, library: &str) -> Option<&'a Value> {
    let writers = artefact["writers"].as_array().unwrap();
    let writer = writers.iter().find(|writer| writer["library"] == library)?;
    Some(&writer["version"])
}

fn check(project: &Path, generation: &Generation) {
    let inspected = document(project, &["model", "inspect", "models", "--format", "json"]);
    let artefacts = inspected["artefacts"].as_array().unwrap();
    let mut told = Told::default();
    for artefact in artefacts {
        told.add(artefact, generation);
    }
    assert!(told.files > 400, "{} files", told.files);
    assert!(told.scikit_learn > 120, "{}", told.scikit_learn);
    assert!(told.numpy > 100, "{}", told.numpy);
    assert!(told.xgboost >= 8, "{}", told.xgboost);
    assert!(told.lightgbm >= 8, "{}", told.lightgbm);
    assert!(told.onnx >= 3, "{}", told.onnx);
    let scanned = document(project, &["model", "scan", "models", "--format", "json"]);
    let said: Vec<_> = scanned["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["severity"] != "note")
        .map(|finding| finding["message"].to_string())
        .collect();
    assert!(said.is_empty(), "{}: {said:#?}", generation.name);
}

/// How many files said what they had to say.
#[derive(Default)]
struct Told {
    files: usize,
    scikit_learn: usize,
    numpy: usize,
    xgboost: usize,
    lightgbm: usize,
    onnx: usize,
}

impl Told {
    fn add(&mut self, artefact: &Value, generation: &Generation) {
        let path = artefact["path"].as_str().unwrap();
        let folder = path.split('/').nth(1).unwrap();
        self.files += 1;
        // raw numbers say nothing of the generation
        if let Some(version) = version_of(artefact, "numpy").filter(|version| !version.is_null()) {
            assert_eq!(version, generation.numpy, "{path}");
            self.numpy += 1;
        }
        match folder {
            "scikit-learn" => {
                let version = version_of(artefact, "scikit-learn");
                let version = version.unwrap_or_else(|| panic!("{path}: {artefact:#}"));
                assert_eq!(version, generation.version("scikit-learn"), "{path}");
                self.scikit_learn += 1;
            }
            "xgboost" => {
                let version = version_of(artefact, "xgboost");
                let version = version.unwrap_or_else(|| panic!("{path}: {artefact:#}"));
                // protocol 2 keeps bytes as text, and the model's are not followed there
                let expected = if path.ends_with(".2.pkl") {
                    Value::Null
                } else {
                    generation.version("xgboost-cpu").into()
                };
                assert_eq!(version, &expected, "{path}");
                self.xgboost += 1;
            }
            "xgboost-binary" => {
                // since 3.1 UBJSON, whatever the name
                assert!(
                    version_of(artefact, "xgboost").is_some(),
                    "{path}: {artefact:#}"
                );
            }
            "lightgbm" => {
                let version = version_of(artefact, "lightgbm");
                let version = version.unwrap_or_else(|| panic!("{path}: {artefact:#}"));
                assert_eq!(version, &Value::Null, "{path}");
                self.lightgbm += 1;
            }
            "onnx" if artefact["format"] == "onnx" => {
                self.onnx += 1;
                onnx(path, artefact, generation);
            }
            _ => {}
        }
    }
}

/// What ONNX says of itself: who produced it, the IR and the opsets.
fn onnx(path: &str, artefact: &Value, generation: &Generation) {
    assert_eq!(artefact["format"], "onnx", "{path}");
    let metadata = &artefact["metadata"];
    if path.ends_with("plain.onnx") || path.ends_with("outside.onnx") {
        assert_eq!(metadata["onnx.producer"], "churn-tool 7.1", "{metadata}");
        assert_eq!(metadata["onnx.ir-version"], "8", "{metadata}");
        assert_eq!(metadata["onnx.opset.ai.onnx"], "15", "{metadata}");
        assert_eq!(metadata["onnx.opset.ai.onnx.ml"], "2", "{metadata}");
    } else if path.ends_with("converted.onnx") {
        let version = version_of(artefact, "skl2onnx").unwrap();
        assert_eq!(version, generation.version("skl2onnx"), "{path}");
    }
}

#[test]
fn real_models_of_three_versions_of_each_library_are_told_and_pass() {
    for generation in &GENERATIONS {
        let project = tempfile::tempdir().unwrap();
        if written(project.path(), generation).is_none() {
            return;
        }
        check(project.path(), generation);
    }
}
