//! Environments with libraries made here, on file systems made here.

use holdfast_model::Installed;

use super::*;
use crate::elf::tests::Library;
use crate::{Examination, examine};

const SITE: &str = "venv/lib/python3.11/site-packages";

/// A file system with an environment in `/venv` and a C library.
pub(crate) struct Machine {
    pub(crate) folder: tempfile::TempDir,
}

impl Machine {
    pub(crate) fn new() -> Self {
        let machine = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        machine.library(
            "usr/lib/x86_64-linux-gnu/libc.so.6",
            &Library {
                name: "libc.so.6",
                defines: vec!["GLIBC_2.2.5", "GLIBC_2.34"],
                ..Library::default()
            },
        );
        machine
    }

    pub(crate) fn write(&self, path: &str, content: &[u8]) {
        let path = self.folder.path().join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, content).unwrap();
    }

    pub(crate) fn library(&self, path: &str, library: &Library) {
        self.write(path, &library.bytes());
    }

    /// Installs a package that claims these libraries.
    pub(crate) fn install(&self, package: &str, libraries: &[(&str, Library)]) {
        let info = format!("{SITE}/{package}-1.0.dist-info");
        let metadata = format!("Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n");
        self.write(&format!("{info}/METADATA"), metadata.as_bytes());
        let mut record = String::new();
        for (path, library) in libraries {
            self.library(&format!("{SITE}/{path}"), library);
            record.push_str(path);
            record.push_str(",,\n");
        }
        self.write(&format!("{info}/RECORD"), record.as_bytes());
    }

    pub(crate) fn examined(&self, library_path: &[&str]) -> Installed {
        let examination = Examination {
            native: Some(NativeExamination {
                library_path: library_path.iter().map(PathBuf::from).collect(),
                accelerators: None,
            }),
            root: Some(self.folder.path().to_owned()),
            ..Examination::default()
        };
        examine(&self.folder.path().join("venv"), &examination).unwrap()
    }

    /// What is needed in vain, a line each.
    fn unmet(&self) -> Vec<String> {
        self.unmet_with(&[])
    }

    fn unmet_with(&self, library_path: &[&str]) -> Vec<String> {
        let native = self.examined(library_path).native.unwrap();
        let line = |unmet: &UnmetNeed| {
            let need = match &unmet.need {
                Need::Library { name } => name.clone(),
                Need::Version {
                    name,
                    version,
                    found,
                } => format!("{version} of {name} at {found}"),
            };
            let file = unmet.file.rsplit('/').next().unwrap();
            let owner = unmet.owner.as_ref().map_or("-", PackageId::name);
            format!("{owner} {file} ×{} {need} {:?}", unmet.files, unmet.loading)
        };
        native.libraries.unmet.iter().map(line).collect()
    }
}

