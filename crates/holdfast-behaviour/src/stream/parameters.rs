//! What detectors are asked for: names, defaults and ranges.

use super::adwin::AdwinParameters;
use super::ddm::DdmParameters;
use super::detector::DetectorKind;
use super::eddm::EddmParameters;
use super::page_hinkley::{Direction, PageHinkleyParameters};

/// The parameters of a detector.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Parameters {
    /// Of Page–Hinkley.
    PageHinkley(PageHinkleyParameters),
    /// Of ADWIN.
    Adwin(AdwinParameters),
    /// Of DDM.
    Ddm(DdmParameters),
    /// Of EDDM.
    Eddm(EddmParameters),
}

/// One parameter; which detectors have it, [`Parameters::values`] tells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Parameter {
    /// Page–Hinkley: the change that is let pass. ADWIN: the chance of a false alarm.
    Delta(f64),
    /// Page–Hinkley: what the sum of deviations has to exceed.
    Threshold(f64),
    /// Page–Hinkley: what the sum keeps of itself at each value.
    Forgetting(f64),
    /// Page–Hinkley: which changes count.
    Direction(Direction),
    /// Page–Hinkley, DDM, EDDM: how many values are seen first.
    Minimum(u64),
    /// ADWIN: after how many values each the window is looked at.
    Clock(u64),
    /// ADWIN: how many buckets a row may have.
    Buckets(u64),
    /// ADWIN: how many values each part of a cut has at least.
    MinimumWindow(u64),
    /// ADWIN: from how many values on the window is looked at.
    Grace(u64),
    /// DDM, EDDM: from where on it warns.
    Warning(f64),
    /// DDM, EDDM: from where on it is a drift.
    Drift(f64),
}

/// What a parameter is set to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ParameterValue {
    /// A number.
    Number(f64),
    /// A count.
    Count(u64),
    /// A word.
    Word(&'static str),
}

/// Why parameters are refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ParameterError {
    /// It belongs to another detector.
    #[error("`{detector}` has no parameter `{parameter}`: leave it out; it has {has}")]
    NotOfDetector {
        /// The parameter.
        parameter: &'static str,
        /// The detector.
        detector: &'static str,
        /// What the detector has instead.
        has: String,
    },
    /// It is out of its range.
    #[error("`{parameter}` of `{detector}` is {value}: it has to be {range}")]
    OutOfRange {
        /// The parameter.
        parameter: &'static str,
        /// The detector.
        detector: &'static str,
        /// What was asked for.
        value: f64,
        /// What can be asked for.
        range: &'static str,
    },
}

impl Parameter {
    /// Its name, as the command line and the state have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Delta(_) => "delta",
            Self::Threshold(_) => "threshold",
            Self::Forgetting(_) => "forgetting",
            Self::Direction(_) => "direction",
            Self::Minimum(_) => "minimum",
            Self::Clock(_) => "clock",
            Self::Buckets(_) => "buckets",
            Self::MinimumWindow(_) => "minimum-window",
            Self::Grace(_) => "grace",
            Self::Warning(_) => "warning",
            Self::Drift(_) => "drift",
        }
    }

    /// What it is set to.
    pub fn value(self) -> ParameterValue {
        match self {
            Self::Delta(number)
            | Self::Threshold(number)
            | Self::Forgetting(number)
            | Self::Warning(number)
            | Self::Drift(number) => ParameterValue::Number(number),
            Self::Direction(direction) => ParameterValue::Word(direction.as_str()),
            Self::Minimum(count)
            | Self::Clock(count)
            | Self::Buckets(count)
            | Self::MinimumWindow(count)
            | Self::Grace(count) => ParameterValue::Count(count),
        }
    }
}

