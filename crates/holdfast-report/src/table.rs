//! Aligned columns without rules or trailing spaces.

use crate::layout::{Page, plain, width, wrap};
use crate::style::{Role, Style};

/// A cell wider than this does not push the other rows aside: its own row is out of line instead.
const WIDEST: usize = 44;

/// What is left for the last column must be at least this, or it moves to a line of its own.
const NARROWEST: usize = 24;

/// Where a column's text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// A column: where its text stands, what separates it from the one before, and its least width.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    align: Align,
    before: &'static str,
    least: usize,
    /// Whether it is prose, which is wrapped where it does not fit.
    wraps: bool,
}

impl Column {
    /// Aligned left, two spaces after the column before.
    pub(crate) const LEFT: Self = Self {
        align: Align::Left,
        before: "  ",
        least: 0,
        wraps: false,
    };
    /// Aligned right, two spaces after the column before.
    pub(crate) const RIGHT: Self = Self {
        align: Align::Right,
        before: "  ",
        least: 0,
        wraps: false,
    };

    /// Prose, which is wrapped where it does not fit; only the last column can be that.
    pub(crate) const PROSE: Self = Self {
        wraps: true,
        ..Self::LEFT
    };

    /// The same column with another separator.
    pub(crate) const fn after(self, before: &'static str) -> Self {
        Self { before, ..self }
    }

    /// The same column, at least this wide.
    pub(crate) const fn at_least(self, least: usize) -> Self {
        Self { least, ..self }
    }
}

/// One cell.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    text: String,
    role: Role,
}

impl Cell {
    /// A cell of harmless text.
    pub(crate) fn new(text: &str) -> Self {
        Self::of(Role::Plain, text)
    }

    /// A cell whose text has a role.
    pub(crate) fn of(role: Role, text: &str) -> Self {
        Self {
            text: plain(text).into_owned(),
            role,
        }
    }

    fn width(&self) -> usize {
        width(&self.text)
    }
}

/// Rows of cells.
#[derive(Debug)]
pub(crate) struct Table<'a> {
    indent: usize,
    columns: &'a [Column],
    rows: Vec<Vec<Cell>>,
    widest: usize,
}

impl<'a> Table<'a> {
    /// An empty table.
    pub(crate) fn new(indent: usize, columns: &'a [Column]) -> Self {
        Self {
            indent,
            columns,
            rows: Vec::new(),
            widest: WIDEST,
        }
    }

    /// The same table, with columns as wide as their widest cell.
    pub(crate) fn uncapped(self) -> Self {
        Self {
            widest: usize::MAX,
            ..self
        }
    }

    /// Adds a row; cells that are missing at its end are empty.
    pub(crate) fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// The columns that the widest row would take on one line.
    pub(crate) fn width(&self) -> usize {
        let widths = self.widths();
        let all = widths.iter().zip(self.columns).enumerate();
        self.indent
            + all
                .map(|(position, (cells, column))| match position {
                    _ if *cells == 0 => 0,
                    0 => *cells,
                    _ => cells + width(column.before),
                })
                .sum::<usize>()
    }

    /// Writes it.
    pub(crate) fn write(&self, page: &mut Page, style: &Style) {
        let widths = self.widths();
        for row in &self.rows {
            self.write_row(row, &widths, (page, style));
        }
    }

    /// Each row by itself, without its line break.
    pub(crate) fn rendered(&self, style: &Style) -> Vec<String> {
        let widths = self.widths();
        let rows = self.rows.iter().map(|row| {
            let mut page = Page::default();
            self.write_row(row, &widths, (&mut page, style));
            let mut text = page.finish();
            text.truncate(text.trim_end_matches('\n').len());
            text
        });
        rows.collect()
    }

