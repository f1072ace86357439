//! A solved environment as a lock, with `[tool.holdfast]`.

use holdfast_model::{Exemption, LockFormat, LockGroups, LockMetadata, Locked};
use holdfast_uv::SolvedEnvironment;
use jiff::{Timestamp, ToSpan as _, Unit, tz::TimeZone};

use crate::request::LockEnvironment;

/// The version of `[tool.holdfast]` that this writes.
const VERSION: u32 = 1;

/// What all locks of one solve have in common.
#[derive(Debug, Clone)]
pub(crate) struct Common {
    pub(crate) minor: String,
    pub(crate) patch: String,
    pub(crate) cutoff: Option<Timestamp>,
    pub(crate) advisories: Option<holdfast_model::Digest>,
    pub(crate) uv: String,
}

/// The lock of one environment; what was passed over is not known yet.
pub(crate) fn lock(
    environment: &LockEnvironment,
    solved: SolvedEnvironment,
    common: &Common,
    exemptions: Vec<Exemption>,
) -> Locked {
    Locked {
        file: environment.name.lock_file(),
        format: LockFormat::Pylock,
        created_by: "holdfast".to_owned(),
        requires_python: Some(format!("=={}.*", common.minor)),
        environments: environment
            .platforms
            .iter()
            .map(|platform| platform.marker())
            .collect(),
        groups: LockGroups::default(),
        holdfast: Some(LockMetadata {
            version: VERSION,
            environment: environment.name.clone(),
            extends: environment.extends.clone(),
            python: common.patch.clone(),
            implementation: "cpython".to_owned(),
            platforms: environment.platforms.clone(),
            declarations: environment.digest.clone(),
            cutoff: common.cutoff,
            advisories: common.advisories.clone(),
            uv: common.uv.clone(),
            passed_over: Vec::new(),
            exemptions,
            // not of the solver's making: whoever writes the lock records them anew
            artefacts: environment
                .previous
                .as_ref()
                .and_then(|previous| previous.holdfast.as_ref())
                .map(|metadata| metadata.artefacts.clone())
                .unwrap_or_default(),
        }),
        packages: solved.packages,
    }
}

/// The newest upload time that the holding period admits: whole days, so that two runs on one day
/// agree. Nothing where the period is zero.
pub(crate) fn cutoff(now: Timestamp, holding_period: jiff::SignedDuration) -> Option<Timestamp> {
    if holding_period.is_zero() {
        return None;
    }
    let limit = now
        .checked_sub(holding_period)
        .ok()?
        .to_zoned(TimeZone::UTC);
    Some(
        limit
            .round(
                jiff::ZonedRound::new()
                    .smallest(Unit::Day)
                    .mode(jiff::RoundMode::Floor),
            )
            .ok()?
            .timestamp(),
    )
}

/// A limit that just admits a file uploaded at `uploaded`.
pub(crate) fn just_after(uploaded: Timestamp) -> Timestamp {
    uploaded.checked_add(1.second()).unwrap_or(uploaded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cutoff_is_a_whole_day() {
        let now: Timestamp = "2026-11-21T13:14:15Z".parse().unwrap();
        let fourteen = jiff::SignedDuration::from_hours(14 * 24);
        assert_eq!(
            cutoff(now, fourteen).unwrap().to_string(),
            "2026-11-07T00:00:00Z"
        );
        assert_eq!(cutoff(now, jiff::SignedDuration::ZERO), None);
    }
}
