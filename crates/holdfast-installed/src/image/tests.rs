//! How images are stored and layered, and what is wrong with them.

mod environments;
mod made;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::read;
use made::{Layer, Stored, file, get, gzip, oci, opened, paths, saved, zstandard};

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
            let file = file(&image, "/opt/a.py").unwrap();
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
    assert!(file(&image, "d/kept").is_some());
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
    assert_eq!(get(&image, "/lib/x").unwrap().0, "usr/lib/x");
    assert_eq!(file(&image, "usr/up").unwrap().size, 1);
    assert_eq!(file(&image, "second").unwrap().size, 2);
    assert!(get(&image, "loop").is_none());
    assert!(get(&image, "first/below").is_none());
    assert_eq!(image.tree.problems.len(), 1);
    assert_eq!(image.tree.problems[0].location.file, "third");
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
    assert_eq!(file(&image, "etc/passwd").unwrap().size, 4);
    assert_eq!(get(&image, "dev/sda").unwrap().1, &Entry::Special);
    assert_eq!(image.tree.problems[0].location.file, "../../etc/passwd");
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
    let content = |path: &str| file(&image, path).unwrap().content.clone();
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
    assert!(file(&image, &long).is_some());
    let endless = vec![b'a'; 2 << 20];
    let layer = Layer::new().entry("x", tar::EntryType::GNULongName, "", &endless);
    let error = opened(&[gzip(&layer.bytes())]).unwrap_err();
    assert!(error.contains("a name without an end"), "{error}");
}

#[test]
fn a_compressed_archive_reads_as_one_that_is_not() {
    let plain = Layer::new().file("opt/a.py", "x = 1\n").bytes();
    let upper = Layer::new().file("opt/.wh.a.py", "").file("b", "1").bytes();
    let layers = [gzip(&plain), zstandard(&plain), upper];
    let mut reversed = saved(&layers);
    reversed.reverse();
    for parts in [oci(&layers), saved(&layers), reversed] {
        let archive = Stored::archive(&parts);
        let path = archive.folder.path().join("image");
        let bytes = fs_err::read(&path).unwrap();
        let expected = archive.open().unwrap();
        for compressed in [gzip(&bytes), zstandard(&bytes)] {
            fs_err::write(&path, &compressed).unwrap();
            let image = archive.open().unwrap();
            assert_eq!(paths(&image), paths(&expected));
            assert_eq!(image.layers(), 3);
            fs_err::write(&path, &compressed[..compressed.len() / 2]).unwrap();
            assert!(archive.open().is_err());
        }
    }
    let mut exchanged = oci(&[plain]);
    exchanged[0].1 = Layer::new().file("a", "2").bytes();
    let archive = Stored::archive(&exchanged);
    let path = archive.folder.path().join("image");
    fs_err::write(&path, gzip(&fs_err::read(&path).unwrap())).unwrap();
    let error = archive.open().unwrap_err();
    assert!(error.contains("it is not what its digest says"), "{error}");
}

#[test]
fn the_size_of_a_file_beyond_8_gib_stands_in_an_attribute() {
    let content = [b'x'; 300];
    // as a writer does that cannot put the size into the header: 0 is there
    let mut header = tar::Header::new_ustar();
    header.set_path("large").unwrap();
    header.set_entry_type(tar::EntryType::Regular);
    header.set_size(0);
    header.set_cksum();
    let mut bytes = Layer::new()
        .entry("x", tar::EntryType::XHeader, "", b"12 size=300\n")
        .bytes();
    bytes.truncate(1024);
    bytes.extend(header.as_bytes());
    bytes.extend(content);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes.extend(Layer::new().file("after", "1").bytes());
    let image = opened(&[bytes.clone()]).unwrap();
    let large = file(&image, "large").unwrap();
    assert_eq!((large.size, &large.hash), (300, &read::sha256(&content)));
    assert!(file(&image, "after").is_some());
    // one that says more than there is
    let told = String::from_utf8_lossy(&bytes[..1024]).replace("12 size=300", "12 size=999");
    bytes[..1024].copy_from_slice(told.as_bytes());
    assert!(opened(&[bytes]).is_err());
    let endless = Layer::new().entry(
        "x",
        tar::EntryType::XHeader,
        "",
        b"29 size=18446744073709551615\n",
    );
    assert!(opened(&[endless.file("large", "").bytes()]).is_err());
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
    let error = compressed.open().unwrap_err();
    assert!(error.contains("no archive (tar) that is whole"), "{error}");
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
            for (path, _) in image.tree.entries() {
                prop_assert!(!path.split('/').any(|part| part == ".."));
                let _ = get(&image, path);
            }
        }
    }
}
