//! Code runs whenever the interpreter starts, and no locked package brought it.

use holdfast_model::{
    EnvironmentFacts, Layer, Location, Outcome, Severity, StartUpCode, StartUpKind,
};

use crate::installed::{looked_at, place};
use crate::{Context, Rule, RuleSet};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "start-up-code",
    title: "code runs whenever the interpreter starts, and no locked package brought it",
    severity: Severity::Error,
    layers: &[Layer::Packages],
    sets: &[RuleSet::Verify],
    page: include_str!("start_up_code.md"),
    check,
};

/// What setuptools puts beside itself in every environment.
const KNOWN_FILE: &str = "distutils-precedence.pth";

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    for environment in context.environments() {
        let Some((installed, contents)) = looked_at(&mut answer, environment) else {
            continue;
        };
        for code in &contents.start_up {
            if is_accounted_for(environment, code) {
                continue;
            }
            let path = &code.path;
            let (location, what) = match &code.kind {
                StartUpKind::PathFile { line, number } => {
                    let whole = place(installed, path);
                    let location = Location::new(whole.file, *number, 1);
                    (location, format!("`{path}` runs `{line}`"))
                }
                StartUpKind::Customisation => {
                    (place(installed, path), format!("`{path}` is imported"))
                }
            };
            let whose = match &code.owner {
                Some(owner) => format!(", which `{owner}` brought and no lock names"),
                None => String::new(),
            };
            let finding = RULE
                .finding(Layer::Packages)
                .at(&location)
                .message(format!("{what} whenever Python starts{whose}"))
                .of(environment)
                .subject(path.as_str());
            // that of the base interpreter is its distributor's, and the same for every environment
            let finding = if path.starts_with('/') {
                finding.severity(Severity::Note)
            } else {
                finding.fix("find out where it comes from, and remove it")
            };
            answer.find(finding);
        }
    }
    answer.outcome()
}

/// Whether a locked package brought the code, or it comes with every environment.
fn is_accounted_for(environment: &EnvironmentFacts, code: &StartUpCode) -> bool {
    let Some(owner) = &code.owner else {
        return false;
    };
    let is_locked = environment
        .locked
        .present()
        .is_some_and(|locked| locked.by_package().contains_key(owner));
    // whether the locked wheel has it as well is what `altered-record` tells
    is_locked
        || (owner.name() == "setuptools"
            && code.path.rsplit('/').next() == Some(KNOWN_FILE)
            && matches!(&code.kind, StartUpKind::PathFile { line, number: 1 }
                if line.starts_with("import os; var = 'SETUPTOOLS_USE_DISTUTILS'; enabled = os.environ.get(var, 'local') == 'local';")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, configured, facts, lines, start_up};

    #[test]
    fn a_path_file_that_runs_code_is_found() {
        let environment = configured("serve")
            .locks(&["hook==1.0"])
            .installs(&["hook==1.0"])
            .contains(|contents| {
                contents.start_up.push(start_up("lib/evil.pth", None));
                contents.start_up.push(start_up("lib/hook.pth", Some("hook")));
                contents.start_up.push(start_up("lib/other.pth", Some("other")));
            });
        assert_eq!(
            lines(&check(&RULE, &facts([environment]))),
            [
                "error .venv/lib/evil.pth:2:1 `lib/evil.pth` runs `import evil` whenever Python starts",
                "error .venv/lib/other.pth:2:1 `lib/other.pth` runs `import evil` whenever Python starts, which `other` brought and no lock names",
            ]
        );
    }

    #[test]
    fn customisation_of_the_base_interpreter_is_a_note() {
        let environment = configured("serve").installs(&["a==1"]).contains(|contents| {
            contents.start_up.push(StartUpCode {
                path: "/usr/lib/python3.11/sitecustomize.py".to_owned(),
                kind: StartUpKind::Customisation,
                owner: None,
            });
        });
        assert_eq!(
            lines(&check(&RULE, &facts([environment]))),
            ["note /usr/lib/python3.11/sitecustomize.py:1:1 `/usr/lib/python3.11/sitecustomize.py` is imported whenever Python starts"]
        );
    }
}
