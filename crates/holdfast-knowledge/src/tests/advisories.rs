//! The machine's store together with a project's own records.

use holdfast_model::PackageId;

use super::{below, now};
use crate::{Advisories, AdvisoryStore, OsvRecord, import, parse_record};

fn record(text: &str) -> OsvRecord {
    parse_record(text.as_bytes(), "a.json").unwrap()
}

/// A store with one record: `PYSEC-1`, alias `CVE-1`, `a<1`.
fn stored() -> AdvisoryStore {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("a.json");
    fs_err::write(&file, below("PYSEC-1", &["CVE-1"], "a", "1")).unwrap();
    let store = directory.path().join("store");
    import(&file, &store, now()).unwrap();
    AdvisoryStore::open(&store).unwrap().unwrap()
}

#[test]
fn a_projects_record_widens_the_stored_one_that_it_is_an_alias_of() {
    let package = PackageId::pypi("a");
    let mut advisories = Advisories::new(Some(stored()));
    assert!(advisories.matches(&package, "1.5").unwrap().is_empty());
    advisories.add_records(vec![
        record(&below("ACME-1", &["CVE-1"], "a", "2")),
        record(&below("ACME-2", &[], "b", "2")),
    ]);
    let found = advisories.matches(&package, "1.5").unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].id, "PYSEC-1");
    assert_eq!(found[0].aliases, ["ACME-1", "CVE-1"]);
    assert_eq!(found[0].affected.to_string(), "<2");
    assert_eq!(found[0].fixed, ["2"]);
    assert!(advisories.matches(&package, "2").unwrap().is_empty());
    assert_eq!(
        advisories.of_package(&PackageId::pypi("b")).unwrap().len(),
        1
    );
    assert!(advisories.matches(&package, "what").is_err());
}

#[test]
fn a_projects_records_change_the_digest_and_the_count() {
    let mut advisories = Advisories::new(Some(stored()));
    let before = advisories.data().unwrap();
    advisories.add_records(vec![record(&below("ACME-1", &[], "a", "2"))]);
    let after = advisories.data().unwrap();
    assert_ne!(before.digest, after.digest);
    assert_eq!((before.count, after.count), (1, 2));
    assert_eq!(Some(after.digest), advisories.digest());
}

#[test]
fn a_projects_records_alone_match_but_are_no_advisory_data() {
    let mut advisories = Advisories::new(None);
    assert!(advisories.is_empty());
    assert_eq!(advisories.digest(), None);
    advisories.add_records(vec![record(&below("ACME-1", &[], "a", "2"))]);
    assert!(advisories.data().is_none());
    assert!(advisories.digest().is_some());
    let found = advisories.matches(&PackageId::pypi("a"), "1").unwrap();
    assert_eq!(found[0].id, "ACME-1");
}

#[test]
fn of_two_own_records_with_one_id_the_later_counts_in_either_order() {
    let old = below("ACME-1", &[], "a", "1").replace("2024-01-02", "2023-01-02");
    let new = below("ACME-1", &[], "a", "2");
    for order in [[&old, &new], [&new, &old]] {
        let mut advisories = Advisories::new(None);
        for text in order {
            advisories.add_records(vec![record(text)]);
        }
        let found = advisories.of_package(&PackageId::pypi("a")).unwrap();
        assert_eq!(found[0].affected.to_string(), "<2");
    }
}
