//! A lock has another version of a library than wrote a model file, and the library does not promise
//! that this works.

use std::collections::BTreeMap;

use holdfast_model::{ArtefactFormat, Layer, Observed, Outcome, Severity, WriterVersion};

use crate::answer::Answer;
use crate::loading::{
    Judged, Problem, VersionProblem, judged, lock_of, place, some_paths, writers,
};
use crate::{Context, Rule};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "artefact-version-mismatch",
    title: "a lock has another version of a library than wrote a model file",
    severity: Severity::Warning,
    layers: &[Layer::Models, Layer::Packages],
    sets: &[],
    page: include_str!("artefact_version_mismatch.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    for judged in judged(context) {
        for problem in &judged.problems {
            if let Problem::Version(problem) = problem {
                find(&mut answer, &judged, problem);
            }
        }
    }
    not_looked_at(&mut answer, context);
    without_version(&mut answer, context);
    without_lock(&mut answer, context);
    answer.outcome()
}

fn find(answer: &mut Answer, judged: &Judged<'_>, problem: &VersionProblem) {
    let path = &judged.facts.path;
    let VersionProblem {
        library, locked, ..
    } = problem;
    let finding = RULE
        .finding(Layer::Models)
        .at(&place(judged.facts))
        .message(format!(
            "`{path}` {}, and {} locks {library} {locked}: {}",
            problem.is,
            judged.lock(),
            problem.says
        ))
        .of(judged.environment)
        .subject(path.clone())
        .severity(problem.severity)
        .detail("library", library.clone())
        .detail("written", problem.written.clone())
        .detail("locked", locked.clone())
        .detail("lock", judged.locked.file.clone())
        .detail("promise", problem.source)
        .fix(fix(problem));
    answer.find(finding);
}

fn fix(problem: &VersionProblem) -> String {
    let VersionProblem {
        library,
        written,
        locked,
        ..
    } = problem;
    if library == "onnxruntime" {
        return "lock a newer onnxruntime, or export the model for an older operator set".to_owned();
    }
    match written.parse::<pep440_rs::Version>() {
        Ok(_) => format!(
            "lock `{library}=={written}`, or write the file again with {library} {locked}"
        ),
        Err(_) => format!("write the file again with {library} {locked}"),
    }
}

/// Paths by project, for what is said once.
type ByProject<'a> = BTreeMap<&'a str, Vec<&'a str>>;

/// Of more model files than are looked at, those left over.
fn not_looked_at(answer: &mut Answer, context: &Context<'_>) {
    let mut left: ByProject<'_> = BTreeMap::new();
    for facts in &context.facts.artefacts {
        if facts.artefact == Observed::NotLookedFor {
            left.entry(&facts.project).or_default().push(&facts.path);
        }
    }
    for paths in left.values() {
        answer.gap_everywhere(format!(
            "there are more model files than are looked at ({}): name those that matter as `[[artefacts]]`",
            some_paths(paths)
        ));
    }
}

/// Files that name libraries, and the version of none.
fn without_version(answer: &mut Answer, context: &Context<'_>) {
    let mut silent: ByProject<'_> = BTreeMap::new();
    for facts in &context.facts.artefacts {
        let Some(artefact) = facts.artefact.present() else {
            continue;
        };
        let writers = writers(artefact);
        let says_none = writers
            .iter()
            .all(|(_, version)| **version == WriterVersion::Unknown);
        if artefact.format != ArtefactFormat::Onnx && !writers.is_empty() && says_none {
            silent.entry(&facts.project).or_default().push(&facts.path);
        }
    }
    for paths in silent.values() {
        answer.gap_everywhere(format!(
            "which version of a library wrote them is not said by all model files ({})",
            some_paths(paths)
        ));
    }
}

/// Files that say what wrote them, and no lock to hold that against.
fn without_lock(answer: &mut Answer, context: &Context<'_>) {
    let mut alone: ByProject<'_> = BTreeMap::new();
    for facts in &context.facts.artefacts {
        let Some(artefact) = facts.artefact.present() else {
            continue;
        };
        if !artefact.content.writers.is_empty() && lock_of(context, facts).is_empty() {
            alone.entry(&facts.project).or_default().push(&facts.path);
        }
    }
    for paths in alone.values() {
        answer.gap_everywhere(format!(
            "there is no lock to hold model files against ({}): run `holdfast lock`",
            some_paths(paths)
        ));
    }
}

