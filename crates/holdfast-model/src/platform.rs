//! The machines that a lock is for.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An operating system, with the floor that decides which wheels run on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OperatingSystem {
    /// Linux with the GNU C library, of at least this version.
    LinuxGlibc(u16, u16),
    /// Linux with musl, of at least this version.
    LinuxMusl(u16, u16),
    /// macOS, of at least this version.
    Macos(u16, u16),
    /// Windows.
    Windows,
}

/// A processor architecture, named as Python's `platform.machine()` does on Linux.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Architecture {
    /// 64-bit x86.
    X86_64,
    /// 64-bit Arm.
    Aarch64,
}

/// A kind of machine, written `linux-x86_64-glibc2.28`, `linux-aarch64-musl1.2`, `macos-arm64-14.0`
/// or `windows-x86_64`.
///
/// Without a floor, Linux means glibc 2.28 and macOS means 14.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Platform {
    /// The operating system and its floor.
    pub system: OperatingSystem,
    /// The processor.
    pub architecture: Architecture,
}

/// Why a text is no platform.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no platform: write for example `linux-x86_64-glibc2.28`, `linux-aarch64-musl1.2`, `macos-arm64-14.0` or `windows-x86_64`"
)]
pub struct PlatformError(String);

impl Platform {
    /// The environment marker (PEP 508) that is true on this kind of machine.
    pub fn marker(self) -> String {
        let system = match self.system {
            OperatingSystem::LinuxGlibc(..) | OperatingSystem::LinuxMusl(..) => "linux",
            OperatingSystem::Macos(..) => "darwin",
            OperatingSystem::Windows => "win32",
        };
        format!(
            "sys_platform == '{system}' and platform_machine == '{}'",
            self.machine()
        )
    }

    /// What Python's `platform.machine()` answers there.
    pub fn machine(self) -> &'static str {
        match (self.system, self.architecture) {
            (OperatingSystem::Windows, Architecture::X86_64) => "AMD64",
            (OperatingSystem::Windows, Architecture::Aarch64) => "ARM64",
            (OperatingSystem::Macos(..), Architecture::Aarch64) => "arm64",
            (_, Architecture::X86_64) => "x86_64",
            (_, Architecture::Aarch64) => "aarch64",
        }
    }

    /// Whether a wheel's platform tag (PEP 425, PEP 600, PEP 656) runs on this kind of machine.
    pub fn accepts_tag(self, tag: &str) -> bool {
        if tag == "any" {
            return true;
        }
        match self.system {
            OperatingSystem::LinuxGlibc(major, minor) => {
                manylinux_floor(tag, self.machine()).is_some_and(|floor| floor <= (major, minor))
            }
            OperatingSystem::LinuxMusl(major, minor) => tag
                .strip_prefix("musllinux_")
                .and_then(|rest| version_and_machine(rest, self.machine()))
                .is_some_and(|floor| floor.0 == major && floor <= (major, minor)),
            OperatingSystem::Macos(major, minor) => tag
                .strip_prefix("macosx_")
                .and_then(|rest| self.macos_floor(rest))
                .is_some_and(|floor| floor <= (major, minor)),
            OperatingSystem::Windows => match self.architecture {
                Architecture::X86_64 => tag == "win_amd64",
                Architecture::Aarch64 => tag == "win_arm64",
            },
        }
    }

    fn macos_floor(self, rest: &str) -> Option<(u16, u16)> {
        let machines: &[&str] = match self.architecture {
            Architecture::X86_64 => &[
                "x86_64",
                "universal2",
                "intel",
                "fat64",
                "fat3",
                "universal",
            ],
            Architecture::Aarch64 => &["arm64", "universal2"],
        };
        machines
            .iter()
            .find_map(|machine| version_and_machine(rest, machine))
    }
}

/// The glibc version that a Linux tag needs on `machine`. A bare `linux_…` promises nothing and is
/// taken as built for the machine at hand.
fn manylinux_floor(tag: &str, machine: &str) -> Option<(u16, u16)> {
    if let Some(rest) = tag.strip_prefix("manylinux_") {
        return version_and_machine(rest, machine);
    }
    let (legacy, floor) = [
        ("manylinux1_", (2, 5)),
        ("manylinux2010_", (2, 12)),
        ("manylinux2014_", (2, 17)),
        ("linux_", (0, 0)),
    ]
    .into_iter()
    .find(|(prefix, _)| tag.starts_with(prefix))?;
    (tag.strip_prefix(legacy)? == machine).then_some(floor)
}

