//! The interpreter is another than the locked one.

use holdfast_model::{EnvironmentFacts, Installed, Layer, Outcome, Severity};

use crate::answer::Answer;
use crate::installed::{is_same_version, looked_at, place};
use crate::{Context, Rule, RuleSet};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "interpreter-mismatch",
    title: "the interpreter is another than the locked one",
    severity: Severity::Error,
    layers: &[Layer::Interpreter],
    sets: &[RuleSet::Verify],
    page: include_str!("interpreter_mismatch.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    for environment in context.environments() {
        let Some((installed, contents)) = looked_at(&mut answer, environment) else {
            continue;
        };
        let interpreter = &contents.interpreter;
        if let Some(problem) = &interpreter.problem {
            find(&mut answer, environment, installed, problem.clone());
        }
        let Some(metadata) = environment
            .locked
            .present()
            .and_then(|locked| locked.holdfast.as_ref())
        else {
            answer.gap(environment, "no lock says which interpreter it should be");
            continue;
        };
        if let Some(implementation) = &interpreter.implementation
            && *implementation != metadata.implementation
        {
            let message = format!(
                "the interpreter is `{implementation}`, and `{}` is locked",
                metadata.implementation
            );
            find(&mut answer, environment, installed, message);
        }
        match &interpreter.version {
            Some(version) if !is_same_version(version, &metadata.python) => {
                let message = format!(
                    "the interpreter is Python {version}, and {} is locked",
                    metadata.python
                );
                find(&mut answer, environment, installed, message);
            }
            Some(_) => {}
            None => answer.gap(
                environment,
                "the version of the interpreter cannot be read from its program or library",
            ),
        }
    }
    answer.outcome()
}

fn find(
    answer: &mut Answer,
    environment: &EnvironmentFacts,
    installed: &Installed,
    message: String,
) {
    let finding = RULE
        .finding(Layer::Interpreter)
        .at(&place(installed, "bin/python"))
        .message(message)
        .of(environment)
        .subject("pkg:generic/python")
        .fix("make the environment with the locked interpreter: `holdfast sync`, or lock the one at hand with `holdfast lock --upgrade-python`");
    answer.find(finding);
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_model::Interpreter;

    use crate::testing::{check, configured, facts, lines};

    fn serve(interpreter: Interpreter) -> crate::testing::Environment {
        configured("serve")
            .locks(&["numpy==1.26.4"])
            .installs(&["numpy==1.26.4"])
            .contains(|contents| contents.interpreter = interpreter)
    }

    fn cpython(version: &str) -> Interpreter {
        Interpreter {
            implementation: Some("cpython".to_owned()),
            version: Some(version.to_owned()),
            ..Interpreter::default()
        }
    }

    #[test]
    fn another_patch_and_another_program_are_found() {
        assert_eq!(lines(&check(&RULE, &facts([serve(cpython("3.11.7"))]))), [""; 0]);
        assert_eq!(
            lines(&check(&RULE, &facts([serve(cpython("3.11.9"))]))),
            ["error .venv/bin/python:1:1 the interpreter is Python 3.11.9, and 3.11.7 is locked"]
        );
        let swapped = Interpreter {
            problem: Some("`bin/python` is no interpreter but a script".to_owned()),
            ..Interpreter::default()
        };
        assert_eq!(
            lines(&check(&RULE, &facts([serve(swapped)]))),
            [
                "error .venv/bin/python:1:1 `bin/python` is no interpreter but a script",
                "gap serve - the version of the interpreter cannot be read from its program or library",
            ]
        );
    }
}
