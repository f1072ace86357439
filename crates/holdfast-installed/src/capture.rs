//! What was seen of an environment, as the artefact that is kept, and read again.

use std::collections::BTreeMap;

use holdfast_model::{
    Capture, CapturedDeviation, CapturedGpu, CapturedInterpreter, CapturedNative, CapturedNeed,
    CapturedPackage, CapturedSource, CapturedStartUp, CapturedSystem, DeviationKind, Installed,
    InstalledPackage, InstalledRecord, Layer, Native, Need, NotSeen, StartUpKind, UnmetNeed,
};
use jiff::Timestamp;

/// What a capture says beside what was seen of the environment itself.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The version of Holdfast.
    pub holdfast: String,
    /// When it is.
    pub captured: Timestamp,
    /// The operating system.
    pub system: CapturedSystem,
    /// The variables of [`Capture::VARIABLES`] that are set.
    pub variables: BTreeMap<String, String>,
}

/// Why a file is no capture.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// It is no JSON, or lacks what a capture has.
    #[error("it is no capture that `holdfast capture` wrote")]
    Malformed(#[source] serde_json::Error),
    /// It is of another version, or another document.
    #[error(
        "it is `{found}`, and this version of Holdfast reads `{}`",
        Capture::SCHEMA
    )]
    OtherSchema {
        /// What it says that it is.
        found: String,
    },
}

/// An environment of which every file was looked at, as it is kept.
pub fn capture(installed: &Installed, surroundings: Surroundings) -> Capture {
    let contents = installed.contents.as_ref();
    let interpreter = contents.map(|contents| contents.interpreter.clone());
    let interpreter = interpreter.unwrap_or_default();
    let mut packages: Vec<CapturedPackage> = installed.packages.iter().map(package).collect();
    packages.sort();
    let mut not_seen = not_seen(installed, &surroundings.system);
    not_seen.sort();
    not_seen.dedup();
    Capture {
        schema: Capture::SCHEMA.to_owned(),
        holdfast: surroundings.holdfast,
        captured: surroundings.captured,
        root: installed.root.clone(),
        interpreter: CapturedInterpreter {
            implementation: interpreter.implementation,
            version: interpreter.version.or_else(|| installed.python.clone()),
            executable: interpreter.executable,
        },
        packages,
        deviations: contents.map_or_else(Vec::new, deviations),
        start_up: contents.map_or_else(Vec::new, start_up),
        native: installed.native.as_ref().map(native),
        system: surroundings.system,
        variables: surroundings.variables,
        not_seen,
    }
}

/// Reads what [`capture`] made; keys that are not known are passed over.
pub fn read_capture(bytes: &[u8]) -> Result<Capture, CaptureError> {
    #[derive(serde::Deserialize)]
    struct Named {
        schema: String,
    }
    let named: Named = serde_json::from_slice(bytes).map_err(CaptureError::Malformed)?;
    if named.schema != Capture::SCHEMA {
        return Err(CaptureError::OtherSchema {
            found: named.schema,
        });
    }
    serde_json::from_slice(bytes).map_err(CaptureError::Malformed)
}

fn package(package: &InstalledPackage) -> CapturedPackage {
    let contents = package.contents.as_ref();
    let is_listed =
        contents.is_some_and(|contents| matches!(contents.record, InstalledRecord::Read { .. }));
    CapturedPackage {
        purl: package.package.purl(Some(&package.version)),
        name: package.package.name().to_owned(),
        version: package.version.clone(),
        licence: package.licence.clone(),
        direct: package.direct,
        source: package.origin.as_ref().map(|origin| CapturedSource {
            url: origin.url.clone(),
            commit: origin.commit.clone(),
            editable: origin.editable,
        }),
        files: contents.map_or(0, |contents| contents.files),
        bytes: contents.map_or(0, |contents| contents.bytes),
        digest: contents
            .filter(|_| is_listed)
            .map(|contents| contents.digest.to_string()),
    }
}

fn deviations(contents: &holdfast_model::Contents) -> Vec<CapturedDeviation> {
    let mut deviations: Vec<CapturedDeviation> = contents
        .deviations
        .iter()
        .map(|deviation| CapturedDeviation {
            path: deviation.path.clone(),
            package: deviation
                .owner
                .as_ref()
                .map(|owner| owner.name().to_owned()),
            what: what(&deviation.kind).to_owned(),
        })
        .collect();
    deviations.sort();
    deviations
}

