//! Whatever the text and the place, reports are drawn, tidy and harmless.

use std::collections::BTreeMap;

use holdfast_model::{
    Component, EnvironmentName, Evaluation, Finding, Gap, Inventory, Layer, Location, Severity,
    State, WaiverApplied,
};
use holdfast_model::{Exemption, PackageId, PassedOver};
use holdfast_report::{
    AddedPackage, ChangedPackage, Diff, Forest, LockChange, LockDifference, LockSummary, LookedAt,
    Outdated, OutdatedPackage, PackageRef, RuleInfo, SettingChange, Tree, TreeDependency,
    TreePackage, UnknownPackage, Why, WhyAnswer, WhyRequirement, WhyStep, diff_markdown, diff_text,
    evaluation_json, evaluation_sarif, evaluation_text, inventory_json, inventory_table, lock_text,
    outdated_text, rule_page_text, tree_text, why_text,
};
use proptest::option;
use proptest::prelude::*;

use crate::drawn;

/// Any characters, those that terminals obey among them.
pub(crate) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        ".*",
        "[ -~é漢\u{1f9ea}\t\n\r\u{1b}\u{202e}\u{a0}\u{3000}\u{301}]{0,80}",
        "[a-z`*_|#.\\-\n\\[\\]() ]{0,200}",
    ]
}

fn location() -> impl Strategy<Value = Location> {
    let number = || prop_oneof![0..20u32, any::<u32>()];
    (
        prop_oneof![text(), Just("a".to_owned())],
        number(),
        number(),
    )
        .prop_map(|(file, line, column)| Location::new(file, line, column))
}

fn environment() -> impl Strategy<Value = Option<EnvironmentName>> {
    option::of("[a-z]{1,8}".prop_map(|name| name.parse().unwrap()))
}

fn finding() -> impl Strategy<Value = Finding> {
    let severity = prop_oneof![
        Just(Severity::Note),
        Just(Severity::Warning),
        Just(Severity::Error)
    ];
    let waiver = option::of((text(), option::of(text()), option::of(text())));
    let texts = (text(), text(), option::of(text()), option::of(text()));
    (
        severity,
        environment(),
        texts,
        option::of(location()),
        waiver,
    )
        .prop_map(
            |(severity, environment, (rule, message, subject, fix), location, waiver)| Finding {
                rule: rule.into(),
                severity,
                layer: Layer::Packages,
                environment,
                subject,
                message,
                fix,
                location,
                details: BTreeMap::new(),
                waiver: waiver.map(|(reason, owner, until)| WaiverApplied {
                    reason,
                    owner,
                    until,
                }),
                refusal: None,
            },
        )
}

fn gap() -> impl Strategy<Value = Gap> {
    (text(), environment(), option::of(text()), text()).prop_map(
        |(rule, environment, subject, reason)| Gap {
            rule: rule.into(),
            environment,
            subject,
            reason,
        },
    )
}

pub(crate) fn evaluation() -> impl Strategy<Value = Evaluation> {
    let findings = prop::collection::vec(finding(), 0..6);
    let gaps = prop::collection::vec(gap(), 0..6);
    (findings, gaps).prop_map(|(findings, gaps)| Evaluation::new(findings, gaps))
}

fn component() -> impl Strategy<Value = Component> {
    let texts = (
        text(),
        option::of(text()),
        option::of(text()),
        option::of(text()),
    );
    (texts, option::of(location()), option::of(any::<bool>())).prop_map(
        |((name, version, specifier, marker), location, direct)| Component {
            purl: format!("pkg:pypi/{name}"),
            name,
            version,
            specifier,
            state: State::Locked,
            layer: Layer::Models,
            environment: None,
            direct,
            marker,
            hashes: Vec::new(),
            location,
        },
    )
}

/// A package whose name and version are any text.
fn package(text: &str) -> PackageRef {
    PackageRef::new(&PackageId::pypi(text), Some(text))
}

fn diff(text: &str) -> Diff {
    let value = || Some(text.to_owned());
    let lock = LockDifference {
        before: text.to_owned(),
        after: text.to_owned(),
        settings: vec![SettingChange {
            name: text.to_owned(),
            before: value(),
            after: None,
        }],
        added: vec![AddedPackage {
            package: package(text),
            direct: None,
            brought_in_by: vec![vec![text.to_owned(); 2]],
        }],
        removed: Vec::new(),
        changed: vec![ChangedPackage {
            purl: text.to_owned(),
            name: text.to_owned(),
            before: value(),
            after: value(),
            direct: None,
            also: vec![text.to_owned()],
        }],
    };
    Diff { locks: vec![lock] }
}

