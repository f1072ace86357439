//! The detectors as one.

use super::adwin::Adwin;
use super::ddm::Ddm;
use super::eddm::Eddm;
use super::page_hinkley::PageHinkley;
use super::parameters::{ParameterError, Parameters};

/// What a value makes a detector say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signal {
    /// Nothing.
    #[default]
    None,
    /// There may be a drift. Page–Hinkley and ADWIN never say this.
    Warning,
    /// There is one. At the next value the detector begins anew.
    Drift,
}

impl Signal {
    /// Its name, as reports and the state have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Warning => "warning",
            Self::Drift => "drift",
        }
    }
}

/// Which detector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DetectorKind {
    /// Page–Hinkley, over numbers.
    PageHinkley,
    /// ADWIN, over numbers.
    Adwin,
    /// DDM, over right (0) and wrong (1).
    Ddm,
    /// EDDM, over right (0) and wrong (1).
    Eddm,
}

impl DetectorKind {
    /// All, in the order of the documentation.
    pub const ALL: [Self; 4] = [Self::PageHinkley, Self::Adwin, Self::Ddm, Self::Eddm];

    /// Its name, as the command line and the state have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PageHinkley => "page-hinkley",
            Self::Adwin => "adwin",
            Self::Ddm => "ddm",
            Self::Eddm => "eddm",
        }
    }

    /// Whether its values are right (0) and wrong (1) alone.
    pub fn takes_bits(self) -> bool {
        match self {
            Self::PageHinkley | Self::Adwin => false,
            Self::Ddm | Self::Eddm => true,
        }
    }
}

/// A number that a detector looks at, with its name.
pub(super) type Statistic = (&'static str, f64);

/// A detector with what it remembers.
#[derive(Debug, Clone)]
pub struct Detector {
    pub(super) method: Method,
    /// What the last value made it say.
    pub(super) last: Signal,
}

#[derive(Debug, Clone)]
pub(super) enum Method {
    PageHinkley(PageHinkley),
    Adwin(Adwin),
    Ddm(Ddm),
    Eddm(Eddm),
}

impl Detector {
    /// A detector that has seen nothing.
    ///
    /// # Errors
    /// Where a parameter is out of its range.
    pub fn new(parameters: Parameters) -> Result<Self, ParameterError> {
        parameters.check()?;
        Ok(Self {
            method: match parameters {
                Parameters::PageHinkley(parameters) => {
                    Method::PageHinkley(PageHinkley::new(parameters))
                }
                Parameters::Adwin(parameters) => Method::Adwin(Adwin::new(parameters)),
                Parameters::Ddm(parameters) => Method::Ddm(Ddm::new(parameters)),
                Parameters::Eddm(parameters) => Method::Eddm(Eddm::new(parameters)),
            },
            last: Signal::None,
        })
    }

    /// Takes a value and says what it makes of it. After a drift, it begins anew with this value. DDM
    /// and EDDM take 0 (right) and 1 (wrong); anything but 1 is right for EDDM, and for DDM a part of
    /// an error.
    #[inline]
    pub fn update(&mut self, value: f64) -> Signal {
        if self.last == Signal::Drift {
            self.reset();
        }
        self.last = match &mut self.method {
            Method::PageHinkley(method) => method.update(value),
            Method::Adwin(method) => method.update(value),
            Method::Ddm(method) => method.update(value),
            #[expect(clippy::float_cmp, reason = "1 is what stands for an error")]
            Method::Eddm(method) => method.update(value == 1.0),
        };
        self.last
    }

    /// What the last value made it say.
    pub fn last(&self) -> Signal {
        self.last
    }

    /// What it was asked for.
    pub fn parameters(&self) -> Parameters {
        match &self.method {
            Method::PageHinkley(method) => Parameters::PageHinkley(method.parameters()),
            Method::Adwin(method) => Parameters::Adwin(method.parameters()),
            Method::Ddm(method) => Parameters::Ddm(method.parameters()),
            Method::Eddm(method) => Parameters::Eddm(method.parameters()),
        }
    }

    /// What it looks at, by name, since it last began: numbers in the values' unit, rates, counts.
    pub fn statistics(&self) -> Vec<(&'static str, f64)> {
        match &self.method {
            Method::PageHinkley(method) => method.statistics(),
            Method::Adwin(method) => method.statistics(),
            Method::Ddm(method) => method.statistics(),
            Method::Eddm(method) => method.statistics(),
        }
    }

    /// Whether values as large as those it was given (their squares, for ADWIN) are beyond what a
    /// double holds: it will then say nothing any more, and that is no sign of quiet.
    pub fn is_blind(&self) -> bool {
        // after a drift it begins anew, whatever its sums are
        self.last != Signal::Drift
            && match &self.method {
                Method::PageHinkley(method) => method.is_blind(),
                Method::Adwin(method) => method.is_blind(),
                Method::Ddm(_) | Method::Eddm(_) => false,
            }
    }

    fn reset(&mut self) {
        match &mut self.method {
            Method::PageHinkley(method) => method.reset(),
            Method::Adwin(method) => method.reset(),
            Method::Ddm(method) => method.reset(),
            Method::Eddm(method) => method.reset(),
        }
    }
}
