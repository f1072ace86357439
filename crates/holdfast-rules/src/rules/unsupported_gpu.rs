//! Locked packages have no code for a GPU of this machine.

use std::collections::BTreeSet;

use holdfast_model::{
    Architecture, EnvironmentFacts, Layer, Locked, LockedPackage, Outcome, Severity,
};

use crate::answer::Answer;
use crate::cuda::{self, Build, Pair};
use crate::installed::{Belongs, belongs};
use crate::native::{Machine, machine_for};
use crate::text;
use crate::{Context, Rule, RuleSet};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "unsupported-gpu",
    title: "locked packages have no code for a GPU of this machine",
    severity: Severity::Error,
    layers: &[Layer::Native],
    sets: &[RuleSet::Verify],
    page: include_str!("unsupported_gpu.md"),
    check,
};

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    for environment in context.environments() {
        let Some(machine) = machine_for(&mut answer, environment) else {
            continue;
        };
        if machine.gpus.is_empty() {
            let reason = machine.problem.map_or_else(
                || "the NVIDIA driver has no GPU on this machine".to_owned(),
                |problem| format!("the GPUs are not known: {problem}"),
            );
            answer.gap(environment, reason);
            continue;
        }
        let mut seen = BTreeSet::new();
        for gpu in machine.gpus {
            match gpu.capability {
                None => answer.gap_about(
                    environment,
                    gpu.name.clone(),
                    format!("`{}` does not tell its compute capability", gpu.name),
                ),
                Some(capability) if seen.insert(capability) => {
                    let gpu = GpuKind {
                        name: &gpu.name,
                        capability,
                    };
                    judge(&mut answer, environment, &machine, &gpu);
                }
                Some(_) => {}
            }
        }
    }
    answer.outcome()
}

struct GpuKind<'a> {
    name: &'a str,
    capability: Pair,
}

impl GpuKind<'_> {
    fn shown(&self) -> String {
        format!("`{}` (compute capability {})", self.name, dotted(self.capability))
    }
}

fn judge(
    answer: &mut Answer,
    environment: &EnvironmentFacts,
    machine: &Machine<'_>,
    gpu: &GpuKind<'_>,
) {
    // what a lock has for several families is chosen from when it is loaded
    let floors: Vec<_> = machine
        .wanted
        .iter()
        .map(|wanted| (wanted, cuda::is_too_old(gpu.capability, wanted.major)))
        .collect();
    if let Some((wanted, Some(oldest))) = floors.first()
        && floors.iter().all(|(_, oldest)| oldest.is_some())
    {
        let message = format!(
            "{} wants CUDA {}, which has no code for GPUs below {}; this machine has {}",
            text::named(&wanted.package.package, wanted.package.version.as_deref()),
            wanted.version(),
            dotted(*oldest),
            gpu.shown()
        );
        find(answer, environment, wanted.package, (gpu, message, Severity::Error));
        return;
    }
    for torch in torches(machine.locked) {
        judge_torch(answer, environment, machine, (torch, gpu));
    }
}

