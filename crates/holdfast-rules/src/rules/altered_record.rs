//! The list of files of an installed package is not that of the locked wheel.

use std::collections::BTreeSet;

use holdfast_model::{
    Contents, DeviationKind, Digest, EnvironmentFacts, Installed, InstalledPackage, InstalledRecord,
    Layer, LockedFile, LockedPackage, Outcome, Severity, below_prefix,
};

use crate::answer::Answer;
use crate::installed::{
    beside_lock, is_same_version, locked_as, looked_at, of_owner, place, subject,
};
use crate::text;
use crate::{Context, Rule, RuleSet};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "altered-record",
    title: "the list of files of an installed package is not that of the locked wheel",
    severity: Severity::Error,
    layers: &[Layer::Packages],
    sets: &[RuleSet::Verify],
    page: include_str!("altered_record.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    for environment in context.environments() {
        if let Some((installed, contents)) = looked_at(&mut answer, environment) {
            outside(&mut answer, environment, installed, contents);
        }
        let Some((installed, locked)) = beside_lock(&mut answer, environment) else {
            continue;
        };
        let by_package = locked.by_package();
        let mut undigested = Vec::new();
        let mut built = Vec::new();
        for package in &installed.packages {
            let entries: Vec<&LockedPackage> = locked_as(package, &by_package, locked)
                .into_iter()
                .filter(|entry| {
                    let version = entry.version.as_deref();
                    version.is_some_and(|version| is_same_version(version, &package.version))
                })
                .collect();
            if entries.is_empty() {
                continue;
            }
            let digests: Vec<&Digest> = entries
                .iter()
                .flat_map(|entry| &entry.files)
                .filter_map(|file| file.contents.as_ref())
                .collect();
            let mut files = entries.iter().flat_map(|entry| &entry.files);
            if digests.is_empty() && !files.any(LockedFile::is_wheel) {
                built.push(package.package.name());
            } else if digests.is_empty() {
                undigested.push(package.package.name());
            } else {
                judge(&mut answer, environment, installed, (package, &digests));
            }
        }
        if !built.is_empty() {
            let count = text::count(built.len(), "package");
            let names = text::some_of(built);
            let reason = format!("of {count} ({names}) `{}` has no wheel, so that nothing tells what is in what was built of it", locked.file);
            answer.gap(environment, reason);
        }
        if !undigested.is_empty() {
            let count = text::count(undigested.len(), "package");
            let names = text::some_of(undigested);
            answer.gap(
                environment,
                format!("`{}` does not say what is in the wheels of {count} ({names}): run `holdfast lock` online", locked.file),
            );
        }
    }
    answer.outcome()
}

fn judge(
    answer: &mut Answer,
    environment: &EnvironmentFacts,
    installed: &Installed,
    (package, digests): (&InstalledPackage, &[&Digest]),
) {
    let named = text::named(&package.package, Some(&package.version));
    let purl = package.package.purl(Some(&package.version));
    let record = package.contents.as_ref().map(|contents| &contents.record);
    let told = scripts(installed, package);
    let differences: Vec<&str> = match record {
        Some(InstalledRecord::Read { digest, .. }) if digests.contains(&digest) => return,
        Some(InstalledRecord::Read { differences, .. }) if differences.is_empty() && !told.is_empty() => {
            let reason = format!("the `RECORD` of {named} cannot be compared with the wheel's: installers rewrite scripts, and one of its own is not as it was installed");
            return answer.gap_about(environment, purl, reason);
        }
        Some(InstalledRecord::Read { differences, .. }) => {
            let others: Vec<&str> = differences
                .iter()
                .map(String::as_str)
                .filter(|path| !told.contains(*path))
                .collect();
            if others.is_empty() && !told.is_empty() {
                return;
            }
            others
        }
        Some(InstalledRecord::Unreadable { reason }) => {
            let reason = format!("the `RECORD` of {named} cannot be read: {reason}");
            return answer.gap_about(environment, purl, reason);
        }
        Some(InstalledRecord::Absent) | None => {
            let reason = format!("{named} has no `RECORD`, so that nobody can tell its files");
            return answer.gap_about(environment, purl, reason);
        }
    };
    let which = if differences.is_empty() {
        String::new()
    } else {
        let names = text::some_of(differences.iter().copied());
        format!(": they differ in {names}")
    };
    let finding = RULE
        .finding(Layer::Packages)
        .at(&place(installed, &format!("{}/RECORD", package.path)))
        .message(format!("the files of {named} are not those of the locked wheel{which}"))
        .of(environment)
        .subject(purl)
        .detail("files", differences)
        .fix("somebody changed files together with the list of them, or installed another wheel: install it again with `holdfast sync`");
    answer.find(finding);
}

