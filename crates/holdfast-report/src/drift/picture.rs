//! Drift as a picture: a small one for each column, most drifted first.

use holdfast_model::{ColumnDrift, ColumnKind, Drift, Magnitude};

use super::words;
use crate::human;
use crate::picture::{Anchor, Frame, Names, Svg, draw_bars, draw_histogram, draw_legend, places};

/// How many columns are drawn.
const MOST: usize = 60;
/// Columns without drift are drawn only as far as there are fewer than this.
const FEW: usize = 12;
/// How many stand beside each other.
const ACROSS: usize = 3;

const WIDTH: f64 = 780.0;
const EDGE: f64 = 16.0;
/// The height of one column's picture, its title included.
const ROW: f64 = 210.0;
/// The height of what stands above all columns.
const HEAD: f64 = 64.0;

const NAMES: Names = Names {
    before: "reference",
    after: "current",
};

/// The drift as SVG: both distributions of each column, most drifted first. A file of its own of less
/// than 300 kB.
pub fn drift_svg(drift: &Drift) -> String {
    let (reference, current) = (&drift.reference, &drift.current);
    let title = format!("{reference} → {current}: {}", words::summed_up(drift).1);
    drawn(drift, &title).document(&title, &description(drift))
}

/// The same as a part of a page, which has a title of its own; nothing where there is nothing to see.
pub(super) fn inline(drift: &Drift) -> Option<String> {
    if drift.columns.is_empty() {
        return None;
    }
    let title = "Distributions of the reference and of current data";
    Some(drawn(drift, "").inline(title, &description(drift)))
}

/// The columns that are drawn.
fn shown(drift: &Drift) -> Vec<&ColumnDrift> {
    let mut columns = words::most_drifted_first(drift);
    let drifted = columns
        .iter()
        .filter(|column| words::magnitude(column) > Magnitude::Negligible)
        .count();
    columns.truncate(drifted.clamp(FEW, MOST));
    columns
}

fn drawn(drift: &Drift, title: &str) -> Svg {
    let columns = shown(drift);
    let more = drift.columns.len() - columns.len();
    let head = if title.is_empty() { HEAD - 28.0 } else { HEAD };
    let tail = if more > 0 { 28.0 } else { 8.0 };
    let rows = places(columns.len().div_ceil(ACROSS));
    let mut svg = Svg::new(WIDTH, head + rows * ROW + tail);
    svg.heading(title, [EDGE, 26.0], WIDTH - 2.0 * EDGE);
    if !columns.is_empty() {
        draw_legend(&mut svg, NAMES, [EDGE, head - 12.0]);
    }
    let width = (WIDTH - 2.0 * EDGE) / places(ACROSS);
    for (number, column) in columns.into_iter().enumerate() {
        let frame = Frame {
            x: EDGE + width * places(number % ACROSS),
            y: head + ROW * places(number / ACROSS),
            width: width - 14.0,
            height: ROW - 14.0,
        };
        draw_column(&mut svg, frame, column);
    }
    if more > 0 {
        let text = format!("and {}", human::count(more, "more column", "more columns"));
        let place = [EDGE, head + rows * ROW + 14.0];
        svg.text("faint", Anchor::Start, place, &text);
    }
    svg
}

fn draw_column(svg: &mut Svg, frame: Frame, column: &ColumnDrift) {
    svg.heading(&column.column, [frame.x, frame.y + 16.0], frame.width);
    if let Some(effect) = words::strongest(column) {
        let place = [frame.x, frame.y + 33.0];
        svg.text("faint", Anchor::Start, place, &effect);
    }
    let plot = Frame {
        y: frame.y + 40.0,
        height: frame.height - 40.0,
        ..frame
    };
    let is_drawn = match column.kind {
        ColumnKind::Numeric => draw_histogram(svg, plot, &column.histogram),
        ColumnKind::Categorical => draw_bars(svg, plot, &column.histogram),
    };
    if !is_drawn {
        let place = [plot.x, plot.y + 24.0];
        svg.text("faint", Anchor::Start, place, "no values to draw");
    }
}

/// What the picture shows, for those who do not see it.
fn description(drift: &Drift) -> String {
    let columns = shown(drift).into_iter().map(|column| {
        let effect = words::strongest(column).unwrap_or_default();
        format!("{}: {effect}", column.column)
    });
    let columns: Vec<String> = columns.collect();
    format!(
        "For each column the distributions of the reference and of current data, most drifted \
         first. {}",
        columns.join("; ")
    )
}
