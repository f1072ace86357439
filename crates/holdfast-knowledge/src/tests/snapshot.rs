//! The advisories of PyPI's own database, as of October 2024: every record is read or listed, and
//! ranges and lists of versions agree.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use holdfast_model::{Ecosystem, PackageId};

use crate::import::digest;
use crate::{EcosystemVersion, OsvRecord, Skipped, import, read_records};

const SNAPSHOT: &str = "pypa-advisory-database-2024-10-10";

/// Files that hold no record that can be used, and why.
const SKIPPED: [(&str, &str); 2] = [
    (
        "binderhub/PYSEC-2021-371.yaml",
        "names no version: `binderhub` has a range that is passed over: `fixed` is `0.2.0-n653`, \
         which is no version",
    ),
    (
        "steam/PYSEC-2019-125.yaml",
        "names no version: `steam` has a range that is passed over: `fixed` is `2019-09-12`, which \
         is no version",
    ),
];

/// Versions that a record's ranges and its list judge differently.
struct Disagreement {
    ids: &'static [&'static str],
    package: &'static str,
    versions: Versions,
    /// Why it is no fault of the evaluation.
    #[expect(dead_code, reason = "for the reader")]
    reason: &'static str,
}

enum Versions {
    These(&'static [&'static str]),
    From(&'static str),
    PreReleasesBelow(&'static str),
}

const DISAGREEMENTS: [Disagreement; 15] = [
    // listed, and outside the ranges
    Disagreement {
        ids: &["PYSEC-2021-114"],
        package: "wagtail",
        versions: Versions::These(&["2.11.6"]),
        reason: "one range says `<2.11.6` and `>=2.11,<2.11.7`; sorted, as the schema wants, the \
                 first `fixed` ends both; the list knows better, and it counts too",
    },
    Disagreement {
        ids: &["PYSEC-2023-177"],
        package: "gevent",
        versions: Versions::These(&["23.9.0", "23.9.0.post1"]),
        reason: "the record says fixed in 23.9.0 and lists 23.9.0 all the same; the list counts too",
    },
    Disagreement {
        ids: &["PYSEC-2023-61"],
        package: "django",
        versions: Versions::These(&["3.2a1", "3.2b1", "3.2rc1", "4.2a1", "4.2b1", "4.2rc1"]),
        reason: "the ranges begin with 3.2 and 4.2, pre-releases of which come before them",
    },
    // inside the ranges, known from other records' lists, and not listed
    Disagreement {
        ids: &[
            "PYSEC-2021-389",
            "PYSEC-2021-390",
            "PYSEC-2021-391",
            "PYSEC-2021-392",
            "PYSEC-2021-393",
            "PYSEC-2021-394",
            "PYSEC-2021-395",
            "PYSEC-2021-396",
            "PYSEC-2021-397",
            "PYSEC-2021-398",
            "PYSEC-2021-399",
            "PYSEC-2021-400",
            "PYSEC-2021-401",
            "PYSEC-2021-402",
            "PYSEC-2021-404",
            "PYSEC-2021-405",
            "PYSEC-2021-406",
            "PYSEC-2021-407",
            "PYSEC-2021-408",
            "PYSEC-2021-409",
            "PYSEC-2021-410",
            "PYSEC-2021-411",
            "PYSEC-2021-413",
            "PYSEC-2021-414",
            "PYSEC-2021-415",
            "PYSEC-2021-416",
            "PYSEC-2021-417",
            "PYSEC-2021-418",
            "PYSEC-2021-419",
            "PYSEC-2021-420",
            "PYSEC-2021-842",
            "PYSEC-2021-843",
        ],
        package: "tensorflow",
        versions: Versions::PreReleasesBelow("2.2.0a0"),
        reason: "these lists leave out the old pre-releases, which the lists of earlier records with \
                 the same ranges have",
    },
    Disagreement {
        ids: &["PYSEC-2020-215", "PYSEC-2022-180"],
        package: "notebook",
        versions: Versions::These(&["5.7.14a0", "5.7.14", "5.7.15"]),
        reason: "of the old 5.7 branch, uploaded in August 2022, after both lists were made",
    },
    Disagreement {
        ids: &["PYSEC-2020-220"],
        package: "ansible",
        versions: Versions::From("6.7.0"),
        reason: "the range has no end; 6.7.0 was uploaded in December 2022, after the list was made",
    },
    Disagreement {
        ids: &["PYSEC-2020-221"],
        package: "ansible",
        versions: Versions::From("8.2.0"),
        reason: "the range has no end; 8.2.0 was uploaded in July 2023, after the list was made",
    },
    Disagreement {
        ids: &["PYSEC-2022-159"],
        package: "scrapy",
        versions: Versions::These(&["1.8.3"]),
        reason: "of an old branch, uploaded in July 2022, after the list was made",
    },
    Disagreement {
        ids: &["PYSEC-2022-257"],
        package: "nvflare",
        versions: Versions::These(&["2.0.19"]),
        reason: "of an old branch, uploaded in November 2022, after the list was made",
    },
    Disagreement {
        ids: &["PYSEC-2022-43063"],
        package: "paddlepaddle",
        versions: Versions::These(&["2.0.0rc0", "2.0.0rc1"]),
        reason: "pre-releases that are gone from the index; another record still lists them",
    },
    Disagreement {
        ids: &["PYSEC-2023-101"],
        package: "selenium",
        versions: Versions::From("4.13.0"),
        reason: "the range has no end; 4.13.0 was uploaded in September 2023, after the list was made",
    },
    Disagreement {
        ids: &["PYSEC-2023-142"],
        package: "vyper",
        versions: Versions::From("0.3.10rc1"),
        reason: "the range has no end; 0.3.10rc1 was uploaded in September 2023, after the list",
    },
    Disagreement {
        ids: &["PYSEC-2023-150"],
        package: "exiv2",
        versions: Versions::From("0.15.0"),
        reason: "the range has no end; 0.15.0 was uploaded in November 2023, after the list was made",
    },
    Disagreement {
        ids: &["PYSEC-2023-8"],
        package: "apache-iotdb",
        versions: Versions::From("1.1.2"),
        reason: "the range has no end; 1.1.2 was uploaded in July 2023, after the list was made",
    },
    Disagreement {
        ids: &["PYSEC-2024-16"],
        package: "nautobot",
        versions: Versions::PreReleasesBelow("1.6"),
        reason: "pre-releases that are gone from the index; another record still lists them",
    },
];

fn pypi(text: &str) -> EcosystemVersion {
    EcosystemVersion::parse(Ecosystem::Pypi, text).unwrap()
}

impl Versions {
    fn contains(&self, version: &EcosystemVersion) -> bool {
        let EcosystemVersion::Pypi(pep440) = version else {
            return false;
        };
        match self {
            Self::These(these) => these.iter().any(|text| pypi(text) == *version),
            Self::From(first) => *version >= pypi(first),
            Self::PreReleasesBelow(end) => pep440.any_prerelease() && *version < pypi(end),
        }
    }
}

/// The records of the unpacked snapshot, read once for all tests.
fn records() -> Option<&'static [OsvRecord]> {
    static RECORDS: LazyLock<Option<Vec<OsvRecord>>> = LazyLock::new(|| {
        let directory = testkit::corpus(SNAPSHOT)?;
        Some(read_records(&directory).unwrap().0)
    });
    RECORDS.as_deref()
}

