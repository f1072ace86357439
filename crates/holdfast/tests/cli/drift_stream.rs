//! `holdfast drift stream`: files, pipes, files that grow, and states between runs.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::Fixture;

/// Numbers in 0 to 1, the same each time.
fn uniform(seed: u64, count: usize) -> impl Iterator<Item = f64> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        #[expect(clippy::cast_precision_loss, reason = "53 bits are left")]
        let number = (state >> 11) as f64 / 2_f64.powi(53);
        number
    })
    .take(count)
}

/// A stream whose mean rises by a half in the middle.
fn numbers() -> Vec<f64> {
    let first = uniform(42, 1000).map(|number| 0.3 * number);
    let second = uniform(43, 1000).map(|number| 0.3 * number + 0.5);
    first.chain(second).collect()
}

/// Right and wrong; wrong more often from the middle on.
fn bits() -> Vec<f64> {
    let bit = |is_set: bool| f64::from(u8::from(is_set));
    let first = uniform(44, 1000).map(|number| bit(number < 0.1));
    let second = uniform(45, 1000).map(|number| bit(number < 0.45));
    first.chain(second).collect()
}

fn lines(values: &[f64]) -> String {
    let mut text = String::new();
    for value in values {
        writeln!(text, "{value}").unwrap();
    }
    text
}

fn stream<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["drift", "stream"], more].concat()
}

/// A state without what tells where its file is.
fn state(fixture: &Fixture, file: &str) -> Value {
    let mut state: Value = serde_json::from_str(&fixture.read(file)).unwrap();
    let state_object = state.as_object_mut().unwrap();
    state_object.remove("source");
    state_object.remove("digest");
    state
}

fn places(document: &Value) -> Vec<u64> {
    let signals = document["signals"].as_array().unwrap().iter();
    signals
        .map(|signal| signal["at"].as_u64().unwrap())
        .collect()
}

#[test]
fn drift_is_told_where_it_is() {
    let fixture = Fixture::empty();
    fixture.write("numbers.txt", lines(&numbers()));
    fixture.write("wrong.txt", lines(&bits()));
    let ran = [
        fixture.run(&stream(&["numbers.txt"])).exits(1),
        fixture
            .run(&stream(&["numbers.txt", "--detector", "page-hinkley"]))
            .exits(1),
        fixture
            .run(&stream(&["wrong.txt", "--detector", "ddm"]))
            .exits(1),
        fixture
            .run(&stream(&[
                "wrong.txt",
                "--detector",
                "eddm",
                "--warning",
                "0.8",
                "--drift",
                "0.75",
            ]))
            .exits(1),
        fixture
            .run(&stream(&["numbers.txt", "--delta", "1e-300"]))
            .exits(0),
    ];
    assert_snapshot!(ran.map(|ran| ran.to_string()).join("\n"));
    let json = stream(&["numbers.txt", "--format", "json"]);
    assert_snapshot!("drift_stream_json", fixture.run(&json).exits(1));
}

#[test]
fn what_fails_a_run_can_be_chosen() {
    let fixture = Fixture::empty();
    fixture.write("wrong.txt", lines(&bits()));
    let ddm = ["wrong.txt", "--detector", "ddm", "--fail-on"];
    fixture
        .run(&stream(&[&ddm[..], &["never"]].concat()))
        .exits(0);
    let warns = [&ddm[..], &["drift", "--drift", "1000"]].concat();
    fixture.run(&stream(&warns)).exits(0).prints("warning");
    let warns = [&ddm[..], &["warning", "--drift", "1000"]].concat();
    fixture.run(&stream(&warns)).exits(1);
}

