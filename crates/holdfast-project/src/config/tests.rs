//! The configuration as people write it, and as they get it wrong.

use std::fmt::Write as _;

use holdfast_model::{PackageId, Severity};
use holdfast_rules::UnknownLicence;
use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;

mod schema;

fn parse(text: &str) -> Result<Config, ConfigErrors> {
    Config::parse(text, "holdfast.toml", ConfigFile::Holdfast).map(Option::unwrap)
}

/// The mistakes of a text that has some, as [`told`] tells them.
fn errors(text: &str) -> Vec<String> {
    told(&parse(text).expect_err("the configuration is wrong"))
}

/// `line:column message | fix` of each error.
pub(super) fn told(errors: &ConfigErrors) -> Vec<String> {
    errors
        .iter()
        .map(|error| {
            format!(
                "{}:{} {} | {}",
                error.location.line,
                error.location.column,
                error.message,
                error.fix.as_deref().unwrap_or("-")
            )
        })
        .collect()
}

fn name(text: &str) -> EnvironmentName {
    text.parse().unwrap()
}

const EXAMPLE: &str = r#"
[environments.core]
python = "3.11"
requirements = ["requirements/core.in"]
[environments.train]
extends = "core"
requirements = ["./requirements/train.in"]
[environments.serve]
extends = "core"
requirements = ["requirements/serve.in"]
platforms = ["linux-x86_64"]
[lock]
holding-period = "14d"
allow-build = ["FFmpy"]
[indexes.internal]
url = "https://packages.example.org/simple/"
packages = ["Acme_*"]
[licences]
allow = ["MIT", "apache-2.0"]
unknown = "note"
[[waivers]]
rule = "known-vulnerability"
subject = "pkg:pypi/pillow@>=9,<10"
reason = "not reachable"
owner = "ml-platform"
until = 2026-12-31
[knowledge]
advisories = ["advisories", "https://feed.example.org/all.zip"]
"#;

#[test]
fn the_example_of_the_docs_is_read() {
    let config = parse(EXAMPLE).unwrap();
    assert_eq!(config.environments.len(), 3);
    let locked: Vec<_> = config.locked_environments();
    assert_eq!(locked, [&name("serve"), &name("train")]);
    assert!(config.is_shared(&name("core")));
    let train = config.chain(&name("train"));
    assert_eq!(train[0].0, &name("core"));
    assert_eq!(train[1].1.requirements[0].value, "requirements/train.in");
    assert_eq!(
        config.python_of(&name("train")).unwrap().value.to_string(),
        "3.11"
    );
    assert_eq!(config.platforms_of(&name("train")), None);
    let platforms = config.platforms_of(&name("serve")).unwrap();
    assert_eq!(platforms[0].to_string(), "linux-x86_64-glibc2.28");
    assert_eq!(
        config.policy.holding_period,
        SignedDuration::from_hours(14 * 24)
    );
    assert_eq!(config.policy.allow_build, [PackageId::pypi("ffmpy")]);
    assert_eq!(
        config.routes(),
        [(
            "acme-*".to_owned(),
            "https://packages.example.org/simple".to_owned()
        )]
    );
    assert_eq!(config.policy.licences.allow[1].as_str(), "Apache-2.0");
    assert_eq!(
        config.policy.licences.unknown,
        UnknownLicence::Report(Severity::Note)
    );
    assert_eq!(config.policy.waivers[0].until.to_string(), "2026-12-31");
    assert_eq!(config.policy.waivers[0].location.line, 21);
    assert_eq!(
        config.knowledge.advisories[0].value,
        AdvisorySource::Path("advisories".to_owned())
    );
}

#[test]
fn the_same_tables_are_read_from_pyproject() {
    let text =
        "[project]\nname = \"x\"\n\n[tool.holdfast.environments.serve]\ngroups = [\"serve\"]\n";
    let read = |text| Config::parse(text, "pyproject.toml", ConfigFile::Pyproject);
    let config = read(text).unwrap().unwrap();
    assert_eq!(config.environments[&name("serve")].groups[0].value, "serve");
    assert_eq!(
        config.environments[&name("serve")].location,
        Location::new("pyproject.toml", 4, 29)
    );
    assert!(read("[tool.black]\n").unwrap().is_none());
    assert!(read("").unwrap().is_none());
    assert!(read("tool = 1").unwrap().is_none());
    let wrong = read("[tool]\nholdfast = 1\n").unwrap_err();
    assert_eq!(
        wrong.to_string(),
        "pyproject.toml:2:1: `tool.holdfast` must be a table\n  fix: write `[tool.holdfast]`"
    );
}

