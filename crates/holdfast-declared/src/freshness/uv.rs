//! uv: the requirements of every package that is built here, which `uv.lock` repeats as uv understood
//! them, the members of the workspace, constraints, overrides and options.

mod inputs;
mod requirements;

use std::collections::BTreeSet;

use holdfast_model::{Declared, Freshness, Location, Purpose, Requirement, Staleness};
use pep440_rs::{Version, VersionSpecifiers, release_specifiers_to_ranges};

use super::markers::agree;
use super::satisfied::{self, Held};
use super::{Comparison, Manifest, unknown, unreadable, verdict};
use crate::LineIndex;
use crate::locks::tree::{self, Cursor, Tree};
use crate::pep508::{Marker, Specification, normalise_name};
pub(crate) use inputs::Inputs;
use inputs::{Kept, KeptPackage};
use requirements::Wanted;

const MANIFEST: &str = "pyproject.toml";

pub(super) fn freshness(comparison: &Comparison<'_>, inputs: &Inputs) -> Freshness {
    let root = match comparison.manifest(MANIFEST) {
        None => return Freshness::NotApplicable,
        Some(Err(error)) => return unreadable(&error),
        Some(Ok(manifest)) => manifest,
    };
    let mut findings = Findings::default();
    let mut pythons = Vec::new();
    for package in &inputs.packages {
        let name = match package.directory.as_str() {
            "." => MANIFEST.to_owned(),
            directory => format!("{directory}/{MANIFEST}"),
        };
        let manifest = match comparison.manifest(&name) {
            Some(Ok(manifest)) => manifest,
            Some(Err(error)) => return unreadable(&error),
            None => {
                findings.without_manifest(package);
                continue;
            }
        };
        let part = match Part::read(comparison, &manifest) {
            Ok(part) => part,
            Err(reason) => return unknown(reason),
        };
        findings.package(&part, package, comparison);
        if package.is_member {
            pythons.extend(part.declared.python.iter().cloned());
        }
    }
    let part = match Part::read(comparison, &root) {
        Ok(part) => part,
        Err(reason) => return unknown(reason),
    };
    if pythons.is_empty() {
        pythons.extend(part.declared.python.iter().cloned());
    }
    findings.root(&part, inputs);
    findings.members(&part, inputs, comparison);
    findings.interpreter(&pythons, inputs);
    match findings.cannot_tell {
        Some(reason) if findings.differences.is_empty() => unknown(reason),
        _ => verdict(findings.differences),
    }
}

/// A manifest, read in every way that is needed.
struct Part<'m> {
    manifest: &'m Manifest,
    tree: Tree<'m>,
    lines: LineIndex<'m>,
    declared: Declared,
    groups: Vec<(String, Vec<Requirement>)>,
}

impl<'m> Part<'m> {
    fn read(comparison: &Comparison<'_>, manifest: &'m Manifest) -> Result<Self, String> {
        let failed =
            |error: &dyn std::fmt::Display| format!("`{}` cannot be read: {error}", manifest.path);
        let tree = tree::toml::parse(&manifest.text).map_err(|error| failed(&error))?;
        let (path, text) = (&manifest.path, &manifest.text);
        let read = crate::pyproject::read_for_uv(comparison.files, path, text);
        let read = read.map_err(|error| failed(&error))?;
        Ok(Self {
            tree,
            lines: LineIndex::new(text),
            declared: read.declared,
            groups: read.groups,
            manifest,
        })
    }

    fn project(&self, key: &str) -> Option<Cursor<'_, 'm>> {
        self.tree.root().path(&["project", key])
    }

    fn uv(&self, key: &str) -> Option<Cursor<'_, 'm>> {
        self.tree.root().path(&["tool", "uv", key])
    }

    fn place(&self, cursor: Cursor<'_, '_>) -> Location {
        self.lines
            .location(&self.manifest.path, cursor.key_offset())
    }

    fn name(&self) -> Option<String> {
        self.project("name")?.as_str().map(normalise_name)
    }

