//! Pairs of numbers: before across, after upwards. What did not change lies on the diagonal.

use std::collections::BTreeMap;

use super::scale::Scale;
use super::svg::{Anchor, Path, Svg};
use super::{Frame, Names};

/// The room that labels take: left, above, right, below.
const MARGINS: [f64; 4] = [52.0, 8.0, 12.0, 40.0];

/// So many points on one place are drawn without transparency.
const MANY: u32 = 3;

/// Pairs of numbers and how they are to be shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scatter<'a> {
    /// The pairs.
    pub(crate) points: &'a [[f64; 2]],
    /// The range of the axes; that of the numbers where it is absent.
    pub(crate) range: Option<(f64, f64)>,
    /// Where a prediction becomes another label.
    pub(crate) threshold: Option<f64>,
    /// What the axes are called.
    pub(crate) names: Names,
}

/// Draws the pairs whose numbers are finite. Answers whether there are any.
pub(crate) fn draw_scatter(svg: &mut Svg, frame: Frame, scatter: &Scatter<'_>) -> bool {
    let finite = scatter
        .points
        .iter()
        .filter(|point| point.iter().all(|value| value.is_finite()));
    let points: Vec<[f64; 2]> = finite.copied().collect();
    let Some(range) = range(&points, scatter.range) else {
        return false;
    };
    let plot = frame.within(MARGINS);
    let across = Scale::new(range, (plot.x, plot.right()));
    let upwards = Scale::new(range, (plot.bottom(), plot.y));
    draw_axes(svg, plot, (&across, &upwards), scatter.names);
    let corners = ([plot.x, plot.bottom()], [plot.right(), plot.y]);
    svg.line("diagonal", corners.0, corners.1);
    let threshold = scatter
        .threshold
        .filter(|threshold| threshold.is_finite() && *threshold > range.0 && *threshold < range.1);
    if let Some(threshold) = threshold {
        let (x, y) = (across.at(threshold), upwards.at(threshold));
        svg.line("threshold", [x, plot.y], [x, plot.bottom()]);
        svg.line("threshold", [plot.x, y], [plot.right(), y]);
    }
    let is_flip = |[before, after]: [f64; 2]| {
        threshold.is_some_and(|threshold| (before >= threshold) != (after >= threshold))
    };
    for (classes, flips) in [(["point", "points"], false), (["flip", "flips"], true)] {
        let points = points.iter().filter(|point| is_flip(**point) == flips);
        let places = points.map(|[before, after]| [across.at(*before), upwards.at(*after)]);
        draw_points(svg, classes, places);
    }
    true
}

fn range(points: &[[f64; 2]], wanted: Option<(f64, f64)>) -> Option<(f64, f64)> {
    let numbers = || points.iter().flatten().copied();
    let low = numbers().reduce(f64::min)?;
    let high = numbers().reduce(f64::max)?;
    let (low, high) = match wanted {
        Some(wanted) => (wanted.0.min(low), wanted.1.max(high)),
        None => {
            let margin = (high / 2.0 - low / 2.0) * 0.06;
            ((low - margin).max(f64::MIN), (high + margin).min(f64::MAX))
        }
    };
    Some((low, high))
}

fn draw_axes(svg: &mut Svg, plot: Frame, (across, upwards): (&Scale, &Scale), names: Names) {
    let wanted = (plot.height / 50.0).clamp(2.0, 6.0);
    for (x, label) in across.ticks(wanted) {
        svg.line("grid", [x, plot.y], [x, plot.bottom()]);
        svg.text("faint", Anchor::Middle, [x, plot.bottom() + 16.0], &label);
    }
    for (y, label) in upwards.ticks(wanted) {
        svg.line("grid", [plot.x, y], [plot.right(), y]);
        svg.text("faint", Anchor::End, [plot.x - 6.0, y + 4.0], &label);
    }
    let middle = [plot.x + plot.width / 2.0, plot.bottom() + 33.0];
    svg.text("label", Anchor::Middle, middle, names.before);
    let middle = [plot.x - 40.0, plot.y + plot.height / 2.0];
    svg.text_upwards("label", middle, names.after);
}

/// Points to half a pixel, each place once: thousands of them stay small.
fn draw_points(svg: &mut Svg, [few, many]: [&str; 2], points: impl Iterator<Item = [f64; 2]>) {
    let mut counts: BTreeMap<[i32; 2], u32> = BTreeMap::new();
    for point in points {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a place within the picture, and a cast never overflows"
        )]
        let place = point.map(|value| (value * 2.0).round() as i32);
        *counts.entry(place).or_default() += 1;
    }
    let (mut few_path, mut many_path) = (Path::default(), Path::default());
    for (place, count) in counts {
        let path = if count < MANY {
            &mut few_path
        } else {
            &mut many_path
        };
        path.dot(place.map(|value| f64::from(value) / 2.0));
    }
    svg.path(few, &few_path);
    svg.path(many, &many_path);
}
