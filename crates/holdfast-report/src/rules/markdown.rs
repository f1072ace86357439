//! Just enough Markdown for the pages of rules: headings, paragraphs, lists, tables, code.
//!
//! Pages are our own and tested to be readable; anything else is shown as it is written.

use crate::layout::{Page, plain};
use crate::style::{Colour, Role, Style};
use crate::table::{Cell, Column, Table};

/// Text of a page is indented by this much below its headings.
const INDENT: usize = 2;

/// A part of a page.
#[derive(Debug, PartialEq, Eq)]
enum Block<'a> {
    Heading {
        level: usize,
        text: String,
    },
    Paragraph(String),
    Item {
        depth: usize,
        marker: &'a str,
        text: String,
    },
    Code {
        /// The file that the code is of, from `file=…` behind the fence.
        file: Option<&'a str>,
        lines: Vec<&'a str>,
    },
    Table(Vec<Vec<String>>),
}

/// Writes a page; a first heading that only repeats `title` is left out.
pub(super) fn write(markdown: &str, title: &str, (page, style): (&mut Page, &Style)) {
    let mut previous_is_item = false;
    for (position, block) in blocks(markdown).iter().enumerate() {
        let is_item = matches!(block, Block::Item { .. });
        if !(is_item && previous_is_item) {
            page.blank();
        }
        previous_is_item = is_item;
        match block {
            Block::Heading { level: 1, text }
                if position == 0 && text.trim_matches('`') == title => {}
            Block::Heading { text, .. } => {
                page.line(&style.paint(Role::Strong, &plain(text)));
            }
            Block::Paragraph(text) => page.prose(INDENT, text, style),
            Block::Item {
                depth,
                marker,
                text,
            } => {
                page.labelled(INDENT + 2 * depth, (marker, Role::Plain), text, style);
            }
            Block::Code { file, lines } => {
                if let Some(file) = file {
                    let file = style.paint(Role::Faint, &plain(file));
                    page.line(&format!("{}{file}", " ".repeat(INDENT)));
                }
                write_code(lines, (page, style));
            }
            Block::Table(rows) => write_table(rows, (page, style)),
        }
    }
}

/// Code is neither wrapped nor trimmed at its left.
fn write_code(lines: &[&str], (page, style): (&mut Page, &Style)) {
    for line in lines {
        let expanded = line.replace('\t', "    ");
        let code = expanded.trim_end();
        let indentation = code.len() - code.trim_start_matches(' ').len();
        let code = plain(code);
        if code.is_empty() {
            page.line("");
        } else {
            let indentation = " ".repeat(INDENT + 4 + indentation);
            page.line(&format!("{indentation}{}", style.paint(Role::Note, &code)));
        }
    }
}

fn write_table(rows: &[Vec<String>], (page, style): (&mut Page, &Style)) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let mut columns = vec![Column::LEFT; columns.saturating_sub(1)];
    columns.push(Column::PROSE);
    let mut table = Table::new(INDENT, &columns);
    for (number, row) in rows.iter().enumerate() {
        let role = if number == 0 {
            Role::Faint
        } else {
            Role::Plain
        };
        table.row(row.iter().map(|cell| Cell::of(role, cell)).collect());
    }
    table.write(page, style);
}

/// A page as plain text, for readers that know no Markdown.
pub(crate) fn page_as_plain_text(markdown: &str) -> String {
    let style = Style {
        colour: Colour::Off,
        width: crate::layout::PROSE,
    };
    let mut page = Page::default();
    write(markdown, "", (&mut page, &style));
    page.finish().trim_end().to_owned()
}

/// The first paragraph of a page on one line.
pub(crate) fn first_paragraph(markdown: &str) -> Option<String> {
    blocks(markdown).into_iter().find_map(|block| match block {
        Block::Paragraph(text) => Some(text),
        Block::Heading { .. } | Block::Item { .. } | Block::Code { .. } | Block::Table(_) => None,
    })
}

