//! A package is installed that is not locked.

use holdfast_model::{Ecosystem, Layer, Locked, Outcome, Severity};

use crate::installed::{beside_lock, locked_as, place};
use crate::text;
use crate::{Context, Rule, RuleSet};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "extra-package",
    title: "a package is installed that is not locked",
    severity: Severity::Error,
    layers: &[Layer::Packages],
    sets: &[RuleSet::Verify],
    page: include_str!("extra_package.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    for environment in context.environments() {
        let Some((installed, locked)) = beside_lock(&mut answer, environment) else {
            continue;
        };
        let by_package = locked.by_package();
        let mut of_conda = 0;
        for package in &installed.packages {
            let is_wanted = !locked_as(package, &by_package, locked).is_empty();
            if is_wanted || package.package.is_seed() {
                continue;
            }
            if package.package.ecosystem() == Ecosystem::Conda && !locks_conda(locked) {
                of_conda += 1;
                continue;
            }
            let named = text::named(&package.package, Some(&package.version));
            let finding = RULE
                .finding(Layer::Packages)
                .at(&place(installed, &package.path))
                .message(format!("{named} is installed and not in `{}`", locked.file))
                .of(environment)
                .subject(package.package.purl(Some(&package.version)))
                .fix("remove it with `holdfast sync`, or add it to the requirements and lock again");
            answer.find(finding);
        }
        if of_conda > 0 {
            let packages = text::count(of_conda, "package");
            answer.gap(
                environment,
                format!("{packages} of conda cannot be compared: `{}` holds none of conda", locked.file),
            );
        }
    }
    answer.outcome()
}

fn locks_conda(locked: &Locked) -> bool {
    locked
        .packages
        .iter()
        .any(|package| package.package.ecosystem() == Ecosystem::Conda)
}

#[cfg(test)]
mod tests {
    use holdfast_model::PackageId;

    use super::*;
    use crate::testing::{check, configured, facts, lines};

    #[test]
    fn a_package_that_nobody_locked_is_found_and_pip_is_not() {
        let environment = configured("serve")
            .locks(&["numpy==1.26.4"])
            .installs(&["numpy==1.26.4", "evil==1.0", "pip==23.2"])
            .contains(|_| ());
        assert_eq!(
            lines(&check(&RULE, &facts([environment]))),
            ["error .venv/lib/evil.dist-info:1:1 `evil 1.0` is installed and not in `pylock.serve.toml`"]
        );
    }

    #[test]
    fn packages_of_conda_are_not_compared_with_a_lock_that_can_hold_none() {
        let environment = configured("serve")
            .locks(&["numpy==1.26.4"])
            .installs(&["numpy==1.26.4", "openssl==3.4.0"])
            .installing(|installed| {
                installed.packages[1].package = PackageId::new(Ecosystem::Conda, "openssl");
            })
            .contains(|_| ());
        assert_eq!(
            lines(&check(&RULE, &facts([environment]))),
            ["gap serve - 1 package of conda cannot be compared: `pylock.serve.toml` holds none of conda"]
        );
    }

    #[test]
    fn without_a_lock_nothing_can_be_told() {
        let environment = configured("serve").installs(&["evil==1.0"]).contains(|_| ());
        assert_eq!(
            lines(&check(&RULE, &facts([environment]))),
            ["gap serve - there is no lock to compare with: run `holdfast lock`"]
        );
    }
}