fn judge_torch(
    answer: &mut Answer,
    environment: &EnvironmentFacts,
    machine: &Machine<'_>,
    (torch, gpu): (&LockedPackage, &GpuKind<'_>),
) {
    let named = text::named(&torch.package, torch.version.as_deref());
    let builds = builds(torch, machine);
    if builds.is_empty() {
        let reason = format!("which GPUs {named} has code for is not known");
        answer.gap_about(environment, torch.purl(), reason);
        return;
    }
    if builds.iter().any(|build| build.runs_on(gpu.capability)) {
        return;
    }
    let compiled: BTreeSet<Pair> = builds
        .iter()
        .flat_map(|build| build.compiled)
        .copied()
        .collect();
    let compiled: Vec<String> = compiled.into_iter().map(dotted).collect();
    let is_inferred = builds.iter().any(|build| build.is_inferred);
    let message = format!(
        "{named} {} compiled for GPUs of {}; this machine has {}",
        if is_inferred { "seems to be" } else { "is" },
        compiled.join(", "),
        gpu.shown()
    );
    let severity = if is_inferred {
        Severity::Warning
    } else {
        Severity::Error
    };
    find(answer, environment, torch, (gpu, message, severity));
}

fn find(
    answer: &mut Answer,
    environment: &EnvironmentFacts,
    package: &LockedPackage,
    (gpu, message, severity): (&GpuKind<'_>, String, Severity),
) {
    let finding = RULE
        .finding(Layer::Native)
        .at(&package.location)
        .message(message)
        .of(environment)
        .subject(package.purl())
        .severity(severity)
        .detail("gpu", gpu.name)
        .detail("capability", dotted(gpu.capability))
        .fix("lock a build that has code for this GPU, or run it on another machine");
    answer.find(finding);
}

fn torches(locked: &Locked) -> impl Iterator<Item = &LockedPackage> {
    locked.packages.iter().filter(|package| {
        package.package.name() == "torch" && belongs(package, locked) != Belongs::No
    })
}

/// The builds of a torch for the machines that the lock is for.
fn builds(torch: &LockedPackage, machine: &Machine<'_>) -> Vec<&'static Build> {
    let version = torch.version.as_deref().and_then(cuda::two_numbers);
    let (Some(version), Some(cuda)) = (version, cuda::of_torch(torch, &machine.wanted)) else {
        return Vec::new();
    };
    let platforms = machine
        .locked
        .holdfast
        .as_ref()
        .map(|metadata| metadata.platforms.as_slice())
        .unwrap_or_default();
    let machines: BTreeSet<Architecture> = if platforms.is_empty() {
        BTreeSet::from([Architecture::X86_64])
    } else {
        platforms.iter().map(|platform| platform.architecture).collect()
    };
    machines
        .into_iter()
        .filter_map(|machine| cuda::build(version, cuda, machine))
        .collect()
}

fn dotted((major, minor): Pair) -> String {
    format!("{major}.{minor}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Environment, check, configured, facts, lines};

    fn serve(packages: &[&str], gpus: &[(&str, Option<Pair>)]) -> Environment {
        configured("serve")
            .locks(packages)
            .installs(packages)
            .drives("600.1.2", gpus)
    }

    const V100: (&str, Option<Pair>) = ("Tesla V100", Some((7, 0)));
    const L4: (&str, Option<Pair>) = ("NVIDIA L4", Some((8, 9)));

    #[test]
    fn a_gpu_that_torch_has_no_code_for_is_named() {
        let environment = serve(&["torch==2.11.0+cu128"], &[V100, V100, L4]);
        assert_eq!(
            lines(&check(&RULE, &facts([environment]))),
            ["error pylock.serve.toml:10:1 `torch 2.11.0+cu128` is compiled for GPUs of 7.5, 8.0, 8.6, 9.0, 10.0, 12.0; this machine has `Tesla V100` (compute capability 7.0)"]
        );
    }

    #[test]
    fn the_plain_wheel_is_for_the_runtime_that_is_locked_beside_it() {
        let packages = &["torch==2.8.0", "nvidia-cuda-runtime-cu12==12.8.90"];
        let environment = serve(packages, &[("GTX 1080", Some((6, 1)))]);
        assert_eq!(check(&RULE, &facts([environment])).findings.len(), 1);
        let environment = serve(packages, &[V100, L4]);
        assert_eq!(lines(&check(&RULE, &facts([environment]))), [""; 0]);
    }

    #[test]
    fn a_family_of_cuda_has_nothing_for_old_gpus() {
        let environment = serve(&["cupy-cuda13x==14.0.0"], &[V100]);
        assert_eq!(
            lines(&check(&RULE, &facts([environment]))),
            ["error pylock.serve.toml:10:1 `cupy-cuda13x 14.0.0` wants CUDA 13, which has no code for GPUs below 7.5; this machine has `Tesla V100` (compute capability 7.0)"]
        );
    }

    #[test]
    fn what_was_told_from_a_neighbour_is_a_warning() {
        let environment = serve(&["torch==2.2.0+cu121"], &[("B200", Some((10, 0)))]);
        let outcome = check(&RULE, &facts([environment]));
        assert_eq!(outcome.findings[0].severity, Severity::Warning);
        assert!(outcome.findings[0].message.contains("seems to be compiled"));
    }

    #[test]
    fn what_cannot_be_told_is_a_gap() {
        let unknown = serve(&["torch==2.99.0+cu128"], &[L4, ("NVIDIA X", None)]);
        assert_eq!(
            lines(&check(&RULE, &facts([unknown]))),
            [
                "gap serve pkg:pypi/torch@2.99.0%2Bcu128 which GPUs `torch 2.99.0+cu128` has code for is not known",
                "gap serve NVIDIA X `NVIDIA X` does not tell its compute capability",
            ]
        );
        let none = serve(&["torch==2.8.0+cu128"], &[]);
        assert_eq!(
            lines(&check(&RULE, &facts([none]))),
            ["gap serve - the NVIDIA driver has no GPU on this machine"]
        );
        let silent = serve(&["torch==2.8.0+cu128"], &[]).below(|native| {
            native.accelerators.as_mut().unwrap().problem = Some("no NVML".to_owned());
        });
        assert_eq!(
            lines(&check(&RULE, &facts([silent]))),
            ["gap serve - the GPUs are not known: no NVML"]
        );
    }

    #[test]
    fn a_lock_without_cuda_has_nothing_to_run_on_a_gpu() {
        let environment = serve(&["numpy==1.26.4"], &[("Tesla K80", Some((3, 7)))]);
        assert_eq!(lines(&check(&RULE, &facts([environment]))), [""; 0]);
    }
}
