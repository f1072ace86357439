//! What is said of drift, in text, pictures and HTML alike.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use holdfast_model::{
    ColumnDrift, ColumnKind, Correction, Drift, DriftTest, DriftTestKind, Evaluation, Magnitude,
    Sample,
};

use crate::human;
use crate::style::Role;

/// The rule that finds columns.
const RULE: &str = "data-drift";

/// The short name of a test's effect size: `KS D`.
fn short_name(test: DriftTestKind) -> &'static str {
    match test {
        DriftTestKind::KolmogorovSmirnov => "KS D",
        DriftTestKind::ChiSquare => "chi-square V",
        DriftTestKind::PopulationStabilityIndex => "PSI",
        DriftTestKind::JensenShannon => "Jensen–Shannon",
        DriftTestKind::Wasserstein => "Wasserstein",
    }
}

/// The effects that are worth a look: `KS D 0.21 medium, PSI 0.34 large`.
pub(crate) fn effects_in_words(tests: &[DriftTest]) -> String {
    let tests = tests.iter();
    let parts: Vec<String> = tests
        .filter(|test| test.magnitude > Magnitude::Negligible)
        .map(|test| in_words(test, Reason::Effect))
        .collect();
    parts.join(", ")
}

/// All that the tests say: `KS D 0.21 medium, p <1e-15; PSI 0.34 large`.
pub(super) fn tests_in_words(tests: &[DriftTest]) -> String {
    let parts: Vec<String> = tests
        .iter()
        .map(|test| in_words(test, Reason::All))
        .collect();
    parts.join("; ")
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Reason {
    Effect,
    All,
}

fn in_words(test: &DriftTest, reason: Reason) -> String {
    let name = short_name(test.test);
    let mut text = format!("{name} {}", effect(test));
    let p_value = test.adjusted_p_value.or(test.p_value);
    if let (Reason::All, Some(p_value)) = (reason, p_value) {
        text = format!("{text}, p {}", human::chance(p_value));
    }
    text
}

/// An effect size with its word, which is left out where it is not worth a look: `0.34 large`.
fn effect(test: &DriftTest) -> String {
    let size = test
        .effect_size
        .map_or_else(|| "-".to_owned(), human::number);
    match test.magnitude {
        Magnitude::Negligible => size,
        word @ (Magnitude::Small | Magnitude::Medium | Magnitude::Large) => {
            format!("{size} {}", word.as_str())
        }
    }
}

/// The strongest word that any test has for a column.
pub(crate) fn magnitude(column: &ColumnDrift) -> Magnitude {
    let magnitudes = column.tests.iter().map(|test| test.magnitude);
    magnitudes.max().unwrap_or_default()
}

/// The test with the strongest word; of equals, the first.
pub(super) fn strongest(column: &ColumnDrift) -> Option<String> {
    let strongest = magnitude(column);
    let mut tests = column.tests.iter();
    let test = tests.find(|test| test.magnitude == strongest)?;
    Some(in_words(test, Reason::Effect))
}

/// The columns, most drifted first: by the strongest word, by how many tests have it, by the
/// largest effect of the first test; of equals, the table's order.
pub(crate) fn most_drifted_first(drift: &Drift) -> Vec<&ColumnDrift> {
    let mut columns: Vec<&ColumnDrift> = drift.columns.iter().collect();
    let words = |column: &ColumnDrift| {
        let mut words: Vec<Magnitude> = column.tests.iter().map(|test| test.magnitude).collect();
        words.sort_unstable_by(|left, right| right.cmp(left));
        words
    };
    let effect = |column: &ColumnDrift| {
        let first = column.tests.iter().find_map(|test| test.effect_size);
        first.unwrap_or(f64::NEG_INFINITY)
    };
    columns.sort_by(|left, right| {
        let order = Reverse(words(left)).cmp(&Reverse(words(right)));
        order.then(effect(right).total_cmp(&effect(left)))
    });
    columns
}

/// The names of the columns that the rule `data-drift` found and no waiver covers: what a finding
/// has as its `column`, or as its subject.
pub(super) fn found(evaluation: &Evaluation) -> BTreeSet<&str> {
    let findings = evaluation.findings.iter();
    let open = findings.filter(|finding| finding.rule == RULE && finding.waiver.is_none());
    let names = open.filter_map(|finding| {
        let column = finding.details.get("column").and_then(|name| name.as_str());
        column.or(finding.subject.as_deref())
    });
    names.collect()
}

/// How many columns differ and by how much, whether or not chance explains it, in one sentence.
pub(crate) fn summed_up(drift: &Drift) -> (Role, String) {
    let all = drift.columns.len();
    if all == 0 {
        return (Role::Warning, "no column could be compared".to_owned());
    }
    let count = |wanted: Magnitude| {
        let columns = drift.columns.iter();
        columns.filter(|column| magnitude(column) == wanted).count()
    };
    let words = [Magnitude::Large, Magnitude::Medium, Magnitude::Small];
    let counts: Vec<String> = words
        .into_iter()
        .map(|word| (count(word), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{} {}", human::grouped(count), word.as_str()))
        .collect();
    let columns = human::count(all, "column", "columns");
    let drifted = all - count(Magnitude::Negligible);
    if drifted == 0 {
        return (Role::Added, format!("no drift worth a look in {columns}"));
    }
    let text = format!(
        "{} of {columns} differ: {}",
        human::grouped(drifted),
        counts.join(", ")
    );
    let strong = count(Magnitude::Large) + count(Magnitude::Medium) > 0;
    (if strong { Role::Error } else { Role::Warning }, text)
}

/// The rows of both tables and how p-values are corrected.
pub(super) fn scope(drift: &Drift) -> String {
    let rows = |count: u64| human::count(human::amount(count), "row", "rows");
    let rows = if drift.reference_rows == drift.current_rows {
        format!("{} each", rows(drift.reference_rows))
    } else {
        format!(
            "{} → {}",
            human::grouped(human::amount(drift.reference_rows)),
            rows(drift.current_rows)
        )
    };
    let correction = match drift.correction {
        Correction::BenjaminiHochberg => "p-values corrected by Benjamini–Hochberg",
        Correction::Holm => "p-values corrected by Holm",
        Correction::Bonferroni => "p-values corrected by Bonferroni",
        Correction::None => "p-values not corrected",
    };
    format!("{rows}, {correction}")
}

/// What a column's values are, in a word.
pub(super) fn kind(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Numeric => "numeric",
        ColumnKind::Categorical => "categorical",
    }
}

/// Something of both samples: once where it is the same.
pub(super) fn both(reference: &str, current: &str) -> String {
    if reference == current {
        reference.to_owned()
    } else {
        format!("{reference} → {current}")
    }
}

/// How many values were compared.
pub(super) fn values(column: &ColumnDrift) -> String {
    let count = |sample: &Sample| human::grouped(human::amount(sample.count));
    both(&count(&column.reference), &count(&column.current))
}

/// Whether all columns have as many values, so that the tables' rows tell it all.
pub(super) fn are_equally_many(columns: &[&ColumnDrift]) -> bool {
    columns.windows(2).all(|pair| match pair {
        [left, right] => values(left) == values(right),
        _ => true,
    })
}

/// The share of cells without a value; empty where all have one.
pub(super) fn missing(column: &ColumnDrift) -> String {
    if column.reference.missing == 0 && column.current.missing == 0 {
        return String::new();
    }
    let share =
        |sample: &Sample| human::share(sample.missing, sample.count.saturating_add(sample.missing));
    both(&share(&column.reference), &share(&column.current))
}

/// The headings over [`row`].
pub(super) const HEADINGS: [&str; 9] = [
    "column",
    "kind",
    "values",
    "missing",
    "test",
    "p",
    "PSI",
    "Jensen–Shannon",
    "Wasserstein",
];

/// The place of [`values`] in [`HEADINGS`].
pub(super) const VALUES: usize = 2;

/// A column below [`HEADINGS`]: what each test says of it.
pub(super) fn row(column: &ColumnDrift) -> [String; 9] {
    let of = |kind: DriftTestKind| column.tests.iter().find(|test| test.test == kind);
    let distance = |kind: DriftTestKind| of(kind).map(effect).unwrap_or_default();
    let test = of(DriftTestKind::KolmogorovSmirnov).or_else(|| of(DriftTestKind::ChiSquare));
    let p_value = test.and_then(|test| test.adjusted_p_value.or(test.p_value));
    [
        column.column.clone(),
        kind(column.kind).to_owned(),
        values(column),
        missing(column),
        test.map(|test| in_words(test, Reason::Effect))
            .unwrap_or_default(),
        p_value.map(human::chance).unwrap_or_default(),
        distance(DriftTestKind::PopulationStabilityIndex),
        distance(DriftTestKind::JensenShannon),
        distance(DriftTestKind::Wasserstein),
    ]
}

/// The colour of a word.
pub(super) fn role(magnitude: Magnitude) -> Role {
    match magnitude {
        Magnitude::Negligible => Role::Faint,
        Magnitude::Small => Role::Plain,
        Magnitude::Medium => Role::Changed,
        Magnitude::Large => Role::Error,
    }
}

/// The colour of a cell: cells of [`row`] end with the word that colours them.
pub(super) fn role_of(text: &str) -> Role {
    let words = [Magnitude::Large, Magnitude::Medium, Magnitude::Small];
    let mut words = words.into_iter();
    let word = words.find(|word| text.ends_with(word.as_str()));
    word.map_or(Role::Plain, role)
}
