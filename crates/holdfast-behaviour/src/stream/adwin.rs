//! ADWIN: a window over the newest values that is cut where its parts have different means.
//!
//! A. Bifet and R. Gavaldà, "Learning from Time-Changing Data with Adaptive Windowing", SDM (2007).
//! The window is kept as an exponential histogram: row i has buckets of 2^i values each, of which only
//! the sum and the variance are known (B. Babcock, M. Datar, R. Motwani and L. O'Callaghan,
//! "Maintaining Variance and k-Medians over Data Stream Windows", PODS 2003, for merging them).

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::detector::{Signal, Statistic};
use super::state::Exact;

/// What ADWIN is asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdwinParameters {
    /// How probable a false alarm may be at each cut that is looked at; between 0 and 1.
    pub delta: f64,
    /// The window is looked at after so many values each; at least 1.
    pub clock: u64,
    /// So many buckets a row may have; 1 to 1000.
    pub buckets: u64,
    /// Both parts of a cut have at least so many values; at least 1.
    pub minimum_window: u64,
    /// The window is looked at when it has more values than this.
    pub grace: u64,
}

impl Default for AdwinParameters {
    fn default() -> Self {
        Self {
            delta: 0.002,
            clock: 32,
            buckets: 5,
            minimum_window: 5,
            grace: 10,
        }
    }
}

/// Rows beyond this would hold more values than there can be.
const ROWS: usize = 53;

/// The detector.
#[derive(Debug, Clone)]
pub(super) struct Adwin {
    parameters: AdwinParameters,
    /// The newest values in the first row; in a row, the oldest bucket first.
    rows: Vec<VecDeque<Bucket>>,
    /// How many values the window has.
    width: f64,
    total: f64,
    /// The sum of squared differences from the window's mean.
    variance: f64,
    /// How many values came since the window was last looked at.
    waiting: u64,
}

/// A stretch of values.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    total: f64,
    variance: f64,
}

/// What it remembers: buckets as sum and variance.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AdwinState {
    width: u64,
    total: Exact,
    variance: Exact,
    waiting: u64,
    rows: Vec<Vec<[Exact; 2]>>,
}

impl Adwin {
    pub(super) fn new(parameters: AdwinParameters) -> Self {
        Self {
            parameters,
            rows: Vec::new(),
            width: 0.0,
            total: 0.0,
            variance: 0.0,
            waiting: 0,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "the width is below 2^53")]
    pub(super) fn resumed(parameters: AdwinParameters, state: &AdwinState) -> Self {
        let bucket = |[total, variance]: &[Exact; 2]| Bucket {
            total: total.0,
            variance: variance.0,
        };
        Self {
            parameters,
            rows: state
                .rows
                .iter()
                .map(|row| row.iter().map(bucket).collect())
                .collect(),
            width: state.width as f64,
            total: state.total.0,
            variance: state.variance.0,
            waiting: state.waiting,
        }
    }

