//! [`Unvalidated`] to [`Config`]: what values mean and whether they fit together.

mod artefacts;
mod drift;
mod environments;
mod errors;
mod golden;

use std::collections::BTreeMap;

use holdfast_model::{Location, PackageId, Severity};

use holdfast_rules::{Licences, Policy, UnknownLicence, Waiver};
use jiff::SignedDuration;

use super::error::{ConfigError, ConfigErrors};
use super::shown::shown;
use super::suggest::did_you_mean;
use super::unvalidated::{
    Named, Unvalidated, UnvalidatedIndex, UnvalidatedKnowledge, UnvalidatedLicences,
    UnvalidatedLock, UnvalidatedWaiver, Written,
};
use super::values::{self, Wrong};
use super::{AdvisorySource, Config, Index, KnowledgeSettings};
use errors::Errors;

/// The configuration, or everything that is wrong with it, `errors` of its shape included.
pub(crate) fn validate(
    unvalidated: Unvalidated,
    file: &str,
    errors: Vec<ConfigError>,
) -> Result<Config, ConfigErrors> {
    let mut errors = Errors {
        shape_is_right: errors.is_empty(),
        list: errors,
    };
    let environments = environments::environments(unvalidated.environments, &mut errors);
    let mut policy = Policy::default();
    lock(unvalidated.lock, &mut policy, &mut errors);
    policy.licences = licences(unvalidated.licences, &mut errors);
    policy.waivers = unvalidated
        .waivers
        .into_iter()
        .filter_map(|waiver| self::waiver(waiver, &mut errors))
        .collect();
    policy.allow_globals = errors
        .check_all(unvalidated.policy.allow_globals, values::global_pattern)
        .into_iter()
        .map(|pattern| pattern.value)
        .collect();
    policy.drift = drift::drift(unvalidated.drift, &mut errors);
    policy.predictions = golden::golden(unvalidated.golden, &mut errors);
    let config = Config {
        file: file.to_owned(),
        artefacts: artefacts::artefacts(unvalidated.artefacts, &environments, &mut errors),
        environments,
        indexes: indexes(unvalidated.indexes, &mut errors),
        policy,
        knowledge: knowledge(unvalidated.knowledge, &mut errors),
    };
    match ConfigErrors::from_errors(errors.list) {
        Some(errors) => Err(errors),
        None => Ok(config),
    }
}

/// Sets how locks are made.
fn lock(unvalidated: UnvalidatedLock, policy: &mut Policy, errors: &mut Errors) {
    if let Some(days) = unvalidated
        .holding_period
        .and_then(|period| errors.check_written(period, values::holding_period_days))
    {
        policy.holding_period = SignedDuration::from_hours(24 * i64::from(days.value));
    }
    policy.allow_build = errors
        .check_all(unvalidated.allow_build, |text| {
            values::is_package_name(text)
                .then(|| PackageId::pypi(text))
                .ok_or_else(|| {
                    Wrong::new(
                        format!("`{}` is no name of a package", shown(text)),
                        "write the name alone, without a version",
                    )
                })
        })
        .into_iter()
        .map(|package| package.value)
        .collect();
    policy.allow_build.sort();
    policy.allow_build.dedup();
}

fn indexes(named: Named<UnvalidatedIndex>, errors: &mut Errors) -> Vec<Index> {
    let mut owners: BTreeMap<String, String> = BTreeMap::new();
    let mut indexes = Vec::new();
    for (name, unvalidated) in named {
        if !values::is_index_name(&name.value) {
            errors.add(
                &name.location,
                Wrong::new(
                    format!("`{}` cannot name an index", shown(&name.value)),
                    "use up to 64 letters, digits, `-` and `_`",
                ),
            );
        }
        let url = required(unvalidated.url, "url", &unvalidated.location, errors);
        let url = url.and_then(|url| errors.check_written(url, |text| values::address(text)));
        let packages = unvalidated.packages.unwrap_or_default();
        if packages.is_empty() && errors.shape_is_right {
            errors.add(
                &unvalidated.location,
                Wrong::new(
                    format!("index `{}` names no packages", shown(&name.value)),
                    "write `packages = [\"acme-*\"]` with the names that come from it, or `packages = [\"*\"]` to use it for everything",
                ),
            );
        }
        let packages = errors.check_all(packages, values::package_pattern);
        for pattern in &packages {
            if let Some(other) = owners.insert(pattern.value.clone(), name.value.clone())
                && other != name.value
            {
                errors.add(
                    &pattern.location,
                    Wrong::new(
                        format!("index `{}` claims `{}` too", shown(&other), pattern.value),
                        "let each name come from one index",
                    ),
                );
            }
        }
        if let Some(url) = url {
            indexes.push(Index {
                name: name.value,
                url: url.value,
                packages: packages.into_iter().map(|pattern| pattern.value).collect(),
                location: unvalidated.location,
            });
        }
    }
    indexes
}

