//! A shared library that an installed package needs is not on the machine.

use holdfast_model::{
    Accelerators, EnvironmentFacts, Installed, Layer, Loading, Need, Outcome, Severity, UnmetNeed,
};

use crate::answer::Answer;
use crate::installed::{place, purl};
use crate::text;
use crate::{Context, Rule, RuleSet};

/// See its page.
pub(crate) static RULE: Rule = Rule {
    id: "missing-shared-library",
    title: "a shared library that an installed package needs is not on the machine",
    severity: Severity::Error,
    layers: &[Layer::Native],
    sets: &[RuleSet::Verify],
    page: include_str!("missing_shared_library.md"),
    check,
};

/// What comes with the NVIDIA driver and with nothing else.
const OF_DRIVER: &[&str] = &[
    "libcuda.so",
    "libnvidia-ml.so",
    "libnvidia-encode.so",
    "libnvidia-opticalflow.so",
    "libnvidia-ptxjitcompiler.so",
    "libnvcuvid.so",
    "libnvoptix.so",
];

/// The packages of Debian and Ubuntu that bring a library.
const DEBIAN: &[(&str, &str)] = &[
    ("libEGL.so.1", "libegl1"),
    ("libGL.so.1", "libgl1"),
    ("libGLESv2.so.2", "libgles2"),
    ("libICE.so.6", "libice6"),
    ("libOpenCL.so.1", "ocl-icd-libopencl1"),
    ("libSM.so.6", "libsm6"),
    ("libX11.so.6", "libx11-6"),
    ("libXext.so.6", "libxext6"),
    ("libXrender.so.1", "libxrender1"),
    ("libcairo.so.2", "libcairo2"),
    ("libexpat.so.1", "libexpat1"),
    ("libgcc_s.so.1", "libgcc-s1"),
    ("libglib-2.0.so.0", "libglib2.0-0"),
    ("libgomp.so.1", "libgomp1"),
    ("libgthread-2.0.so.0", "libglib2.0-0"),
    ("libmagic.so.1", "libmagic1"),
    ("libodbc.so.2", "libodbc2"),
    ("libpango-1.0.so.0", "libpango-1.0-0"),
    ("libportaudio.so.2", "libportaudio2"),
    ("libpq.so.5", "libpq5"),
    ("libsndfile.so.1", "libsndfile1"),
    ("libstdc++.so.6", "libstdc++6"),
    ("libusb-1.0.so.0", "libusb-1.0-0"),
    ("libxcb.so.1", "libxcb1"),
    ("libz.so.1", "zlib1g"),
    ("libzbar.so.0", "libzbar0"),
];

fn check(context: &Context<'_>) -> Outcome {
    let mut answer = RULE.answer();
    for environment in context.environments() {
        let Some(installed) = answer.installed(environment) else {
            continue;
        };
        let Some(native) = &installed.native else {
            answer.gap(
                environment,
                "the native layer was not looked at",
            );
            continue;
        };
        for unmet in &native.libraries.unmet {
            judge(&mut answer, environment, installed, unmet);
        }
        for file in &native.libraries.unreadable {
            let path = file.location.file.clone();
            let reason = format!("`{path}`: {}", file.reason);
            answer.gap_about(environment, path, reason);
        }
        if native.libraries.more_unmet > 0 {
            let more = native.libraries.more_unmet;
            answer.gap(environment, format!("{more} more needs are not named"));
        }
    }
    answer.outcome()
}

fn judge(
    answer: &mut Answer,
    environment: &EnvironmentFacts,
    installed: &Installed,
    unmet: &UnmetNeed,
) {
    let file = &unmet.file;
    if let Need::Library { name } = &unmet.need
        && is_of_driver(name)
        && !has_driver(installed)
    {
        let reason = format!(
            "`{name}`, which `{file}` needs, comes with the NVIDIA driver, and there is none to look at"
        );
        answer.gap_about(environment, file.clone(), reason);
        return;
    }
    let (what, key) = match &unmet.need {
        Need::Library { name } => (format!("`{name}` is not there"), name),
        Need::Version {
            name,
            version,
            found,
        } => (format!("`{found}` has no `{version}`"), name),
    };
    let subject = match &unmet.owner {
        Some(owner) => purl(installed, owner),
        None => file.clone(),
    };
    let severity = match unmet.loading {
        Loading::Import | Loading::Main => Severity::Error,
        Loading::OnDemand => Severity::Warning,
    };
    let finding = RULE
        .finding(Layer::Native)
        .at(&place(installed, file))
        .message(format!("{what}, which {} needs", needing(installed, unmet)))
        .of(environment)
        .subject(subject)
        .severity(severity)
        .detail("library", key.as_str())
        .detail("path", file.as_str())
        .fix(fix(unmet));
    answer.find(finding);
}

/// `` `a/_core.so` and 2 more of `acme 1.0` ``.
fn needing(installed: &Installed, unmet: &UnmetNeed) -> String {
    let name = unmet.file.rsplit('/').next().unwrap_or(&unmet.file);
    let more = match unmet.files.saturating_sub(1) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let of = unmet.owner.as_ref().map_or_else(String::new, |owner| {
        let version = installed
            .packages
            .iter()
            .find(|package| package.package == *owner)
            .map(|package| package.version.as_str());
        format!(" of {}", text::named(owner, version))
    });
    format!("`{name}`{more}{of}")
}

