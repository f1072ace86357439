//! The store: look-ups, damage, versions.

use std::path::{Path, PathBuf};

use holdfast_model::{AdvisoryMatch, AdvisorySeverity, Ecosystem, PackageId};

use super::{below, now};
use crate::{AdvisoryStore, StoreError, import};

/// A store with the given records, one per file.
fn store(directory: &Path, records: &[String]) -> PathBuf {
    let source = directory.join("records");
    fs_err::create_dir_all(&source).unwrap();
    for (number, record) in records.iter().enumerate() {
        fs_err::write(source.join(format!("{number}.json")), record).unwrap();
    }
    let store = directory.join("store");
    import(&source, &store, now()).unwrap();
    store
}

fn open(path: &Path) -> AdvisoryStore {
    AdvisoryStore::open(path).unwrap().unwrap()
}

fn ids(found: &[AdvisoryMatch]) -> Vec<&str> {
    found.iter().map(|found| found.id.as_str()).collect()
}

#[test]
fn a_match_tells_what_is_affected_and_what_fixes_it() {
    let directory = tempfile::tempdir().unwrap();
    let listed = r#"{"id": "GHSA-1", "modified": "2024-03-01T00:00:00Z", "aliases": ["CVE-1"],
        "summary": "Bad", "database_specific": {"severity": "HIGH"},
        "affected": [{"package": {"ecosystem": "PyPI", "name": "A"}, "versions": ["2.0", "3.0"]}]}"#;
    let store = open(&store(
        directory.path(),
        &[below("PYSEC-1", &["CVE-1"], "a", "1.10"), listed.to_owned()],
    ));
    let found = store.matches(&PackageId::pypi("A"), "2.0.0").unwrap();
    assert_eq!(ids(&found), ["PYSEC-1"]);
    assert_eq!(found[0].aliases, ["CVE-1", "GHSA-1"]);
    assert_eq!(found[0].severity, Some(AdvisorySeverity::High));
    assert_eq!(found[0].summary, "Summary of PYSEC-1");
    assert_eq!(found[0].fixed, ["1.10"]);
    assert_eq!(found[0].affected.to_string(), "<1.10 | 2.0 | 3.0");
    assert!(!found[0].malicious);
    assert!(
        store
            .matches(&PackageId::pypi("a"), "2.1")
            .unwrap()
            .is_empty()
    );
    assert!(
        store
            .matches(&PackageId::pypi("b"), "2.1")
            .unwrap()
            .is_empty()
    );

    let data = store.data();
    assert_eq!((data.count, store.withdrawn(), store.packages()), (2, 0, 1));
    assert_eq!(data.newest, Some("2024-03-01T00:00:00Z".parse().unwrap()));
    assert_eq!(data.ecosystems, [Ecosystem::Pypi]);
}

#[test]
fn withdrawn_records_match_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let withdrawn = below("PYSEC-1", &[], "a", "1").replacen(
        '{',
        r#"{"withdrawn": "2024-05-01T00:00:00Z","#,
        1,
    );
    let store = open(&store(
        directory.path(),
        &[withdrawn, below("PYSEC-2", &[], "b", "1")],
    ));
    assert!(
        store
            .matches(&PackageId::pypi("a"), "0.5")
            .unwrap()
            .is_empty()
    );
    assert_eq!((store.data().count, store.withdrawn()), (1, 1));
}

#[test]
fn malicious_packages_are_told_apart() {
    let directory = tempfile::tempdir().unwrap();
    let malicious = r#"{"id": "MAL-2024-1", "modified": "2024-03-01T00:00:00Z",
        "affected": [{"package": {"ecosystem": "PyPI", "name": "evil"},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}]}]}"#;
    let store = open(&store(directory.path(), &[malicious.to_owned()]));
    let found = store.matches(&PackageId::pypi("evil"), "0.0.1").unwrap();
    assert!(found[0].malicious);
    assert_eq!(found[0].id, "MAL-2024-1");
    assert!(found[0].fixed.is_empty());
}

#[test]
fn a_local_version_is_looked_up_without_its_local_part() {
    let directory = tempfile::tempdir().unwrap();
    let last = below("PYSEC-1", &[], "torch", "2.3").replace("fixed", "last_affected");
    let store = open(&store(directory.path(), &[last]));
    let torch = PackageId::pypi("torch");
    assert_eq!(
        ids(&store.matches(&torch, "2.3.0+cu126").unwrap()),
        ["PYSEC-1"]
    );
    assert!(store.matches(&torch, "2.3.1+cu126").unwrap().is_empty());
}

