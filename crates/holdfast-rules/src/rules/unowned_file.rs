//! A file lies among the packages that none of them brought.

use holdfast_model::{DeviationKind, Layer, Outcome, Severity};

use crate::installed::{Differing, looked_at, of_owner};
use crate::text;
use crate::{Context, Rule, RuleSet};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "unowned-file",
    title: "a file lies among the packages that none of them brought",
    severity: Severity::Error,
    layers: &[Layer::Packages],
    sets: &[RuleSet::Verify],
    page: include_str!("unowned_file.md"),
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
            // said by `start-up-code`, which tells what it does
            if contents.start_up.iter().any(|code| code.path == *path) {
                continue;
            }
            let message = match &deviation.kind {
                DeviationKind::Unowned { files: 1 } if !path.ends_with('/') => {
                    format!("`{path}` belongs to no installed package")
                }
                DeviationKind::Unowned { files } => {
                    let files = usize::try_from(*files).unwrap_or(usize::MAX);
                    let files = text::count(files, "file");
                    format!("`{path}` with {files} belongs to no installed package")
                }
                DeviationKind::Unhashed => format!(
                    "`{path}`{} is listed without a hash, so that anything could be in it",
                    of_owner(installed, deviation)
                ),
                DeviationKind::Altered
                | DeviationKind::ForeignBytecode { .. }
                | DeviationKind::Launcher { .. }
                | DeviationKind::NotAFile { .. }
                | DeviationKind::Missing
                | DeviationKind::AllMissing { .. }
                | DeviationKind::Outside
                | DeviationKind::Unreadable { .. } => continue,
            };
            let differing = Differing {
                environment,
                installed,
                deviation,
            };
            answer.find(differing.finding(&RULE, message, "find out where it comes from, and remove it"));
        }
    }
    answer.outcome()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, configured, facts, lines, start_up};

    #[test]
    fn files_and_directories_of_nobody_are_named_once() {
        let environment = configured("serve")
            .installs(&["numpy==1.26.4"])
            .deviates("lib/x/", None, DeviationKind::Unowned { files: 3 })
            .deviates("lib/y.py", None, DeviationKind::Unowned { files: 1 })
            .deviates("lib/z.py", Some("numpy"), DeviationKind::Unhashed);
        assert_eq!(
            lines(&check(&RULE, &facts([environment]))),
            [
                "error .venv/lib/x/:1:1 `lib/x/` with 3 files belongs to no installed package",
                "error .venv/lib/y.py:1:1 `lib/y.py` belongs to no installed package",
                "error .venv/lib/z.py:1:1 `lib/z.py` of `numpy 1.26.4` is listed without a hash, so that anything could be in it",
            ]
        );
    }

    #[test]
    fn start_up_code_is_said_by_its_own_rule() {
        let environment = configured("serve")
            .installs(&["numpy==1.26.4"])
            .deviates("lib/x.pth", None, DeviationKind::Unowned { files: 1 })
            .contains(|contents| contents.start_up.push(start_up("lib/x.pth", None)));
        assert_eq!(lines(&check(&RULE, &facts([environment]))), [""; 0]);
    }
}
