//! The examples in the documentation are what is really written.

use std::path::Path;

use holdfast_model::Evaluation;
use holdfast_report::{
    evaluation_json, evaluation_sarif, evaluation_text, inventory_json, inventory_table,
};

use crate::PLAIN;
use crate::evaluation::{LOOKED_AT, sample, source};
use crate::sarif::RULES;

/// An error, and something that could not be looked at.
fn evaluation() -> Evaluation {
    let sample = sample();
    let findings = sample.findings.into_iter().skip(1).take(1);
    let gaps = sample.not_evaluated.into_iter().take(1);
    Evaluation::new(findings.collect(), gaps.collect())
}

/// Compares the fenced block behind `<!-- example: NAME -->` in a page with what is written.
fn check(page: &str, name: &str, written: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs/formats")
        .join(page);
    let text = fs_err::read_to_string(path).unwrap();
    let marker = format!("<!-- example: {name} -->\n");
    let (_, rest) = text.split_once(&marker).expect("the example is marked");
    let (_, rest) = rest.split_once('\n').expect("a fence");
    let (documented, _) = rest.split_once("```").expect("the fence ends");
    assert!(
        documented == written,
        "docs/formats/{page} must have this as its example `{name}`:\n{written}"
    );
}

#[test]
fn the_examples_of_evaluations_are_real() {
    let evaluation = evaluation();
    let text = evaluation_text(&evaluation, &LOOKED_AT, Some(&source), &PLAIN);
    check("evaluation.md", "text", &text);
    check("evaluation.md", "json", &evaluation_json(&evaluation));
}

#[test]
fn the_example_of_sarif_is_real() {
    let version = concat!("\"", env!("CARGO_PKG_VERSION"), "\"");
    let sarif = evaluation_sarif(&evaluation(), &RULES[..1]);
    check("sarif.md", "sarif", &sarif.replace(version, "\"0.0.0\""));
}

#[test]
fn the_examples_of_inventories_are_real() {
    let mut inventory = crate::inventory::sample();
    inventory.components.drain(2..4);
    let table = inventory_table(&inventory, &holdfast_report::Style::plain(120));
    check("inventory.md", "text", &table);
    check("inventory.md", "json", &inventory_json(&inventory));
}
