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
    /// The newest driver of which libraries for forward compatibility are there.
    pub(crate) compatibility: Option<&'a str>,
    /// Why the GPUs could not be asked for.
    pub(crate) problem: Option<&'a str>,
}

impl Machine<'_> {
    /// The driver of which libraries for forward compatibility are there that have this floor, where
    /// all GPUs are of a kind that takes them.
    pub(crate) fn compatible_with(&self, floor: &str) -> Option<&str> {
        let is_taken = !self.gpus.is_empty() && self.gpus.iter().all(is_of_data_centre);
        let compatibility = self.compatibility.filter(|_| is_taken)?;
        (cuda::is_older(compatibility, floor) == Some(false)).then_some(compatibility)
    }
}

/// Models of data centres, as their names end that the driver tells: `NVIDIA A100-SXM4-40GB`.
const OF_DATA_CENTRES: &[&str] = &[
    "A10", "A100", "A10G", "A16", "A2", "A30", "A40", "A800", "B100", "B200", "B300", "GB200",
    "GB300", "GH200", "H100", "H20", "H200", "H800", "K80", "L20", "L4", "L40", "L40S", "M40",
    "M60", "P100", "P4", "P40", "T4", "T4G", "V100",
];

/// Whether a GPU is of the kind that takes libraries for forward compatibility.
fn is_of_data_centre(gpu: &Gpu) -> bool {
    let mut words = gpu.name.split([' ', '-']).peekable();
    words.next_if_eq(&"NVIDIA");
    words.next_if_eq(&"Tesla");
    words
        .next()
        .is_some_and(|model| OF_DATA_CENTRES.contains(&model))
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
        compatibility: accelerators.compatibility.as_deref(),
        problem: accelerators.problem.as_deref(),
        wanted,
    })
}
