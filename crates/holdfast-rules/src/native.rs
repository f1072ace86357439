//! What rules about NVIDIA's driver and GPUs share.

use holdfast_model::{EnvironmentFacts, Gpu, Locked};

use crate::answer::Answer;
use crate::cuda::{self, Wanted};
use crate::text;

/// A machine with a driver, and a lock that wants CUDA.
pub(crate) struct Machine<'a> {
    pub(crate) locked: &'a Locked,
    pub(crate) wanted: Vec<Wanted<'a>>,
    pub(crate) driver: &'a str,
    pub(crate) gpus: &'a [Gpu],
    /// Why the GPUs could not be asked for.
    pub(crate) problem: Option<&'a str>,
}

/// The machine for which an environment is installed. Nothing where its lock wants no CUDA; a gap
/// where it does and no driver was seen.
pub(crate) fn machine_for<'a>(
    answer: &mut Answer,
    environment: &'a EnvironmentFacts,
) -> Option<Machine<'a>> {
    let installed = answer.installed(environment)?;
    let locked = answer.locked(environment)?;
    let wanted = cuda::wanted(locked);
    let first = wanted.first()?;
    let native = installed.native.as_ref();
    let accelerators = native.and_then(|native| native.accelerators.as_ref());
    let driver = accelerators.and_then(|accelerators| accelerators.driver.as_deref());
    let (Some(accelerators), Some(driver)) = (accelerators, driver) else {
        let why = match (native, accelerators) {
            (None, _) => "the native layer was not looked at",
            (Some(_), None) => "the machine that is to run it is another one",
            (Some(_), Some(_)) => "this machine has no NVIDIA driver",
        };
        let package = first.package;
        let named = text::named(&package.package, package.version.as_deref());
        let reason = format!("{named} wants CUDA {}, and {why}", first.version());
        answer.gap_about(environment, package.purl(), reason);
        return None;
    };
    Some(Machine {
        locked,
        driver,
        gpus: &accelerators.gpus,
        problem: accelerators.problem.as_deref(),
        wanted,
    })
}
