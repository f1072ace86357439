//! Two tables, compared column by column.

use std::collections::{BTreeMap, BTreeSet};

use holdfast_model::{ColumnDrift, Correction, Drift, LeftOutColumn};
use rayon::prelude::*;
use thiserror::Error;

use super::column::{Categories, Compared, DEFAULT_BINS, categories, numbers};
use super::correction::corrected;
use crate::table::{Column, Table, Values};

/// How many different categories a column may have, where nothing else is wished for.
pub const DEFAULT_CATEGORIES: usize = 1000;

/// What is compared, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriftOptions {
    /// The columns; all where there is nothing.
    pub columns: Option<Vec<String>>,
    /// How p-values are corrected for the number of columns.
    pub correction: Correction,
    /// Bins for PSI and Jensen–Shannon of numbers: quantiles of the reference. At least 2.
    pub bins: usize,
    /// How many different categories a column may have, in both samples together; one with more is
    /// taken for names or texts, and left out.
    pub most_categories: usize,
    /// What to call the reference: its path.
    pub reference: String,
    /// What to call the current data: its path.
    pub current: String,
}

impl Default for DriftOptions {
    fn default() -> Self {
        Self {
            columns: None,
            correction: Correction::default(),
            bins: DEFAULT_BINS,
            most_categories: DEFAULT_CATEGORIES,
            reference: "reference".to_owned(),
            current: "current".to_owned(),
        }
    }
}

/// Why tables cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DriftError {
    /// A column that was asked for is in neither table.
    #[error("there is no column `{column}` in `{reference}` or `{current}`; {known}")]
    UnknownColumn {
        /// Its name.
        column: String,
        /// The reference.
        reference: String,
        /// The current data.
        current: String,
        /// Which columns there are.
        known: String,
    },
}

/// Compares the columns that both tables have, by name, on all threads of rayon's pool.
///
/// Numbers are compared by [`numbers`], however few different ones there are, and categories by
/// [`categories`]. The p-values of all columns are corrected together. What cannot be compared is in
/// [`Drift::left_out`] with the reason: a column that one table lacks, one that has numbers here and
/// categories there, one without a value, one with too many categories, one that was left out when
/// its table was read. A wished-for column that neither has is an error.
pub fn compare(
    reference: &Table,
    current: &Table,
    options: &DriftOptions,
) -> Result<Drift, DriftError> {
    let (before, now) = (by_name(reference), by_name(current));
    known(&before, &now, reference, options)?;
    let is_wished = |name: &str| {
        let columns = options.columns.as_ref();
        columns.is_none_or(|columns| columns.iter().any(|column| column == name))
    };
    let mut left_out = unread(reference, current, options, is_wished);
    let is_unread: BTreeSet<String> = left_out.iter().map(|it| it.column.clone()).collect();
    let is_wished = |name: &str| is_wished(name) && !is_unread.contains(name);
    let mut pairs: Vec<(&Column, &Column)> = Vec::new();
    for column in firsts(reference, &before).filter(|column| is_wished(&column.name)) {
        match now.get(column.name.as_str()) {
            Some(other) => pairs.push((column, other)),
            None => left_out.push(without(column, &options.current)),
        }
    }
    for column in firsts(current, &now).filter(|column| is_wished(&column.name)) {
        if !before.contains_key(column.name.as_str()) {
            left_out.push(without(column, &options.reference));
        }
    }
    let compared: Vec<_> = pairs
        .par_iter()
        .with_max_len(1)
        .map(|(one, other)| compared(one, other, options))
        .collect();
    let mut columns = Vec::new();
    for column in compared {
        match column {
            Ok(column) => columns.push(column),
            Err(column) => left_out.push(column),
        }
    }
    correct(&mut columns, options.correction);
    left_out.sort_by(|one, other| one.column.cmp(&other.column));
    Ok(Drift {
        reference: options.reference.clone(),
        current: options.current.clone(),
        reference_rows: reference.rows as u64,
        current_rows: current.rows as u64,
        correction: options.correction,
        columns,
        left_out,
    })
}

/// The columns that were left out when a table was read, the reference's reason first.
fn unread(
    reference: &Table,
    current: &Table,
    options: &DriftOptions,
    is_wished: impl Fn(&str) -> bool,
) -> Vec<LeftOutColumn> {
    let mut unread: Vec<LeftOutColumn> = Vec::new();
    for (table, name) in [(reference, &options.reference), (current, &options.current)] {
        for column in &table.left_out {
            let is_known = unread.iter().any(|other| other.column == column.column);
            if is_wished(&column.column) && !is_known {
                unread.push(LeftOutColumn {
                    column: column.column.clone(),
                    reason: format!("in `{name}` {}", column.reason),
                });
            }
        }
    }
    unread
}

type ByName<'a> = BTreeMap<&'a str, &'a Column>;

/// The first column of each name.
fn by_name(table: &Table) -> ByName<'_> {
    let mut columns = BTreeMap::new();
    for column in &table.columns {
        columns.entry(column.name.as_str()).or_insert(column);
    }
    columns
}