#[cfg(test)]
mod tests {
    use holdfast_model::{ArtefactFormat as Format, LockFormat};

    use super::*;
    use crate::testing::{model_file, check, configured, discovered, facts, lines, with_artefacts};

    const PICKLE: &[(&str, &str)] = &[("scikit-learn", "1.5.2"), ("numpy", "1.x")];

    #[test]
    fn a_pickle_is_for_the_version_that_wrote_it() {
        let churn = || model_file("models/churn.pkl", Format::Pickle).written_by(PICKLE).named("serve");
        let against = |version: &str| {
            let lock = format!("scikit-learn=={version}");
            let facts = facts([configured("serve").locks(&[&lock, "numpy==2.1.0"])]);
            lines(&check(&RULE, &with_artefacts(facts, [churn()])))
        };
        assert_eq!(
            against("1.6.1"),
            ["error holdfast.toml:9:8 `models/churn.pkl` was written by scikit-learn 1.5.2, and `pylock.serve.toml` locks scikit-learn 1.6.1: scikit-learn supports loading a model only in the version that wrote it"]
        );
        assert!(against("1.5.1")[0].starts_with("warning holdfast.toml:9:8"));
        assert_eq!(against("1.5.2"), [""; 0]);
        assert_eq!(against("1.5.2+local"), [""; 0]);
    }

    #[test]
    fn a_finding_names_library_versions_promise_and_the_way_out() {
        let facts = facts([configured("serve").locks(&["scikit-learn==1.6.1"])]);
        let file = model_file("m.joblib", Format::Joblib).written_by(PICKLE).named("serve");
        let outcome = check(&RULE, &with_artefacts(facts, [file]));
        let finding = &outcome.findings[0];
        assert_eq!(finding.subject.as_deref(), Some("m.joblib"));
        assert_eq!(finding.environment.as_ref().unwrap().as_str(), "serve");
        assert_eq!(finding.details["library"], "scikit-learn");
        assert_eq!(finding.details["written"], "1.5.2");
        assert_eq!(finding.details["locked"], "1.6.1");
        assert!(finding.details["promise"].as_str().unwrap().starts_with("https://"));
        assert_eq!(
            finding.fix.as_deref(),
            Some("lock `scikit-learn==1.5.2`, or write the file again with scikit-learn 1.6.1")
        );
    }

    #[test]
    fn xgboost_reads_older_json_and_promises_nothing_of_newer() {
        let against = |written: &str, locked: &str| {
            let lock = format!("xgboost=={locked}");
            let facts = facts([configured("serve").locks(&[&lock])]);
            let model = model_file("m.json", Format::XgboostJson)
                .written_by(&[("xgboost", written)])
                .named("serve");
            lines(&check(&RULE, &with_artefacts(facts, [model])))
        };
        assert_eq!(
            against("3.0.5", "2.1.0"),
            ["error holdfast.toml:9:8 `m.json` was written by xgboost 3.0.5, and `pylock.serve.toml` locks xgboost 2.1.0: XGBoost reads JSON and UBJSON models of earlier versions, and does not promise to read those of later ones"]
        );
        assert_eq!(against("2.1.0", "3.0.5"), [""; 0]);
        assert!(against("2.1.0", "2.0.3")[0].starts_with("warning"));
    }

    #[test]
    fn a_format_that_was_removed_is_found_whatever_wrote_it() {
        let facts = facts([configured("serve").locks(&["xgboost==3.1.0"])]);
        let model = model_file("m.bin", Format::XgboostBinary)
            .written_by(&[("xgboost", "?")])
            .named("serve");
        let outcome = check(&RULE, &with_artefacts(facts, [model]));
        assert!(lines(&outcome)[0].starts_with("error holdfast.toml:9:8 `m.bin` was written by xgboost, and"));
    }

