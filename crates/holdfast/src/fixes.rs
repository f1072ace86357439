//! What a person can do about an error, where the error itself knows.

use std::path::Path;

use std::error::Error;

use holdfast_behaviour::table::TableError;
use holdfast_declared::ReadError;
use holdfast_knowledge::StoreError;
use holdfast_project::ProjectError;
use holdfast_solve::LockError;
use holdfast_sources::{FetchError, SourceError};
use holdfast_uv::UvError;

/// The way out that the first of the causes knows.
pub(crate) fn fix(error: &anyhow::Error) -> Option<String> {
    error.chain().find_map(of)
}

fn of(cause: &(dyn Error + 'static)) -> Option<String> {
    if let Some(error) = cause.downcast_ref::<ProjectError>() {
        return of_project(error);
    }
    if let Some(error) = cause.downcast_ref::<ReadError>() {
        return Some(of_reading(error));
    }
    if let Some(error) = cause.downcast_ref::<holdfast_locked::LockError>() {
        return error.fix.clone();
    }
    if let Some(error) = cause.downcast_ref::<TableError>() {
        return Some(error.fix());
    }
    if let Some(error) = cause.downcast_ref::<SourceError>() {
        return Some(error.fix().to_owned());
    }
    if let Some(error) = cause.downcast_ref::<FetchError>() {
        return Some(error.fix().to_owned());
    }
    if let Some(LockError::Solver(UvError::Scratch { .. })) = cause.downcast_ref() {
        return Some(CACHE.to_owned());
    }
    if let Some(StoreError::Io(_)) = cause.downcast_ref() {
        return Some(CACHE.to_owned());
    }
    None
}

const CACHE: &str = "make the cache readable and writable, or move it with `HOLDFAST_CACHE_DIR`";

fn of_reading(error: &ReadError) -> String {
    let anything = || {
        if Path::new(&error.location.file)
            .extension()
            .is_some_and(|ending| ending == "toml")
        {
            "mend the file at this place"
        } else {
            "mend this line: a requirement is a name with its bounds, as in `numpy>=1.26,<3`"
        }
    };
    error.fix.clone().unwrap_or_else(|| anything().to_owned())
}

fn of_project(error: &ProjectError) -> Option<String> {
    match error {
        ProjectError::Read(error) => Some(of_reading(error)),
        ProjectError::Config(errors) => {
            let has_none = errors.iter().all(|error| error.fix.is_none());
            has_none.then(|| "mend the file at this place".to_owned())
        }
        ProjectError::Advisories(StoreError::Io(_)) => Some(CACHE.to_owned()),
        ProjectError::NotADirectory { .. } => Some(
            "name the project's directory; `audit`, `list`, `tree` and `why` also take a file"
                .to_owned(),
        ),
        // these say themselves what to do
        ProjectError::Unreachable { .. }
        | ProjectError::UnknownEnvironment { .. }
        | ProjectError::UnknownFile { .. }
        | ProjectError::Installed(_)
        | ProjectError::Advisories(_) => None,
    }
}
