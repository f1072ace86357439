//! Which releases of a package could be chosen at all.

use holdfast_model::{
    EnvironmentName, PackageId, Platform, ProjectReleases, Release, Requirement, WheelFilename,
};
use jiff::Timestamp;
use pep440_rs::{Version, VersionSpecifiers};

use crate::refused::Candidate;

/// The machines and the time that decide what may be chosen.
#[derive(Debug, Clone)]
pub(crate) struct Machine<'a> {
    pub(crate) minor: u8,
    pub(crate) platforms: &'a [Platform],
    pub(crate) allow_build: &'a [PackageId],
}

impl Machine<'_> {
    /// The releases that install here and are neither yanked nor pre-releases; sorted by version.
    pub(crate) fn candidates(
        &self,
        package: &PackageId,
        releases: &ProjectReleases,
    ) -> Vec<Candidate> {
        releases
            .releases
            .iter()
            .filter(|release| {
                !release.version.any_prerelease()
                    && release.yanked().is_none()
                    && self.installs(package, release)
            })
            .map(|release| Candidate {
                version: release.version.clone(),
                uploaded: release.uploaded(),
            })
            .collect()
    }

    /// Whether there is a file for each platform, or a source archive that may be built.
    pub(crate) fn installs(&self, package: &PackageId, release: &Release) -> bool {
        let may_build = self.allow_build.contains(package);
        let admitted = release
            .files
            .iter()
            .filter(|file| self.admits(file.requires_python.as_deref()));
        let mut wheels: Vec<WheelFilename> = Vec::new();
        let mut source = false;
        for file in admitted {
            match file.name.parse() {
                Ok(wheel) => wheels.push(wheel),
                Err(_) => source = true,
            }
        }
        (source && may_build)
            || self.platforms.iter().all(|platform| {
                wheels
                    .iter()
                    .any(|wheel| wheel.runs_on(self.minor, *platform))
            })
    }

    /// What keeps a release from being chosen here, where something does.
    pub(crate) fn obstacle(&self, package: &PackageId, release: &Release) -> Option<Obstacle> {
        if let Some(reason) = release.yanked() {
            return Some(Obstacle::Yanked(reason.trim().to_owned()));
        }
        if self.installs(package, release) {
            return None;
        }
        let pythons = || {
            release
                .files
                .iter()
                .map(|file| file.requires_python.as_deref())
        };
        if let Some(Some(python)) = pythons().next()
            && !pythons().any(|python| self.admits(python))
        {
            return Some(Obstacle::Python(python.to_owned()));
        }
        let is_wheel = |name: &str| name.parse::<WheelFilename>().is_ok();
        let (wheels, sources): (Vec<_>, Vec<_>) =
            release.files.iter().partition(|file| is_wheel(&file.name));
        Some(Obstacle::NoWheel {
            for_these_platforms: !wheels.is_empty(),
            may_be_built: !sources.is_empty(),
        })
    }

    /// Whether `requires-python` admits some patch of this minor version.
    fn admits(&self, requires_python: Option<&str>) -> bool {
        let Some(specifiers) =
            requires_python.and_then(|text| text.parse::<VersionSpecifiers>().ok())
        else {
            return true;
        };
        // a patch that every bound of a real project admits, if it admits the minor version at all
        let late = Version::new([3, u64::from(self.minor), 99]);
        let first = Version::new([3, u64::from(self.minor), 0]);
        specifiers.contains(&late) || specifiers.contains(&first)
    }
}

/// What keeps a release from being chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// It was yanked; with the reason, which may be empty.
    Yanked(String),
    /// It is for other versions of Python.
    Python(String),
    /// It has no wheel that runs here.
    NoWheel {
        /// Whether it has wheels for other platforms.
        for_these_platforms: bool,
        /// Whether it has a source archive.
        may_be_built: bool,
    },
}

/// Whether every requirement of the package admits the version.
pub(crate) fn is_asked_for(
    requirements: &[(&EnvironmentName, &Requirement)],
    version: &Version,
) -> bool {
    let text = version.to_string();
    requirements
        .iter()
        .all(|(_, requirement)| requirement.range.admits(&text).unwrap_or(true))
}

/// Whether the release is old enough; one without a time never is.
pub(crate) fn is_old_enough(candidate: &Candidate, limit: Option<Timestamp>) -> bool {
    limit.is_none_or(|limit| candidate.uploaded.is_some_and(|uploaded| uploaded <= limit))
}

#[cfg(test)]
mod tests {
    use holdfast_model::ReleaseFile;

    use super::*;

    fn release(files: &[(&str, Option<&str>)]) -> Release {
        Release {
            version: Version::new([1]),
            files: files
                .iter()
                .map(|(name, requires_python)| ReleaseFile {
                    name: (*name).to_owned(),
                    upload_time: None,
                    yanked: None,
                    requires_python: requires_python.map(str::to_owned),
                })
                .collect(),
        }
    }

    #[test]
    fn a_release_installs_where_a_wheel_runs_on_each_platform() {
        let platforms = ["linux-x86_64-glibc2.28".parse().unwrap()];
        let allowed = [PackageId::pypi("ffmpy")];
        let machine = Machine {
            minor: 11,
            platforms: &platforms,
            allow_build: &allowed,
        };
        let x = PackageId::pypi("x");
        assert!(machine.installs(&x, &release(&[("x-1-py3-none-any.whl", Some(">=3.9"))])));
        assert!(!machine.installs(&x, &release(&[("x-1-py3-none-any.whl", Some(">=3.12"))])));
        assert!(!machine.installs(&x, &release(&[("x-1-cp311-cp311-win_amd64.whl", None)])));
        assert!(!machine.installs(&x, &release(&[("x-1.tar.gz", None)])));
        let obstacle = |files: &[(&str, Option<&str>)]| machine.obstacle(&x, &release(files));
        assert_eq!(obstacle(&[("x-1-py3-none-any.whl", None)]), None);
        assert_eq!(
            obstacle(&[
                ("x-1-py3-none-any.whl", Some(">=3.12")),
                ("x-1.tar.gz", Some(">=3.12"))
            ]),
            Some(Obstacle::Python(">=3.12".to_owned()))
        );
        assert_eq!(
            obstacle(&[
                ("x-1-cp311-cp311-win_amd64.whl", None),
                ("x-1.tar.gz", None)
            ]),
            Some(Obstacle::NoWheel {
                for_these_platforms: true,
                may_be_built: true
            })
        );
        assert!(machine.installs(
            &PackageId::pypi("ffmpy"),
            &release(&[("ffmpy-1.tar.gz", None)])
        ));
    }
}
