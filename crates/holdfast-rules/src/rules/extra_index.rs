//! A further package index is asked for every name: the door to dependency confusion.

use holdfast_model::{DeclaredIndex, EnvironmentFacts, IndexKind, Layer, Outcome, Severity};

use crate::answer::Answer;
use crate::{Context, Rule};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "extra-index",
    title: "a further package index is asked for every name",
    severity: Severity::Error,
    layers: &[Layer::Packages],
    sets: &[],
    page: include_str!("extra_index.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    for environment in context.environments() {
        let Some(declared) = answer.declared(environment) else {
            continue;
        };
        for index in &declared.indexes {
            judge(&mut answer, environment, index);
        }
    }
    answer.outcome()
}

fn judge(answer: &mut Answer, environment: &EnvironmentFacts, index: &DeclaredIndex) {
    let (message, severity, fix) = match index.kind {
        IndexKind::Extra => (
            format!(
                "`{}` is asked for every package besides the main index: whoever publishes a name there or here first decides which is installed (dependency confusion)",
                index.url
            ),
            Severity::Error,
            "name the packages that come from it, for example `[indexes.internal]` with `url` and `packages = [\"acme-*\"]` in `holdfast.toml`",
        ),
        IndexKind::FindLinks if is_plain_http(&index.url) => (
            format!(
                "`{}` lists files over plain HTTP: anybody on the way can put in others",
                index.url
            ),
            Severity::Warning,
            "use its `https://` address",
        ),
        IndexKind::Default | IndexKind::Explicit | IndexKind::FindLinks => return,
    };
    let finding = RULE
        .finding(Layer::Packages)
        .at(&index.location)
        .message(message)
        .of(environment)
        .subject(index.location.file.clone())
        .severity(severity)
        .detail("url", index.url.clone())
        .fix(fix);
    answer.find(finding);
}

fn is_plain_http(url: &str) -> bool {
    url.get(..7)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("http://"))
}

#[cfg(test)]
mod tests {
    use holdfast_model::Location;

    use super::*;
    use crate::testing::{check, configured, discovered, facts, lines};

    fn index(kind: IndexKind, url: &str) -> DeclaredIndex {
        DeclaredIndex {
            kind,
            url: url.to_owned(),
            name: None,
            location: Location::new("requirements.txt", 2, 1),
        }
    }

    #[test]
    fn an_extra_index_is_an_error_and_links_over_plain_http_a_warning() {
        let facts = facts([discovered().declares(&["numpy"]).declaring(|declared| {
            declared.indexes = vec![
                index(IndexKind::Extra, "https://pypi.acme.example/simple"),
                index(IndexKind::FindLinks, "HTTP://wheels.acme.example/"),
            ];
        })]);
        let outcome = check(&RULE, &facts);
        let found: Vec<_> = outcome
            .findings
            .iter()
            .map(|finding| (finding.severity, finding.location.clone().unwrap().line))
            .collect();
        assert_eq!(found, [(Severity::Error, 2), (Severity::Warning, 2)]);
        assert!(outcome.findings[0].message.contains("dependency confusion"));
        assert!(outcome.gaps.is_empty());
    }

    #[test]
    fn the_main_index_and_explicit_ones_are_quiet() {
        let facts = facts([discovered().declares(&["numpy"]).declaring(|declared| {
            declared.indexes = vec![
                index(IndexKind::Default, "https://pypi.acme.example/simple"),
                index(IndexKind::Explicit, "https://download.example/cu121"),
                index(IndexKind::FindLinks, "https://wheels.acme.example/"),
                index(IndexKind::FindLinks, "wheels"),
            ];
        })]);
        assert_eq!(lines(&check(&RULE, &facts)), [""; 0]);
    }

    #[test]
    fn extra_index_is_not_evaluated_where_a_file_cannot_be_read() {
        let facts = facts([configured("serve").unreadable_declaration()]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            ["gap serve pyproject.toml `pyproject.toml` cannot be read"]
        );
    }
}