impl std::fmt::Display for ParameterValue {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            // no row of zeros
            Self::Number(number) if *number != 0.0 && number.abs() < 1e-4 => {
                write!(formatter, "{number:e}")
            }
            Self::Number(number) => write!(formatter, "{number}"),
            Self::Count(count) => write!(formatter, "{count}"),
            Self::Word(word) => formatter.write_str(word),
        }
    }
}

impl Parameters {
    /// What a detector is asked for where nothing else is said.
    pub fn defaults(kind: DetectorKind) -> Self {
        match kind {
            DetectorKind::PageHinkley => Self::PageHinkley(PageHinkleyParameters::default()),
            DetectorKind::Adwin => Self::Adwin(AdwinParameters::default()),
            DetectorKind::Ddm => Self::Ddm(DdmParameters::default()),
            DetectorKind::Eddm => Self::Eddm(EddmParameters::default()),
        }
    }

    /// Of which detector they are.
    pub fn kind(&self) -> DetectorKind {
        match self {
            Self::PageHinkley(_) => DetectorKind::PageHinkley,
            Self::Adwin(_) => DetectorKind::Adwin,
            Self::Ddm(_) => DetectorKind::Ddm,
            Self::Eddm(_) => DetectorKind::Eddm,
        }
    }

    /// All of them, in the order of the documentation.
    pub fn values(&self) -> Vec<Parameter> {
        match self {
            Self::PageHinkley(parameters) => vec![
                Parameter::Minimum(parameters.minimum),
                Parameter::Delta(parameters.delta),
                Parameter::Threshold(parameters.threshold),
                Parameter::Forgetting(parameters.forgetting),
                Parameter::Direction(parameters.direction),
            ],
            Self::Adwin(parameters) => vec![
                Parameter::Delta(parameters.delta),
                Parameter::Clock(parameters.clock),
                Parameter::Buckets(parameters.buckets),
                Parameter::MinimumWindow(parameters.minimum_window),
                Parameter::Grace(parameters.grace),
            ],
            Self::Ddm(DdmParameters {
                minimum,
                warning,
                drift,
            })
            | Self::Eddm(EddmParameters {
                minimum,
                warning,
                drift,
            }) => vec![
                Parameter::Minimum(*minimum),
                Parameter::Warning(*warning),
                Parameter::Drift(*drift),
            ],
        }
    }

    /// The same with one of them set. Its range is looked at by [`Self::check`].
    ///
    /// # Errors
    /// Where the detector has no such parameter.
    pub fn with(mut self, parameter: Parameter) -> Result<Self, ParameterError> {
        let is_set = match &mut self {
            Self::PageHinkley(parameters) => set_page_hinkley(parameters, parameter),
            Self::Adwin(parameters) => set_adwin(parameters, parameter),
            Self::Ddm(DdmParameters {
                minimum,
                warning,
                drift,
            })
            | Self::Eddm(EddmParameters {
                minimum,
                warning,
                drift,
            }) => set_limits((minimum, warning, drift), parameter),
        };
        if is_set {
            return Ok(self);
        }
        let has: Vec<String> = self
            .values()
            .iter()
            .map(|parameter| format!("`{}`", parameter.name()))
            .collect();
        Err(ParameterError::NotOfDetector {
            parameter: parameter.name(),
            detector: self.kind().as_str(),
            has: has.join(", "),
        })
    }

    /// Makes sure that each is in its range.
    ///
    /// # Errors
    /// Where one is not.
    pub fn check(&self) -> Result<(), ParameterError> {
        let detector = self.kind().as_str();
        for parameter in self.values() {
            let (is_in_range, range) = self.range(parameter);
            if is_in_range {
                continue;
            }
            #[expect(clippy::cast_precision_loss, reason = "it is only shown")]
            let value = match parameter.value() {
                ParameterValue::Number(number) => number,
                ParameterValue::Count(count) => count as f64,
                ParameterValue::Word(_) => continue,
            };
            return Err(ParameterError::OutOfRange {
                parameter: parameter.name(),
                detector,
                value,
                range,
            });
        }
        Ok(())
    }