    pub(super) fn parameters(&self) -> AdwinParameters {
        self.parameters
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the width is a whole number, 0 or more"
    )]
    pub(super) fn state(&self) -> AdwinState {
        let bucket = |bucket: &Bucket| [Exact(bucket.total), Exact(bucket.variance)];
        AdwinState {
            width: self.width as u64,
            total: Exact(self.total),
            variance: Exact(self.variance),
            waiting: self.waiting,
            rows: self
                .rows
                .iter()
                .map(|row| row.iter().map(bucket).collect())
                .collect(),
        }
    }

    pub(super) fn reset(&mut self) {
        *self = Self::new(self.parameters);
    }

    #[expect(clippy::cast_precision_loss, reason = "the grace is compared roughly")]
    pub(super) fn update(&mut self, value: f64) -> Signal {
        self.insert(value);
        self.waiting += 1;
        if self.waiting < self.parameters.clock {
            return Signal::None;
        }
        self.waiting = 0;
        if self.width <= self.parameters.grace as f64 {
            return Signal::None;
        }
        let mut signal = Signal::None;
        while self.has_a_cut() && self.drop_oldest() {
            signal = Signal::Drift;
        }
        signal
    }

    pub(super) fn statistics(&self) -> Vec<Statistic> {
        let mean = if self.width > 0.0 {
            self.total / self.width
        } else {
            0.0
        };
        vec![("width", self.width), ("mean", mean)]
    }

    /// Whether a sum is no number any more, so that nothing is ever signalled again.
    pub(super) fn is_blind(&self) -> bool {
        !(self.total.is_finite() && self.variance.is_finite())
    }

    fn insert(&mut self, value: f64) {
        let before = self.width;
        self.width += 1.0;
        if before > 0.0 {
            let difference = value - self.total / before;
            self.variance += before * difference * difference / self.width;
        }
        self.total += value;
        let bucket = Bucket {
            total: value,
            variance: 0.0,
        };
        match self.rows.first_mut() {
            Some(row) => row.push_back(bucket),
            None => self.rows.push(VecDeque::from([bucket])),
        }
        self.compress();
    }

    /// Where a row has too many buckets, its two oldest become one of the next row.
    fn compress(&mut self) {
        let most = usize::try_from(self.parameters.buckets).unwrap_or(usize::MAX);
        let (mut size, mut reciprocal) = (1.0, 1.0);
        let mut index = 0;
        loop {
            let Some(row) = self.rows.get_mut(index) else {
                return;
            };
            if row.len() <= most {
                return;
            }
            let (Some(older), Some(newer)) = (row.pop_front(), row.pop_front()) else {
                return;
            };
            let merged = older.merged(&newer, size, reciprocal);
            index += 1;
            size *= 2.0;
            reciprocal *= 0.5;
            match self.rows.get_mut(index) {
                Some(next) => next.push_back(merged),
                None => self.rows.push(VecDeque::from([merged])),
            }
        }
    }

    /// Whether there is a place in the window where the means before and after it differ by more than
    /// chance explains.
    #[expect(clippy::cast_precision_loss, reason = "windows are far below 2^53")]
    fn has_a_cut(&self) -> bool {
        let least = self.parameters.minimum_window as f64;
        let bound = Bound::new(self);
        let mut old = Part {
            count: 0.0,
            total: 0.0,
        };
        let mut new = Part {
            count: self.width,
            total: self.total,
        };
        let mut size = self.oldest_size();
        for row in self.rows.iter().rev() {
            let (older, newer) = row.as_slices();
            for bucket in older.iter().chain(newer) {
                old.count += size;
                new.count -= size;
                old.total += bucket.total;
                new.total -= bucket.total;
                if old.count >= least
                    && new.count >= least
                    && !bound.is_clearly_kept(old, new)
                    && bound.is_exceeded(old, new)
                {
                    return true;
                }
            }
            size *= 0.5;
        }
        false
    }

    /// Takes the oldest bucket out of the window; false where there is none.
    fn drop_oldest(&mut self) -> bool {
        let size = self.oldest_size();
        let Some(row) = self.rows.last_mut() else {
            return false;
        };
        let Some(oldest) = row.pop_front() else {
            return false;
        };
        // with one bucket to a row, the rows before may be empty as well
        while self.rows.last().is_some_and(VecDeque::is_empty) {
            self.rows.pop();
        }
        self.width -= size;
        self.total -= oldest.total;
        let difference = oldest.total / size - self.total / self.width;
        self.variance -=
            oldest.variance + size * self.width * difference * difference / (size + self.width);
        true
    }

    /// Whether every cut that the quick bound lets pass is let pass by the exact one.
    #[cfg(test)]
    pub(super) fn assert_bounds_agree(&self) {
        let bound = Bound::new(self);
        let (mut count, mut total) = (0.0, 0.0);
        let mut size = self.oldest_size();
        for row in self.rows.iter().rev() {
            for bucket in row {
                count += size;
                total += bucket.total;
                let old = Part { count, total };
                let new = Part {
                    count: self.width - count,
                    total: self.total - total,
                };
                if count >= 5.0 && new.count >= 5.0 && bound.is_clearly_kept(old, new) {
                    assert!(!bound.is_exceeded(old, new), "{self:?}");
                }
            }
            size *= 0.5;
        }
    }

    /// How many values a bucket of the last row has.
    fn oldest_size(&self) -> f64 {
        let doublings = self.rows.len().saturating_sub(1);
        f64::exp2(f64::from(u32::try_from(doublings).unwrap_or(u32::MAX)))
    }
}

