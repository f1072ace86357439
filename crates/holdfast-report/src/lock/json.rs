//! What a run of `holdfast lock` did, as JSON (`holdfast/lock-report/1`).

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{LockState, LockSummary};
use crate::document::{Report, document};

/// The report of a run of `holdfast lock`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LockReport {
    /// The environments.
    pub environments: Vec<ReportedEnvironment>,
    /// What several environments share; null where only one was locked.
    pub core: Option<ReportedCore>,
    /// What was passed over, and why; sorted by package and version.
    pub passed_over: Vec<ReportedPassedOver>,
    /// What was let through, and why; sorted.
    pub exemptions: Vec<ReportedExemption>,
    /// What is locked at another version than before; sorted by package.
    pub changes: Vec<ReportedChange>,
    /// What else is to be known, a sentence each.
    pub notes: Vec<String>,
    /// How long it took.
    pub timings: ReportedTimings,
}

/// One environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportedEnvironment {
    /// Its name.
    pub name: String,
    /// The file of its lock.
    pub file: String,
    /// The interpreter, to the patch.
    pub python: String,
    /// The machines that it is for.
    pub platforms: Vec<String>,
    /// How many packages it has.
    pub packages: usize,
    /// What is downloaded for one machine, in bytes; null where a size is not known.
    pub bytes: Option<u64>,
    /// What became of its lock.
    pub state: LockState,
}

/// What several environments share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportedCore {
    /// How many packages are in all of them, at equal versions.
    pub packages: usize,
    /// The environments.
    pub environments: Vec<String>,
}

/// A version that was passed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportedPassedOver {
    /// Package URL of what was passed over.
    pub purl: String,
    /// The package's name.
    pub name: String,
    /// The version that was passed over.
    pub version: String,
    /// Why, in one line.
    pub reason: String,
    /// The version that was taken; null where the package is not needed any more.
    pub took: Option<String>,
    /// How a person could have it all the same; null where there is no way.
    pub way_out: Option<String>,
}

/// A version that was locked although something speaks against it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportedExemption {
    /// Package URL of what was let through.
    pub purl: String,
    /// The package's name.
    pub name: String,
    /// The version that was let through.
    pub version: String,
    /// The rule that would have refused it.
    pub rule: String,
    /// Why it was let through.
    pub reason: String,
}

/// A package that is locked at another version than before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportedChange {
    /// The environment.
    pub environment: String,
    /// The package's URL, without a version.
    pub purl: String,
    /// The package's name.
    pub name: String,
    /// Its version before; null where it was not there.
    pub from: Option<String>,
    /// Its version now; null where it is not there any more.
    pub to: Option<String>,
    /// Why, in one line; null where the declaration asks for it.
    pub reason: Option<String>,
}

/// How long a run took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReportedTimings {
    /// All of it, in seconds.
    pub total: f64,
    /// What the solver took of it, in seconds.
    pub solver: f64,
}

impl Report for LockReport {
    const SCHEMA: &'static str = "holdfast/lock-report/1";
}

/// The run as JSON (`holdfast/lock-report/1`).
pub fn lock_json(summary: &LockSummary) -> String {
    document(&LockReport::from(summary))
}

impl From<&LockSummary> for LockReport {
    fn from(summary: &LockSummary) -> Self {
        Self {
            environments: environments(summary),
            core: summary.core.as_ref().map(|core| ReportedCore {
                packages: core.count,
                environments: core.environments.iter().map(ToString::to_string).collect(),
            }),
            passed_over: passed_over(summary),
            exemptions: exemptions(summary),
            changes: changes(summary),
            notes: summary.notes.clone(),
            timings: ReportedTimings {
                total: seconds(summary.timings.total),
                solver: seconds(summary.timings.solver),
            },
        }
    }
}

fn environments(summary: &LockSummary) -> Vec<ReportedEnvironment> {
    let environments = summary.environments.iter();
    let reported = environments.map(|environment| ReportedEnvironment {
        name: environment.name.to_string(),
        file: environment.name.lock_file(),
        python: environment.python.clone(),
        platforms: environment
            .platforms
            .iter()
            .map(ToString::to_string)
            .collect(),
        packages: environment.packages,
        bytes: environment.bytes,
        state: environment.state,
    });
    reported.collect()
}

fn passed_over(summary: &LockSummary) -> Vec<ReportedPassedOver> {
    let passed_over = summary.passed_over.iter();
    let reported = passed_over.map(|passed| ReportedPassedOver {
        purl: passed.package.purl(Some(&passed.version)),
        name: passed.package.name().to_owned(),
        version: passed.version.clone(),
        reason: passed.reason.clone(),
        took: passed.took.clone(),
        way_out: passed.way_out.clone(),
    });
    reported.collect()
}

fn exemptions(summary: &LockSummary) -> Vec<ReportedExemption> {
    let exemptions = summary.exemptions.iter();
    let reported = exemptions.map(|exemption| ReportedExemption {
        purl: exemption.package.purl(Some(&exemption.version)),
        name: exemption.package.name().to_owned(),
        version: exemption.version.clone(),
        rule: exemption.rule.clone(),
        reason: exemption.reason.clone(),
    });
    reported.collect()
}

fn changes(summary: &LockSummary) -> Vec<ReportedChange> {
    let changes = summary.changes.iter();
    let reported = changes.map(|change| ReportedChange {
        environment: change.environment.to_string(),
        purl: change.package.purl(None),
        name: change.package.name().to_owned(),
        from: change.from.clone(),
        to: change.to.clone(),
        reason: (!change.reason.is_empty()).then(|| change.reason.clone()),
    });
    reported.collect()
}

/// Seconds to the millisecond.
fn seconds(duration: Duration) -> f64 {
    let milliseconds = u32::try_from(duration.as_millis()).unwrap_or(u32::MAX);
    f64::from(milliseconds) / 1000.0
}
