//! What is installed against its lock: environments as `sync`, pip and uv make them are as locked, and
//! what somebody changed in them is found and named, with nothing else.

use insta::assert_snapshot;
use testkit::{FakeRelease, recorded};

use crate::support::backend::backend;
use crate::support::venv::{compile, flip, locked, pip, site, starts, synced, without_python};
use crate::support::{Fixture, project, uv};

/// What `verify` says after something was done to an environment that was as locked.
fn after(what: &str, change: impl FnOnce(&Fixture)) -> (Fixture, String) {
    let fixture = synced();
    change(&fixture);
    let said = verified(&fixture, what);
    (fixture, said)
}

fn verified(fixture: &Fixture, what: &str) -> String {
    let ran = fixture.run(&["verify"]).exits(1);
    format!("# {what}\n{}", without_python(&ran))
}

/// `sync` repairs what `verify` found.
fn is_repaired(fixture: &Fixture) {
    let synced = fixture.run(&["sync"]).succeeds();
    let verified = fixture.run(&["verify", "--no-cache"]).succeeds();
    for ran in [synced, verified] {
        let is_clean = ["clean: ", "no findings: "]
            .iter()
            .any(|end| ran.stdout.contains(end));
        assert!(is_clean, "{ran}");
    }
}

/// Something that somebody did, in words and in deed.
type Change<'a> = (&'a str, &'a dyn Fn(&Fixture));

