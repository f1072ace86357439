//! `golden compare`: a set replayed after an upgrade, what the policy lets pass, and bad sets.

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::Fixture;
use crate::support::golden::{
    alpha, can_contain, can_hide_processes, function, locked, package, release, script, synced,
    told, two_locks, with_model, without_machine,
};
use crate::support::project;

/// Recorded with `alpha` 1.0, with a second lock that has 2.0; nothing is installed.
fn upgraded(alpha: [&str; 2], inputs: &str) -> Fixture {
    let fixture = locked("alpha<2\n", vec![package("alpha", alpha)]);
    fixture.write("inputs.jsonl", inputs);
    fixture.run(&script(&[])).succeeds();
    two_locks(&fixture, "alpha\n");
    fixture
}

fn shifted() -> Fixture {
    upgraded(
        [
            "def f(x):\n    return x + 0.1\n",
            "def f(x):\n    return x + 0.2\n",
        ],
        "{\"x\":1.0}\n{\"x\":2.5}\n{\"x\":-3}\n",
    )
}

const AFTER: [&str; 4] = ["golden", "compare", "--lock", "pylock.after.toml"];

fn after<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&AFTER[..], more].concat()
}

/// The document has all that a schema says every document has.
#[track_caller]
fn fits(document: &Value, schema: &str) {
    let file = format!("../../docs/schemas/{schema}-1.schema.json");
    let schema: Value = serde_json::from_str(&fs_err::read_to_string(file).unwrap()).unwrap();
    for name in schema["required"].as_array().unwrap() {
        let name = name.as_str().unwrap();
        assert!(document.get(name).is_some(), "no `{name}` in {document}");
    }
}

#[test]
fn what_did_not_change_is_clean() {
    if !can_contain() {
        return;
    }
    let fixture = synced();
    fixture.run(&script(&[])).succeeds();
    let golden = fixture.read("golden.jsonl");
    let ran = fixture.run(&["golden", "compare"]).succeeds();
    assert_snapshot!("compared_clean", told(&ran));
    let same = ["golden", "compare", "--lock", "pylock.app.toml"];
    fixture.run(&same).succeeds();
    fixture.run(&["golden", "compare", "-e", "app"]).succeeds();
    assert_eq!(fixture.read("golden.jsonl"), golden);
}

#[test]
fn an_upgrade_that_changes_predictions_is_found() {
    if !can_contain() {
        return;
    }
    let fixture = shifted();
    assert_snapshot!("compared_changed", told(&fixture.run(&after(&[])).exits(1)));
    let json = fixture.run(&after(&["--format", "json"])).exits(1);
    let document = json.json();
    fits(&document, "comparison");
    for name in ["findings", "summary"] {
        assert!(document.get(name).is_some(), "{document}");
    }
    assert_eq!(document["findings"][0]["rule"], "changed-predictions");
    assert_snapshot!("compared_changed_json", told(&json));
    let sarif = fixture.run(&after(&["--format", "sarif"])).exits(1).json();
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "changed-predictions");
    assert_eq!(result["level"], "error");
}

#[test]
fn pages_and_pictures_are_written() {
    if !can_contain() {
        return;
    }
    let fixture = shifted();
    let ran = fixture.run(&after(&["--html", "page.html", "--svg", "picture.svg"]));
    ran.exits(1);
    let page = fixture.read("page.html");
    assert!(page.contains("<svg") && page.contains("3 of 3"), "{page}");
    assert!(!page.contains("http://") || page.contains("www.w3.org"));
    let picture = fixture.read("picture.svg");
    assert!(picture.starts_with("<svg") || picture.starts_with("<?xml"));
    let ran = fixture
        .run(&after(&["--html", "nowhere/page.html"]))
        .exits(2);
    assert!(ran.stderr.contains("nowhere"), "{ran}");
}

#[test]
fn the_policy_says_what_passes() {
    if !can_contain() {
        return;
    }
    let mut fixture = shifted();
    for (table, code) in [
        ("absolute = 0.11", 0),
        ("absolute = 0.05", 1),
        ("relative = 0.1", 0),
        ("max-changed = 3", 0),
        ("max-changed = 2", 1),
        ("max-changed = \"100%\"", 0),
        ("max-changed = \"half\"", 2),
    ] {
        fixture.configure(&format!("[golden]\n{table}\n"));
        fixture.use_real_python();
        let ran = fixture.run(&after(&[]));
        assert_eq!(ran.code, code, "{table}\n{ran}");
    }
}

#[test]
fn labels_that_flip_are_counted_apart() {
    if !can_contain() {
        return;
    }
    let mut fixture = upgraded(
        [
            "def f(x):\n    return {'p': x, 'label': 'yes' if x > 0.5 else 'no', 'scores': [x, 1 - x]}\n",
            "def f(x):\n    x -= 0.125\n    return {'p': x, 'label': 'yes' if x > 0.5 else 'no', 'scores': [x, 1 - x]}\n",
        ],
        "{\"x\":0.25}\n{\"x\":0.5625}\n{\"x\":0.875}\n{\"x\":0.25}\n",
    );
    let ran = fixture.run(&after(&[])).exits(1);
    assert_snapshot!("compared_flipped", told(&ran));
    fixture.configure("[golden]\nmax-changed = \"100%\"\nmax-flipped = 1\n");
    fixture.use_real_python();
    fixture.run(&after(&[])).succeeds();
    fixture.configure("[golden]\nmax-changed = \"100%\"\nmax-flipped = 0\n");
    fixture.use_real_python();
    fixture.run(&after(&[])).exits(1);
}