fn what(kind: &DeviationKind) -> &'static str {
    match kind {
        DeviationKind::Altered => "altered",
        DeviationKind::ForeignBytecode { .. } => "foreign-bytecode",
        DeviationKind::Launcher { .. } => "altered-entry-point",
        DeviationKind::NotAFile { .. } => "not-a-file",
        DeviationKind::Missing | DeviationKind::AllMissing { .. } => "missing",
        DeviationKind::Unowned { .. } => "unowned",
        DeviationKind::Unhashed => "unhashed",
        DeviationKind::Outside => "outside",
        DeviationKind::Unreadable { .. } => "unreadable",
    }
}

fn start_up(contents: &holdfast_model::Contents) -> Vec<CapturedStartUp> {
    let mut found: Vec<CapturedStartUp> = contents
        .start_up
        .iter()
        .map(|code| CapturedStartUp {
            path: code.path.clone(),
            line: match &code.kind {
                StartUpKind::PathFile { line, .. } => Some(line.clone()),
                StartUpKind::Customisation => None,
            },
            package: code.owner.as_ref().map(|owner| owner.name().to_owned()),
        })
        .collect();
    found.sort();
    found
}

fn native(native: &Native) -> CapturedNative {
    let need = |unmet: &UnmetNeed| {
        let (library, version) = match &unmet.need {
            Need::Library { name } => (name, None),
            Need::Version { name, version, .. } => (name, Some(version.clone())),
        };
        CapturedNeed {
            file: unmet.file.clone(),
            package: unmet.owner.as_ref().map(|owner| owner.name().to_owned()),
            library: library.clone(),
            version,
        }
    };
    let mut unmet: Vec<CapturedNeed> = native.libraries.unmet.iter().map(need).collect();
    unmet.sort();
    let accelerators = native.accelerators.as_ref();
    CapturedNative {
        libraries: native.libraries.count,
        unmet,
        driver: accelerators.and_then(|it| it.driver.clone()),
        gpus: accelerators
            .into_iter()
            .flat_map(|it| &it.gpus)
            .map(|gpu| CapturedGpu {
                name: gpu.name.clone(),
                capability: gpu
                    .capability
                    .map(|(major, minor)| format!("{major}.{minor}")),
            })
            .collect(),
    }
}

fn native_not_seen(installed: &Installed) -> Vec<String> {
    let Some(native) = &installed.native else {
        return vec!["shared libraries, driver and GPUs are not looked at".to_owned()];
    };
    let unreadable = native.libraries.unreadable.iter();
    let mut reasons: Vec<String> = unreadable
        .map(|file| format!("`{}`: {}", file.location.file, file.reason))
        .collect();
    if native.libraries.more_unmet > 0 {
        let more = native.libraries.more_unmet;
        reasons.push(format!("{more} more needs are not met and are not named"));
    }
    match &native.accelerators {
        None => reasons.push("driver and GPUs are not looked at".to_owned()),
        Some(accelerators) => reasons.extend(accelerators.problem.clone()),
    }
    reasons
}

fn not_seen(installed: &Installed, system: &CapturedSystem) -> Vec<NotSeen> {
    let of = |layer, reason: String| NotSeen { layer, reason };
    let mut not_seen: Vec<NotSeen> = installed
        .unreadable
        .iter()
        .map(|file| {
            let reason = format!("`{}`: {}", file.location.file, file.reason);
            of(Layer::Packages, reason)
        })
        .collect();
    let contents = installed.contents.as_ref();
    if let Some(problem) = contents.and_then(|contents| contents.interpreter.problem.clone()) {
        not_seen.push(of(Layer::Interpreter, problem));
    }
    if let Some(contents) = contents.filter(|contents| contents.more_deviations > 0) {
        let more = contents.more_deviations;
        let reason = format!("{more} more files differ and are not named");
        not_seen.push(of(Layer::Packages, reason));
    }
    if system.packages.is_none() {
        let reason = "there is no database of dpkg".to_owned();
        not_seen.push(of(Layer::System, reason));
    }
    let native = native_not_seen(installed).into_iter();
    not_seen.extend(native.map(|reason| of(Layer::Native, reason)));
    not_seen
}

