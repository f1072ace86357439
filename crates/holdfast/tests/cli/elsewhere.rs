//! Environments that are not of this machine: in an unpacked file system, and in an image.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use holdfast_model::Digest;
use insta::assert_snapshot;
use sha2::{Digest as _, Sha256};

use crate::support::Fixture;
use crate::support::venv::{flip, synced, without_python};

/// An environment as `sync` made it, in a file system beside the project, at the path that it had.
fn unpacked() -> (Fixture, PathBuf) {
    let fixture = synced();
    let venv = fs_err::canonicalize(fixture.path(".venv")).unwrap();
    let inside = fixture.path("rootfs").join(venv.strip_prefix("/").unwrap());
    copy(&venv, &inside);
    (fixture, inside)
}

fn copy(from: &Path, to: &Path) {
    fs_err::create_dir_all(to).unwrap();
    for entry in fs_err::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (kind, to) = (entry.file_type().unwrap(), to.join(entry.file_name()));
        if kind.is_dir() {
            copy(&entry.path(), &to);
        } else if kind.is_symlink() {
            let target = fs_err::read_link(entry.path()).unwrap();
            fs_err::os::unix::fs::symlink(target, to).unwrap();
        } else {
            fs_err::copy(entry.path(), to).unwrap();
        }
    }
}

/// Puts the environment's interpreter into the file system, at the place that it has here.
fn with_interpreter(fixture: &Fixture) {
    let settings = fs_err::read_to_string(fixture.path(".venv/pyvenv.cfg")).unwrap();
    let home = settings
        .lines()
        .find_map(|line| line.strip_prefix("home = "))
        .unwrap();
    let home = fs_err::canonicalize(home).unwrap();
    for (folder, start) in [("bin", "python"), ("lib", "libpython")] {
        let from = home.parent().unwrap().join(folder);
        let to = fixture.path("rootfs").join(from.strip_prefix("/").unwrap());
        fs_err::create_dir_all(&to).unwrap();
        for entry in fs_err::read_dir(&from).unwrap() {
            let entry = entry.unwrap();
            let (kind, to) = (entry.file_type().unwrap(), to.join(entry.file_name()));
            if !entry.file_name().to_string_lossy().starts_with(start) || kind.is_dir() {
                continue;
            }
            if kind.is_symlink() {
                let target = fs_err::read_link(entry.path()).unwrap();
                fs_err::os::unix::fs::symlink(target, to).unwrap();
            } else {
                fs_err::copy(entry.path(), to).unwrap();
            }
        }
    }
}

/// The file system as `docker save` writes an image of one layer.
fn saved(fixture: &Fixture) {
    let mut layer = tar::Builder::new(Vec::new());
    layer.follow_symlinks(false);
    layer.append_dir_all("", fixture.path("rootfs")).unwrap();
    let layer = layer.into_inner().unwrap();
    let digest = Digest::sha256(&Sha256::digest(&layer).into()).to_string();
    let configuration = format!(
        r#"{{"architecture":"amd64","os":"linux","rootfs":{{"type":"layers","diff_ids":["{digest}"]}}}}"#
    );
    let manifest = r#"[{"Config":"config.json","RepoTags":["churn:1"],"Layers":["layer.tar"]}]"#;
    let mut image = tar::Builder::new(fs_err::File::create(fixture.path("image.tar")).unwrap());
    for (name, content) in [
        ("layer.tar", layer.as_slice()),
        ("config.json", configuration.as_bytes()),
        ("manifest.json", manifest.as_bytes()),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        image.append_data(&mut header, name, content).unwrap();
    }
    image.finish().unwrap();
}

/// What is said, without where the fixture is.
fn said(fixture: &Fixture, arguments: &[&str], exit: i32) -> String {
    let ran = without_python(&fixture.run(arguments).exits(exit));
    let here = fs_err::canonicalize(fixture.path("")).unwrap();
    let here = here.display().to_string();
    ran.replace(here.trim_end_matches('/'), "[here]")
}

#[test]
fn an_environment_in_an_unpacked_file_system_is_verified() {
    let (fixture, inside) = unpacked();
    // the system around it is not there, and so its interpreter is not
    let clean = said(&fixture, &["verify", "--root", "rootfs"], 1);
    assert!(!clean.contains("altered"), "{clean}");
    let model = walk(&inside, "model.py");
    flip(&model, 8);
    let found = said(&fixture, &["verify", "--root", "rootfs"], 1);
    assert_eq!(found.matches("altered-file").count(), 1, "{found}");
    assert!(found.contains("alpha/model.py"), "{found}");
    let venv = inside.display().to_string();
    let named = said(
        &fixture,
        &["verify", "--root", "rootfs", "--venv", &venv],
        1,
    );
    let findings = |said: &str| said.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(findings(&named), findings(&found));
}