fn firsts<'a>(table: &'a Table, by_name: &ByName<'a>) -> impl Iterator<Item = &'a Column> {
    let is_first = |column: &&Column| {
        let first = by_name.get(column.name.as_str());
        first.is_some_and(|first| std::ptr::eq(*first, *column))
    };
    table.columns.iter().filter(is_first)
}

fn known(
    before: &ByName<'_>,
    now: &ByName<'_>,
    table: &Table,
    options: &DriftOptions,
) -> Result<(), DriftError> {
    let unknown = options.columns.iter().flatten().find(|column| {
        let name = column.as_str();
        !before.contains_key(name) && !now.contains_key(name)
    });
    let Some(column) = unknown else {
        return Ok(());
    };
    let mut names = table
        .columns
        .iter()
        .map(|column| format!("`{}`", column.name));
    let mut known: Vec<String> = names.by_ref().take(20).collect();
    if names.next().is_some() {
        known.push("…".to_owned());
    }
    Err(DriftError::UnknownColumn {
        column: column.clone(),
        reference: options.reference.clone(),
        current: options.current.clone(),
        known: if known.is_empty() {
            "the reference has no columns".to_owned()
        } else {
            format!("the reference has {}", known.join(", "))
        },
    })
}

fn without(column: &Column, table: &str) -> LeftOutColumn {
    left_out(column, format!("`{table}` has no such column"))
}

fn left_out(column: &Column, reason: String) -> LeftOutColumn {
    LeftOutColumn {
        column: column.name.clone(),
        reason,
    }
}

fn compared(
    reference: &Column,
    current: &Column,
    options: &DriftOptions,
) -> Result<ColumnDrift, LeftOutColumn> {
    let out = |reason| Err(left_out(reference, reason));
    // of a column without any value it cannot be told what its values would be
    for (values, table) in [
        (&reference.values, &options.reference),
        (&current.values, &options.current),
    ] {
        if is_empty(values) {
            return out(format!("it has no value in `{table}`"));
        }
    }
    let compared = match (&reference.values, &current.values) {
        (Values::Numbers(before), Values::Numbers(now)) => numbers(before, now, options.bins),
        (
            Values::Categories { names, codes },
            Values::Categories {
                names: current_names,
                codes: current_codes,
            },
        ) => {
            let different = different(names, current_names);
            if different > options.most_categories {
                return out(format!(
                    "it has {different} different values, more than {}: names or texts rather than \
                     categories",
                    options.most_categories
                ));
            }
            let before = Categories { names, codes };
            let now = Categories {
                names: current_names,
                codes: current_codes,
            };
            categories(before, now)
        }
        (Values::Numbers(_), Values::Categories { .. }) => {
            return out(other_kind(&options.reference, &options.current));
        }
        (Values::Categories { .. }, Values::Numbers(_)) => {
            return out(other_kind(&options.current, &options.reference));
        }
    };
    Ok(drift(reference, compared))
}

fn is_empty(values: &Values) -> bool {
    match values {
        Values::Numbers(numbers) => numbers.iter().all(|number| number.is_nan()),
        Values::Categories { names, codes } => {
            let has_name = |code: &u32| usize::try_from(*code).is_ok_and(|it| it < names.len());
            !codes.iter().flatten().any(has_name)
        }
    }
}

fn other_kind(numbers: &str, categories: &str) -> String {
    format!(
        "it has numbers in `{numbers}` and other values in `{categories}`; look for cells that are \
         no numbers"
    )
}

fn different(one: &[String], other: &[String]) -> usize {
    let names: BTreeSet<_> = one.iter().chain(other).collect();
    names.len()
}

fn drift(column: &Column, compared: Compared) -> ColumnDrift {
    ColumnDrift {
        column: column.name.clone(),
        kind: compared.kind,
        reference: compared.reference,
        current: compared.current,
        tests: compared.tests,
        histogram: compared.histogram,
    }
}

/// Corrects the p-values of all columns together.
fn correct(columns: &mut [ColumnDrift], correction: Correction) {
    let tests = || columns.iter().flat_map(|column| &column.tests);
    let p_values: Vec<f64> = tests().filter_map(|test| test.p_value).collect();
    let mut corrected = corrected(&p_values, correction).into_iter();
    for test in columns.iter_mut().flat_map(|column| &mut column.tests) {
        if test.p_value.is_some() {
            test.adjusted_p_value = corrected.next();
        }
    }
}

#[cfg(test)]
mod tests {
    use holdfast_model::{ColumnKind, DriftTestKind};

    use super::*;

    fn table(columns: Vec<(&str, Values)>) -> Table {
        let length = |values: &Values| match values {
            Values::Numbers(numbers) => numbers.len(),
            Values::Categories { codes, .. } => codes.len(),
        };
        Table {
            rows: columns.first().map_or(0, |column| length(&column.1)),
            columns: columns
                .into_iter()
                .map(|(name, values)| Column {
                    name: name.to_owned(),
                    values,
                })
                .collect(),
            left_out: Vec::new(),
            notes: Vec::new(),
        }
    }

