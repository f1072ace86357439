//! Facts of whole projects on disk.

#![expect(
    clippy::unwrap_used,
    reason = "in tests, helpers included, a panic is the way to fail"
)]

mod freshness;
mod inventory;

use std::collections::BTreeSet;
use std::path::Path;

use holdfast_knowledge::{Advisories, parse_record};
use holdfast_model::{Facts, Freshness, Inventory, Observed, PackageId, State};
use holdfast_project::{
    GatherOptions, Project, ProjectError, declarations_digest, environment_declared, gather,
    gather_installed, gather_path, inventory, open,
};
use holdfast_rules::{Policy, Selection, evaluate};

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs_err::create_dir_all(path.parent().unwrap()).unwrap();
    fs_err::write(path, text).unwrap();
}

fn directory(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in files {
        write(root.path(), path, text);
    }
    root
}

const CONFIG: &str = r#"
[environments.core]
python = "3.11"
requirements = ["requirements/core.in"]
[environments.train]
extends = "core"
requirements = ["requirements/train.in"]
[environments.serve]
extends = "core"
requirements = ["requirements/serve.in"]
platforms = ["linux-x86_64-glibc2.28"]
"#;

fn churn() -> tempfile::TempDir {
    directory(&[
        ("holdfast.toml", CONFIG),
        ("requirements/core.in", "numpy>=1.26,<2\npandas\n"),
        ("requirements/train.in", "-r core.in\nxgboost==2.0.3\n"),
        ("requirements/serve.in", "fastapi\n"),
    ])
}

fn options() -> GatherOptions<'static> {
    GatherOptions {
        now: "2026-01-01T00:00:00Z".parse().unwrap(),
        ..GatherOptions::default()
    }
}

fn facts(root: &Path) -> Facts {
    gather(&open(root).unwrap(), &options()).unwrap()
}

/// `project name declared-requirements lock` of each environment.
fn lines(facts: &Facts) -> Vec<String> {
    facts
        .environments
        .iter()
        .map(|environment| {
            let declared = match &environment.declared {
                Observed::Present(declared) => declared
                    .requirements
                    .iter()
                    .map(|requirement| requirement.package.name())
                    .collect::<Vec<_>>()
                    .join(","),
                Observed::Unreadable { location, reason } => format!("{location}: {reason}"),
                Observed::NotLookedFor | Observed::Absent { .. } => "-".to_owned(),
            };
            let locked = match &environment.locked {
                Observed::Present(locked) => locked.file.clone(),
                Observed::Unreadable { location, .. } => format!("unreadable {location}"),
                Observed::Absent { expected } => format!("no {}", expected.file),
                Observed::NotLookedFor => "-".to_owned(),
            };
            let name = environment.name.as_ref().map_or("-", |name| name.as_str());
            format!("{}|{name}|{declared}|{locked}", environment.project)
        })
        .collect()
}

#[test]
fn environments_of_a_configuration_are_merged_along_extends() {
    let root = churn();
    assert_eq!(
        lines(&facts(root.path())),
        [
            "|core|numpy,pandas|-",
            "|serve|numpy,pandas,fastapi|no pylock.serve.toml",
            "|train|numpy,pandas,xgboost|no pylock.train.toml",
        ]
    );
}

#[test]
fn picking_an_environment_brings_what_it_extends_and_nothing_else() {
    let root = churn();
    write(root.path(), "tools/requirements.txt", "sphinx\n");
    let project = open(root.path()).unwrap();
    let picked = |name: &str| {
        let environments = Some(vec![name.parse().unwrap()]);
        gather(
            &project,
            &GatherOptions {
                environments,
                ..options()
            },
        )
    };
    assert_eq!(
        lines(&picked("serve").unwrap()),
        [
            "|core|numpy,pandas|-",
            "|serve|numpy,pandas,fastapi|no pylock.serve.toml"
        ]
    );
    let error = picked("serv").unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no environment `serv`: did you mean `serve`?"
    );
}

