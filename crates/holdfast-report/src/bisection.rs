//! Which changed packages changed the predictions, as `holdfast golden bisect` shows it.

mod html;
mod text;
mod words;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::document::{Report, document};

pub use html::bisection_html;
pub use text::bisection_text;

/// Which of the changes from one lock to another are responsible for changed predictions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Bisection {
    /// The golden set: its path as it was given.
    pub golden: String,
    /// The lock whose predictions are taken as right.
    pub from: BisectedLock,
    /// The lock whose predictions differ.
    pub to: BisectedLock,
    /// What differs between the locks: packages, and `python` for the interpreter; sorted.
    pub changes: Vec<Exchange>,
    /// Inputs of the golden set.
    pub inputs: u64,
    /// How the predictions of the second lock differ from those of the first.
    pub difference: Difference,
    /// What was found.
    pub verdict: BisectionVerdict,
    /// The smallest sets of changes that are responsible, in the order in which they were found: each
    /// is on top of those before it.
    pub culprits: Vec<Culprit>,
    /// How the second lock still differs from the first with all culprits on top; null where it does
    /// not.
    pub remaining: Option<Difference>,
    /// How predictions that should be the same are not: for `unstable` two runs of one environment,
    /// otherwise those of the first lock beside the recorded ones; null where they are.
    pub disagreement: Option<Difference>,
    /// What was tried, in order.
    pub trials: Vec<Trial>,
    /// How many environments were made, those of the two locks among them.
    pub environments: u64,
    /// Seconds that all of it took; null where it was not measured.
    pub seconds: Option<f64>,
}

/// One of the two locks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BisectedLock {
    /// Its path as it was given.
    pub lock: String,
    /// Its SHA-256, `sha256:` and hexadecimal digits.
    pub digest: String,
    /// Its interpreter: `3.11.7`; null where it does not say.
    pub python: Option<String>,
}

/// A package that is there in another version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Exchange {
    /// The package's name; `python` for the interpreter.
    pub package: String,
    /// Its version in the first lock; null where it has none.
    pub before: Option<String>,
    /// Its version in the second lock; null where it has none.
    pub after: Option<String>,
}

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BisectionVerdict {
    /// Some of the changes are responsible.
    Culprits,
    /// The second lock predicts as the first.
    None,
    /// The recorded predictions do not come back under the first lock.
    NotReproducible,
    /// Two runs of one environment predict differently.
    Unstable,
    /// The changes that are responsible cannot be tried apart.
    Inseparable,
}

/// How predictions differ.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// Inputs whose predictions differ by more than the tolerance.
    pub changed: u64,
    /// Inputs of which a label differs.
    pub flipped: u64,
    /// The largest difference; null where no numbers differ.
    pub largest: Option<LargestDifference>,
}

/// The largest difference of two numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LargestDifference {
    /// Its size, without a sign; null where it is not finite.
    pub absolute: Option<f64>,
    /// Which input, counted from 1.
    pub input: u64,
    /// The part of the prediction; empty where it is a value of its own.
    pub path: String,
    /// The number before, as JSON text.
    pub before: String,
    /// The number after, as JSON text.
    pub after: String,
}

/// Changes that are responsible: none of them can be left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Culprit {
    /// The changes, sorted by package.
    pub changes: Vec<Exchange>,
    /// How they belong together.
    pub together: Together,
    /// What had to move along so that the environment could be installed; sorted by package.
    pub carried: Vec<Carried>,
    /// How predictions differ where these changes are made, on top of the culprits before.
    pub difference: Difference,
    /// Whether that is all of the difference between the locks.
    pub explains: Explains,
    /// Inputs that change with it.
    pub explained: u64,
}

/// How the changes of a culprit belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Together {
    /// It is one change.
    Alone,
    /// Any part of them changes nothing.
    Interaction,
    /// Parts of them cannot be tried.
    Inseparable,
}

/// How much of the difference a culprit explains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Explains {
    /// All of it.
    All,
    /// A part.
    Part,
}

/// A change that had to move along.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Carried {
    /// The change.
    pub change: Exchange,
    /// Why: `scipy 1.11.4 needs numpy<1.28`.
    pub because: String,
}

/// An environment that was tried.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Trial {
    /// Which, counted from 1.
    pub number: u64,
    /// The packages that were taken from the second lock, sorted; all others are the first's.
    pub exchanged: Vec<String>,
    /// How it predicts.
    pub outcome: TrialOutcome,
    /// Why it did not predict, in one line; null where it did.
    pub reason: Option<String>,
    /// Inputs whose predictions differ from the first lock's; null where it did not predict.
    pub changed: Option<u64>,
    /// Seconds that installing took; null where it was not needed.
    pub seconds_install: Option<f64>,
    /// Seconds that predicting took; null where it was not needed.
    pub seconds_run: Option<f64>,
}

/// How an environment predicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TrialOutcome {
    /// As the first lock.
    Same,
    /// Otherwise.
    Different,
    /// It cannot be installed, or does not run.
    Unresolved,
}

impl Report for Bisection {
    const SCHEMA: &'static str = "holdfast/bisection/1";
}

/// The bisection as JSON (`holdfast/bisection/1`).
pub fn bisection_json(bisection: &Bisection) -> String {
    document(bisection)
}
