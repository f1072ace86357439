//! Columns put together from parts that were read one by one, each of many rows.
//!
//! Whether a column has numbers or categories is known when all of it was read. A part takes a
//! column for numbers until a text is in it; where that happens late, the file is read once more,
//! and then it is known from the start.

use std::collections::{BTreeSet, HashMap};

use holdfast_model::LeftOutColumn;

use super::cells;
use super::error::TableProblem;
use super::{Column, TableLimits, Values};

/// What a column is taken for while it is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Kind {
    /// Numbers, so far.
    #[default]
    Numbers,
    /// Texts: every cell counts as one.
    Texts,
}

/// A cell.
pub(super) enum Cell<'c> {
    /// No value.
    Missing,
    /// A number.
    Number(f64),
    /// A text.
    Text(&'c str),
    /// What is neither, in a word.
    Other(&'static str),
}

/// A column of some rows.
#[derive(Debug)]
pub(super) enum PartColumn {
    Numbers(Vec<f64>),
    Texts(Texts),
    /// Taken for numbers, and has texts.
    Mistaken,
    /// Has values that are neither numbers nor texts, with what they are and on which line.
    Other(&'static str, Option<u64>),
}

/// Texts, each different one kept once.
#[derive(Debug, Default)]
pub(super) struct Texts {
    places: HashMap<Box<str>, u32>,
    codes: Vec<Option<u32>>,
}

impl Texts {
    fn push(&mut self, text: Option<&str>) {
        let code = text.map(|text| self.place(text));
        self.codes.push(code);
    }

    fn place(&mut self, text: &str) -> u32 {
        if let Some(place) = self.places.get(text) {
            return *place;
        }
        let place = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
        self.places.insert(text.into(), place);
        place
    }

    fn extend(&mut self, other: &Self) {
        let new_places: Vec<u32> = other.names().iter().map(|name| self.place(name)).collect();
        let codes = other.codes.iter().map(|code| {
            let place = usize::try_from((*code)?).ok()?;
            new_places.get(place).copied()
        });
        self.codes.extend(codes);
    }

    /// The different texts, in the order in which they came.
    fn names(&self) -> Vec<&str> {
        let mut names: Vec<(&str, u32)> = self
            .places
            .iter()
            .map(|(name, place)| (&**name, *place))
            .collect();
        names.sort_unstable_by_key(|(_, place)| *place);
        names.into_iter().map(|(name, _)| name).collect()
    }
}

impl PartColumn {
    pub(super) fn new(kind: Kind) -> Self {
        match kind {
            Kind::Numbers => Self::Numbers(Vec::new()),
            Kind::Texts => Self::Texts(Texts::default()),
        }
    }

    /// Adds a cell that stands on `line`, where there are lines. The text of a number is asked for only where it counts.
    pub(super) fn push(
        &mut self,
        line: Option<u64>,
        cell: Cell<'_>,
        text: impl FnOnce() -> String,
    ) {
        match (self, cell) {
            (Self::Numbers(numbers), Cell::Number(number)) => numbers.push(number),
            (Self::Numbers(numbers), Cell::Missing) => numbers.push(f64::NAN),
            (column @ Self::Numbers(_), Cell::Text(_)) => *column = Self::Mistaken,
            (Self::Texts(texts), Cell::Missing) => texts.push(None),
            (Self::Texts(texts), Cell::Text(text)) => texts.push(Some(text)),
            (Self::Texts(texts), Cell::Number(_)) => texts.push(Some(&text())),
            (column @ (Self::Numbers(_) | Self::Texts(_) | Self::Mistaken), Cell::Other(what)) => {
                *column = Self::Other(what, line);
            }
            (Self::Mistaken | Self::Other(..), _) => {}
        }
    }

    /// Cells without a value, until there are `rows`.
    pub(super) fn fill(&mut self, rows: usize) {
        match self {
            Self::Numbers(numbers) => numbers.resize(rows, f64::NAN),
            Self::Texts(texts) => texts.codes.resize(rows, None),
            Self::Mistaken | Self::Other(..) => {}
        }
    }
}

/// Some rows.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub(super) rows: usize,
    pub(super) columns: Vec<(String, PartColumn)>,
    /// Names of columns that are not wanted.
    pub(super) others: Vec<String>,
}

/// All rows so far.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    rows: usize,
    columns: Vec<(String, Gathering)>,
    places: HashMap<String, usize>,
    others: BTreeSet<String>,
    /// Columns that were taken for numbers and have texts.
    pub(super) mistaken: BTreeSet<String>,
}

#[derive(Debug)]
enum Gathering {
    Numbers(Vec<f64>),
    Texts(Texts),
    LeftOut(String),
}

