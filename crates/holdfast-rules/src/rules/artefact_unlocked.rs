//! A model file that the configuration names is not recorded in the lock that loads it.

use holdfast_model::{Layer, Outcome, Severity};

use crate::loading::{lock_of, path_in_project, place};
use crate::text::some_of;
use crate::{Context, Rule, RuleSet};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "artefact-unlocked",
    title: "a model file is not recorded in the lock that loads it",
    severity: Severity::Error,
    layers: &[Layer::Models],
    sets: &[RuleSet::LockCheck],
    page: include_str!("artefact_unlocked.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    for facts in &context.facts.artefacts {
        // nobody asked for those that were only found to be recorded
        if facts.declared.is_none() || facts.artefact.present().is_none() {
            continue;
        }
        let without: Vec<_> = lock_of(context, facts)
            .into_iter()
            .filter(|(_, locked)| {
                // a lock of another tool records no model files
                let metadata = locked.holdfast.as_ref();
                metadata.is_some_and(|it| it.artefact(path_in_project(facts)).is_none())
            })
            .collect();
        let Some((environment, _)) = without.first() else {
            continue;
        };
        let locks = without.iter().map(|(_, locked)| locked.file.as_str());
        let finding = RULE
            .finding(Layer::Models)
            .at(&place(facts))
            .message(format!(
                "`{}` is not recorded in {}: a file that is exchanged would go unnoticed",
                facts.path,
                some_of(locks)
            ))
            .of(environment)
            .subject(facts.path.clone())
            .fix("run `holdfast lock`");
        answer.find(finding);
    }
    answer.outcome()
}

#[cfg(test)]
mod tests {
    use holdfast_model::{ArtefactFormat as Format, LockedArtefact};

    use super::*;
    use crate::testing::{model_file, check, configured, digest, facts, lines, with_artefacts};

    #[test]
    fn a_named_file_must_be_recorded_in_each_lock_that_loads_it() {
        let recorded = configured("serve").locks(&[]).locking(|lock| {
            lock.holdfast.as_mut().unwrap().artefacts.push(LockedArtefact {
                path: "m.pkl".to_owned(),
                size: 10,
                digest: digest(7),
            });
        });
        let facts = || facts([recorded.clone(), configured("train").locks(&[])]);
        let file = || model_file("m.pkl", Format::Pickle);
        let found = |file| lines(&check(&RULE, &with_artefacts(facts(), [file])));
        assert_eq!(found(file().named("serve")), [""; 0]);
        assert_eq!(
            found(file().named("train")),
            ["error holdfast.toml:9:8 `m.pkl` is not recorded in `pylock.train.toml`: a file that is exchanged would go unnoticed"]
        );
        let mut any = file().named("train");
        any.0.environment = None;
        assert_eq!(found(any).len(), 1);
        assert_eq!(found(file()), [""; 0], "nobody named it");
        assert_eq!(found(file().named("train").absent()), [""; 0]);
    }

    #[test]
    fn a_lock_of_another_tool_records_none() {
        let facts = facts([configured("serve").locks(&[]).locking(|lock| lock.holdfast = None)]);
        let file = model_file("m.pkl", Format::Pickle).named("serve");
        assert_eq!(lines(&check(&RULE, &with_artefacts(facts, [file]))), [""; 0]);
    }
}
