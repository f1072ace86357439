//! What is known of the packages of a project, and the inventory of all its states.

use super::*;

#[test]
fn advisories_are_matched_with_what_is_pinned_locked_or_installed() {
    let root = directory(&[("requirements.txt", "pillow==9.5.0\nnumpy>=1\n")]);
    write(root.path(), "venv/pyvenv.cfg", "version = 3.11.7\n");
    let site = "venv/lib/python3.11/site-packages";
    write(
        root.path(),
        &format!("{site}/pillow-9.4.0.dist-info/METADATA"),
        "Name: pillow\nVersion: 9.4.0\n",
    );
    write(
        root.path(),
        &format!("{site}/Pillow-odd.dist-info/METADATA"),
        "Name: pillow\nVersion: odd version\n",
    );
    let record = br#"{"id":"PYSEC-2023-1","modified":"2023-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"PyPI","name":"pillow"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"10.0.0"}]}]}]}"#;
    let mut advisories = Advisories::new(None);
    advisories.add_records(vec![parse_record(record, "x.json").unwrap()]);
    let venv = root.path().join("venv");
    let options = GatherOptions {
        advisories: Some(&advisories),
        installed: Some(venv),
        ..options()
    };
    let facts = gather(&open(root.path()).unwrap(), &options).unwrap();
    let matched: Vec<_> = facts
        .knowledge
        .matches
        .keys()
        .map(|(package, version)| format!("{package} {version}"))
        .collect();
    assert_eq!(matched, ["pillow 9.4.0", "pillow 9.5.0"]);
    // one that cannot be compared is not passed over
    assert!(
        facts
            .unreadable
            .iter()
            .any(|file| file.reason.contains("odd version")),
        "{:?}",
        facts.unreadable
    );
    assert_eq!(facts.environments.len(), 1);
    assert!(facts.environments[0].installed.present().is_some());
    // also where the one environment comes with a shared part
    let root = churn();
    let picked = GatherOptions {
        environments: Some(vec!["serve".parse().unwrap()]),
        installed: options.installed.clone(),
        ..self::options()
    };
    let facts = gather(&open(root.path()).unwrap(), &picked).unwrap();
    assert_eq!(facts.environments.len(), 2);
    assert!(facts.environments[1].installed.present().is_some());
    let alone = gather_installed(&options).unwrap();
    assert_eq!(alone.environments.len(), 1);
    assert_eq!(alone.environments[0].freshness, Freshness::NotApplicable);
}

#[test]
fn the_inventory_has_every_state() {
    let root = directory(&[
        ("requirements.in", "NumPy>=1 ; python_version > '3'\n"),
        (
            "requirements.txt",
            "numpy==1.26.4 --hash=sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n    # via -r requirements.in\n",
        ),
        (".python-version", "3.11.7\n"),
    ]);
    let inventory = inventory(&facts(root.path()));
    assert_eq!(inventory.schema, Inventory::SCHEMA);
    let lines: Vec<_> = inventory
        .components
        .iter()
        .map(|component| {
            format!(
                "{} {} {:?} {:?} {:?} {}",
                component.purl,
                component.state.as_str(),
                component.version.as_deref(),
                component.specifier.as_deref(),
                component.direct,
                component.location.as_ref().unwrap()
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            "pkg:generic/python@3.11.7 declared Some(\"3.11.7\") Some(\"==3.11.7\") None .python-version:1:1",
            "pkg:pypi/numpy declared None Some(\">=1\") Some(true) requirements.in:1:1",
            "pkg:pypi/numpy@1.26.4 locked Some(\"1.26.4\") None Some(true) requirements.txt:1:1",
        ]
    );
    assert!(
        inventory
            .components
            .iter()
            .any(|component| component.state == State::Locked && !component.hashes.is_empty())
    );
}
