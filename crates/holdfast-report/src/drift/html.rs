//! Drift as a page that a reviewer can decide from.

use holdfast_model::{ColumnDrift, Drift, Evaluation, Sample};

use super::{picture, words};
use crate::html::{Cell, Html, write_judged};
use crate::human;
use crate::style::Role;

/// The drift, with what the judge says of it, as a page of HTML that needs nothing else. Columns
/// stand most drifted first; those that the judge found are marked.
pub fn drift_html(drift: &Drift, evaluation: &Evaluation) -> String {
    let mut html = Html::new(&format!("{} → {}", drift.reference, drift.current));
    let (role, summary) = words::summed_up(drift);
    html.verdict((role, &summary), &[words::scope(drift)]);
    write_judged(evaluation, &mut html);
    write_tests(drift, evaluation, &mut html);
    html.picture(picture::inline(drift));
    write_samples(drift, &mut html);
    if !drift.left_out.is_empty() {
        html.heading("Not compared");
        let rows = drift.left_out.iter().map(|column| {
            vec![
                Cell::of(Role::Strong, &column.column),
                Cell::new(&column.reason),
            ]
        });
        html.table(&[], &rows.collect::<Vec<_>>());
    }
    html.finish()
}

fn write_tests(drift: &Drift, evaluation: &Evaluation, html: &mut Html) {
    if drift.columns.is_empty() {
        return;
    }
    html.heading("Columns, most drifted first");
    let found = words::found(evaluation);
    let columns = words::most_drifted_first(drift);
    let are_equally_many = words::are_equally_many(&columns);
    let rows = columns.into_iter().map(|column| {
        let mark = if found.contains(column.column.as_str()) {
            "✗"
        } else {
            ""
        };
        let cells = words::row(column).into_iter().enumerate();
        let cells = cells.map(|(place, text)| match place {
            0 => Cell::of(Role::Strong, &text),
            words::VALUES if are_equally_many => Cell::new(""),
            _ => Cell::of(words::role_of(&text), &text),
        });
        let mark = Cell::of(Role::Error, mark);
        std::iter::once(mark).chain(cells).collect()
    });
    let mut headings = vec![""];
    headings.extend(words::HEADINGS);
    html.table(&headings, &rows.collect::<Vec<Vec<Cell>>>());
}

/// What both samples are like.
fn write_samples(drift: &Drift, html: &mut Html) {
    if drift.columns.is_empty() {
        return;
    }
    html.heading("Samples, reference → current");
    let rows = words::most_drifted_first(drift).into_iter().map(samples);
    let headings = [
        "column",
        "distinct",
        "infinite",
        "least",
        "median",
        "mean",
        "deviation",
        "greatest",
    ];
    html.table(&headings, &rows.collect::<Vec<_>>());
}

fn samples(column: &ColumnDrift) -> Vec<Cell> {
    let both = |fact: fn(&Sample) -> Option<String>| {
        let facts = [&column.reference, &column.current].map(fact);
        match facts {
            [None, None] => Cell::new(""),
            [reference, current] => {
                let [reference, current] =
                    [reference, current].map(|fact| fact.unwrap_or("-".into()));
                Cell::new(&words::both(&reference, &current))
            }
        }
    };
    let count = |count: u64| human::grouped(human::amount(count));
    let infinite = if column.reference.infinite == 0 && column.current.infinite == 0 {
        Cell::new("")
    } else {
        let counts = [column.reference.infinite, column.current.infinite].map(count);
        Cell::new(&words::both(&counts[0], &counts[1]))
    };
    vec![
        Cell::of(Role::Strong, &column.column),
        both(|sample| {
            let distinct = sample.distinct?;
            Some(human::grouped(human::amount(distinct)))
        }),
        infinite,
        both(|sample| sample.minimum.map(human::number)),
        both(|sample| sample.median.map(human::number)),
        both(|sample| sample.mean.map(human::number)),
        both(|sample| sample.standard_deviation.map(human::number)),
        both(|sample| sample.maximum.map(human::number)),
    ]
}
