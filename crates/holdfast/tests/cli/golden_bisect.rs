//! `golden bisect`: who is responsible, alone, together, one after the other, or nobody.

use insta::assert_snapshot;
use serde_json::Value;
use testkit::FakeProject;

use crate::support::golden::{
    alpha, can_contain, locked, made, package, release, script, told, two_locks,
};
use crate::support::{Fixture, Ran, project};

/// A package that nobody's prediction depends on.
fn bystander(name: &str) -> FakeProject {
    package(name, ["size = 1\n", "size = 2\n"])
}

/// Recorded under the first lock with this script, and locked again with everything at its newest.
fn upgraded(code: &str, packages: Vec<(&str, FakeProject)>) -> Fixture {
    let names: Vec<&str> = packages.iter().map(|(name, _)| *name).collect();
    let before = format!("{}<2\n", names.join("<2\n"));
    let packages = packages.into_iter().map(|(_, package)| package).collect();
    let fixture = locked(&before, packages);
    fixture.write("predict.py", code);
    fixture.run(&script(&[])).succeeds();
    two_locks(&fixture, &names.join("\n"));
    fixture
}

/// `alpha` computes something else and asks for `beta` so, before and after; `gamma` only moves.
fn with_alpha_asking(beta: [&str; 2]) -> Fixture {
    let alpha = project(
        "alpha",
        [
            release("alpha", "1.0", "def f(x):\n    return x + 0.1\n").requires(beta[0]),
            release("alpha", "2.0", "def f(x):\n    return x + 0.2\n").requires(beta[1]),
        ],
    );
    upgraded(
        &answering("from alpha.core import f\nimport gamma.core\n"),
        vec![
            ("alpha", alpha),
            ("beta", bystander("beta")),
            ("gamma", bystander("gamma")),
        ],
    )
}

const BISECT: [&str; 6] = [
    "golden",
    "bisect",
    "--from",
    "pylock.before.toml",
    "--to",
    "pylock.after.toml",
];

fn bisect<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&BISECT[..], more].concat()
}

fn document(fixture: &Fixture, more: &[&str]) -> Value {
    let arguments = [&bisect(&["--format", "json"])[..], more].concat();
    fixture.run(&arguments).succeeds().json()
}

/// The packages of each culprit, in order.
fn culprits(document: &Value) -> Vec<Vec<String>> {
    let names = |culprit: &Value| {
        let changes = culprit["changes"].as_array().unwrap().iter();
        changes
            .map(|change| change["package"].as_str().unwrap().to_owned())
            .collect()
    };
    let culprits = document["culprits"].as_array().unwrap();
    culprits.iter().map(names).collect()
}

/// With the trials in one order, whatever ran at once: `-j 1`.
fn told_in_turn(fixture: &Fixture) -> (Ran, String) {
    let ran = fixture.run(&bisect(&["-j", "1"]));
    let text = told(&ran);
    (ran, text)
}

const READ: &str = "import json, sys\n";

fn answering(code: &str) -> String {
    format!("{READ}{code}for line in sys.stdin:\n    print(json.dumps(f(json.loads(line)['x'])))\n")
}

/// Six packages of which `alpha` computes something else.
fn one_of_six() -> Fixture {
    let mut packages = vec![("alpha", alpha())];
    for name in ["beta", "gamma", "delta", "epsilon", "zeta"] {
        packages.push((name, bystander(name)));
    }
    upgraded(
        &answering(
            "from alpha.core import f\nimport beta.core, gamma.core, delta.core, epsilon.core, zeta.core\n",
        ),
        packages,
    )
}

#[test]
fn one_package_of_several_is_found() {
    if !can_contain() {
        return;
    }
    let fixture = one_of_six();
    let (ran, text) = told_in_turn(&fixture);
    ran.succeeds().prints("alpha 1.0 → 2.0 is responsible");
    assert_snapshot!("bisected_one", text);
    // with all environments cached, and as many at once as may be
    fixture.index().publish(Vec::new());
    let one = document(&fixture, &["-j", "1", "--offline"]);
    let two = document(&fixture, &["-j", "2", "--offline", "--html", "page.html"]);
    assert_eq!(culprits(&one), [["alpha"]]);
    assert_eq!(culprits(&two), culprits(&one));
    assert_eq!(one["verdict"], "culprits");
    assert!(one["environments"].as_u64().unwrap() <= 7, "{one}");
    let page = fixture.read("page.html");
    assert!(page.contains("alpha 1.0 → 2.0 is responsible"), "{page}");
    assert_eq!(made(&fixture), 0, "what was made is thrown away");
}

