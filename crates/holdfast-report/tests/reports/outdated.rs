//! What could move and what holds it.

use holdfast_model::PackageId;
use holdfast_report::{
    Document, Outdated, OutdatedPackage, PackageRef, UnknownPackage, outdated_json, outdated_text,
};
use insta::assert_snapshot;

use crate::drawn;

fn outdated(
    name: &str,
    versions: [&str; 2],
    upgrade: Option<&str>,
    held_by: &[&str],
) -> OutdatedPackage {
    OutdatedPackage {
        package: PackageRef::new(&PackageId::pypi(name), Some(versions[0])),
        environments: vec!["serve".to_owned(), "train".to_owned()],
        direct: Some(true),
        upgrade: upgrade.map(str::to_owned),
        newest: versions[1].to_owned(),
        held_by: held_by.iter().map(|reason| (*reason).to_owned()).collect(),
    }
}

pub(crate) fn sample() -> Outdated {
    Outdated {
        packages: vec![
            outdated(
                "gradio",
                ["4.19.2", "4.31.0"],
                None,
                &["needs ffmpy, which has no wheel"],
            ),
            outdated(
                "numpy",
                ["1.26.4", "2.1.0"],
                None,
                &["numba 0.59.1 wants numpy<1.27"],
            ),
            outdated("pandas", ["2.2.1", "2.2.2"], Some("2.2.2"), &[]),
        ],
        current: 142,
        unknown: vec![UnknownPackage {
            package: PackageRef::new(&PackageId::pypi("acme-features"), Some("1.4")),
            reason: "`https://pypi.acme.example/simple` did not answer".to_owned(),
        }],
    }
}

#[test]
fn a_table_says_what_holds_each() {
    assert_snapshot!(drawn(100, |style| outdated_text(&sample(), style)));
}

#[test]
fn a_narrow_table_puts_what_holds_it_below() {
    let mut outdated = sample();
    for package in &mut outdated.packages {
        package.environments.clear();
    }
    assert_snapshot!(drawn(50, |style| outdated_text(&outdated, style)));
}

#[test]
fn nothing_to_look_up_is_not_up_to_date() {
    let nothing = Outdated::default();
    assert_snapshot!(drawn(80, |style| outdated_text(&nothing, style)), @"there is no package to look up");
}

#[test]
fn outdated_is_json_as_well() {
    let json = outdated_json(&sample());
    assert_snapshot!(json);
    let read: Document<Outdated> = serde_json::from_str(&json).unwrap();
    assert_eq!(read.report, sample());
}