#[test]
fn a_configuration_may_hold_policy_alone() {
    let config = parse("[lock]\nholding-period = 0\n").unwrap();
    assert!(config.environments.is_empty());
    assert_eq!(config.policy.holding_period, SignedDuration::ZERO);
    assert_eq!(
        parse("").unwrap().policy.holding_period,
        Policy::DEFAULT_HOLDING_PERIOD
    );
}

#[test]
fn unknown_keys_are_refused_with_what_was_meant() {
    assert_eq!(
        errors(
            "[environment.train]\n[environments.serve]\nrequirement = []\ngroups = [\"a\"]\n[lock]\nholding_period = \"1d\"\nzzz = 1\n"
        ),
        [
            "1:2 unknown key `environment` | did you mean `environments`?",
            "3:1 unknown key `requirement` in `environments.serve` | did you mean `requirements`?",
            "6:1 unknown key `holding_period` in `lock` | did you mean `holding-period`?",
            "7:1 unknown key `zzz` in `lock` | there is `holding-period`, `allow-build`",
        ]
    );
}

#[test]
fn broken_toml_is_refused_at_its_place() {
    let wrong = parse("[environments.train]\npython = \"3.11\n").unwrap_err();
    let error = wrong.iter().next().unwrap();
    assert_eq!(
        (error.location.line, error.location.file.as_str()),
        (2, "holdfast.toml")
    );
    assert!(
        error.message.starts_with("no valid TOML: "),
        "{}",
        error.message
    );
}

#[test]
fn a_number_for_a_version_is_refused_with_the_text_to_write() {
    assert_eq!(
        errors(
            "[environments.a]\npython = 3.10\ngroups = \"train\"\nextras = [1]\nplatforms = 1\n"
        ),
        [
            "2:10 `environments.a.python` must be a text, and this is a number | write `python = \"3.10\"`",
            "3:10 `environments.a.groups` must be a list of texts, and this is a text | write `groups = [\"train\"]`",
            "4:11 `environments.a.extras` must be a list of texts, and this is a number | -",
            "5:13 `environments.a.platforms` must be a list of texts, and this is a number | -",
        ]
    );
}

#[test]
fn tables_in_the_wrong_shape_are_refused() {
    assert_eq!(
        errors("environments = 1\nlock = []\nwaivers = 1\n[indexes]\na = 1\n"),
        [
            "1:1 `environments` must be a table, and this is a number | write `[environments]`",
            "2:1 `lock` must be a table, and this is a list | write `[lock]`",
            "3:1 `waivers` must be a list of tables, and this is a number | write `[[waivers]]`",
            "5:1 `indexes.a` must be a table, and this is a number | write `[indexes.a]`",
        ]
    );
    assert_eq!(
        errors("waivers = [1, {zzz = 1}]\n"),
        [
            "1:12 `waivers` must be a table, and this is a number | -",
            "1:16 unknown key `zzz` in `waivers` | there is `rule`, `subject`, `reason`, `owner`, `until`",
        ]
    );
}

#[test]
fn an_interpreter_is_one_version() {
    for wrong in [">=3.11,<3.12", "3", "2.7", "3.11.*", "pypy3.10", ""] {
        let found = errors(&format!(
            "[environments.a]\npython = \"{wrong}\"\ngroups = [\"x\"]\n"
        ));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].starts_with("2:10 `python` must be one version of Python 3"),
            "{found:?}"
        );
    }
}

#[test]
fn platforms_are_known_and_at_least_one() {
    let found = errors("[environments.a]\ngroups = [\"x\"]\nplatforms = [\"beos\"]\n");
    assert!(
        found[0].starts_with("3:14 `beos` is no platform | write for example"),
        "{found:?}"
    );
    let found = errors("[environments.a]\ngroups = [\"x\"]\nplatforms = []\n");
    assert!(
        found[0].starts_with("1:15 `platforms` is empty"),
        "{found:?}"
    );
}

#[test]
fn paths_that_leave_the_project_are_refused() {
    let found = errors(
        "[environments.a]\nrequirements = [\"../x.in\", \"/etc/x\", \"C:/x\"]\n[knowledge]\nadvisories = [\"../a\"]\n",
    );
    assert_eq!(found.len(), 4);
    assert!(
        found[0].starts_with("2:17 `../x.in` leaves the project"),
        "{found:?}"
    );
    assert!(
        found[3].starts_with("4:15 `../a` leaves the project"),
        "{found:?}"
    );
}