#[test]
fn an_environment_in_an_image_is_verified_and_captured() {
    let (fixture, inside) = unpacked();
    with_interpreter(&fixture);
    saved(&fixture);
    let clean = said(&fixture, &["verify", "--image", "image.tar"], 0);
    fixture
        .run(&[
            "capture",
            "--image",
            "image.tar",
            "-o",
            "before.capture.json",
        ])
        .succeeds();
    flip(&walk(&inside, "model.py"), 8);
    fs_err::remove_file(walk(&inside, "labels.txt")).unwrap();
    saved(&fixture);
    let found = said(&fixture, &["verify", "--image", "image.tar"], 1);
    fixture
        .run(&[
            "capture",
            "--image",
            "image.tar",
            "-o",
            "after.capture.json",
        ])
        .succeeds();
    let differs = said(
        &fixture,
        &["diff", "before.capture.json", "after.capture.json"],
        0,
    );
    assert_snapshot!([clean, found, differs].join("\n"));
}

/// Interpreter, packages, shared libraries, start-up code: one judgement, whatever the files lie in.
#[test]
fn an_image_is_judged_as_the_file_system_in_it() {
    let (fixture, inside) = unpacked();
    with_interpreter(&fixture);
    let site = walk(&inside, "model.py");
    let site = site.parent().unwrap().parent().unwrap();
    fs_err::write(site.join("evil.pth"), "import os\n").unwrap();
    fs_err::remove_file(walk(&inside, "labels.txt")).unwrap();
    fs_err::write(
        site.join("old-0.9.egg-info"),
        "Metadata-Version: 1.0\nName: old\nVersion: 0.9\n",
    )
    .unwrap();
    saved(&fixture);
    let image = fs_err::read(fixture.path("image.tar")).unwrap();
    let mut compressed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    compressed.write_all(&image).unwrap();
    fixture.write("image.tar.gz", compressed.finish().unwrap());
    // lines of files are shown where they lie on this machine
    let judged = |arguments: &[&str]| {
        let said = fixture.run(arguments).exits(1).to_string();
        let findings = said.lines().skip(1).filter(|line| !line.contains(" | "));
        let findings = findings.map(|line| line.rsplit(".venv/").next().unwrap_or(line));
        findings.collect::<Vec<_>>().join("\n")
    };
    let on_disk = judged(&["verify", "--root", "rootfs"]);
    for found in ["start-up-code", "missing-file", "extra-package"] {
        assert!(on_disk.contains(found), "{on_disk}");
    }
    assert!(!on_disk.contains("interpreter"), "{on_disk}");
    for file in ["image.tar", "image.tar.gz"] {
        let in_image = judged(&["verify", "--image", file]);
        assert_eq!(in_image, on_disk);
    }
}

#[test]
fn a_place_that_is_no_system_or_image_is_said() {
    let (fixture, _) = unpacked();
    saved(&fixture);
    let whole = fs_err::read(fixture.path("image.tar")).unwrap();
    fixture.write("cut.tar", &whole[..whole.len() / 2]);
    fixture.write("text.tar", "no image");
    fs_err::create_dir_all(fixture.path("empty")).unwrap();
    let wrong: &[&[&str]] = &[
        &["verify", "--image", "nowhere.tar"],
        &["verify", "--image", "text.tar"],
        &["verify", "--image", "cut.tar"],
        &["verify", "--image", "image.tar", "--venv", "/usr"],
        &["verify", "--root", "nowhere"],
        &["verify", "--root", "empty"],
        &["verify", "--root", "rootfs", "--image", "image.tar"],
        &["capture", "--root", "empty"],
    ];
    let said: Vec<String> = wrong.iter().map(|it| said(&fixture, it, 2)).collect();
    assert_snapshot!(said.join("\n"));
}

#[test]
fn an_environment_that_was_never_made_does_not_keep_others_from_being_verified() {
    let fixture = synced();
    let configuration = fixture.read("holdfast.toml");
    fixture.write(
        "holdfast.toml",
        format!("{configuration}\n[environments.other]\nrequirements = [\"requirements.in\"]\n"),
    );
    fixture.lock();
    fixture.run(&["sync", "-e", "app"]).succeeds();
    fixture
        .run(&["verify"])
        .succeeds()
        .prints("there is no environment at `.venv-other`: make it with `holdfast sync`");
    fixture.run(&["verify", "--strict"]).exits(1);
    // asked for by name, it has to be there
    fixture.run(&["verify", "-e", "other"]).exits(2);
}

/// The file of this name somewhere below a directory.
fn walk(directory: &Path, name: &str) -> PathBuf {
    let mut directories = vec![directory.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs_err::read_dir(directory).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                directories.push(entry.path());
            } else if entry.file_name() == name {
                return entry.path();
            }
        }
    }
    panic!("there is no `{name}`");
}
