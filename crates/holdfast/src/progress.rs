//! Progress of long work, on standard error, where that is a terminal.

use std::time::Duration;

use holdfast_solve::{Listener, Stage};
use indicatif::{ProgressBar, ProgressStyle};

/// A spinner with a line of text, or nothing.
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Shows progress, or does not.
    pub(crate) fn new(shown: Shown) -> Self {
        let bar = match shown {
            Shown::Yes => {
                let bar = ProgressBar::new_spinner();
                if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
                    bar.set_style(style);
                }
                bar.enable_steady_tick(Duration::from_millis(100));
                bar
            }
            Shown::No => ProgressBar::hidden(),
        };
        Self { bar }
    }

    /// Says what is being done.
    pub(crate) fn say(&self, what: impl Into<String>) {
        self.bar.set_message(what.into());
    }

    /// Takes the line away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// Whether progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    /// On a terminal, unless `--quiet`.
    Yes,
    /// Otherwise.
    No,
}

impl Listener for Progress {
    fn stage(&self, stage: Stage) {
        self.say(match stage {
            Stage::Solving { round: 1 } => "solving all environments together".to_owned(),
            Stage::Solving { round } => {
                format!("solving again without what was refused (round {round})")
            }
            Stage::Metadata { wheels } => format!("reading the metadata of {wheels} packages"),
            Stage::Judging => "judging what was solved".to_owned(),
            Stage::Explaining => "looking at what was passed over".to_owned(),
        });
    }
}
