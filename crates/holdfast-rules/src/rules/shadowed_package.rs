//! Another module would be imported instead of an installed one.

use holdfast_model::{Layer, Location, LockSource, Outcome, Severity, ShadowedBy};

use crate::installed::{looked_at, purl};
use crate::{Context, Rule, RuleSet};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "shadowed-package",
    title: "another module would be imported instead of an installed one",
    severity: Severity::Warning,
    layers: &[Layer::Packages],
    sets: &[RuleSet::Verify],
    page: include_str!("shadowed_package.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    for environment in context.environments() {
        let Some((installed, contents)) = looked_at(&mut answer, environment) else {
            continue;
        };
        for shadow in &contents.shadows {
            // the project's own code may be installed as well
            let is_own = environment.locked.present().is_some_and(|locked| {
                locked.packages.iter().any(|package| {
                    package.package == shadow.package
                        && matches!(package.source, LockSource::Directory { .. })
                })
            });
            if is_own {
                continue;
            }
            let why = match &shadow.by {
                ShadowedBy::PythonPath => "through `PYTHONPATH`".to_owned(),
                ShadowedBy::PathFile(file) => format!("through `{file}`"),
                ShadowedBy::CurrentDirectory => "when Python is started here".to_owned(),
            };
            let finding = RULE
                .finding(Layer::Packages)
                .at(&Location::start_of(shadow.path.as_str()))
                .message(format!(
                    "`{}` would be imported {why} instead of the module `{}` of `{}`",
                    shadow.path, shadow.module, shadow.package
                ))
                .of(environment)
                .subject(purl(installed, &shadow.package))
                .detail("module", shadow.module.as_str())
                .fix("rename it, or take its directory out of the search path");
            answer.find(finding);
        }
    }
    answer.outcome()
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_model::{PackageId, Shadow};

    use crate::testing::{check, configured, facts, lines};

    #[test]
    fn a_module_in_python_path_is_found() {
        let environment = configured("serve").installs(&["six==1.16.0"]).contains(|contents| {
            contents.shadows.push(Shadow {
                module: "six".to_owned(),
                package: PackageId::pypi("six"),
                path: "/src/six.py".to_owned(),
                by: ShadowedBy::PythonPath,
            });
        });
        assert_eq!(
            lines(&check(&RULE, &facts([environment]))),
            ["warning /src/six.py:1:1 `/src/six.py` would be imported through `PYTHONPATH` instead of the module `six` of `six`"]
        );
    }
}
