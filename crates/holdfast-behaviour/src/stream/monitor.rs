//! A detector with the place in its stream.

use super::detector::{Detector, Signal};
use super::parameters::{ParameterError, Parameters};

/// A detector that counts what it sees and says, over all runs.
#[derive(Debug, Clone)]
pub struct Monitor {
    pub(super) detector: Detector,
    pub(super) counts: Counts,
}

/// What was seen and said, over all runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Values that the detector took: the next one has this place, counted from 0.
    pub values: u64,
    /// Lines that had no value and were passed over.
    pub skipped: u64,
    /// Drifts.
    pub drifts: u64,
    /// Times that it began to warn.
    pub warnings: u64,
    /// Values at which it warned.
    pub warned: u64,
    /// The place of the last drift, from 0.
    pub last_drift: Option<u64>,
}

impl Monitor {
    /// A monitor that has seen nothing.
    ///
    /// # Errors
    /// Where a parameter is out of its range.
    pub fn new(parameters: Parameters) -> Result<Self, ParameterError> {
        Ok(Self {
            detector: Detector::new(parameters)?,
            counts: Counts::default(),
        })
    }

    /// Takes a value. Answers [`Signal::Drift`] where there is one, and [`Signal::Warning`] at the
    /// first value of several in a row that warn.
    #[inline]
    pub fn push(&mut self, value: f64) -> Signal {
        let before = self.detector.last();
        let signal = self.detector.update(value);
        let place = self.counts.values;
        self.counts.values = place.saturating_add(1);
        match signal {
            Signal::None => Signal::None,
            Signal::Warning => {
                self.counts.warned += 1;
                if before == Signal::Warning {
                    return Signal::None;
                }
                self.counts.warnings += 1;
                signal
            }
            Signal::Drift => {
                self.counts.drifts += 1;
                self.counts.last_drift = Some(place);
                signal
            }
        }
    }

    /// Counts a line that had no value.
    pub fn skip(&mut self) {
        self.counts.skipped = self.counts.skipped.saturating_add(1);
    }

    /// What was seen and said.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The detector.
    pub fn detector(&self) -> &Detector {
        &self.detector
    }
}
