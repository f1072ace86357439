//! What is known of CUDA: the drivers that its releases need, the GPUs that torch is compiled for,
//! and what a lock's packages want.
//!
//! Drivers: NVIDIA, "CUDA Toolkit Release Notes", table "CUDA Toolkit and Corresponding Driver
//! Versions", and "CUDA Compatibility", table of minor-version compatibility, both of November 2026.
//! GPUs: `.ci/manywheel/build_cuda.sh` and `RELEASE.md` of pytorch/pytorch, and its issues 164471,
//! 172352, 175253 and 182849.

use holdfast_model::{Architecture, Locked, LockedPackage};

use crate::installed::{Belongs, belongs};

/// Two numbers of a version: CUDA 12.8, a GPU's capability 8.6, torch 2.8.
pub(crate) type Pair = (u32, u32);

/// The driver that every toolkit of a family runs on, by minor-version compatibility.
const FAMILIES: &[(u32, &str)] = &[(13, "580.65.06"), (12, "525.60.13"), (11, "450.80.02")];

/// The driver that an older toolkit needs; these are compatible with no other.
const RELEASES: &[(Pair, &str)] = &[
    ((10, 2), "440.33"),
    ((10, 1), "418.39"),
    ((10, 0), "410.48"),
    ((9, 2), "396.26"),
    ((9, 1), "390.46"),
    ((9, 0), "384.81"),
    ((8, 0), "367.48"),
];

/// The oldest GPUs that anything of a toolkit's family runs on.
const OLDEST: &[(u32, Pair)] = &[(13, (7, 5)), (12, (5, 0)), (11, (3, 5))];

/// What a lock's package wants of CUDA.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wanted<'a> {
    pub(crate) package: &'a LockedPackage,
    pub(crate) major: u32,
    /// The minor version, where it tells.
    pub(crate) minor: Option<u32>,
}

impl Wanted<'_> {
    /// `12.8`, or `12`.
    pub(crate) fn version(&self) -> String {
        match self.minor {
            Some(minor) => format!("{}.{minor}", self.major),
            None => self.major.to_string(),
        }
    }

    /// The oldest driver that will do, where it is known.
    pub(crate) fn driver(&self) -> Option<&'static str> {
        let family = FAMILIES.iter().find(|(major, _)| *major == self.major);
        let release = || {
            let wanted = (self.major, self.minor?);
            RELEASES.iter().find(|(release, _)| *release == wanted)
        };
        family
            .map(|(_, driver)| *driver)
            .or_else(|| release().map(|(_, driver)| *driver))
    }
}

/// What the packages of a lock want of CUDA: for each family the one that tells most; the newest
/// first. Empty where they want nothing.
pub(crate) fn wanted(locked: &Locked) -> Vec<Wanted<'_>> {
    let mut wanted: Vec<Wanted<'_>> = locked
        .packages
        .iter()
        .filter(|package| belongs(package, locked) != Belongs::No)
        .filter_map(of_package)
        .collect();
    wanted.sort_by_key(|wanted| {
        std::cmp::Reverse((wanted.major, wanted.minor, is_runtime(wanted.package)))
    });
    wanted.dedup_by_key(|wanted| wanted.major);
    wanted
}

/// The CUDA that a build of torch is for: as its local version says, else as the runtime beside it.
pub(crate) fn of_torch(torch: &LockedPackage, wanted: &[Wanted<'_>]) -> Option<Pair> {
    if let Some((major, Some(minor))) = torch.version.as_deref().and_then(local_version) {
        return Some((major, minor));
    }
    wanted
        .iter()
        .find(|wanted| is_runtime(wanted.package))
        .and_then(|wanted| Some((wanted.major, wanted.minor?)))
}

fn is_runtime(package: &LockedPackage) -> bool {
    let name = package.package.name();
    name == "cuda-toolkit" || name.starts_with("nvidia-cuda-runtime")
}

fn of_package(package: &LockedPackage) -> Option<Wanted<'_>> {
    let version = package.version.as_deref().unwrap_or_default();
    let (major, minor) = if is_runtime(package) {
        let (major, minor) = two_numbers(version)?;
        (major, Some(minor))
    } else {
        local_version(version).or_else(|| Some((of_name(package.package.name())?, None)))?
    };
    Some(Wanted {
        package,
        major,
        minor,
    })
}

