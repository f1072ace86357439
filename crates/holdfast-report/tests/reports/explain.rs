//! The catalogue and the pages of rules.

use holdfast_report::{catalogue_text, rule_page_text, rules_json};
use insta::assert_snapshot;

use crate::drawn;
use crate::sarif::RULES;

pub(crate) const PAGE: &str = "\
# unbounded-requirement

## What
A requirement has **no upper bound**, as in `numpy>=1.20`, so that the next lock may take a major
version. See [NEP 50](https://numpy.org/neps/nep-0050-scalar-promotion.html).

## Why
- A major version may change results without an error,
  as numpy 2 did.
- It may also fail:
  1. at import
  2. later

## Failing example
```text file=requirements.in
numpy>=1.20
\tpandas   # tab
```

## Options

| option | default |
|---|---|
| `role` | `application` |
";

#[test]
fn a_page_reads_well_in_a_terminal() {
    assert_snapshot!(drawn(72, |style| rule_page_text(&RULES[1], style)));
}

#[test]
fn the_catalogue_is_a_table() {
    assert_snapshot!(drawn(80, |style| catalogue_text(RULES, style)));
}

#[test]
fn rules_are_json_as_well() {
    assert_snapshot!(rules_json(RULES));
}