#[cfg(test)]
mod tests {
    use holdfast_model::{
        Accelerators, Contents, Deviation, DeviationKind, Digest, Gpu, Libraries, Loading,
        PackageContents, PackageId,
    };
    use proptest::prelude::*;

    use super::*;

    fn surroundings() -> Surroundings {
        Surroundings {
            holdfast: "0".to_owned(),
            captured: Timestamp::UNIX_EPOCH,
            system: CapturedSystem::default(),
            variables: BTreeMap::new(),
        }
    }

    fn installed(record: InstalledRecord) -> Installed {
        Installed {
            root: ".venv".to_owned(),
            packages: vec![InstalledPackage {
                package: PackageId::pypi("six"),
                version: "1.16".to_owned(),
                licence: None,
                direct: None,
                dependencies: Vec::new(),
                path: "lib/six.dist-info".to_owned(),
                origin: None,
                contents: Some(PackageContents {
                    files: 2,
                    bytes: 3,
                    digest: Digest::sha256(&[1; 32]),
                    record,
                }),
            }],
            contents: Some(Contents {
                deviations: vec![Deviation {
                    path: "lib/six.py".to_owned(),
                    owner: Some(PackageId::pypi("six")),
                    kind: DeviationKind::Altered,
                }],
                more_deviations: 7,
                ..Contents::default()
            }),
            ..Installed::default()
        }
    }

    #[test]
    fn what_was_seen_is_read_again_and_what_was_not_is_said() {
        let read = InstalledRecord::Read {
            digest: Digest::sha256(&[2; 32]),
            differences: Vec::new(),
        };
        let capture = capture(&installed(read), surroundings());
        let digest = Digest::sha256(&[1; 32]).to_string();
        assert_eq!(capture.packages[0].digest, Some(digest));
        assert_eq!(capture.deviations[0].what, "altered");
        let reasons: Vec<&str> = capture
            .not_seen
            .iter()
            .map(|it| it.reason.as_str())
            .collect();
        assert_eq!(
            reasons,
            [
                "7 more files differ and are not named",
                "shared libraries, driver and GPUs are not looked at",
                "there is no database of dpkg",
            ]
        );
        let bytes = serde_json::to_vec(&capture).unwrap();
        assert_eq!(read_capture(&bytes).unwrap(), capture);
    }

    #[test]
    fn what_lies_below_python_is_kept() {
        let mut installed = installed(InstalledRecord::Absent);
        installed.native = Some(Native {
            libraries: Libraries {
                count: 2,
                unmet: vec![UnmetNeed {
                    file: "lib/_six.so".to_owned(),
                    owner: Some(PackageId::pypi("six")),
                    need: Need::Library {
                        name: "libgomp.so.1".to_owned(),
                    },
                    loading: Loading::Import,
                    files: 1,
                }],
                more_unmet: 3,
                unreadable: Vec::new(),
            },
            accelerators: Some(Accelerators {
                driver: Some("580.65.06".to_owned()),
                gpus: vec![Gpu {
                    name: "NVIDIA H100".to_owned(),
                    capability: Some((9, 0)),
                }],
                problem: None,
                compatibility: None,
            }),
        });
        let capture = capture(&installed, surroundings());
        let native = capture.native.as_ref().unwrap();
        assert_eq!(native.unmet[0].library, "libgomp.so.1");
        assert_eq!(native.driver.as_deref(), Some("580.65.06"));
        assert_eq!(native.gpus[0].capability.as_deref(), Some("9.0"));
        assert!(
            capture
                .not_seen
                .iter()
                .any(|it| it.reason == "3 more needs are not met and are not named")
        );
        let bytes = serde_json::to_vec(&capture).unwrap();
        assert_eq!(read_capture(&bytes).unwrap(), capture);
    }

    #[test]
    fn a_package_whose_files_nobody_can_tell_has_no_digest() {
        let capture = capture(&installed(InstalledRecord::Absent), surroundings());
        assert_eq!(capture.packages[0].digest, None);
    }

    #[test]
    fn keys_of_a_later_version_are_passed_over() {
        let capture = capture(&Installed::default(), surroundings());
        let mut value = serde_json::to_value(&capture).unwrap();
        value["later"] = true.into();
        assert_eq!(read_capture(value.to_string().as_bytes()).unwrap(), capture);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(read_capture(&bytes).is_err());
        }
    }
}