/// `(12, 8)` of `2.8.0+cu128`.
fn local_version(version: &str) -> Option<(u32, Option<u32>)> {
    let (_, local) = version.split_once('+')?;
    let digits = local.strip_prefix("cu")?.split('.').next()?;
    if !(2..=4).contains(&digits.len()) {
        return None;
    }
    let (major, minor) = digits.split_at_checked(digits.len() - 1)?;
    Some((major.parse().ok()?, Some(minor.parse().ok()?)))
}

/// `12` of `nvidia-cublas-cu12`, `cupy-cuda12x` and `jax-cuda12-plugin`.
fn of_name(name: &str) -> Option<u32> {
    name.split('-').skip(1).find_map(|word| {
        let rest = word
            .strip_prefix("cuda")
            .or_else(|| word.strip_prefix("cu"))?;
        let digits = rest.strip_suffix('x').unwrap_or(rest);
        let number: u32 = digits.parse().ok()?;
        // `cu118` and `cuda118` as well as `cu11`
        Some(if number >= 80 { number / 10 } else { number })
    })
}

/// The first two numbers of a version.
pub(crate) fn two_numbers(version: &str) -> Option<Pair> {
    let mut parts = version.split(['.', '+']);
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// Whether a driver is older than another: dotted numbers, compared one by one. Nothing where one of
/// them is no version.
pub(crate) fn is_older(driver: &str, floor: &str) -> Option<bool> {
    let numbers = |text: &str| {
        text.split('.')
            .map(|part| part.parse::<u64>().ok())
            .collect::<Option<Vec<u64>>>()
    };
    Some(numbers(driver)? < numbers(floor)?)
}

/// Whether the family of a toolkit has nothing at all for a GPU, and which are the oldest that it has
/// something for.
pub(crate) fn is_too_old(gpu: Pair, family: u32) -> Option<Pair> {
    OLDEST
        .iter()
        .find(|(major, oldest)| *major == family && gpu < *oldest)
        .map(|(_, oldest)| *oldest)
}

/// What a build of torch is compiled for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Build {
    torch: Pair,
    cuda: Pair,
    machine: Architecture,
    /// Compiled code, by compute capability.
    pub(crate) compiled: &'static [Pair],
    /// Whether it has code (PTX) that the driver compiles for newer GPUs than the newest compiled.
    has_portable: bool,
    /// Whether this is not from the release's own script but from a neighbour's.
    pub(crate) is_inferred: bool,
}

/// The build of a torch for CUDA and machine, where it is known.
pub(crate) fn build(torch: Pair, cuda: Pair, machine: Architecture) -> Option<&'static Build> {
    BUILDS
        .iter()
        .find(|build| build.torch == torch && build.cuda == cuda && build.machine == machine)
}

impl Build {
    /// Whether it runs on a GPU: compiled code on one of the same major and the same or a higher
    /// minor capability, portable code on all newer ones.
    pub(crate) fn runs_on(&self, gpu: Pair) -> bool {
        let compiled = self
            .compiled
            .iter()
            .any(|code| code.0 == gpu.0 && code.1 <= gpu.1);
        let newest = self.compiled.iter().max();
        compiled || (self.has_portable && newest.is_some_and(|newest| *newest <= gpu))
    }
}

