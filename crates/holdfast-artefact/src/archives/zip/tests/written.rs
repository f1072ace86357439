//! Zip files that others wrote: Python, and the samples of picklescan.

use holdfast_model::{ArtefactFormat, UnreadReason};

use crate::archives::testing::{disagreements, inspect, inspect_file, python, reached};

/// What makes zip files in Python: seekable, or as a stream.
const WRITING: &str = "
import io, zipfile
inner = io.BytesIO(); zipfile.ZipFile(inner, 'w').close(); inner = inner.getvalue()
class Stream(io.RawIOBase):
    def __init__(self): self.bytes = b''
    def writable(self): return True
    def write(self, data): self.bytes += data; return len(data)
def made(out, method=0, wide=False, comment=b'', more=lambda z: None):
    with zipfile.ZipFile(out, 'w', method) as z:
        more(z)
        with z.open('a', 'w', force_zip64=wide) as f: f.write(inner)
        z.comment = comment
    return out.bytes if isinstance(out, Stream) else out.getvalue()
";

#[test]
fn what_python_writes_is_quiet() {
    let variants = [
        "made(io.BytesIO())",
        "made(io.BytesIO(), zipfile.ZIP_DEFLATED)",
        "made(io.BytesIO(), zipfile.ZIP_BZIP2)",
        "made(io.BytesIO(), zipfile.ZIP_LZMA)",
        "made(Stream())",
        "made(Stream(), zipfile.ZIP_DEFLATED)",
        "made(io.BytesIO(), wide=True)",
        "made(Stream(), wide=True)",
        "made(io.BytesIO(), comment=b'a comment' * 900)",
        "made(io.BytesIO(), more=lambda z: (z.writestr('d/', b''), z.writestr('\\u00e9', b'x')))",
    ];
    for (variant, bytes) in variants.iter().zip(python(WRITING, &variants)) {
        let content = inspect(&bytes);
        assert_eq!(content.hazards, [], "{variant}");
        assert_eq!(content.unread, [], "{variant}");
        assert_eq!(reached(&content), ["a"], "{variant}");
    }
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
