//! Inventories as table and JSON.

use holdfast_model::{Component, Inventory, Layer, Location, PackageId, State};
use holdfast_report::{inventory_json, inventory_table};
use insta::assert_snapshot;

use crate::drawn;

fn component(name: &str, version: Option<&str>, state: State) -> Component {
    Component {
        purl: PackageId::pypi(name).purl(version),
        name: name.to_owned(),
        version: version.map(str::to_owned),
        specifier: None,
        state,
        layer: Layer::Packages,
        environment: Some("train".to_owned()),
        direct: None,
        marker: None,
        hashes: Vec::new(),
        location: None,
    }
}

pub(crate) fn sample() -> Inventory {
    Inventory::new(vec![
        Component {
            specifier: Some(">=1.26,<2".to_owned()),
            direct: Some(true),
            location: Some(Location::new("requirements/core.in", 1, 1)),
            ..component("numpy", None, State::Declared)
        },
        Component {
            direct: Some(true),
            location: Some(Location::new("requirements/core.in", 2, 1)),
            ..component("joblib", None, State::Declared)
        },
        Component {
            direct: Some(true),
            hashes: vec![format!("sha256:{}", "ab".repeat(32))],
            location: Some(Location::new("pylock.train.toml", 12, 1)),
            ..component("numpy", Some("1.26.4"), State::Locked)
        },
        Component {
            direct: Some(false),
            marker: Some("sys_platform == 'win32'".to_owned()),
            location: Some(Location::new("pylock.train.toml", 40, 1)),
            ..component("colorama", Some("0.4.6"), State::Locked)
        },
        Component {
            purl: "pkg:generic/python@3.11.7".to_owned(),
            layer: Layer::Interpreter,
            location: Some(Location::new("pylock.train.toml", 5, 1)),
            ..component("python", Some("3.11.7"), State::Locked)
        },
    ])
}

#[test]
fn a_table_has_the_columns_that_tell_something() {
    assert_snapshot!(drawn(120, |style| inventory_table(&sample(), style)));
}

#[test]
fn without_configuration_there_is_no_column_of_environments() {
    let mut inventory = sample();
    inventory.components.truncate(1);
    inventory.components[0].environment = None;
    assert_snapshot!(drawn(80, |style| inventory_table(&inventory, style)));
}

#[test]
fn an_empty_inventory_says_so() {
    let empty = Inventory::new(Vec::new());
    assert_snapshot!(
        drawn(80, |style| inventory_table(&empty, style)),
        @"nothing is declared, locked or installed here"
    );
}

#[test]
fn json_is_the_model() {
    let json = inventory_json(&sample());
    assert_snapshot!(json);
    let read: Inventory = serde_json::from_str(&json).unwrap();
    assert_eq!(read, sample());
}