fn licences(unvalidated: UnvalidatedLicences, errors: &mut Errors) -> Licences {
    let allow = errors.check_all(unvalidated.allow, values::licence);
    let deny = errors.check_all(unvalidated.deny, values::licence);
    for denied in &deny {
        if allow.iter().any(|allowed| allowed.value == denied.value) {
            errors.add(
                &denied.location,
                Wrong::new(
                    format!("`{}` is both allowed and denied", denied.value.as_str()),
                    "take it out of one of the lists",
                ),
            );
        }
    }
    let unknown = unvalidated.unknown.and_then(|unknown| {
        errors.check_written(unknown, |text| match text.as_str() {
            "error" => Ok(UnknownLicence::Report(Severity::Error)),
            "warning" => Ok(UnknownLicence::Report(Severity::Warning)),
            "note" => Ok(UnknownLicence::Report(Severity::Note)),
            "ignore" => Ok(UnknownLicence::Ignore),
            other => Err(Wrong::new(
                format!("`unknown` cannot be `{}`", shown(other)),
                did_you_mean(other, ["error", "warning", "note", "ignore"]),
            )),
        })
    });
    Licences {
        allow: allow.into_iter().map(|licence| licence.value).collect(),
        deny: deny.into_iter().map(|licence| licence.value).collect(),
        unknown: unknown.map_or_else(UnknownLicence::default, |unknown| unknown.value),
    }
}

fn waiver(unvalidated: UnvalidatedWaiver, errors: &mut Errors) -> Option<Waiver> {
    let location = unvalidated.location;
    let mut text = |value, key| {
        let written = required(value, key, &location, errors)?;
        if written.value.trim().is_empty() {
            errors.add(
                &written.location,
                Wrong::new(
                    format!("`{key}` of a waiver is empty"),
                    "a waiver answers to somebody: fill it in",
                ),
            );
            return None;
        }
        Some(written)
    };
    let rule = text(unvalidated.rule, "rule");
    let subject = text(unvalidated.subject, "subject");
    let reason = text(unvalidated.reason, "reason");
    let owner = text(unvalidated.owner, "owner");
    let until = text(unvalidated.until, "until");
    let rule = rule.and_then(|rule| errors.check_written(rule, |text| values::rule(text)));
    let subject =
        subject.and_then(|subject| errors.check_written(subject, |text| values::subject(text)));
    let until = until.and_then(|until| errors.check_written(until, |text| values::day(text)));
    Some(Waiver {
        rule: rule?.value,
        subject: subject?.value,
        reason: reason?.value,
        owner: owner?.value,
        until: until?.value,
        location,
    })
}

fn knowledge(unvalidated: UnvalidatedKnowledge, errors: &mut Errors) -> KnowledgeSettings {
    KnowledgeSettings {
        advisories: errors.check_all(unvalidated.advisories, |text| {
            if values::is_address(text) {
                values::address(text).map(AdvisorySource::Address)
            } else {
                values::project_path(text).map(AdvisorySource::Path)
            }
        }),
        feed: unvalidated
            .feed
            .and_then(|feed| errors.check_written(feed, |text| values::address(text)))
            .map(|feed| feed.value),
    }
}

fn required(
    value: Option<Written<String>>,
    key: &str,
    location: &Location,
    errors: &mut Errors,
) -> Option<Written<String>> {
    if value.is_none() && errors.shape_is_right {
        errors.add(
            location,
            Wrong::new(
                format!("`{key}` is missing"),
                format!("add `{key} = \"…\"`"),
            ),
        );
    }
    value
}
