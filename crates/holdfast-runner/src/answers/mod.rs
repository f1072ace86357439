//! What a model printed: bytes → predictions and warnings.

mod harness;
mod script;
mod warnings;

pub(crate) use harness::{HARNESS, Summary, Told, read as read_harness};
pub(crate) use script::read as read_script;
pub(crate) use warnings::{of_lines as warnings_of_lines, tidy as tidy_warnings};

use crate::error::RunError;

/// A line of what was printed, without its end; lines that are blank are left out.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    bytes
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii)
        .zip(1..)
        .filter(|(line, _)| !line.is_empty())
        .map(|(line, number)| (number, line))
}

fn text<'a>(what: &str, number: usize, line: &'a [u8]) -> Result<&'a str, RunError> {
    std::str::from_utf8(line).map_err(|_where| RunError::NotText {
        what: what.to_owned(),
        line: number,
    })
}

/// The beginning of a line, for a message.
fn beginning(line: &str) -> String {
    const LONGEST: usize = 80;
    let mut short: String = line
        .chars()
        .take(LONGEST)
        .map(|letter| {
            if letter.is_control() {
                '\u{fffd}'
            } else {
                letter
            }
        })
        .collect();
    if line.chars().nth(LONGEST).is_some() {
        short.push('…');
    }
    short
}
