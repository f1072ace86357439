//! What a benchmark answers: a page's section with tables and bars.

use std::fmt::Write as _;

use super::measure::Series;

/// A section of the page.
#[derive(Debug, Clone)]
pub(super) struct Section {
    /// Its heading.
    pub(super) title: &'static str,
    /// What was measured and how, as Markdown.
    pub(super) about: String,
    /// The measurements.
    pub(super) rows: Vec<Row>,
    /// What the measurements have to hold.
    pub(super) bars: Vec<Bar>,
}

/// A measured quantity.
#[derive(Debug, Clone)]
pub(super) struct Row {
    name: String,
    median: String,
    range: String,
    runs: String,
}

impl Row {
    /// A time of several runs.
    pub(super) fn time(name: impl Into<String>, series: &Series) -> Self {
        Self {
            name: name.into(),
            median: series.shown_median(),
            range: series.shown_range(),
            runs: series.count().to_string(),
        }
    }

    /// Something that was counted.
    pub(super) fn fact(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            median: value.into(),
            range: String::new(),
            runs: String::new(),
        }
    }
}

/// A value and what it may be at most.
#[derive(Debug, Clone)]
pub(super) struct Bar {
    /// What is limited.
    pub(super) name: String,
    /// What was measured.
    pub(super) measured: f64,
    /// What it has to keep.
    pub(super) limit: Limit,
    /// How both are shown.
    pub(super) unit: Unit,
}

/// What a value has to keep.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Limit {
    /// It is good up to this.
    AtMost(f64),
    /// It is good from this on.
    AtLeast(f64),
}

/// How a value is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// A part of something else, in percent.
    Percent,
    /// So many times something else.
    Times,
    /// Milliseconds.
    Milliseconds,
    /// 10⁶ bytes.
    Megabytes,
    /// So many things.
    Count,
}

impl Unit {
    fn show(self, value: f64) -> String {
        match self {
            Self::Percent => format!("{:.0} %", value * 100.0),
            Self::Times => format!("{value:.2} ×"),
            Self::Milliseconds => format!("{value:.1} ms"),
            Self::Megabytes => format!("{value:.1} MB"),
            Self::Count => format!("{value:.0}"),
        }
    }
}

impl Bar {
    fn is_kept(&self) -> bool {
        match self.limit {
            Limit::AtMost(limit) => self.measured <= limit,
            Limit::AtLeast(limit) => self.measured >= limit,
        }
    }

    fn shown_limit(&self) -> String {
        match self.limit {
            Limit::AtMost(limit) => format!("at most {}", self.unit.show(limit)),
            Limit::AtLeast(limit) => format!("at least {}", self.unit.show(limit)),
        }
    }
}

impl Section {
    /// The section as Markdown.
    pub(super) fn markdown(&self) -> String {
        let mut text = format!("## {}\n\n{}\n", self.title, self.about.trim());
        text.push_str("\n| | median | least – most | runs |\n|---|---:|---:|---:|\n");
        for row in &self.rows {
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} |",
                row.name, row.median, row.range, row.runs
            );
        }
        text.push_str("\n| bar | measured | limit | |\n|---|---:|---:|---|\n");
        for bar in &self.bars {
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} |",
                bar.name,
                bar.unit.show(bar.measured),
                bar.shown_limit(),
                if bar.is_kept() { "kept" } else { "**missed**" }
            );
        }
        text
    }

    /// The bars that are not kept, in words.
    pub(super) fn missed(&self) -> Vec<String> {
        self.bars
            .iter()
            .filter(|bar| !bar.is_kept())
            .map(|bar| {
                format!(
                    "{}: {}, {}",
                    bar.name,
                    bar.unit.show(bar.measured),
                    bar.shown_limit()
                )
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_that_is_missed_is_said_to_be() {
        let bar = |measured| Bar {
            name: "overhead".to_owned(),
            measured,
            limit: Limit::AtMost(0.3),
            unit: Unit::Percent,
        };
        let section = Section {
            title: "Locking",
            about: String::new(),
            rows: vec![Row::fact("packages", "12")],
            bars: vec![bar(0.2), bar(0.5)],
        };
        assert_eq!(section.missed(), ["overhead: 50 %, at most 30 %"]);
        assert!(
            section
                .markdown()
                .contains("| overhead | 20 % | at most 30 % | kept |")
        );
    }
}
