//! Builds the wheels (PEP 427) and source archives of the fake index; same input, same bytes.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use sha2::{Digest as _, Sha256};
use zip::write::SimpleFileOptions;

use super::project::{BuiltFile, FakeRelease};

/// Every file of one release.
pub(crate) fn build(project: &str, release: &FakeRelease) -> Vec<BuiltFile> {
    let metadata = metadata_text(project, release);
    let mut files: Vec<BuiltFile> = release
        .wheel_tags()
        .iter()
        .map(|tag| {
            let name = format!("{}-{}-{tag}.whl", escaped(project), release.version);
            let bytes = wheel(project, release, tag, &metadata);
            built(name, bytes, Some(metadata.clone()), release)
        })
        .collect();
    if release.sdist {
        let name = format!("{}-{}.tar.gz", escaped(project), release.version);
        files.push(built(
            name,
            sdist(project, release, &metadata),
            None,
            release,
        ));
    }
    files
}

/// SHA-256 in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn built(
    name: String,
    mut bytes: Vec<u8>,
    metadata: Option<String>,
    release: &FakeRelease,
) -> BuiltFile {
    let sha256 = sha256(&bytes);
    if release.wrong_bytes {
        // after the end of a zip or gzip file: it still opens, and only the hash tells
        bytes.extend_from_slice(b"tampered");
    }
    BuiltFile {
        name,
        bytes,
        sha256,
        metadata,
        uploaded: release.uploaded.clone(),
        requires_python: release.requires_python.clone(),
        yanked: release.yanked.clone(),
    }
}

fn metadata_text(project: &str, release: &FakeRelease) -> String {
    if let Some(text) = &release.metadata {
        return text.clone();
    }
    let mut text = format!(
        "Metadata-Version: 2.4\nName: {project}\nVersion: {}\n",
        release.version
    );
    let mut header = |name: &str, value: &str| {
        writeln!(text, "{name}: {value}").expect("writing to a string");
    };
    header("Summary", "made by the fake index");
    for classifier in &release.classifiers {
        header("Classifier", classifier);
    }
    if let Some(licence) = &release.licence_text {
        header("License", &licence.replace('\n', "\n        "));
    }
    if let Some(licence) = &release.licence {
        header("License-Expression", licence);
    }
    if let Some(specifier) = &release.requires_python {
        header("Requires-Python", specifier);
    }
    for extra in &release.extras {
        header("Provides-Extra", extra);
    }
    for requirement in &release.requires {
        header("Requires-Dist", requirement);
    }
    text.push_str("\nMade by the fake index.\n");
    text
}

fn wheel(project: &str, release: &FakeRelease, tag: &str, metadata: &str) -> Vec<u8> {
    let package = escaped(project);
    let dist_info = format!("{package}-{}.dist-info", release.version);
    let pure = tag.ends_with("-any");
    let mut files: Vec<(String, Vec<u8>)> = vec![(
        format!("{package}/__init__.py"),
        format!("__version__ = \"{}\"\n", release.version).into_bytes(),
    )];
    files.extend(release.files.iter().cloned());
    if release.padding > 0 {
        files.push((format!("{package}/padding.bin"), noise(release.padding)));
    }
    files.push((
        format!("{dist_info}/METADATA"),
        metadata.as_bytes().to_vec(),
    ));
    let wheel = format!(
        "Wheel-Version: 1.0\nGenerator: fake-index\nRoot-Is-Purelib: {pure}\n{}",
        expanded_tags(tag)
    );
    files.push((format!("{dist_info}/WHEEL"), wheel.into_bytes()));
    let mut record = String::new();
    for (path, content) in &files {
        let digest = recorded(content);
        writeln!(record, "{path},{digest},{}", content.len()).expect("writing to a string");
    }
    writeln!(record, "{dist_info}/RECORD,,").expect("writing to a string");
    let record = release.record.clone().unwrap_or(record);
    files.push((format!("{dist_info}/RECORD"), record.into_bytes()));

    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for (path, content) in &files {
        archive
            .start_file(path.as_str(), options)
            .expect("a path in a wheel");
        archive.write_all(content).expect("writing to memory");
    }
    archive.finish().expect("writing to memory").into_inner()
}

/// `py2.py3-none-any` is written as one `Tag` line for each combination.
fn expanded_tags(tag: &str) -> String {
    let parts: Vec<Vec<&str>> = tag
        .split('-')
        .map(|part| part.split('.').collect())
        .collect();
    let [pythons, abis, platforms] = parts.as_slice() else {
        panic!("`{tag}` is no wheel tag: expected `python-abi-platform`");
    };
    let mut text = String::new();
    for python in pythons {
        for abi in abis {
            for platform in platforms {
                writeln!(text, "Tag: {python}-{abi}-{platform}").expect("writing to a string");
            }
        }
    }
    text
}

/// Needs `setuptools` to build; its metadata is of a version that says nothing reliable, so that a
/// resolver would have to run it.
fn sdist(project: &str, release: &FakeRelease, metadata: &str) -> Vec<u8> {
    let root = format!("{}-{}", escaped(project), release.version);
    let metadata = metadata.replacen("Metadata-Version: 2.4", "Metadata-Version: 2.1", 1);
    let setup = format!(
        "from setuptools import setup\nsetup(name={project:?}, version={:?}, install_requires={:?})\n",
        release.version, release.requires
    );
    let compressed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    let mut archive = tar::Builder::new(compressed);
    for (path, content) in [("PKG-INFO", metadata), ("setup.py", setup)] {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        archive
            .append_data(&mut header, format!("{root}/{path}"), content.as_bytes())
            .expect("writing to memory");
    }
    archive
        .into_inner()
        .and_then(flate2::write::GzEncoder::finish)
        .expect("writing to memory")
}

/// The name as the file names of wheels have it.
fn escaped(project: &str) -> String {
    normalised(project).replace('-', "_")
}

/// The name as PEP 503 has it.
pub(crate) fn normalised(name: &str) -> String {
    let mut normalised = String::new();
    for character in name.to_lowercase().chars() {
        if !matches!(character, '-' | '_' | '.') {
            normalised.push(character);
        } else if !normalised.ends_with('-') {
            normalised.push('-');
        }
    }
    normalised
}

/// Bytes that do not compress: a linear congruential generator.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    (0..length)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            state.to_be_bytes()[0]
        })
        .collect()
}

/// The hash of a file as `RECORD` has it: `sha256=` and its value.
pub fn recorded(content: &[u8]) -> String {
    format!("sha256={}", base64_url(&Sha256::digest(content)))
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        write!(text, "{byte:02x}").expect("writing to a string");
    }
    text
}

/// Base64 with the alphabet for URLs and no padding, as RECORD has it.
pub(crate) fn base64_url(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let group = chunk
            .iter()
            .enumerate()
            .fold(0_usize, |group, (place, byte)| {
                group | usize::from(*byte) << (16 - 8 * place)
            });
        for place in 0..=chunk.len() {
            text.push(char::from(ALPHABET[group >> (18 - 6 * place) & 63]));
        }
    }
    text
}
