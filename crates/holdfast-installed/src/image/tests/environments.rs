//! Environments in images, looked at as those on disk.

use sha2::Digest as _;

use super::made::{Layer, gzip, opened};
use crate::elf::tests::Library;
use crate::image::Image;
use crate::native::tests::{MODULE, Machine, needing};

const SITE: &str = "opt/venv/lib/python3.11/site-packages";
const LAUNCHER: &str = "#!/opt/venv/bin/python\nimport sys\nfrom acme.cli import main\nif __name__ == '__main__':\n    sys.exit(main())\n";

/// A virtual environment with the package `acme`, whose `RECORD` says what these files hold.
fn environment(files: &[(&str, &str)]) -> Layer {
    let info = format!("{SITE}/acme-1.0.dist-info");
    let mut record = String::from("acme-1.0.dist-info/RECORD,,\n");
    let mut layer = Layer::new()
        .file("opt/venv/pyvenv.cfg", "home = /usr/bin\n")
        .link("opt/venv/bin/python", "/usr/bin/python3")
        .file(
            &format!("{info}/METADATA"),
            "Metadata-Version: 2.1\nName: acme\nVersion: 1.0\nLicense: MIT\n",
        )
        .file(&format!("{info}/INSTALLER"), "uv\n")
        .file(
            &format!("{info}/entry_points.txt"),
            "[console_scripts]\nacme = acme.cli:main\n",
        );
    for (path, content) in files {
        let digest = sha2::Sha256::digest(content.as_bytes());
        let encoded = url_safe(&digest);
        record.extend([path, ",sha256=", encoded.as_str(), ",\n"]);
        let full = format!("{SITE}/{path}").replace("lib/python3.11/site-packages/../../../", "");
        layer = layer.file(&full, content);
    }
    layer.file(&format!("{info}/RECORD"), &record)
}

/// Base 64 for addresses, without padding.
fn url_safe(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let bits: Vec<bool> = bytes
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1))
        .collect();
    bits.chunks(6)
        .map(|chunk| {
            let value = (0..6).fold(0, |value, bit| {
                value << 1 | usize::from(chunk.get(bit).copied().unwrap_or_default())
            });
            char::from(DIGITS[value])
        })
        .collect()
}

fn deviations(image: &Image) -> Vec<String> {
    let contents = image.examine("opt/venv").unwrap().contents.unwrap();
    let line = |deviation: &holdfast_model::Deviation| {
        let kind = format!("{:?}", deviation.kind).to_lowercase();
        let kind = kind.split(' ').next().unwrap_or_default();
        let path = deviation
            .path
            .trim_start_matches("lib/python3.11/site-packages/");
        format!("{path} {kind}")
    };
    contents.deviations.iter().map(line).collect()
}

const FILES: [(&str, &str); 3] = [
    ("acme/__init__.py", "x = 1\n"),
    ("acme/gone.py", ""),
    ("../../../bin/acme", LAUNCHER),
];

#[test]
fn an_environment_in_an_image_is_looked_at_as_one_on_disk() {
    let image = opened(&[gzip(&environment(&FILES).bytes())]).unwrap();
    assert_eq!(image.environments(), ["opt/venv"]);
    let installed = image.examine("opt/venv").unwrap();
    assert_eq!(installed.root, "/opt/venv");
    assert_eq!(installed.python.as_deref(), Some("3.11"));
    assert_eq!(installed.unreadable, []);
    let acme = &installed.packages[0];
    assert_eq!(
        (acme.package.name(), acme.version.as_str()),
        ("acme", "1.0")
    );
    assert_eq!(acme.contents.as_ref().unwrap().files, 3);
    assert_eq!(
        deviations(&image),
        [
            "acme-1.0.dist-info/METADATA unowned",
            "acme-1.0.dist-info/entry_points.txt unowned"
        ]
    );
}

#[test]
fn what_an_upper_layer_changes_in_an_environment_is_named() {
    let upper = Layer::new()
        .file(&format!("{SITE}/acme/__init__.py"), "x = 2\n")
        .file(&format!("{SITE}/acme/.wh.gone.py"), "")
        .file(&format!("{SITE}/evil.pth"), "import os; os.system('x')\n")
        .file(
            "opt/venv/bin/acme",
            &LAUNCHER.replace("/opt/venv/bin", "/tmp"),
        );
    let lower = environment(&FILES).bytes();
    let image = opened(&[lower, upper.bytes()]).unwrap();
    assert_eq!(
        deviations(&image),
        [
            "bin/acme altered",
            "acme-1.0.dist-info/METADATA unowned",
            "acme-1.0.dist-info/entry_points.txt unowned",
            "acme/__init__.py altered",
            "acme/gone.py missing",
            "evil.pth unowned",
        ]
    );
    let start_up = image
        .examine("opt/venv")
        .unwrap()
        .contents
        .unwrap()
        .start_up;
    assert_eq!(start_up.len(), 1);
    assert!(start_up[0].path.ends_with("evil.pth"));
}

#[test]
fn a_launcher_whose_hash_was_changed_along_is_named() {
    let foreign = LAUNCHER.replace("/opt/venv/bin", "/tmp");
    let image = opened(&[environment(&[("../../../bin/acme", &foreign)]).bytes()]).unwrap();
    assert!(
        deviations(&image).contains(&"bin/acme launcher".to_owned()),
        "{:?}",
        deviations(&image)
    );
}