#[test]
fn parts_come_to_what_the_whole_comes_to() {
    for (detector, values) in [
        ("page-hinkley", numbers()),
        ("adwin", numbers()),
        ("ddm", bits()),
        ("eddm", bits()),
    ] {
        let fixture = Fixture::empty();
        let run = |more: &[&str]| {
            let options = ["--detector", detector, "--format", "json"];
            let ran = fixture.run(&stream(&[&options[..], more].concat()));
            assert!(ran.code < 2, "{ran}");
            ran.json()
        };
        fixture.write("whole.txt", lines(&values));
        let whole = places(&run(&["whole.txt", "--state", "whole.json"]));
        assert!(!whole.is_empty());
        // a file that grows, and the same in files of their own
        let mut grown = Vec::new();
        let mut single = Vec::new();
        for end in [0, 1, 700, 1104, 1105, 2000] {
            fixture.write("grows.txt", "");
            let mut file = fs_err::OpenOptions::new()
                .append(true)
                .open(fixture.path("grows.txt"))
                .unwrap();
            file.write_all(lines(&values[..end]).as_bytes()).unwrap();
            if end > 0 {
                grown.extend(places(&run(&["grows.txt", "--state", "grown.json"])));
            }
        }
        for (number, (from, to)) in [(0, 1), (1, 700), (700, 1104), (1104, 1105), (1105, 2000)]
            .into_iter()
            .enumerate()
        {
            let name = format!("part-{number}.txt");
            fixture.write(&name, lines(&values[from..to]));
            single.extend(places(&run(&[&name, "--state", "single.json"])));
        }
        assert_eq!(grown, whole, "{detector}");
        assert_eq!(single, whole, "{detector}");
        let expected = state(&fixture, "whole.json");
        assert_eq!(state(&fixture, "grown.json"), expected, "{detector}");
        assert_eq!(state(&fixture, "single.json"), expected, "{detector}");
        // nothing has come since
        let again = run(&["grows.txt", "--state", "grown.json"]);
        assert_eq!(again["values"], 0);
        assert_eq!(again["resumed_at"], 2000);
    }
}

fn piped(fixture: &Fixture, arguments: &[&str], input: &str) -> std::process::Output {
    let mut child = fixture
        .command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    pipe.write_all(input.as_bytes()).unwrap();
    drop(pipe);
    child.wait_with_output().unwrap()
}

#[test]
fn standard_input_is_a_stream_like_a_file() {
    let fixture = Fixture::empty();
    let values = numbers();
    fixture.write("numbers.txt", lines(&values));
    let file = fixture.run(&stream(&["numbers.txt"])).exits(1).stdout;
    for arguments in [stream(&[]), stream(&["-"])] {
        let output = piped(&fixture, &arguments, &lines(&values));
        assert_eq!(output.status.code(), Some(1));
        let printed = String::from_utf8(output.stdout).unwrap();
        assert_eq!(printed.replace("standard input", "numbers.txt"), file);
    }
    let first = piped(
        &fixture,
        &stream(&["--state", "state.json"]),
        &lines(&values[..1000]),
    );
    assert_eq!(first.status.code(), Some(0));
    let second = piped(
        &fixture,
        &stream(&["--state", "state.json"]),
        &lines(&values[1000..]),
    );
    assert_eq!(second.status.code(), Some(1));
    fixture
        .run(&stream(&["numbers.txt", "--state", "whole.json"]))
        .exits(1);
    assert_eq!(state(&fixture, "state.json"), state(&fixture, "whole.json"));
    fixture.run(&stream(&["-", "--follow"])).exits(2);
    fixture.run(&stream(&["--follow"])).exits(2);
}

#[test]
fn columns_of_tables_and_of_json_lines_are_chosen() {
    let fixture = Fixture::empty();
    let values = numbers();
    let mut csv = "time,score,n\r\n".to_owned();
    let mut json = String::new();
    for (place, value) in values.iter().enumerate() {
        write!(csv, "{place},{value},1\r\n").unwrap();
        writeln!(json, "{{\"n\":{{\"score\":9}},\"score\":{value}}}").unwrap();
    }
    fixture.write("table.csv", csv);
    fixture.write("lines.jsonl", json);
    for arguments in [
        ["table.csv", "--column", "score"],
        ["table.csv", "--column", "2"],
        ["lines.jsonl", "--column", "score"],
    ] {
        let arguments = [&arguments[..], &["--format", "json"]].concat();
        let ran = fixture.run(&stream(&arguments)).exits(1);
        assert_eq!(places(&ran.json()), [1023], "{ran}");
    }
    assert_snapshot!(fixture.all_exit(
        2,
        &[
            &stream(&["table.csv"]),
            &stream(&["table.csv", "--column", "scores"]),
            &stream(&["lines.jsonl"]),
        ]
    ));
}

