//! `golden record`: what a model answers, kept to the bit, and every run that gives no answers.

use insta::assert_snapshot;

use crate::support::Fixture;
use crate::support::golden::{
    SCRIPT, about, alpha, can_contain, can_hide_processes, function, locked, made, predictions,
    records, script, synced, told, with_model, without_machine,
};
use crate::support::venv::site;

#[test]
fn a_script_is_recorded_with_all_that_its_answers_depend_on() {
    if !can_hide_processes() {
        return;
    }
    let fixture = synced();
    let ran = fixture.run(&script(&["--seed", "7"])).succeeds();
    assert_snapshot!("recorded_script", told(&ran));
    let golden = fixture.read("golden.jsonl");
    assert_eq!(
        records(&golden),
        [
            r#"{"input":{"x":1.0},"prediction":1.1}"#,
            r#"{"input":{"x":2.5},"prediction":2.6}"#,
            r#"{"input":{"x":-3},"prediction":-2.9}"#,
        ]
    );
    let origin = about(&golden, 0);
    assert_eq!(origin["schema"], "holdfast/golden/1");
    assert_eq!(origin["environment"], "app");
    assert_eq!(origin["lock"]["path"], "pylock.app.toml");
    assert_eq!(origin["seed"], 7);
    assert_eq!(origin["inputs"]["count"], 3);
    assert_eq!(origin["artefacts"][0]["path"], "predict.py");
    assert_eq!(origin["artefacts"][0]["size"], SCRIPT.len());
    assert_eq!(about(&golden, 1)["run"]["recorded"], "2026-11-21T00:00:00Z");
    let json = fixture.run(&script(&["--format", "json"])).succeeds();
    assert_snapshot!("recorded_json", told(&json));
    // everything but the run itself is the same the second time
    let again = fixture.read("golden.jsonl");
    assert_eq!(records(&again), records(&golden));
    fixture.run(&["verify"]).succeeds();
}

#[test]
fn without_a_file_the_set_is_printed() {
    if !can_hide_processes() {
        return;
    }
    let fixture = with_model("def predict(row):\n    return row['x'] * 2\n");
    let ran = fixture.run(&function(&[])).succeeds();
    assert_eq!(predictions(&ran.stdout), ["2.0", "5.0", "-6"]);
    let model = &about(&ran.stdout, 0)["model"];
    assert_eq!(model["kind"], "function");
    assert_eq!(model["calls"], "per-input");
}

#[test]
fn a_function_takes_all_inputs_at_once() {
    if !can_contain() {
        return;
    }
    let fixture = with_model(
        "calls = []\n\
         class Inner:\n    \
             def rank(self, rows):\n        return sorted(range(len(rows)), key=lambda i: rows[i]['x'])\n\
         inner = Inner()\n\
         def predict(rows):\n    calls.append(1)\n    return [len(calls) * row['x'] for row in rows]\n",
    );
    let ran = fixture.run(&function(&["--at-once"])).succeeds();
    assert_eq!(predictions(&ran.stdout), ["1.0", "2.5", "-3"]);
    assert_eq!(about(&ran.stdout, 0)["model"]["calls"], "all-at-once");
    let of_an_object = ["golden", "record", "--function", "model:inner.rank"];
    let of_an_object = [
        &of_an_object[..],
        &["--inputs", "inputs.jsonl", "--at-once"],
    ]
    .concat();
    let ran = fixture.run(&of_an_object).succeeds();
    assert_eq!(predictions(&ran.stdout), ["2", "0", "1"]);
}

