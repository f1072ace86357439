//! A file of an installed package is gone.

use holdfast_model::{DeviationKind, Layer, Outcome, Severity};

use crate::installed::{Differing, looked_at, of_owner};
use crate::{Context, Rule, RuleSet};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "missing-file",
    title: "a file of an installed package is gone",
    severity: Severity::Error,
    layers: &[Layer::Packages],
    sets: &[RuleSet::Verify],
    page: include_str!("missing_file.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    for environment in context.environments() {
        let Some((installed, contents)) = looked_at(&mut answer, environment) else {
            continue;
        };
        for deviation in &contents.deviations {
            let path = &deviation.path;
            let owner = of_owner(installed, deviation);
            let message = match &deviation.kind {
                DeviationKind::Missing => format!("`{path}`{owner} is missing"),
                DeviationKind::AllMissing { files } => {
                    format!("all {files} files{owner} are missing, only its metadata is there")
                }
                DeviationKind::Altered
                | DeviationKind::ForeignBytecode { .. }
                | DeviationKind::Launcher { .. }
                | DeviationKind::NotAFile { .. }
                | DeviationKind::Unowned { .. }
                | DeviationKind::Unhashed
                | DeviationKind::Outside
                | DeviationKind::Unreadable { .. } => continue,
            };
            let differing = Differing {
                environment,
                installed,
                deviation,
            };
            answer.find(differing.finding(&RULE, message, "install the package again: `holdfast sync`"));
        }
    }
    answer.outcome()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, configured, facts, lines};

    #[test]
    fn a_missing_file_is_named() {
        let environment = configured("serve")
            .installs(&["numpy==1.26.4"])
            .deviates("lib/numpy/a.py", Some("numpy"), DeviationKind::Altered)
            .deviates("lib/numpy/gone.py", Some("numpy"), DeviationKind::Missing);
        assert_eq!(
            lines(&check(&RULE, &facts([environment]))),
            ["error .venv/lib/numpy/gone.py:1:1 `lib/numpy/gone.py` of `numpy 1.26.4` is missing"]
        );
    }

    #[test]
    fn an_environment_that_is_whole_is_quiet() {
        let environment = configured("serve").installs(&["numpy==1.26.4"]).contains(|_| ());
        assert_eq!(lines(&check(&RULE, &facts([environment]))), [""; 0]);
    }
}