fn fix(unmet: &UnmetNeed) -> String {
    match &unmet.need {
        Need::Version { name, .. } if name.starts_with("libc.") || name.starts_with("libm.") => {
            "use a newer base system, or lock for this one: name its C library in `platforms`"
                .to_owned()
        }
        Need::Version { name, .. } => format!("install a newer `{name}`"),
        Need::Library { name } => match DEBIAN.iter().find(|(library, _)| library == name) {
            Some((_, package)) => format!(
                "install the system's package that has it: `apt-get install {package}` on Debian and Ubuntu"
            ),
            None => format!("install the package that has `{name}`"),
        },
    }
}

fn is_of_driver(name: &str) -> bool {
    OF_DRIVER
        .iter()
        .any(|library| name.strip_prefix(library).is_some_and(|rest| rest.is_empty() || rest.starts_with('.')))
}

fn has_driver(installed: &Installed) -> bool {
    installed
        .native
        .as_ref()
        .and_then(|native| native.accelerators.as_ref())
        .is_some_and(|Accelerators { driver, .. }| driver.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use holdfast_model::PackageId;

    use crate::testing::{Environment, check, configured, facts, lines};

    fn unmet(need: Need, loading: Loading) -> UnmetNeed {
        UnmetNeed {
            file: "lib/lightgbm/lib_lightgbm.so".to_owned(),
            owner: Some(PackageId::pypi("lightgbm")),
            need,
            loading,
            files: 1,
        }
    }

    fn library(name: &str) -> Need {
        Need::Library {
            name: name.to_owned(),
        }
    }

    fn serve(unmet: UnmetNeed) -> Environment {
        configured("serve")
            .installs(&["lightgbm==4.6.0"])
            .below(|native| native.libraries.unmet.push(unmet))
    }

    #[test]
    fn a_missing_library_is_named_with_whoever_needs_it() {
        let environment = serve(unmet(library("libgomp.so.1"), Loading::Main));
        let outcome = check(&RULE, &facts([environment]));
        assert_eq!(
            lines(&outcome),
            ["error .venv/lib/lightgbm/lib_lightgbm.so:1:1 `libgomp.so.1` is not there, which `lib_lightgbm.so` of `lightgbm 4.6.0` needs"]
        );
        let fix = outcome.findings[0].fix.clone().unwrap();
        assert!(fix.contains("apt-get install libgomp1"), "{fix}");
    }

    #[test]
    fn what_is_loaded_on_demand_is_a_warning() {
        let environment = serve(UnmetNeed {
            files: 3,
            ..unmet(library("libX11.so.6"), Loading::OnDemand)
        });
        assert_eq!(
            lines(&check(&RULE, &facts([environment]))),
            ["warning .venv/lib/lightgbm/lib_lightgbm.so:1:1 `libX11.so.6` is not there, which `lib_lightgbm.so` and 2 more of `lightgbm 4.6.0` needs"]
        );
    }

    #[test]
    fn a_version_that_is_not_there_is_named_with_its_library() {
        let need = Need::Version {
            name: "libc.so.6".to_owned(),
            version: "GLIBC_2.38".to_owned(),
            found: "/lib/libc.so.6".to_owned(),
        };
        let outcome = check(&RULE, &facts([serve(unmet(need, Loading::Import))]));
        assert_eq!(
            lines(&outcome),
            ["error .venv/lib/lightgbm/lib_lightgbm.so:1:1 `/lib/libc.so.6` has no `GLIBC_2.38`, which `lib_lightgbm.so` of `lightgbm 4.6.0` needs"]
        );
        assert!(outcome.findings[0].fix.clone().unwrap().contains("platforms"));
    }

    #[test]
    fn the_driver_is_not_missed_where_there_is_none() {
        let need = || unmet(library("libcuda.so.1"), Loading::Import);
        assert_eq!(
            lines(&check(&RULE, &facts([serve(need())]))),
            ["gap serve lib/lightgbm/lib_lightgbm.so `libcuda.so.1`, which `lib/lightgbm/lib_lightgbm.so` needs, comes with the NVIDIA driver, and there is none to look at"]
        );
        let with_driver = serve(need()).drives("580.65.06", &[]);
        assert_eq!(check(&RULE, &facts([with_driver])).findings.len(), 1);
    }

    #[test]
    fn what_was_not_looked_at_is_a_gap() {
        let environment = configured("serve").installs(&["lightgbm==4.6.0"]);
        assert_eq!(
            lines(&check(&RULE, &facts([environment]))),
            ["gap serve - the native layer was not looked at"]
        );
        let environment = configured("serve").installs(&[]).below(|native| {
            native.libraries.unreadable.push(holdfast_model::UnreadableFile {
                location: holdfast_model::Location::start_of("lib/a.so"),
                reason: "damaged".to_owned(),
            });
            native.libraries.more_unmet = 2;
        });
        assert_eq!(
            lines(&check(&RULE, &facts([environment]))),
            [
                "gap serve lib/a.so `lib/a.so`: damaged",
                "gap serve - 2 more needs are not named",
            ]
        );
        assert_eq!(lines(&check(&RULE, &facts([configured("serve")]))), [""; 0]);
    }
}
