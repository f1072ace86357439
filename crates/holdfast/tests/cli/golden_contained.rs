//! `golden record`: what a model cannot reach, and what is left of a run that is ended.

use std::net::TcpListener;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::support::Fixture;
use crate::support::golden::{
    SCRIPT, about, alpha, can_contain, can_hide_processes, function, locked, made, predictions,
    script, synced, with_model,
};

#[test]
fn a_script_that_takes_too_much_memory_is_stopped() {
    if !can_contain() {
        return;
    }
    let fixture = synced();
    fixture.write(
        "predict.py",
        "import time\nheld = b'x' * 400_000_000\ntime.sleep(30)\n",
    );
    let ran = fixture.run(&script(&["--memory-limit", "100MB"])).exits(2);
    assert!(ran.stderr.contains("100000000 are allowed"), "{ran}");
    assert!(!fixture.has("golden.jsonl"));
}

#[test]
fn a_script_that_starts_too_many_processes_is_stopped() {
    if !can_hide_processes() {
        return;
    }
    let fixture = synced();
    // forty that sleep for a moment, and no more
    fixture.write(
        "predict.py",
        "import subprocess, sys, time\n\
         children = [subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(10)']) for _ in range(40)]\n\
         for child in children:\n    child.wait()\n",
    );
    let ran = fixture
        .run(&script(&["--process-limit", "8", "--time-limit", "60s"]))
        .exits(2);
    assert!(ran.stderr.contains("8 are allowed"), "{ran}");
    assert!(!fixture.has("golden.jsonl"));
}

#[test]
fn the_model_reaches_neither_network_nor_files_nor_variables() {
    if !can_contain() {
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut fixture = with_model(&format!(
        "import os, socket\n\
         def connect():\n    return socket.create_connection(('127.0.0.1', {port}), 5).fileno() > 0\n\
         def write():\n    return open('left.txt', 'w').write('x')\n\
         def scratch():\n    return open(os.path.expanduser('~/x'), 'w').write('x')\n\
         def secret():\n    return os.environ.get('SECRET'), os.environ.get('MODE')\n\
         def predict(row):\n    \
             try:\n        return globals()[row['do']]()\n    \
             except OSError as error:\n        return type(error).__name__\n"
    ));
    fixture.set("SECRET", "hidden");
    fixture.write(
        "inputs.jsonl",
        "{\"do\":\"connect\"}\n{\"do\":\"scratch\"}\n{\"do\":\"secret\"}\n{\"do\":\"write\"}\n",
    );
    let ran = fixture
        .run(&function(&["--variable", "MODE=fast"]))
        .succeeds();
    assert_eq!(
        predictions(&ran.stdout),
        [
            "\"ConnectionRefusedError\"",
            "1",
            "[null,\"fast\"]",
            "\"OSError\""
        ]
    );
    assert_eq!(about(&ran.stdout, 0)["variables"]["MODE"], "fast");
    assert!(!fixture.has("left.txt"));
    let ran = fixture.run(&function(&["--uncontained"])).succeeds();
    assert_eq!(
        predictions(&ran.stdout),
        ["true", "1", "[null,null]", "1"],
        "the variables are no others even then"
    );
    assert_eq!(
        about(&ran.stdout, 1)["run"]["contained"],
        serde_json::json!(["uncontained"])
    );
    assert!(fixture.has("left.txt"));
}

/// A script that starts another process and waits for it, for two minutes.
fn sleeping(mark: &str) -> String {
    format!(
        "import subprocess, sys\n\
         subprocess.run([sys.executable, '-c', 'import time; time.sleep(120)', '{mark}'])\n"
    )
}

/// A recording that runs on.
fn start(fixture: &Fixture) -> Child {
    fixture
        .command(&script(&[]))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Whether a process is there whose command line has this text.
fn is_running(mark: &str) -> bool {
    let processes = fs_err::read_dir("/proc").unwrap();
    processes.filter_map(Result::ok).any(|process| {
        let line = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(mark)
    })
}

fn comes(wanted: impl Fn() -> bool) -> bool {
    let end = Instant::now() + Duration::from_mins(1);
    while Instant::now() < end {
        if wanted() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    false
}

#[test]
fn a_run_that_is_ended_leaves_no_process_and_the_old_set() {
    if !can_hide_processes() {
        return;
    }
    let fixture = synced();
    fixture.run(&script(&[])).succeeds();
    let old = fixture.read("golden.jsonl");
    for (signal, code) in [("-INT", "interrupted"), ("-KILL", "killed")] {
        let mark = format!("{code}-{}", std::process::id());
        fixture.write("predict.py", sleeping(&mark));
        let mut child = start(&fixture);
        assert!(comes(|| is_running(&mark)), "{code}: it never started");
        let killed = std::process::Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status()
            .unwrap();
        assert!(killed.success());
        let status = child.wait().unwrap();
        assert!(!status.success(), "{code}: {status}");
        assert!(comes(|| !is_running(&mark)), "{code}: it is left running");
        assert_eq!(fixture.read("golden.jsonl"), old);
        let left: Vec<String> = fs_err::read_dir(fixture.path(""))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.starts_with(".golden-"))
            .collect();
        assert!(left.is_empty(), "{code}: {left:?}");
    }
}

#[test]
fn environments_that_a_killed_run_left_are_removed_by_the_next() {
    if !can_hide_processes() {
        return;
    }
    let fixture = locked("alpha<2\n", vec![alpha()]);
    let mark = format!("left-{}", std::process::id());
    fixture.write("predict.py", sleeping(&mark));
    let mut child = start(&fixture);
    assert!(comes(|| is_running(&mark)), "it never started");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(comes(|| !is_running(&mark)), "it is left running");
    assert_eq!(made(&fixture), 1);
    // one that still runs keeps its own
    let mut running = start(&fixture);
    assert!(comes(|| is_running(&mark)), "it never started");
    assert_eq!(made(&fixture), 1, "the first was removed");
    fixture.write("predict.py", SCRIPT);
    fixture.run(&script(&[])).succeeds();
    assert_eq!(made(&fixture), 1, "the second was not");
    running.kill().unwrap();
    running.wait().unwrap();
    fixture.run(&["cache", "clean"]).succeeds();
    assert!(!fixture.beside("cache/golden").exists());
}