#[test]
fn what_the_configuration_does_not_name_is_looked_at_too() {
    let root = churn();
    write(root.path(), "tools/requirements.txt", "sphinx\n");
    write(root.path(), "requirements/old.in", "six\n");
    write(
        root.path(),
        "sub/holdfast.toml",
        "[environments.x]\nrequirements = [\"x.in\"]\n",
    );
    write(root.path(), "sub/x.in", "attrs\n");
    // left over from a time when the shared part was locked by itself
    write(
        root.path(),
        "pylock.core.toml",
        "lock-version = \"1.0\"\ncreated-by = \"x\"\npackages = []\n",
    );
    write(
        root.path(),
        "broken/holdfast.toml",
        "[environments.x]\nrequirement = []\n",
    );
    let facts = facts(root.path());
    let found: BTreeSet<String> = lines(&facts).into_iter().collect();
    for expected in [
        "|-|six|no pylock.toml",
        "tools|-|sphinx|no tools/pylock.toml",
        "sub|x|attrs|no sub/pylock.x.toml",
        "|-|numpy,pandas|pylock.core.toml",
    ] {
        assert!(found.contains(expected), "{expected} not in {found:?}");
    }
    assert_eq!(
        facts.unreadable[0].location.to_string(),
        "broken/holdfast.toml:2:1"
    );
}

#[test]
fn a_requirements_file_that_is_missing_is_reported_where_it_is_named() {
    let root = churn();
    fs_err::remove_file(root.path().join("requirements/serve.in")).unwrap();
    let project = open(root.path()).unwrap();
    let error = environment_declared(&project, &"serve".parse().unwrap()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "holdfast.toml:10:17: it names `requirements/serve.in`, which is not there"
    );
    assert!(lines(&facts(root.path()))[1].contains("holdfast.toml:10:17"));
    // the others are looked at all the same
    assert_eq!(
        lines(&facts(root.path()))[2],
        "|train|numpy,pandas,xgboost|no pylock.train.toml"
    );
}

#[test]
fn bad_input_is_refused_with_its_place() {
    let error = |config: &str| {
        open(directory(&[("holdfast.toml", config)]).path())
            .unwrap_err()
            .to_string()
    };
    assert!(error("[environments\n").starts_with("holdfast.toml:1:"));
    assert!(
        error("[environments.a]\nrequirements = [\"../x\"]\n")
            .contains("holdfast.toml:2:17: `../x` leaves the project")
    );
    let both = directory(&[
        ("holdfast.toml", ""),
        ("pyproject.toml", "[tool.holdfast]\n"),
    ]);
    let both = open(both.path()).unwrap_err().to_string();
    assert!(both.contains("configures the project as well"), "{both}");
    let utf16 = tempfile::tempdir().unwrap();
    fs_err::write(utf16.path().join("holdfast.toml"), b"\xFF\xFE[\0").unwrap();
    assert!(
        open(utf16.path())
            .unwrap_err()
            .to_string()
            .contains("UTF-16")
    );
    let missing = open(Path::new("/does/not/exist")).unwrap_err();
    assert!(matches!(missing, ProjectError::Unreachable { .. }));
    let file = directory(&[("x", "")]);
    assert!(matches!(
        open(&file.path().join("x")),
        Err(ProjectError::NotADirectory { .. })
    ));
}