    /// Whether a building tool decides what is required.
    fn is_dynamic(&self) -> bool {
        let Some(project) = self.tree.root().get("project") else {
            return true;
        };
        project.get("dynamic").is_some_and(|dynamic| {
            dynamic.children().any(|field| {
                matches!(
                    field.as_str(),
                    Some("dependencies" | "optional-dependencies")
                )
            })
        })
    }

    /// Packages whose source depends on the machine.
    fn with_several_sources(&self) -> BTreeSet<String> {
        self.uv("sources")
            .into_iter()
            .flat_map(Cursor::children)
            .filter(|source| source.is_array())
            .map(|source| normalise_name(source.key()))
            .collect()
    }

    /// Requirements of the project on extras of its own, which are no requirements on other packages
    /// and so not among the declared ones.
    fn on_itself(&self) -> Vec<Requirement> {
        let Some(name) = self.name() else {
            return Vec::new();
        };
        let always = self
            .project("dependencies")
            .map(|list| (Purpose::Runtime, list));
        let extras = self.project("optional-dependencies");
        let extras = extras.into_iter().flat_map(Cursor::children);
        let extras = extras.map(|list| (Purpose::Extra(list.key().to_owned()), list));
        always
            .into_iter()
            .chain(extras)
            .flat_map(|(purpose, list)| list.children().map(move |item| (purpose.clone(), item)))
            .filter_map(|(purpose, item)| {
                let text = item.as_str()?;
                let specification = Specification::parse(text).ok()?;
                (specification.package.name() == name)
                    .then(|| specification.into_requirement(text, purpose, self.place(item)))
            })
            .collect()
    }
}

#[derive(Default)]
struct Findings {
    differences: Vec<Staleness>,
    cannot_tell: Option<String>,
}

impl Findings {
    fn add(&mut self, message: impl Into<String>, location: Location) {
        self.differences.push(Staleness {
            message: message.into(),
            location,
        });
    }

    fn without_manifest(&mut self, package: &KeptPackage) {
        // a directory outside of the project is not looked at
        let inside = !package.directory.starts_with("..") && !package.directory.starts_with('/');
        if package.is_member && inside {
            self.add(
                format!(
                    "`{}` is locked as a member of the workspace, and `{}/{MANIFEST}` is not there",
                    package.name, package.directory
                ),
                package.location.clone(),
            );
        }
    }

    /// A package that is built here: its version, requirements and groups.
    fn package(&mut self, part: &Part<'_>, kept: &KeptPackage, comparison: &Comparison<'_>) {
        self.version(part, kept);
        // the root of a workspace may be no package
        if part.is_dynamic() && !kept.name.is_empty() {
            self.cannot_tell = Some(format!(
                "the requirements of `{}` are dynamic: only building it tells them; ask `uv lock --check`",
                kept.name
            ));
            return;
        }
        let Some(requires) = &kept.requires else {
            // a lock of before uv kept them
            let held = Held::new(comparison.locked);
            let counts = |purpose: &Purpose| *purpose != Purpose::Build;
            self.differences
                .extend(satisfied::unmet(&part.declared, &held, counts));
            return;
        };
        let several = part.with_several_sources();
        let on_itself = part.on_itself();
        let of_project = part
            .declared
            .requirements
            .iter()
            .filter(|it| matches!(it.purpose, Purpose::Runtime | Purpose::Extra(_)));
        let wanted: Vec<Wanted<'_>> = of_project
            .chain(&on_itself)
            .map(|requirement| Wanted::of(requirement, &part.declared.indexes))
            .collect();
        self.differences.extend(requirements::compare(
            &wanted, requires, &several, comparison,
        ));
        if kept.is_member {
            self.groups(part, &kept.groups, &kept.location, comparison);
        }
    }

