//! What a project wants: the part of its configuration that rules judge by.
//!
//! Parsed and validated by whoever reads the configuration; nothing here reads a file.

use holdfast_model::{Location, PackageId, Severity, Tolerance};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use crate::{DriftPolicy, GlobalPattern, LicenceName, SubjectPattern};

/// What a project wants.
#[derive(Debug, Clone)]
pub struct Policy {
    /// How old a release must be before it is locked; zero turns `holding-period` off.
    pub holding_period: SignedDuration,
    /// What `holding-period` makes of a locked file whose upload time nobody tells.
    pub missing_upload_time: MissingUploadTime,
    /// Which licences are wanted.
    pub licences: Licences,
    /// Findings that somebody answers for.
    pub waivers: Vec<Waiver>,
    /// Advisories that were let through by id or alias (`--allow`).
    pub allowed: Vec<String>,
    /// Packages whose source archive may be built, which runs their code.
    pub allow_build: Vec<PackageId>,
    /// What pickles may import besides what is known to be harmless.
    pub allow_globals: Vec<GlobalPattern>,
    /// From when on data has drifted.
    pub drift: DriftPolicy,
    /// What makes predictions other predictions.
    pub predictions: Predictions,
}

impl Policy {
    /// The holding period of a project that says nothing: 14 days.
    pub const DEFAULT_HOLDING_PERIOD: SignedDuration = SignedDuration::from_hours(14 * 24);
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            holding_period: Self::DEFAULT_HOLDING_PERIOD,
            missing_upload_time: MissingUploadTime::default(),
            licences: Licences::default(),
            waivers: Vec::new(),
            allowed: Vec::new(),
            allow_build: Vec::new(),
            allow_globals: Vec::new(),
            drift: DriftPolicy::default(),
            predictions: Predictions::default(),
        }
    }
}

/// What makes predictions other predictions, and how many of them may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Predictions {
    /// How far two numbers may be from each other.
    pub tolerance: Tolerance,
    /// The probability from which on a prediction is the positive label.
    pub threshold: f64,
    /// How many inputs may be predicted otherwise.
    pub most_changed: Allowance,
    /// How many inputs may get another label.
    pub most_flipped: Allowance,
}

impl Default for Predictions {
    /// A relative difference of 1e-9 or four units in the last place, a threshold of one half, and no
    /// input that is predicted otherwise.
    fn default() -> Self {
        Self {
            tolerance: Tolerance {
                absolute: 0.0,
                relative: 1e-9,
                ulps: 4,
            },
            threshold: 0.5,
            most_changed: Allowance::Count(0),
            most_flipped: Allowance::Count(0),
        }
    }
}

/// How many of something are let pass.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Allowance {
    /// This many.
    Count(u64),
    /// This part of all, from 0 to 1.
    Share(f64),
}

impl Allowance {
    /// Whether so many of so many are let pass.
    pub fn admits(self, some: u64, all: u64) -> bool {
        match self {
            Self::Count(most) => some <= most,
            #[expect(clippy::cast_precision_loss, reason = "no golden set has 2^52 inputs")]
            Self::Share(most) => some as f64 <= most * all as f64,
        }
    }
}

/// What `holding-period` makes of a locked file whose upload time nobody tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum MissingUploadTime {
    /// It could not be looked at; what `check` says of a lock of a tool that does not record times.
    #[default]
    Gap,
    /// It is refused: the lock's own loop fails closed.
    Refuse,
}

/// Which licences are wanted. With both lists empty, licences are not judged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Licences {
    /// Only these; empty for any that is not denied.
    pub allow: Vec<LicenceName>,
    /// Not these, whatever `allow` says.
    pub deny: Vec<LicenceName>,
    /// What to make of a package whose licence is not known.
    pub unknown: UnknownLicence,
}

impl Licences {
    /// Whether anything is wanted at all.
    pub fn is_empty(&self) -> bool {
        self.allow.is_empty() && self.deny.is_empty()
    }
}

/// What to make of a package whose licence is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum UnknownLicence {
    /// Nothing.
    Ignore,
    /// A finding of this severity; as an error it also keeps the version from being locked.
    Report(Severity),
}

impl Default for UnknownLicence {
    fn default() -> Self {
        Self::Report(Severity::Warning)
    }
}

/// A finding that somebody answers for, until a day.
#[derive(Debug, Clone)]
pub struct Waiver {
    /// The rule whose findings it covers.
    pub rule: String,
    /// What they are about.
    pub subject: SubjectPattern,
    /// Why.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which it counts, to its end in UTC.
    pub until: Date,
    /// Where it is written.
    pub location: Location,
}

impl Waiver {
    /// Whether its last day is over.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        today(now) > self.until
    }
}

/// The day in UTC.
pub(crate) fn today(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date()
}
