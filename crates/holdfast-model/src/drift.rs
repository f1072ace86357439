//! How two samples differ: columns of data, or predictions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Two tables of data, compared column by column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Drift {
    /// The reference: its path as it was given.
    pub reference: String,
    /// The current data: its path as it was given.
    pub current: String,
    /// Rows of the reference.
    pub reference_rows: u64,
    /// Rows of the current data.
    pub current_rows: u64,
    /// How p-values were corrected for their number.
    pub correction: Correction,
    /// The columns that were compared, in the order of the reference.
    pub columns: Vec<ColumnDrift>,
    /// The columns that could not be, sorted by name.
    pub left_out: Vec<LeftOutColumn>,
}

/// A column that could not be compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeftOutColumn {
    /// Its name.
    pub column: String,
    /// Why not, and what would help.
    pub reason: String,
}

/// How p-values are corrected for their number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Correction {
    /// Benjamini and Hochberg (1995): bounds the share of false alarms among the alarms.
    #[default]
    BenjaminiHochberg,
    /// Holm (1979): bounds the chance of any false alarm.
    Holm,
    /// Bonferroni: the same, by the number of tests alone.
    Bonferroni,
    /// None.
    None,
}

/// One column of two tables.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ColumnDrift {
    /// Its name.
    pub column: String,
    /// Whether it has numbers or categories.
    pub kind: ColumnKind,
    /// The sample of the reference.
    pub reference: Sample,
    /// The current sample.
    pub current: Sample,
    /// What the tests say, in the order of [`DriftTestKind`].
    pub tests: Vec<DriftTest>,
    /// Both samples in common bins.
    pub histogram: Histogram,
}

/// What a column's values are.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum ColumnKind {
    /// Numbers.
    Numeric,
    /// Names, without an order.
    Categorical,
}

/// What a sample is like.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sample {
    /// Values that were compared.
    pub count: u64,
    /// Cells without a value: empty, null, NaN.
    pub missing: u64,
    /// Values that are plus or minus infinity; they take part in ranks, and in no mean.
    pub infinite: u64,
    /// Different values; null where they were not counted.
    pub distinct: Option<u64>,
    /// The least of the finite ones, of numbers.
    pub minimum: Option<f64>,
    /// The one in the middle, of numbers; of an even number the mean of both; null where infinite.
    pub median: Option<f64>,
    /// The mean of the finite ones, of numbers.
    pub mean: Option<f64>,
    /// The standard deviation (n − 1) of the finite ones, of numbers.
    pub standard_deviation: Option<f64>,
    /// The greatest of the finite ones, of numbers.
    pub maximum: Option<f64>,
}

/// A test or distance between two samples.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum DriftTestKind {
    /// Two-sample Kolmogorov–Smirnov, two-sided; the effect size is its statistic D, in 0 to 1.
    KolmogorovSmirnov,
    /// Pearson's chi-square of homogeneity; the effect size is Cramér's V, in 0 to 1.
    ChiSquare,
    /// Population stability index; its own effect size.
    PopulationStabilityIndex,
    /// Jensen–Shannon distance (base 2), in 0 to 1; its own effect size.
    JensenShannon,
    /// Wasserstein distance of order 1 (earth mover's), in the column's unit; the effect size is it
    /// over the reference's standard deviation.
    Wasserstein,
}

impl DriftTestKind {
    /// Its name, as JSON and the policy have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::KolmogorovSmirnov => "kolmogorov-smirnov",
            Self::ChiSquare => "chi-square",
            Self::PopulationStabilityIndex => "population-stability-index",
            Self::JensenShannon => "jensen-shannon",
            Self::Wasserstein => "wasserstein",
        }
    }
}

/// What a test says of a column.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DriftTest {
    /// Which test.
    pub test: DriftTestKind,
    /// Its statistic or distance; null where it is not finite.
    pub statistic: Option<f64>,
    /// The chance of a statistic as large where nothing differs; null for distances, which have none.
    pub p_value: Option<f64>,
    /// The p-value, corrected for the number of columns; null for distances.
    pub adjusted_p_value: Option<f64>,
    /// How large the difference is, whatever the sample size.
    pub effect_size: Option<f64>,
    /// The effect size in a word, by thresholds that the documentation gives with their sources.
    pub magnitude: Magnitude,
}

/// An effect size in a word.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Magnitude {
    /// Not worth a look.
    #[default]
    Negligible,
    /// Small.
    Small,
    /// Medium.
    Medium,
    /// Large.
    Large,
}

impl Magnitude {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Negligible => "negligible",
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Large => "large",
        }
    }
}

/// Two samples, counted in the same bins.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Histogram {
    /// Edges of the bins, one more than there are bins, for numbers; empty for categories.
    pub edges: Vec<f64>,
    /// The categories, most frequent in the reference first, for categories; the last may be `…`,
    /// which stands for all others.
    pub categories: Vec<String>,
    /// Values of the reference in each bin.
    pub reference: Vec<u64>,
    /// Current values in each bin.
    pub current: Vec<u64>,
}