    fn version(&mut self, part: &Part<'_>, kept: &KeptPackage) {
        let declared = part.project("version");
        let (Some(node), Some(locked)) = (declared, &kept.version) else {
            return;
        };
        let version = |text: &str| text.parse::<Version>().ok();
        let text = node.as_str().unwrap_or_default();
        if let (Some(declared), Some(before)) = (version(text), version(locked))
            && declared != before
        {
            self.add(
                format!(
                    "version {text} of `{}` is declared, and {locked} is locked",
                    kept.name
                ),
                part.place(node),
            );
        }
    }

    fn groups(
        &mut self,
        part: &Part<'_>,
        kept: &[(String, Vec<Kept>)],
        lock: &Location,
        comparison: &Comparison<'_>,
    ) {
        let several = part.with_several_sources();
        for (name, declared) in &part.groups {
            let wanted: Vec<Wanted<'_>> = declared
                .iter()
                .map(|requirement| Wanted::in_group(requirement, &part.declared.indexes))
                .collect();
            let before = kept.iter().find(|(group, _)| group == name);
            let before = before.map_or(&[][..], |(_, before)| before);
            self.differences
                .extend(requirements::compare(&wanted, before, &several, comparison));
        }
        for (group, before) in kept {
            let gone = !part.groups.iter().any(|(name, _)| name == group);
            if gone && !before.is_empty() {
                self.add(
                    format!(
                        "the dependency group `{group}` is locked, and is not declared any more"
                    ),
                    before.first().map_or(lock, |kept| &kept.location).clone(),
                );
            }
        }
    }

    /// What the root of the workspace decides for all members.
    fn root(&mut self, part: &Part<'_>, inputs: &Inputs) {
        let lists = [
            ("constraint-dependencies", &inputs.constraints),
            ("override-dependencies", &inputs.overrides),
            ("build-constraint-dependencies", &inputs.build_constraints),
        ];
        for (key, kept) in lists {
            let nodes: Vec<Cursor<'_, '_>> = part
                .uv(key)
                .into_iter()
                .flat_map(Cursor::children)
                .collect();
            // tables are for what PEP 508 cannot say, and are not compared
            if nodes.iter().any(|node| node.as_str().is_none()) {
                continue;
            }
            let declared: Vec<Requirement> = nodes
                .iter()
                .filter_map(|node| {
                    let text = node.as_str()?;
                    let specification = Specification::parse(text).ok()?;
                    Some(specification.into_requirement(text, Purpose::Runtime, part.place(*node)))
                })
                .collect();
            let wanted: Vec<Wanted<'_>> = declared
                .iter()
                .map(|it| Wanted::of(it, &part.declared.indexes))
                .collect();
            self.differences
                .extend(requirements::compare_without_sources(&wanted, kept));
        }
        for (key, kept) in [
            ("environments", &inputs.supported_markers),
            ("required-environments", &inputs.required_markers),
        ] {
            self.environments(part, key, kept, &inputs.location);
        }
        self.options(part, inputs);
    }

    fn environments(&mut self, part: &Part<'_>, key: &str, kept: &[String], lock: &Location) {
        let node = part.uv(key);
        let texts: Vec<&str> = match node {
            Some(node) if node.is_array() => node.children().filter_map(Cursor::as_str).collect(),
            Some(node) => node.as_str().into_iter().collect(),
            None => Vec::new(),
        };
        let markers = |texts: &mut dyn Iterator<Item = &str>| {
            texts
                .map(|text| Marker::parse(text).ok())
                .collect::<Option<Vec<_>>>()
        };
        let declared = markers(&mut texts.iter().copied());
        let before = markers(&mut kept.iter().map(String::as_str));
        let (Some(declared), Some(before)) = (declared, before) else {
            return;
        };
        // their order decides which fork of a solution comes first
        let same = declared.len() == before.len()
            && declared
                .iter()
                .zip(&before)
                .take(ENVIRONMENTS)
                .all(|(declared, before)| agree(Some(declared), Some(before)));
        if !same {
            let place = node.map_or_else(|| lock.clone(), |node| part.place(node));
            self.add(
                format!("`tool.uv.{key}` has changed since the lock was made"),
                place,
            );
        }
    }

