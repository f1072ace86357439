//! The mistakes that the validation collects.

use holdfast_model::Location;

use super::super::error::ConfigError;
use super::super::unvalidated::Written;
use super::super::values::Wrong;

/// What was found wrong so far.
pub(super) struct Errors {
    pub(super) list: Vec<ConfigError>,
    /// Whether every value has the type that it should have. Where one has not, nothing is called
    /// missing or empty, since it may be the one that was left out.
    pub(super) shape_is_right: bool,
}

impl Errors {
    pub(super) fn add(&mut self, location: &Location, wrong: Wrong) {
        self.list.push(ConfigError {
            location: location.clone(),
            message: wrong.message,
            fix: wrong.fix,
        });
    }

    /// The value, or a note of what is wrong with it.
    pub(super) fn check<T>(&mut self, location: &Location, result: Result<T, Wrong>) -> Option<T> {
        result.map_err(|wrong| self.add(location, wrong)).ok()
    }

    pub(super) fn check_written<T, U>(
        &mut self,
        written: Written<T>,
        check: impl FnOnce(&T) -> Result<U, Wrong>,
    ) -> Option<Written<U>> {
        let value = self.check(&written.location, check(&written.value))?;
        Some(Written {
            value,
            location: written.location,
        })
    }

    pub(super) fn check_all<U>(
        &mut self,
        list: Vec<Written<String>>,
        check: impl Fn(&str) -> Result<U, Wrong>,
    ) -> Vec<Written<U>> {
        list.into_iter()
            .filter_map(|written| self.check_written(written, |text| check(text)))
            .collect()
    }
}
