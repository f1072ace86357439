//! Pictures of two samples: what they are made of. SVG 1.1, without scripts or anything from outside.
//!
//! The same data gives the same bytes. No coordinate is ever anything but a plain number, whatever
//! the data. Colours are those of Okabe and Ito (2008), which can be told apart without seeing red or
//! green; what differs in colour differs in form as well.

mod bars;
mod histogram;
mod scale;
mod scatter;
mod svg;
mod theme;

pub(crate) use bars::{draw_bars, height_of_bars};
pub(crate) use histogram::draw_histogram;
pub(crate) use scatter::{Scatter, draw_scatter};
pub(crate) use svg::{Anchor, Svg};
pub(crate) use theme::CSS;

/// A part of a picture: the place and size of what is drawn, its labels included, in pixels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame {
    /// The left edge.
    pub(crate) x: f64,
    /// The upper edge.
    pub(crate) y: f64,
    /// The width.
    pub(crate) width: f64,
    /// The height.
    pub(crate) height: f64,
}

impl Frame {
    /// The same frame with less room at the left, above, at the right and below.
    fn within(self, [left, above, right, below]: [f64; 4]) -> Self {
        Self {
            x: self.x + left,
            y: self.y + above,
            width: (self.width - left - right).max(1.0),
            height: (self.height - above - below).max(1.0),
        }
    }

    fn right(self) -> f64 {
        self.x + self.width
    }

    fn bottom(self) -> f64 {
        self.y + self.height
    }
}

/// What the two samples are called.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names {
    /// The first: `recorded`, `reference`.
    pub(crate) before: &'static str,
    /// The second: `now`, `current`.
    pub(crate) after: &'static str,
}

/// Says which sample is drawn how; `y` is the line that the words stand on. Answers where more can
/// be said beside it.
pub(crate) fn draw_legend(svg: &mut Svg, names: Names, [x, y]: [f64; 2]) -> f64 {
    let mut x = x;
    for (class, name) in [("before", names.before), ("after", names.after)] {
        svg.rectangle(class, [x, y - 9.0, 16.0, 10.0]);
        svg.text("label", Anchor::Start, [x + 22.0, y], name);
        x += 22.0 + svg::width_of(name, svg::LABEL) + 20.0;
    }
    x
}

/// Says how points are drawn whose label flipped.
pub(crate) fn draw_legend_of_flips(svg: &mut Svg, [x, y]: [f64; 2]) {
    let mut path = svg::Path::default();
    path.dot([x + 4.0, y - 4.0]);
    svg.path("flips", &path);
    svg.text("label", Anchor::Start, [x + 13.0, y], "label flipped");
}

/// How many there are, as a number to calculate with.
#[expect(clippy::cast_precision_loss, reason = "a picture needs no more digits")]
fn real(count: u64) -> f64 {
    count as f64
}

/// How many places there are, as a number to calculate with.
pub(crate) fn places(count: usize) -> f64 {
    real(u64::try_from(count).unwrap_or(u64::MAX))
}

/// Each count as a share of all, in 0 to 1.
fn shares(counts: &[u64]) -> Vec<f64> {
    let all: f64 = counts.iter().copied().map(real).sum();
    let share = |count: &u64| if all > 0.0 { real(*count) / all } else { 0.0 };
    counts.iter().map(share).collect()
}
