//! Installed files share their content with another place.

use holdfast_model::{Layer, Outcome, Severity};

use crate::installed::{looked_at, place};
use crate::text;
use crate::{Context, Rule, RuleSet};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "shared-inode",
    title: "installed files share their content with another place",
    severity: Severity::Note,
    layers: &[Layer::Packages],
    sets: &[RuleSet::Verify],
    page: include_str!("shared_inode.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    for environment in context.environments() {
        let Some((installed, contents)) = looked_at(&mut answer, environment) else {
            continue;
        };
        let Some(example) = &contents.shared.example else {
            continue;
        };
        let count = usize::try_from(contents.shared.count).unwrap_or(usize::MAX);
        let finding = RULE
            .finding(Layer::Packages)
            .at(&place(installed, example))
            .message(format!(
                "{} {} to files elsewhere, such as `{example}`: a change there changes this environment",
                text::count(count, "file"),
                if count == 1 { "is a hard link" } else { "are hard links" },
            ))
            .of(environment)
            .subject(installed.root.as_str())
            .detail("count", contents.shared.count)
            .fix("install copies: `holdfast sync` does, and `uv pip sync --link-mode copy`");
        answer.find(finding);
    }
    answer.outcome()
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_model::SharedFiles;

    use crate::testing::{check, configured, facts, lines};

    #[test]
    fn hard_links_are_counted_in_one_note() {
        let environment = configured("serve").installs(&["six==1.16.0"]).contains(|contents| {
            contents.shared = SharedFiles {
                count: 3,
                example: Some("lib/six.py".to_owned()),
            };
        });
        assert_eq!(
            lines(&check(&RULE, &facts([environment]))),
            ["note .venv/lib/six.py:1:1 3 files are hard links to files elsewhere, such as `lib/six.py`: a change there changes this environment"]
        );
    }
}
