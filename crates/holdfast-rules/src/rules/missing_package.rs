//! A locked package is not installed.

use std::collections::BTreeSet;

use holdfast_model::{Ecosystem, Layer, Outcome, PackageId, Severity};

use crate::installed::{Belongs, belongs, beside_lock};
use crate::text;
use crate::{Context, Rule, RuleSet};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "missing-package",
    title: "a locked package is not installed",
    severity: Severity::Error,
    layers: &[Layer::Packages],
    sets: &[RuleSet::Verify],
    page: include_str!("missing_package.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    for environment in context.environments() {
        let Some((installed, locked)) = beside_lock(&mut answer, environment) else {
            continue;
        };
        let present: BTreeSet<&PackageId> = installed
            .packages
            .iter()
            .map(|package| &package.package)
            .collect();
        let missing = locked.packages.iter().filter(|package| {
            package.package.ecosystem() == Ecosystem::Pypi && !present.contains(&package.package)
        });
        for package in missing {
            let named = text::named(&package.package, package.version.as_deref());
            match belongs(package, locked) {
                Belongs::No => {}
                Belongs::Unknown => answer.gap_about(
                    environment,
                    package.purl(),
                    format!("it cannot be told whether {named} belongs into this environment"),
                ),
                Belongs::Yes => {
                    let finding = RULE
                        .finding(Layer::Packages)
                        .at(&package.location)
                        .message(format!("{named} is locked and not installed in `{}`", installed.root))
                        .of(environment)
                        .subject(package.purl())
                        .fix("install it with `holdfast sync`");
                    answer.find(finding);
                }
            }
        }
    }
    answer.outcome()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, configured, facts, lines};

    #[test]
    fn a_locked_package_that_is_not_there_is_found() {
        let environment = configured("serve")
            .locks(&["numpy==1.26.4", "colorama==0.4", "x==1"])
            .locking(|lock| {
                lock.packages[1].marker = Some("sys_platform == 'win32'".to_owned());
                lock.packages[2].marker = Some("no marker".to_owned());
            })
            .installs(&[])
            .contains(|_| ());
        assert_eq!(
            lines(&check(&RULE, &facts([environment]))),
            [
                "error pylock.serve.toml:10:1 `numpy 1.26.4` is locked and not installed in `.venv`",
                "gap serve pkg:pypi/x@1 it cannot be told whether `x 1` belongs into this environment",
            ]
        );
    }
}
