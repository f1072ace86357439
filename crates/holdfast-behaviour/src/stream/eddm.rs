//! EDDM: do errors come closer together?
//!
//! M. Baena-García, J. del Campo-Ávila, R. Fidalgo, A. Bifet, R. Gavaldà and R. Morales-Bueno, "Early
//! Drift Detection Method", IWKDDS (2006). The mean distance p between errors and its standard
//! deviation s are held, as p + 2 s, against their greatest value so far. The variance is Welford's,
//! with n − 1.

use serde::{Deserialize, Serialize};

use super::detector::{Signal, Statistic};
use super::state::Exact;

/// What EDDM is asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EddmParameters {
    /// More values, and more errors, than this are seen before anything is signalled.
    pub minimum: u64,
    /// Below this share of the greatest p + 2 s it warns; above 0 and at most 1.
    pub warning: f64,
    /// Below this share it is a drift; at most `warning`.
    pub drift: f64,
}

impl Default for EddmParameters {
    fn default() -> Self {
        Self {
            minimum: 30,
            warning: 0.95,
            drift: 0.9,
        }
    }
}

/// The detector.
#[derive(Debug, Clone)]
pub(super) struct Eddm {
    parameters: EddmParameters,
    distances: EddmState,
}

/// What it remembers.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EddmState {
    count: u64,
    errors: u64,
    /// The place of the last error, in values from 1; 0 before there is one.
    last_error: u64,
    mean: Exact,
    /// The sum of squared differences from the mean.
    squares: Exact,
    /// The greatest mean plus two deviations; −1 before there is one.
    greatest: Exact,
    /// A warning lasts until an error takes it back.
    warns: bool,
}

const NOTHING_SEEN: EddmState = EddmState {
    count: 0,
    errors: 0,
    last_error: 0,
    mean: Exact(0.0),
    squares: Exact(0.0),
    greatest: Exact(-1.0),
    warns: false,
};

impl Eddm {
    pub(super) fn new(parameters: EddmParameters) -> Self {
        Self {
            parameters,
            distances: NOTHING_SEEN,
        }
    }

    pub(super) fn resumed(parameters: EddmParameters, distances: EddmState) -> Self {
        Self {
            parameters,
            distances,
        }
    }

    pub(super) fn parameters(&self) -> EddmParameters {
        self.parameters
    }

    pub(super) fn state(&self) -> EddmState {
        self.distances
    }

    pub(super) fn reset(&mut self) {
        self.distances = NOTHING_SEEN;
    }

    pub(super) fn update(&mut self, is_error: bool) -> Signal {
        self.distances.count = self.distances.count.saturating_add(1);
        if is_error && self.error() {
            return Signal::Drift;
        }
        if self.distances.warns {
            Signal::Warning
        } else {
            Signal::None
        }
    }

    /// Takes an error's distance from the one before, and answers whether that is a drift.
    #[expect(
        clippy::cast_precision_loss,
        reason = "counts and distances are far below 2^53"
    )]
    fn error(&mut self) -> bool {
        let minimum = self.parameters.minimum;
        let distances = &mut self.distances;
        distances.errors = distances.errors.saturating_add(1);
        let distance = distances.count.saturating_sub(distances.last_error) as f64;
        distances.last_error = distances.count;
        let before = distances.mean.0;
        distances.mean.0 += (1.0 / distances.errors as f64) * (distance - before);
        distances.squares.0 += (distance - before) * (distance - distances.mean.0);
        if distances.count <= minimum {
            return false;
        }
        let reach = distances.mean.0 + 2.0 * distances.deviation();
        if reach > distances.greatest.0 {
            distances.greatest.0 = reach;
        } else if distances.errors > minimum {
            let level = reach / distances.greatest.0;
            if level < self.parameters.drift {
                return true;
            }
            distances.warns = level < self.parameters.warning;
        }
        false
    }

    pub(super) fn statistics(&self) -> Vec<Statistic> {
        vec![
            ("distance", self.distances.mean.0),
            ("deviation", self.distances.deviation()),
        ]
    }
}

impl EddmState {
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    fn deviation(&self) -> f64 {
        if self.errors < 2 {
            return 0.0;
        }
        (self.squares.0 / (self.errors - 1) as f64).sqrt()
    }

    /// Why no detector can have come to this, if none can.
    pub(super) fn fault(&self) -> Option<&'static str> {
        (self.last_error > self.count || self.errors > self.count)
            .then_some("more errors than values")
    }
}
