//! The catalogue of rules and their pages, as `holdfast explain` shows them.

mod markdown;

use holdfast_model::{Layer, Severity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::document::{Report, document};
use crate::human;
use crate::layout::Page;
use crate::style::{Role, Style};
use crate::table::{Cell, Column, Table};

pub(crate) use markdown::{first_paragraph, page_as_plain_text};

/// What a report says of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleInfo<'a> {
    /// The rule's name: `missing-hash`.
    pub id: &'a str,
    /// What it finds, in one line.
    pub title: &'a str,
    /// How much its findings matter, unless they say otherwise.
    pub severity: Severity,
    /// The layers it looks at.
    pub layers: &'a [Layer],
    /// Its page, in Markdown.
    pub page: &'a str,
}

/// The catalogue, or one rule of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Catalogue {
    /// The rules, in the order of the catalogue.
    pub rules: Vec<CatalogueRule>,
}

/// A rule of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CatalogueRule {
    /// The rule's name: `missing-hash`.
    pub id: String,
    /// What it finds, in one line.
    pub title: String,
    /// How much its findings matter, unless they say otherwise.
    pub severity: Severity,
    /// The layers it looks at.
    pub layers: Vec<Layer>,
    /// Its page, in Markdown.
    pub page: String,
}

impl Report for Catalogue {
    const SCHEMA: &'static str = "holdfast/rules/1";
}

impl From<&RuleInfo<'_>> for CatalogueRule {
    fn from(rule: &RuleInfo<'_>) -> Self {
        Self {
            id: rule.id.to_owned(),
            title: rule.title.to_owned(),
            severity: rule.severity,
            layers: rule.layers.to_vec(),
            page: rule.page.to_owned(),
        }
    }
}

/// The catalogue as a table.
pub fn catalogue_text(rules: &[RuleInfo<'_>], style: &Style) -> String {
    let mut page = Page::default();
    let columns = [Column::LEFT, Column::LEFT, Column::PROSE];
    let mut table = Table::new(0, &columns);
    for rule in rules {
        table.row(vec![
            Cell::of(Role::Strong, rule.id),
            Cell::of(rule.severity.into(), rule.severity.as_str()),
            Cell::new(rule.title),
        ]);
    }
    table.write(&mut page, style);
    page.blank();
    page.line(&format!(
        "{}; `holdfast explain RULE` shows the page of one",
        human::count(rules.len(), "rule", "rules")
    ));
    page.finish()
}

/// Rules as JSON (`holdfast/rules/1`): the whole catalogue, or one.
pub fn rules_json(rules: &[RuleInfo<'_>]) -> String {
    document(&Catalogue {
        rules: rules.iter().map(CatalogueRule::from).collect(),
    })
}

/// A rule's page for the terminal.
pub fn rule_page_text(rule: &RuleInfo<'_>, style: &Style) -> String {
    let mut page = Page::default();
    let id = style.paint(Role::Strong, rule.id);
    let severity = style.paint(rule.severity.into(), rule.severity.as_str());
    let layers: Vec<&str> = rule.layers.iter().map(|layer| layer.as_str()).collect();
    let line = format!("{id}  {severity}  {}", layers.join(", "));
    page.line(&line);
    page.prose(0, rule.title, style);
    page.blank();
    markdown::write(rule.page, rule.id, (&mut page, style));
    page.finish()
}
