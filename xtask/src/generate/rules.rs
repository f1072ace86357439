//! `docs/rules`: a page for each rule, and the catalogue.

use std::fmt::Write as _;
use std::path::Path;

use holdfast_model::Layer;
use holdfast_rules::{Rule, catalogue};

use super::Files;

const SOURCE: &str =
    "<!-- Written by `cargo xtask generate` from the page beside the rule's source. -->";

/// Every page, and the catalogue as `README.md`.
pub(super) fn pages(directory: &Path) -> Files {
    let mut files: Files = catalogue()
        .iter()
        .map(|rule| (directory.join(format!("{}.md", rule.id)), page(rule)))
        .collect();
    files.insert(directory.join("README.md"), index());
    files
}

fn page(rule: &Rule) -> String {
    let (title, body) = rule.page.split_once('\n').unwrap_or((rule.page, ""));
    format!(
        "{SOURCE}\n{title}\n\n> {}\n\nSeverity: {}. Layers: {}.\n{}\n",
        rule.title,
        rule.severity.as_str(),
        layers(rule.layers),
        body.trim_end(),
    )
}

fn index() -> String {
    let mut text = format!(
        "{SOURCE}\n# The rules\n\n\
         `holdfast explain RULE` prints a page, `holdfast explain` this list. A rule's severity is what \
         its findings have unless its page says otherwise.\n\n\
         | rule | severity | layers | finds |\n|---|---|---|---|\n"
    );
    let mut rules: Vec<_> = catalogue().iter().collect();
    rules.sort_by_key(|rule| rule.id);
    for rule in rules {
        let _ = writeln!(
            text,
            "| [`{id}`]({id}.md) | {} | {} | {} |",
            rule.severity.as_str(),
            layers(rule.layers),
            rule.title.replace('|', "\\|"),
            id = rule.id,
        );
    }
    text
}

fn layers(layers: &[Layer]) -> String {
    let names: Vec<_> = layers.iter().map(|layer| layer.as_str()).collect();
    names.join(", ")
}
