//! A locked file has no hash that can be trusted.

use holdfast_model::{
    EnvironmentFacts, Layer, LockFormat, LockSource, Locked, LockedFile, LockedPackage, Outcome,
    Severity,
};

use crate::answer::Answer;
use crate::{Context, Rule, text};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "missing-hash",
    title: "a locked file has no hash that can be trusted",
    severity: Severity::Error,
    layers: &[Layer::Packages],
    sets: &[],
    page: include_str!("missing_hash.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    for environment in context.environments() {
        let Some(locked) = answer.locked(environment) else {
            continue;
        };
        if locked.format == LockFormat::Npm {
            // `missing-integrity` speaks of those
            continue;
        }
        if locked.format == LockFormat::Requirements && !locked.packages.iter().any(has_a_hash) {
            no_hashes_at_all(&mut answer, environment, locked);
            continue;
        }
        for package in &locked.packages {
            judge(&mut answer, environment, locked, package);
        }
    }
    answer.outcome()
}

/// One finding for the file: nobody asked for hashes there, and one a line would say no more.
fn no_hashes_at_all(answer: &mut Answer, environment: &EnvironmentFacts, locked: &Locked) {
    let concerned: Vec<&LockedPackage> = locked.packages.iter().filter(|p| is_concerned(locked, p)).collect();
    let Some(first) = concerned.first() else {
        return;
    };
    let finding = RULE
        .finding(Layer::Packages)
        .at(&first.location)
        .message(format!(
            "`{}` pins {} and no hash: the same version may come as another file",
            locked.file,
            text::count(concerned.len(), "version"),
        ))
        .of(environment)
        .subject(locked.file.clone())
        .severity(Severity::Warning)
        .fix("compile it with hashes (`pip-compile --generate-hashes`, `uv pip compile --generate-hashes`), or run `holdfast lock`");
    answer.find(finding);
}

fn judge(
    answer: &mut Answer,
    environment: &EnvironmentFacts,
    locked: &Locked,
    package: &LockedPackage,
) {
    if !is_concerned(locked, package) {
        return;
    }
    let without: Vec<&LockedFile> = package.files.iter().filter(|file| !is_trusted(file)).collect();
    if without.is_empty() && !package.files.is_empty() {
        return;
    }
    let name = text::named(&package.package, package.version.as_deref());
    let weak = without.iter().find_map(|file| file.hashes.first());
    let message = if locked.format == LockFormat::Requirements {
        format!("{name} has no hash and others in `{}` do: pip refuses such a file", locked.file)
    } else if let Some(weak) = weak {
        format!(
            "{name} is locked by {} alone, for which two files with the same hash can be made",
            weak.algorithm().as_str().to_uppercase(),
        )
    } else if without.is_empty() {
        format!("{name} is locked without any file, so without a hash")
    } else {
        let named = without.iter().map(|file| file.name.as_str()).filter(|name| !name.is_empty());
        let files = text::some_of(named);
        if files.is_empty() {
            format!("{name} is locked without a hash")
        } else {
            format!("{name} is locked without a hash of {files}")
        }
    };
    let finding = RULE
        .finding(Layer::Packages)
        .at(&package.location)
        .message(message)
        .of(environment)
        .subject(package.purl())
        .fix(if locked.format == LockFormat::Requirements {
            "give each line a `--hash=sha256:…`"
        } else {
            "lock again, with a tool and an index that record SHA-256"
        });
    answer.find(finding);
}

/// Directories have no file to hash; a commit is the hash of a repository; and of the addresses in
/// requirements files `url-requirement-without-hash` speaks.
fn is_concerned(locked: &Locked, package: &LockedPackage) -> bool {
    match package.source {
        LockSource::Registry { .. } => true,
        LockSource::Archive { .. } => locked.format != LockFormat::Requirements,
        LockSource::Vcs { .. } | LockSource::Directory { .. } => false,
    }
}

fn is_trusted(file: &LockedFile) -> bool {
    file.hashes
        .iter()
        .any(|digest| digest.algorithm().is_collision_resistant())
}

fn has_a_hash(package: &LockedPackage) -> bool {
    package.files.iter().any(|file| !file.hashes.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Environment, check, configured, discovered, facts, lines, md5};

    fn requirements_lock() -> Environment {
        discovered()
            .locks(&["numpy==1.26.4", "pandas==2.2.1"])
            .locking(|lock| {
                lock.format = LockFormat::Requirements;
                lock.file = "requirements.txt".to_owned();
                lock.holdfast = None;
            })
    }

    #[test]
    fn files_without_a_trusted_hash_are_found() {
        let facts = facts([configured("serve")
            .locks(&["numpy==1.26.4", "weak==1", "bare==2", "fine==3"])
            .locking(|lock| {
                lock.packages[0].files[0].hashes.clear();
                lock.packages[1].files[0].hashes = vec![md5()];
                lock.packages[2].files.clear();
            })]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            [
                "error pylock.serve.toml:10:1 `numpy 1.26.4` is locked without a hash of `numpy-1.26.4-py3-none-any.whl`",
                "error pylock.serve.toml:20:1 `weak 1` is locked by MD5 alone, for which two files with the same hash can be made",
                "error pylock.serve.toml:30:1 `bare 2` is locked without any file, so without a hash",
            ]
        );
    }

    #[test]
    fn a_requirements_file_with_some_hashes_is_an_error_at_each_line_without() {
        let facts = facts([requirements_lock().locking(|lock| lock.packages[1].files.clear())]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            ["error pylock.x.toml:20:1 `pandas 2.2.1` has no hash and others in `requirements.txt` do: pip refuses such a file"]
        );
    }

    #[test]
    fn a_requirements_file_without_any_hash_is_one_warning() {
        let facts = facts([requirements_lock().locking(|lock| {
            for package in &mut lock.packages {
                package.files.clear();
            }
        })]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            ["warning pylock.x.toml:10:1 `requirements.txt` pins 2 versions and no hash: the same version may come as another file"]
        );
    }

    #[test]
    fn hashed_files_directories_and_commits_are_quiet() {
        let facts = facts([
            configured("serve").locks(&["numpy==1.26.4"]),
            configured("train").locks(&["own==1", "fork==1"]).locking(|lock| {
                for package in &mut lock.packages {
                    package.files.clear();
                }
                lock.packages[0].source = LockSource::Directory {
                    path: ".".to_owned(),
                    editable: true,
                };
                lock.packages[1].source = LockSource::Vcs {
                    system: "git".to_owned(),
                    url: "https://example.org/fork".to_owned(),
                    commit: Some("a".repeat(40)),
                };
            }),
        ]);
        assert_eq!(lines(&check(&RULE, &facts)), [""; 0]);
    }

    #[test]
    fn missing_hash_is_not_evaluated_where_the_lock_cannot_be_read() {
        let facts = facts([configured("serve").unreadable_lock()]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            ["gap serve pylock.toml `pylock.toml` cannot be read"]
        );
    }
}
