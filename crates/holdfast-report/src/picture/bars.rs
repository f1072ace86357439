//! Two samples of categories: a pair of bars for each.

use holdfast_model::Histogram;

use super::scale::Scale;
use super::svg::{Anchor, LABEL, Svg, fitting, width_of};
use super::{Frame, places, shares};
use crate::human;

/// How many categories have bars of their own; the others are put together.
const MOST: usize = 8;

/// The height that a category takes where there is room.
const ROOMY: f64 = 38.0;

/// The category that stands for all others.
const OTHERS: &str = "…";

/// The height that these categories take where there is room.
pub(crate) fn height_of_bars(histogram: &Histogram) -> f64 {
    places(histogram.categories.len().min(MOST)) * ROOMY + 12.0
}

/// Draws the share of each category in both samples. Answers whether there is anything to draw.
pub(crate) fn draw_bars(svg: &mut Svg, frame: Frame, histogram: &Histogram) -> bool {
    let counts = categories(histogram);
    if counts.is_empty() {
        return false;
    }
    let before: Vec<u64> = counts.iter().map(|(_, before, _)| *before).collect();
    let after: Vec<u64> = counts.iter().map(|(_, _, after)| *after).collect();
    let (before, after) = (shares(&before), shares(&after));
    let highest = before.iter().chain(&after).copied().fold(0.0, f64::max);
    if highest <= 0.0 {
        return false;
    }
    let names = counts.iter().map(|(name, ..)| width_of(name, LABEL));
    let room = names.fold(24.0, f64::max).min(frame.width * 0.35);
    let plot = frame.within([room + 8.0, 6.0, 46.0, 6.0]);
    let scale = Scale::new((0.0, highest), (plot.x, plot.right()));
    let row = plot.height / places(counts.len());
    for (number, (name, ..)) in counts.iter().enumerate() {
        let y = plot.y + row * places(number);
        let middle = [plot.x - 8.0, y + row / 2.0 + 4.0];
        svg.text("label", Anchor::End, middle, &fitting(name, LABEL, room));
        let pair = [("before", &before), ("after", &after)];
        let height = (row * 0.38).min(14.0);
        let top = y + row / 2.0 - height;
        for (place, (class, shares)) in pair.into_iter().enumerate() {
            let share = shares.get(number).copied().unwrap_or_default();
            let width = scale.at(share) - plot.x;
            let top = top + height * places(place);
            svg.rectangle(class, [plot.x, top, width, height - 1.0]);
            if height >= 10.0 {
                let label = format!("{} %", human::number((share * 1000.0).round() / 10.0));
                let place = [plot.x + width + 5.0, top + height / 2.0 + 3.5];
                svg.text("faint", Anchor::Start, place, &label);
            }
        }
    }
    svg.line("axis", [plot.x, plot.y], [plot.x, plot.bottom()]);
    true
}

/// The first categories with their counts, and the sum of all others.
fn categories(histogram: &Histogram) -> Vec<(&str, u64, u64)> {
    let counts = histogram.reference.iter().zip(&histogram.current);
    let names = histogram.categories.iter().map(String::as_str);
    let all = names.zip(counts);
    let all: Vec<(&str, u64, u64)> = all
        .map(|(name, (before, after))| (name, *before, *after))
        .collect();
    if all.len() <= MOST {
        return all;
    }
    let (first, rest) = all.split_at(MOST - 1);
    let others = rest.iter().fold((0_u64, 0_u64), |sum, (_, before, after)| {
        (sum.0.saturating_add(*before), sum.1.saturating_add(*after))
    });
    let mut counts = first.to_vec();
    counts.push((OTHERS, others.0, others.1));
    counts
}