#[test]
fn two_that_only_together_change_it_are_found() {
    if !can_contain() {
        return;
    }
    let number = |name| package(name, ["n = 1\n", "n = 2\n"]);
    let fixture = upgraded(
        &answering(
            "from alpha.core import n as a\nfrom delta.core import n as d\nimport beta.core, gamma.core\n\
             def f(x):\n    return x + (a == 2 and d == 2)\n",
        ),
        vec![
            ("alpha", number("alpha")),
            ("beta", bystander("beta")),
            ("delta", number("delta")),
            ("gamma", bystander("gamma")),
        ],
    );
    let (ran, text) = told_in_turn(&fixture);
    ran.succeeds();
    assert_snapshot!("bisected_together", text);
    let document = document(&fixture, &["-j", "2"]);
    let mut found = culprits(&document).remove(0);
    found.sort();
    assert_eq!(found, ["alpha", "delta"]);
    assert_eq!(document["culprits"][0]["together"], "interaction");
}

#[test]
fn two_that_change_it_one_after_the_other_are_found() {
    if !can_contain() {
        return;
    }
    let fixture = upgraded(
        &answering(
            "from alpha.core import f as a\nfrom gamma.core import f as c\nimport beta.core\n\
             def f(x):\n    return {'a': a(x), 'c': c(x)}\n",
        ),
        vec![
            ("alpha", alpha()),
            ("beta", bystander("beta")),
            (
                "gamma",
                package(
                    "gamma",
                    [
                        "def f(x):\n    return 'low'\n",
                        "def f(x):\n    return 'low' if x < 2 else 'high'\n",
                    ],
                ),
            ),
        ],
    );
    let (ran, text) = told_in_turn(&fixture);
    ran.succeeds();
    assert_snapshot!("bisected_two", text);
    let mut found = culprits(&document(&fixture, &["-j", "2"])).concat();
    found.sort();
    assert_eq!(found, ["alpha", "gamma"]);
}

#[test]
fn where_no_prediction_changes_nobody_is_responsible() {
    if !can_contain() {
        return;
    }
    let fixture = upgraded(
        &answering("import beta.core, gamma.core\ndef f(x):\n    return x\n"),
        vec![("beta", bystander("beta")), ("gamma", bystander("gamma"))],
    );
    let (ran, text) = told_in_turn(&fixture);
    ran.succeeds();
    assert_snapshot!("bisected_none", text);
    let same = ["golden", "bisect", "--from", "pylock.before.toml"];
    let same = [&same[..], &["--to", "pylock.before.toml"]].concat();
    assert_snapshot!("bisected_equal_locks", told(&fixture.run(&same).succeeds()));
    let pages = fixture.run(&bisect(&["--html", "page.html"])).succeeds();
    assert_eq!(pages.code, 0);
    assert!(fixture.read("page.html").contains("pylock.after.toml"));
}

#[test]
fn a_set_that_the_first_lock_does_not_reproduce_is_told() {
    if !can_contain() {
        return;
    }
    let fixture = upgraded(
        &answering("from alpha.core import f\n"),
        vec![("alpha", alpha()), ("beta", bystander("beta"))],
    );
    let golden = fixture.read("golden.jsonl");
    fixture.write("golden.jsonl", golden.replace("2.6}", "2.61}"));
    let (ran, text) = told_in_turn(&fixture);
    ran.exits(2);
    assert_snapshot!("bisected_not_reproducible", text);
}

#[test]
fn a_model_that_never_answers_twice_the_same_is_told() {
    if !can_contain() {
        return;
    }
    let fixture = upgraded(
        &answering(
            "from alpha.core import f as g\nimport os\n\
             def f(x):\n    return g(x) + int.from_bytes(os.urandom(4), 'big')\n",
        ),
        vec![("alpha", alpha())],
    );
    let ran = fixture
        .run(&bisect(&["-j", "1", "--format", "json"]))
        .exits(2);
    assert_eq!(ran.json()["verdict"], "unstable", "{ran}");
    let ran = fixture.run(&bisect(&[])).exits(2);
    assert!(!ran.stdout.contains("is responsible"), "{ran}");
}

#[test]
fn what_a_release_asks_for_comes_along() {
    if !can_contain() {
        return;
    }
    let fixture = with_alpha_asking(["beta", "beta>=2"]);
    let (ran, text) = told_in_turn(&fixture);
    ran.succeeds().prints("alpha 1.0 → 2.0 is responsible");
    assert_snapshot!("bisected_carried", text);
}

