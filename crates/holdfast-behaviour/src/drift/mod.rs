//! Statistics of two samples: tests, distances and effect sizes.
//!
//! [`compare`] does two tables, column by column, on all cores; [`numbers`] and [`categories`] do two
//! samples; everything that they are made of is here too, with its formula and source. Where scipy has
//! the same, the results are equal: statistics to 10⁻¹², p-values to 10⁻⁹.
//!
//! A p-value says whether samples of this size can tell two distributions apart, and large samples can
//! tell any two; so each test has an effect size beside it, and [`magnitude`] puts that into a word.

mod bins;
mod chi_square;
mod column;
mod correction;
mod distance;
mod effect;
mod histogram;
mod kolmogorov;
mod kolmogorov_smirnov;
mod lattice;
mod smirnov;
mod sorted;
mod tables;
mod walk;

pub use self::bins::QuantileBins;
pub use self::chi_square::{ChiSquareTest, Continuity, chi_square, chi_square_survival};
pub use self::column::{
    Categories, Compared, DEFAULT_BINS, categories, category_counts, numbers, sorted_numbers,
};
pub use self::correction::corrected;
pub use self::distance::{LEAST_SHARE, jensen_shannon_distance, population_stability_index};
pub use self::effect::magnitude;
pub use self::histogram::{category_histogram, number_histogram};
pub use self::kolmogorov::kolmogorov_survival;
pub use self::kolmogorov_smirnov::{KsMethod, KsTest, MOST_FOR_EXACT, ks_two_sample};
pub use self::sorted::Sorted;
pub use self::tables::{DEFAULT_CATEGORIES, DriftError, DriftOptions, compare};
pub use self::walk::wasserstein;

/// A count as a number.
#[expect(clippy::cast_precision_loss, reason = "counts are below 2^53")]
fn real(count: usize) -> f64 {
    count as f64
}