fn blocks(markdown: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut lines = markdown.lines().peekable();
    // whether the next line of text goes on with the last block
    let mut open = false;
    while let Some(line) = lines.next() {
        let trimmed = line.trim();
        if let Some(fence) = fence_of(trimmed) {
            let code = lines.by_ref().take_while(|line| line.trim() != fence);
            blocks.push(Block::Code {
                file: trimmed
                    .split_whitespace()
                    .find_map(|word| word.strip_prefix("file=")),
                lines: code.collect(),
            });
            open = false;
        } else if trimmed.is_empty() {
            open = false;
        } else if let Some((level, text)) = heading(trimmed) {
            blocks.push(Block::Heading {
                level,
                text: inline(text),
            });
            open = false;
        } else if let Some((marker, text)) = item(trimmed) {
            let depth = (line.len() - line.trim_start().len()) / 2;
            let (depth, text) = (depth.min(4), inline(text));
            blocks.push(Block::Item {
                depth,
                marker,
                text,
            });
            open = true;
        } else if trimmed.starts_with('|') {
            push_table_row(&mut blocks, trimmed);
            open = false;
        } else if line.starts_with("    ") && !open {
            let mut code = vec![line.get(4..).unwrap_or_default()];
            while let Some(line) = lines.next_if(|line| line.starts_with("    ")) {
                code.push(line.get(4..).unwrap_or_default());
            }
            blocks.push(Block::Code {
                file: None,
                lines: code,
            });
        } else {
            push_text(&mut blocks, trimmed, open);
            open = true;
        }
    }
    blocks
}

/// Text goes on with the paragraph or list item before it, unless a blank line is between them.
fn push_text(blocks: &mut Vec<Block<'_>>, text: &str, open: bool) {
    let text = inline(text);
    if let Some(Block::Paragraph(before) | Block::Item { text: before, .. }) = blocks.last_mut()
        && open
    {
        before.push(' ');
        before.push_str(&text);
        return;
    }
    blocks.push(Block::Paragraph(text));
}

fn push_table_row(blocks: &mut Vec<Block<'_>>, line: &str) {
    let is_rule = line
        .chars()
        .all(|character| matches!(character, '|' | '-' | ':' | ' '));
    let cells = line.trim_matches('|').split('|');
    let row: Vec<String> = cells.map(|cell| inline(cell.trim())).collect();
    match blocks.last_mut() {
        Some(Block::Table(_)) if is_rule => {}
        Some(Block::Table(rows)) => rows.push(row),
        _ => blocks.push(Block::Table(vec![row])),
    }
}

fn fence_of(line: &str) -> Option<&'static str> {
    ["```", "~~~"]
        .into_iter()
        .find(|fence| line.starts_with(fence))
}

fn heading(line: &str) -> Option<(usize, &str)> {
    let text = line.trim_start_matches('#');
    let level = line.len() - text.len();
    (1..=6)
        .contains(&level)
        .then(|| text.strip_prefix(' '))
        .flatten()
        .map(|text| (level, text.trim().trim_end_matches('#').trim_end()))
}

/// The marker and text of a list item.
fn item(line: &str) -> Option<(&str, &str)> {
    let (marker, text) = line.split_once(' ')?;
    if matches!(marker, "-" | "*" | "+") {
        return Some(("-", text.trim()));
    }
    let number = marker.strip_suffix('.')?;
    let is_number =
        (1..=3).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| (marker, text.trim()))
}

/// Text without emphasis and with the addresses of links in brackets; code in backticks stays.
fn inline(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (number, part) in text.split('`').enumerate() {
        if number > 0 {
            out.push('`');
        }
        let is_code = number % 2 == 1;
        if is_code {
            out.push_str(part);
        } else {
            push_links(&mut out, &part.replace("**", ""));
        }
    }
    out
}

/// `[text](address)` becomes `text (address)`, or the address alone where both are the same.
fn push_links(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[') {
        let link = after
            .split_once("](")
            .and_then(|(name, after)| Some((name, after.split_once(')')?)));
        out.push_str(before);
        match link {
            Some((name, (address, after))) if !name.contains('[') => {
                out.push_str(name);
                if name != address {
                    out.push_str(" (");
                    out.push_str(address);
                    out.push(')');
                }
                rest = after;
            }
            _ => {
                out.push('[');
                rest = after;
            }
        }
    }
    out.push_str(rest);
}