#[test]
fn warnings_other_shapes_and_failures_are_told() {
    if !can_contain() {
        return;
    }
    let fixture = locked(
        "alpha<2\n",
        vec![package(
            "alpha",
            [
                "def f(x):\n    return x\n",
                "import warnings\n\
                 def f(x):\n    \
                     warnings.warn('f is deprecated', FutureWarning)\n    \
                     if x < 0:\n        raise ValueError('negative')\n    \
                     return [x, x] if x > 2 else x\n",
            ],
        )],
    );
    fixture.write(
        "model.py",
        "from alpha.core import f\ndef predict(row):\n    return f(row['x'])\n",
    );
    fixture.run(&function(&["-o", "golden.jsonl"])).succeeds();
    two_locks(&fixture, "alpha\n");
    let ran = fixture.run(&after(&[])).exits(1);
    assert_snapshot!("compared_shapes", told(&ran));
}

#[test]
fn another_model_file_is_a_warning_of_its_own() {
    if !can_contain() {
        return;
    }
    let fixture = with_model("def predict(row):\n    return row['x']\n");
    fixture.run(&function(&["-o", "golden.jsonl"])).succeeds();
    fixture.write("model.py", "def predict(row):\n    return row['x'] + 0\n");
    let ran = fixture.run(&["golden", "compare"]).succeeds();
    assert!(
        ran.stdout
            .contains("`model.py` is not the file that the predictions were recorded with"),
        "{ran}"
    );
    let strict = ["golden", "compare", "--fail-on", "warning"];
    fixture.run(&strict).exits(1);
    fs_err::remove_file(fixture.path("model.py")).unwrap();
    let ran = fixture.run(&["golden", "compare"]).exits(2);
    assert!(
        ran.stderr.contains("`model`") || ran.stderr.contains("model:predict"),
        "{ran}"
    );
}

#[test]
fn a_set_that_cannot_be_read_is_told() {
    if !can_contain() {
        return;
    }
    let fixture = synced();
    let compare: &[&str] = &["golden", "compare"];
    let mut told = vec![fixture.run(compare).exits(2).to_string()];
    fixture.run(&script(&[])).succeeds();
    let golden = fixture.read("golden.jsonl");
    let lines: Vec<&str> = golden.lines().collect();
    let damaged = [
        String::new(),
        "{\"x\":1}\n".to_owned(),
        golden.replace("holdfast/golden/1", "holdfast/golden/9"),
        lines[..4].join("\n"),
        golden.replace(",\"prediction\":1.1", ""),
        golden.replace("\"prediction\":1.1", "\"prediction\":1.1.1"),
        golden.replace("{\"run\":", "{\"ran\":"),
        golden.replace("\"seed\":0", "\"seed\":99999999999"),
    ];
    for text in &damaged {
        fixture.write("golden.jsonl", text);
        told.push(fixture.run(compare).exits(2).to_string());
    }
    fixture.write("golden.jsonl", b"\xff\xfe{}");
    told.push(fixture.run(compare).exits(2).to_string());
    fixture.write("golden.jsonl", &golden);
    fixture.write("poetry.lock", "[[package]]\nname = \"alpha\"\n");
    fixture.write("uv.lock", "version = 1\nrequires-python = \">=3.11\"\n");
    for lock in ["poetry.lock", "uv.lock", "nowhere.toml"] {
        let ran = fixture.run(&["golden", "compare", "--lock", lock]).exits(2);
        told.push(ran.to_string());
    }
    assert_snapshot!("compare_bad_sets", without_machine(&told.join("\n")));
    fixture.run(compare).succeeds();
}

#[test]
fn a_lock_that_cannot_be_installed_is_told() {
    if !can_hide_processes() {
        return;
    }
    let fixture = shifted();
    // a set without an environment that is installed runs in one that is made
    let ran = fixture.run(&["golden", "compare"]).exits(1);
    assert!(ran.stdout.contains("pylock.app.toml"), "{ran}");
    fixture.publish(vec![project(
        "alpha",
        [
            release("alpha", "1.0", "def f(x):\n    return x\n"),
            release("alpha", "2.0", "def f(x):\n    return 'other bytes'\n"),
        ],
    )]);
    let ran = fixture.run(&after(&[])).exits(2);
    assert!(ran.stderr.to_lowercase().contains("mismatch"), "{ran}");
    fixture.publish(vec![alpha()]);
    fixture.run(&after(&[])).exits(1);
    fixture.publish(Vec::new());
    let ran = fixture.run(&after(&["--offline"])).exits(2);
    assert!(!ran.stderr.contains("panicked"), "{ran}");
}
