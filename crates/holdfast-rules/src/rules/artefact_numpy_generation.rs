//! A model file was written under numpy 1 and is loaded under numpy 2, or the other way.

use holdfast_model::{Layer, Outcome, Severity};

use crate::loading::{Problem, judged, place};
use crate::{Context, Rule};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "artefact-numpy-generation",
    title: "a model file and the lock that loads it are of different numpy generations",
    severity: Severity::Warning,
    layers: &[Layer::Models, Layer::Packages],
    sets: &[],
    page: include_str!("artefact_numpy_generation.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    for judged in judged(context) {
        for problem in &judged.problems {
            let Problem::Numpy {
                written,
                locked,
                severity,
                comes_of_it,
            } = problem
            else {
                continue;
            };
            let path = &judged.facts.path;
            let finding = RULE
                .finding(Layer::Models)
                .at(&place(judged.facts))
                .message(format!(
                    "`{path}` was written under numpy {written}, and {} locks numpy {locked}: {comes_of_it}",
                    judged.lock()
                ))
                .of(judged.environment)
                .subject(path.clone())
                .severity(*severity)
                .detail("library", "numpy")
                .detail("written", written.clone())
                .detail("locked", locked.clone())
                .detail("lock", judged.locked.file.clone())
                .fix(format!(
                    "write the file again under numpy {locked}, or lock numpy {}",
                    generation(written)
                ));
            answer.find(finding);
        }
    }
    answer.outcome()
}

/// `1.x` of `1.26.4`.
fn generation(version: &str) -> String {
    let major = version.split('.').next().unwrap_or(version);
    format!("{major}.x")
}

#[cfg(test)]
mod tests {
    use holdfast_model::ArtefactFormat as Format;

    use super::*;
    use crate::testing::{model_file, check, configured, facts, lines, with_artefacts};

    fn against(written: &str, locked: &str) -> Vec<String> {
        let lock = format!("numpy=={locked}");
        let facts = facts([configured("serve").locks(&[&lock])]);
        let file = model_file("m.pkl", Format::Pickle).written_by(&[("numpy", written)]).named("serve");
        lines(&check(&RULE, &with_artefacts(facts, [file])))
    }

    #[test]
    fn numpy_1_under_2_is_a_warning() {
        let expected = "warning holdfast.toml:9:8 `m.pkl` was written under numpy 1.x, and `pylock.serve.toml` locks numpy 2.1.0: it loads, and may compute other numbers: numpy 2 changed how types are promoted (NEP 50)";
        assert_eq!(against("1.x", "2.1.0"), [expected]);
        assert_eq!(against("1.26.4", "2.0.0").len(), 1);
    }

    #[test]
    fn numpy_2_under_1_is_an_error_before_1_26_1() {
        assert!(against("2.x", "1.26.0")[0].starts_with("error"));
        assert!(against("2.1.3", "1.24.4")[0].ends_with("`numpy._core` is not there before 1.26.1"));
        assert!(against("2.x", "1.26.4")[0].starts_with("warning"));
    }

    #[test]
    fn one_generation_is_quiet_and_so_is_what_is_not_known() {
        assert_eq!(against("1.26.4", "1.23.0"), [""; 0]);
        assert_eq!(against("2.x", "2.3.1"), [""; 0]);
        assert_eq!(against("?", "2.3.1"), [""; 0]);
    }
}
