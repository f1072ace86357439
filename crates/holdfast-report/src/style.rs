//! How text is to look: with colour or without, and how wide.
//!
//! Colour only repeats what the words say, so that every report reads the same without it.

use anstyle::{AnsiColor, Effects};

/// Whether text is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// With ANSI escape sequences.
    On,
    /// Plain text.
    Off,
}

/// How text is to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether it is coloured.
    pub colour: Colour,
    /// How many columns a line may have. Names, paths and addresses are never cut: a line that
    /// holds a longer one is longer.
    pub width: usize,
}

/// What a piece of text is, which decides its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Nothing special.
    Plain,
    /// A heading or a name.
    Strong,
    /// Of lesser interest.
    Faint,
    /// An error.
    Error,
    /// A warning.
    Warning,
    /// A note.
    Note,
    /// Something good, or added.
    Added,
    /// Something removed.
    Removed,
    /// Something changed.
    Changed,
}

impl Style {
    /// Plain text of this width.
    pub fn plain(width: usize) -> Self {
        Self {
            colour: Colour::Off,
            width,
        }
    }

    /// Coloured text of this width.
    pub fn coloured(width: usize) -> Self {
        Self {
            colour: Colour::On,
            width,
        }
    }

    /// `text` in the colour of its role.
    pub fn paint(&self, role: Role, text: &str) -> String {
        let look = role.look();
        // spaces stay outside, where they can be trimmed
        let shown = text.trim_end_matches(' ');
        if self.colour == Colour::Off || shown.is_empty() || look.is_plain() {
            return text.to_owned();
        }
        let spaces = text.get(shown.len()..).unwrap_or_default();
        format!("{}{shown}{}{spaces}", look.render(), look.render_reset())
    }
}

impl Role {
    fn look(self) -> anstyle::Style {
        let look = anstyle::Style::new();
        let colour = |colour: AnsiColor| look.fg_color(Some(colour.into()));
        match self {
            Self::Plain => look,
            Self::Strong => look.bold(),
            Self::Faint => look.effects(Effects::DIMMED),
            Self::Error => colour(AnsiColor::Red).bold(),
            Self::Warning => colour(AnsiColor::Yellow).bold(),
            Self::Note => colour(AnsiColor::Cyan).bold(),
            Self::Added => colour(AnsiColor::Green),
            Self::Removed => colour(AnsiColor::Red),
            Self::Changed => colour(AnsiColor::Yellow),
        }
    }
}

impl From<holdfast_model::Severity> for Role {
    fn from(severity: holdfast_model::Severity) -> Self {
        use holdfast_model::Severity;
        match severity {
            Severity::Error => Self::Error,
            Severity::Warning => Self::Warning,
            Severity::Note => Self::Note,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_left_out_where_it_is_off_or_there_is_nothing_to_colour() {
        assert_eq!(Style::plain(80).paint(Role::Error, "error"), "error");
        assert_eq!(Style::coloured(80).paint(Role::Error, ""), "");
        assert_eq!(Style::coloured(80).paint(Role::Plain, "text"), "text");
        let painted = Style::coloured(80).paint(Role::Error, "error");
        assert!(painted.starts_with('\u{1b}') && painted.ends_with("\u{1b}[0m"));
    }
}
