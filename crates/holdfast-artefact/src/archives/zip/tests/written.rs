//! Zip files that others wrote: Python, and the samples of picklescan.

use std::io::Cursor;

use holdfast_model::{ArtefactFormat, UnreadReason};

use crate::Limits;
use crate::archives::testing::{
    assert_quiet, disagreements, inspect, inspect_file, python, reached, small,
};

const WRITING: &str = "
import io, sys, zipfile
inner = io.BytesIO(); zipfile.ZipFile(inner, 'w').close(); inner = inner.getvalue()
out = io.BytesIO()
class Stream(io.RawIOBase):
    def writable(self): return True
    def write(self, data): out.write(data); return len(data)
";

#[test]
fn what_python_writes_is_quiet() {
    let variants = [
        "z = zipfile.ZipFile(out, 'w'); z.writestr('a', inner)",
        "z = zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED); z.writestr('a', inner)",
        "z = zipfile.ZipFile(out, 'w', zipfile.ZIP_BZIP2); z.writestr('a', inner)",
        "z = zipfile.ZipFile(out, 'w', zipfile.ZIP_LZMA); z.writestr('a', inner)",
        "z = zipfile.ZipFile(Stream(), 'w'); z.writestr('a', inner)",
        "z = zipfile.ZipFile(Stream(), 'w', zipfile.ZIP_DEFLATED); z.writestr('a', inner)",
        "z = zipfile.ZipFile(out, 'w'); f = z.open('a', 'w', force_zip64=True); f.write(inner); f.close()",
        "z = zipfile.ZipFile(Stream(), 'w'); f = z.open('a', 'w', force_zip64=True); f.write(inner); f.close()",
        "z = zipfile.ZipFile(out, 'w'); z.writestr('a', inner); z.comment = b'a comment' * 900",
        "z = zipfile.ZipFile(out, 'w'); z.mkdir('d'); z.writestr('a', inner); z.writestr('\\u00e9', b'x')",
    ];
    for variant in variants {
        let script =
            format!("{WRITING}\n{variant}\nz.close(); sys.stdout.buffer.write(out.getvalue())");
        let content = inspect(&python(&script));
        assert_eq!(content.hazards, [], "{variant}");
        assert_eq!(content.unread, [], "{variant}");
        assert_eq!(reached(&content), ["a"], "{variant}");
    }
}

#[test]
fn more_entries_than_the_old_record_counts_are_quiet() {
    let script = format!(
        "{WRITING}\nz = zipfile.ZipFile(out, 'w')\nfor n in range(65600): z.writestr(str(n), b'')\nz.close(); sys.stdout.buffer.write(out.getvalue())"
    );
    let limits = Limits {
        members: 100_000,
        ..small()
    };
    let artefact = crate::inspect("a.zip", &mut Cursor::new(python(&script)), &limits);
    assert_quiet(&artefact.content);
}

#[test]
fn the_samples_of_picklescan_are_seen_through() {
    let Some(corpus) = testkit::corpus("picklescan-samples") else {
        return;
    };
    let read = |path: &str| inspect_file(&fs_err::read(corpus.join("tests").join(path)).unwrap());
    let told = |path: &str| disagreements(&read(path).content).join("; ");
    for path in [
        "data/malicious1.zip",
        "data/malicious1_wrong_ext.zip",
        "data/new_pytorch_model.bin",
    ] {
        assert_eq!(told(path), "", "{path}");
    }
    for path in [
        "data/malicious1_0x1.zip",
        "data/malicious1_0x20.zip",
        "data/malicious1_0x40.zip",
    ] {
        assert!(told(path).contains("cannot be read as it is"), "{path}");
    }
    assert!(told("data/malicious1_central_directory.zip").contains("`datap.kl` in its own header"));
    assert!(told("data2/malicious1_crc.zip").contains("its CRC is"));
    let encrypted = read("data/benign_password_protected.zip").content;
    assert_eq!(encrypted.unread[0].reason, UnreadReason::Encrypted);
    assert_eq!(encrypted.hazards, []);
    let torch = read("data/new_pytorch_model.bin");
    assert_eq!(torch.format, ArtefactFormat::Torch);
    assert_eq!(torch.content.metadata["version"], "3");
    assert_eq!(read("data/malicious1.zip").format, ArtefactFormat::Torch);
    for path in [
        "data2/int_arrays.npz",
        "data2/int_arrays_compressed.npz",
        "data2/object_arrays_compressed.npz",
    ] {
        let arrays = read(path);
        assert_eq!(arrays.format, ArtefactFormat::NumpyArchive, "{path}");
        assert_eq!(disagreements(&arrays.content), [""; 0], "{path}");
    }
}