impl Gathered {
    /// Adds rows behind those that there are.
    pub(super) fn add(&mut self, part: Part, limits: &TableLimits) -> Result<(), TableProblem> {
        self.others.extend(part.others);
        let new = part.columns.iter();
        let new = new.filter(|(name, _)| !self.places.contains_key(name));
        let columns = self.columns.len() + new.count();
        let before = self.rows;
        self.rows += part.rows;
        // before anything is made as long as the table is
        check(columns + self.others.len(), columns, self.rows, limits)?;
        for (name, column) in part.columns {
            let place = match self.places.get(&name) {
                Some(place) => *place,
                None => self.begin(name, &column),
            };
            let Some((name, gathering)) = self.columns.get_mut(place) else {
                continue;
            };
            if matches!(column, PartColumn::Mistaken) {
                self.mistaken.insert(name.clone());
            }
            gathering.fill(before);
            gathering.add(column, limits);
        }
        Ok(())
    }

    /// The names of all columns, wanted or not.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> + Clone {
        let wanted = self.columns.iter().map(|(name, _)| name.as_str());
        wanted.chain(self.others.iter().map(String::as_str))
    }

    fn begin(&mut self, name: String, column: &PartColumn) -> usize {
        let gathering = match column {
            PartColumn::Texts(_) => Gathering::Texts(Texts::default()),
            PartColumn::Numbers(_) | PartColumn::Mistaken | PartColumn::Other(..) => {
                Gathering::Numbers(Vec::new())
            }
        };
        let place = self.columns.len();
        self.places.insert(name.clone(), place);
        self.columns.push((name, gathering));
        place
    }

    /// The columns, with what is left out and what a person should know.
    pub(super) fn finish(self) -> Finished {
        let mut finished = Finished {
            rows: self.rows,
            ..Finished::default()
        };
        for (name, mut gathering) in self.columns {
            gathering.fill(self.rows);
            let values = match gathering {
                Gathering::Numbers(numbers) => Values::Numbers(numbers),
                Gathering::Texts(texts) => {
                    let names: Vec<String> = texts.names().into_iter().map(str::to_owned).collect();
                    finished.notes.extend(mixed(&name, &names, &texts.codes));
                    Values::Categories {
                        names,
                        codes: texts.codes,
                    }
                }
                Gathering::LeftOut(reason) => {
                    finished.left_out.push(LeftOutColumn {
                        column: name,
                        reason,
                    });
                    continue;
                }
            };
            finished.columns.push(Column { name, values });
        }
        finished
    }
}

fn check(
    columns: usize,
    wanted: usize,
    rows: usize,
    limits: &TableLimits,
) -> Result<(), TableProblem> {
    if columns > limits.columns {
        let limit = limits.columns;
        return Err(TableProblem::ManyColumns { limit });
    }
    if rows as u64 * wanted as u64 > limits.values {
        let limit = limits.values;
        return Err(TableProblem::ManyValues { limit });
    }
    Ok(())
}

/// What was gathered.
#[derive(Debug, Default)]
pub(super) struct Finished {
    pub(super) rows: usize,
    pub(super) columns: Vec<Column>,
    pub(super) left_out: Vec<LeftOutColumn>,
    pub(super) notes: Vec<String>,
}

impl Gathering {
    fn add(&mut self, column: PartColumn, limits: &TableLimits) {
        match (&mut *self, column) {
            (Self::Numbers(all), PartColumn::Numbers(numbers)) => all.extend(numbers),
            (Self::Texts(all), PartColumn::Texts(texts)) => {
                all.extend(&texts);
                if all.places.len() > limits.categories {
                    *self = Self::LeftOut(format!(
                        "it has more than {} different texts, as identifiers and free text have",
                        limits.categories
                    ));
                }
            }
            (Self::Numbers(_) | Self::Texts(_), PartColumn::Other(what, line)) => {
                let place = line.map_or_else(String::new, |line| format!(" (line {line})"));
                *self = Self::LeftOut(format!(
                    "it has {what}{place}, and only numbers, texts, true and false are compared"
                ));
            }
            // it will all be read once more, or nothing of it is kept
            (Self::Numbers(_) | Self::Texts(_) | Self::LeftOut(_), _) => {}
        }
    }

    fn fill(&mut self, rows: usize) {
        match self {
            Self::Numbers(numbers) => numbers.resize(numbers.len().max(rows), f64::NAN),
            Self::Texts(texts) => texts.codes.resize(texts.codes.len().max(rows), None),
            Self::LeftOut(_) => {}
        }
    }
}

/// A note on a column that would have numbers but for a few texts: they may stand for "missing".
fn mixed(column: &str, names: &[String], codes: &[Option<u32>]) -> Option<String> {
    let is_number: Vec<bool> = names
        .iter()
        .map(|name| cells::number(name).is_some())
        .collect();
    let first_text = names.iter().zip(&is_number).find(|(_, is)| !**is)?.0;
    let (mut numbers, mut texts) = (0_usize, 0_usize);
    for code in codes.iter().flatten() {
        let place = usize::try_from(*code).unwrap_or(usize::MAX);
        match is_number.get(place) {
            Some(true) => numbers += 1,
            Some(false) => texts += 1,
            None => {}
        }
    }
    (numbers > texts).then(|| {
        format!(
            "`{column}` has {numbers} numbers and {texts} texts, the first `{}`: it is taken for \
             categories",
            shortened(first_text)
        )
    })
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
