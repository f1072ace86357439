//! A package is installed in another version, or from elsewhere, than it is locked.

use holdfast_model::{InstalledPackage, Layer, LockSource, LockedPackage, Outcome, Severity};

use crate::installed::{beside_lock, is_same_version, locked_as, place};
use crate::text;
use crate::{Context, Rule, RuleSet};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "version-mismatch",
    title: "a package is installed in another version, or from elsewhere, than it is locked",
    severity: Severity::Error,
    layers: &[Layer::Packages],
    sets: &[RuleSet::Verify],
    page: include_str!("version_mismatch.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    for environment in context.environments() {
        let Some((installed, locked)) = beside_lock(&mut answer, environment) else {
            continue;
        };
        let by_package = locked.by_package();
        for package in &installed.packages {
            let entries = locked_as(package, &by_package, locked);
            let Some(first) = entries.first() else {
                continue;
            };
            let same = entries.iter().find(|entry| {
                let version = entry.version.as_deref();
                version.is_none_or(|version| is_same_version(version, &package.version))
            });
            let named = text::named(&package.package, Some(&package.version));
            let message = match same {
                None => format!(
                    "{named} is installed, {} is locked",
                    first.version.as_deref().unwrap_or("no version")
                ),
                Some(entry) => match other_origin(package, entry) {
                    Some(difference) => format!("{named} was installed from {difference}"),
                    None => continue,
                },
            };
            let finding = RULE
                .finding(Layer::Packages)
                .at(&place(installed, &package.path))
                .message(message)
                .of(environment)
                .subject(package.package.purl(Some(&package.version)))
                .detail("locked", first.version.clone())
                .fix("install what is locked with `holdfast sync`");
            answer.find(finding);
        }
    }
    answer.outcome()
}

/// Where a package comes from, and where it should, if those differ.
fn other_origin(package: &InstalledPackage, entry: &LockedPackage) -> Option<String> {
    let origin = package.origin.as_ref()?;
    let from = &origin.url;
    match &entry.source {
        // a wheel of the index may have been named by its address
        LockSource::Registry { .. } => {
            let is_ours = entry.files.iter().any(|file| file.url.as_ref() == Some(from));
            let how = if origin.editable { ", in development" } else { "" };
            (!is_ours).then(|| format!("`{from}`{how}, and locked from a package index"))
        }
        LockSource::Vcs { commit, .. } => {
            let found = origin.commit.as_ref()?;
            let wanted = commit.as_ref()?;
            (found != wanted).then(|| format!("commit {found}, and locked at {wanted}"))
        }
        LockSource::Archive { .. } | LockSource::Directory { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_model::InstalledOrigin;

    use crate::testing::{check, configured, facts, lines};

    #[test]
    fn another_version_is_found() {
        let environment = configured("serve")
            .locks(&["numpy==1.26.4", "six==1.16"])
            .installs(&["numpy==2.0.0", "six==1.16.0"])
            .contains(|_| ());
        assert_eq!(
            lines(&check(&RULE, &facts([environment]))),
            ["error .venv/lib/numpy.dist-info:1:1 `numpy 2.0.0` is installed, 1.26.4 is locked"]
        );
    }

    #[test]
    fn another_origin_is_found() {
        let environment = configured("serve")
            .locks(&["numpy==1.26.4"])
            .installs(&["numpy==1.26.4"])
            .contains(|_| ())
            .installing(|installed| {
                installed.packages[0].origin = Some(InstalledOrigin {
                    url: "file:///home/me/numpy".to_owned(),
                    commit: None,
                    editable: true,
                });
            });
        assert_eq!(
            lines(&check(&RULE, &facts([environment]))),
            ["error .venv/lib/numpy.dist-info:1:1 `numpy 1.26.4` was installed from `file:///home/me/numpy`, in development, and locked from a package index"]
        );
    }
}
