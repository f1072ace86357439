//! Scripts: lines of JSON in, lines of JSON out, and all that goes wrong with that.

use std::time::Duration;

use holdfast_model::RaisedWarning;
use holdfast_runner::{Containment, RunError};

use crate::support::{Project, can_contain, can_hide_processes, values};

const ECHO: &str = "import sys\nfor line in sys.stdin:\n    print(line.strip())\n";

fn script(text: &str) -> Project {
    let mut project = Project::new(&[("predict.py", text)]);
    if !can_contain() {
        project.containment = Containment::Uncontained;
    }
    project
}

fn error(text: &str, inputs: &[&str]) -> RunError {
    script(text).script(inputs).unwrap_err()
}

#[test]
fn values_come_back_as_the_script_printed_them() {
    let inputs = [
        "{\"a\": 1e-7}",
        "\"zażółć 🐢\"",
        "123456789012345678901234567890",
        "[NaN, -Infinity]",
    ];
    let run = script(ECHO).script(&inputs).unwrap();
    assert_eq!(values(&run), inputs);
    assert!(run.python.starts_with("3."), "{}", run.python);
    assert!(run.seconds > 0.0 && run.seconds < 10.0);
    assert!(run.memory.unwrap() > 1 << 20);
    assert_eq!(run.left_behind, 0);
}

#[test]
fn no_inputs_are_no_predictions() {
    assert_eq!(script(ECHO).script(&[]).unwrap().predictions, []);
}

#[test]
fn large_inputs_and_outputs_do_not_block_each_other() {
    let long = format!("\"{}\"", "x".repeat(1 << 20));
    let inputs = vec![long.as_str(); 16];
    let run = script(ECHO).script(&inputs).unwrap();
    assert!(values(&run).iter().all(|value| *value == long));
}

#[test]
fn a_script_need_not_read_its_inputs() {
    let long = format!("\"{}\"", "x".repeat(1 << 20));
    let run = script("print(1)\nprint(2)\n")
        .script(&[&long, &long])
        .unwrap();
    assert_eq!(values(&run), ["1", "2"]);
}

#[test]
fn a_script_may_close_its_output_early() {
    let text = "import os, sys\nprint(1, flush=True)\nos.close(1)\nsys.stdout = None\n\
                import time\ntime.sleep(0.1)\n";
    assert_eq!(values(&script(text).script(&["0"]).unwrap()), ["1"]);
}

#[test]
fn words_among_predictions_are_named() {
    let error = error("print(1)\nprint('Loading model…')\n", &["0", "0"]);
    assert_eq!(
        error.to_string(),
        "line 2 of what `predict.py` printed is no JSON: `Loading model…`: print predictions alone \
         to standard output, everything else to standard error"
    );
}

#[test]
fn output_that_is_not_utf_8_is_named() {
    let text = "import sys\nsys.stdout.buffer.write(b'1\\n\\xff\\xfe\\n')\n";
    assert!(matches!(
        error(text, &["0", "0"]),
        RunError::NotText { line: 2, .. }
    ));
}

#[test]
fn another_number_of_predictions_is_an_error() {
    for (text, count) in [("print(1)", 1), ("print(1)\nprint(2)\nprint(3)", 3)] {
        let error = error(text, &["0", "0"]);
        assert!(
            matches!(error, RunError::Count { expected: 2, found, .. } if found == count),
            "{error}"
        );
    }
}

#[test]
fn an_exception_is_shown_with_its_end() {
    let error = error(
        "def f():\n    raise ValueError('no such column')\nf()\n",
        &["0"],
    );
    assert!(matches!(error, RunError::Exited { code: 1, .. }));
    assert!(
        error.to_string().ends_with("ValueError: no such column"),
        "{error}"
    );
}

#[test]
fn a_broken_library_is_told_by_its_signal() {
    let error = error(
        "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n",
        &["0"],
    );
    assert!(
        error.to_string().contains("signal 11 (segmentation fault)"),
        "{error}"
    );
}

#[test]
fn warnings_are_read_from_standard_error() {
    let text =
        "import warnings\nfor _ in range(3):\n    warnings.warn(f'odd {object()}')\nprint(1)\n";
    let run = script(text).script(&["0"]).unwrap();
    assert_eq!(
        run.warnings,
        [RaisedWarning {
            category: "UserWarning".to_owned(),
            message: "odd <object object at 0x…>".to_owned()
        }]
    );
}

#[test]
fn a_script_that_hangs_is_stopped_in_time() {
    let mut project = script("import time\nprint(1, flush=True)\ntime.sleep(1000)\n");
    project.limits.time = Duration::from_millis(500);
    let error = project.script(&["0"]).unwrap_err();
    assert!(matches!(error, RunError::Time { .. }), "{error}");
}

#[test]
fn a_script_that_ignores_signals_is_stopped_in_time() {
    let mut project = script(
        "import signal, time\nfor number in range(1, 32):\n    try: signal.signal(number, signal.SIG_IGN)\n    \
         except OSError: pass\nwhile True: time.sleep(1)\n",
    );
    project.limits.time = Duration::from_millis(500);
    assert!(matches!(project.script(&["0"]), Err(RunError::Time { .. })));
}