#[test]
fn npm_packages_are_matched_by_semver() {
    let directory = tempfile::tempdir().unwrap();
    let npm = below("GHSA-1", &[], "@scope/Name", "1.10.0").replace("PyPI", "npm");
    let store = open(&store(directory.path(), &[npm]));
    let package = PackageId::new(Ecosystem::Npm, "@scope/Name");
    let found = store.matches(&package, "1.9.0").unwrap();
    assert_eq!(found[0].fixed, ["1.10.0"]);
    // the model's ranges are of PyPI's versions
    assert!(found[0].affected.is_empty());
    assert!(store.matches(&package, "1.10.0").unwrap().is_empty());
    assert!(
        store
            .matches(&PackageId::new(Ecosystem::Npm, "@scope/name"), "1")
            .unwrap()
            .is_empty()
    );
    assert_eq!(store.data().ecosystems, [Ecosystem::Npm]);
}

#[test]
fn a_version_without_a_place_in_the_order_is_an_error_not_clean() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&store(directory.path(), &[below("PYSEC-1", &[], "a", "1")]));
    let error = store
        .matches(&PackageId::pypi("a"), "2019-09-12")
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "`2019-09-12` of `a` is no version that can be compared with advisories"
    );
    // nothing is known of this package, whatever its version
    assert!(
        store
            .matches(&PackageId::pypi("b"), "2019-09-12")
            .unwrap()
            .is_empty()
    );
}

#[test]
fn every_package_of_many_is_found() {
    let directory = tempfile::tempdir().unwrap();
    let records: Vec<String> = (0..300)
        .map(|number| {
            below(
                &format!("PYSEC-{number}"),
                &[],
                &format!("package-{number}"),
                "2",
            )
        })
        .collect();
    let store = open(&store(directory.path(), &records));
    for number in 0..300 {
        let package = PackageId::pypi(&format!("Package_{number}"));
        assert_eq!(
            ids(&store.matches(&package, "1").unwrap()),
            [format!("PYSEC-{number}")]
        );
        assert!(store.matches(&package, "2").unwrap().is_empty());
        let absent = PackageId::pypi(&format!("package-{number}-x"));
        assert!(store.matches(&absent, "1").unwrap().is_empty());
    }
}

#[test]
fn a_fetch_without_news_is_noted() {
    let directory = tempfile::tempdir().unwrap();
    let path = store(directory.path(), &[below("PYSEC-1", &[], "a", "1")]);
    let mut opened = open(&path);
    let before = opened.data().clone();
    let later = "2024-07-01T00:00:00Z".parse().unwrap();
    opened.mark_fetched(later).unwrap();
    for store in [opened, open(&path)] {
        assert_eq!(store.data().fetched, later);
        assert_eq!(store.data().digest, before.digest);
        assert_eq!(
            ids(&store.matches(&PackageId::pypi("a"), "0").unwrap()),
            ["PYSEC-1"]
        );
    }
}

#[test]
fn no_store_is_no_error() {
    let directory = tempfile::tempdir().unwrap();
    assert!(
        AdvisoryStore::open(&directory.path().join("store"))
            .unwrap()
            .is_none()
    );
}

#[test]
fn another_file_and_another_version_are_told_apart() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    for content in [&b""[..], b"x", b"something that is longer than a header"] {
        fs_err::write(&path, content).unwrap();
        let error = AdvisoryStore::open(&path).unwrap_err();
        assert!(matches!(error, StoreError::NotAStore { .. }), "{error}");
    }
    let path = store(directory.path(), &[below("PYSEC-1", &[], "a", "1")]);
    let mut bytes = fs_err::read(&path).unwrap();
    bytes[8] = 99;
    fs_err::write(&path, &bytes).unwrap();
    let error = AdvisoryStore::open(&path).unwrap_err();
    assert!(
        matches!(error, StoreError::OtherVersion { found: 99, .. }),
        "{error}"
    );
    assert!(error.to_string().contains("`import` again"));
}

#[test]
fn damage_is_an_error_and_never_another_answer() {
    let directory = tempfile::tempdir().unwrap();
    let path = store(
        directory.path(),
        &[
            below("PYSEC-1", &["CVE-1"], "a", "1"),
            below("PYSEC-2", &[], "b", "1"),
        ],
    );
    let whole = fs_err::read(&path).unwrap();
    let package = PackageId::pypi("a");
    let answer = |bytes: &[u8]| {
        fs_err::write(&path, bytes).unwrap();
        let store = AdvisoryStore::open(&path)?;
        store.map_or(Ok(Vec::new()), |store| store.matches(&package, "0.5"))
    };
    let expected = answer(&whole).unwrap();
    assert_eq!(ids(&expected), ["PYSEC-1"]);
    for position in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[position] ^= 0x55;
        // what belongs to another package may be damaged without being looked at
        if let Ok(found) = answer(&bytes) {
            assert_eq!(found, expected, "byte {position}");
        }
        assert!(answer(&whole[..position]).is_err(), "cut at {position}");
    }
    let mut longer = whole.clone();
    longer.push(0);
    assert!(matches!(answer(&longer), Err(StoreError::Damaged { .. })));
}
