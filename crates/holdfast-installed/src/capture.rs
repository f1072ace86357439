//! What was seen of an environment, as the artefact that is kept, and read again.

use std::collections::BTreeMap;

use holdfast_model::{
    Capture, CapturedDeviation, CapturedInterpreter, CapturedPackage, CapturedSource,
    CapturedStartUp, CapturedSystem, DeviationKind, Installed, InstalledPackage, InstalledRecord,
    Layer, NotSeen, StartUpKind,
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
    let reason = "shared libraries, driver and GPUs are not looked at".to_owned();
    not_seen.push(of(Layer::Native, reason));
    not_seen
}

#[cfg(test)]
mod tests {
    use holdfast_model::{Contents, Deviation, DeviationKind, Digest, PackageContents, PackageId};
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