#[test]
fn a_compiled_file_in_an_image_belongs_to_its_source() {
    let compiled = |modified: u32, size: u32| {
        let magic = [0xa7, 0x0d, 0x0d, 0x0a];
        let words = [[0; 4], modified.to_le_bytes(), size.to_le_bytes()].concat();
        [magic.as_slice(), &words, b"code"].concat()
    };
    let path = format!("{SITE}/acme/__pycache__/__init__.cpython-311.pyc");
    for (header, expected) in [
        (compiled(0, 6), false),
        (compiled(0, 7), true),
        (compiled(9, 6), true),
    ] {
        let layer =
            environment(&FILES).entry(&path, tar::EntryType::Regular, "", header.as_slice());
        let image = opened(&[layer.bytes()]).unwrap();
        let foreign = "acme/__pycache__/__init__.cpython-311.pyc foreignbytecode".to_owned();
        assert_eq!(deviations(&image).contains(&foreign), expected);
        let contents = image.examine("opt/venv").unwrap().contents.unwrap();
        assert_eq!(contents.bytecode, 1);
    }
}

/// The files of a directory as an image of one layer.
fn layer_of(directory: &std::path::Path) -> Vec<u8> {
    let mut layer = tar::Builder::new(Vec::new());
    layer.follow_symlinks(false);
    layer.append_dir_all("", directory).unwrap();
    layer.into_inner().unwrap()
}

/// A file system with an environment of all kinds of packages, with libraries, and an interpreter.
fn machine() -> Machine {
    let machine = Machine::new();
    let site = "venv/lib/python3.11/site-packages";
    machine.install(
        "acme",
        &[(
            MODULE,
            needing(&["libgomp.so.1", "libx.so.1", "libpython3.11.so.1.0"]),
        )],
    );
    machine.library("etc-of/libs/libx.so.1", &needing(&[]));
    machine.write("etc/ld.so.conf", b"include /etc/ld.so.conf.d/*.conf\n");
    machine.write("etc/ld.so.conf.d/x.conf", b"/opt/libs\n");
    machine.write("venv/pyvenv.cfg", b"home = /usr/bin\nversion = 3.11.2\n");
    let library = Library {
        name: "libpython3.11.so.1.0",
        ..Library::default()
    };
    let named = [library.bytes(), b"\x003.11.9\0".to_vec()].concat();
    machine.write("usr/lib/libpython3.11.so.1.0", &named);
    machine.library("usr/bin/python3.11", &needing(&["libpython3.11.so.1.0"]));
    let headers = b"Metadata-Version: 1.0\nName: old\nVersion: 0.9\n";
    machine.write(&format!("{site}/old-0.9.egg-info"), headers);
    let info = format!("{site}/older-0.8.egg-info");
    let headers = b"Metadata-Version: 1.0\nName: older\nVersion: 0.8\n";
    machine.write(&format!("{info}/PKG-INFO"), headers);
    machine.write(&format!("{info}/requires.txt"), b"acme\n");
    machine.write(&format!("{site}/far.pth"), b"/srv/code\n");
    machine.write("srv/code/acme/__init__.py", b"");
    machine.write(
        "venv/conda-meta/zlib-1.3-0.json",
        br#"{"name": "zlib", "version": "1.3", "paths_data": {"paths": [
            {"_path": "lib/libz.a", "path_type": "hardlink", "sha256": "00"},
            {"_path": "lib/z.txt", "path_type": "hardlink"}]}}"#,
    );
    machine.write("venv/lib/z.txt", b"z");
    machine
}

#[cfg(unix)]
#[test]
fn an_image_is_judged_as_the_same_files_on_disk_are() {
    let machine = machine();
    let at = |path: &str| machine.folder.path().join(path);
    fs_err::create_dir_all(at("venv/bin")).unwrap();
    fs_err::os::unix::fs::symlink("/usr/bin/python3.11", at("venv/bin/python")).unwrap();
    fs_err::os::unix::fs::symlink("lib", at("venv/lib64")).unwrap();
    fs_err::create_dir_all(at("opt")).unwrap();
    fs_err::os::unix::fs::symlink("/etc-of/libs", at("opt/libs")).unwrap();
    let mut on_disk = machine.examined(&[]);
    let image = opened(&[gzip(&layer_of(machine.folder.path()))]).unwrap();
    assert_eq!(image.environments(), ["venv"]);
    let in_image = image.examine("venv").unwrap();
    assert_eq!(image.system(), crate::system(machine.folder.path()));
    on_disk.root = "/venv".to_owned();
    // where a module is shadowed is a path of this machine there, and one inside here
    for shadow in &mut on_disk.contents.as_mut().unwrap().shadows {
        let path = std::path::PathBuf::from(&shadow.path);
        let root = fs_err::canonicalize(machine.folder.path()).unwrap();
        let path = path.strip_prefix(root).unwrap();
        shadow.path = format!("/{}", path.display());
    }
    assert_eq!(in_image, on_disk);
    // and it is worth comparing
    assert_eq!(in_image.python.as_deref(), Some("3.11.9"));
    let names: Vec<&str> = in_image
        .packages
        .iter()
        .map(|it| it.package.name())
        .collect();
    assert_eq!(names, ["acme", "old", "older", "zlib"]);
    let libraries = in_image.native.unwrap().libraries;
    assert_eq!(libraries.count, 1);
    let unmet: Vec<String> = libraries
        .unmet
        .iter()
        .map(|it| format!("{:?}", it.need))
        .collect();
    assert_eq!(unmet, [r#"Library { name: "libgomp.so.1" }"#]);
    assert_eq!(in_image.contents.unwrap().shadows.len(), 1);
}