pub(crate) fn needing(needed: &[&'static str]) -> Library {
    Library {
        needed: needed.to_vec(),
        ..Library::default()
    }
}

pub(crate) const MODULE: &str = "acme/_core.cpython-311-x86_64-linux-gnu.so";

#[test]
fn what_an_extension_module_needs_has_to_be_there() {
    let machine = Machine::new();
    let module = needing(&["libc.so.6", "libgomp.so.1"]);
    machine.install(
        "acme",
        &[(MODULE, module.clone()), ("acme/_b.abi3.so", module)],
    );
    assert_eq!(machine.unmet(), ["acme _b.abi3.so ×2 libgomp.so.1 Import"]);
    let found = Library {
        name: "libgomp.so.1",
        ..Library::default()
    };
    machine.library("opt/x/libgomp.so.1", &found);
    assert_eq!(machine.unmet_with(&["/opt/x"]), [""; 0]);
    machine.write("etc/ld.so.conf", b"/opt/x\n");
    assert_eq!(machine.unmet(), [""; 0]);
}

#[test]
fn what_a_wheel_brings_is_found_by_its_search_path() {
    let machine = Machine::new();
    let module = Library {
        runpath: "$ORIGIN/../acme.libs",
        ..needing(&["libz-1a2b.so.1"])
    };
    let brought = Library {
        name: "libz-1a2b.so.1",
        ..needing(&["libc.so.6", "libmissing.so.3"])
    };
    machine.install(
        "acme",
        &[(MODULE, module), ("acme.libs/libz-1a2b.so.1", brought)],
    );
    assert_eq!(
        machine.unmet(),
        ["acme libz-1a2b.so.1 ×1 libmissing.so.3 Import"]
    );
}

#[test]
fn the_search_path_of_whoever_loads_holds_for_what_it_loads() {
    let machine = Machine::new();
    let module = Library {
        rpath: "$ORIGIN/lib:$ORIGIN/more",
        ..needing(&["liba.so"])
    };
    let a = Library {
        name: "liba.so",
        ..needing(&["libb.so"])
    };
    let b = Library {
        name: "libb.so",
        ..Library::default()
    };
    machine.install(
        "acme",
        &[
            (MODULE, module),
            ("acme/lib/liba.so", a),
            ("acme/more/libb.so", b),
        ],
    );
    assert_eq!(machine.unmet(), [""; 0]);
}

#[test]
fn a_c_library_that_is_too_old_is_named_with_the_version() {
    let machine = Machine::new();
    let module = Library {
        versions: vec![("libc.so.6", "GLIBC_2.34"), ("libc.so.6", "GLIBC_2.38")],
        ..needing(&["libc.so.6"])
    };
    machine.install("acme", &[(MODULE, module)]);
    assert_eq!(
        machine.unmet(),
        [
            "acme _core.cpython-311-x86_64-linux-gnu.so ×1 GLIBC_2.38 of libc.so.6 at /usr/lib/x86_64-linux-gnu/libc.so.6 Import"
        ]
    );
}

#[test]
fn of_variants_one_has_to_load() {
    let machine = Machine::new();
    let cpu = needing(&["libc.so.6"]);
    let cuda = needing(&["libcudart.so.12", "libcublas.so.12"]);
    let names = ["acme/libacme_cpu.so", "acme/libacme_cuda.so"];
    machine.install("acme", &[(names[0], cpu), (names[1], cuda.clone())]);
    assert_eq!(machine.unmet(), [""; 0]);
    let cpu = needing(&["libgomp.so.1"]);
    machine.install("acme", &[(names[0], cpu.clone()), (names[1], cuda)]);
    assert_eq!(
        machine.unmet(),
        ["acme libacme_cpu.so ×1 libgomp.so.1 Main"]
    );
    let module = needing(&["libc.so.6"]);
    machine.install(
        "acme",
        &[(names[0], cpu.clone()), (names[1], cpu), (MODULE, module)],
    );
    assert_eq!(
        machine.unmet(),
        ["acme libacme_cpu.so ×1 libgomp.so.1 OnDemand"]
    );
}

#[test]
fn modules_of_other_interpreters_and_machines_are_never_loaded() {
    let machine = Machine::new();
    let module = needing(&["libnone.so.1"]);
    let foreign = Library {
        is_foreign: true,
        ..module.clone()
    };
    machine.install(
        "acme",
        &[
            ("acme/_a.cpython-310-x86_64-linux-gnu.so", module),
            ("acme/plugin/libphone.so", foreign),
            (MODULE, needing(&["libc.so.6"])),
            ("acme/_b.abi3.so", needing(&["libc.so.6"])),
        ],
    );
    assert_eq!(machine.unmet(), [""; 0]);
    assert_eq!(machine.examined(&[]).native.unwrap().libraries.count, 4);
}

#[test]
fn libraries_of_other_packages_are_loaded_before() {
    let machine = Machine::new();
    let found = Library {
        name: "libcudart.so.12",
        ..Library::default()
    };
    machine.install("nvidia", &[("nvidia/lib/libcudart.so.12", found)]);
    machine.install("acme", &[(MODULE, needing(&["libcudart.so.12"]))]);
    assert_eq!(machine.unmet(), [""; 0]);
}

#[test]
fn a_library_that_cannot_be_read_is_named() {
    let machine = Machine::new();
    machine.install("acme", &[(MODULE, needing(&["libc.so.6"]))]);
    let bytes = needing(&["libc.so.6"]).bytes();
    machine.write(&format!("{SITE}/acme/libcut.so"), &bytes[..100]);
    machine.write(&format!("{SITE}/acme/script.so"), b"GROUP ( libx.so )");
    let libraries = machine.examined(&[]).native.unwrap().libraries;
    let unreadable: Vec<String> = libraries
        .unreadable
        .iter()
        .map(|file| format!("{} {}", file.location.file, file.reason))
        .collect();
    assert_eq!(
        unreadable,
        [
            "lib/python3.11/site-packages/acme/libcut.so the shared library is damaged: it points behind its end"
        ]
    );
}

#[test]
fn packages_that_do_not_say_what_they_load_are_known() {
    let machine = Machine::new();
    machine.install("pyzbar", &[]);
    machine.install("acme", &[(MODULE, needing(&["libc.so.6"]))]);
    assert_eq!(
        machine.unmet(),
        ["pyzbar pyzbar-1.0.dist-info ×1 libzbar.so.0 Main"]
    );
    let found = Library {
        name: "libzbar.so.0",
        ..Library::default()
    };
    machine.library("usr/lib/libzbar.so.0", &found);
    assert_eq!(machine.unmet(), [""; 0]);
}

#[test]
fn names_tell_libraries_and_variants() {
    assert!(is_library("a/libx.so.1.2") && is_library("x.so"));
    assert!(is_library("x.cpython-311-x86_64-linux-gnu.so"));
    assert!(!is_library("x.so.py") && !is_library("a.sorted"));
    assert_eq!(first_word("libbitsandbytes_cuda118.so"), "bitsandbytes");
    assert_eq!(first_word("lib_lightgbm.so"), "lightgbm");
    let of = |name| module(name, Some("3.11"));
    assert_eq!(of("a.cpython-311t-x86_64-linux-gnu.so"), Module::Ours);
    assert_eq!(of("a.cpython-31-x86_64-linux-gnu.so"), Module::Other);
    assert_eq!(of("a.so"), Module::None);
}