#[test]
fn broken_manifests_and_locks_are_facts_and_stop_nothing() {
    let root = directory(&[
        ("a/requirements.txt", "-r requirements.txt\n"),
        ("b/requirements.txt", "\u{0}\u{1}binary"),
        ("c/requirements.txt", "-r ../../outside.txt\n"),
        (
            "d/pylock.toml",
            "lock-version = \"1.0\"\ncreated-by = \"x\"\n[[packages]]\nna",
        ),
        (
            "e/pylock.toml",
            "lock-version = \"9.0\"\ncreated-by = \"x\"\npackages = []\n",
        ),
        ("f/pyproject.toml", "[project\n"),
        ("g/requirements.txt", "numpy==1.26.4\n"),
    ]);
    let facts = facts(root.path());
    let unreadable: Vec<_> = facts
        .unreadable
        .iter()
        .map(|file| file.location.file.as_str())
        .collect();
    assert_eq!(
        unreadable,
        [
            "a/requirements.txt",
            "b/requirements.txt",
            "c/requirements.txt",
            "f/pyproject.toml"
        ]
    );
    assert_eq!(lines(&facts).len(), 3);
    assert!(
        lines(&facts)[0].contains("unreadable d/pylock.toml:4:"),
        "{:?}",
        lines(&facts)
    );
    assert!(
        lines(&facts)[1].contains("unreadable e/pylock.toml:1:"),
        "{:?}",
        lines(&facts)
    );
    // and the rules see all of them
    let evaluation = evaluate(&Selection::All, &facts, &Policy::default());
    let files: BTreeSet<String> = evaluation
        .findings
        .iter()
        .filter(|finding| finding.severity == holdfast_model::Severity::Error)
        .filter_map(|finding| finding.location.as_ref())
        .map(|location| location.file.clone())
        .collect();
    assert_eq!(files.len(), 6, "{files:?}");
}

#[test]
fn the_digest_is_of_what_is_asked_for_and_of_nothing_else() {
    let digest = |root: &Path| {
        let project = open(root).unwrap();
        ["train", "serve"]
            .map(|name| declarations_digest(&project, &name.parse().unwrap()).unwrap())
    };
    let root = churn();
    let before = digest(root.path());
    // comments, order and what merely judges do not matter
    write(
        root.path(),
        "requirements/core.in",
        "# the core\npandas\nnumpy <2,>=1.26\n",
    );
    write(
        root.path(),
        "holdfast.toml",
        &format!("[lock]\nholding-period = 0\n{CONFIG}"),
    );
    assert_eq!(digest(root.path()), before);
    // a changed serving requirement does not make the training lock stale
    write(root.path(), "requirements/serve.in", "fastapi\nuvicorn\n");
    assert_eq!(digest(root.path())[0], before[0]);
    assert_ne!(digest(root.path())[1], before[1]);
    // the shared part, the interpreter, platforms and indexes matter
    for change in [
        CONFIG.replace("3.11", "3.12"),
        CONFIG.replace(
            "requirements = [\"requirements/train.in\"]",
            "requirements = [\"requirements/train.in\"]\nplatforms = [\"windows-x86_64\"]",
        ),
        format!("{CONFIG}[indexes.a]\nurl = \"https://a.example\"\npackages = [\"acme-*\"]\n"),
    ] {
        write(root.path(), "holdfast.toml", &change);
        assert_ne!(digest(root.path())[0], before[0], "{change}");
    }
}

#[test]
fn pyproject_groups_and_extras_make_environments() {
    let root = directory(&[
        (
            "pyproject.toml",
            "[project]\nname = \"churn\"\nversion = \"1\"\nrequires-python = \">=3.11\"\ndependencies = [\"numpy\"]\n\
             [project.optional-dependencies]\ngpu = [\"torch\"]\n\
             [dependency-groups]\ntrain = [\"xgboost\"]\n\
             [tool.holdfast.environments.core]\nrequirements = [\"pyproject.toml\"]\n\
             [tool.holdfast.environments.train]\nextends = \"core\"\ngroups = [\"train\"]\n\
             [tool.holdfast.environments.gpu]\nextras = [\"gpu\"]\n\
             [tool.holdfast.environments.wrong]\ngroups = [\"trian\"]\n",
        ),
        (".python-version", "3.11.7\n"),
    ]);
    let facts = facts(root.path());
    let lines = lines(&facts);
    assert_eq!(lines[1], "|gpu|numpy,torch|no pylock.gpu.toml");
    assert_eq!(lines[2], "|train|numpy,xgboost|no pylock.train.toml");
    assert!(
        lines[3].contains("trian") && lines[3].contains("train"),
        "{}",
        lines[3]
    );
    let declared = facts.environments[2].declared.present().unwrap();
    let said: Vec<_> = declared
        .python
        .iter()
        .map(|python| python.text.as_str())
        .collect();
    assert!(said.contains(&"3.11.7"), "{said:?}");
}

