//! Page–Hinkley: has the mean of a stream moved?
//!
//! E. S. Page, "Continuous Inspection Schemes", Biometrika 41 (1954); with a forgetting factor, and
//! watching both directions, as in R. Sebastião and J. M. Fernandes, "Supporting the Page–Hinkley Test
//! with Empirical Mode Decomposition for Change Detection", ISMIS (2017). The deviations of the values
//! from their running mean are summed up; what the sum has risen above its least value, or fallen
//! below its greatest, is held against the threshold.

use serde::{Deserialize, Serialize};

use super::detector::{Signal, Statistic};
use super::state::Exact;

/// What Page–Hinkley is asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PageHinkleyParameters {
    /// So many values are seen before a drift is signalled; at least 1.
    pub minimum: u64,
    /// The change of each value that is let pass, in the values' unit; 0 or more.
    pub delta: f64,
    /// What the sum of deviations has to exceed, in the values' unit; 0 or more.
    pub threshold: f64,
    /// What the sum keeps of itself at each value, above 0 and at most 1.
    pub forgetting: f64,
    /// Which changes of the mean count.
    pub direction: Direction,
}

/// Which changes of the mean count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Those to greater values.
    Up,
    /// Those to lesser values.
    Down,
    /// All.
    #[default]
    Both,
}

impl Direction {
    /// Its name, as the command line and the state have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Both => "both",
        }
    }
}

impl Default for PageHinkleyParameters {
    fn default() -> Self {
        Self {
            minimum: 30,
            delta: 0.005,
            threshold: 50.0,
            forgetting: 1.0 - 0.0001,
            direction: Direction::Both,
        }
    }
}

/// The detector. Its sums begin where nothing was seen: the least at infinity, the greatest at −1.
#[derive(Debug, Clone)]
pub(super) struct PageHinkley {
    parameters: PageHinkleyParameters,
    sums: PageHinkleyState,
}

/// What it remembers.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PageHinkleyState {
    count: u64,
    mean: Exact,
    increase: Exact,
    decrease: Exact,
    least_increase: Exact,
    greatest_decrease: Exact,
}

const NOTHING_SEEN: PageHinkleyState = PageHinkleyState {
    count: 0,
    mean: Exact(0.0),
    increase: Exact(0.0),
    decrease: Exact(0.0),
    least_increase: Exact(f64::INFINITY),
    greatest_decrease: Exact(-1.0),
};

impl PageHinkley {
    pub(super) fn new(parameters: PageHinkleyParameters) -> Self {
        Self {
            parameters,
            sums: NOTHING_SEEN,
        }
    }

    pub(super) fn resumed(parameters: PageHinkleyParameters, sums: PageHinkleyState) -> Self {
        Self { parameters, sums }
    }

    pub(super) fn parameters(&self) -> PageHinkleyParameters {
        self.parameters
    }

    pub(super) fn state(&self) -> PageHinkleyState {
        self.sums
    }

    pub(super) fn reset(&mut self) {
        self.sums = NOTHING_SEEN;
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "counts are far below 2^53, and the mean moves by no bit beyond"
    )]
    pub(super) fn update(&mut self, value: f64) -> Signal {
        let parameters = &self.parameters;
        let sums = &mut self.sums;
        sums.count = sums.count.saturating_add(1);
        sums.mean.0 += (1.0 / sums.count as f64) * (value - sums.mean.0);
        let deviation = value - sums.mean.0;
        sums.increase.0 = parameters.forgetting * sums.increase.0 + deviation - parameters.delta;
        sums.decrease.0 = parameters.forgetting * sums.decrease.0 + deviation + parameters.delta;
        if sums.increase.0 < sums.least_increase.0 {
            sums.least_increase.0 = sums.increase.0;
        }
        if sums.decrease.0 > sums.greatest_decrease.0 {
            sums.greatest_decrease.0 = sums.decrease.0;
        }
        if sums.count < parameters.minimum {
            return Signal::None;
        }
        let risen = sums.risen() > parameters.threshold;
        let fallen = sums.fallen() > parameters.threshold;
        let is_drift = match parameters.direction {
            Direction::Up => risen,
            Direction::Down => fallen,
            Direction::Both => risen || fallen,
        };
        if is_drift {
            Signal::Drift
        } else {
            Signal::None
        }
    }

    pub(super) fn statistics(&self) -> Vec<Statistic> {
        vec![
            ("mean", self.sums.mean.0),
            ("increase", self.sums.risen()),
            ("decrease", self.sums.fallen()),
        ]
    }

    /// Whether a sum or the mean is no number any more, so that nothing is ever signalled again.
    pub(super) fn is_blind(&self) -> bool {
        let sums = &self.sums;
        sums.count > 0
            && !(sums.mean.0.is_finite()
                && sums.increase.0.is_finite()
                && sums.decrease.0.is_finite())
    }
}

impl PageHinkleyState {
    /// How far the sum is above its least value.
    fn risen(&self) -> f64 {
        self.increase.0 - self.least_increase.0
    }

    /// How far the sum is below its greatest value.
    fn fallen(&self) -> f64 {
        self.greatest_decrease.0 - self.decrease.0
    }
}