    fn ascending(count: u32, step: f64) -> Values {
        Values::Numbers((0..count).map(|i| f64::from(i) * step).collect())
    }

    fn names(list: &[&str]) -> Values {
        Values::Categories {
            names: list.iter().map(|name| (*name).to_owned()).collect(),
            codes: (0..).map(Some).take(list.len()).collect(),
        }
    }

    fn compared(reference: &Table, current: &Table) -> Drift {
        compare(reference, current, &DriftOptions::default()).unwrap()
    }

    #[test]
    fn a_table_has_not_drifted_from_itself() {
        let one = table(vec![
            ("age", ascending(100, 1.0)),
            ("city", names(&["Rome", "Oslo"])),
        ]);
        let drift = compared(&one, &one);
        assert_eq!(drift.columns.len(), 2);
        assert!(drift.left_out.is_empty());
        for column in &drift.columns {
            for test in &column.tests {
                assert_eq!(test.statistic, Some(0.0), "{test:?}");
                assert_eq!(test.effect_size, Some(0.0), "{test:?}");
                assert!(test.p_value.is_none_or(|p| p >= 1.0), "{test:?}");
            }
        }
    }

    #[test]
    fn columns_come_in_the_order_of_the_reference_and_few_numbers_stay_numbers() {
        let reference = table(vec![
            ("b", Values::Numbers(vec![0.0, 1.0])),
            ("a", names(&["x"])),
        ]);
        let current = table(vec![
            ("a", names(&["x", "y"])),
            ("b", Values::Numbers(vec![1.0, 1.0])),
        ]);
        let drift = compared(&reference, &current);
        let found: Vec<_> = drift
            .columns
            .iter()
            .map(|column| (column.column.as_str(), column.kind))
            .collect();
        let expected = [("b", ColumnKind::Numeric), ("a", ColumnKind::Categorical)];
        assert_eq!(found, expected);
        assert_eq!((drift.reference_rows, drift.current_rows), (2, 2));
    }

    #[test]
    fn what_cannot_be_compared_is_named_with_its_reason() {
        let many: Vec<String> = (0..1001).map(|number| number.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let reference = table(vec![
            ("only before", ascending(3, 1.0)),
            ("mixed", ascending(3, 1.0)),
            ("empty", Values::Numbers(vec![f64::NAN])),
            ("id", names(&many)),
        ]);
        let current = table(vec![
            ("only now", ascending(3, 1.0)),
            ("mixed", names(&["x"])),
            ("empty", ascending(3, 1.0)),
            ("id", names(&["7", "x"])),
        ]);
        let drift = compared(&reference, &current);
        assert!(drift.columns.is_empty());
        let found: Vec<_> = drift
            .left_out
            .iter()
            .map(|column| format!("{}: {}", column.column, column.reason))
            .collect();
        let expected = [
            "empty: it has no value in `reference`",
            "id: it has 1002 different values, more than 1000: names or texts rather than categories",
            "mixed: it has numbers in `reference` and other values in `current`; look for cells that \
             are no numbers",
            "only before: `current` has no such column",
            "only now: `reference` has no such column",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn only_wished_for_columns_are_compared_and_one_that_nobody_has_is_an_error() {
        let one = table(vec![("a", ascending(9, 1.0)), ("b", ascending(9, 1.0))]);
        let mut options = DriftOptions {
            columns: Some(vec!["b".to_owned()]),
            ..DriftOptions::default()
        };
        let drift = compare(&one, &one, &options).unwrap();
        assert_eq!(drift.columns.len(), 1);
        options.columns = Some(vec!["b".to_owned(), "c".to_owned()]);
        assert_eq!(
            compare(&one, &one, &options).unwrap_err().to_string(),
            "there is no column `c` in `reference` or `current`; the reference has `a`, `b`"
        );
    }

    #[test]
    fn p_values_of_all_columns_are_corrected_together() {
        let reference = table(vec![
            ("moved", ascending(50, 1.0)),
            ("same", ascending(50, 1.0)),
            ("other", names(&["x", "y"])),
        ]);
        let mut current = reference.clone();
        current.columns[0].values = ascending(50, 1.5);
        let drift = compared(&reference, &current);
        let p: Vec<_> = drift
            .columns
            .iter()
            .flat_map(|column| &column.tests)
            .filter_map(|test| Some((test.p_value?, test.adjusted_p_value?)))
            .collect();
        assert_eq!(p.len(), 3);
        assert!(
            p[0].0 < 0.01 && (p[0].1 - 3.0 * p[0].0).abs() < 1e-15,
            "{p:?}"
        );
        assert!(drift.columns.iter().all(|column| {
            let tests = column.tests.iter().map(|test| test.test);
            tests.collect::<Vec<DriftTestKind>>().is_sorted()
        }));
    }
}
