//! A look at every file of environments made by hand, whole and tampered with.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use holdfast_model::{Contents, DeviationKind, InstalledRecord, PackageId, StartUpKind};

use crate::{Examination, examine, read};

const SITE: &str = "lib/python3.11/site-packages";
const LAUNCHER: &str = "# -*- coding: utf-8 -*-\nimport sys\nfrom pkg.cli import main\nif __name__ == \"__main__\":\n    sys.exit(main())\n";

/// An environment with the package `pkg` in it, as an installer leaves it.
struct Environment {
    root: tempfile::TempDir,
}

impl Environment {
    fn new() -> Self {
        let environment = Self {
            root: tempfile::tempdir().unwrap(),
        };
        environment.write(
            "pyvenv.cfg",
            "home = /nonexistent/base/bin\nversion_info = 3.11.7\n",
        );
        environment.write("bin/python", "\x7fELF\x003.11.7\x00");
        environment.package(
            "pkg",
            &[
                ("pkg/__init__.py", "x = 1\n"),
                ("pkg/_native.so", "\x7fELF"),
                ("pkg/data/empty", ""),
                ("../../../share/pkg/data.txt", "data"),
                (
                    "pkg-1.0.dist-info/entry_points.txt",
                    "[console_scripts]\npkg = pkg.cli:main\n",
                ),
            ],
        );
        environment.compile("pkg/__init__");
        environment
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    fn site(&self, path: &str) -> PathBuf {
        self.path(SITE).join(path)
    }

    fn write(&self, path: &str, content: &str) {
        let path = self.path(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, content).unwrap();
    }

    fn package(&self, name: &str, files: &[(&str, &str)]) {
        let metadata = format!("{name}-1.0.dist-info");
        let mut record = format!("{metadata}/RECORD,,\n{metadata}/INSTALLER,,\n");
        let script = format!("#!{}/bin/python\n{LAUNCHER}", self.root.path().display());
        let headers = format!("Name: {name}\nVersion: 1.0\n\n");
        let mut files = files.to_vec();
        let own = format!("{metadata}/METADATA");
        files.push((&own, &headers));
        if name == "pkg" {
            files.push(("../../../bin/pkg", &script));
        }
        for (path, content) in files {
            self.write(&format!("{SITE}/{path}"), content);
            writeln!(record, "{path},{},", hash(content.as_bytes())).unwrap();
        }
        self.write(&format!("{SITE}/{metadata}/INSTALLER"), "uv");
        self.write(&format!("{SITE}/{metadata}/RECORD"), &record);
    }

    /// Compiles a module, as far as a header goes.
    fn compile(&self, module: &str) {
        let source = self.site(&format!("{module}.py"));
        let metadata = fs_err::metadata(&source).unwrap();
        let modified = crate::stat::of(&metadata).0.modified_seconds();
        let mut content = 3495_u16.to_le_bytes().to_vec();
        content.extend(b"\r\n\0\0\0\0");
        content.extend(u32::try_from(modified).unwrap().to_le_bytes());
        content.extend(u32::try_from(metadata.len()).unwrap().to_le_bytes());
        content.extend(b"code");
        let (directory, name) = module.rsplit_once('/').unwrap();
        let folder = self.site(directory).join("__pycache__");
        fs_err::create_dir_all(&folder).unwrap();
        fs_err::write(folder.join(format!("{name}.cpython-311.pyc")), content).unwrap();
    }

    fn examine(&self) -> holdfast_model::Installed {
        examine(self.root.path(), &Examination::default()).unwrap()
    }

    fn contents(&self) -> Contents {
        self.examine().contents.unwrap()
    }

    /// Path and kind of each deviation, a line each.
    fn deviations(&self) -> Vec<String> {
        lines(&self.contents())
    }

    /// The digests of the package: of what `RECORD` lists, and of the files as they are.
    fn digests(&self) -> (String, String) {
        let installed = self.examine();
        let contents = installed.packages[0].contents.clone().unwrap();
        let InstalledRecord::Read { digest, .. } = contents.record else {
            panic!("no RECORD")
        };
        (digest.to_string(), contents.digest.to_string())
    }
}

fn lines(contents: &Contents) -> Vec<String> {
    contents
        .deviations
        .iter()
        .map(|deviation| {
            let path = deviation.path.strip_prefix(SITE).unwrap_or(&deviation.path);
            let owner = deviation.owner.as_ref().map_or("-", |owner| owner.name());
            let kind = match &deviation.kind {
                DeviationKind::ForeignBytecode { reason } => format!("bytecode: {reason}"),
                DeviationKind::Launcher { reason } => format!("launcher: {reason}"),
                DeviationKind::NotAFile { what } => format!("is {what}"),
                DeviationKind::AllMissing { files } => format!("all {files} missing"),
                DeviationKind::Unowned { files } => format!("unowned {files}"),
                DeviationKind::Unreadable { .. } => "unreadable".to_owned(),
                other @ (DeviationKind::Altered
                | DeviationKind::Missing
                | DeviationKind::Unhashed
                | DeviationKind::Outside) => format!("{other:?}").to_lowercase(),
            };
            format!("{path} {owner} {kind}")
        })
        .collect()
}

/// `sha256=…` as `RECORD` has it.
fn hash(content: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let digest = read::sha256(content);
    let mut bits = String::new();
    for digit in digest.hex().chars() {
        write!(bits, "{:04b}", digit.to_digit(16).unwrap()).unwrap();
    }
    while !bits.len().is_multiple_of(6) {
        bits.push('0');
    }
    let text: String = (0..bits.len() / 6)
        .map(|position| usize::from_str_radix(&bits[position * 6..position * 6 + 6], 2).unwrap())
        .map(|value| char::from(ALPHABET[value]))
        .collect();
    format!("sha256={text}")
}

fn flip(path: &Path, position: usize) {
    let mut content = fs_err::read(path).unwrap();
    content[position] ^= 1;
    fs_err::write(path, content).unwrap();
}

#[test]
fn what_an_installer_left_has_no_deviation() {
    let environment = Environment::new();
    let contents = environment.contents();
    assert_eq!(lines(&contents), [""; 0]);
    assert_eq!(contents.files, 7);
    assert_eq!(contents.bytecode, 1);
    assert_eq!(contents.start_up, []);
    assert_eq!(contents.shared.count, 0);
    assert_eq!(contents.interpreter.version.as_deref(), Some("3.11.7"));
    let (recorded, found) = environment.digests();
    assert_eq!(recorded, found);
}

#[test]
fn one_flipped_byte_is_found_wherever_it_is() {
    for path in [
        "pkg/__init__.py",
        "pkg/_native.so",
        "../../../share/pkg/data.txt",
    ] {
        let environment = Environment::new();
        let (before, _) = environment.digests();
        flip(&environment.site(path), 0);
        let found = environment.deviations();
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].ends_with(" pkg altered"), "{found:?}");
        let (recorded, files) = environment.digests();
        assert_eq!(recorded, before);
        assert_ne!(files, before);
    }
}

