//! Two samples of numbers in common bins: the first as an area, the second as a line above it.

use holdfast_model::Histogram;

use super::scale::Scale;
use super::svg::{Anchor, LABEL, Path, Svg, width_of};
use super::{Frame, places, shares};
use crate::human;

/// The room that labels take: left, above, right, below.
const MARGINS: [f64; 4] = [38.0, 8.0, 10.0, 22.0];

/// Bins of which the widest is wider than the narrowest by more than this factor are drawn equally
/// wide: the width of quantiles would hide all but one.
const EQUAL: f64 = 1.01;

/// Draws the shares of both samples in each bin. Answers whether there is anything to draw.
pub(crate) fn draw_histogram(svg: &mut Svg, frame: Frame, histogram: &Histogram) -> bool {
    let Some(edges) = edges(histogram) else {
        return false;
    };
    let plot = frame.within(MARGINS);
    let (before, after) = (shares(&histogram.reference), shares(&histogram.current));
    let highest = before.iter().chain(&after).copied().fold(0.0, f64::max);
    if highest <= 0.0 {
        return false;
    }
    let vertical = Scale::new((0.0, highest * 1.05), (plot.bottom(), plot.y));
    draw_shares(svg, plot, &vertical);
    let positions = draw_edges(svg, plot, &edges);
    for (class, shares) in [("before", before), ("after", after)] {
        let path = steps(&positions, &shares, &vertical);
        svg.path(class, &path);
    }
    svg.line(
        "axis",
        [plot.x, plot.bottom()],
        [plot.right(), plot.bottom()],
    );
    true
}

/// The edges, where they are those of the counts: one more, increasing, with finite ones in the
/// middle.
fn edges(histogram: &Histogram) -> Option<Vec<f64>> {
    let edges = &histogram.edges;
    let bins = histogram.reference.len();
    let fits = bins > 0 && histogram.current.len() == bins && edges.len() == bins + 1;
    let is_increasing = edges.windows(2).all(|pair| match pair {
        [low, high] => low <= high,
        _ => false,
    });
    (fits && is_increasing).then(|| edges.clone())
}

/// The scale of shares: a few lines across, with percentages.
fn draw_shares(svg: &mut Svg, plot: Frame, vertical: &Scale) {
    let wanted = (plot.height / 40.0).clamp(2.0, 5.0);
    for (y, label) in vertical.ticks(wanted) {
        svg.line("grid", [plot.x, y], [plot.right(), y]);
        let percent = label.parse::<f64>().ok().map(|share| share * 100.0);
        let Some(percent) = percent else { continue };
        let label = format!("{} %", human::number(percent));
        svg.text("faint", Anchor::End, [plot.x - 5.0, y + 4.0], &label);
    }
}

/// The axis below, and the place of each edge.
fn draw_edges(svg: &mut Svg, plot: Frame, edges: &[f64]) -> Vec<f64> {
    let ends = (plot.x, plot.right());
    let range = edges.first().copied().zip(edges.last().copied());
    let scale = Scale::new(range.unwrap_or_default(), ends);
    let are_equal = equally_wide(edges);
    let bins = places(edges.len().saturating_sub(1)).max(1.0);
    let positions: Vec<f64> = edges
        .iter()
        .enumerate()
        .map(|(number, edge)| {
            if are_equal {
                scale.at(*edge)
            } else {
                plot.x + plot.width * places(number) / bins
            }
        })
        .collect();
    let labels = if are_equal {
        scale.ticks((plot.width / 60.0).clamp(2.0, 7.0))
    } else {
        let labels = edges.iter().map(|edge| human::number(*edge));
        positions.iter().copied().zip(labels).collect()
    };
    draw_labels(svg, plot, &labels);
    positions
}

/// Labels below the axis, as many as do not overlap.
fn draw_labels(svg: &mut Svg, plot: Frame, labels: &[(f64, String)]) {
    let mut free_from = f64::MIN;
    for (x, label) in labels {
        let half = width_of(label, LABEL) / 2.0;
        if x - half < free_from {
            continue;
        }
        free_from = x + half + 8.0;
        svg.line("axis", [*x, plot.bottom()], [*x, plot.bottom() + 4.0]);
        svg.text("faint", Anchor::Middle, [*x, plot.bottom() + 17.0], label);
    }
}

fn equally_wide(edges: &[f64]) -> bool {
    let widths = edges.windows(2).map(|pair| match pair {
        [low, high] => high / 2.0 - low / 2.0,
        _ => f64::NAN,
    });
    let widths: Vec<f64> = widths.collect();
    let narrowest = widths.iter().copied().fold(f64::INFINITY, f64::min);
    let widest = widths.iter().copied().fold(0.0, f64::max);
    widest.is_finite() && widest <= narrowest * EQUAL
}

/// The outline of bars that touch each other.
fn steps(positions: &[f64], shares: &[f64], vertical: &Scale) -> Path {
    let mut path = Path::default();
    let ground = vertical.at(0.0);
    if let Some(first) = positions.first() {
        path.from([*first, ground]);
    }
    for (ends, share) in positions.windows(2).zip(shares) {
        let y = vertical.at(*share);
        for x in ends {
            path.to([*x, y]);
        }
    }
    if let Some(last) = positions.last() {
        path.to([*last, ground]);
    }
    path.close();
    path
}
