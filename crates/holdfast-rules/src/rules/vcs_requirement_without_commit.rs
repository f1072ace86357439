//! A requirement is a repository, and nothing says which commit.

use holdfast_model::{
    Layer, LockSource, Locked, Outcome, Requirement, RequirementSource, Severity,
};

use crate::{Context, Rule};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "vcs-requirement-without-commit",
    title: "a requirement is a repository without a commit",
    severity: Severity::Error,
    layers: &[Layer::Packages],
    sets: &[],
    page: include_str!("vcs_requirement_without_commit.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    for environment in context.environments() {
        let Some(declared) = answer.declared(environment) else {
            continue;
        };
        let open: Vec<(&Requirement, String)> = declared
            .requirements
            .iter()
            .filter_map(|requirement| Some((requirement, moving(requirement)?)))
            .collect();
        if open.is_empty() {
            continue;
        }
        let locked = answer.locked(environment);
        for (requirement, what) in open {
            if locked.is_some_and(|locked| has_commit(locked, requirement)) {
                continue;
            }
            let finding = RULE
                .finding(Layer::Packages)
                .at(&requirement.location)
                .message(format!("`{}` is {what}", requirement.package))
                .of(environment)
                .subject(requirement.package.purl(None))
                .fix("name the whole commit: `@` and its 40 digits, or run `holdfast lock`, which records it");
            answer.find(finding);
        }
    }
    answer.outcome()
}

/// What is wrong with a repository that does not name a commit.
fn moving(requirement: &Requirement) -> Option<String> {
    let RequirementSource::Vcs {
        system,
        url,
        revision,
    } = &requirement.source
    else {
        return None;
    };
    match revision.as_deref() {
        None => Some(format!("whatever `{url}` holds on the day")),
        Some(revision) if is_commit(system, revision) => None,
        Some(revision) if is_abbreviated(revision) => Some(format!(
            "at `{revision}` of `{url}`, an abbreviation that another commit may come to share"
        )),
        Some(revision) => Some(format!(
            "at `{revision}` of `{url}`, and a branch or tag can be moved"
        )),
    }
}

fn is_commit(system: &str, revision: &str) -> bool {
    let digits = |allowed: fn(&u8) -> bool| revision.bytes().all(|byte| allowed(&byte));
    match system {
        // their revisions are numbers, which are never given twice
        "svn" | "bzr" => !revision.is_empty() && digits(u8::is_ascii_digit),
        _ => matches!(revision.len(), 40 | 64) && digits(u8::is_ascii_hexdigit),
    }
}

fn is_abbreviated(revision: &str) -> bool {
    (7..40).contains(&revision.len())
        && revision.bytes().all(|byte| byte.is_ascii_hexdigit())
        && revision.bytes().any(|byte| byte.is_ascii_digit())
}

fn has_commit(locked: &Locked, requirement: &Requirement) -> bool {
    locked
        .packages
        .iter()
        .filter(|package| package.package == requirement.package)
        .any(|package| match &package.source {
            LockSource::Vcs {
                system,
                commit: Some(commit),
                ..
            } => is_commit(system, commit),
            LockSource::Vcs { commit: None, .. }
            | LockSource::Registry { .. }
            | LockSource::Archive { .. }
            | LockSource::Directory { .. } => false,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, configured, discovered, facts, lines};

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    #[test]
    fn a_repository_without_a_whole_commit_is_an_error() {
        let facts = facts([discovered().declares(&[
            "a @ git+https://example.org/a",
            "b @ git+https://example.org/b@v1.2",
            "c @ git+https://example.org/c@0123abc",
            "d @ git+https://example.org/d@deadbeef",
        ])]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            [
                "error requirements.in:1:1 `a` is whatever `https://example.org/a` holds on the day",
                "error requirements.in:2:1 `b` is at `v1.2` of `https://example.org/b`, and a branch or tag can be moved",
                "error requirements.in:3:1 `c` is at `0123abc` of `https://example.org/c`, an abbreviation that another commit may come to share",
                "error requirements.in:4:1 `d` is at `deadbeef` of `https://example.org/d`, and a branch or tag can be moved",
            ]
        );
    }

    #[test]
    fn a_commit_on_the_line_or_in_the_lock_is_enough() {
        let pinned = format!("a @ git+https://example.org/a@{COMMIT}");
        let facts = facts([
            discovered().declares(&[&pinned, "numpy"]),
            configured("serve")
                .declares(&["a @ git+https://example.org/a@main"])
                .locks(&["a==1"])
                .locking(|lock| {
                    lock.packages[0].source = LockSource::Vcs {
                        system: "git".to_owned(),
                        url: "https://example.org/a".to_owned(),
                        commit: Some(COMMIT.to_owned()),
                    };
                }),
        ]);
        assert_eq!(lines(&check(&RULE, &facts)), [""; 0]);
    }

    #[test]
    fn numbers_are_commits_where_the_system_counts() {
        assert!(is_commit("svn", "1234"));
        assert!(!is_commit("git", "1234"));
        assert!(!is_commit("svn", ""));
    }

    #[test]
    fn vcs_requirement_without_commit_is_not_evaluated_where_a_file_cannot_be_read() {
        let facts = facts([configured("serve").unreadable_declaration()]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            ["gap serve pyproject.toml `pyproject.toml` cannot be read"]
        );
    }
}
