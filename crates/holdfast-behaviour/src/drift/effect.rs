//! Effect sizes in words.

use holdfast_model::{DriftTestKind, Magnitude};

/// What an effect size amounts to: negligible below the first limit, then small, medium, and large
/// from the last one on.
///
/// | test | effect size | small | medium | large |
/// |---|---|---:|---:|---:|
/// | chi-square | Cramér's V | 0.1 | 0.3 | 0.5 |
/// | Wasserstein | over the reference's standard deviation | 0.2 | 0.5 | 0.8 |
/// | Kolmogorov–Smirnov | D | 0.08 | 0.20 | 0.31 |
/// | Jensen–Shannon | the distance, base 2 | 0.08 | 0.21 | 0.33 |
/// | PSI | itself | | 0.1 | 0.25 |
///
/// Cohen (1988) calls w = 0.1, 0.3, 0.5 small, medium and large; with two rows, V is w. He calls two
/// means d = 0.2, 0.5, 0.8 standard deviations apart so too: a distribution that is moved by d of
/// them has a Wasserstein distance of just d. The limits of D and of the Jensen–Shannon distance are
/// what two normal distributions so far apart have: D = 2Φ(d/2) − 1 exactly, the other by
/// integration. PSI has two limits by convention (Siddiqi 2006): below 0.1 nothing changed, from 0.25
/// on it is another population; there is no "small".
pub fn magnitude(test: DriftTestKind, effect_size: f64) -> Magnitude {
    let [small, medium, large] = match test {
        DriftTestKind::ChiSquare => [0.1, 0.3, 0.5],
        DriftTestKind::Wasserstein => [0.2, 0.5, 0.8],
        DriftTestKind::KolmogorovSmirnov => [0.08, 0.20, 0.31],
        DriftTestKind::JensenShannon => [0.08, 0.21, 0.33],
        DriftTestKind::PopulationStabilityIndex => [0.1, 0.1, 0.25],
    };
    if effect_size >= large {
        Magnitude::Large
    } else if effect_size >= medium {
        Magnitude::Medium
    } else if effect_size >= small {
        Magnitude::Small
    } else {
        Magnitude::Negligible
    }
}
