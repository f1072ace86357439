//! NVIDIA's driver and the GPUs of this machine.

use std::path::Path;

use holdfast_model::{Accelerators, Gpu};

use crate::read;

/// Where the kernel driver says its version.
const VERSION: &str = "/proc/driver/nvidia/version";

/// The driver and the GPUs of the machine that this program runs on.
///
/// The version is that of the kernel driver, since a package for forward compatibility may bring
/// another library. The GPUs are asked for through NVML, the driver's own library, where it can be
/// loaded.
pub fn accelerators() -> Accelerators {
    let kernel = read::text(Path::new(VERSION), 64 * 1024)
        .ok()
        .and_then(|text| driver_version(&text));
    let asked = ask();
    match (kernel, asked) {
        (kernel, Some(Ok((driver, gpus)))) => Accelerators {
            driver: kernel.or(Some(driver)),
            gpus,
            problem: None,
        },
        (Some(driver), None) => Accelerators {
            driver: Some(driver),
            gpus: Vec::new(),
            problem: Some(
                "NVML, `libnvidia-ml.so.1`, is not there; in a container, allow the `utility` capability of the driver"
                    .to_owned(),
            ),
        },
        (Some(driver), Some(Err(reason))) => Accelerators {
            driver: Some(driver),
            gpus: Vec::new(),
            problem: Some(format!("NVML does not answer: {reason}")),
        },
        // the library alone, without a driver: an image that was made for GPUs
        (None, None | Some(Err(_))) => Accelerators::default(),
    }
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

    /// Where there is a driver, its version is told; where there is none, there are no GPUs.
    #[test]
    fn this_machine_answers() {
        let found = accelerators();
        assert_eq!(found.driver.is_some(), Path::new(VERSION).exists());
        assert!(found.driver.is_some() || found.gpus.is_empty());
    }
}