/// Reads `2_17_x86_64` as `(2, 17)` where the machine agrees.
fn version_and_machine(rest: &str, machine: &str) -> Option<(u16, u16)> {
    let version = rest.strip_suffix(machine)?.strip_suffix('_')?;
    let (major, minor) = version.split_once('_')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

fn dotted(text: &str) -> Option<(u16, u16)> {
    let (major, minor) = text.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

impl FromStr for Platform {
    type Err = PlatformError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || PlatformError(text.to_owned());
        let mut parts = text.splitn(3, '-');
        let system = parts.next().unwrap_or_default();
        let architecture = match parts.next() {
            Some("x86_64" | "amd64") => Architecture::X86_64,
            Some("aarch64" | "arm64") => Architecture::Aarch64,
            _ => return Err(error()),
        };
        let floor = parts.next();
        let system = match (system, floor) {
            ("linux", None) => OperatingSystem::LinuxGlibc(2, 28),
            ("linux", Some(floor)) => {
                if let Some(version) = floor.strip_prefix("glibc").and_then(dotted) {
                    OperatingSystem::LinuxGlibc(version.0, version.1)
                } else if let Some(version) = floor.strip_prefix("musl").and_then(dotted) {
                    OperatingSystem::LinuxMusl(version.0, version.1)
                } else {
                    return Err(error());
                }
            }
            ("macos", None) => OperatingSystem::Macos(14, 0),
            ("macos", Some(floor)) => {
                let version = dotted(floor).ok_or_else(error)?;
                OperatingSystem::Macos(version.0, version.1)
            }
            ("windows", None) => OperatingSystem::Windows,
            _ => return Err(error()),
        };
        Ok(Self {
            system,
            architecture,
        })
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let machine = match (self.system, self.architecture) {
            (OperatingSystem::Macos(..), Architecture::Aarch64) => "arm64",
            (_, Architecture::Aarch64) => "aarch64",
            (_, Architecture::X86_64) => "x86_64",
        };
        match self.system {
            OperatingSystem::LinuxGlibc(major, minor) => {
                write!(formatter, "linux-{machine}-glibc{major}.{minor}")
            }
            OperatingSystem::LinuxMusl(major, minor) => {
                write!(formatter, "linux-{machine}-musl{major}.{minor}")
            }
            OperatingSystem::Macos(major, minor) => {
                write!(formatter, "macos-{machine}-{major}.{minor}")
            }
            OperatingSystem::Windows => write!(formatter, "windows-{machine}"),
        }
    }
}

impl TryFrom<String> for Platform {
    type Error = PlatformError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Platform> for String {
    fn from(platform: Platform) -> Self {
        platform.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn platform(text: &str) -> Platform {
        text.parse().unwrap()
    }

    #[test]
    fn platforms_are_written_as_they_are_read() {
        for text in [
            "linux-x86_64-glibc2.28",
            "linux-aarch64-musl1.2",
            "macos-arm64-14.0",
            "windows-x86_64",
        ] {
            assert_eq!(platform(text).to_string(), text);
        }
        assert_eq!(
            platform("linux-x86_64").to_string(),
            "linux-x86_64-glibc2.28"
        );
        for wrong in [
            "",
            "linux",
            "linux-mips",
            "linux-x86_64-2.28",
            "windows-x86_64-11",
            "beos-x86_64",
        ] {
            assert!(wrong.parse::<Platform>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_glibc_floor_decides_which_wheels_run() {
        let old = platform("linux-x86_64-glibc2.17");
        assert!(old.accepts_tag("manylinux2014_x86_64"));
        assert!(old.accepts_tag("manylinux_2_17_x86_64"));
        assert!(old.accepts_tag("any"));
        assert!(!old.accepts_tag("manylinux_2_28_x86_64"));
        assert!(!old.accepts_tag("manylinux2014_aarch64"));
        assert!(!old.accepts_tag("musllinux_1_2_x86_64"));
        assert!(!old.accepts_tag("win_amd64"));
        assert!(platform("linux-x86_64-musl1.2").accepts_tag("musllinux_1_1_x86_64"));
        assert!(platform("macos-arm64-14.0").accepts_tag("macosx_11_0_universal2"));
        assert!(!platform("macos-arm64-14.0").accepts_tag("macosx_11_0_x86_64"));
    }
}
