//! DDM: has the rate of errors risen?
//!
//! J. Gama, P. Medas, G. Castillo and P. Rodrigues, "Learning with Drift Detection", SBIA (2004). The
//! rate p of errors and its standard deviation s = √(p (1 − p) / n) are held against those of the
//! moment at which p + s was least.

use serde::{Deserialize, Serialize};

use super::detector::{Signal, Statistic};
use super::state::Exact;

/// What DDM is asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DdmParameters {
    /// More values than this are seen before anything is signalled.
    pub minimum: u64,
    /// So many of the least moment's standard deviations above its rate warn; 0 or more.
    pub warning: f64,
    /// So many are a drift; at least `warning`.
    pub drift: f64,
}

impl Default for DdmParameters {
    fn default() -> Self {
        Self {
            minimum: 30,
            warning: 2.0,
            drift: 3.0,
        }
    }
}

/// The detector.
#[derive(Debug, Clone)]
pub(super) struct Ddm {
    parameters: DdmParameters,
    rates: DdmState,
}

/// What it remembers.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DdmState {
    count: u64,
    rate: Exact,
    /// Of the moment at which rate and deviation together were least; infinite before there is one.
    least_rate: Exact,
    least_deviation: Exact,
    least_sum: Exact,
}

const NOTHING_SEEN: DdmState = DdmState {
    count: 0,
    rate: Exact(0.0),
    least_rate: Exact(f64::INFINITY),
    least_deviation: Exact(f64::INFINITY),
    least_sum: Exact(f64::INFINITY),
};

impl Ddm {
    pub(super) fn new(parameters: DdmParameters) -> Self {
        Self {
            parameters,
            rates: NOTHING_SEEN,
        }
    }

    pub(super) fn resumed(parameters: DdmParameters, rates: DdmState) -> Self {
        Self { parameters, rates }
    }

    pub(super) fn parameters(&self) -> DdmParameters {
        self.parameters
    }

    pub(super) fn state(&self) -> DdmState {
        self.rates
    }

    pub(super) fn reset(&mut self) {
        self.rates = NOTHING_SEEN;
    }

    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    pub(super) fn update(&mut self, value: f64) -> Signal {
        let rates = &mut self.rates;
        rates.count = rates.count.saturating_add(1);
        rates.rate.0 += (1.0 / rates.count as f64) * (value - rates.rate.0);
        if rates.count <= self.parameters.minimum {
            return Signal::None;
        }
        let rate = rates.rate.0;
        let deviation = rates.deviation();
        let sum = rate + deviation;
        if sum <= rates.least_sum.0 {
            rates.least_rate.0 = rate;
            rates.least_deviation.0 = deviation;
            rates.least_sum.0 = sum;
        }
        let limit = |deviations: f64| rates.least_rate.0 + deviations * rates.least_deviation.0;
        if sum > limit(self.parameters.drift) {
            Signal::Drift
        } else if sum > limit(self.parameters.warning) {
            Signal::Warning
        } else {
            Signal::None
        }
    }

    pub(super) fn statistics(&self) -> Vec<Statistic> {
        vec![
            ("error-rate", self.rates.rate.0),
            ("deviation", self.rates.deviation()),
            ("least-rate", self.rates.least_rate.0),
        ]
    }
}

impl DdmState {
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
    fn deviation(&self) -> f64 {
        let rate = self.rate.0;
        (rate * (1.0 - rate) / self.count as f64).sqrt()
    }
}