#[test]
fn releases_that_ask_for_each_other_are_told_as_a_group() {
    if !can_contain() {
        return;
    }
    let fixture = with_alpha_asking(["beta<2", "beta>=2"]);
    let (ran, text) = told_in_turn(&fixture);
    ran.succeeds();
    assert_snapshot!("bisected_bound_together", text);
}

#[test]
fn releases_that_do_not_run_apart_are_told_as_a_group() {
    if !can_contain() {
        return;
    }
    // they need each other, and their metadata does not say so
    let fixture = upgraded(
        &answering("from alpha.core import f\nimport gamma.core\n"),
        vec![
            (
                "alpha",
                package(
                    "alpha",
                    [
                        "from beta.core import old as g\ndef f(x):\n    return g(x)\n",
                        "from beta.core import new as g\ndef f(x):\n    return g(x)\n",
                    ],
                ),
            ),
            (
                "beta",
                package(
                    "beta",
                    [
                        "def old(x):\n    return x\n",
                        "def new(x):\n    return x + 1\n",
                    ],
                ),
            ),
            ("gamma", bystander("gamma")),
        ],
    );
    let (ran, text) = told_in_turn(&fixture);
    ran.succeeds();
    assert_snapshot!("bisected_inseparable", text);
    let document = document(&fixture, &["-j", "2"]);
    assert_eq!(document["verdict"], "inseparable");
    let mut found = culprits(&document).remove(0);
    found.sort();
    assert_eq!(found, ["alpha", "beta"]);
}

#[test]
fn packages_that_come_and_go_are_changes_too() {
    if !can_contain() {
        return;
    }
    let fixture = locked(
        "alpha\nbeta\n",
        vec![alpha(), bystander("beta"), bystander("gamma")],
    );
    fixture.write(
        "predict.py",
        answering(
            "import importlib.util\n\
             def f(x):\n    return x + 1 if importlib.util.find_spec('gamma') else x\n",
        ),
    );
    fixture.run(&script(&[])).succeeds();
    two_locks(&fixture, "alpha\ngamma\n");
    let (ran, text) = told_in_turn(&fixture);
    ran.succeeds();
    assert_snapshot!("bisected_new_package", text);
}

#[test]
fn ends_that_cannot_be_tried_are_told() {
    if !can_contain() {
        return;
    }
    let fixture = upgraded(
        &answering("from alpha.core import f\n"),
        vec![(
            "alpha",
            package(
                "alpha",
                [
                    "def f(x):\n    return x\n",
                    "raise ImportError('alpha is gone')\n",
                ],
            ),
        )],
    );
    let (ran, text) = told_in_turn(&fixture);
    ran.exits(2);
    let nowhere = ["golden", "bisect", "--from", "nowhere.toml"];
    let nowhere = [&nowhere[..], &["--to", "pylock.after.toml"]].concat();
    let other = ["golden", "bisect", "--from", "pylock.before.toml"];
    let other = [&other[..], &["--to", "holdfast.toml"]].concat();
    let told = [
        text,
        fixture.run(&nowhere).exits(2).to_string(),
        fixture.run(&other).exits(2).to_string(),
        fixture.run(&bisect(&["-j", "0"])).exits(2).to_string(),
    ];
    assert_snapshot!("bisect_refused", told.join("\n"));
    // where the second lock is gone from the index, the first still answers
    let fixture = one_of_six();
    fixture.publish(Vec::new());
    let ran = fixture.run(&bisect(&["--offline"])).exits(2);
    assert!(ran.stderr.contains("pylock.before.toml"), "{ran}");
}

#[test]
fn an_interpreter_that_is_not_there_is_told() {
    if !can_contain() {
        return;
    }
    let fixture = upgraded(
        &answering("from alpha.core import f\n"),
        vec![("alpha", alpha())],
    );
    let after = fixture.read("pylock.after.toml");
    let patch = regex::Regex::new(r#"(?m)^python = "(\d+\.\d+)\.\d+"$"#).unwrap();
    let other = patch.replace(&after, "python = \"$1.999\"");
    assert_ne!(other, after);
    fixture.write("pylock.after.toml", other.as_bytes());
    let ran = fixture.run(&bisect(&["--offline"])).exits(2);
    assert!(ran.stderr.contains(".999"), "{ran}");
}
