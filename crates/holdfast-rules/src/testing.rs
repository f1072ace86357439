//! Facts for tests, in a few words.

mod artefacts;
mod loading;

use holdfast_model::{
    Accelerators, AdvisoryData, AdvisoryMatch, Contents, Declared, DeclaredFile, DeclaredPython,
    Dependency, Deviation, DeviationKind, Digest, Ecosystem, EnvironmentFacts, Facts, Freshness,
    Gpu, HashAlgorithm, Installed, InstalledPackage, InstalledRecord, Knowledge, Location,
    LockFormat, LockGroups, LockMetadata, LockSource, Locked, LockedFile, LockedPackage, Native,
    Observed, Outcome, PackageContents, PackageId, ProjectReleases, ProjectRole, Purpose, Release,
    ReleaseFile, Requirement, RequirementSource, StartUpCode, StartUpKind, VersionRange,
};
use jiff::Timestamp;
use pep508_rs::{VerbatimUrl, VersionOrUrl};

pub(crate) use artefacts::{TestArtefact, artefact, facts_of, hazard, import};
pub(crate) use loading::{model_file, with_artefacts};

use crate::{Context, Policy, Rule};

/// The time that tests judge by.
pub(crate) fn now() -> Timestamp {
    timestamp("2024-06-15T12:00:00Z")
}

