//! A library that a model file needs is not in the lock that loads it.

use holdfast_model::{Layer, Outcome, Severity};

use crate::loading::{Problem, judged, place};
use crate::text::some_of;
use crate::{Context, Rule};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "artefact-library-not-locked",
    title: "a library that a model file needs is not locked",
    severity: Severity::Error,
    layers: &[Layer::Models, Layer::Packages],
    sets: &[],
    page: include_str!("artefact_library_not_locked.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    for judged in judged(context) {
        for problem in &judged.problems {
            let Problem::NotLocked {
                libraries,
                severity,
            } = problem
            else {
                continue;
            };
            let path = &judged.facts.path;
            let finding = RULE
                .finding(Layer::Models)
                .at(&place(judged.facts))
                .message(format!(
                    "`{path}` needs {}, and {} has {}",
                    some_of(libraries.iter().map(String::as_str)),
                    judged.lock(),
                    if libraries.len() == 1 { "it not" } else { "them not" },
                ))
                .of(judged.environment)
                .subject(path.clone())
                .severity(*severity)
                .detail("libraries", libraries.clone())
                .detail("lock", judged.locked.file.clone())
                .fix("add what is missing to the requirements of the environment that loads the file, or say with `[[artefacts]]` which does");
            answer.find(finding);
        }
    }
    answer.outcome()
}

#[cfg(test)]
mod tests {
    use holdfast_model::{ArtefactFormat as Format, LockFormat};

    use super::*;
    use crate::testing::{model_file, check, configured, discovered, facts, lines, with_artefacts};

    #[test]
    fn what_wrote_a_file_and_what_it_imports_must_be_locked() {
        let facts = facts([configured("serve").locks(&["numpy==2.1.0"])]);
        let file = model_file("m.pkl", Format::Pickle)
            .written_by(&[("scikit-learn", "1.5.2")])
            .imports(&["sklearn.svm", "PIL.Image", "numpy._core.multiarray", "collections", "ours.net"])
            .named("serve");
        assert_eq!(
            lines(&check(&RULE, &with_artefacts(facts, [file]))),
            ["error holdfast.toml:9:8 `m.pkl` needs `pillow`, `scikit-learn`, and `pylock.serve.toml` has them not"]
        );
    }

    #[test]
    fn a_library_may_be_locked_under_another_name() {
        let facts = facts([configured("serve").locks(&["xgboost-cpu==2.1.0", "pytorch==2.1.0"])]);
        let file = model_file("m.pkl", Format::Pickle).imports(&["xgboost.sklearn", "torch"]).named("serve");
        assert_eq!(lines(&check(&RULE, &with_artefacts(facts, [file]))), [""; 0]);
    }

    #[test]
    fn what_made_an_onnx_model_need_not_be_there() {
        let facts = facts([configured("serve").locks(&["onnxruntime==1.20.1"])]);
        let file = model_file("m.onnx", Format::Onnx).written_by(&[("torch", "2.1.0")]).named("serve");
        assert_eq!(lines(&check(&RULE, &with_artefacts(facts, [file]))), [""; 0]);
    }

    #[test]
    fn where_nobody_said_who_loads_a_file_it_is_a_warning() {
        let facts = facts([configured("serve").locks(&["numpy==2.1.0"])]);
        let file = model_file("m.pkl", Format::Pickle).written_by(&[("scikit-learn", "1.5.2")]);
        let found = lines(&check(&RULE, &with_artefacts(facts, [file])));
        assert!(found[0].starts_with("warning m.pkl:1:1"), "{found:?}");
    }

    #[test]
    fn pinned_requirements_may_leave_out_what_packages_bring() {
        let pinned = |packages: &[&str]| {
            facts([discovered()
                .locks(packages)
                .locking(|lock| lock.format = LockFormat::Requirements)])
        };
        let file = || [model_file("m.pkl", Format::Pickle).imports(&["sklearn.svm", "numpy"])];
        let some = with_artefacts(pinned(&["scikit-learn==1.5.2"]), file());
        assert_eq!(lines(&check(&RULE, &some)), [""; 0]);
        let none = with_artefacts(pinned(&["flask==3.0.0"]), file());
        assert_eq!(lines(&check(&RULE, &none)).len(), 1);
    }
}
