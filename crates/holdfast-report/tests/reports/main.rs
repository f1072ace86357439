//! Every report as it really looks, and what holds for all of them.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "in tests, helpers included, a panic is the way to fail"
)]

mod arbitrary;
mod arbitrary_numbers;
mod bisection;
mod capture;
mod comparison;
mod diff;
mod docs;
mod drift;
mod evaluation;
mod explain;
mod export;
mod graph;
mod import;
mod inspection;
mod inventory;
mod lock;
mod outdated;
mod pictures;
mod recording;
mod samples;
mod sarif;
mod schemas;
mod stream;

use holdfast_report::Style;

/// Text for a terminal of 80 columns, without colour.
const PLAIN: Style = Style {
    colour: holdfast_report::Colour::Off,
    width: 80,
};

/// What holds for every text: lines have no trailing spaces, the last one ends, and nothing in it
/// is for the terminal to obey.
fn assert_tidy(text: &str) {
    for line in text.lines() {
        assert_eq!(line.trim_end(), line, "trailing white space in {line:?}");
    }
    assert!(text.ends_with('\n'), "no line break at the end");
    assert!(!text.starts_with('\n'), "a blank line at the beginning");
    assert!(!text.ends_with("\n\n"), "a blank line at the end");
    let controls = text
        .chars()
        .find(|character| character.is_control() && *character != '\n');
    assert_eq!(controls, None, "a control character in {text:?}");
}

/// Text without colours.
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(part.split_once('m').map_or(part, |(_, rest)| rest));
    }
    plain
}

/// Checks a text that is drawn by `draw`: tidy, and the same with colours as without.
fn drawn(width: usize, draw: impl Fn(&Style) -> String) -> String {
    let plain = draw(&Style::plain(width));
    assert_tidy(&plain);
    let coloured = draw(&Style::coloured(width));
    assert_eq!(without_colours(&coloured), plain, "colour changes the text");
    plain
}
