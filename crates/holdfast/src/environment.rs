//! The one place that reads environment variables, the clock and the user's directories.

#![expect(
    clippy::disallowed_methods,
    reason = "everything else gets what it needs from here"
)]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use etcetera::{BaseStrategy as _, choose_base_strategy};
use jiff::Timestamp;

/// What the process was started with.
#[derive(Debug)]
pub(crate) struct Environment {
    /// The time to judge by: the clock, or `HOLDFAST_NOW` for runs that have to repeat.
    pub(crate) now: Timestamp,
    started: Instant,
    home: Option<PathBuf>,
    configuration: Option<PathBuf>,
    cache: PathBuf,
}

impl Environment {
    /// Reads the clock and finds the directories.
    pub(crate) fn read() -> Result<Self> {
        let now = match text("HOLDFAST_NOW") {
            Some(time) => time.parse().with_context(|| {
                format!(
                    "`HOLDFAST_NOW` is `{time}`, which is no time such as `2026-01-31T00:00:00Z`"
                )
            })?,
            None => Timestamp::now(),
        };
        let base = choose_base_strategy().ok();
        let cache = match path("HOLDFAST_CACHE_DIR") {
            Some(cache) => cache,
            None => base
                .as_ref()
                .map(|base| base.cache_dir().join("holdfast"))
                .context(
                    "there is no home directory for the cache: name one in `HOLDFAST_CACHE_DIR`",
                )?,
        };
        Ok(Self {
            now,
            started: Instant::now(),
            home: base.as_ref().map(|base| base.home_dir().to_owned()),
            configuration: base.as_ref().map(etcetera::BaseStrategy::config_dir),
            cache,
        })
    }

    /// The cache's directory.
    pub(crate) fn cache(&self) -> &Path {
        &self.cache
    }

    /// The user's home directory.
    pub(crate) fn home(&self) -> Option<&Path> {
        self.home.as_deref()
    }

    /// The user's directory of configuration.
    pub(crate) fn configuration(&self) -> Option<&Path> {
        self.configuration.as_deref()
    }

    /// The time by now: later than [`Self::now`] by as long as the process has been running.
    pub(crate) fn clock(&self) -> Timestamp {
        self.now.checked_add(self.elapsed()).unwrap_or(self.now)
    }

    /// How long the process has been running.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}

/// Tells how long it has been there.
pub(crate) fn stopwatch() -> impl Fn() -> Duration {
    let start = Instant::now();
    move || start.elapsed()
}

/// A variable that is set and not empty.
pub(crate) fn text(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A variable in either case, as proxies are set.
pub(crate) fn either_case(name: &str) -> Option<String> {
    text(name).or_else(|| text(&name.to_lowercase()))
}

/// The variables whose names are wanted.
pub(crate) fn matching(is_wanted: impl Fn(&str) -> bool) -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| is_wanted(name))
        .collect()
}

/// The program that runs.
pub(crate) fn program() -> Result<PathBuf> {
    std::env::current_exe().context("it cannot be told where this program is")
}

/// A variable that names a path.
pub(crate) fn path(name: &str) -> Option<PathBuf> {
    raw(name).map(PathBuf::from)
}

/// A variable as it is, where it is not empty.
pub(crate) fn raw(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
