//! Comparisons as a picture: for each part both distributions, and new values against recorded ones.

use holdfast_model::{Comparison, FieldComparison, FieldKind, Histogram};

use super::words;
use crate::human;
use crate::picture::{
    Anchor, Frame, Names, Scatter, Svg, draw_bars, draw_histogram, draw_legend,
    draw_legend_of_flips, draw_scatter, height_of_bars,
};

/// How many parts are drawn.
const MOST: usize = 12;

const WIDTH: f64 = 760.0;
/// The height of one part with numbers, its title included.
const ROW: f64 = 330.0;
/// The height of a part's title, and the room below the part.
const ABOVE: f64 = 36.0;
const BELOW: f64 = 20.0;
/// The height of what stands above all parts.
const HEAD: f64 = 64.0;
const EDGE: f64 = 16.0;

const NAMES: Names = Names {
    before: "recorded",
    after: "now",
};

/// The comparison as SVG: for each part that differs its distributions, and where there are numbers
/// the new against the recorded ones. A file of its own of less than 300 kB.
pub fn comparison_svg(comparison: &Comparison) -> String {
    let title = format!("{}: {}", comparison.golden, words::verdict(comparison).1);
    drawn(comparison, &title).document(&title, &description(comparison))
}

/// The same as a part of a page, which has a title of its own; nothing where there is nothing to see.
pub(super) fn inline(comparison: &Comparison) -> Option<String> {
    if drawable(comparison).is_empty() {
        return None;
    }
    let title = "Recorded predictions and those made now";
    Some(drawn(comparison, "").inline(title, &description(comparison)))
}

/// The parts that differ and have something to draw.
fn drawable(comparison: &Comparison) -> Vec<&FieldComparison> {
    let fields = words::differing(comparison).into_iter();
    fields
        .filter(|field| !field.points.is_empty() || field.histogram.is_some())
        .collect()
}

fn drawn(comparison: &Comparison, title: &str) -> Svg {
    let fields = drawable(comparison);
    let shown = fields.len().min(MOST);
    let more = fields.len() - shown;
    let head = if title.is_empty() { HEAD - 28.0 } else { HEAD };
    let tail = if more > 0 { 28.0 } else { 8.0 };
    let rows: f64 = fields
        .iter()
        .take(MOST)
        .map(|field| row_height(field))
        .sum();
    let mut svg = Svg::new(WIDTH, head + rows.max(24.0) + tail);
    svg.heading(title, [EDGE, 26.0], WIDTH - 2.0 * EDGE);
    if fields.is_empty() {
        let text = "no part of the predictions has a difference to draw";
        svg.text("faint", Anchor::Start, [EDGE, head], text);
    } else {
        let free = draw_legend(&mut svg, NAMES, [EDGE, head - 12.0]);
        if fields.iter().any(|field| has_flips(field)) {
            draw_legend_of_flips(&mut svg, [free, head - 12.0]);
        }
    }
    let mut y = head;
    for field in fields.into_iter().take(MOST) {
        draw_field(&mut svg, field, comparison.threshold, y);
        y += row_height(field);
    }
    if more > 0 {
        let text = format!("and {}", human::count(more, "more part", "more parts"));
        svg.text("faint", Anchor::Start, [EDGE, y + 14.0], &text);
    }
    svg
}

/// Whether labels flipped that are drawn as points.
fn has_flips(field: &FieldComparison) -> bool {
    let is_probability = field.kind == FieldKind::Probability && !field.points.is_empty();
    is_probability && field.flipped.is_some_and(|flipped| flipped > 0)
}

fn draw_field(svg: &mut Svg, field: &FieldComparison, threshold: f64, y: f64) {
    svg.heading(&heading(field), [EDGE, y + 22.0], WIDTH - 2.0 * EDGE);
    let whole = Frame {
        x: EDGE,
        y: y + ABOVE,
        width: WIDTH - 2.0 * EDGE,
        height: row_height(field) - ABOVE - BELOW,
    };
    let is_drawn = match &field.histogram {
        Some(histogram) if !histogram.categories.is_empty() => draw_bars(svg, whole, histogram),
        histogram => draw_numbers(svg, whole, (field, histogram.as_ref()), threshold),
    };
    if !is_drawn {
        let place = [EDGE, y + ABOVE + 24.0];
        svg.text("faint", Anchor::Start, place, "no finite values to draw");
    }
}

/// The distributions, and beside them the points.
fn draw_numbers(
    svg: &mut Svg,
    whole: Frame,
    (field, histogram): (&FieldComparison, Option<&Histogram>),
    threshold: f64,
) -> bool {
    let right = Frame {
        x: whole.x + whole.width - whole.height - 16.0,
        width: whole.height + 16.0,
        ..whole
    };
    // the axes below both stand on one line
    let left = Frame {
        width: right.x - whole.x - 24.0,
        height: whole.height - 18.0,
        ..whole
    };
    let scatter = Scatter {
        points: &field.points,
        range: (field.kind == FieldKind::Probability).then_some((0.0, 1.0)),
        threshold: (field.kind == FieldKind::Probability).then_some(threshold),
        names: NAMES,
    };
    let has_points = draw_scatter(svg, right, &scatter);
    histogram.is_some_and(|histogram| draw_histogram(svg, left, histogram)) || has_points
}

fn row_height(field: &FieldComparison) -> f64 {
    match &field.histogram {
        Some(histogram) if !histogram.categories.is_empty() => {
            ABOVE + height_of_bars(histogram) + BELOW
        }
        Some(_) | None => ROW,
    }
}

/// `probability: 157/200 changed, 26 flipped, largest 0.412 (input 17)`.
fn heading(field: &FieldComparison) -> String {
    let [part, _, changed, flipped, largest, ..] = words::row(field);
    let mut parts = vec![if field.changed > 0 {
        format!("{changed} changed")
    } else {
        "all within the tolerance".to_owned()
    }];
    if !flipped.is_empty() {
        parts.push(format!("{flipped} flipped"));
    }
    if !largest.is_empty() {
        parts.push(format!("largest {largest}"));
    }
    format!("{part}: {}", parts.join(", "))
}

/// What the picture shows, for those who do not see it.
fn description(comparison: &Comparison) -> String {
    let fields = drawable(comparison);
    let headings: Vec<String> = fields
        .iter()
        .take(MOST)
        .map(|field| heading(field))
        .collect();
    format!(
        "For each part of the predictions the distributions of recorded and new values, and the new \
         against the recorded values, where the diagonal is no change. {}",
        headings.join("; ")
    )
}
