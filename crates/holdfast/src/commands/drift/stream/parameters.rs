//! Options as a detector's parameters.

use anyhow::Result;
use holdfast_behaviour::stream::{DetectorKind, Direction, Parameter, Parameters};

use crate::cli::{StreamDetector, StreamDirection, StreamOptions};

/// The detector's parameters; an option of another detector is an error.
pub(super) fn of(options: &StreamOptions) -> Result<Parameters> {
    let kind = match options.detector {
        StreamDetector::PageHinkley => DetectorKind::PageHinkley,
        StreamDetector::Adwin => DetectorKind::Adwin,
        StreamDetector::Ddm => DetectorKind::Ddm,
        StreamDetector::Eddm => DetectorKind::Eddm,
    };
    let given = &options.parameters;
    let direction = given.direction.map(|direction| match direction {
        StreamDirection::Up => Direction::Up,
        StreamDirection::Down => Direction::Down,
        StreamDirection::Both => Direction::Both,
    });
    let given = [
        given.delta.map(Parameter::Delta),
        given.threshold.map(Parameter::Threshold),
        given.forgetting.map(Parameter::Forgetting),
        direction.map(Parameter::Direction),
        given.minimum.map(Parameter::Minimum),
        given.clock.map(Parameter::Clock),
        given.buckets.map(Parameter::Buckets),
        given.minimum_window.map(Parameter::MinimumWindow),
        given.grace.map(Parameter::Grace),
        given.warning.map(Parameter::Warning),
        given.drift.map(Parameter::Drift),
    ];
    let parameters = given
        .into_iter()
        .flatten()
        .try_fold(Parameters::defaults(kind), Parameters::with)?;
    parameters.check()?;
    Ok(parameters)
}
