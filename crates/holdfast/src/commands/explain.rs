//! `holdfast explain`: a rule's page, or the catalogue.

use anyhow::{Result, bail};
use holdfast_report::{RuleInfo, catalogue_text, rule_page_text, rules_json};
use holdfast_rules::{Rule, catalogue, find};

use crate::cli::ExplainOptions;
use crate::nearest::nearest;
use crate::output::{Outcome, Output};

/// Shows one rule, or all.
pub(crate) fn run(options: &ExplainOptions, output: &Output) -> Result<Outcome> {
    let text = match &options.rule {
        None => {
            let rules = rules();
            output.text_or_json(|style| catalogue_text(&rules, style), || rules_json(&rules))?
        }
        Some(id) => {
            let Some(rule) = find(id) else {
                bail!("{}", unknown(id))
            };
            let rule = info(rule);
            output.text_or_json(|style| rule_page_text(&rule, style), || rules_json(&[rule]))?
        }
    };
    Ok(Outcome::clean(text))
}

fn unknown(id: &str) -> String {
    match nearest(id, catalogue().iter().map(|rule| rule.id)) {
        Some(near) => format!("there is no rule `{id}`; did you mean `{near}`?"),
        None => format!("there is no rule `{id}`; `holdfast explain` lists them"),
    }
}

/// The catalogue, as reports want it.
pub(crate) fn rules() -> Vec<RuleInfo<'static>> {
    catalogue().iter().map(|rule| info(rule)).collect()
}

fn info(rule: &'static Rule) -> RuleInfo<'static> {
    RuleInfo {
        id: rule.id,
        title: rule.title,
        severity: rule.severity,
        layers: rule.layers,
        page: rule.page,
    }
}