/// From the generation of the oldest GPUs, by NVIDIA's names.
const KEPLER: &[Pair] = &[(3, 7), (5, 0), (6, 0), (7, 0), (7, 5), (8, 0), (8, 6)];
const KEPLER_TO_HOPPER: &[Pair] = &[
    (3, 7),
    (5, 0),
    (6, 0),
    (7, 0),
    (7, 5),
    (8, 0),
    (8, 6),
    (9, 0),
];
const MAXWELL: &[Pair] = &[(5, 0), (6, 0), (7, 0), (7, 5), (8, 0), (8, 6), (9, 0)];
const VOLTA: &[Pair] = &[(7, 0), (7, 5), (8, 0), (8, 6), (9, 0), (10, 0), (12, 0)];
const TURING: &[Pair] = &[(7, 5), (8, 0), (8, 6), (9, 0), (10, 0), (12, 0)];
const ARM_12: &[Pair] = &[(8, 0), (9, 0)];
const ARM_13: &[Pair] = &[(8, 0), (9, 0), (10, 0), (11, 0), (12, 0)];

const fn x86(torch: Pair, cuda: Pair, compiled: &'static [Pair]) -> Build {
    Build {
        torch,
        cuda,
        machine: Architecture::X86_64,
        compiled,
        has_portable: false,
        is_inferred: false,
    }
}

const fn arm(torch: Pair, cuda: Pair, compiled: &'static [Pair]) -> Build {
    Build {
        machine: Architecture::Aarch64,
        ..x86(torch, cuda, compiled)
    }
}

const fn portable(build: Build) -> Build {
    Build {
        has_portable: true,
        ..build
    }
}

const fn inferred(build: Build) -> Build {
    Build {
        is_inferred: true,
        ..build
    }
}

