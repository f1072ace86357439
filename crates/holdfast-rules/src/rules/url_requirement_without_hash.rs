//! A requirement is an address, and nothing says what must be found there.

use holdfast_model::{
    Layer, Locked, Outcome, Requirement, RequirementSource, Severity,
};

use crate::{Context, Rule};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "url-requirement-without-hash",
    title: "a requirement is an address without a hash",
    severity: Severity::Error,
    layers: &[Layer::Packages],
    sets: &[],
    page: include_str!("url_requirement_without_hash.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    for environment in context.environments() {
        let Some(declared) = answer.declared(environment) else {
            continue;
        };
        let open: Vec<(&Requirement, &str)> = declared
            .requirements
            .iter()
            .filter_map(|requirement| Some((requirement, address_without_hash(requirement)?)))
            .collect();
        if open.is_empty() {
            continue;
        }
        let locked = answer.locked(environment);
        for (requirement, url) in open {
            if locked.is_some_and(|locked| is_hashed(locked, requirement)) {
                continue;
            }
            let finding = RULE
                .finding(Layer::Packages)
                .at(&requirement.location)
                .message(format!(
                    "`{}` is whatever `{url}` answers on the day",
                    requirement.package
                ))
                .of(environment)
                .subject(requirement.package.purl(None))
                .fix("add `#sha256=…` to the address, or run `holdfast lock`, which records the hash");
            answer.find(finding);
        }
    }
    answer.outcome()
}

fn address_without_hash(requirement: &Requirement) -> Option<&str> {
    let RequirementSource::Url(url) = &requirement.source else {
        return None;
    };
    let is_file = url.starts_with("file:");
    let hashed = has_hash_fragment(url)
        || requirement
            .hashes
            .iter()
            .any(|digest| digest.algorithm().is_collision_resistant());
    (!hashed && !is_file).then_some(url.as_str())
}

/// `#sha256=…`, alone or among others: `#egg=x&sha256=…`.
fn has_hash_fragment(url: &str) -> bool {
    url.split_once('#').is_some_and(|(_, fragment)| {
        fragment.split('&').any(|part| {
            ["sha224=", "sha256=", "sha384=", "sha512="]
                .iter()
                .any(|algorithm| part.starts_with(algorithm))
        })
    })
}

fn is_hashed(locked: &Locked, requirement: &Requirement) -> bool {
    locked
        .packages
        .iter()
        .filter(|package| package.package == requirement.package)
        .flat_map(|package| &package.files)
        .flat_map(|file| &file.hashes)
        .any(|digest| digest.algorithm().is_collision_resistant())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, configured, discovered, facts, lines};

    const URL: &str = "acme @ https://files.acme.example/acme-1.0-py3-none-any.whl";

    #[test]
    fn an_address_without_a_hash_is_an_error() {
        let facts = facts([discovered().declares(&["numpy", URL])]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            ["error requirements.in:2:1 `acme` is whatever `https://files.acme.example/acme-1.0-py3-none-any.whl` answers on the day"]
        );
    }

    #[test]
    fn a_weak_hash_is_none() {
        let weak = format!("{URL}#md5={}", "a".repeat(32));
        assert_eq!(check(&RULE, &facts([discovered().declares(&[&weak])])).findings.len(), 1);
    }

    #[test]
    fn a_hash_in_the_address_on_the_line_or_in_the_lock_is_enough() {
        let with_fragment = format!("{URL}#egg=acme&sha256={}", "a".repeat(64));
        let facts = facts([
            discovered().declares(&[&with_fragment, "numpy>=1"]),
            discovered().declares(&[URL]).declaring(|declared| {
                declared.requirements[0].hashes = vec![crate::testing::digest(1)];
            }),
            configured("serve").declares(&[URL]).locks(&["acme==1.0"]),
        ]);
        assert_eq!(lines(&check(&RULE, &facts)), [""; 0]);
    }

    #[test]
    fn url_requirement_without_hash_is_not_evaluated_where_a_file_cannot_be_read() {
        let facts = facts([configured("serve").unreadable_declaration()]);
        assert_eq!(
            lines(&check(&RULE, &facts)),
            ["gap serve pyproject.toml `pyproject.toml` cannot be read"]
        );
    }
}