#[test]
fn every_kind_of_answer_returns_to_the_bit() {
    if !can_contain() {
        return;
    }
    let cases = [
        ("0.1 + 0.2", "0.30000000000000004"),
        ("5e-324", "5e-324"),
        ("1.7976931348623157e308", "1.7976931348623157e308"),
        ("-0.0", "-0.0"),
        ("2**100", "1267650600228229401496703205376"),
        ("float('nan')", r#"{"$float":"NaN"}"#),
        ("float('inf')", r#"{"$float":"Infinity"}"#),
        ("[float('-inf'), 1]", r#"[{"$float":"-Infinity"},1]"#),
        ("[0.25, 0.5, 0.25]", "[0.25,0.5,0.25]"),
        ("'gold'", r#""gold""#),
        ("True", "true"),
        ("None", "null"),
        (
            "{'label': 'x', 'p': [0.5, 0.5]}",
            r#"{"label":"x","p":[0.5,0.5]}"#,
        ),
        (
            "'zwei\\nZeilen \u{e9} \u{1f600}'",
            "\"zwei\\nZeilen \u{e9} \u{1f600}\"",
        ),
    ];
    let answers: Vec<&str> = cases.iter().map(|(code, _)| *code).collect();
    let fixture = with_model(&format!(
        "answers = [{}]\ndef predict(row):\n    return answers[row['n']]\n",
        answers.join(", ")
    ));
    let rows: Vec<String> = (0..cases.len())
        .map(|row| format!("{{\"n\":{row}}}\n"))
        .collect();
    fixture.write("inputs.jsonl", rows.concat());
    let ran = fixture.run(&function(&[])).succeeds();
    let expected: Vec<&str> = cases.iter().map(|(_, written)| *written).collect();
    let found = predictions(&ran.stdout);
    for (number, (found, expected)) in found.iter().zip(&expected).enumerate() {
        // exponents may be written with or without a sign
        assert_eq!(&found.replace("e+", "e"), expected, "{}", answers[number]);
    }
    assert_eq!(found.len(), expected.len());
    fixture.write("golden.jsonl", &ran.stdout);
    fixture
        .run(&["golden", "compare"])
        .succeeds()
        .prints("clean");
}

#[test]
fn a_table_is_read_as_its_ending_says() {
    if !can_contain() {
        return;
    }
    let fixture = with_model("def predict(row):\n    return row\n");
    fixture.write("rows.csv", "name,size,share\na,1,0.5\n\"b, c\",2,\n");
    let ran = fixture.run(&function(&["--inputs", "rows.csv"])).succeeds();
    assert_snapshot!("recorded_csv", predictions(&ran.stdout).join("\n"));
    fixture.write(
        "rows.jsonl",
        "{\"a\":[1,2.0]}\n\n{\"b\":NaN,\"c\":\"text\"}\n",
    );
    let ran = fixture
        .run(&function(&["--inputs", "rows.jsonl"]))
        .succeeds();
    assert_eq!(
        predictions(&ran.stdout),
        [r#"{"a":[1,2.0]}"#, r#"{"b":{"$float":"NaN"},"c":"text"}"#]
    );
}

#[test]
fn lines_of_json_may_be_vectors_and_texts() {
    if !can_contain() {
        return;
    }
    let fixture = with_model("def predict(row):\n    return row * 2\n");
    fixture.write("rows.jsonl", "[1,2.5]\n\"ab\"\n4\n");
    let ran = fixture
        .run(&[
            "golden",
            "record",
            "--function",
            "model:predict",
            "--inputs",
            "rows.jsonl",
        ])
        .succeeds();
    assert_eq!(predictions(&ran.stdout), ["[1,2.5,1,2.5]", "\"abab\"", "8"]);
}

#[test]
fn inputs_that_cannot_be_read_are_told() {
    let fixture = with_model("def predict(row):\n    return row\n");
    fixture.write("ragged.csv", "a,b\n1,2\n3\n");
    fixture.write("latin.csv", b"a\ncaf\xe9\n");
    fixture.write("empty.csv", "");
    fixture.write("header.csv", "a,b\n");
    fixture.write("rows.txt", "1\n");
    fixture.write("broken.jsonl", "{\"x\":1}\n{\"x\":\n");
    let runs: Vec<Vec<&str>> = [
        "ragged.csv",
        "latin.csv",
        "empty.csv",
        "header.csv",
        "rows.txt",
        "broken.jsonl",
        "nowhere.csv",
    ]
    .iter()
    .map(|file| function(&["--inputs", file]))
    .collect();
    let runs: Vec<&[&str]> = runs.iter().map(Vec::as_slice).collect();
    assert_snapshot!("record_bad_inputs", fixture.all_exit(2, &runs));
}

#[test]
fn a_large_set_is_compressed() {
    if !can_contain() {
        return;
    }
    let fixture = synced();
    let mut arguments = script(&[]);
    for argument in &mut arguments {
        if *argument == "golden.jsonl" {
            *argument = "golden.jsonl.zst";
        }
    }
    fixture.run(&arguments).succeeds();
    let bytes = fs_err::read(fixture.path("golden.jsonl.zst")).unwrap();
    assert_eq!(&bytes[..4], [0x28, 0xb5, 0x2f, 0xfd]);
    let compare = ["golden", "compare", "--golden", "golden.jsonl.zst"];
    fixture.run(&compare).succeeds().prints("clean");
    fs_err::write(fixture.path("golden.jsonl.zst"), &bytes[..bytes.len() - 9]).unwrap();
    let ran = fixture.run(&compare).exits(2);
    assert!(ran.stderr.contains("is damaged or ends early"), "{ran}");
}

#[test]
fn an_environment_that_was_altered_is_refused() {
    let fixture = synced();
    fs_err::write(site(&fixture, "alpha/core.py"), "def f(x):\n    return 0\n").unwrap();
    let ran = fixture.run(&script(&[])).exits(2);
    assert_snapshot!("record_altered", told(&ran));
    assert!(!fixture.has("golden.jsonl"));
    let elsewhere = fixture.run(&script(&["--venv", "nowhere"])).exits(2);
    assert!(
        elsewhere.stderr.contains("is no virtual environment"),
        "{elsewhere}"
    );
}

#[test]
fn without_an_environment_one_is_made_from_the_lock() {
    if !can_contain() {
        return;
    }
    let fixture = locked("alpha<2\n", vec![alpha()]);
    fixture.run(&script(&[])).succeeds();
    assert_eq!(
        predictions(&fixture.read("golden.jsonl")),
        ["1.1", "2.6", "-2.9"]
    );
    assert!(!fixture.has(".venv"));
    assert_eq!(made(&fixture), 0, "what was made is thrown away");
}

#[test]
fn what_is_asked_for_has_to_be_there() {
    let fixture = locked("alpha<2\n", vec![alpha()]);
    fs_err::write(fixture.beside("outside.py"), SCRIPT).unwrap();
    let lock = fixture.read("pylock.app.toml");
    let inputs = ["--inputs", "inputs.jsonl"];
    let asked = |more: &[&'static str]| [&["golden", "record"][..], more, &inputs].concat();
    let runs = [
        asked(&["--script", "../outside.py"]),
        asked(&["--script", "nowhere.py"]),
        asked(&["--function", "predict"]),
        asked(&["--script", "predict.py", "-e", "other"]),
        asked(&["--script", "predict.py", "--function", "a:b"]),
        asked(&["--script", "predict.py", "--time-limit", "2"]),
        asked(&["--script", "predict.py", "--variable", "=x"]),
        asked(&[]),
    ];
    let runs: Vec<&[&str]> = runs.iter().map(Vec::as_slice).collect();
    assert_snapshot!("record_bad_requests", fixture.all_exit(2, &runs));
    fs_err::remove_file(fixture.path("pylock.app.toml")).unwrap();
    assert_snapshot!("record_no_lock", fixture.run(&script(&[])).exits(2));
    fixture.write("pylock.app.toml", lock);
    let two = fixture.read("holdfast.toml");
    fixture.write(
        "holdfast.toml",
        format!(
            "{two}\n{}",
            two.replace("environments.app", "environments.web")
        ),
    );
    assert_snapshot!(
        "record_two_environments",
        fixture.run(&script(&[])).exits(2)
    );
}

#[test]
fn model_files_are_hashed_whether_they_are_named_or_found() {
    if !can_contain() {
        return;
    }
    let fixture = with_model("def predict(row):\n    return open('weights.bin').read()\n");
    fixture.write("weights.bin", "0.5");
    fixture.write("models/scaler.pkl", b"\x80\x04K\x01.");
    let paths = |fixture: &Fixture| -> Vec<String> {
        let ran = fixture.run(&function(&[])).succeeds();
        let origin = about(&ran.stdout, 0);
        let artefacts = origin["artefacts"].as_array().unwrap();
        artefacts
            .iter()
            .map(|artefact| artefact["path"].as_str().unwrap().to_owned())
            .collect()
    };
    let found = paths(&fixture);
    assert!(found.contains(&"models/scaler.pkl".to_owned()), "{found:?}");
    assert!(found.contains(&"model.py".to_owned()), "{found:?}");
    let config = fixture.read("holdfast.toml");
    fixture.write(
        "holdfast.toml",
        format!("{config}\n[[artefacts]]\npath = \"weights.bin\"\n"),
    );
    assert_eq!(paths(&fixture), ["model.py", "weights.bin"]);
}

#[test]
fn a_script_that_fails_leaves_no_set() {
    if !can_contain() {
        return;
    }
    let fixture = synced();
    let scripts = [
        "import sys\nprint('out of memory', file=sys.stderr)\nsys.exit(1)\n",
        "print('loading weights')\n",
        "import sys\nsys.stdout.buffer.write(b'\\xff\\xfe\\n')\n",
        "print(1)\n",
        "import torch_that_is_not_there\n",
        "import time\ntime.sleep(60)\n",
        "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n",
    ];
    let mut told = Vec::new();
    for code in scripts {
        fixture.write("predict.py", code);
        // short for the one that never ends alone: the machine may be busy
        let limit = if code.contains("sleep") { "2s" } else { "5m" };
        let ran = fixture.run(&script(&["--time-limit", limit])).exits(2);
        told.push(without_machine(&format!("# {code}{ran}")));
        assert!(!fixture.has("golden.jsonl"));
    }
    assert_snapshot!("record_failing_scripts", told.join("\n"));
}

#[test]
fn a_set_is_not_written_where_there_is_no_folder() {
    if !can_contain() {
        return;
    }
    let fixture = with_model("def predict(row):\n    return 1\n");
    let ran = fixture
        .run(&function(&["-o", "nowhere/golden.jsonl"]))
        .exits(2);
    assert!(ran.stderr.contains("nowhere/golden.jsonl"), "{ran}");
}

#[test]
fn an_input_on_which_the_model_fails_is_recorded_as_that() {
    if !can_contain() {
        return;
    }
    let fixture = with_model(
        "def predict(row):\n    \
             if row['x'] < 0:\n        raise ValueError('x is negative')\n    \
             return [row['x']] * 3 if row['x'] > 2 else row['x']\n",
    );
    let arguments = function(&["-o", "golden.jsonl"]);
    let ran = fixture.run(&arguments).succeeds();
    assert!(ran.stdout.contains("fail"), "{ran}");
    assert_eq!(
        predictions(&fixture.read("golden.jsonl")),
        [
            "1.0",
            "[2.5,2.5,2.5]",
            r#"{"category":"ValueError","message":"x is negative"}"#,
        ]
    );
    fixture.run(&["golden", "compare"]).succeeds();
}

#[test]
fn a_module_that_does_not_load_is_told_with_its_traceback() {
    if !can_contain() {
        return;
    }
    let fixture = with_model("import not_there\n");
    let ran = fixture.run(&function(&[])).exits(2);
    assert!(
        ran.stderr.contains("ModuleNotFoundError") && ran.stderr.contains("not_there"),
        "{ran}"
    );
    fixture.write("model.py", "predict = 3\n");
    let ran = fixture.run(&function(&[])).exits(2);
    assert!(ran.stderr.contains("no function"), "{ran}");
}
