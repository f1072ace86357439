//! Reading many records from directories and archives.

use std::io::Write;
use std::path::{Path, PathBuf};

use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use super::{below, now};
use crate::container::{ContainerError, Limits, each_file};
use crate::{AdvisoryStore, ImportError, import, read_records};

/// Records and other files, as name and content.
fn files() -> Vec<(String, String)> {
    let long = format!("{}/PYSEC-2.json", "long".repeat(40));
    vec![
        (
            "vulns/a/PYSEC-1.json".into(),
            below("PYSEC-1", &[], "a", "1"),
        ),
        (long, below("PYSEC-2", &["CVE-2"], "b", "2")),
        ("broken.json".into(), "{".into()),
        ("README.md".into(), "# Not a record".into()),
    ]
}

fn write(directory: &Path, name: &str, content: &[u8]) -> PathBuf {
    let path = directory.join(name);
    fs_err::create_dir_all(path.parent().unwrap()).unwrap();
    fs_err::write(&path, content).unwrap();
    path
}

fn zip_of(files: &[(String, String)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in files {
        let options = zip::write::SimpleFileOptions::default();
        writer.start_file(name.as_str(), options).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn tar_of(files: &[(String, String)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        builder
            .append_data(&mut header, name, content.as_bytes())
            .unwrap();
    }
    builder.into_inner().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The same files in every container that is read.
fn containers(directory: &Path) -> Vec<PathBuf> {
    let files = files();
    for (name, content) in &files {
        write(&directory.join("tree"), name, content.as_bytes());
    }
    // neither hidden directories nor links to directories are followed
    write(
        &directory.join("tree"),
        ".git/PYSEC-9.json",
        below("PYSEC-9", &[], "z", "1").as_bytes(),
    );
    #[cfg(unix)]
    std::os::unix::fs::symlink(directory.join("tree"), directory.join("tree/loop")).unwrap();
    let tar = tar_of(&files);
    vec![
        directory.join("tree"),
        write(directory, "all.zip", &zip_of(&files)),
        write(directory, "all.tar", &tar),
        write(directory, "all.tar.gz", &gzip(&tar)),
        write(
            directory,
            "all.tar.zst",
            &compress_to_vec(tar.as_slice(), CompressionLevel::Fastest),
        ),
    ]
}

#[test]
fn the_same_records_give_the_same_digest_whatever_the_container() {
    let directory = tempfile::tempdir().unwrap();
    let store = directory.path().join("cache/advisories");
    let mut reports = Vec::new();
    for container in containers(directory.path()) {
        let report = import(&container, &store, now()).unwrap();
        assert_eq!(report.records, 2, "{}", container.display());
        assert_eq!(report.skipped.len(), 1);
        assert_eq!(report.skipped[0].file, "broken.json");
        assert!(
            report.skipped[0]
                .reason
                .starts_with("no OSV record in JSON: EOF")
        );
        reports.push(report);
    }
    assert!(reports.iter().all(|report| report == &reports[0]));
    let opened = AdvisoryStore::open(&store).unwrap().unwrap();
    assert_eq!(opened.data().digest, reports[0].digest);
    assert_eq!(opened.data().fetched, now());
}

#[test]
fn other_records_give_another_digest() {
    let directory = tempfile::tempdir().unwrap();
    let digest = |fixed: &str| {
        let file = write(
            directory.path(),
            "a.json",
            below("PYSEC-1", &[], "a", fixed).as_bytes(),
        );
        import(&file, &directory.path().join("store"), now())
            .unwrap()
            .digest
    };
    assert_eq!(digest("1"), digest("1"));
    assert_ne!(digest("1"), digest("2"));
}

#[test]
fn nothing_but_rubbish_is_an_error_and_leaves_the_store() {
    let directory = tempfile::tempdir().unwrap();
    let store = directory.path().join("store");
    let good = write(
        directory.path(),
        "a.json",
        below("PYSEC-1", &[], "a", "1").as_bytes(),
    );
    let digest = import(&good, &store, now()).unwrap().digest;

    let rubbish = write(directory.path(), "b/rubbish.json", b"\0\0\0");
    for source in [rubbish.as_path(), rubbish.parent().unwrap()] {
        let error = import(source, &store, now()).unwrap_err();
        assert!(
            matches!(error, ImportError::Nothing { skipped: 1, .. }),
            "{error}"
        );
        assert!(
            error
                .to_string()
                .contains("`rubbish.json`: no OSV record in JSON")
        );
    }
    assert!(import(&directory.path().join("absent"), &store, now()).is_err());
    let opened = AdvisoryStore::open(&store).unwrap().unwrap();
    assert_eq!(opened.data().digest, digest);
}

#[test]
fn an_archive_that_ends_early_is_an_error_wherever_it_ends() {
    let directory = tempfile::tempdir().unwrap();
    let tar = tar_of(&files());
    // two blocks of zeros end an archive; without them it may go on
    let content_end = tar.iter().rposition(|byte| *byte != 0).unwrap() / 512 * 512 + 512;
    for end in (512..=content_end).step_by(256) {
        let file = write(directory.path(), "cut.tar", &tar[..end]);
        assert!(
            matches!(
                read_records(&file),
                Err(ImportError::Container(ContainerError::Broken { .. }))
            ),
            "{end}"
        );
    }
    for whole in [
        compress_to_vec(tar.as_slice(), CompressionLevel::Fastest),
        gzip(&tar),
        zip_of(&files()),
    ] {
        for end in [whole.len() / 2, whole.len() - 9] {
            let file = write(directory.path(), "cut", &whole[..end]);
            assert!(read_records(&file).is_err(), "{end}");
        }
    }
}

#[test]
fn of_two_records_with_one_id_the_later_counts() {
    let directory = tempfile::tempdir().unwrap();
    let old = below("PYSEC-1", &[], "a", "1").replace("2024-01-02", "2023-01-02");
    write(directory.path(), "z.json", old.as_bytes());
    write(
        directory.path(),
        "a.json",
        below("PYSEC-1", &[], "a", "2").as_bytes(),
    );
    write(
        directory.path(),
        "same.json",
        below("PYSEC-1", &[], "a", "2").as_bytes(),
    );
    let (records, skipped) = read_records(directory.path()).unwrap();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].affected[0].affected().to_string(), "<2");
    assert_eq!(skipped.len(), 1);
    assert_eq!(skipped[0].file, "z.json");
}

#[test]
fn limits_hold_for_files_and_for_their_sum() {
    let directory = tempfile::tempdir().unwrap();
    for container in containers(directory.path()) {
        let mut refused = Vec::new();
        let limits = Limits {
            file: 10,
            total: 1_000_000,
        };
        each_file(&container, limits, &mut |name, bytes| {
            if let Err(reason) = bytes {
                refused.push((name.to_owned(), reason));
            }
        })
        .unwrap();
        assert_eq!(refused.len(), 2, "{}", container.display());
        assert_eq!(refused[0].1, "larger than 10 bytes");

        let limits = Limits {
            file: 1_000_000,
            total: 300,
        };
        let error = each_file(&container, limits, &mut |_, _| {}).unwrap_err();
        assert!(
            matches!(error, ContainerError::TooLarge { limit: 300, .. }),
            "{error}"
        );
    }
}