#[test]
fn a_compiled_file_must_belong_to_its_source() {
    let path = "pkg/__pycache__/__init__.cpython-311.pyc";
    for (position, reason) in [(0, "version"), (8, "time"), (12, "size"), (4, "hash")] {
        let environment = Environment::new();
        flip(&environment.site(path), position);
        let found = environment.deviations();
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains(reason), "{found:?}");
        assert!(found[0].starts_with(&format!("/{path} pkg bytecode")));
    }
    // its code is not looked at
    let environment = Environment::new();
    flip(&environment.site(path), 17);
    assert_eq!(environment.deviations(), [""; 0]);
}

#[test]
fn missing_and_added_files_are_named() {
    let environment = Environment::new();
    fs_err::remove_file(environment.site("pkg/_native.so")).unwrap();
    environment.write(&format!("{SITE}/pkg/extra.py"), "");
    environment.write(&format!("{SITE}/other/a.py"), "");
    environment.write(&format!("{SITE}/other/deep/b.py"), "");
    environment.write(&format!("{SITE}/pkg/__pycache__/stray.cpython-311.pyc"), "");
    assert_eq!(
        environment.deviations(),
        [
            "/other/ - unowned 2",
            "/pkg/__pycache__/stray.cpython-311.pyc - unowned 1",
            "/pkg/_native.so pkg missing",
            "/pkg/extra.py - unowned 1",
        ]
    );
}