#[test]
fn extends_must_lead_to_an_end() {
    assert_eq!(
        errors("[environments.core]\ngroups = [\"x\"]\n[environments.a]\nextends = \"cor\"\n"),
        ["4:11 there is no environment `cor` | did you mean `core`?"]
    );
    assert_eq!(
        errors(
            "[environments.a]\nextends = \"b\"\n[environments.b]\nextends = \"c\"\n[environments.c]\nextends = \"b\"\n[environments.d]\nextends = \"a\"\n"
        ),
        [
            "4:11 environments extend one another: `b` extends `c` extends `b` | let the shared part extend nothing"
        ]
    );
    assert_eq!(
        errors("[environments.a]\nextends = \"a\"\n"),
        [
            "2:11 environments extend one another: `a` extends `a` | let the shared part extend nothing"
        ]
    );
}

#[test]
fn an_environment_with_nothing_to_install_is_refused() {
    let found =
        errors("[environments.core]\npython = \"3.11\"\n[environments.a]\nextends = \"core\"\n");
    assert_eq!(found.len(), 1);
    assert!(
        found[0].starts_with("3:15 environment `a` has nothing to install"),
        "{found:?}"
    );
    let settings_shared = "[environments.core]\npython = \"3.11\"\n[environments.a]\nextends = \"core\"\ngroups = [\"x\"]\n";
    assert!(parse(settings_shared).is_ok());
}

#[test]
fn two_environments_may_not_share_a_lock_file() {
    let found =
        errors("[environments.Train]\ngroups = [\"x\"]\n[environments.train]\ngroups = [\"x\"]\n");
    assert!(
        found[0].starts_with("3:15 `train` and `Train` would write the same lock file"),
        "{found:?}"
    );
    let found = errors("[environments.\"a.b\"]\ngroups = [\"x\"]\n");
    assert!(
        found[0].starts_with("1:15 `a.b` cannot name an environment"),
        "{found:?}"
    );
}

#[test]
fn an_index_says_what_comes_from_it_and_carries_no_credentials() {
    let found = errors(
        "[indexes.a]\nurl = \"https://me:secret@x.example/simple\"\npackages = [\"acme\"]\n[indexes.b]\nurl = \"https://y.example\"\n[indexes.c]\nurl = \"https://z.example\"\npackages = [\"ACME\"]\n",
    );
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found[0].starts_with("2:7 the address of `x.example` carries credentials"));
    assert!(found[0].contains("netrc"));
    assert!(!found[0].contains("secret"));
    assert!(
        found[1].starts_with("4:10 index `b` names no packages"),
        "{found:?}"
    );
    assert_eq!(
        found[2],
        "8:13 index `a` claims `acme` too | let each name come from one index"
    );
}

#[test]
fn the_pattern_that_says_most_decides_the_index() {
    let config = parse("[indexes.all]\nurl = \"https://a.example\"\npackages = [\"*\"]\n[indexes.b]\nurl = \"https://b.example\"\npackages = [\"acme-*\", \"acme-core\"]\n").unwrap();
    let patterns: Vec<_> = config.routes().into_iter().map(|route| route.0).collect();
    assert_eq!(patterns, ["acme-core", "acme-*", "*"]);
}

#[test]
fn licences_are_spdx_and_not_both_allowed_and_denied() {
    assert_eq!(
        errors("[licences]\nallow = [\"MIT\"]\ndeny = [\"mit\", \"AGPL3\"]\nunknown = \"warn\"\n"),
        [
            "3:9 `MIT` is both allowed and denied | take it out of one of the lists",
            "3:16 `AGPL3` is no SPDX identifier | did you mean `AGPL-3.0`?",
            "4:11 `unknown` cannot be `warn` | did you mean `warning`?",
        ]
    );
}

#[test]
fn a_waiver_answers_to_somebody() {
    assert_eq!(
        errors(
            "[[waivers]]\nrule = \"missing-lokc\"\nsubject = \"pillow\"\nreason = \" \"\nuntil = \"soon\"\n"
        ),
        [
            "1:1 `owner` is missing | add `owner = \"…\"`",
            "2:8 there is no rule `missing-lokc` | did you mean `missing-lock`?",
            "3:11 `pillow` is neither a package URL nor a path | write `pkg:pypi/pillow@` and a version or a range, such as `>=1,<2`",
            "4:10 `reason` of a waiver is empty | a waiver answers to somebody: fill it in",
            "5:9 `soon` is no date | write it as `2026-12-31`",
        ]
    );
}

#[test]
fn a_chain_of_any_length_is_answered_in_time() {
    let mut text = String::from("[environments.e0]\ngroups = [\"x\"]\n");
    for number in 1..5000 {
        let _ = write!(
            text,
            "[environments.e{number}]\nextends = \"e{}\"\n",
            number - 1
        );
    }
    assert!(errors(&text)[0].contains("more than 256 environments"));
}

