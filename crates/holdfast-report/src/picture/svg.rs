//! Elements of SVG, written one after another.

use std::fmt::Write as _;

use super::theme::CSS;
use crate::layout::{plain, width};
use crate::markup::escaped;

/// The size of labels, in pixels.
pub(crate) const LABEL: f64 = 12.0;

/// The size of titles, in pixels.
const TITLE: f64 = 14.0;

/// A coordinate beyond this lies outside of any picture.
const FARTHEST: f64 = 100_000.0;

/// Which end of a text stands at its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

impl Anchor {
    fn attribute(self) -> &'static str {
        match self {
            Self::Start => "",
            Self::Middle => " text-anchor=\"middle\"",
            Self::End => " text-anchor=\"end\"",
        }
    }
}

/// A picture that grows element by element.
#[derive(Debug)]
pub(crate) struct Svg {
    width: f64,
    height: f64,
    body: String,
}

impl Svg {
    /// An empty picture of this size, in pixels.
    pub(crate) fn new(width: f64, height: f64) -> Self {
        Self {
            width,
            height,
            body: String::new(),
        }
    }

    /// A rectangle: left, upper, width, height.
    pub(crate) fn rectangle(&mut self, class: &str, [x, y, width, height]: [f64; 4]) {
        let [x, y] = [x, y].map(coordinate);
        let [width, height] = [width, height].map(|size| coordinate(size.max(0.0)));
        self.element(format_args!(
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>"
        ));
    }

    /// A straight line.
    pub(crate) fn line(&mut self, class: &str, from: [f64; 2], to: [f64; 2]) {
        let ([x1, y1], [x2, y2]) = (from.map(coordinate), to.map(coordinate));
        self.element(format_args!(
            "<line class=\"{class}\" x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\"/>"
        ));
    }

    /// A path, unless it is empty.
    pub(crate) fn path(&mut self, class: &str, path: &Path) {
        if !path.commands.is_empty() {
            let commands = &path.commands;
            self.element(format_args!("<path class=\"{class}\" d=\"{commands}\"/>"));
        }
    }

    /// A line of text on its base line.
    pub(crate) fn text(&mut self, class: &str, anchor: Anchor, [x, y]: [f64; 2], text: &str) {
        let [x, y] = [x, y].map(coordinate);
        let (anchor, text) = (anchor.attribute(), escaped(text));
        self.element(format_args!(
            "<text class=\"{class}\" x=\"{x}\" y=\"{y}\"{anchor}>{text}</text>"
        ));
    }

    /// A title, cut where it has no room.
    pub(crate) fn heading(&mut self, text: &str, at: [f64; 2], room: f64) {
        if !text.is_empty() {
            self.text("title", Anchor::Start, at, &fitting(text, TITLE, room));
        }
    }

    /// A line of text that is read upwards.
    pub(crate) fn text_upwards(&mut self, class: &str, [x, y]: [f64; 2], text: &str) {
        let [x, y] = [x, y].map(coordinate);
        let text = escaped(text);
        self.element(format_args!(
            "<text class=\"{class}\" transform=\"translate({x} {y}) rotate(-90)\" \
             text-anchor=\"middle\">{text}</text>"
        ));
    }

    /// A file of its own, with what readers that show no pictures say of it.
    pub(crate) fn document(self, title: &str, description: &str) -> String {
        let [width, height] = [self.width, self.height].map(coordinate);
        let ground = format!("<rect class=\"ground\" width=\"{width}\" height=\"{height}\"/>\n");
        let style = format!("<style>{CSS}</style>\n{ground}");
        self.written(title, description, &style)
    }

    /// A part of a page that has [`CSS`] and a ground of its own.
    pub(crate) fn inline(self, title: &str, description: &str) -> String {
        self.written(title, description, "")
    }

    fn element(&mut self, element: std::fmt::Arguments<'_>) {
        // writing to a string cannot fail
        let _ = writeln!(self.body, "{element}");
    }

    fn written(&self, title: &str, description: &str, style: &str) -> String {
        let [width, height] = [self.width, self.height].map(coordinate);
        let (title, description, body) = (escaped(title), escaped(description), &self.body);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"{width}\" \
             height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n\
             <title>{title}</title>\n<desc>{description}</desc>\n{style}{body}</svg>\n"
        )
    }
}

/// The commands of a path.
#[derive(Debug, Default)]
pub(crate) struct Path {
    commands: String,
    /// Where the last dot is.
    last: Option<[f64; 2]>,
}

impl Path {
    /// Begins a line.
    pub(crate) fn from(&mut self, at: [f64; 2]) {
        self.command('M', at);
    }

    /// A straight line from the place before.
    pub(crate) fn to(&mut self, at: [f64; 2]) {
        self.command('L', at);
    }

    /// A dot, as large as the line is wide; in a path of dots alone, beside the one before, which
    /// takes the fewest characters.
    pub(crate) fn dot(&mut self, at: [f64; 2]) {
        match (self.last, at) {
            (None, at) => self.command('M', at),
            (Some([last_x, last_y]), [x, y]) => self.command('m', [x - last_x, y - last_y]),
        }
        self.commands.push_str("h0");
        self.last = Some(at);
    }

    /// A line back to the beginning.
    pub(crate) fn close(&mut self) {
        self.commands.push('Z');
    }

    fn command(&mut self, command: char, at: [f64; 2]) {
        let [x, y] = at.map(coordinate);
        // writing to a string cannot fail
        let _ = write!(self.commands, "{command}{x} {y}");
    }
}

/// A place to a tenth of a pixel; never anything but a plain number.
fn coordinate(value: f64) -> String {
    let value = if value.is_finite() {
        value.clamp(-FARTHEST, FARTHEST)
    } else {
        0.0
    };
    // adding zero takes the sign off a negative one
    let text = format!("{:.1}", (value * 10.0).round() / 10.0 + 0.0);
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// About how wide a text of this size is, in pixels: fonts differ.
pub(crate) fn width_of(text: &str, size: f64) -> f64 {
    super::places(width(text)) * size * 0.56
}

/// As much of a text as fits.
pub(crate) fn fitting(text: &str, size: f64, room: f64) -> String {
    let text = plain(text);
    if width_of(&text, size) <= room {
        return text.into_owned();
    }
    let mut shown = String::new();
    for character in text.chars() {
        shown.push(character);
        if width_of(&shown, size) + width_of("…", size) > room {
            shown.pop();
            break;
        }
    }
    shown.push('…');
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_short_plain_numbers() {
        let cases = [
            (1.0, "1"),
            (-0.04, "0"),
            (12.345, "12.3"),
            (f64::NAN, "0"),
            (f64::INFINITY, "0"),
            (1e300, "100000"),
        ];
        for (value, text) in cases {
            assert_eq!(coordinate(value), text);
        }
    }

    #[test]
    fn long_names_are_cut() {
        assert_eq!(fitting("short", LABEL, 100.0), "short");
        assert_eq!(fitting("a very long name", LABEL, 60.0), "a very …");
        assert_eq!(fitting("abc", LABEL, 0.0), "…");
    }
}