#[test]
fn lines_without_a_value_stop_it_or_are_counted() {
    let fixture = Fixture::empty();
    fixture.write("bad.txt", "1\n2\nx\u{1b}[31m\n3\n\nNaN\n4\n");
    fixture.write("half.txt", "0\n0.5\n1\n");
    assert_snapshot!(
        [
            fixture
                .run(&stream(&["bad.txt", "--state", "state.json"]))
                .exits(2),
            fixture
                .run(&stream(&["bad.txt", "--skip-invalid"]))
                .exits(0),
            fixture
                .run(&stream(&["half.txt", "--detector", "ddm"]))
                .exits(2),
        ]
        .map(|ran| ran.to_string())
        .join("\n")
    );
    assert_eq!(state(&fixture, "state.json")["values"], 2);
    // the line is met again, and what came before is not
    let again = fixture
        .run(&stream(&[
            "bad.txt",
            "--state",
            "state.json",
            "--skip-invalid",
            "--format",
            "json",
        ]))
        .exits(0)
        .json();
    assert_eq!(again["values"], 2);
    assert_eq!(again["skipped_lines"][0]["line"], 3);
    assert_eq!(again["total"]["values"], 4);
}

#[test]
fn what_cannot_be_done_says_why() {
    let fixture = Fixture::empty();
    fixture.write("empty.txt", "");
    fixture.write("numbers.txt", "1\n2\n");
    fixture.write("wide.txt", "1e308\n-1e308\n1e308\n");
    fixture.write("folder/file", "");
    fixture.write("other.json", "{\"schema\": \"holdfast/stream-state/9\"}");
    fixture.write("none.json", "{}");
    fixture.write("cut.json", "{\"schema\": \"holdfast/stream-st");
    fixture
        .run(&stream(&["numbers.txt", "--state", "good.json"]))
        .exits(0);
    let good = fixture.read("good.json");
    fixture.write(
        "edited.json",
        good.replace("\"values\": 2", "\"values\": 3"),
    );
    assert_snapshot!(fixture.all_exit(
        2,
        &[
            &stream(&["empty.txt"]),
            &stream(&["absent.txt"]),
            &stream(&["folder"]),
            &stream(&["wide.txt"]),
            &stream(&["numbers.txt", "--clock", "1", "--detector", "ddm"]),
            &stream(&["numbers.txt", "--delta", "-1"]),
            &stream(&["numbers.txt", "--state", "absent/state.json"]),
            &stream(&["numbers.txt", "--state", "folder"]),
            &stream(&["numbers.txt", "--state", "other.json"]),
            &stream(&["numbers.txt", "--state", "none.json"]),
            &stream(&["numbers.txt", "--state", "cut.json"]),
            &stream(&["numbers.txt", "--state", "edited.json"]),
            &stream(&["numbers.txt", "--state", "good.json", "--delta", "0.1"]),
            &stream(&["numbers.txt", "--state", "good.json", "--detector", "ddm"]),
            &stream(&["numbers.txt", "--format", "sarif"]),
        ]
    ));
    // nothing of that touched a state
    assert_eq!(fixture.read("good.json"), good);
    assert_eq!(fixture.read("none.json"), "{}");
}

#[test]
fn a_line_that_was_read_before_it_ended_is_refused() {
    let fixture = Fixture::empty();
    fixture.write("numbers.txt", "1\n2.");
    let run = stream(&["numbers.txt", "--state", "state.json"]);
    fixture.run(&run).exits(0);
    let mut file = fs_err::OpenOptions::new()
        .append(true)
        .open(fixture.path("numbers.txt"))
        .unwrap();
    file.write_all(b"5\n").unwrap();
    let refused = fixture.run(&run).exits(2);
    assert!(refused.stderr.contains("before it ended"), "{refused}");
}

#[test]
fn a_file_of_the_same_name_is_not_the_same_file() {
    let fixture = Fixture::empty();
    let run = stream(&["log.txt", "--state", "state.json", "--format", "json"]);
    fixture.write("log.txt", "1\n2\n3\n");
    fixture.run(&run).exits(0);
    fs_err::rename(fixture.path("log.txt"), fixture.path("log.1.txt")).unwrap();
    fixture.write("log.txt", "1\n2\n3\n4\n");
    let replaced = fixture.run(&run).exits(0).json();
    assert_eq!(replaced["values"], 4);
    assert_eq!(replaced["notes"].as_array().map(Vec::len), Some(1));
    fixture.write("log.txt", "5\n");
    let cut = fixture.run(&run).exits(0).json();
    assert_eq!(
        (&cut["values"], &cut["total"]["values"]),
        (&1.into(), &8.into())
    );
}

