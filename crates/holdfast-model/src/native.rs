//! What an environment's shared libraries need, and what the machine below it has.

use crate::{PackageId, UnreadableFile};

/// The native layer of an environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Native {
    /// What its shared libraries need and do not find.
    pub libraries: Libraries,
    /// The NVIDIA driver and GPUs; absent where another machine is to run the environment, as that
    /// of an image.
    pub accelerators: Option<Accelerators>,
}

/// What became of the shared libraries (ELF) of an environment's packages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Libraries {
    /// How many were read.
    pub count: u64,
    /// What they need and the machine does not have; sorted.
    pub unmet: Vec<UnmetNeed>,
    /// How many more needs there are than are named.
    pub more_unmet: u64,
    /// Libraries that could not be read, relative to the environment; sorted.
    pub unreadable: Vec<UnreadableFile>,
}

/// Something that shared libraries of a package need and that is not there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnmetNeed {
    /// The first library with the need, relative to the environment.
    pub file: String,
    /// The package that claims it.
    pub owner: Option<PackageId>,
    /// What it needs.
    pub need: Need,
    /// When that shows.
    pub loading: Loading,
    /// How many libraries of the package have the need.
    pub files: u64,
}

/// What a shared library needs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// Another library (`DT_NEEDED`), by its name: `libgomp.so.1`.
    Library {
        /// The name.
        name: String,
    },
    /// A version of the symbols of another library, which is there and does not define it.
    Version {
        /// The other library's name.
        name: String,
        /// The version: `GLIBC_2.38`.
        version: String,
        /// The file that was found by that name.
        found: String,
    },
}

/// When a shared library is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Loading {
    /// When its package is imported: it is an extension module, or one needs it.
    Import,
    /// When its package asks for it by name; the package has no extension module, so it does little
    /// without.
    Main,
    /// When its package asks for it by name, beside its extension modules.
    OnDemand,
}

/// NVIDIA's driver and GPUs on this machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accelerators {
    /// Version of the kernel driver: `580.65.06`; absent where there is none.
    pub driver: Option<String>,
    /// The GPUs, in the driver's order.
    pub gpus: Vec<Gpu>,
    /// Why they could not be asked for, where there is a driver.
    pub problem: Option<String>,
    /// The driver's version whose libraries a package for forward compatibility (`cuda-compat-12-8`)
    /// brought, the newest of them; absent where there is none.
    pub compatibility: Option<String>,
}

/// A GPU.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gpu {
    /// Its name: `NVIDIA H100 80GB HBM3`.
    pub name: String,
    /// Its compute capability, major and minor, where it tells.
    pub capability: Option<(u32, u32)>,
}