    fn range(&self, parameter: Parameter) -> (bool, &'static str) {
        match parameter {
            Parameter::Direction(_) | Parameter::Grace(_) => (true, "a word or a count"),
            Parameter::Buckets(count) => ((1..=1000).contains(&count), "a count from 1 to 1000"),
            Parameter::Minimum(count)
            | Parameter::Clock(count)
            | Parameter::MinimumWindow(count) => (count >= 1, "a count that is 1 or more"),
            Parameter::Forgetting(share) => share_range(share),
            Parameter::Threshold(number) => number_range(number),
            Parameter::Delta(number) => match self {
                Self::Adwin(_) => (number > 0.0 && number < 1.0, "a number between 0 and 1"),
                Self::PageHinkley(_) | Self::Ddm(_) | Self::Eddm(_) => number_range(number),
            },
            Parameter::Warning(number) => match self {
                Self::Eddm(_) => share_range(number),
                Self::Ddm(_) | Self::PageHinkley(_) | Self::Adwin(_) => number_range(number),
            },
            Parameter::Drift(number) => match self {
                Self::Ddm(parameters) => (
                    number >= parameters.warning && number.is_finite(),
                    "a number that is `warning` or more",
                ),
                Self::Eddm(parameters) => (
                    number > 0.0 && number <= parameters.warning,
                    "a number above 0 and at most `warning`",
                ),
                Self::PageHinkley(_) | Self::Adwin(_) => number_range(number),
            },
        }
    }
}

fn share_range(share: f64) -> (bool, &'static str) {
    (
        share > 0.0 && share <= 1.0,
        "a number above 0 and at most 1",
    )
}

fn number_range(number: f64) -> (bool, &'static str) {
    (
        number >= 0.0 && number.is_finite(),
        "a number that is 0 or more",
    )
}

fn set_page_hinkley(parameters: &mut PageHinkleyParameters, parameter: Parameter) -> bool {
    match parameter {
        Parameter::Minimum(count) => parameters.minimum = count,
        Parameter::Delta(number) => parameters.delta = number,
        Parameter::Threshold(number) => parameters.threshold = number,
        Parameter::Forgetting(share) => parameters.forgetting = share,
        Parameter::Direction(direction) => parameters.direction = direction,
        Parameter::Clock(_)
        | Parameter::Buckets(_)
        | Parameter::MinimumWindow(_)
        | Parameter::Grace(_)
        | Parameter::Warning(_)
        | Parameter::Drift(_) => return false,
    }
    true
}

fn set_adwin(parameters: &mut AdwinParameters, parameter: Parameter) -> bool {
    match parameter {
        Parameter::Delta(chance) => parameters.delta = chance,
        Parameter::Clock(count) => parameters.clock = count,
        Parameter::Buckets(count) => parameters.buckets = count,
        Parameter::MinimumWindow(count) => parameters.minimum_window = count,
        Parameter::Grace(count) => parameters.grace = count,
        Parameter::Threshold(_)
        | Parameter::Forgetting(_)
        | Parameter::Direction(_)
        | Parameter::Minimum(_)
        | Parameter::Warning(_)
        | Parameter::Drift(_) => return false,
    }
    true
}

/// Those that DDM and EDDM have alike.
fn set_limits(
    (minimum, warning, drift): (&mut u64, &mut f64, &mut f64),
    parameter: Parameter,
) -> bool {
    match parameter {
        Parameter::Minimum(count) => *minimum = count,
        Parameter::Warning(number) => *warning = number,
        Parameter::Drift(number) => *drift = number,
        Parameter::Delta(_)
        | Parameter::Threshold(_)
        | Parameter::Forgetting(_)
        | Parameter::Direction(_)
        | Parameter::Clock(_)
        | Parameter::Buckets(_)
        | Parameter::MinimumWindow(_)
        | Parameter::Grace(_) => return false,
    }
    true
}
