//! The judge as a whole: selections, waivers, ids that are allowed, exemptions, speed.

use holdfast_model::{Evaluation, Exemption, Facts, Location, PackageId, Summary};

use crate::testing::{advisory, affect, configured, discovered, facts};
use crate::{Policy, RuleSet, Selection, Waiver, evaluate, exemption, find};

fn vulnerable() -> Facts {
    let mut facts = facts([configured("serve").locks(&["pillow==9.5.0"])]);
    affect(
        &mut facts,
        "pillow",
        "9.5.0",
        advisory("PYSEC-2023-175", &["10.0.1"]),
    );
    facts
}

fn waiver(subject: &str, until: &str) -> Waiver {
    Waiver {
        rule: "known-vulnerability".to_owned(),
        subject: subject.parse().unwrap(),
        reason: "no images of users".to_owned(),
        owner: "vision".to_owned(),
        until: until.parse().unwrap(),
        location: Location::new("holdfast.toml", 9, 1),
    }
}

fn waiving(subject: &str, until: &str) -> Policy {
    Policy {
        waivers: vec![waiver(subject, until)],
        ..Policy::default()
    }
}

fn audit(facts: &Facts, policy: &Policy) -> Evaluation {
    evaluate(&Selection::Set(RuleSet::Audit), facts, policy)
}

#[test]
fn a_waiver_covers_what_it_names_until_the_end_of_its_last_day() {
    let facts = vulnerable();
    for (subject, until, covers) in [
        ("pkg:pypi/pillow", "2024-06-15", true),
        ("pkg:pypi/pillow@<10", "2025-01-01", true),
        ("pkg:pypi/pillow@9.5", "2025-01-01", true),
        ("pkg:pypi/pillow", "2024-06-14", false),
        ("pkg:pypi/pillow@>=10", "2025-01-01", false),
        ("pkg:pypi/numpy", "2025-01-01", false),
        ("**", "2025-01-01", false),
    ] {
        let evaluation = audit(&facts, &waiving(subject, until));
        assert_eq!(
            evaluation.summary.waived,
            usize::from(covers),
            "{subject} {until}"
        );
        assert_eq!(
            evaluation.summary.error,
            usize::from(!covers),
            "{subject} {until}"
        );
    }
}

#[test]
fn a_waiver_says_why_who_and_until_when() {
    let evaluation = audit(&vulnerable(), &waiving("pkg:pypi/pillow", "2024-07-01"));
    let applied = evaluation.findings[0].waiver.as_ref().unwrap();
    assert_eq!(applied.reason, "no images of users");
    assert_eq!(applied.owner.as_deref(), Some("vision"));
    assert_eq!(applied.until.as_deref(), Some("2024-07-01"));
}

#[test]
fn a_waiver_of_another_rule_covers_nothing() {
    let mut policy = waiving("pkg:pypi/pillow", "2025-01-01");
    policy.waivers[0].rule = "denied-licence".to_owned();
    assert_eq!(audit(&vulnerable(), &policy).summary.error, 1);
}

#[test]
fn an_advisory_is_allowed_by_its_id_or_an_alias() {
    for (id, passes) in [
        ("PYSEC-2023-175", true),
        ("CVE-2023-4863", true),
        ("PYSEC-2023-17", false),
    ] {
        let policy = Policy {
            allowed: vec![id.to_owned()],
            ..Policy::default()
        };
        let evaluation = audit(&vulnerable(), &policy);
        assert_eq!(evaluation.summary.waived, usize::from(passes), "{id}");
        if passes {
            let applied = evaluation.findings[0].waiver.as_ref().unwrap();
            assert_eq!(
                (applied.reason.as_str(), &applied.owner),
                ("allowed by id", &None)
            );
        }
    }
}

fn recorded(facts: &Facts, exemption: &Exemption) -> Facts {
    let mut facts = facts.clone();
    facts.environments = facts
        .environments
        .into_iter()
        .map(|environment| {
            crate::testing::Environment(environment)
                .locking(|lock| {
                    let metadata = lock.holdfast.as_mut().unwrap();
                    metadata.exemptions.push(exemption.clone());
                })
                .0
        })
        .collect();
    facts
}

