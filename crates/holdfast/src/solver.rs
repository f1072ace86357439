//! The solver: found or fetched, and timed.

use std::cell::Cell;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use holdfast_model::{Digest, HashAlgorithm, PackageId};
use holdfast_solve::Solver;
use holdfast_sources::{IndexFile, Reach};
use holdfast_uv::{Answer, PINNED_VERSION, Search, SolveRequest, Uv, UvError};

use crate::environment::{self, Environment};
use crate::network::{Door, Network};
use crate::progress::Progress;

/// More than any wheel of uv has.
const LARGEST_WHEEL: u64 = 200 * 1024 * 1024;

/// uv: the named one, one on `PATH`, or the pinned one, fetched from the package index.
pub(crate) fn uv(
    door: &Door,
    network: &Network,
    reach: Reach,
    environment: &Environment,
    progress: &Progress,
) -> Result<Uv> {
    let named = environment::path("HOLDFAST_UV");
    let path = environment::raw("PATH");
    let cache = environment.cache().join("uv");
    let search = Search {
        named: named.as_deref(),
        path: path.as_deref(),
        cache: &cache,
    };
    if let Some(uv) = holdfast_uv::find(search)? {
        return Ok(uv);
    }
    if reach == Reach::Offline {
        bail!(
            "there is no uv {} on this machine, and the network may not be used: install uv, or run once without `--offline`",
            holdfast_uv::TESTED
        );
    }
    let Some(wheel) = holdfast_uv::pinned_wheel() else {
        bail!("uv has no wheel for this machine")
    };
    progress.say(format!(
        "fetching uv {PINNED_VERSION} from the package index"
    ));
    let file = IndexFile {
        package: PackageId::pypi("uv"),
        name: wheel.file.to_owned(),
        sha256: Digest::new(HashAlgorithm::Sha256, wheel.sha256)?,
        limit_bytes: LARGEST_WHEEL,
    };
    let downloaded = door
        .client(&network.routing, reach, environment)
        .download(&file, &cache)
        .with_context(|| {
            format!(
                "cannot fetch uv {PINNED_VERSION}: install uv {}, or name one in `HOLDFAST_UV`",
                holdfast_uv::TESTED
            )
        })?;
    let bytes = fs_err::read(downloaded.path())?;
    Ok(holdfast_uv::install(wheel, &bytes, &cache)?)
}

/// Adds what uv said to what went wrong.
pub(crate) fn explained(error: UvError) -> anyhow::Error {
    if let UvError::Failed { details, .. } | UvError::NoInterpreter { details, .. } = &error
        && !details.is_empty()
    {
        return anyhow!("{error}\n\n{details}");
    }
    error.into()
}

/// A solver that counts the time it takes.
pub(crate) struct Timed<'a> {
    solver: Uv,
    environment: &'a Environment,
    taken: Cell<Duration>,
}

impl<'a> Timed<'a> {
    /// Times `solver`.
    pub(crate) fn new(solver: Uv, environment: &'a Environment) -> Self {
        Self {
            solver,
            environment,
            taken: Cell::new(Duration::ZERO),
        }
    }

    /// How long the solver took so far.
    pub(crate) fn taken(&self) -> Duration {
        self.taken.get()
    }
}

impl Solver for Timed<'_> {
    fn solve(&self, request: &SolveRequest) -> Result<Answer, UvError> {
        let before = self.environment.elapsed();
        let answer = self.solver.solve(request);
        self.taken
            .set(self.taken.get() + self.environment.elapsed().saturating_sub(before));
        answer
    }

    fn version(&self) -> &str {
        self.solver.version()
    }
}

/// Directory for temporary solver projects.
pub(crate) fn scratch(environment: &Environment) -> PathBuf {
    environment.cache().join("solve")
}
