//! Images made here: layouts, archives, layers of every compression, and what is wrong with them.

use std::io::Write as _;

use proptest::prelude::*;
use serde_json::json;
use sha2::Digest as _;

use super::*;
use crate::read;

/// A layer in the making.
struct Layer(tar::Builder<Vec<u8>>);

impl Layer {
    fn new() -> Self {
        Self(tar::Builder::new(Vec::new()))
    }

    fn entry(mut self, path: &str, kind: tar::EntryType, target: &str, content: &[u8]) -> Self {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(0o644);
        header.set_size(content.len() as u64);
        // as it is: the library would refuse to write names that lead out
        let name = &mut header.as_gnu_mut().unwrap().name;
        name[..path.len()].copy_from_slice(path.as_bytes());
        if !target.is_empty() {
            header.set_link_name_literal(target).unwrap();
        }
        header.set_cksum();
        self.0.append(&header, content).unwrap();
        self
    }

    fn file(self, path: &str, content: &str) -> Self {
        self.entry(path, tar::EntryType::Regular, "", content.as_bytes())
    }

    fn link(self, path: &str, target: &str) -> Self {
        self.entry(path, tar::EntryType::Symlink, target, b"")
    }

    fn bytes(self) -> Vec<u8> {
        self.0.into_inner().unwrap()
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstandard(bytes: &[u8]) -> Vec<u8> {
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};
    let (one, two) = bytes.split_at(bytes.len() / 2);
    let mut frames = compress_to_vec(one, CompressionLevel::Fastest);
    frames.extend(compress_to_vec(two, CompressionLevel::Fastest));
    frames
}

fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", read::sha256(bytes).hex())
}

/// The parts of an OCI layout with these layers.
fn oci(layers: &[Vec<u8>]) -> Vec<(String, Vec<u8>)> {
    let mut parts: Vec<(String, Vec<u8>)> = Vec::new();
    let mut blob = |bytes: Vec<u8>| {
        let digest = digest(&bytes);
        let size = bytes.len();
        parts.push((format!("blobs/{}", digest.replace(':', "/")), bytes));
        json!({"digest": digest, "size": size, "mediaType": "application/vnd.oci.image.layer.v1.tar"})
    };
    let layers: Vec<_> = layers.iter().map(|layer| blob(layer.clone())).collect();
    let manifest = blob(
        json!({"schemaVersion": 2, "layers": layers})
            .to_string()
            .into_bytes(),
    );
    let index = json!({"schemaVersion": 2, "manifests": [manifest]});
    parts.push(("index.json".to_owned(), index.to_string().into_bytes()));
    parts
}

/// The parts of what `docker save` wrote before it wrote OCI layouts.
fn saved(layers: &[Vec<u8>]) -> Vec<(String, Vec<u8>)> {
    let names: Vec<String> = (0..layers.len())
        .map(|it| format!("{it}/layer.tar"))
        .collect();
    let manifest = json!([{"Config": "x.json", "RepoTags": ["x:1"], "Layers": names}]);
    let mut parts = vec![(
        "manifest.json".to_owned(),
        manifest.to_string().into_bytes(),
    )];
    parts.extend(names.into_iter().zip(layers.iter().cloned()));
    parts
}

struct Stored {
    folder: tempfile::TempDir,
}

impl Stored {
    fn directory(parts: &[(String, Vec<u8>)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (path, content) in parts {
            let path = folder.path().join("image").join(path);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, content).unwrap();
        }
        Self { folder }
    }

    fn archive(parts: &[(String, Vec<u8>)]) -> Self {
        let archive = parts.iter().fold(Layer::new(), |archive, (path, content)| {
            archive.entry(path, tar::EntryType::Regular, "", content)
        });
        let folder = tempfile::tempdir().unwrap();
        fs_err::write(folder.path().join("image"), archive.bytes()).unwrap();
        Self { folder }
    }

    fn open(&self) -> Result<Image, String> {
        Image::open(&self.folder.path().join("image")).map_err(|error| error.to_string())
    }
}

fn opened(layers: &[Vec<u8>]) -> Result<Image, String> {
    Stored::directory(&oci(layers)).open()
}

fn paths(image: &Image) -> Vec<&str> {
    image.entries().map(|(path, _)| path).collect()
}