    #[test]
    fn what_does_not_say_its_version_is_said_once() {
        let facts = facts([configured("serve").locks(&["lightgbm==4.5.0"])]);
        let files = ["a.txt", "b.txt"]
            .map(|path| model_file(path, Format::Lightgbm).written_by(&[("lightgbm", "?")]));
        assert_eq!(
            lines(&check(&RULE, &with_artefacts(facts, files))),
            ["gap - - which version of a library wrote them is not said by all model files (`a.txt`, `b.txt`)"]
        );
    }

    #[test]
    fn a_file_of_no_library_is_quiet() {
        let facts = facts([configured("serve").locks(&["torch==2.8.0"])]);
        let files = [model_file("w.safetensors", Format::Safetensors)];
        assert_eq!(lines(&check(&RULE, &with_artefacts(facts, files))), [""; 0]);
    }

    #[test]
    fn without_an_environment_the_lock_that_fits_best_is_meant() {
        let locks = |versions: [&str; 2]| {
            facts([
                configured("serve").locks(&[versions[0]]),
                configured("train").locks(&[versions[1]]),
            ])
        };
        let file = || [model_file("m.pkl", Format::Pickle).written_by(PICKLE)];
        let fits = locks(["scikit-learn==1.6.1", "scikit-learn==1.5.2"]);
        assert_eq!(lines(&check(&RULE, &with_artefacts(fits, file()))), [""; 0]);
        let near = locks(["scikit-learn==1.6.1", "scikit-learn==1.5.1"]);
        assert_eq!(
            lines(&check(&RULE, &with_artefacts(near, file()))),
            ["warning m.pkl:1:1 `m.pkl` was written by scikit-learn 1.5.2, and `pylock.train.toml`, which of 2 locks fits it best, locks scikit-learn 1.5.1: scikit-learn supports loading a model only in the version that wrote it"]
        );
    }

    #[test]
    fn onnx_is_held_against_what_the_runtime_reads() {
        let model = |opset: &str| {
            model_file("m.onnx", Format::Onnx)
                .written_by(&[("torch", "2.9.0")])
                .says(&[("ir_version", "10"), ("opset:ai.onnx", opset), ("opset:com.microsoft", "1")])
                .named("serve")
        };
        let against = |opset: &str, lock: &str| {
            let facts = facts([configured("serve").locks(&[lock, "torch==2.1.0"])]);
            lines(&check(&RULE, &with_artefacts(facts, [model(opset)])))
        };
        assert_eq!(
            against("22", "onnxruntime==1.20.1"),
            ["error holdfast.toml:9:8 `m.onnx` needs operator set 22, and `pylock.serve.toml` locks onnxruntime 1.20.1: ONNX Runtime 1.20.1 reads up to 21"]
        );
        assert_eq!(against("21", "onnxruntime==1.20.1"), [""; 0]);
        assert_eq!(against("22", "onnxruntime-gpu==1.21.0"), [""; 0]);
        assert_eq!(against("99", "onnxruntime==1.3.0"), [""; 0]);
    }

    #[test]
    fn a_library_that_nobody_looked_up_is_a_note() {
        let facts = facts([configured("serve").locks(&["prophet==1.1.5"])]);
        let file = model_file("m.pkl", Format::Pickle).written_by(&[("prophet", "1.1.6")]).named("serve");
        assert_eq!(
            lines(&check(&RULE, &with_artefacts(facts, [file]))),
            ["note holdfast.toml:9:8 `m.pkl` was written by prophet 1.1.6, and `pylock.serve.toml` locks prophet 1.1.5: what prophet promises about loading files of other versions is not known here"]
        );
    }

    #[test]
    fn without_a_lock_it_is_not_evaluated() {
        let none = facts([configured("serve").lock_missing("pylock.serve.toml")]);
        let file = || model_file("m.pkl", Format::Pickle).written_by(PICKLE).named("serve");
        assert_eq!(
            lines(&check(&RULE, &with_artefacts(none, [file()]))),
            ["gap - - there is no lock to hold model files against (`m.pkl`): run `holdfast lock`"]
        );
        let npm = facts([discovered().locks(&[]).locking(|lock| lock.format = LockFormat::Npm)]);
        let found = [model_file("m.pkl", Format::Pickle).written_by(PICKLE)];
        assert_eq!(lines(&check(&RULE, &with_artefacts(npm, found))).len(), 1);
    }
}