/// Scripts of a package that other rules tell of, by their names in a list of files. Installers
/// replace the first line of a script, and what it was in the wheel is told by the script itself.
fn scripts(installed: &Installed, package: &InstalledPackage) -> BTreeSet<String> {
    let contents = installed.contents.iter();
    contents
        .flat_map(|contents| &contents.deviations)
        .filter(|deviation| deviation.owner.as_ref() == Some(&package.package))
        .map(|deviation| below_prefix(&deviation.path))
        .filter(|path| path.starts_with("//bin/"))
        .collect()
}

/// Files that packages claim and that lie outside the environment.
fn outside(
    answer: &mut Answer,
    environment: &EnvironmentFacts,
    installed: &Installed,
    contents: &Contents,
) {
    for deviation in &contents.deviations {
        if deviation.kind != DeviationKind::Outside {
            continue;
        }
        let metadata = installed
            .packages
            .iter()
            .find(|package| Some(&package.package) == deviation.owner.as_ref())
            .map_or(String::new(), |package| format!("{}/RECORD", package.path));
        let path = &deviation.path;
        let owner = of_owner(installed, deviation);
        let finding = RULE
            .finding(Layer::Packages)
            .at(&place(installed, &metadata))
            .message(format!("`RECORD`{owner} claims `{path}`, which is outside the environment"))
            .of(environment)
            .subject(subject(installed, deviation))
            .detail("path", path.as_str())
            .fix("do not use this package: no wheel installs files there");
        answer.find(finding);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, configured, digest, facts, lines};

    fn serve(locked: Option<u8>, found: u8) -> crate::testing::Environment {
        configured("serve")
            .locks(&["numpy==1.26.4"])
            .locking(|lock| lock.packages[0].files[0].contents = locked.map(digest))
            .installs(&["numpy==1.26.4"])
            .contains(|_| ())
            .recorded("numpy", &digest(found))
    }

    #[test]
    fn another_list_of_files_than_the_wheels_is_found() {
        assert_eq!(
            lines(&check(&RULE, &facts([serve(Some(5), 6)]))),
            ["error .venv/lib/numpy.dist-info/RECORD:1:1 the files of `numpy 1.26.4` are not those of the locked wheel"]
        );
        assert_eq!(lines(&check(&RULE, &facts([serve(Some(5), 5)]))), [""; 0]);
    }

    #[test]
    fn of_what_was_built_nothing_tells_the_files() {
        let built = serve(None, 6).locking(|lock| {
            lock.packages[0].files[0].name = "numpy-1.26.4.tar.gz".to_owned();
        });
        assert_eq!(
            lines(&check(&RULE, &facts([built]))),
            ["gap serve - of 1 package (`numpy`) `pylock.serve.toml` has no wheel, so that nothing tells what is in what was built of it"]
        );
    }

    #[test]
    fn a_lock_that_does_not_say_what_is_in_its_wheels_is_a_gap() {
        assert_eq!(
            lines(&check(&RULE, &facts([serve(None, 6)]))),
            ["gap serve - `pylock.serve.toml` does not say what is in the wheels of 1 package (`numpy`): run `holdfast lock` online"]
        );
    }

    #[test]
    fn a_script_that_was_altered_is_told_once() {
        let altered = |differences: &[&str]| {
            let differences = differences.iter().map(|path| (*path).to_owned()).collect();
            serve(Some(5), 6)
                .deviates("bin/f2py", Some("numpy"), DeviationKind::Altered)
                .installing(|installed| {
                    let contents = installed.packages[0].contents.as_mut().unwrap();
                    if let InstalledRecord::Read { differences: found, .. } = &mut contents.record {
                        *found = differences;
                    }
                })
        };
        assert_eq!(lines(&check(&RULE, &facts([altered(&["//bin/f2py"])]))), [""; 0]);
        assert_eq!(
            lines(&check(&RULE, &facts([altered(&["//bin/f2py", "numpy/x.py"])]))),
            ["error .venv/lib/numpy.dist-info/RECORD:1:1 the files of `numpy 1.26.4` are not those of the locked wheel: they differ in `numpy/x.py`"]
        );
        assert_eq!(
            lines(&check(&RULE, &facts([altered(&[])]))),
            ["gap serve pkg:pypi/numpy@1.26.4 the `RECORD` of `numpy 1.26.4` cannot be compared with the wheel's: installers rewrite scripts, and one of its own is not as it was installed"]
        );
    }

    #[test]
    fn a_claim_outside_the_environment_is_found() {
        let environment = serve(Some(5), 5).deviates(
            "/etc/passwd",
            Some("numpy"),
            DeviationKind::Outside,
        );
        assert_eq!(
            lines(&check(&RULE, &facts([environment]))),
            ["error .venv/lib/numpy.dist-info/RECORD:1:1 `RECORD` of `numpy 1.26.4` claims `/etc/passwd`, which is outside the environment"]
        );
    }
}
