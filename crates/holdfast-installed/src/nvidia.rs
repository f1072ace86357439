//! NVIDIA's driver and the GPUs of this machine.

use std::path::Path;

use holdfast_model::{Accelerators, Gpu};

use crate::read;
use crate::root::Root;

/// Where the kernel driver says its version.
const VERSION: &str = "/proc/driver/nvidia/version";

/// The driver and the GPUs of the machine that this program runs on.
///
/// The version is that of the kernel driver, since a package for forward compatibility may bring
/// another library. The GPUs are asked for through NVML, the driver's own library, where it can be
/// loaded.
pub fn accelerators() -> Accelerators {
    Accelerators {
        compatibility: compatibility(&Root::whole()),
        ..driver_and_gpus()
    }
}

fn driver_and_gpus() -> Accelerators {
    let kernel = read::text(Path::new(VERSION), 64 * 1024)
        .ok()
        .and_then(|text| driver_version(&text));
    let asked = ask();
    match (kernel, asked) {
        (kernel, Some(Ok((driver, gpus)))) => Accelerators {
            driver: kernel.or(Some(driver)),
            gpus,
            ..Accelerators::default()
        },
        (Some(driver), None) => Accelerators {
            driver: Some(driver),
            problem: Some(
                "NVML, `libnvidia-ml.so.1`, is not there; in a container, allow the `utility` capability of the driver"
                    .to_owned(),
            ),
            ..Accelerators::default()
        },
        (Some(driver), Some(Err(reason))) => Accelerators {
            driver: Some(driver),
            problem: Some(format!("NVML does not answer: {reason}")),
            ..Accelerators::default()
        },
        // the library alone, without a driver: an image that was made for GPUs
        (None, None | Some(Err(_))) => Accelerators::default(),
    }
}

/// The newest driver of which a package for forward compatibility has the libraries, by the name of
/// one: `/usr/local/cuda-12.8/compat/libcuda.so.570.124.06`.
fn compatibility(root: &Root) -> Option<String> {
    let toolkits = root.list(&root.here(Path::new("/usr/local"))).ok()?;
    let versions = toolkits
        .into_iter()
        .flatten()
        .filter(|toolkit| toolkit.name().starts_with("cuda"))
        .filter_map(|toolkit| root.list(&toolkit.path.join("compat")).ok())
        .flatten()
        .flatten()
        .filter_map(|library| {
            let name = library.name();
            let version = name.strip_prefix("libcuda.so.")?;
            let numbers: Option<Vec<u64>> =
                version.split('.').map(|part| part.parse().ok()).collect();
            // `libcuda.so.1` is the link to it
            let numbers = numbers.filter(|numbers| numbers.len() > 1)?;
            Some((numbers, version.to_owned()))
        });
    versions.max().map(|(_, version)| version)
}

type Asked = Option<Result<(String, Vec<Gpu>), String>>;

#[cfg(target_os = "linux")]
fn ask() -> Asked {
    use nvml_wrapper::Nvml;
    use nvml_wrapper::error::NvmlError;

    // without the development package, there is no `libnvidia-ml.so`
    let nvml = match Nvml::builder()
        .lib_path("libnvidia-ml.so.1".as_ref())
        .init()
    {
        Ok(nvml) => nvml,
        Err(NvmlError::LibloadingError(_)) => return None,
        Err(error) => return Some(Err(error.to_string())),
    };
    let all = || {
        let driver = nvml.sys_driver_version()?;
        let mut gpus = Vec::new();
        for position in 0..nvml.device_count()? {
            let device = nvml.device_by_index(position)?;
            let capability = device.cuda_compute_capability().ok();
            gpus.push(Gpu {
                name: device.name()?,
                capability: capability.and_then(|capability| {
                    Some((
                        u32::try_from(capability.major).ok()?,
                        u32::try_from(capability.minor).ok()?,
                    ))
                }),
            });
        }
        Ok::<_, NvmlError>((driver, gpus))
    };
    Some(all().map_err(|error| error.to_string()))
}

#[cfg(not(target_os = "linux"))]
fn ask() -> Asked {
    None
}

/// The version in `/proc/driver/nvidia/version`:
/// `NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 …`.
fn driver_version(text: &str) -> Option<String> {
    let line = text
        .lines()
        .find(|line| line.starts_with("NVRM version:"))?;
    line.split_whitespace()
        .find(|word| {
            let parts: Vec<&str> = word.split('.').collect();
            (2..=3).contains(&parts.len())
                && parts
                    .iter()
                    .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
        })
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_module_says_its_version() {
        let closed = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 01:15:15 UTC 2023\nGCC version:  gcc version 12.2.0 (Debian)\n";
        assert_eq!(driver_version(closed).as_deref(), Some("535.104.05"));
        let open = "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.65.06  Release Build  (dvs-builder@U22)\n";
        assert_eq!(driver_version(open).as_deref(), Some("580.65.06"));
        let short = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  570.26  x\n";
        assert_eq!(driver_version(short).as_deref(), Some("570.26"));
        assert_eq!(driver_version("GCC version:  gcc version 12.2.0"), None);
        assert_eq!(driver_version(""), None);
    }

    #[test]
    fn libraries_for_forward_compatibility_are_told_by_their_names() {
        let folder = tempfile::tempdir().unwrap();
        let root = || compatibility(&Root::new(folder.path()).unwrap());
        assert_eq!(root(), None);
        for path in [
            "cuda-12.2/compat/libcuda.so.535.104.05",
            "cuda-12.8/compat/libcuda.so.1",
            "cuda-12.8/compat/libcuda.so.570.124.06",
            "cuda-12.8/lib64/libcudart.so.12.8.90",
            "other/compat/libcuda.so.999.1",
        ] {
            let path = folder.path().join("usr/local").join(path);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, "").unwrap();
        }
        assert_eq!(root().as_deref(), Some("570.124.06"));
    }

    /// Where there is a driver, its version is told; where there is none, there are no GPUs.
    #[test]
    fn this_machine_answers() {
        let found = accelerators();
        assert_eq!(found.driver.is_some(), Path::new(VERSION).exists());
        assert!(found.driver.is_some() || found.gpus.is_empty());
    }
}