impl Bucket {
    /// One bucket of two that have `size` values each, a power of two: to divide by that is to multiply
    /// by its reciprocal, to the bit.
    #[inline]
    fn merged(&self, newer: &Self, size: f64, reciprocal: f64) -> Self {
        let difference = self.total * reciprocal - newer.total * reciprocal;
        let between = size * size * difference * difference * (0.5 * reciprocal);
        Self {
            total: self.total + newer.total,
            variance: self.variance + newer.variance + between,
        }
    }
}

/// One side of a cut.
#[derive(Clone, Copy)]
struct Part {
    count: f64,
    total: f64,
}

/// By how much the means of a cut's two sides may differ: ε = √(2/m σ² ln(2 ln w / δ)) + 2/(3 m) ln(2
/// ln w / δ), where 1/m is the sum of the reciprocal sizes and w the window's width.
struct Bound {
    /// ln(2 ln w / δ)
    confidence: f64,
    /// σ²
    variance: f64,
    /// What both sizes are lessened by, but for 1.
    lessened: f64,
    /// 2 σ² ln(2 ln w / δ) (a + b), a little less, where a and b are the lessened sizes.
    quick: f64,
}

impl Bound {
    #[expect(clippy::cast_precision_loss, reason = "windows are far below 2^53")]
    fn new(window: &Adwin) -> Self {
        let confidence = (2.0 * window.width.ln() / window.parameters.delta).ln();
        let variance = window.variance / window.width;
        let lessened = window.parameters.minimum_window as f64;
        let sizes = window.width - 2.0 * lessened + 2.0;
        Self {
            confidence,
            variance,
            lessened,
            quick: 2.0 * variance * confidence * sizes * (1.0 - 1e-9),
        }
    }

    /// Whether the bound is kept by more than rounding could hide, told without a division and without
    /// a root, by its first term alone: |old/n − new/m| < √(c (1/a + 1/b)) where (old m − new n)² a b <
    /// c (a + b) (n m)², and as a b ≤ n m, where (old m − new n)² < c (a + b) n m. Where it answers no,
    /// nothing is known.
    #[inline]
    fn is_clearly_kept(&self, old: Part, new: Part) -> bool {
        /// More than the four roundings of a difference of products can make.
        const ROUNDING: f64 = 1e-15;
        /// Below this, numbers lose digits.
        const SMALLEST: f64 = 1e-200;
        let (left, right) = (old.total * new.count, new.total * old.count);
        let difference = (left - right).abs() + ROUNDING * (left.abs() + right.abs());
        let allowed = self.quick * (old.count * new.count);
        difference * difference < allowed && allowed > SMALLEST
    }

    fn is_exceeded(&self, old: Part, new: Part) -> bool {
        let difference = old.total / old.count - new.total / new.count;
        let reciprocal =
            1.0 / (old.count - self.lessened + 1.0) + 1.0 / (new.count - self.lessened + 1.0);
        let allowed = (2.0 * reciprocal * self.variance * self.confidence).sqrt()
            + 2.0 / 3.0 * self.confidence * reciprocal;
        difference.abs() > allowed
    }
}

impl AdwinState {
    /// Why no detector with these parameters can have come to this, if none can.
    pub(super) fn fault(&self, parameters: &AdwinParameters) -> Option<&'static str> {
        if self.rows.len() > ROWS {
            return Some("more rows than any window has");
        }
        let mut size = 1_u64;
        let mut width = 0_u64;
        for row in &self.rows {
            let buckets = u64::try_from(row.len()).unwrap_or(u64::MAX);
            if buckets > parameters.buckets {
                return Some("more buckets in a row than `buckets`");
            }
            width = width.saturating_add(size.saturating_mul(buckets));
            size = size.saturating_mul(2);
        }
        if width != self.width || width >= 1 << 53 {
            return Some("a width that is not that of its buckets");
        }
        if self.rows.last().is_some_and(Vec::is_empty) {
            return Some("a last row without buckets");
        }
        (self.waiting >= parameters.clock).then_some("a check of the window that is overdue")
    }
}