#[test]
fn every_way_to_store_an_image_reads_the_same() {
    let plain = Layer::new().file("opt/a.py", "x = 1\n").bytes();
    let upper = Layer::new().file("opt/b.py", "y").bytes();
    let layers = [plain.clone(), upper.clone()];
    let expected = ["opt", "opt/a.py", "opt/b.py"];
    for parts in [
        oci(&layers),
        saved(&layers),
        oci(&[gzip(&plain), gzip(&upper)]),
        oci(&[zstandard(&plain), upper]),
    ] {
        for stored in [Stored::directory(&parts), Stored::archive(&parts)] {
            let image = stored.open().unwrap();
            assert_eq!(paths(&image), expected);
            assert_eq!(image.layers(), 2);
            let file = image.file("/opt/a.py").unwrap();
            assert_eq!(file.hash, read::sha256(b"x = 1\n"));
            assert_eq!(
                (file.size, file.head.as_slice()),
                (6, b"x = 1\n".as_slice())
            );
            assert_eq!(file.content, None);
        }
    }
}

#[test]
fn what_an_upper_layer_removes_is_gone() {
    let lower = Layer::new()
        .file("a/kept", "")
        .file("a/gone", "")
        .file("b/old/deep", "")
        .file("c", "file")
        .file("d/below", "");
    let upper = Layer::new()
        .file("a/.wh.gone", "")
        // what a layer brings itself is not emptied, wherever the sign stands
        .file("b/new", "")
        .file("b/.wh..wh..opq", "")
        .file("c/now/a/directory", "")
        .link("d", "/a");
    let image = opened(&[lower.bytes(), gzip(&upper.bytes())]).unwrap();
    assert_eq!(
        paths(&image),
        [
            "a",
            "a/kept",
            "b",
            "b/new",
            "c",
            "c/now",
            "c/now/a",
            "c/now/a/directory",
            "d"
        ]
    );
    assert!(image.file("d/kept").is_some());
}

#[test]
fn links_are_followed_inside_alone() {
    let layer = Layer::new()
        .file("usr/lib/x", "1")
        .link("lib", "/usr/lib")
        .link("usr/up", "../../../../usr/lib/x")
        .link("loop", "loop")
        .file("first", "22")
        .entry("second", tar::EntryType::Link, "first", b"")
        .entry("third", tar::EntryType::Link, "nothing", b"");
    let image = opened(&[layer.bytes()]).unwrap();
    assert_eq!(image.get("/lib/x").unwrap().0, "usr/lib/x");
    assert_eq!(image.file("usr/up").unwrap().size, 1);
    assert_eq!(image.file("second").unwrap().size, 2);
    assert!(image.get("loop").is_none());
    assert!(image.get("first/below").is_none());
    assert_eq!(image.problems().len(), 1);
    assert_eq!(image.problems()[0].location.file, "third");
}

#[test]
fn names_that_lead_out_and_devices_are_harmless() {
    let layer = Layer::new()
        .file("../../etc/passwd", "evil")
        .file("/etc/passwd", "root")
        .entry("dev/sda", tar::EntryType::Block, "", b"")
        .entry("pipe", tar::EntryType::Fifo, "", b"");
    let image = opened(&[layer.bytes()]).unwrap();
    assert_eq!(
        paths(&image),
        ["dev", "dev/sda", "etc", "etc/passwd", "pipe"]
    );
    assert_eq!(image.file("etc/passwd").unwrap().size, 4);
    assert_eq!(image.get("dev/sda").unwrap().1, &ImageEntry::Special);
    assert_eq!(image.problems()[0].location.file, "../../etc/passwd");
}

#[test]
fn content_that_tells_of_other_files_is_kept() {
    let site = "usr/lib/python3/dist-packages";
    let layer = Layer::new()
        .file(&format!("{site}/x-1.dist-info/RECORD"), "x.py,,\n")
        .file(&format!("{site}/x.py"), "x")
        .file("usr/lib/os-release", "ID=debian\nVERSION_ID=\"12\"\n")
        .link("etc/os-release", "../usr/lib/os-release")
        .file(
            "var/lib/dpkg/status",
            "Package: libgomp1\nStatus: install ok installed\nVersion: 12.2.0-14\nArchitecture: amd64\n",
        );
    let image = opened(&[layer.bytes()]).unwrap();
    let content = |path: &str| image.file(path).unwrap().content.clone();
    let record = content(&format!("{site}/x-1.dist-info/RECORD"));
    assert_eq!(record.as_deref(), Some(b"x.py,,\n".as_slice()));
    assert!(content("var/lib/dpkg/status").is_some());
    assert_eq!(content(&format!("{site}/x.py")), None);
    let system = image.system();
    assert_eq!(system.distribution.as_deref(), Some("debian 12"));
    let packages = system.packages.unwrap();
    assert_eq!(
        packages[0].purl,
        "pkg:deb/debian/libgomp1@12.2.0-14?arch=amd64"
    );
}