#[test]
fn a_package_without_its_metadata_or_its_files_is_named_once() {
    let environment = Environment::new();
    fs_err::remove_dir_all(environment.site("pkg-1.0.dist-info")).unwrap();
    assert_eq!(environment.deviations(), ["/pkg/ - unowned 4"]);
    let environment = Environment::new();
    fs_err::remove_dir_all(environment.site("pkg")).unwrap();
    for path in ["share/pkg/data.txt", "bin/pkg"] {
        fs_err::remove_file(environment.path(path)).unwrap();
    }
    assert_eq!(environment.deviations(), ["/ pkg all 5 missing"]);
}

#[test]
fn a_record_that_was_edited_together_with_its_file_has_another_digest() {
    let environment = Environment::new();
    let (before, _) = environment.digests();
    let record = environment.site("pkg-1.0.dist-info/RECORD");
    let text = fs_err::read_to_string(&record).unwrap();
    environment.write(&format!("{SITE}/pkg/__init__.py"), "x = 2\n");
    environment.compile("pkg/__init__");
    fs_err::write(&record, text.replace(&hash(b"x = 1\n"), &hash(b"x = 2\n"))).unwrap();
    assert_eq!(environment.deviations(), [""; 0]);
    let (recorded, found) = environment.digests();
    assert_ne!(recorded, before);
    assert_eq!(recorded, found);
    // taking the hash away leaves a file that nobody vouches for
    fs_err::write(&record, text.replace(&hash(b"x = 1\n"), "")).unwrap();
    assert_eq!(environment.deviations(), ["/pkg/__init__.py pkg unhashed"]);
}

#[test]
fn start_up_code_is_found_with_its_owner() {
    let environment = Environment::new();
    environment.write(
        &format!("{SITE}/evil.pth"),
        "# note\nimport os; os.system('x')\n",
    );
    environment.write(&format!("{SITE}/sitecustomize.py"), "");
    environment.package("hook", &[("hook.pth", "import hook\n"), ("hook.py", "")]);
    let contents = environment.contents();
    let found: Vec<(String, bool, Option<&str>)> = contents
        .start_up
        .iter()
        .map(|code| {
            let name = code.path.rsplit('/').next().unwrap().to_owned();
            let is_line = matches!(code.kind, StartUpKind::PathFile { .. });
            (name, is_line, code.owner.as_ref().map(PackageId::name))
        })
        .collect();
    assert_eq!(
        found,
        [
            ("evil.pth".to_owned(), true, None),
            ("hook.pth".to_owned(), true, Some("hook")),
            ("sitecustomize.py".to_owned(), false, None),
        ]
    );
    assert_eq!(
        lines(&contents),
        ["/evil.pth - unowned 1", "/sitecustomize.py - unowned 1"]
    );
}

#[test]
fn a_launcher_is_compared_with_its_entry_point_even_where_record_agrees() {
    let environment = Environment::new();
    let record = environment.site("pkg-1.0.dist-info/RECORD");
    let text = fs_err::read_to_string(&record).unwrap();
    let path = environment.path("bin/pkg");
    let before = fs_err::read_to_string(&path).unwrap();
    let after = before.replace("import sys", "import sys, evil");
    fs_err::write(&path, &after).unwrap();
    assert_eq!(environment.deviations(), ["bin/pkg pkg altered"]);
    let text = text.replace(&hash(before.as_bytes()), &hash(after.as_bytes()));
    fs_err::write(&record, text).unwrap();
    let found = environment.deviations();
    assert!(
        found[0].contains("launcher") && found[0].contains("evil"),
        "{found:?}"
    );
}

#[test]
fn a_file_that_two_packages_claim_is_that_of_either() {
    let environment = Environment::new();
    environment.package("one", &[("shared/__init__.py", "one")]);
    environment.package("two", &[("shared/__init__.py", "two")]);
    assert_eq!(environment.deviations(), [""; 0]);
}

#[test]
fn a_record_that_climbs_out_reads_nothing_outside() {
    let environment = Environment::new();
    environment.package("ok", &[("ok.py", "")]);
    let record = environment.site("ok-1.0.dist-info/RECORD");
    let mut text = fs_err::read_to_string(&record).unwrap();
    write!(
        text,
        "../../../../outside,{0},\n/etc/passwd,{0},\n",
        hash(b"")
    )
    .unwrap();
    fs_err::write(&record, text).unwrap();
    assert_eq!(
        environment.deviations(),
        ["../../../../outside ok outside", "/etc/passwd ok outside"]
    );
}