/// A run that follows a file, with what it printed so far.
struct Following {
    child: Child,
    printed: std::path::PathBuf,
}

impl Following {
    fn start(fixture: &Fixture, more: &[&str]) -> Self {
        let printed = fixture.path("printed");
        let child = fixture
            .command(&stream(&[&["--follow", "log.txt"], more].concat()))
            .stdout(fs_err::File::create(&printed).unwrap().into_parts().0)
            .spawn()
            .unwrap();
        Self { child, printed }
    }

    fn text(&self) -> String {
        fs_err::read_to_string(&self.printed).unwrap()
    }

    #[track_caller]
    fn waits_for(&self, what: &str) {
        let start = Instant::now();
        while !self.text().contains(what) {
            assert!(
                start.elapsed() < Duration::from_mins(1),
                "no `{what}` in {}",
                self.text()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    #[track_caller]
    fn ends(mut self, signal: &str) -> (Option<i32>, String) {
        let sent = Command::new("kill")
            .args([signal, &self.child.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
        let status = self.child.wait().unwrap();
        (status.code(), self.text())
    }
}

fn append(fixture: &Fixture, text: &str) {
    let mut file = fs_err::OpenOptions::new()
        .append(true)
        .create(true)
        .open(fixture.path("log.txt"))
        .unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

#[test]
fn a_file_is_followed_until_somebody_says_stop() {
    let fixture = Fixture::empty();
    let text = lines(&numbers());
    let (first, rest) = text.split_at(5000);
    let (second, third) = rest.split_at(17_000);
    append(&fixture, first);
    let more = ["--state", "state.json", "--detector", "page-hinkley"];
    let following = Following::start(&fixture, &more);
    append(&fixture, second);
    following.waits_for("drift    at 1103");
    let (code, printed) = following.ends("-INT");
    assert_eq!(code, Some(1), "{printed}");
    assert!(printed.contains("1 drift, the last at 1103"), "{printed}");
    assert!(printed.contains("stopped"), "{printed}");
    // what was half a line waits for its end
    append(&fixture, third);
    let following = Following::start(&fixture, &more);
    let whole = fixture.run(&stream(&[
        "log.txt",
        "--detector",
        "page-hinkley",
        "--state",
        "whole.json",
    ]));
    whole.exits(1);
    std::thread::sleep(Duration::from_secs(1));
    let (code, printed) = following.ends("-TERM");
    assert_eq!(code, Some(0), "{printed}");
    assert_eq!(state(&fixture, "state.json"), state(&fixture, "whole.json"));
}

#[test]
fn a_followed_file_may_be_replaced_and_cut() {
    let fixture = Fixture::empty();
    append(&fixture, "1\n2\n");
    let options = [
        "--detector",
        "page-hinkley",
        "--minimum",
        "1",
        "--threshold",
        "100",
        "--state",
        "state.json",
    ];
    let following = Following::start(&fixture, &options);
    append(&fixture, "1000\n");
    following.waits_for("at 2  line 3");
    append(&fixture, "7");
    fs_err::rename(fixture.path("log.txt"), fixture.path("log.1.txt")).unwrap();
    append(&fixture, "1\n1\n2000\n");
    following.waits_for("at 6  line 3");
    fixture.write("log.txt", "");
    std::thread::sleep(Duration::from_millis(800));
    append(&fixture, "3000\n9000\n");
    following.waits_for("at 8  line 2");
    let (code, printed) = following.ends("-INT");
    assert_eq!(code, Some(1), "{printed}");
    assert!(printed.contains("replaced"), "{printed}");
    assert!(printed.contains("cut"), "{printed}");
    assert_eq!(state(&fixture, "state.json")["values"], 9);
}

#[test]
fn results_can_go_to_a_file() {
    let fixture = Fixture::empty();
    fixture.write("numbers.txt", lines(&numbers()));
    let printed = fixture.run(&stream(&["numbers.txt"])).exits(1).stdout;
    let output = fixture
        .run(&stream(&["numbers.txt", "-o", "out.txt"]))
        .exits(1);
    assert_eq!(output.stdout, "");
    assert_eq!(fixture.read("out.txt"), printed);
}
