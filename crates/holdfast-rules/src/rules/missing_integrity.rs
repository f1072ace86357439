//! An entry of a `package-lock.json` has no integrity that can be trusted.

use holdfast_model::{
    EnvironmentFacts, Layer, LockFormat, LockSource, Locked, LockedPackage, Observed, Outcome, Severity,
};

use crate::answer::{Answer, is_npm_file};
use crate::{Context, Rule, text};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "missing-integrity",
    title: "an npm package is locked without an integrity that can be trusted",
    severity: Severity::Error,
    layers: &[Layer::Packages],
    sets: &[],
    page: include_str!("missing_integrity.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    for environment in context.environments() {
        if !may_be_of_npm(&environment.locked) {
            continue;
        }
        let Some(locked) = answer.locked(environment) else {
            continue;
        };
        for package in &locked.packages {
            judge(&mut answer, environment, locked, package);
        }
    }
    answer.outcome()
}

/// One that cannot be read is told by its name.
fn may_be_of_npm(lock: &Observed<Locked>) -> bool {
    match lock {
        Observed::Unreadable { location, .. } => is_npm_file(&location.file),
        Observed::Present(locked) => locked.format == LockFormat::Npm,
        Observed::Absent { .. } | Observed::NotLookedFor => false,
    }
}

fn judge(
    answer: &mut Answer,
    environment: &EnvironmentFacts,
    locked: &Locked,
    package: &LockedPackage,
) {
    match package.source {
        LockSource::Registry { .. } | LockSource::Archive { .. } => {}
        LockSource::Vcs { .. } | LockSource::Directory { .. } => return,
    }
    let mut hashes = package.files.iter().flat_map(|file| &file.hashes).peekable();
    let none = hashes.peek().is_none();
    if hashes.any(|digest| digest.algorithm().is_collision_resistant()) {
        return;
    }
    let name = text::named(&package.package, package.version.as_deref());
    let message = if none {
        format!("{name} is locked in `{}` without `integrity`", locked.file)
    } else {
        format!(
            "the `integrity` of {name} in `{}` is SHA-1 alone, for which two files with the same hash can be made",
            locked.file
        )
    };
    let finding = RULE
        .finding(Layer::Packages)
        .at(&package.location)
        .message(message)
        .of(environment)
        .subject(package.purl())
        .fix("remove the entry and run `npm install --package-lock-only`, with a registry that gives SHA-512");
    answer.find(finding);
}

#[cfg(test)]
mod tests {
    use holdfast_model::{Digest, HashAlgorithm, Location};

    use super::*;
    use crate::testing::{Environment, check, discovered, facts, lines};

    fn project() -> Environment {
        discovered()
            .locks(&["a==1.0.0", "b==1.0.0", "c==1.0.0"])
            .locking(|lock| {
                lock.format = LockFormat::Npm;
                lock.file = "package-lock.json".to_owned();
            })
    }

    #[test]
    fn entries_without_integrity_or_with_sha1_are_errors() {
        let facts = facts([project().locking(|lock| {
            lock.packages[0].files.clear();
            lock.packages[1].files[0].hashes =
                vec![Digest::new(HashAlgorithm::Sha1, &"a".repeat(40)).unwrap()];
        })]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            [
                "error pylock.x.toml:10:1 `a 1.0.0` is locked in `package-lock.json` without `integrity`",
                "error pylock.x.toml:20:1 the `integrity` of `b 1.0.0` in `package-lock.json` is SHA-1 alone, for which two files with the same hash can be made",
            ]
        );
    }

    #[test]
    fn whole_locks_own_directories_and_other_formats_are_quiet() {
        let facts = facts([
            project(),
            project().locking(|lock| {
                lock.packages[0].files.clear();
                lock.packages[0].source = LockSource::Directory {
                    path: "packages/a".to_owned(),
                    editable: true,
                };
            }),
            discovered().locks(&["a==1"]).locking(|lock| lock.packages[0].files.clear()),
        ]);
        assert_eq!(lines(&check(&RULE, &facts)), [""; 0]);
    }

    #[test]
    fn missing_integrity_is_not_evaluated_where_a_lock_cannot_be_read() {
        let mut npm = discovered().unreadable_lock();
        npm.0.locked = Observed::Unreadable {
            location: Location::new("web/package-lock.json", 3, 1),
            reason: "no JSON".to_owned(),
        };
        let facts = facts([npm, discovered().unreadable_lock()]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            ["gap - web/package-lock.json `web/package-lock.json` cannot be read"]
        );
    }
}