#[test]
fn a_flood_of_output_is_stopped() {
    for stream in ["stdout", "stderr"] {
        let mut project = script(&format!(
            "import sys\nwhile True: sys.{stream}.write('1\\n' * 10000)\n"
        ));
        project.limits.output = 10 << 20;
        let error = project.script(&["0"]).unwrap_err();
        assert!(
            matches!(
                error,
                RunError::Output {
                    limit: 10_485_760,
                    ..
                }
            ),
            "{error}"
        );
    }
}

#[test]
fn a_script_over_its_memory_is_told_so() {
    let mut project = script("held = []\nwhile True: held.append(bytearray(1 << 24))\n");
    project.limits.memory = 256 << 20;
    let error = project.script(&["0"]).unwrap_err();
    assert!(
        matches!(error, RunError::Memory { used, .. } if used > 256 << 20),
        "{error}"
    );
}

#[test]
fn memory_counts_over_all_processes() {
    let mut project = script(
        "import os, time\nfor _ in range(4):\n    if os.fork() == 0:\n        held = os.urandom(1 << 20) * 100\n        \
         time.sleep(20)\ntime.sleep(20)\n",
    );
    project.limits.memory = 300 << 20;
    let error = project.script(&["0"]).unwrap_err();
    assert!(matches!(error, RunError::Memory { .. }), "{error}");
}

#[test]
fn memory_that_forks_share_counts_once() {
    let mut project = script(
        "import os, time\nheld = os.urandom(1 << 20) * 100\nchildren = []\nfor _ in range(4):\n    \
         child = os.fork()\n    if child == 0:\n        time.sleep(0.5)\n        os._exit(0)\n    \
         children.append(child)\nfor child in children: os.waitpid(child, 0)\nprint(1)\n",
    );
    project.limits.memory = 300 << 20;
    assert_eq!(values(&project.script(&["0"]).unwrap()), ["1"]);
}

/// A bomb that goes out by itself, at 512 processes: where a limit fails, the machine must not.
const BOMB: &str = "import os, time\nfor _ in range(9): os.fork()\ntime.sleep(5)\n";

#[test]
fn a_fork_bomb_is_stopped() {
    for containment in [Containment::Contained, Containment::Uncontained] {
        let mut project = script(BOMB);
        if containment == Containment::Uncontained {
            project.containment = containment;
        }
        project.limits.processes = 50;
        let error = project.script(&["0"]).unwrap_err();
        assert!(
            matches!(error, RunError::Processes { used, of: "processes", .. } if used > 50),
            "{error}"
        );
    }
}

#[test]
fn the_kernel_itself_keeps_a_limit_of_processes() {
    let mut project = script(
        "import json, resource\nprint(json.dumps(resource.getrlimit(resource.RLIMIT_NPROC)))\n\
         print(open('/proc/sys/kernel/pid_max').read())\n\
         print(json.dumps(open('/proc/sys/kernel/osrelease').read()))\n",
    );
    if !can_hide_processes() {
        return;
    }
    project.limits.processes = 4;
    let told = values(&project.script(&["0"; 3]).unwrap());
    let version: Vec<u32> = told[2]
        .trim_matches('"')
        .split(['.', '-'])
        .take(2)
        .map_while(|part| part.parse().ok())
        .collect();
    if version >= vec![5, 14] {
        assert_eq!(told[0], "[1088, 1088]");
    }
    if version >= vec![6, 14] {
        assert_eq!(told[1], "1388");
        let outside = fs_err::read_to_string("/proc/sys/kernel/pid_max").unwrap();
        assert_ne!(outside.trim(), "1388");
    }
}

#[test]
fn a_script_that_is_not_there_is_named() {
    let error = Project::new(&[]).script(&[]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no script `predict.py`: name a Python file below the project"
    );
}

#[test]
fn an_interpreter_that_is_none_is_told() {
    let mut project = script(ECHO);
    project.python = project.path().join("predict.py");
    let error = project.script(&[]).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("the interpreter cannot be started"),
        "{error}"
    );
}

#[test]
fn a_script_sees_the_variables_it_is_meant_to() {
    let mut project = script(
        "import json, os, sys\nprint(json.dumps(dict(os.environ)))\nprint(json.dumps(os.getcwd()))\n\
         print(json.dumps(hash('a')))\n",
    );
    project
        .variables
        .insert("MODEL".to_owned(), "churn".to_owned());
    let first = values(&project.script(&["0", "0", "0"]).unwrap());
    let second = values(&project.script(&["0", "0", "0"]).unwrap());
    let seen: std::collections::BTreeMap<String, String> = serde_json::from_str(&first[0]).unwrap();
    assert_eq!(seen["MODEL"], "churn");
    assert_eq!(seen["PYTHONHASHSEED"], "7");
    assert!(seen["HOME"].contains("holdfast-run-"));
    assert!(!seen.contains_key("CARGO_MANIFEST_DIR"));
    assert_eq!(first[1], format!("\"{}\"", project.path().display()));
    assert_eq!(first[2], second[2]);
}
