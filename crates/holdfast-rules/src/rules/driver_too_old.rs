//! The machine's NVIDIA driver is older than what locked packages need.

use holdfast_model::{EnvironmentFacts, Layer, Outcome, Severity};

use crate::cuda::{self, Wanted};
use crate::finding::FindingBuilder;
use crate::native::{Machine, machine_for};
use crate::text;
use crate::{Context, Rule, RuleSet};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "driver-too-old",
    title: "the NVIDIA driver is older than what locked packages need",
    severity: Severity::Error,
    layers: &[Layer::Native],
    sets: &[RuleSet::Verify],
    page: include_str!("driver_too_old.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    for environment in context.environments() {
        let Some(machine) = machine_for(&mut answer, environment) else {
            continue;
        };
        for wanted in &machine.wanted {
            let package = wanted.package;
            let named = text::named(&package.package, package.version.as_deref());
            let version = wanted.version();
            let driver = machine.driver;
            let Some(floor) = wanted.driver() else {
                let reason = format!("{named} wants CUDA {version}, and which driver that needs is not known");
                answer.gap_about(environment, package.purl(), reason);
                continue;
            };
            match cuda::is_older(driver, floor) {
                None => {
                    let reason = format!("the driver's version, `{driver}`, cannot be compared");
                    answer.gap(environment, reason);
                }
                Some(false) => {}
                Some(true) => answer.find(finding(environment, &machine, wanted, floor)),
            }
        }
    }
    answer.outcome()
}

fn finding(
    environment: &EnvironmentFacts,
    machine: &Machine<'_>,
    wanted: &Wanted<'_>,
    floor: &str,
) -> FindingBuilder {
    let package = wanted.package;
    let named = text::named(&package.package, package.version.as_deref());
    let (version, driver) = (wanted.version(), machine.driver);
    let message = format!(
        "{named} wants CUDA {version}, which needs the NVIDIA driver {floor} or newer; this machine has {driver}"
    );
    let compatible = machine.compatible_with(floor);
    let (message, fix) = match compatible {
        None => (
            message,
            format!("install the driver {floor} or newer, or lock packages for an older CUDA"),
        ),
        Some(compatible) => (
            format!("{message}, with libraries of {compatible} for forward compatibility"),
            format!("let the loader find those libraries first, or install the driver {floor} or newer"),
        ),
    };
    let finding = RULE
        .finding(Layer::Native)
        .at(&package.location)
        .message(message)
        .of(environment)
        .subject(package.purl())
        .detail("cuda", version)
        .detail("driver", driver)
        .detail("needed", floor)
        .fix(fix);
    match compatible {
        None => finding,
        Some(compatible) => finding
            .severity(Severity::Note)
            .detail("compatibility", compatible),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Environment, check, configured, facts, lines};

    fn serve(packages: &[&str]) -> Environment {
        configured("serve").locks(packages).installs(packages)
    }

    const TORCH: &[&str] = &["torch==2.8.0", "nvidia-cuda-runtime-cu12==12.8.90"];

    #[test]
    fn an_old_driver_is_named_beside_the_one_that_is_needed() {
        let environment = serve(TORCH).drives("520.61.05", &[]);
        assert_eq!(
            lines(&check(&RULE, &facts([environment]))),
            ["error pylock.serve.toml:20:1 `nvidia-cuda-runtime-cu12 12.8.90` wants CUDA 12.8, which needs the NVIDIA driver 525.60.13 or newer; this machine has 520.61.05"]
        );
        let environment = serve(&["torch==2.11.0+cu130"]).drives("570.124.06", &[]);
        assert_eq!(
            lines(&check(&RULE, &facts([environment]))),
            ["error pylock.serve.toml:10:1 `torch 2.11.0+cu130` wants CUDA 13.0, which needs the NVIDIA driver 580.65.06 or newer; this machine has 570.124.06"]
        );
    }

    #[test]
    fn libraries_for_forward_compatibility_count_on_gpus_of_data_centres() {
        let lines = |gpu: &str, compatibility: &str| {
            let environment = serve(TORCH)
                .drives("520.61.05", &[(gpu, None)])
                .below(|native| {
                    let accelerators = native.accelerators.as_mut().unwrap();
                    accelerators.compatibility = Some(compatibility.to_owned());
                });
            lines(&check(&RULE, &facts([environment])))
        };
        for gpu in ["NVIDIA A100-SXM4-40GB", "Tesla T4", "NVIDIA H100 80GB HBM3"] {
            assert_eq!(
                lines(gpu, "570.124.06"),
                ["note pylock.serve.toml:20:1 `nvidia-cuda-runtime-cu12 12.8.90` wants CUDA 12.8, which needs the NVIDIA driver 525.60.13 or newer; this machine has 520.61.05, with libraries of 570.124.06 for forward compatibility"]
            );
            // of an older family
            assert!(lines(gpu, "520.61.05")[0].starts_with("error "));
        }
        for gpu in ["NVIDIA GeForce RTX 4090", "NVIDIA RTX A4000", "NVIDIA T400 4GB"] {
            assert!(lines(gpu, "570.124.06")[0].starts_with("error "), "{gpu}");
        }
    }

    #[test]
    fn a_driver_of_the_family_will_do() {
        for driver in ["525.60.13", "535.104.05", "1000.2"] {
            let environment = serve(TORCH).drives(driver, &[]);
            assert_eq!(lines(&check(&RULE, &facts([environment]))), [""; 0], "{driver}");
        }
    }

    #[test]
    fn a_machine_without_a_driver_is_not_evaluated_unless_the_lock_wants_none() {
        let without = |packages| serve(packages).drives("", &[]);
        assert_eq!(
            lines(&check(&RULE, &facts([without(TORCH)]))),
            ["gap serve pkg:pypi/nvidia-cuda-runtime-cu12@12.8.90 `nvidia-cuda-runtime-cu12 12.8.90` wants CUDA 12.8, and this machine has no NVIDIA driver"]
        );
        assert_eq!(
            lines(&check(&RULE, &facts([without(&["torch==2.8.0+cpu"])]))),
            [""; 0]
        );
    }

    #[test]
    fn another_machine_is_not_evaluated() {
        let image = serve(TORCH).below(|_| {});
        assert_eq!(
            lines(&check(&RULE, &facts([image]))),
            ["gap serve pkg:pypi/nvidia-cuda-runtime-cu12@12.8.90 `nvidia-cuda-runtime-cu12 12.8.90` wants CUDA 12.8, and the machine that is to run it is another one"]
        );
        assert_eq!(
            lines(&check(&RULE, &facts([serve(TORCH)]))),
            ["gap serve pkg:pypi/nvidia-cuda-runtime-cu12@12.8.90 `nvidia-cuda-runtime-cu12 12.8.90` wants CUDA 12.8, and the native layer was not looked at"]
        );
    }

    #[test]
    fn a_cuda_that_nobody_has_heard_of_is_not_evaluated() {
        let environment = serve(&["cuda-toolkit==19.1.0"]).drives("580.65.06", &[]);
        assert_eq!(
            lines(&check(&RULE, &facts([environment]))),
            ["gap serve pkg:pypi/cuda-toolkit@19.1.0 `cuda-toolkit 19.1.0` wants CUDA 19.1, and which driver that needs is not known"]
        );
    }
}
