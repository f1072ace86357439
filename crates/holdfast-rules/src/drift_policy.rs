//! From when on a column of data has drifted: the table `[drift]` of the configuration.

use std::collections::BTreeMap;

use holdfast_model::{Correction, DriftTestKind};

/// From when on a column has drifted, and which columns are looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct DriftPolicy {
    /// The corrected p-value below which a difference is not taken for chance.
    pub significance: f64,
    /// How p-values are corrected for their number.
    pub correction: Correction,
    /// The effect sizes from which on a difference is too large.
    pub effect_sizes: EffectSizes,
    /// Other effect sizes, for columns of these names.
    pub columns: BTreeMap<String, EffectSizes>,
    /// Columns that are not compared unless they are asked for by name.
    pub ignored: Vec<String>,
    /// Columns that are categories, whatever is in them.
    pub categorical: Vec<String>,
}

impl Default for DriftPolicy {
    fn default() -> Self {
        Self {
            significance: 0.05,
            correction: Correction::default(),
            effect_sizes: EffectSizes::default(),
            columns: BTreeMap::new(),
            ignored: Vec::new(),
            categorical: Vec::new(),
        }
    }
}

impl DriftPolicy {
    /// The effect size from which on a difference of a column is too large.
    pub fn limit(&self, column: &str, test: DriftTestKind) -> f64 {
        let own = self.columns.get(column).and_then(|sizes| sizes.get(test));
        own.or_else(|| self.effect_sizes.get(test))
            .unwrap_or_else(|| default_limit(test))
    }
}

/// Effect sizes by test; those that are not said are the ones of all columns, or the default.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EffectSizes {
    sizes: BTreeMap<DriftTestKind, f64>,
}

impl EffectSizes {
    /// The effect size of a test, where it is said.
    pub fn get(&self, test: DriftTestKind) -> Option<f64> {
        self.sizes.get(&test).copied()
    }

    /// Says the effect size of a test.
    pub fn set(&mut self, test: DriftTestKind, size: f64) {
        self.sizes.insert(test, size);
    }
}

/// The effect size from which on a difference is too large where nobody says another: what is small
/// by the usual words, and for PSI the 0.2 from which on practice calls for action.
fn default_limit(test: DriftTestKind) -> f64 {
    match test {
        DriftTestKind::PopulationStabilityIndex => 0.2,
        DriftTestKind::KolmogorovSmirnov
        | DriftTestKind::ChiSquare
        | DriftTestKind::JensenShannon
        | DriftTestKind::Wasserstein => 0.1,
    }
}
