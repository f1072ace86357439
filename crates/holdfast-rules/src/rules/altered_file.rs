//! An installed file is not what its package brought.

use holdfast_model::{DeviationKind, Layer, Outcome, Severity};

use crate::installed::{Differing, looked_at, of_owner};
use crate::text;
use crate::{Context, Rule, RuleSet};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "altered-file",
    title: "an installed file is not what its package brought",
    severity: Severity::Error,
    layers: &[Layer::Packages],
    sets: &[RuleSet::Verify],
    page: include_str!("altered_file.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    for environment in context.environments() {
        let Some((installed, contents)) = looked_at(&mut answer, environment) else {
            continue;
        };
        for deviation in &contents.deviations {
            let what = match &deviation.kind {
                DeviationKind::Altered => "its content is not what `RECORD` says".to_owned(),
                DeviationKind::ForeignBytecode { reason } | DeviationKind::Launcher { reason } => {
                    reason.clone()
                }
                DeviationKind::NotAFile { what } => format!("it is {what}"),
                DeviationKind::Unreadable { reason } => {
                    let reason = format!("`{}` cannot be compared: {reason}", deviation.path);
                    answer.gap_about(environment, deviation.path.clone(), reason);
                    continue;
                }
                DeviationKind::Missing
                | DeviationKind::AllMissing { .. }
                | DeviationKind::Unowned { .. }
                | DeviationKind::Unhashed
                | DeviationKind::Outside => continue,
            };
            let path = &deviation.path;
            let owner = of_owner(installed, deviation);
            let differing = Differing {
                environment,
                installed,
                deviation,
            };
            answer.find(differing.finding(&RULE, format!("`{path}`{owner} was altered: {what}"), "find out who changed it, and install the package again: `holdfast sync`"));
        }
        if contents.more_deviations > 0 {
            let more = contents.more_deviations;
            answer.gap(environment, format!("{more} more files differ and are not named"));
        }
        for file in &installed.unreadable {
            let path = file.location.file.clone();
            let reason = format!("`{path}`: {}", file.reason);
            answer.gap_about(environment, path, reason);
        }
        if contents.bytecode > 0 {
            let reason = format!(
                "the code of {} was not compared, only the header with the source",
                text::count(usize::try_from(contents.bytecode).unwrap_or(usize::MAX), "compiled file"),
            );
            answer.gap(environment, reason);
        }
    }
    answer.outcome()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, configured, facts, lines};

    #[test]
    fn altered_files_are_named_with_their_package() {
        let environment = configured("serve")
            .installs(&["numpy==1.26.4"])
            .deviates("lib/numpy/a.py", Some("numpy"), DeviationKind::Altered)
            .deviates("lib/numpy/gone.py", Some("numpy"), DeviationKind::Missing);
        assert_eq!(
            lines(&check(&RULE, &facts([environment]))),
            ["error .venv/lib/numpy/a.py:1:1 `lib/numpy/a.py` of `numpy 1.26.4` was altered: its content is not what `RECORD` says"]
        );
    }

    #[test]
    fn what_could_not_be_compared_is_a_gap() {
        let kind = DeviationKind::Unreadable {
            reason: "permission denied".to_owned(),
        };
        let environment = configured("serve")
            .installs(&["numpy==1.26.4"])
            .deviates("lib/x", None, kind)
            .contains(|contents| contents.bytecode = 2);
        assert_eq!(
            lines(&check(&RULE, &facts([environment]))),
            [
                "gap serve lib/x `lib/x` cannot be compared: permission denied",
                "gap serve - the code of 2 compiled files was not compared, only the header with the source",
            ]
        );
    }

    #[test]
    fn an_environment_that_nobody_looked_into_is_not_evaluated() {
        let environment = configured("serve").installs(&["numpy==1.26.4"]);
        assert_eq!(
            lines(&check(&RULE, &facts([environment]))),
            ["gap serve - the installed files were not looked at: run `holdfast verify`"]
        );
        assert_eq!(lines(&check(&RULE, &facts([configured("serve")]))), [""; 0]);
    }
}