#[test]
fn every_record_is_read_or_listed_with_its_reason() {
    let Some(archive) = testkit::shared(&format!("data/{SNAPSHOT}.tar.zst")) else {
        return;
    };
    let store = tempfile::tempdir().unwrap().path().join("advisories");
    let report = import(&archive, &store, "2024-10-11T00:00:00Z".parse().unwrap()).unwrap();
    assert_eq!(report.records, 2649);
    assert_eq!(report.withdrawn, 10);
    assert_eq!(report.remarks, []);
    let expected: Vec<Skipped> = SKIPPED
        .iter()
        .map(|(file, reason)| Skipped {
            file: format!("pypa-advisory-database/vulns/{file}"),
            reason: (*reason).to_owned(),
        })
        .collect();
    assert_eq!(report.skipped, expected);
    // unpacked or not: the same records
    assert_eq!(Some(&report.digest), records().map(digest).as_ref());
}

#[test]
fn ranges_alone_agree_with_the_lists_of_versions() {
    let Some(records) = records() else {
        return;
    };
    let mut unexplained = Vec::new();
    let mut explained = BTreeSet::new();
    let mut verdicts = 0;
    let known = known_versions(records);
    for record in records {
        for affected in &record.affected {
            if affected.listed.is_empty() {
                continue;
            }
            // PYSEC-2024-1, a malicious package, has a list alone
            if affected.in_ranges.is_empty() {
                assert_eq!(record.id, "PYSEC-2024-1");
                continue;
            }
            for version in &known[&affected.package] {
                verdicts += 1;
                let listed = affected.listed.binary_search(version).is_ok();
                if affected.in_ranges.contains(version) == listed {
                    continue;
                }
                let row = DISAGREEMENTS.iter().position(|row| {
                    row.ids.contains(&record.id.as_str())
                        && row.package == affected.package.name()
                        && row.versions.contains(version)
                });
                match row {
                    Some(row) => {
                        explained.insert((row, record.id.as_str()));
                    }
                    None => unexplained.push(format!("{} {version}", record.id)),
                }
            }
        }
    }
    assert_eq!(unexplained, Vec::<String>::new());
    assert!(verdicts > 200_000, "{verdicts}");
    // the table only shrinks
    for (row, disagreement) in DISAGREEMENTS.iter().enumerate() {
        for id in disagreement.ids {
            assert!(explained.contains(&(row, *id)), "{id} agrees by now");
        }
    }
}

/// Every version of a package that any record lists, and so was on the index at some time.
fn known_versions(records: &[OsvRecord]) -> BTreeMap<PackageId, BTreeSet<EcosystemVersion>> {
    let mut known: BTreeMap<PackageId, BTreeSet<EcosystemVersion>> = BTreeMap::new();
    for affected in records.iter().flat_map(|record| &record.affected) {
        known
            .entry(affected.package.clone())
            .or_default()
            .extend(affected.listed.iter().cloned());
    }
    known
}
