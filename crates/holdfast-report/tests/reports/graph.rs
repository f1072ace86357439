//! Trees, and why a package is there.

use holdfast_model::{Location, PackageId};
use holdfast_report::{
    Document, Forest, PackageRef, Tree, TreeDependency, TreePackage, Why, WhyAnswer,
    WhyRequirement, WhyStep, tree_json, tree_text, why_json, why_text,
};
use insta::assert_snapshot;

use crate::drawn;

fn package(name: &str, version: &str) -> PackageRef {
    PackageRef::new(&PackageId::pypi(name), Some(version))
}

fn node(name: &str, dependencies: &[&str]) -> TreePackage {
    let edge = |name: &&str| TreeDependency {
        purl: package(name, "1.0").purl,
        specifier: Some(">=1".to_owned()),
        marker: (*name == "colorama").then(|| "sys_platform == 'win32'".to_owned()),
    };
    TreePackage {
        package: package(name, "1.0"),
        direct: Some(name == "mlflow" || name == "scikit-learn"),
        dependencies: dependencies.iter().map(edge).collect(),
    }
}

pub(crate) fn forest() -> Forest {
    Forest {
        trees: vec![Tree {
            environment: Some("train".to_owned()),
            file: "pylock.train.toml".to_owned(),
            roots: ["mlflow", "scikit-learn"]
                .map(|name| package(name, "1.0").purl)
                .to_vec(),
            packages: vec![
                node("click", &["colorama"]),
                node("mlflow", &["click", "gone", "scikit-learn"]),
                node("numpy", &[]),
                node("scikit-learn", &["numpy", "scipy"]),
                // a cycle, as old packages have
                node("scipy", &["numpy", "scikit-learn"]),
            ],
        }],
    }
}

#[test]
fn repeated_subtrees_and_cycles_are_shown_once() {
    assert_snapshot!(drawn(80, |style| tree_text(&forest(), style)));
}

#[test]
fn trees_are_json_as_well() {
    let json = tree_json(&forest());
    assert_snapshot!(json);
    let read: Document<Forest> = serde_json::from_str(&json).unwrap();
    assert_eq!(read.report, forest());
}

#[test]
fn a_long_chain_of_dependencies_does_no_harm() {
    let names: Vec<String> = (0..20_000).map(|number| format!("p{number}")).collect();
    let mut packages: Vec<TreePackage> = names
        .windows(2)
        .map(|pair| node(&pair[0], &[&pair[1]]))
        .collect();
    packages.truncate(3_000);
    let forest = Forest {
        trees: vec![Tree {
            roots: vec![packages[0].package.purl.clone()],
            packages,
            ..Tree::default()
        }],
    };
    let text = tree_text(&forest, &crate::PLAIN);
    assert_eq!(text.lines().count(), 3_002);
}

fn step(name: &str, version: &str, specifier: Option<&str>) -> WhyStep {
    WhyStep {
        package: package(name, version),
        specifier: specifier.map(str::to_owned),
        marker: None,
    }
}

pub(crate) fn why() -> Why {
    let answer = WhyAnswer {
        environment: Some("train".to_owned()),
        file: "pylock.train.toml".to_owned(),
        package: package("numpy", "1.26.4"),
        requirements: vec![WhyRequirement {
            text: "numpy>=1.26,<2".to_owned(),
            location: Some(Location::new("requirements/core.in", 1, 1)),
        }],
        paths: vec![
            vec![
                step("pandas", "2.2.2", None),
                step("numpy", "1.26.4", Some(">=1.22.4")),
            ],
            vec![
                step("mlflow", "3.17.2", None),
                step("scikit-learn", "1.5.0", Some("<2")),
                step("numpy", "1.26.4", Some(">=1.19.5")),
            ],
        ],
        more_paths: 10,
    };
    let unasked = WhyAnswer {
        environment: None,
        requirements: Vec::new(),
        paths: Vec::new(),
        more_paths: 0,
        ..answer.clone()
    };
    Why {
        name: "numpy".to_owned(),
        answers: vec![answer, unasked],
        nearest: None,
    }
}

#[test]
fn why_shows_a_chain_per_line() {
    assert_snapshot!(drawn(80, |style| why_text(&why(), style)));
}

#[test]
fn a_wide_chain_is_broken_before_an_arrow() {
    let mut why = why();
    why.answers.truncate(1);
    let long = step("a-package-with-a-long-name", "2024.10.1", None);
    why.answers[0].paths = vec![vec![long; 4]];
    assert_snapshot!(drawn(80, |style| why_text(&why, style)));
}

#[test]
fn why_not_there() {
    let mut why = Why {
        name: "left-pad".to_owned(),
        ..Why::default()
    };
    assert_snapshot!(drawn(80, |style| why_text(&why, style)), @"nothing that was looked at has `left-pad`");
    why.nearest = Some("leftpad".to_owned());
    assert_snapshot!(drawn(80, |style| why_text(&why, style)), @"nothing that was looked at has `left-pad`; did you mean `leftpad`?");
}

#[test]
fn why_is_json_as_well() {
    let json = why_json(&why());
    assert_snapshot!(json);
    let read: Document<Why> = serde_json::from_str(&json).unwrap();
    assert_eq!(read.report, why());
}