#[test]
fn a_lock_or_a_requirements_file_is_looked_at_by_itself() {
    let root = directory(&[
        ("pyproject.toml", "[project]\nname = \"x\"\n"),
        ("requirements/train.in", "-r ../base.txt\nxgboost\n"),
        ("base.txt", "numpy==1.26.4\n"),
        (
            "pylock.toml",
            "lock-version = \"1.0\"\ncreated-by = \"pip\"\n[[packages]]\nname = \"six\"\nversion = \"1.16.0\"\n[packages.archive]\nurl = \"https://x.example/six-1.16.0.tar.gz\"\nhashes = {sha256 = \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}\n",
        ),
        ("notes.md", ""),
        ("odd-name.txt", "attrs\n"),
    ]);
    let of = |path: &str| gather_path(&root.path().join(path), &options());
    assert_eq!(
        lines(&of("requirements/train.in").unwrap()),
        ["|-|numpy,xgboost|no pylock.toml"]
    );
    assert_eq!(lines(&of("pylock.toml").unwrap()), ["|-|-|pylock.toml"]);
    assert_eq!(
        lines(&of("odd-name.txt").unwrap()),
        ["|-|attrs|no pylock.toml"]
    );
    assert!(matches!(
        of("notes.md"),
        Err(ProjectError::UnknownFile { .. })
    ));
    assert!(matches!(
        of("missing.txt"),
        Err(ProjectError::Unreachable { .. })
    ));
    let whole = of("").unwrap();
    assert!(!whole.environments.is_empty());
}

#[test]
fn a_monorepo_of_many_projects_is_looked_at_as_a_whole() {
    let root = tempfile::tempdir().unwrap();
    for number in 0..200 {
        write(
            root.path(),
            &format!("services/s{number:03}/requirements.txt"),
            &format!("package-{number}==1.0\nnumpy==1.26.4\n"),
        );
        write(
            root.path(),
            &format!("services/s{number:03}/src/data.json"),
            "{}",
        );
    }
    let first = facts(root.path());
    assert_eq!(first.environments.len(), 200);
    assert_eq!(first.environments[7].project, "services/s007");
    assert_eq!(lines(&first), lines(&facts(root.path())));
}

#[test]
fn names_are_checked_where_there_is_no_configuration() {
    let root = directory(&[("requirements.txt", "numpy\n")]);
    let project: Project = open(root.path()).unwrap();
    let error = environment_declared(&project, &"train".parse().unwrap()).unwrap_err();
    assert!(error.to_string().contains("holdfast init"), "{error}");
    let _ = PackageId::pypi("numpy");
}

#[test]
fn real_locks_of_other_tools_are_looked_at_and_nothing_is_passed_over() {
    for corpus in ["pip-pylocks", "packaging-pylocks", "osv-scalibr-lockfiles"] {
        let Some(root) = testkit::corpus(corpus) else {
            return;
        };
        let facts = facts(&root);
        let discovery = holdfast_project::discover(&root);
        assert!(!discovery.files.is_empty(), "{corpus}");
        let mut seen: BTreeSet<&str> = facts
            .unreadable
            .iter()
            .map(|file| file.location.file.as_str())
            .collect();
        for environment in &facts.environments {
            match &environment.locked {
                Observed::Present(locked) => {
                    seen.insert(&locked.file);
                }
                Observed::Unreadable { location, .. } => {
                    seen.insert(&location.file);
                }
                Observed::Absent { .. } | Observed::NotLookedFor => {}
            }
            if let Some(declared) = environment.declared.present() {
                seen.extend(declared.files.iter().map(|file| file.path.as_str()));
            }
        }
        let missed: Vec<&str> = discovery
            .files
            .iter()
            .map(|file| file.path.as_str())
            .filter(|path| !seen.contains(path))
            // what declares nothing makes no environment
            .filter(|path| {
                fs_err::read_to_string(root.join(path)).is_ok_and(|text| text.contains("=="))
            })
            .collect();
        assert_eq!(missed, Vec::<&str>::new(), "{corpus}");
    }
}
