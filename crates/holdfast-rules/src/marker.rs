//! Whether an environment marker (PEP 508) holds on the machines that a lock is for.

use std::str::FromStr;

use holdfast_model::{LockMetadata, OperatingSystem, Platform};
use pep508_rs::{MarkerEnvironment, MarkerEnvironmentBuilder, MarkerTree, VerbatimUrl};

/// Whether `marker` holds on any machine that the lock is for, with no extra asked for.
///
/// Nothing where that cannot be told: the marker or the lock's interpreter is malformed, or the lock
/// names no platform.
pub(crate) fn holds_on(marker: &str, lock: &LockMetadata) -> Option<bool> {
    let tree = MarkerTree::parse_str::<VerbatimUrl>(marker).ok()?;
    if lock.platforms.is_empty() {
        return None;
    }
    let mut holds = false;
    for platform in &lock.platforms {
        let environment = environment(*platform, lock)?;
        holds |= tree.evaluate(&environment, &[]);
    }
    Some(holds)
}

fn environment(platform: Platform, lock: &LockMetadata) -> Option<MarkerEnvironment> {
    let (os_name, sys_platform, platform_system) = match platform.system {
        OperatingSystem::LinuxGlibc(..) | OperatingSystem::LinuxMusl(..) => {
            ("posix", "linux", "Linux")
        }
        OperatingSystem::Macos(..) => ("posix", "darwin", "Darwin"),
        OperatingSystem::Windows => ("nt", "win32", "Windows"),
    };
    let python_version = minor_version(&lock.python)?;
    MarkerEnvironment::try_from(MarkerEnvironmentBuilder {
        implementation_name: &lock.implementation,
        implementation_version: &lock.python,
        os_name,
        platform_machine: platform.machine(),
        platform_python_implementation: python_implementation(&lock.implementation),
        platform_release: "",
        platform_system,
        platform_version: "",
        python_full_version: &lock.python,
        python_version: &python_version,
        sys_platform,
    })
    .ok()
}

fn python_implementation(implementation: &str) -> &str {
    match implementation {
        "cpython" => "CPython",
        "pypy" => "PyPy",
        other => other,
    }
}

fn minor_version(python: &str) -> Option<String> {
    let version = pep440_rs::Version::from_str(python).ok()?;
    let [major, minor, ..] = version.release() else {
        return None;
    };
    Some(format!("{major}.{minor}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn markers_are_judged_by_the_platforms_of_the_lock() {
        let lock = testing::metadata("serve", None);
        assert_eq!(holds_on("sys_platform == 'win32'", &lock), Some(false));
        assert_eq!(holds_on("sys_platform == 'linux'", &lock), Some(true));
        assert_eq!(holds_on("python_version < '3.11'", &lock), Some(false));
        assert_eq!(holds_on("extra == 'gpu'", &lock), Some(false));
        assert_eq!(holds_on("no marker", &lock), None);
    }
}
