//! Projects as people have them, and the configuration that is proposed.

use proptest::prelude::*;

use super::*;
use crate::config::{Config, ConfigFile};

fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = root.path().join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }
    root
}

/// The proposal without comments and without what is always there.
fn proposed(files: &[(&str, &str)]) -> String {
    let root = project(files);
    let outcome = propose(root.path()).unwrap();
    Config::parse(&outcome.text, "holdfast.toml", ConfigFile::Holdfast)
        .unwrap_or_else(|errors| panic!("{errors}\n{}", outcome.text));
    let end = outcome.text.find("\n[lock]").unwrap();
    outcome.text[..end]
        .lines()
        .map(|line| line.split('#').next().unwrap().trim())
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn training_and_serving_share_what_both_include() {
    assert_eq!(
        proposed(&[
            (".python-version", "3.11.7\n"),
            ("requirements/core.in", "numpy\n"),
            ("requirements/train.in", "-r core.in\nxgboost\n"),
            ("requirements/serve.in", "-r core.in\nfastapi\n"),
            ("requirements/serve.txt", "numpy==1.26.4\n"),
        ]),
        "[environments.core]\npython = \"3.11.7\"\nrequirements = [\"requirements/core.in\"]\n\
         [environments.serve]\nextends = \"core\"\nrequirements = [\"requirements/serve.in\"]\n\
         [environments.train]\nextends = \"core\"\nrequirements = [\"requirements/train.in\"]"
    );
}

#[test]
fn model_files_are_proposed_for_the_environment_that_serves() {
    let model = ("models/churn.joblib", "x");
    let environments = "[environments.core]\nrequirements = [\"requirements/core.in\"]\n\
         [environments.serve]\nextends = \"core\"\nrequirements = [\"requirements/serve.in\"]\n\
         [environments.train]\nextends = \"core\"\nrequirements = [\"requirements/train.in\"]\n";
    assert_eq!(
        proposed(&[
            model,
            ("models/b.pt", "x"),
            ("services/other/requirements.txt", "numpy\n"),
            ("services/other/c.pkl", "x"),
            ("requirements/core.in", "numpy\n"),
            ("requirements/train.in", "-r core.in\nxgboost\n"),
            ("requirements/serve.in", "-r core.in\nfastapi\n"),
        ]),
        format!(
            "{environments}[[artefacts]]\npath = \"models/b.pt\"\nenvironment = \"serve\"\n\
             [[artefacts]]\npath = \"models/churn.joblib\"\nenvironment = \"serve\""
        )
    );
    // the only one there is
    assert!(
        proposed(&[model, ("requirements.txt", "numpy\n")]).ends_with("environment = \"main\"")
    );
    // nobody can tell which
    let two = [
        model,
        ("requirements-a.txt", "numpy\n"),
        ("requirements-b.txt", "scipy\n"),
    ];
    assert!(proposed(&two).ends_with("path = \"models/churn.joblib\""));
}

#[test]
fn a_core_that_nobody_includes_is_known_by_its_name() {
    assert_eq!(
        proposed(&[
            ("requirements/core.in", "numpy\n"),
            ("requirements/train.in", "xgboost\n"),
        ]),
        "[environments.core]\nrequirements = [\"requirements/core.in\"]\n\
         [environments.train]\nextends = \"core\"\nrequirements = [\"requirements/train.in\"]"
    );
}

#[test]
fn what_development_adds_to_is_still_locked_for_itself() {
    assert_eq!(
        proposed(&[
            ("requirements.txt", "numpy\n"),
            ("requirements-dev.txt", "-r requirements.txt\npytest\n"),
        ]),
        "[environments.core]\nrequirements = [\"requirements.txt\"]\n\
         [environments.main]\nextends = \"core\"\n\
         [environments.dev]\nextends = \"core\"\nrequirements = [\"requirements-dev.txt\"]"
    );
}

#[test]
fn parts_extend_parts() {
    assert_eq!(
        proposed(&[
            ("requirements/base.in", "numpy\n"),
            ("requirements/common.in", "-r base.in\nscipy\n"),
            ("requirements/train.in", "-r common.in\nxgboost\n"),
        ]),
        "[environments.base]\nrequirements = [\"requirements/base.in\"]\n\
         [environments.common]\nextends = \"base\"\nrequirements = [\"requirements/common.in\"]\n\
         [environments.train]\nextends = \"common\"\nrequirements = [\"requirements/train.in\"]"
    );
}

#[test]
fn groups_of_pyproject_become_environments() {
    assert_eq!(
        proposed(&[(
            "pyproject.toml",
            "[project]\nname = \"churn\"\nrequires-python = \">=3.11,<3.12\"\ndependencies = [\"numpy\"]\n\
             [project.optional-dependencies]\nserve = [\"fastapi\"]\nplot = [\"matplotlib\"]\n\
             [dependency-groups]\ntrain = [\"xgboost\"]\ndev = [\"pytest\"]\n",
        )]),
        "[environments.core]\npython = \"3.11\"\nrequirements = [\"pyproject.toml\"]\n\
         [environments.dev]\nextends = \"core\"\ngroups = [\"dev\"]\n\
         [environments.train]\nextends = \"core\"\ngroups = [\"train\"]\n\
         [environments.serve]\nextends = \"core\"\nextras = [\"serve\"]"
    );
    assert_eq!(
        proposed(&[(
            "pyproject.toml",
            "[project]\nname = \"x\"\ndependencies = [\"numpy\"]\n"
        )]),
        "[environments.main]\nrequirements = [\"pyproject.toml\"]"
    );
}

#[test]
fn what_was_not_used_is_noted() {
    let root = project(&[
        (
            "requirements.txt",
            "--extra-index-url https://u:secret@x.example/simple\nnumpy\n",
        ),
        ("requirements-old.txt", "what is this?\n"),
        (
            "pyproject.toml",
            "[project]\nname = \"x\"\n[project.optional-dependencies]\nplot = [\"matplotlib\"]\n",
        ),
        ("services/api/requirements.txt", "fastapi\n"),
    ]);
    let outcome = propose(root.path()).unwrap();
    let notes = outcome.notes.join("\n");
    assert!(notes.contains("requirements-old.txt:1:"), "{notes}");
    assert!(notes.contains("`services/api`"), "{notes}");
    assert!(notes.contains("`plot`"), "{notes}");
    assert!(
        outcome.text.contains("requirements.txt:1:"),
        "{}",
        outcome.text
    );
    assert!(!outcome.text.contains("secret"));
}

#[test]
fn an_empty_project_gets_an_example_to_fill_in() {
    assert_eq!(proposed(&[("README.md", "")]), "");
    let root = project(&[]);
    let outcome = propose(root.path()).unwrap();
    assert!(outcome.text.contains("# [environments.serve]"));
    assert_eq!(outcome.notes.len(), 1);
}

#[test]
fn a_configuration_is_not_overwritten() {
    for (file, text) in [
        ("holdfast.toml", "broken ="),
        ("pyproject.toml", "[tool.holdfast]\n"),
        ("pyproject.toml", "[tool.holdfast]\nbroken = 1\n"),
    ] {
        let root = project(&[(file, text)]);
        let error = propose(root.path()).unwrap_err();
        assert!(
            error.to_string().starts_with(&format!("`{file}`")),
            "{error}"
        );
    }
    let root = project(&[("requirements.txt", "numpy\n")]);
    let outcome = init(root.path()).unwrap();
    assert_eq!(fs_err::read_to_string(&outcome.path).unwrap(), outcome.text);
    assert!(matches!(
        init(root.path()),
        Err(InitError::AlreadyConfigured { .. })
    ));
    // one that appears between looking and writing
    assert!(matches!(
        outcome.write(),
        Err(InitError::AlreadyConfigured { .. })
    ));
    assert!(matches!(
        init(&root.path().join("missing")),
        Err(InitError::Unreachable { .. })
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn whatever_files_are_called_the_proposal_is_valid(
        names in proptest::collection::btree_set("[a-zA-Z0-9é\"'#._ -]{0,12}", 1..5)
    ) {
        let root = tempfile::tempdir().unwrap();
        for name in &names {
            fs_err::write(root.path().join(format!("requirements{name}.txt")), "numpy\n").unwrap();
        }
        let outcome = propose(root.path()).unwrap();
        let config = Config::parse(&outcome.text, "holdfast.toml", ConfigFile::Holdfast);
        prop_assert!(config.is_ok(), "{:?}\n{}", config, outcome.text);
    }
}
