//! The line that a finding points at, with a mark below the place.

use crate::layout::{Page, push_visible, width};
use crate::style::{Role, Style};

/// A tab moves to the next multiple of this many columns.
const TAB: usize = 4;

/// At most this many characters are looked at on either side of the place: a line may hold a whole
/// minified file.
const AROUND: usize = 300;

/// No excerpt is wider, even where nothing limits the width.
const WIDEST: usize = 140;

/// A character as it is shown.
struct Shown {
    text: String,
    white: bool,
}

/// Writes the line at `line` and a mark below `column`, both counted from 1; the mark is as long as
/// the word there and has the colour of `role`. Nothing is written where there is no such line or it is blank.
pub(crate) fn write(
    lines: &[&str],
    (line, column): (u32, u32),
    role: Role,
    (page, style): (&mut Page, &Style),
) {
    let source = usize::try_from(line)
        .ok()
        .and_then(|line| lines.get(line.checked_sub(1)?));
    let Some(source) = source.filter(|source| !source.trim().is_empty()) else {
        return;
    };
    let number = line.to_string();
    let gutter = format!("  {number} | ");
    let columns = style.width.min(WIDEST).saturating_sub(width(&gutter));
    let column = usize::try_from(column).unwrap_or(usize::MAX);
    let (text, marked) = clipped(source, column.saturating_sub(1), columns.max(TAB));
    let bar = style.paint(Role::Faint, "|");
    let number = style.paint(Role::Faint, &number);
    page.line(&format!("  {number} {bar} {text}"));
    let mark = style.paint(role, &"^".repeat(marked.1));
    let margin = " ".repeat(width(&gutter).saturating_sub(2));
    page.line(&format!("{margin}{bar} {}{mark}", " ".repeat(marked.0)));
}

/// The part of `source` around its character number `place` that fits into `columns`, and the
/// columns that the mark has in front of it and takes.
fn clipped(source: &str, place: usize, columns: usize) -> (String, (usize, usize)) {
    let length = source.chars().take(place.saturating_add(AROUND)).count();
    let place = place.min(length);
    let first = place.saturating_sub(AROUND);
    let shown = shown(source.chars().skip(first).take(2 * AROUND));
    let place = place - first;
    let word = shown
        .iter()
        .skip(place)
        .take_while(|character| !character.white)
        .count();
    let start = if fits(&shown, columns) && first == 0 {
        0
    } else {
        start_of_window(&shown, place, columns)
    };
    let cut_before = first > 0 || start > 0;
    let mut text = if cut_before {
        "…".to_owned()
    } else {
        String::new()
    };
    let mut marked = (0, 0);
    for (position, character) in shown.iter().enumerate().skip(start) {
        if position == place {
            marked.0 = width(&text);
        }
        let is_last = position + 1 == shown.len();
        let needed = width(&character.text) + usize::from(!is_last);
        if width(&text) + needed > columns && position > place {
            text.push('…');
            break;
        }
        text.push_str(&character.text);
        if (place..place + word.max(1)).contains(&position) {
            marked.1 = width(&text).saturating_sub(marked.0);
        }
    }
    if place >= shown.len() {
        marked.0 = width(&text);
    }
    (text.trim_end().to_owned(), (marked.0, marked.1.max(1)))
}

/// The characters, tabs as spaces and nothing that a terminal would obey.
fn shown(characters: impl Iterator<Item = char>) -> Vec<Shown> {
    let mut used = 0;
    let mut shown = Vec::new();
    for character in characters {
        let mut text = String::new();
        if character == '\t' {
            text.push_str(&" ".repeat(TAB - used % TAB));
        } else {
            push_visible(&mut text, character);
        }
        used += width(&text);
        shown.push(Shown {
            text,
            white: character.is_whitespace(),
        });
    }
    shown
}

fn fits(shown: &[Shown], columns: usize) -> bool {
    shown
        .iter()
        .map(|character| width(&character.text))
        .sum::<usize>()
        <= columns
}

/// Where a window begins that has a third of its columns before the place.
fn start_of_window(shown: &[Shown], place: usize, columns: usize) -> usize {
    let mut start = place.min(shown.len());
    let mut before = 0;
    while let Some(character) = start.checked_sub(1).and_then(|before| shown.get(before)) {
        before += width(&character.text);
        if before > columns / 3 {
            break;
        }
        start -= 1;
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excerpt(source: &str, place: (u32, u32), columns: usize) -> String {
        let lines: Vec<&str> = source.lines().collect();
        let mut page = Page::default();
        write(
            &lines,
            place,
            Role::Error,
            (&mut page, &Style::plain(columns)),
        );
        page.finish()
    }

    #[test]
    fn the_word_at_the_place_is_marked() {
        insta::assert_snapshot!(excerpt("numpy>=1.20  # why\n", (1, 1), 80), @r"
          1 | numpy>=1.20  # why
            | ^^^^^^^^^^^
        ");
    }

    #[test]
    fn tabs_and_wide_characters_keep_the_mark_in_place() {
        insta::assert_snapshot!(excerpt("x\n\ta\t漢字 = y\n", (2, 4), 80), @r"
          2 |     a   漢字 = y
            |         ^^^^
        ");
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let source = format!("{} here {}", "a ".repeat(400), "b ".repeat(400));
        insta::assert_snapshot!(excerpt(&source, (1, 802), 50), @r"
          1 | … a a a a a a  here b b b b b b b b b b b b…
            |                ^^^^
        ");
        insta::assert_snapshot!(excerpt(&source, (1, 1), 50), @r"
          1 | a a a a a a a a a a a a a a a a a a a a a a…
            | ^
        ");
    }

    #[test]
    fn a_place_past_the_end_is_marked_at_the_end() {
        insta::assert_snapshot!(excerpt("numpy", (1, 99), 50), @r"
          1 | numpy
            |      ^
        ");
    }

    #[test]
    fn no_line_no_excerpt() {
        assert_eq!(excerpt("numpy\n\n", (2, 1), 50), "");
        assert_eq!(excerpt("numpy", (0, 0), 50), "");
        assert_eq!(excerpt("numpy", (9, 1), 50), "");
    }

    #[test]
    fn escape_sequences_in_a_file_are_shown_and_not_obeyed() {
        insta::assert_snapshot!(excerpt("a\u{1b}[2Kb c", (1, 1), 50), @r"
          1 | a\u{1b}[2Kb c
            | ^^^^^^^^^^^
        ");
    }
}
