//! What a contained model cannot reach, and what is left of it.

use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use holdfast_runner::{Bytecode, Containment};

use crate::support::{Project, can_contain, can_hide_processes, values};

/// What a function answers that tries something: the result, or the exception's name.
fn tried(project: &mut Project, code: &str) -> Vec<String> {
    let text = format!("import json, os, socket, sys\ndef predict(row):\n    {code}\n");
    fs_err::write(project.path().join("model.py"), text).unwrap();
    values(&project.function(&["0"]).unwrap())
}

fn one(code: &str) -> String {
    tried(&mut Project::new(&[]), code).remove(0)
}

#[test]
fn everything_is_in_force_where_the_kernel_allows_it() {
    if !can_hide_processes() {
        return;
    }
    let run = Project::new(&[("predict.py", "")]).script(&[]).unwrap();
    let contained = run.contained.unwrap();
    assert!(contained.network && contained.read_only && contained.processes);
    assert_eq!(contained.missing, Vec::<String>::new());
}

#[test]
fn no_listener_of_this_machine_is_reached() {
    if !can_contain() {
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let connect = format!("return socket.create_connection(('127.0.0.1', {port}), 5).fileno()");
    assert!(one(&connect).starts_with("ConnectionRefusedError"));
    let mut open = Project::new(&[]);
    open.containment = Containment::Uncontained;
    assert!(!tried(&mut open, &connect).remove(0).contains("Error"));
}

#[test]
fn no_other_machine_is_reached() {
    if can_contain() {
        let told = one("return socket.create_connection(('192.0.2.1', 443), 5).fileno()");
        assert!(told.contains("Network is unreachable"), "{told}");
    }
}

#[test]
fn loopback_inside_works() {
    if can_contain() {
        let code = "server = socket.create_server(('127.0.0.1', 0)); \
                    client = socket.create_connection(server.getsockname()); return 1";
        assert_eq!(one(code), "1");
        assert_eq!(
            one("return socket.create_server(('::1', 0), family=socket.AF_INET6) and 1"),
            "1"
        );
    }
}

#[test]
fn sockets_of_the_file_system_are_not_reached() {
    if !can_contain() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("docker sock");
    let _listener = UnixListener::bind(&path).unwrap();
    let told = one(&format!(
        "return socket.socket(socket.AF_UNIX).connect('{}')",
        path.display()
    ));
    assert!(told.starts_with("ConnectionRefusedError"), "{told}");
}

#[test]
fn nothing_is_written_outside_of_the_scratch_directory() {
    if !can_contain() {
        return;
    }
    let outside = tempfile::tempdir().unwrap();
    for place in [
        outside.path().to_str().unwrap(),
        "/tmp",
        "/var/tmp",
        "/usr",
        "/dev",
        ".",
        "/proc/sys/kernel",
        "/sys/kernel",
    ] {
        let told = one(&format!(
            "return open('{place}/holdfast-test', 'w').write('x')"
        ));
        assert!(
            told.contains("Read-only file system")
                || told.contains("Permission denied")
                || told.contains("No such file"),
            "{place}: {told}"
        );
    }
    let told = one("return open('/proc/sys/vm/overcommit_memory', 'w').write('1')");
    assert!(told.contains("Error"), "{told}");
}

#[test]
fn the_scratch_directory_is_writable_and_gone_afterwards() {
    if !can_contain() {
        return;
    }
    let told = one(
        "open(os.path.expanduser('~/a'), 'w').write('x'); import tempfile; \
         os.makedirs(os.path.expanduser('~/locked/in')); os.chmod(os.path.expanduser('~/locked'), 0); \
         open('/dev/shm/x', 'w').write('x'); return tempfile.mkdtemp()",
    );
    let path: String = serde_json::from_str(&told).unwrap();
    let home = Path::new(&path).ancestors().nth(2).unwrap();
    assert!(home.to_str().unwrap().contains("holdfast-run-"), "{path}");
    assert!(!home.exists() && !home.parent().unwrap().exists());
    assert!(!Path::new("/dev/shm/x").exists());
}

#[test]
fn what_is_named_as_writable_is() {
    if !can_contain() {
        return;
    }
    let outside = tempfile::tempdir().unwrap();
    let file = outside.path().join("kept");
    let mut project = Project::new(&[]);
    project.writable.push(outside.path().to_owned());
    let told = tried(
        &mut project,
        &format!("return open('{}', 'w').write('x')", file.display()),
    );
    assert_eq!(told, ["1"]);
    assert_eq!(fs_err::read_to_string(file).unwrap(), "x");
}

#[test]
fn mounts_cannot_be_undone_from_inside() {
    if !can_contain() {
        return;
    }
    let code = "import ctypes; libc = ctypes.CDLL(None, use_errno=True); \
        return [libc.mount(None, b'/', None, 32 | 4096, None), libc.unshare(0x10000000), \
        libc.umount2(b'/dev', 2), \
        [line.split()[1] for line in open('/proc/self/status') if line.startswith('CapEff')]]";
    assert_eq!(one(code), "[-1,-1,-1,[\"0000000000000000\"]]");
}

#[test]
fn devices_are_few() {
    if !can_contain() {
        return;
    }
    let told = one(
        "return sorted(name for name in os.listdir('/dev') if not name.startswith(('nvidia', 'dri', 'kfd')))",
    );
    assert_eq!(
        told,
        "[\"fd\",\"full\",\"null\",\"ptmx\",\"pts\",\"random\",\"shm\",\"stderr\",\"stdin\",\
         \"stdout\",\"urandom\",\"zero\"]"
    );
    assert_eq!(
        one("open('/dev/null', 'w').write('x'); return len(os.urandom(3))"),
        "3"
    );
    assert_eq!(one("return len(os.openpty())"), "2");
}

#[test]
fn other_processes_are_not_seen() {
    if can_hide_processes() {
        let told = one("return [name for name in os.listdir('/proc') if name.isdigit()]");
        let seen: Vec<String> = serde_json::from_str(&told).unwrap();
        assert_eq!((seen.len(), seen[0].as_str()), (2, "1"));
    }
}

#[test]
fn the_supervisor_is_out_of_reach() {
    if can_contain() {
        for code in [
            "os.readlink('/proc/1/exe')",
            "open('/proc/1/mem', 'rb').read(1)",
            "os.readlink('/proc/1/fd/0')",
        ] {
            let told = one(&format!("return {code}"));
            assert!(told.starts_with("PermissionError"), "{code}: {told}");
        }
    }
}

#[test]
fn file_descriptors_of_the_caller_are_closed() {
    if can_contain() {
        assert_eq!(
            one("return [fd for fd in map(int, os.listdir('/proc/self/fd')) if fd > 4]"),
            "[]"
        );
    }
}

#[test]
fn bytecode_is_written_where_that_is_asked_for() {
    if !can_contain() {
        return;
    }
    let mut project = Project::new(&[]);
    let environment = tempfile::tempdir().unwrap();
    let made = Command::new(&project.python)
        .args(["-m", "venv", "--without-pip"])
        .arg(environment.path())
        .status()
        .unwrap();
    assert!(made.success());
    let packages = fs_err::read_dir(environment.path().join("lib"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path()
        .join("site-packages");
    fs_err::write(packages.join("alpha.py"), "ONE = 1\n").unwrap();
    project.python = environment.path().join("bin/python");
    let code = "import alpha; return [alpha.ONE, sys.prefix, os.environ['VIRTUAL_ENV']]";
    let prefix = environment.path().display();
    let expected = format!("[1,\"{prefix}\",\"{prefix}\"]");
    assert_eq!(tried(&mut project, code), std::slice::from_ref(&expected));
    assert!(!packages.join("__pycache__").exists());
    project.bytecode = Bytecode::Write;
    assert_eq!(tried(&mut project, code), [expected]);
    assert!(packages.join("__pycache__").exists());
    assert!(!project.path().join("__pycache__").exists());
}

#[test]
fn the_kernel_refuses_more_threads_than_are_allowed() {
    if !can_hide_processes() {
        return;
    }
    let kept = tempfile::tempdir().unwrap();
    let count = kept.path().join("count");
    let mut project = Project::new(&[]);
    project.writable.push(kept.path().to_owned());
    project.limits.processes = 4;
    // sleeping threads, and no more of them than any machine has room for
    let code = format!(
        "import threading, time\n    file = open('{}', 'wb', 0)\n    for _ in range(2000):\n        \
         threading.Thread(target=time.sleep, args=(3,), daemon=True).start()\n        file.write(b'x')",
        count.display()
    );
    let text = format!("def predict(row):\n    {code}\n");
    fs_err::write(project.path().join("model.py"), text).unwrap();
    // looking may come first, and then it is an error
    let run = project.function(&["0"]);
    let started = fs_err::metadata(count).unwrap().len();
    assert!(started < 1400, "{started} threads, {run:?}");
    if let Ok(run) = run {
        assert!(
            values(&run)[0].contains("can't start new thread"),
            "{run:?}"
        );
    }
}

const DAEMON: &str = "import os, sys, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        \
    os.execvp(sys.executable, [sys.executable, '-c', 'import time; time.sleep(1000)', 'MARK'])\n    \
    os._exit(0)\ntime.sleep(0.3)\nprint(1)\n";

#[test]
fn a_daemon_does_not_outlive_the_run() {
    for containment in [Containment::Contained, Containment::Uncontained] {
        if containment == Containment::Contained && !can_contain() {
            continue;
        }
        let mark = format!("holdfast-daemon-{}-{containment:?}", std::process::id());
        let mut project = Project::new(&[("predict.py", &DAEMON.replace("MARK", &mark))]);
        project.containment = containment;
        let run = project.script(&["0"]).unwrap();
        assert_eq!(values(&run), ["1"]);
        assert_eq!(run.left_behind, 1);
        assert_eq!(marked(&mark), 0);
    }
}

/// Processes whose command line has a mark.
fn marked(mark: &str) -> usize {
    fs_err::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter(|entry| {
            fs_err::read(entry.path().join("cmdline"))
                .is_ok_and(|line| line.windows(mark.len()).any(|part| part == mark.as_bytes()))
        })
        .count()
}

/// Not a test of its own: the process that [`nothing_is_left_when_the_caller_is_killed`] kills.
#[test]
#[ignore = "it sleeps until it is killed"]
fn sleeps_until_it_is_killed() {
    #[expect(
        clippy::disallowed_methods,
        reason = "the test that starts this one speaks so"
    )]
    let mark = std::env::var("HOLDFAST_TEST_MARK").unwrap();
    let mut project = Project::new(&[(
        "predict.py",
        &DAEMON.replace("MARK", &mark).replace("0.3", "1000"),
    )]);
    if mark.contains("Uncontained") {
        project.containment = Containment::Uncontained;
    }
    let _ = project.script(&["0"]);
}

#[test]
fn nothing_is_left_when_the_caller_is_killed() {
    for containment in [Containment::Contained, Containment::Uncontained] {
        if containment == Containment::Contained && !can_contain() {
            continue;
        }
        let mark = format!("holdfast-killed-{}-{containment:?}", std::process::id());
        let mut caller = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "walls::sleeps_until_it_is_killed", "--ignored"])
            .env("HOLDFAST_TEST_MARK", &mark)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        wait_for(|| marked(&mark) == 1);
        caller.kill().unwrap();
        caller.wait().unwrap();
        wait_for(|| marked(&mark) == 0);
    }
}

fn wait_for(condition: impl Fn() -> bool) {
    for _ in 0..500 {
        if condition() {
            return;
        }
        thread::sleep(Duration::from_millis(20));
    }
    assert!(condition(), "it has not come true within ten seconds");
}

/// `cargo test -p holdfast-runner --release --test runs -- --ignored --nocapture cost`
#[test]
#[ignore = "it measures, and a busy machine would fail it"]
#[expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]
fn the_cost_of_containment_is_small() {
    let median = |containment| {
        let mut project = Project::new(&[("model.py", "def predict(row): return row\n")]);
        project.containment = containment;
        let mut times: Vec<Duration> = (0..21)
            .map(|_| {
                let start = std::time::Instant::now();
                project.function(&["1"]).unwrap();
                start.elapsed()
            })
            .collect();
        times.sort();
        times[times.len() / 2]
    };
    let uncontained = median(Containment::Uncontained);
    let contained = median(Containment::Contained);
    eprintln!("contained {contained:?}, uncontained {uncontained:?}");
    assert!(contained < uncontained + Duration::from_millis(50));
}