/// Text that looks like a configuration, often broken.
fn configuration_like() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        Just("[environments.a]".to_owned()),
        Just("[environments.b]".to_owned()),
        Just("[[waivers]]".to_owned()),
        Just("[indexes.x]".to_owned()),
        Just("[licences]".to_owned()),
        Just("[lock]".to_owned()),
        Just("[golden]".to_owned()),
        Just("[drift]".to_owned()),
        Just("[drift.columns.a]".to_owned()),
        "(python|requirements|groups|extras|extends|platforms|holding-period|allow-build|url|packages|allow|deny|unknown|rule|subject|reason|owner|until|ulps|max-changed|significance|correction|ignored|chi-square|zz) = (\"[a-z0-9.:/@*é-]{0,12}\"|[0-9.]{1,4}|\\[\"[a-z./]{0,6}\"\\]|\\{a = 1\\}|true)",
        "\\PC{0,20}",
    ];
    proptest::collection::vec(line, 0..12).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_text_is_read_or_refused_with_a_place_inside_it(text in configuration_like()) {
        for (file, kind) in [("holdfast.toml", ConfigFile::Holdfast), ("pyproject.toml", ConfigFile::Pyproject)] {
            if let Err(errors) = Config::parse(&text, file, kind) {
                let lines = text.split('\n').count();
                prop_assert!(errors.iter().count() > 0);
                for error in &errors {
                    prop_assert_eq!(error.location.file.as_str(), file);
                    prop_assert!((1..=lines).contains(&(error.location.line as usize)));
                    prop_assert!(error.location.column >= 1);
                    prop_assert!(!error.message.is_empty());
                    prop_assert!(!error.message.contains('\n'));
                }
            }
        }
    }
}

#[test]
fn model_files_are_read_with_the_environments_that_load_them() {
    let text = format!(
        "{EXAMPLE}\n[[artefacts]]\npath = \"./models/churn.joblib\"\nenvironment = \"serve\"\n\
         [[artefacts]]\npath = \"models/churn.joblib\"\nenvironment = \"train\"\n\
         [[artefacts]]\npath = \"models/embeddings.safetensors\"\n\
         [policy]\nallow-globals = [\"mymodel.*\", \"mypkg.models.Net\"]\n"
    );
    let config = parse(&text).unwrap();
    let named: Vec<_> = config
        .artefacts
        .iter()
        .map(|artefact| {
            let environment = artefact.environment.as_ref().map(EnvironmentName::as_str);
            (
                artefact.path.as_str(),
                environment,
                artefact.location.column,
            )
        })
        .collect();
    assert_eq!(
        named,
        [
            ("models/churn.joblib", Some("serve"), 8),
            ("models/churn.joblib", Some("train"), 8),
            ("models/embeddings.safetensors", None, 8),
        ]
    );
    assert!(config.policy.allow_globals[0].matches("mymodel.deep", "Net"));
}

#[test]
fn a_model_file_with_a_mistake_is_refused_at_its_place() {
    let base = "[environments.core]\nrequirements = [\"a.in\"]\n[environments.serve]\nextends = \"core\"\n";
    let wrong = |rest: &str| errors(&format!("{base}{rest}"));
    assert_eq!(
        wrong("[[artefacts]]\nenvironment = \"serv\"\n"),
        [
            "5:1 `path` is missing | add `path = \"…\"`",
            "6:15 there is no environment `serv` | did you mean `serve`?",
        ]
    );
    assert_eq!(
        wrong("[[artefacts]]\npath = \"../m.pkl\"\nenvironment = \"core\"\n"),
        [
            "6:8 `../m.pkl` leaves the project | write a path below the project's directory, or move the configuration up to the directory that holds both",
            "7:15 `core` is a shared part, which has no lock | name the environment that loads the file, or leave `environment` out where several do",
        ]
    );
    assert_eq!(
        wrong(
            "[[artefacts]]\npath = \"m.pkl\"\n[[artefacts]]\npath = \"./m.pkl\"\nenvironment = \"serve\"\n"
        ),
        [
            "8:8 `m.pkl` is named in line 6 already | name it once, or give each of the two an `environment` of its own"
        ]
    );
    assert_eq!(
        wrong(
            "[[artefacts]]\npath = \"m.pkl\"\nenviroment = \"serve\"\n[policy]\nallow-globals = [\"*\"]\n"
        ),
        [
            "7:1 unknown key `enviroment` in `artefacts` | did you mean `environment`?",
            "9:18 `*` does not begin with the name of a module, and would admit any | write a module and a name, with `*` for any part after the first: `mymodel.*`, `mypkg.models.Net`",
        ]
    );
}