fn forest(text: &str) -> Forest {
    let edge = TreeDependency {
        purl: text.to_owned(),
        specifier: None,
        marker: Some(text.to_owned()),
    };
    let node = TreePackage {
        package: package(text),
        direct: None,
        dependencies: vec![edge],
    };
    let tree = Tree {
        environment: Some(text.to_owned()),
        file: text.to_owned(),
        roots: vec![node.package.purl.clone(), text.to_owned()],
        packages: vec![node],
    };
    Forest { trees: vec![tree] }
}

fn why(text: &str) -> Why {
    let step = WhyStep {
        package: package(text),
        specifier: Some(text.to_owned()),
        marker: Some(text.to_owned()),
    };
    let answer = WhyAnswer {
        environment: Some(text.to_owned()),
        file: text.to_owned(),
        package: package(text),
        requirements: vec![WhyRequirement {
            text: text.to_owned(),
            location: Some(Location::start_of(text)),
        }],
        paths: vec![vec![step; 3]],
        more_paths: 1,
    };
    Why {
        name: text.to_owned(),
        answers: vec![answer],
        nearest: Some(text.to_owned()),
    }
}

fn outdated(text: &str) -> Outdated {
    Outdated {
        packages: vec![OutdatedPackage {
            package: package(text),
            environments: vec![text.to_owned()],
            direct: None,
            upgrade: Some(text.to_owned()),
            newest: text.to_owned(),
            held_by: vec![text.to_owned()],
        }],
        current: 0,
        unknown: vec![UnknownPackage {
            package: package(text),
            reason: text.to_owned(),
        }],
    }
}

fn lock(text: &str) -> LockSummary {
    let package = PackageId::pypi(text);
    LockSummary {
        passed_over: vec![PassedOver {
            package: package.clone(),
            version: text.to_owned(),
            reason: text.to_owned(),
            took: Some(text.to_owned()),
            way_out: Some(text.to_owned()),
        }],
        exemptions: vec![Exemption {
            package: package.clone(),
            version: text.to_owned(),
            rule: text.to_owned(),
            reason: text.to_owned(),
        }],
        changes: vec![LockChange {
            environment: "train".parse().unwrap(),
            package,
            from: None,
            to: Some(text.to_owned()),
            reason: text.to_owned(),
        }],
        notes: vec![text.to_owned()],
        ..crate::lock::sample()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn evaluations_are_drawn_whatever_they_hold(
        evaluation in evaluation(),
        source in option::of(text()),
        width in prop_oneof![0..120usize, Just(usize::MAX)],
    ) {
        let sources = |_: &str| source.clone();
        drawn(width, |style| {
            evaluation_text(&evaluation, &LookedAt::default(), Some(&sources), style)
        });
        let sarif = evaluation_sarif(&evaluation, &[]);
        prop_assert!(serde_json::from_str::<serde_json::Value>(&sarif).is_ok());
    }

    #[test]
    fn evaluations_survive_json(evaluation in evaluation()) {
        let read: Evaluation = serde_json::from_str(&evaluation_json(&evaluation)).unwrap();
        prop_assert_eq!(read, evaluation);
    }

    #[test]
    fn inventories_survive_json_and_are_drawn(
        components in prop::collection::vec(component(), 0..6),
        width in 0..120usize,
    ) {
        let inventory = Inventory::new(components);
        let read: Inventory = serde_json::from_str(&inventory_json(&inventory)).unwrap();
        prop_assert_eq!(&read, &inventory);
        drawn(width, |style| inventory_table(&inventory, style));
    }

    #[test]
    fn the_other_reports_are_drawn_whatever_they_hold(text in text(), width in 0..120usize) {
        drawn(width, |style| diff_text(&diff(&text), style));
        drawn(width, |style| tree_text(&forest(&text), style));
        drawn(width, |style| why_text(&why(&text), style));
        drawn(width, |style| outdated_text(&outdated(&text), style));
        drawn(width, |style| lock_text(&lock(&text), style));
        diff_markdown(&diff(&text));
    }

    #[test]
    fn pages_are_drawn_whatever_they_hold(page in text(), width in 0..120usize) {
        let rule = RuleInfo {
            id: "a-rule",
            title: "what it finds",
            severity: Severity::Note,
            layers: &[],
            page: &page,
        };
        drawn(width, |style| rule_page_text(&rule, style));
    }
}
