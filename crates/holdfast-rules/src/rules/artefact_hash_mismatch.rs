//! A model file is not the one that a lock records.

use std::collections::BTreeMap;

use holdfast_model::{Artefact, ArtefactFacts, Layer, LockedArtefact, Observed, Outcome, Severity};

use crate::answer::Answer;
use crate::loading::{lock_of, path_in_project, place, some_paths};
use crate::{Context, Rule, RuleSet};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "artefact-hash-mismatch",
    title: "a model file is not the one that the lock records",
    severity: Severity::Error,
    layers: &[Layer::Models],
    sets: &[RuleSet::LockCheck],
    page: include_str!("artefact_hash_mismatch.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    let mut missing: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for facts in &context.facts.artefacts {
        match &facts.artefact {
            Observed::Present(artefact) => compare(&mut answer, context, facts, artefact),
            Observed::Absent { .. } => {
                missing.entry(&facts.project).or_default().push(&facts.path);
            }
            // that it cannot be read is said by `unreadable-artefact`
            Observed::Unreadable { .. } | Observed::NotLookedFor => {}
        }
    }
    for paths in missing.values() {
        let paths = some_paths(paths);
        answer.gap_everywhere(format!(
            "model files that the configuration names are not there ({paths}): fetch them, or correct the paths"
        ));
    }
    answer.outcome()
}

fn compare(
    answer: &mut Answer,
    context: &Context<'_>,
    facts: &ArtefactFacts,
    artefact: &Artefact,
) {
    for (environment, locked) in lock_of(context, facts) {
        let recorded = locked
            .holdfast
            .as_ref()
            .and_then(|metadata| metadata.artefact(path_in_project(facts)));
        let Some(recorded) = recorded else {
            continue;
        };
        let Some(difference) = difference(artefact, recorded) else {
            continue;
        };
        let path = &facts.path;
        let finding = RULE
            .finding(Layer::Models)
            .at(&place(facts))
            .message(format!(
                "`{path}` is not the file that `{}` records: {difference}",
                locked.file
            ))
            .of(environment)
            .subject(path.clone())
            .detail("recorded", recorded.digest.to_string())
            .detail("found", artefact.digest.as_ref().map(ToString::to_string))
            .detail("lock", locked.file.clone())
            .fix("restore the file, or run `holdfast lock` to record this one");
        answer.find(finding);
    }
}

/// In what a file differs from its record; a file of another size was not hashed.
fn difference(artefact: &Artefact, recorded: &LockedArtefact) -> Option<String> {
    if artefact.size != recorded.size {
        return Some(format!(
            "it has {} bytes in place of {}",
            artefact.size, recorded.size
        ));
    }
    let digest = artefact.digest.as_ref()?;
    (*digest != recorded.digest).then(|| format!("its SHA-256 is {}", digest.hex()))
}

#[cfg(test)]
mod tests {
    use holdfast_model::ArtefactFormat as Format;

    use super::*;
    use crate::testing::{Environment, model_file, check, configured, digest, facts, lines, with_artefacts};

    fn recording(path: &str, size: u64) -> Environment {
        configured("serve").locks(&[]).locking(|lock| {
            lock.holdfast.as_mut().unwrap().artefacts.push(LockedArtefact {
                path: path.to_owned(),
                size,
                digest: digest(7),
            });
        })
    }

    #[test]
    fn another_size_and_another_hash_are_found() {
        let against = |size: u64, hash: u8| {
            let file = model_file("m.pkl", Format::Pickle).named("serve").hashed(hash);
            lines(&check(&RULE, &with_artefacts(facts([recording("m.pkl", size)]), [file])))
        };
        assert_eq!(against(10, 7), [""; 0]);
        assert_eq!(
            against(11, 7),
            ["error holdfast.toml:9:8 `m.pkl` is not the file that `pylock.serve.toml` records: it has 10 bytes in place of 11"]
        );
        assert!(against(10, 8)[0].contains("its SHA-256 is 0808"));
    }

    #[test]
    fn a_file_that_is_not_there_is_said_once() {
        let files = ["a.pkl", "b.pkl"].map(|path| model_file(path, Format::Pickle).named("serve").absent());
        let facts = with_artefacts(facts([recording("a.pkl", 10)]), files);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            ["gap - - model files that the configuration names are not there (`a.pkl`, `b.pkl`): fetch them, or correct the paths"]
        );
    }

    #[test]
    fn a_file_that_is_not_recorded_is_for_another_rule() {
        let facts = facts([recording("other.pkl", 10)]);
        let file = model_file("m.pkl", Format::Pickle).named("serve");
        assert_eq!(lines(&check(&RULE, &with_artefacts(facts, [file]))), [""; 0]);
    }

    #[test]
    fn paths_of_a_project_below_count_from_its_directory() {
        let mut environment = recording("m.pkl", 11);
        environment.0.project = "services/api".to_owned();
        let mut file = model_file("services/api/m.pkl", Format::Pickle).named("serve");
        file.0.project = "services/api".to_owned();
        assert_eq!(lines(&check(&RULE, &with_artefacts(facts([environment]), [file]))).len(), 1);
    }
}