/// Does it, says what `verify` says of it, and has `sync` repair it.
#[track_caller]
fn found_and_repaired(changes: &[Change<'_>]) -> String {
    let fixture = synced();
    let mut said = String::new();
    for (what, change) in changes {
        change(&fixture);
        said.push_str(&verified(&fixture, what));
        is_repaired(&fixture);
    }
    said
}

#[test]
fn a_flipped_byte_is_found_wherever_it_is() {
    let said = found_and_repaired(&[
        ("a byte of a module", &|fixture| {
            flip(&site(fixture, "alpha/model.py"), 8);
        }),
        ("a byte of a library", &|fixture| {
            flip(&site(fixture, "alpha/_core.so"), 20);
        }),
        ("a byte of a script", &|fixture| {
            let path = fixture.path(".venv/bin/alpha-serve");
            let last = fs_err::read(&path).unwrap().len() - 3;
            flip(&path, last);
        }),
        ("a byte of an entry point", &|fixture| {
            let path = fixture.path(".venv/bin/alpha");
            let text = fs_err::read_to_string(&path).unwrap();
            fs_err::write(&path, text.replace("import predict", "import predicu")).unwrap();
        }),
        ("a byte of data outside of site-packages", &|fixture| {
            flip(&fixture.path(".venv/share/alpha/labels.txt"), 1);
        }),
    ]);
    assert_snapshot!(said);
}

#[test]
fn a_compiled_file_that_is_not_of_its_source_is_found() {
    let (fixture, said) = after("a byte of the header of a compiled file", |fixture| {
        compile(fixture);
        fixture
            .run(&["verify"])
            .succeeds()
            .prints("was not compared");
        let cache = site(fixture, "alpha/__pycache__");
        let compiled = fs_err::read_dir(cache)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .find(|path| path.to_string_lossy().contains("model."))
            .unwrap();
        flip(&compiled, 8);
    });
    assert_snapshot!(said);
    is_repaired(&fixture);
}

#[test]
fn deleted_and_added_files_are_found() {
    let said = found_and_repaired(&[
        ("a file deleted", &|fixture| {
            fs_err::remove_file(site(fixture, "alpha/model.py")).unwrap();
        }),
        ("a file added", &|fixture| {
            fs_err::write(site(fixture, "alpha/extra.py"), "x = 1\n").unwrap();
        }),
        ("a path file that runs code", &|fixture| {
            let code = "import os; os.system('true')\n";
            fs_err::write(site(fixture, "zz-telemetry.pth"), code).unwrap();
        }),
        ("a module that every start imports", &|fixture| {
            fs_err::write(site(fixture, "sitecustomize.py"), "x = 1\n").unwrap();
        }),
    ]);
    assert_snapshot!(said);
}

#[test]
fn a_file_that_was_edited_together_with_its_record_is_found() {
    let (fixture, said) = after("a file and its line in RECORD", edit_with_record);
    assert_snapshot!(said);
    is_repaired(&fixture);
}

/// Without the wheel's own list at hand the file cannot be named, but the package can.
#[test]
fn an_edited_record_is_found_on_a_machine_that_never_saw_the_wheel() {
    let fixture = synced();
    edit_with_record(&fixture);
    fs_err::remove_dir_all(fixture.beside("cache")).unwrap();
    assert_snapshot!(verified(&fixture, "the same without a cache"));
}

fn edit_with_record(fixture: &Fixture) {
    let module = site(fixture, "alpha/model.py");
    let evil = "def predict(x):\n    return x + 2\n";
    let before = recorded(&fs_err::read(&module).unwrap());
    fs_err::write(&module, evil).unwrap();
    let record = site(fixture, "alpha-1.0.dist-info/RECORD");
    let text = fs_err::read_to_string(&record).unwrap();
    assert!(text.contains(&before), "{text}");
    fs_err::write(&record, text.replace(&before, &recorded(evil.as_bytes()))).unwrap();
}

#[test]
fn what_pip_did_is_found() {
    let said = found_and_repaired(&[
        ("a package upgraded with pip", &|fixture| {
            pip(fixture, &["install", "--upgrade", "alpha"]);
        }),
        ("a package added with pip", &|fixture| {
            pip(fixture, &["install", "evil"]);
        }),
        ("a package removed with pip", &|fixture| {
            pip(fixture, &["uninstall", "--yes", "beta"]);
        }),
    ]);
    assert_snapshot!(said);
}

#[test]
fn a_package_without_its_metadata_is_found() {
    let said = found_and_repaired(&[("dist-info removed", &|fixture| {
        fs_err::remove_dir_all(site(fixture, "beta-1.0.dist-info")).unwrap();
    })]);
    assert_snapshot!(said);
}

#[test]
fn an_interpreter_that_was_swapped_is_found() {
    let said = found_and_repaired(&[("a script as the interpreter", &|fixture| {
        let python = fixture.path(".venv/bin/python");
        fs_err::remove_file(&python).unwrap();
        fs_err::write(&python, "#!/bin/sh\nexec /usr/bin/env python3 \"$@\"\n").unwrap();
    })]);
    assert_snapshot!(said);
}

#[test]
fn another_patch_of_the_interpreter_is_found() {
    let fixture = synced();
    let lock = fixture.read("pylock.app.toml");
    let patch = fixture.locked("app").holdfast.unwrap().python;
    let other = format!("{}.99", crate::support::real_minor());
    let line = |version: &str| format!("python = \"{version}\"");
    fixture.write(
        "pylock.app.toml",
        lock.replace(&line(&patch), &line(&other)),
    );
    let said = without_python(&fixture.run(&["verify"]).exits(1));
    assert_snapshot!(said.replace(&patch, "3.N.P").replace(&other, "3.N.99"));
}

#[test]
fn code_that_shadows_a_locked_package_is_found() {
    let mut fixture = synced();
    let elsewhere = fixture.beside("elsewhere");
    fs_err::create_dir_all(elsewhere.join("beta")).unwrap();
    fs_err::write(elsewhere.join("beta/__init__.py"), "").unwrap();
    fixture.set("PYTHONPATH", elsewhere.to_str().unwrap());
    let said = fixture.run(&["verify", "--fail-on", "warning"]).exits(1);
    assert_snapshot!(without_python(&said));
}

#[test]
fn a_second_look_is_as_good_as_the_first() {
    let mut fixture = synced();
    // files of now are too young to be believed at the time at which tests run
    fixture.set("HOLDFAST_NOW", "2098-11-21T00:00:00Z");
    fixture.run(&["verify"]).succeeds();
    let module = site(&fixture, "alpha/model.py");
    let times = fs_err::metadata(&module).unwrap().modified().unwrap();
    flip(&module, 8);
    // whoever covers their tracks sets the time back
    fs_err::OpenOptions::new()
        .write(true)
        .open(&module)
        .unwrap()
        .into_parts()
        .0
        .set_modified(times)
        .unwrap();
    let said = fixture.run(&["verify"]).exits(1);
    assert!(said.stdout.contains("altered-file"), "{said}");
}

#[test]
fn what_pip_and_uv_install_from_our_lock_is_as_locked() {
    let fixture = locked();
    let lock = fixture.path("pylock.app.toml");
    let place = fixture.path(".venv");
    let requirements = fixture.path("exported.txt");
    fixture
        .run(&[
            "export",
            "--to",
            "requirements",
            "--output",
            requirements.to_str().unwrap(),
        ])
        .succeeds();
    starts("python3", |command| {
        command.args(["-m", "venv"]).arg(&place)
    });
    pip(
        &fixture,
        &["install", "--requirement", requirements.to_str().unwrap()],
    );
    let by_pip = fixture.run(&["verify"]).succeeds();
    assert!(!by_pip.stdout.contains("error"), "{by_pip}");
    fs_err::remove_dir_all(&place).unwrap();
    for arguments in [
        &["venv", "--no-project"][..],
        &["pip", "sync", "--link-mode", "hardlink"],
    ] {
        starts(uv(), |command| {
            let command = command
                .args(arguments)
                .env("UV_CACHE_DIR", fixture.beside("uv"));
            match arguments {
                ["venv", ..] => command.arg(&place),
                _ => command.arg("--python").arg(&place).arg(&lock),
            }
        });
    }
    let by_uv = fixture.run(&["verify"]).succeeds();
    assert_snapshot!(format!(
        "{}\n{}",
        without_python(&by_pip),
        without_python(&by_uv)
    ));
}

/// uv's own cache may have been altered through another environment that shares its files.
#[test]
fn a_cache_that_was_altered_does_not_get_into_an_environment() {
    let fixture = synced();
    let mut directories = vec![fixture.beside("uv")];
    let mut altered = 0;
    while let Some(directory) = directories.pop() {
        for entry in fs_err::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_symlink() {
            } else if path.is_dir() {
                directories.push(path);
            } else if path.ends_with("alpha/model.py") {
                flip(&path, 8);
                altered += 1;
            }
        }
    }
    assert_eq!(altered, 1);
    fs_err::remove_dir_all(fixture.path(".venv")).unwrap();
    is_repaired(&fixture);
}

