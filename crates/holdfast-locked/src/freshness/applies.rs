//! Whether a marker holds on the machines that a lock is for.

use std::str::FromStr as _;

use holdfast_model::{LockMetadata, OperatingSystem, Platform};
use pep508_rs::{MarkerEnvironment, MarkerEnvironmentBuilder, MarkerTree};

/// Where a marker holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Applies {
    /// On one machine of the lock at least.
    Somewhere,
    /// On none.
    Nowhere,
    /// That cannot be told.
    Unknown,
}

/// The machines that a lock is for.
pub(crate) struct Machines {
    environments: Vec<MarkerEnvironment>,
}

impl Machines {
    /// Those of a lock of ours. Where one of them cannot be put into words, none is known.
    pub(crate) fn of(metadata: &LockMetadata) -> Self {
        let environments: Option<Vec<_>> = metadata
            .platforms
            .iter()
            .map(|platform| environment(*platform, &metadata.python, &metadata.implementation))
            .collect();
        Self {
            environments: environments.unwrap_or_default(),
        }
    }

    /// One machine; none where it cannot be put into words.
    pub(crate) fn on(platform: Platform, python: &str, implementation: &str) -> Self {
        Self {
            environments: environment(platform, python, implementation)
                .into_iter()
                .collect(),
        }
    }

    /// Those of a lock that does not tell.
    pub(crate) fn unknown() -> Self {
        Self {
            environments: Vec::new(),
        }
    }

    /// Where a marker holds; no marker holds everywhere.
    pub(crate) fn applies(&self, marker: Option<&str>) -> Applies {
        let Some(marker) = marker else {
            return Applies::Somewhere;
        };
        if self.environments.is_empty() || !can_be_evaluated(marker) {
            return Applies::Unknown;
        }
        let Ok(tree) = MarkerTree::from_str(marker) else {
            return Applies::Unknown;
        };
        let holds = |environment| tree.evaluate(environment, &[]);
        if self.environments.iter().any(holds) {
            Applies::Somewhere
        } else {
            Applies::Nowhere
        }
    }
}

/// Whether a marker asks only for what a lock knows of a machine. Long and deep ones are left alone:
/// the parser descends into parentheses.
fn can_be_evaluated(marker: &str) -> bool {
    const LONGEST: usize = 4096;
    const DEEPEST: usize = 32;
    let unknown = [
        "platform_release",
        "platform_version",
        "implementation_version",
        "extra",
    ];
    marker.len() <= LONGEST
        && marker.matches('(').count() <= DEEPEST
        && !unknown.iter().any(|variable| marker.contains(variable))
}

fn environment(
    platform: Platform,
    python: &str,
    implementation: &str,
) -> Option<MarkerEnvironment> {
    let (os_name, sys_platform, platform_system) = match platform.system {
        OperatingSystem::LinuxGlibc(..) | OperatingSystem::LinuxMusl(..) => {
            ("posix", "linux", "Linux")
        }
        OperatingSystem::Macos(..) => ("posix", "darwin", "Darwin"),
        OperatingSystem::Windows => ("nt", "win32", "Windows"),
    };
    let platform_python_implementation = match implementation {
        "cpython" => "CPython",
        "pypy" => "PyPy",
        _ => return None,
    };
    let mut parts = python.split('.');
    let python_version = format!("{}.{}", parts.next()?, parts.next()?);
    MarkerEnvironment::try_from(MarkerEnvironmentBuilder {
        implementation_name: implementation,
        implementation_version: python,
        os_name,
        platform_machine: platform.machine(),
        platform_python_implementation,
        platform_release: "",
        platform_system,
        platform_version: "",
        python_full_version: python,
        python_version: &python_version,
        sys_platform,
    })
    .ok()
}
