//! Numbers for samples that look like real ones: the same on every run.

use holdfast_model::{DriftTest, DriftTestKind, Histogram, Magnitude};

/// Numbers between 0 and 1, by the generator of Park and Miller (1988).
pub(crate) struct Uniform(u64);

impl Uniform {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed % 2_147_483_646 + 1)
    }

    pub(crate) fn next(&mut self) -> f64 {
        self.0 = self.0 * 48_271 % 2_147_483_647;
        #[expect(clippy::cast_precision_loss, reason = "31 bits fit")]
        let number = self.0 as f64;
        number / 2_147_483_647.0
    }

    /// Nearly normal: the sum of twelve, around `mean`.
    pub(crate) fn normal(&mut self, mean: f64, deviation: f64) -> f64 {
        let sum: f64 = (0..12).map(|_| self.next()).sum();
        mean + deviation * (sum - 6.0)
    }
}

/// Both samples in `bins` equal bins between `least` and `greatest`.
pub(crate) fn histogram(
    (reference, current): (&[f64], &[f64]),
    bins: u32,
    (least, greatest): (f64, f64),
) -> Histogram {
    let width = (greatest - least) / f64::from(bins);
    let counts = |values: &[f64]| {
        let mut counts = vec![0; bins as usize];
        for value in values {
            let place = ((value - least) / width).clamp(0.0, f64::from(bins) - 1.0);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "between 0 and the number of bins"
            )]
            let place = place as usize;
            counts[place] += 1;
        }
        counts
    };
    Histogram {
        edges: (0..=bins)
            .map(|edge| least + width * f64::from(edge))
            .collect(),
        categories: Vec::new(),
        reference: counts(reference),
        current: counts(current),
    }
}

pub(crate) fn test(
    test: DriftTestKind,
    effect_size: f64,
    p_value: Option<f64>,
    magnitude: Magnitude,
) -> DriftTest {
    DriftTest {
        test,
        statistic: Some(effect_size),
        p_value,
        adjusted_p_value: p_value.map(|p_value| (p_value * 3.0).min(1.0)),
        effect_size: Some(effect_size),
        magnitude,
    }
}