    fn widths(&self) -> Vec<usize> {
        let last = self.columns.len().saturating_sub(1);
        let columns = self.columns.iter().enumerate();
        let widths = columns.map(|(position, column)| {
            let cells = self.rows.iter().filter_map(|row| row.get(position));
            let limit = if position == last {
                usize::MAX
            } else {
                self.widest
            };
            let widths = cells.map(Cell::width).filter(|cell| *cell <= limit);
            widths.max().unwrap_or(0).max(column.least)
        });
        widths.collect()
    }

    fn write_row(&self, row: &[Cell], widths: &[usize], (page, style): (&mut Page, &Style)) {
        let mut line = " ".repeat(self.indent);
        let mut used = self.indent;
        // spaces are owed until something follows them, so that none trail
        let mut owed = 0;
        let last = self.columns.len().saturating_sub(1);
        let cells = row.iter().zip(self.columns).zip(widths);
        for (position, ((cell, column), column_width)) in cells.enumerate() {
            let before = if position == 0 { "" } else { column.before };
            let padding = column_width.saturating_sub(cell.width());
            if cell.text.is_empty() {
                // a column that is empty everywhere takes no room
                if *column_width > 0 {
                    owed += width(before) + padding;
                }
                continue;
            }
            used += owed + width(before);
            line.push_str(&" ".repeat(std::mem::take(&mut owed)));
            if before.trim().is_empty() {
                line.push_str(before);
            } else {
                line.push_str(&style.paint(Role::Faint, before));
            }
            if position == last && column.wraps {
                self.write_prose(cell, used, (&mut line, page, style));
                continue;
            }
            if column.align == Align::Right {
                line.push_str(&" ".repeat(padding));
                used += padding;
            } else {
                owed = padding;
            }
            line.push_str(&style.paint(cell.role, &cell.text));
            used += cell.width();
        }
        page.line(&line);
    }

    /// Prose: on the line, or wrapped below itself, or on lines of its own.
    fn write_prose(&self, cell: &Cell, used: usize, target: (&mut String, &mut Page, &Style)) {
        let (line, page, style) = target;
        let left = style.width.saturating_sub(used);
        if cell.width() <= left {
            line.push_str(&style.paint(cell.role, &cell.text));
            return;
        }
        let indent = if left >= NARROWEST {
            used
        } else {
            page.line(line);
            line.clear();
            line.push_str(&" ".repeat(self.indent + 4));
            self.indent + 4
        };
        let columns = style.width.saturating_sub(indent).max(NARROWEST);
        for (number, part) in wrap(&cell.text, columns).iter().enumerate() {
            if number > 0 {
                page.line(line);
                line.clear();
                line.push_str(&" ".repeat(indent));
            }
            line.push_str(&style.paint(cell.role, part));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(rows: &[[&str; 3]], columns: usize) -> String {
        let mut table = Table::new(2, &[Column::LEFT, Column::RIGHT, Column::PROSE]);
        for row in rows {
            table.row(row.iter().map(|cell| Cell::new(cell)).collect());
        }
        let mut page = Page::default();
        table.write(&mut page, &Style::plain(columns));
        page.finish()
    }

    #[test]
    fn columns_line_up_whatever_the_script() {
        insta::assert_snapshot!(rendered(
            &[["numpy", "1", "short"], ["漢字", "1,000", ""], ["é", "", "no number"]],
            80,
        ), @r"
          numpy      1  short
          漢字   1,000
          é             no number
        ");
    }

    #[test]
    fn prose_wraps_below_itself_or_on_a_line_of_its_own() {
        let rows = [["numpy", "1", "a sentence that is too long for the line"]];
        insta::assert_snapshot!(rendered(&rows, 36), @r"
          numpy  1  a sentence that is too
                    long for the line
        ");
        insta::assert_snapshot!(rendered(&rows, 30), @r"
          numpy  1
              a sentence that is too
              long for the line
        ");
    }

    #[test]
    fn one_long_name_does_not_push_all_rows_aside() {
        let long = "x".repeat(60);
        let text = rendered(&[["numpy", "1", "a"], [&long, "2", "b"]], 200);
        assert_eq!(text, format!("  numpy  1  a\n  {long}  2  b\n"));
    }
}