pub(crate) fn timestamp(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Facts over these environments, with advisory data of an hour ago that knows of nothing.
pub(crate) fn facts(environments: impl IntoIterator<Item = Environment>) -> Facts {
    Facts {
        environments: environments
            .into_iter()
            .map(|environment| environment.0)
            .collect(),
        knowledge: Knowledge {
            advisories: Some(AdvisoryData {
                digest: digest(1),
                fetched: timestamp("2024-06-15T11:00:00Z"),
                newest: None,
                count: 1,
                ecosystems: vec![Ecosystem::Pypi],
            }),
            ..Knowledge::default()
        },
        ..Facts::at(now())
    }
}

pub(crate) fn digest(seed: u8) -> Digest {
    Digest::sha256(&[seed; 32])
}

/// Runs one rule under a policy.
pub(crate) fn judge(rule: &Rule, facts: &Facts, policy: &Policy) -> Outcome {
    (rule.check)(&Context::new(facts, policy))
}

/// Runs one rule under the default policy.
pub(crate) fn check(rule: &Rule, facts: &Facts) -> Outcome {
    judge(rule, facts, &Policy::default())
}

/// Findings and gaps, a line each.
pub(crate) fn lines(outcome: &Outcome) -> Vec<String> {
    let findings = outcome.findings.iter().map(|finding| {
        let place = finding
            .location
            .as_ref()
            .map_or_else(|| "nowhere".to_owned(), ToString::to_string);
        format!("{} {place} {}", finding.severity.as_str(), finding.message)
    });
    let gaps = outcome.gaps.iter().map(|gap| {
        let environment = gap.environment.as_ref().map_or("-", |name| name.as_str());
        let subject = gap.subject.as_deref().unwrap_or("-");
        format!("gap {environment} {subject} {}", gap.reason)
    });
    findings.chain(gaps).collect()
}

/// An environment in the making.
#[derive(Debug, Clone)]
pub(crate) struct Environment(pub(crate) EnvironmentFacts);

/// An environment of a configured project, with nothing in it.
pub(crate) fn configured(name: &str) -> Environment {
    Environment(EnvironmentFacts {
        project: String::new(),
        name: Some(name.parse().unwrap()),
        extends: None,
        declared: Observed::NotLookedFor,
        locked: Observed::NotLookedFor,
        installed: Observed::NotLookedFor,
        freshness: Freshness::NotApplicable,
    })
}

/// A project without configuration.
pub(crate) fn discovered() -> Environment {
    let mut environment = configured("x");
    environment.0.name = None;
    environment
}

impl Environment {
    pub(crate) fn extends(mut self, core: &str) -> Self {
        self.0.extends = Some(core.parse().unwrap());
        self
    }

    /// Declares these requirements in `requirements.in`, one a line.
    pub(crate) fn declares(self, requirements: &[&str]) -> Self {
        self.declares_in("requirements.in", requirements)
    }

    pub(crate) fn declares_in(mut self, file: &str, requirements: &[&str]) -> Self {
        let mut declared = self.0.declared.present().cloned().unwrap_or_default();
        declared.merge(Declared {
            requirements: requirements
                .iter()
                .zip(1..)
                .map(|(text, line)| requirement(text, file, line))
                .collect(),
            files: vec![DeclaredFile {
                path: file.to_owned(),
                format: "requirements".to_owned(),
            }],
            ..Declared::default()
        });
        self.0.declared = Observed::Present(declared);
        self
    }

    /// Changes what is declared.
    pub(crate) fn declaring(mut self, change: impl FnOnce(&mut Declared)) -> Self {
        let mut declared = self.0.declared.present().cloned().unwrap_or_default();
        change(&mut declared);
        self.0.declared = Observed::Present(declared);
        self
    }

    pub(crate) fn role(self, role: ProjectRole) -> Self {
        self.declaring(|declared| declared.role = role)
    }

    pub(crate) fn constrained_by(self, constraints: &[&str]) -> Self {
        self.declaring(|declared| {
            declared.constraints = constraints
                .iter()
                .zip(1..)
                .map(|(text, line)| requirement(text, "constraints.txt", line))
                .collect();
        })
    }

    pub(crate) fn python(self, text: &str) -> Self {
        self.declaring(|declared| {
            declared.python.push(DeclaredPython {
                text: text.to_owned(),
                specifiers: text.parse().ok(),
                location: Location::start_of(".python-version"),
            });
        })
    }

    pub(crate) fn unreadable_declaration(self) -> Self {
        self.unreadable_manifest("pyproject.toml")
    }

    pub(crate) fn unreadable_manifest(mut self, file: &str) -> Self {
        self.0.declared = unreadable(file);
        self
    }

    /// Locks these packages, `name==version` each, in `pylock.<name>.toml` of Holdfast.
    pub(crate) fn locks(self, packages: &[&str]) -> Self {
        let name = self.0.name.clone().map_or("x".to_owned(), String::from);
        let mut lock = lock(&format!("pylock.{name}.toml"), packages);
        lock.holdfast = Some(metadata(&name, None));
        self.locked(lock)
    }

    pub(crate) fn locked(mut self, lock: Locked) -> Self {
        self.0.locked = Observed::Present(lock);
        self
    }

    /// Changes the lock.
    pub(crate) fn locking(mut self, change: impl FnOnce(&mut Locked)) -> Self {
        if let Observed::Present(lock) = &mut self.0.locked {
            change(lock);
        }
        self
    }

    pub(crate) fn lock_missing(mut self, expected: &str) -> Self {
        self.0.locked = Observed::Absent {
            expected: Location::start_of(expected),
        };
        self
    }

    pub(crate) fn unreadable_lock(mut self) -> Self {
        self.0.locked = unreadable("pylock.toml");
        self
    }

    /// Has these packages installed in `.venv`, `name==version` each.
    pub(crate) fn installs(mut self, packages: &[&str]) -> Self {
        self.0.installed = Observed::Present(Installed {
            root: ".venv".to_owned(),
            python: Some("3.11.7".to_owned()),
            unreadable: Vec::new(),
            contents: None,
            native: None,
            packages: packages
                .iter()
                .map(|text| {
                    let (name, version) = text.split_once("==").unwrap();
                    InstalledPackage {
                        package: PackageId::pypi(name),
                        version: version.to_owned(),
                        licence: None,
                        direct: None,
                        dependencies: Vec::new(),
                        path: format!("lib/{name}.dist-info"),
                        origin: None,
                        contents: None,
                    }
                })
                .collect(),
        });
        self
    }

    /// Changes what is installed.
    pub(crate) fn installing(mut self, change: impl FnOnce(&mut Installed)) -> Self {
        if let Observed::Present(installed) = &mut self.0.installed {
            change(installed);
        }
        self
    }

    /// Every file of what is installed was looked at.
    pub(crate) fn contains(self, change: impl FnOnce(&mut Contents)) -> Self {
        self.installing(|installed| change(installed.contents.get_or_insert_default()))
    }

    /// The native layer of what is installed was looked at.
    pub(crate) fn below(self, change: impl FnOnce(&mut Native)) -> Self {
        self.installing(|installed| change(installed.native.get_or_insert_default()))
    }

    /// It runs on a machine with this driver, none where it is empty, and these GPUs.
    pub(crate) fn drives(self, driver: &str, gpus: &[(&str, Option<(u32, u32)>)]) -> Self {
        self.below(|native| {
            native.accelerators = Some(Accelerators {
                driver: (!driver.is_empty()).then(|| driver.to_owned()),
                gpus: gpus
                    .iter()
                    .map(|(name, capability)| Gpu {
                        name: (*name).to_owned(),
                        capability: *capability,
                    })
                    .collect(),
                problem: None,
                compatibility: None,
            });
        })
    }

    /// A file of what is installed differs.
    pub(crate) fn deviates(self, path: &str, owner: Option<&str>, kind: DeviationKind) -> Self {
        self.contains(|contents| {
            contents.deviations.push(Deviation {
                path: path.to_owned(),
                owner: owner.map(PackageId::pypi),
                kind,
            });
        })
    }

    /// The list of files of an installed package.
    pub(crate) fn recorded(self, package: &str, digest: &Digest) -> Self {
        self.installing(|installed| {
            let package = PackageId::pypi(package);
            for found in &mut installed.packages {
                if found.package == package {
                    found.contents = Some(PackageContents {
                        files: 1,
                        bytes: 1,
                        digest: digest.clone(),
                        record: InstalledRecord::Read {
                            digest: digest.clone(),
                            differences: Vec::new(),
                        },
                    });
                }
            }
        })
    }

    pub(crate) fn freshness(mut self, freshness: Freshness) -> Self {
        self.0.freshness = freshness;
        self
    }
}

fn unreadable<T>(file: &str) -> Observed<T> {
    Observed::Unreadable {
        location: Location::new(file, 3, 1),
        reason: "no TOML".to_owned(),
    }
}

pub(crate) fn requirement(text: &str, file: &str, line: u32) -> Requirement {
    let parsed: pep508_rs::Requirement<VerbatimUrl> = text.parse().unwrap();
    let (range, source) = match parsed.version_or_url {
        Some(VersionOrUrl::Url(url)) => {
            let url = url.to_string();
            let source = match url.strip_prefix("git+") {
                Some(repository) => vcs(repository),
                None => RequirementSource::Url(url),
            };
            (VersionRange::any(), source)
        }
        Some(VersionOrUrl::VersionSpecifier(specifiers)) => {
            (VersionRange::pep440(specifiers), registry())
        }
        None => (VersionRange::any(), registry()),
    };
    Requirement {
        package: PackageId::pypi(parsed.name.as_ref()),
        text: text.to_owned(),
        range,
        extras: parsed.extras.iter().map(ToString::to_string).collect(),
        marker: parsed.marker.contents().map(|marker| marker.to_string()),
        source,
        hashes: Vec::new(),
        purpose: Purpose::Runtime,
        via: Vec::new(),
        location: Location::new(file, line, 1),
    }
}

fn registry() -> RequirementSource {
    RequirementSource::Registry { index: None }
}

fn vcs(repository: &str) -> RequirementSource {
    let (url, revision) = match repository.rsplit_once('@') {
        Some((url, revision)) => (url, Some(revision.to_owned())),
        None => (repository, None),
    };
    RequirementSource::Vcs {
        system: "git".to_owned(),
        url: url.to_owned(),
        revision,
    }
}

/// A lock of `name==version` packages, each with one wheel that was uploaded in January 2024.
pub(crate) fn lock(file: &str, packages: &[&str]) -> Locked {
    Locked {
        file: file.to_owned(),
        format: LockFormat::Pylock,
        created_by: "holdfast".to_owned(),
        requires_python: Some("==3.11.*".to_owned()),
        environments: Vec::new(),
        groups: LockGroups::default(),
        holdfast: None,
        packages: packages
            .iter()
            .zip(1_u32..)
            .map(|(text, position)| locked_package(text, &Location::new(file, position * 10, 1)))
            .collect(),
    }
}

fn locked_package(text: &str, location: &Location) -> LockedPackage {
    let (name, version) = text.split_once("==").unwrap();
    LockedPackage {
        package: PackageId::pypi(name),
        version: Some(version.to_owned()),
        marker: None,
        requires_python: None,
        source: LockSource::Registry {
            index: Some("https://pypi.org/simple".to_owned()),
        },
        files: vec![LockedFile {
            name: format!("{name}-{version}-py3-none-any.whl"),
            url: None,
            size: Some(1),
            upload_time: Some(timestamp("2024-01-01T00:00:00Z")),
            hashes: vec![digest(2)],
            contents: None,
        }],
        dependencies: Vec::new(),
        direct: None,
        licence: Some("MIT".to_owned()),
        groups: Vec::new(),
        attestations: Vec::new(),
        location: location.clone(),
    }
}

/// `[tool.holdfast]` of a lock for Linux and Python 3.11.7.
pub(crate) fn metadata(environment: &str, extends: Option<&str>) -> LockMetadata {
    LockMetadata {
        version: 1,
        environment: environment.parse().unwrap(),
        extends: extends.map(|core| core.parse().unwrap()),
        python: "3.11.7".to_owned(),
        implementation: "cpython".to_owned(),
        platforms: vec!["linux-x86_64-glibc2.28".parse().unwrap()],
        declarations: digest(3),
        cutoff: None,
        advisories: None,
        uv: "0.8.0".to_owned(),
        passed_over: Vec::new(),
        exemptions: Vec::new(),
        artefacts: Vec::new(),
    }
}

pub(crate) fn edge(name: &str) -> Dependency {
    Dependency {
        package: PackageId::pypi(name),
        version: None,
        marker: None,
        specifier: None,
    }
}

/// An advisory on every version of `package` below `fixed`, entered for `version`.
pub(crate) fn affect(facts: &mut Facts, package: &str, version: &str, advisory: AdvisoryMatch) {
    facts
        .knowledge
        .matches
        .entry((PackageId::pypi(package), version.to_owned()))
        .or_default()
        .push(advisory);
}

pub(crate) fn advisory(id: &str, fixed: &[&str]) -> AdvisoryMatch {
    let affected = match fixed.last() {
        Some(fixed) => version_ranges::Ranges::strictly_lower_than(
            fixed.parse::<pep440_rs::Version>().unwrap(),
        ),
        None => version_ranges::Ranges::full(),
    };
    AdvisoryMatch {
        id: id.to_owned(),
        aliases: vec!["CVE-2023-4863".to_owned()],
        summary: "A heap overflow in a bundled library.\nMore.".to_owned(),
        severity: Some(holdfast_model::AdvisorySeverity::High),
        malicious: false,
        fixed: fixed.iter().map(|&version| version.to_owned()).collect(),
        affected,
    }
}

/// What an index has of a package: `(version, uploaded, yanked)`.
pub(crate) fn releases(list: &[(&str, Option<&str>, Option<&str>)]) -> ProjectReleases {
    ProjectReleases {
        index: "https://pypi.org/simple".to_owned(),
        status: None,
        releases: list
            .iter()
            .map(|(version, uploaded, yanked)| Release {
                version: version.parse().unwrap(),
                files: vec![ReleaseFile {
                    name: format!("x-{version}-py3-none-any.whl"),
                    upload_time: uploaded.map(timestamp),
                    yanked: yanked.map(str::to_owned),
                    requires_python: None,
                }],
            })
            .collect(),
    }
}

/// A line of a `.pth` file that runs code.
pub(crate) fn start_up(path: &str, owner: Option<&str>) -> StartUpCode {
    StartUpCode {
        path: path.to_owned(),
        kind: StartUpKind::PathFile {
            line: "import evil".to_owned(),
            number: 2,
        },
        owner: owner.map(PackageId::pypi),
    }
}

/// A digest that two files may share.
pub(crate) fn md5() -> Digest {
    Digest::new(HashAlgorithm::Md5, &"a".repeat(32)).unwrap()
}