#[test]
fn what_allow_let_through_stays_let_through_by_the_record_in_the_lock() {
    let facts = vulnerable();
    let policy = Policy {
        allowed: vec!["CVE-2023-4863".to_owned()],
        ..Policy::default()
    };
    let record = exemption(&audit(&facts, &policy).findings[0]).unwrap();
    assert_eq!(record.reason, "--allow PYSEC-2023-175");
    assert_eq!(
        (record.package.name(), record.version.as_str()),
        ("pillow", "9.5.0")
    );

    let mut later = recorded(&facts, &record);
    let evaluation = audit(&later, &Policy::default());
    assert_eq!(evaluation.summary.waived, 1);
    assert_eq!(
        evaluation.findings[0].waiver.as_ref().unwrap().reason,
        "--allow PYSEC-2023-175"
    );

    // an advisory that is published later is not covered by it
    let mut next = advisory("PYSEC-2023-17", &[]);
    next.aliases.clear();
    affect(&mut later, "pillow", "9.5.0", next);
    let evaluation = audit(&later, &Policy::default());
    assert_eq!(
        (evaluation.summary.waived, evaluation.summary.error),
        (1, 1)
    );
}

#[test]
fn the_record_of_a_waiver_does_not_outlive_the_waiver() {
    let facts = vulnerable();
    let policy = waiving("pkg:pypi/pillow", "2025-01-01");
    let record = exemption(&audit(&facts, &policy).findings[0]).unwrap();
    assert_eq!(record.reason, "waiver: no images of users (vision)");
    let later = recorded(&facts, &record);
    assert_eq!(audit(&later, &Policy::default()).summary.error, 1);
}

#[test]
fn a_record_covers_its_own_environment_rule_and_version() {
    let record = |version: &str, rule: &str| Exemption {
        package: PackageId::pypi("mlflow"),
        version: version.to_owned(),
        rule: rule.to_owned(),
        reason: "fixes PYSEC-2024-1 of 3.17.2".to_owned(),
    };
    let mut facts = facts([
        configured("train").locks(&["mlflow==3.18.0"]),
        configured("serve").locks(&["mlflow==3.18.0"]),
    ]);
    for environment in &mut facts.environments {
        if let holdfast_model::Observed::Present(lock) = &mut environment.locked {
            lock.packages[0].files[0].upload_time = Some(facts.now);
        }
    }
    let selection = Selection::Set(RuleSet::Lock);
    let errors = |facts: &Facts| {
        evaluate(&selection, facts, &Policy::default())
            .summary
            .error
    };
    assert_eq!(errors(&facts), 2);
    for (record, left) in [
        (record("3.18.0", "holding-period"), 1),
        (record("3.18.1", "holding-period"), 2),
        (record("3.18.0", "yanked-release"), 2),
    ] {
        let mut facts = facts.clone();
        if let holdfast_model::Observed::Present(lock) = &mut facts.environments[0].locked {
            lock.holdfast.as_mut().unwrap().exemptions.push(record);
        }
        assert_eq!(errors(&facts), left);
    }
}

#[test]
fn only_waived_findings_about_versions_make_exemptions() {
    let evaluation = audit(&vulnerable(), &Policy::default());
    assert!(exemption(&evaluation.findings[0]).is_none());
}

#[test]
fn selections_run_their_rules_and_no_others() {
    let facts = facts([
        discovered()
            .declares(&["numpy"])
            .lock_missing("pylock.toml"),
        configured("serve")
            .declares(&["numpy"])
            .lock_missing("pylock.serve.toml"),
    ]);
    let rules = |selection: &Selection| {
        let evaluation = evaluate(selection, &facts, &Policy::default());
        let mut rules: Vec<String> = evaluation
            .findings
            .iter()
            .map(|finding| finding.rule.to_string())
            .chain(
                evaluation
                    .not_evaluated
                    .iter()
                    .map(|gap| gap.rule.to_string()),
            )
            .collect();
        rules.sort();
        rules.dedup();
        rules
    };
    assert_eq!(rules(&Selection::Set(RuleSet::LockCheck)), ["missing-lock"]);
    assert_eq!(
        rules(&Selection::Set(RuleSet::Audit)),
        ["known-vulnerability", "malicious-package"]
    );
    let chosen = Selection::Rules(vec![find("unpinned-requirement").unwrap()]);
    assert_eq!(rules(&chosen), ["unpinned-requirement"]);
    assert!(rules(&Selection::All).len() > 4);
}

#[test]
fn two_projects_that_read_one_file_find_a_thing_once() {
    let project = discovered().declares(&["numpy>=1"]);
    let facts = facts([project.clone(), project]);
    let chosen = Selection::Rules(vec![find("unbounded-requirement").unwrap()]);
    let evaluation = evaluate(&chosen, &facts, &Policy::default());
    assert_eq!(
        evaluation.summary,
        Summary {
            warning: 1,
            ..Summary::default()
        }
    );
}

#[test]
fn an_empty_project_is_clean() {
    let evaluation = evaluate(&Selection::All, &facts([]), &Policy::default());
    assert_eq!(evaluation.summary, Summary::default());
}