#[test]
fn a_record_that_makes_no_sense_is_told() {
    let environment = Environment::new();
    let record = environment.site("pkg-1.0.dist-info/RECORD");
    fs_err::write(&record, b"\xff\xfe").unwrap();
    let contents = environment.examine().packages[0].contents.clone().unwrap();
    assert!(matches!(
        contents.record,
        InstalledRecord::Unreadable { .. }
    ));
    fs_err::remove_file(&record).unwrap();
    let contents = environment.examine().packages[0].contents.clone().unwrap();
    assert_eq!(contents.record, InstalledRecord::Absent);
}

#[cfg(unix)]
#[test]
fn links_and_pipes_are_named_and_not_followed() {
    use std::os::unix::fs::symlink;
    let environment = Environment::new();
    let outside = tempfile::tempdir().unwrap();
    fs_err::write(outside.path().join("data.txt"), "data").unwrap();
    fs_err::remove_file(environment.site("pkg/__init__.py")).unwrap();
    symlink("__init__.py", environment.site("pkg/__init__.py")).unwrap();
    symlink(environment.path(SITE), environment.site("loop")).unwrap();
    fs_err::remove_dir_all(environment.path("share/pkg")).unwrap();
    symlink(outside.path(), environment.path("share/pkg")).unwrap();
    fs_err::remove_file(environment.site("pkg/_native.so")).unwrap();
    let made = std::process::Command::new("mkfifo")
        .arg(environment.site("pkg/_native.so"))
        .status();
    if !made.is_ok_and(|status| status.success()) {
        eprintln!("skipped: no `mkfifo` at hand");
        return;
    }
    assert_eq!(
        environment.deviations(),
        [
            "/loop - unowned 1",
            "/pkg/__init__.py pkg is a symbolic link",
            "/pkg/_native.so pkg is no regular file",
            "share/pkg/data.txt pkg is below a link that leads out of the environment",
        ]
    );
}

#[cfg(unix)]
#[test]
fn hard_links_are_counted() {
    let environment = Environment::new();
    let other = tempfile::tempdir_in(environment.root.path()).unwrap();
    let path = environment.site("pkg/_native.so");
    fs_err::hard_link(&path, other.path().join("x")).unwrap();
    let shared = environment.contents().shared;
    assert_eq!(shared.count, 1);
    assert!(shared.example.unwrap().ends_with("pkg/_native.so"));
}

#[cfg(unix)]
#[test]
fn an_interpreter_that_was_swapped_is_told() {
    let environment = Environment::new();
    environment.write("bin/python3", "#!/bin/sh\nexec evil\n");
    let problem = environment.contents().interpreter.problem.unwrap();
    assert!(problem.contains("different programs"), "{problem}");
    environment.write("bin/python", "#!/bin/sh\nexec evil\n");
    let problem = environment.contents().interpreter.problem.unwrap();
    assert!(problem.contains("a script"), "{problem}");
}

#[test]
fn a_second_look_believes_what_has_not_changed_and_no_more() {
    let environment = Environment::new();
    let folder = tempfile::tempdir().unwrap();
    let look = |now: i64| {
        let examination = Examination {
            now,
            cache: Some(folder.path().join("cache")),
            ..Examination::default()
        };
        let installed = examine(environment.root.path(), &examination).unwrap();
        lines(&installed.contents.unwrap())
    };
    // long after the files were written
    let later = 4_000_000_000_000_000_000;
    assert_eq!(look(later), [""; 0]);
    assert_eq!(look(later + 1), [""; 0]);
    let path = environment.site("pkg/_native.so");
    let modified = fs_err::metadata(&path).unwrap().modified().unwrap();
    flip(&path, 0);
    let file = fs_err::File::options().write(true).open(&path).unwrap();
    file.file().set_modified(modified).unwrap();
    assert_eq!(look(later + 2), ["/pkg/_native.so pkg altered"]);
}

#[test]
fn a_module_in_python_path_shadows_an_installed_one() {
    let environment = Environment::new();
    let elsewhere = tempfile::tempdir().unwrap();
    fs_err::write(elsewhere.path().join("pkg.py"), "").unwrap();
    fs_err::write(elsewhere.path().join("mine.py"), "").unwrap();
    let examination = Examination {
        python_path: vec![elsewhere.path().to_owned()],
        ..Examination::default()
    };
    let installed = examine(environment.root.path(), &examination).unwrap();
    let shadows = installed.contents.unwrap().shadows;
    assert_eq!(shadows.len(), 1);
    assert_eq!(shadows[0].module, "pkg");
}