    /// Options that decide which versions are chosen. Those that are not declared may have come from
    /// the command line or the machine's own configuration.
    fn options(&mut self, part: &Part<'_>, inputs: &Inputs) {
        let timestamp = |text: &str| text.parse::<jiff::Timestamp>().ok();
        for (key, kept, default) in [
            ("resolution", &inputs.resolution, "highest"),
            ("prerelease", &inputs.prerelease, "if-necessary-or-explicit"),
            ("fork-strategy", &inputs.fork_strategy, "requires-python"),
            ("exclude-newer", &inputs.exclude_newer, ""),
        ] {
            let Some(node) = part.uv(key) else { continue };
            let Some(declared) = node.as_str() else {
                continue;
            };
            let before = kept.as_deref().unwrap_or(default);
            if declared == before {
                continue;
            }
            if key == "exclude-newer" {
                // days and durations become times that depend on where and when uv ran
                match (timestamp(declared), timestamp(before)) {
                    (Some(declared), Some(before)) if declared != before => {}
                    (Some(_), None) if before.is_empty() => {}
                    _ => continue,
                }
            }
            // other spellings of the default
            if key == "prerelease" && declared == "if-necessary" && kept.is_none() {
                continue;
            }
            let before = if before.is_empty() { "none" } else { before };
            self.add(
                format!("`tool.uv.{key}` is `{declared}`, and the lock was made with `{before}`"),
                part.place(node),
            );
        }
    }

    /// Members that are named without a pattern. Directories cannot be listed here.
    fn members(&mut self, part: &Part<'_>, inputs: &Inputs, comparison: &Comparison<'_>) {
        let Some(workspace) = part.uv("workspace") else {
            return;
        };
        let listed = |key: &str| {
            let list = workspace.get(key);
            list.into_iter()
                .flat_map(Cursor::children)
                .collect::<Vec<_>>()
        };
        let excluded: Vec<&str> = listed("exclude")
            .into_iter()
            .filter_map(Cursor::as_str)
            .collect();
        for node in listed("members") {
            let Some(directory) = node.as_str() else {
                continue;
            };
            let directory = directory.trim_start_matches("./").trim_end_matches('/');
            let known = inputs
                .packages
                .iter()
                .any(|package| package.directory == directory);
            if known || directory.contains(['*', '?', '[']) || excluded.contains(&directory) {
                continue;
            }
            let manifest = comparison.manifest(&format!("{directory}/{MANIFEST}"));
            let is_package = manifest
                .and_then(Result::ok)
                .is_some_and(|manifest| crate::pyproject::project_name(&manifest.text).is_some());
            if is_package {
                self.add(
                    format!("the member `{directory}` of the workspace is not locked"),
                    part.place(node),
                );
            }
        }
    }

    /// The interpreters that all members admit.
    fn interpreter(&mut self, declared: &[holdfast_model::DeclaredPython], inputs: &Inputs) {
        let Some(locked) = &inputs.requires_python else {
            return;
        };
        let Ok(before) = locked.parse::<VersionSpecifiers>() else {
            return;
        };
        let specifiers: Option<Vec<_>> = declared
            .iter()
            .map(|python| python.specifiers.clone())
            .collect();
        let (Some(specifiers), Some(first)) = (specifiers, declared.first()) else {
            return;
        };
        let ranges: Vec<_> = specifiers
            .into_iter()
            .map(release_specifiers_to_ranges)
            .collect();
        let before = release_specifiers_to_ranges(before);
        let all = ranges
            .iter()
            .cloned()
            .reduce(|left, right| left.intersection(&right));
        if all.as_ref() == Some(&before) {
            return;
        }
        // the one that leaves out what is locked, if one does
        let narrower = ranges.iter().position(|range| !before.subset_of(range));
        let named = narrower
            .and_then(|position| declared.get(position))
            .unwrap_or(first);
        self.add(
            format!(
                "python `{}` is declared, and the lock is for `{locked}`",
                named.text
            ),
            named.location.clone(),
        );
    }
}

/// Environments that are compared at most.
const ENVIRONMENTS: usize = 64;
