//! Projects with a model to be recorded: tiny packages that compute numbers, and what runs them.

use std::sync::OnceLock;

use regex::Regex;
use testkit::{FakeProject, FakeRelease};

use super::{Fixture, Ran, project, real_minor, skip};

/// A script that answers `alpha.f(x)` for each line of its input.
pub(crate) const SCRIPT: &str = "\
import json, sys
from alpha.core import f
for line in sys.stdin:
    print(json.dumps(f(json.loads(line)['x'])))
";

/// Three inputs.
pub(crate) const INPUTS: &str = "{\"x\":1.0}\n{\"x\":2.5}\n{\"x\":-3}\n";

/// A release with a module `core` of this code.
pub(crate) fn release(name: &str, version: &str, code: &str) -> FakeRelease {
    FakeRelease::new(version).file(&format!("{name}/core.py"), code.as_bytes())
}

/// A package with a version 1.0 and a version 2.0, each of this code.
pub(crate) fn package(name: &str, [one, two]: [&str; 2]) -> FakeProject {
    let releases = [release(name, "1.0", one), release(name, "2.0", two)];
    project(name, releases)
}

/// `alpha`: adds 0.1, and from 2.0 on 0.2.
pub(crate) fn alpha() -> FakeProject {
    package(
        "alpha",
        [
            "def f(x):\n    return x + 0.1\n",
            "def f(x):\n    return x + 0.2\n",
        ],
    )
}

/// A locked project with the script, its inputs and these packages.
pub(crate) fn locked(requirements: &str, packages: Vec<FakeProject>) -> Fixture {
    let mut fixture = Fixture::new(requirements, packages);
    fixture.use_real_python();
    fixture.write("predict.py", SCRIPT);
    fixture.write("inputs.jsonl", INPUTS);
    fixture.lock();
    fixture
}

/// The same with `alpha` 1.0 alone, installed.
pub(crate) fn synced() -> Fixture {
    let fixture = locked("alpha<2\n", vec![alpha()]);
    fixture.run(&["sync"]).succeeds();
    fixture
}

/// The same with a module `model` of this code.
pub(crate) fn with_model(code: &str) -> Fixture {
    let fixture = synced();
    fixture.write("model.py", code);
    fixture
}

/// The arguments that record the script into `golden.jsonl`, with more of them.
pub(crate) fn script<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec!["golden", "record", "--script", "predict.py"];
    arguments.extend(["--inputs", "inputs.jsonl", "-o", "golden.jsonl"]);
    arguments.extend(more);
    arguments
}

/// The arguments that record `model:predict` and print the set, with more of them.
pub(crate) fn function<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec!["golden", "record", "--function", "model:predict"];
    if !more.contains(&"--inputs") {
        arguments.extend(["--inputs", "inputs.jsonl"]);
    }
    arguments.extend(more);
    arguments
}

/// Locks once more with other requirements, and keeps both locks: `before.toml` and `after.toml`
/// with `pylock.` before them.
pub(crate) fn two_locks(fixture: &Fixture, requirements: &str) {
    fixture.write("pylock.before.toml", fixture.read("pylock.app.toml"));
    fixture.write("requirements.in", requirements);
    fixture.run(&["lock", "--upgrade"]).succeeds();
    fixture.write("pylock.after.toml", fixture.read("pylock.app.toml"));
}

/// How many directories with environments are in the cache.
pub(crate) fn made(fixture: &Fixture) -> usize {
    let entries = fs_err::read_dir(fixture.beside("cache/golden")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names
        .filter(|name| name.starts_with("environments-"))
        .count()
}

/// The lines of a golden set that hold inputs and predictions.
pub(crate) fn records(golden: &str) -> Vec<&str> {
    golden.lines().skip(2).collect()
}

/// The predictions of a golden set, as they are written.
pub(crate) fn predictions(golden: &str) -> Vec<String> {
    let parts = records(golden).into_iter().map(|record| {
        let found = [",\"prediction\":", ",\"failed\":"]
            .iter()
            .find_map(|mark| record.split_once(mark));
        let (_, rest) = found.unwrap_or_else(|| panic!("no record: {record}"));
        rest.strip_suffix('}').unwrap().to_owned()
    });
    parts.collect()
}

/// What the first or second line of a golden set says.
pub(crate) fn about(golden: &str, line: usize) -> serde_json::Value {
    serde_json::from_str(golden.lines().nth(line).unwrap()).unwrap()
}

/// The output without times, sizes, digests, and what this machine is.
pub(crate) fn told(ran: &Ran) -> String {
    without_machine(&ran.to_string())
}

/// The same of any text.
pub(crate) fn without_machine(text: &str) -> String {
    static PATTERNS: OnceLock<Vec<(Regex, &str)>> = OnceLock::new();
    let patterns = PATTERNS.get_or_init(|| {
        [
            (r"sha256:[0-9a-f]{8,64}…?", "sha256:[digest]"),
            (r"\b[0-9.]+ (ms|s|m|min)\b", "[time]"),
            (r"\b[0-9.,]+ [kMG]i?B\b", "[size]"),
            (r#""(seconds\w*)": [0-9.e-]+"#, r#""$1": "[time]""#),
            (r#""memory": ([0-9]+|null)"#, r#""memory": "[size]""#),
            // told where it differs much, which it may on a busy machine
            (r"\n\n  (time|memory) [^\n]*\n", "\n"),
            (r"environments-\w{6}", "environments-[random]"),
            // the columns of a table are as wide as its times
            (r"\n {20,}", " "),
            (r#""machine": "[^"]*""#, r#""machine": "[machine]""#),
            (r"[ ]{2,}\[time\]", "  [time]"),
            (r"linux x86_64 · [^\n<]*", "[machine]"),
        ]
        .into_iter()
        .map(|(pattern, to)| (Regex::new(pattern).unwrap(), to))
        .collect()
    });
    let mut text = text.to_owned();
    for (pattern, to) in patterns {
        text = pattern.replace_all(&text, *to).into_owned();
    }
    let patch = Regex::new(&format!(r"\b{}\.\d+\b", regex::escape(real_minor()))).unwrap();
    let text = patch.replace_all(&text, "3.N.P").into_owned();
    text.replace(&format!("python{}/", real_minor()), "python3.N/")
}

/// Whether this kernel lets a model be contained. Where not, the test is skipped and says so, and
/// fails with `CI=true`.
pub(crate) fn can_contain() -> bool {
    static REFUSED: OnceLock<Option<String>> = OnceLock::new();
    let refused = REFUSED.get_or_init(|| {
        let ran = with_model("def predict(row):\n    return 1\n").run(&function(&[]));
        let is_refused = ran.stderr.contains("cannot be contained");
        assert!(is_refused || ran.code == 0, "{ran}");
        is_refused.then_some(ran.stderr)
    });
    if let Some(reason) = refused {
        skip(reason);
    }
    refused.is_none()
}

/// The same for a namespace of processes, which many containers refuse.
pub(crate) fn can_hide_processes() -> bool {
    static MISSING: OnceLock<Option<String>> = OnceLock::new();
    if !can_contain() {
        return false;
    }
    let missing = MISSING.get_or_init(|| {
        let ran = with_model("def predict(row):\n    return 1\n").run(&function(&[]));
        (!ran.stdout.contains("own processes")).then_some(ran.stderr)
    });
    if let Some(reason) = missing {
        skip(reason);
    }
    missing.is_none()
}