static BUILDS: &[Build] = &[
    x86((2, 0), (11, 7), KEPLER),
    x86((2, 0), (11, 8), KEPLER_TO_HOPPER),
    inferred(x86((2, 1), (11, 8), KEPLER_TO_HOPPER)),
    inferred(x86((2, 1), (12, 1), MAXWELL)),
    inferred(x86((2, 2), (11, 8), KEPLER_TO_HOPPER)),
    inferred(x86((2, 2), (12, 1), MAXWELL)),
    inferred(x86((2, 3), (11, 8), KEPLER_TO_HOPPER)),
    inferred(x86((2, 3), (12, 1), MAXWELL)),
    inferred(x86((2, 4), (11, 8), KEPLER_TO_HOPPER)),
    inferred(x86((2, 4), (12, 1), MAXWELL)),
    inferred(x86((2, 4), (12, 4), MAXWELL)),
    inferred(x86((2, 5), (11, 8), KEPLER_TO_HOPPER)),
    inferred(x86((2, 5), (12, 1), MAXWELL)),
    inferred(x86((2, 5), (12, 4), MAXWELL)),
    inferred(x86((2, 6), (11, 8), KEPLER_TO_HOPPER)),
    x86((2, 6), (12, 4), MAXWELL),
    x86((2, 6), (12, 6), MAXWELL),
    x86((2, 7), (11, 8), KEPLER_TO_HOPPER),
    x86((2, 7), (12, 6), MAXWELL),
    portable(x86((2, 7), (12, 8), TURING)),
    x86((2, 8), (12, 6), MAXWELL),
    x86((2, 8), (12, 8), VOLTA),
    portable(x86((2, 8), (12, 9), VOLTA)),
    x86((2, 9), (12, 6), MAXWELL),
    x86((2, 9), (12, 8), VOLTA),
    portable(x86((2, 9), (13, 0), TURING)),
    portable(arm((2, 9), (13, 0), ARM_13)),
    x86((2, 10), (12, 6), MAXWELL),
    x86((2, 10), (12, 8), VOLTA),
    portable(x86((2, 10), (13, 0), TURING)),
    portable(arm((2, 10), (13, 0), ARM_13)),
    x86((2, 11), (12, 6), MAXWELL),
    x86((2, 11), (12, 8), TURING),
    portable(x86((2, 11), (13, 0), TURING)),
    x86((2, 12), (12, 6), MAXWELL),
    portable(x86((2, 12), (13, 0), TURING)),
    portable(x86((2, 12), (13, 2), TURING)),
    arm((2, 12), (12, 6), ARM_12),
    portable(arm((2, 12), (13, 0), ARM_13)),
    portable(arm((2, 12), (13, 2), ARM_13)),
    x86((2, 13), (12, 6), MAXWELL),
    portable(x86((2, 13), (13, 0), TURING)),
    portable(x86((2, 13), (13, 2), TURING)),
    arm((2, 13), (12, 6), ARM_12),
    portable(arm((2, 13), (13, 0), ARM_13)),
    portable(arm((2, 13), (13, 2), ARM_13)),
    x86((2, 14), (12, 6), MAXWELL),
    portable(x86((2, 14), (13, 0), TURING)),
    portable(x86((2, 14), (13, 2), TURING)),
    arm((2, 14), (12, 6), ARM_12),
    portable(arm((2, 14), (13, 0), ARM_13)),
    portable(arm((2, 14), (13, 2), ARM_13)),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::lock;

    fn first(packages: &[&str]) -> Option<String> {
        let lock = lock("pylock.toml", packages);
        wanted(&lock).first().map(Wanted::version)
    }

    #[test]
    fn packages_tell_the_cuda_that_they_want() {
        let version = |text: &str| Some(text.to_owned());
        assert_eq!(first(&["numpy==1.26.4", "cuda-python-docs==1.0"]), None);
        assert_eq!(
            first(&["nvidia-cuda-runtime-cu12==12.8.90"]),
            version("12.8")
        );
        assert_eq!(first(&["nvidia-cuda-runtime==13.0.96"]), version("13.0"));
        assert_eq!(first(&["cuda-toolkit==13.0.2"]), version("13.0"));
        assert_eq!(first(&["torch==2.8.0+cu118"]), version("11.8"));
        assert_eq!(first(&["torch==2.8.0+cpu"]), None);
        assert_eq!(first(&["cupy-cuda12x==13.0.0"]), version("12"));
        assert_eq!(first(&["jax-cuda13-plugin==0.8"]), version("13"));
        assert_eq!(
            first(&[
                "nvidia-cublas-cu12==12.8.4.1",
                "nvidia-cuda-runtime-cu12==12.8.90"
            ]),
            version("12.8")
        );
    }

    #[test]
    fn drivers_are_compared_number_by_number() {
        assert_eq!(is_older("570.26", "570.124.06"), Some(true));
        assert_eq!(is_older("580.65.06", "580.65.06"), Some(false));
        assert_eq!(is_older("1000.1", "580.65.06"), Some(false));
        assert_eq!(is_older("unknown", "580.65.06"), None);
    }

    #[test]
    fn compiled_code_runs_on_the_same_major_and_portable_code_upward() {
        let build = build((2, 8), (12, 8), Architecture::X86_64).unwrap();
        assert!(build.runs_on((8, 9)), "8.6 on 8.9");
        assert!(!build.runs_on((6, 1)));
        assert!(build.runs_on((10, 3)));
        assert!(!build.runs_on((11, 0)));
        assert!(!build.runs_on((13, 0)), "no portable code");
        let build = super::build((2, 9), (13, 0), Architecture::X86_64).unwrap();
        assert!(build.runs_on((13, 0)));
        assert!(!build.runs_on((7, 0)));
    }

    #[test]
    fn no_build_is_listed_twice_and_none_is_below_its_family() {
        for (position, build) in BUILDS.iter().enumerate() {
            let same = BUILDS.iter().skip(position + 1).any(|other| {
                (other.torch, other.cuda, other.machine) == (build.torch, build.cuda, build.machine)
            });
            assert!(!same, "{build:?}");
            let oldest = build.compiled.iter().min().unwrap();
            assert_eq!(is_too_old(*oldest, build.cuda.0), None, "{build:?}");
        }
    }
}