#[test]
fn long_names_are_read_and_endless_ones_refused() {
    let long = "d/".repeat(100) + "file";
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(1);
    header.set_cksum();
    builder
        .append_data(&mut header, &long, b"x".as_slice())
        .unwrap();
    let image = opened(&[builder.into_inner().unwrap()]).unwrap();
    assert!(image.file(&long).is_some());
    let endless = vec![b'a'; 2 << 20];
    let layer = Layer::new().entry("x", tar::EntryType::GNULongName, "", &endless);
    let error = opened(&[gzip(&layer.bytes())]).unwrap_err();
    assert!(error.contains("a name without an end"), "{error}");
}

#[test]
fn a_layer_that_is_cut_off_is_an_error() {
    let layer = Layer::new()
        .file("a", "1")
        .file("b", &"2".repeat(2000))
        .bytes();
    for bytes in [layer.clone(), gzip(&layer), zstandard(&layer)] {
        for length in [0, 100, bytes.len() / 2, bytes.len().saturating_sub(1100)] {
            let cut = bytes[..length].to_vec();
            let opened = Stored::directory(&saved(&[cut])).open();
            assert!(opened.is_err(), "{length} of {}", bytes.len());
        }
    }
    let mut parts = oci(&[layer]);
    parts[0].1.truncate(1024);
    let error = Stored::directory(&parts).open().unwrap_err();
    assert!(
        error.contains("digest") || error.contains("cut off"),
        "{error}"
    );
}

#[test]
fn a_layer_that_was_exchanged_is_an_error() {
    let mut parts = oci(&[Layer::new().file("a", "1").bytes()]);
    parts[0].1 = Layer::new().file("a", "2").bytes();
    let error = Stored::archive(&parts).open().unwrap_err();
    assert!(error.contains("it is not what its digest says"), "{error}");
}

#[test]
fn a_layer_that_grows_without_end_is_refused() {
    let mut limited = layer::tests_limited(b"0123456789".as_slice(), 4);
    let error = std::io::copy(&mut limited, &mut std::io::sink()).unwrap_err();
    assert!(error.to_string().contains("grows without end"));
}

#[test]
fn what_is_no_image_says_so() {
    let compressed = Stored::directory(&[]);
    fs_err::write(compressed.folder.path().join("image"), gzip(b"x")).unwrap();
    assert!(
        compressed
            .open()
            .unwrap_err()
            .contains("decompress it first")
    );
    let other = Stored::archive(&[("a".to_owned(), b"x".to_vec())]);
    assert!(
        other
            .open()
            .unwrap_err()
            .contains("neither `index.json` nor")
    );
    let text = Stored::directory(&[]);
    fs_err::write(text.folder.path().join("image"), "x".repeat(2000)).unwrap();
    assert!(text.open().is_err());
    let outside = json!([{"Layers": ["../../etc/passwd"]}]).to_string();
    let outside = Stored::directory(&[("manifest.json".to_owned(), outside.into_bytes())]);
    assert!(outside.open().unwrap_err().contains("leads out"));
    let digest = json!({"manifests": [{"digest": "sha256:../../x"}]}).to_string();
    let digest = Stored::directory(&[("index.json".to_owned(), digest.into_bytes())]);
    assert!(digest.open().unwrap_err().contains("no SHA-256 digest"));
}

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
    let contents = image.examine("opt/venv").contents.unwrap();
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
    let installed = image.examine("opt/venv");
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
    let start_up = image.examine("opt/venv").contents.unwrap().start_up;
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn damaged_archives_are_read_without_panic(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12)
    ) {
        let layer = Layer::new().file("opt/a", "1").link("b", "/opt").file("opt/.wh.c", "");
        let parts = saved(&[layer.bytes()]);
        let stored = Stored::archive(&parts);
        let path = stored.folder.path().join("image");
        let mut bytes = fs_err::read(&path).unwrap();
        for (position, byte) in damage {
            let position = position.index(bytes.len());
            bytes[position] = byte;
        }
        fs_err::write(&path, bytes).unwrap();
        if let Ok(image) = stored.open() {
            for (path, _) in image.entries() {
                prop_assert!(!path.split('/').any(|part| part == ".."));
                let _ = image.get(path);
            }
        }
    }
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
        let contents = image.examine("opt/venv").contents.unwrap();
        assert_eq!(contents.bytecode, 1);
    }
}