/// As locks are that an older Holdfast made, or where a wheel could not be read.
#[test]
fn a_lock_that_does_not_say_what_is_in_its_wheels_is_a_gap_until_it_is_locked_again() {
    let fixture = synced();
    let lock = fixture.read("pylock.app.toml");
    let contents = regex::Regex::new(r"contents = \[\n.*\n\]\n").unwrap();
    fixture.write("pylock.app.toml", contents.replace_all(&lock, "").as_ref());
    fs_err::remove_dir_all(fixture.beside("cache")).unwrap();
    assert_snapshot!(fixture.run(&["verify", "--strict"]).exits(1));
    fixture.run(&["lock", "--offline"]).succeeds();
    fixture.run(&["verify", "--strict"]).exits(1);
    fixture.lock();
    assert_eq!(fixture.read("pylock.app.toml"), lock);
    fixture.run(&["verify", "--strict"]).succeeds();
}

#[test]
fn a_place_that_is_no_environment_is_not_overwritten() {
    let fixture = locked();
    fixture.write("precious/thesis.txt", "years of work");
    assert_snapshot!(fixture.all_exit(2, &[&["sync", "--venv", "precious"], &["verify"]]));
    assert!(fixture.has("precious/thesis.txt"));
}

#[test]
fn an_environment_is_verified_by_any_of_its_names() {
    let fixture = synced();
    for arguments in [
        &["verify", "--venv", ".venv"][..],
        &["verify", "--python", ".venv/bin/python"],
        &["verify", "pylock.app.toml"],
        &["verify", "-e", "app", "--strict"],
    ] {
        fixture.run(arguments).succeeds().prints("clean: ");
    }
    let found = fixture.run(&["verify", "--format", "json"]).succeeds();
    assert_eq!(found.json()["schema"], "holdfast/evaluation/1");
}

/// An sdist runs code where it is installed: only those are built that the project names.
#[test]
fn what_is_locked_as_a_source_archive_is_built_where_it_is_allowed_alone() {
    let source = project("acme", [FakeRelease::new("1.0").no_wheel()]);
    let mut fixture = Fixture::new("acme\n", vec![source, backend()]);
    let refused = fixture.read("holdfast.toml");
    fixture.configure("[lock]\nallow-build = [\"acme\"]\n");
    fixture.use_real_python();
    fixture.lock();
    let allowed = fixture.read("holdfast.toml");
    fixture.write("holdfast.toml", refused);
    let refused = without_python(&fixture.run(&["sync"]).exits(2));
    assert!(!site(&fixture, "acme.py").exists());
    fixture.write("holdfast.toml", allowed);
    let built = without_python(&fixture.run(&["sync"]).succeeds());
    assert!(site(&fixture, "acme.py").exists());
    let again = without_python(&fixture.run(&["sync"]).succeeds());
    assert_snapshot!([refused, built, again].join("\n"));
}
