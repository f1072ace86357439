//! What a `uv.lock` says of the manifests that it was made from.

use holdfast_model::Location;

use crate::locks::Source;
use crate::locks::tree::Text;
use crate::locks::uv::{Lock, Package, Wanted};

/// Everything that uv compares before it trusts a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Inputs {
    pub(super) location: Location,
    pub(super) requires_python: Option<String>,
    pub(super) supported_markers: Vec<String>,
    pub(super) required_markers: Vec<String>,
    pub(super) resolution: Option<String>,
    pub(super) prerelease: Option<String>,
    pub(super) fork_strategy: Option<String>,
    pub(super) exclude_newer: Option<String>,
    pub(super) constraints: Vec<Kept>,
    pub(super) overrides: Vec<Kept>,
    pub(super) build_constraints: Vec<Kept>,
    /// The packages that are built here.
    pub(super) packages: Vec<KeptPackage>,
}

/// A package that is built here, as it was when it was locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeptPackage {
    pub(super) name: String,
    pub(super) version: Option<String>,
    /// Relative to the lock; `.` for the project itself.
    pub(super) directory: String,
    /// Whether it is a member of the workspace, whose groups are locked too.
    pub(super) is_member: bool,
    /// What it asks for; absent in locks of before this was kept.
    pub(super) requires: Option<Vec<Kept>>,
    pub(super) groups: Vec<(String, Vec<Kept>)>,
    pub(super) location: Location,
}

/// A requirement as uv understood it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) name: String,
    pub(super) extras: Vec<String>,
    pub(super) specifier: String,
    pub(super) marker: Option<String>,
    pub(super) source: KeptSource,
    pub(super) location: Location,
}

/// Where a requirement's package was to come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum KeptSource {
    Registry {
        index: Option<String>,
    },
    Git(String),
    Url(String),
    Path {
        path: String,
        editable: Option<bool>,
    },
}

impl Inputs {
    pub(crate) fn of(lock: &Lock<'_>, source: &Source<'_>) -> Self {
        let texts = |list: &[Text<'_>]| list.iter().map(Text::to_text).collect();
        let text = |text: &Option<Text<'_>>| text.as_ref().map(Text::to_text);
        let manifest = &lock.manifest;
        let mut packages: Vec<KeptPackage> = lock
            .package
            .iter()
            .filter_map(|package| KeptPackage::of(package, lock, source))
            .collect();
        // a workspace whose root is no package keeps the root's groups in the manifest
        if !packages.iter().any(|package| package.directory == ".") {
            packages.push(KeptPackage {
                name: String::new(),
                version: None,
                directory: ".".to_owned(),
                is_member: true,
                requires: Some(all(&manifest.requirements, source)),
                groups: groups(&manifest.dependency_groups, source),
                location: Location::start_of(source.file()),
            });
        }
        Self {
            location: Location::start_of(source.file()),
            requires_python: text(&lock.requires_python),
            supported_markers: texts(&lock.supported_markers),
            required_markers: texts(&lock.required_markers),
            resolution: text(&lock.options.resolution_mode),
            prerelease: text(&lock.options.prerelease_mode),
            fork_strategy: text(&lock.options.fork_strategy),
            exclude_newer: text(&lock.options.exclude_newer),
            constraints: all(&manifest.constraints, source),
            overrides: all(&manifest.overrides, source),
            build_constraints: all(&manifest.build_constraints, source),
            packages,
        }
    }
}

impl KeptPackage {
    fn of(package: &Package<'_>, lock: &Lock<'_>, source: &Source<'_>) -> Option<Self> {
        let directory = package.directory()?;
        let named = lock.manifest.members.contains(&package.name);
        let metadata = &package.metadata;
        let told = !metadata.requires_dist.is_empty() || !package.has_edges();
        Some(Self {
            name: package.name.to_text(),
            version: package.version.as_ref().map(Text::to_text),
            directory: directory.to_owned(),
            is_member: named || package.is_root(),
            requires: told.then(|| all(&metadata.requires_dist, source)),
            groups: groups(&metadata.requires_dev, source),
            location: source.of(&package.name),
        })
    }
}

fn groups(groups: &[(Text<'_>, Vec<Wanted<'_>>)], source: &Source<'_>) -> Vec<(String, Vec<Kept>)> {
    groups
        .iter()
        .map(|(name, wanted)| (name.to_text(), all(wanted, source)))
        .collect()
}

fn all(wanted: &[Wanted<'_>], source: &Source<'_>) -> Vec<Kept> {
    wanted
        .iter()
        .map(|wanted| Kept::of(wanted, source))
        .collect()
}

impl Kept {
    fn of(wanted: &Wanted<'_>, source: &Source<'_>) -> Self {
        let text = |text: &Option<Text<'_>>| text.as_ref().map(Text::to_text);
        let path = |path: &Option<Text<'_>>, editable: Option<bool>| {
            path.as_ref().map(|path| KeptSource::Path {
                path: path.to_text(),
                editable,
            })
        };
        let from = text(&wanted.git)
            .map(KeptSource::Git)
            .or_else(|| text(&wanted.url).map(KeptSource::Url))
            .or_else(|| path(&wanted.editable, Some(true)))
            .or_else(|| path(&wanted.directory, Some(false)))
            .or_else(|| path(&wanted.r#virtual, None))
            .or_else(|| path(&wanted.path, None))
            .unwrap_or_else(|| KeptSource::Registry {
                index: text(&wanted.index),
            });
        Self {
            name: wanted.name.to_text(),
            extras: {
                let mut extras: Vec<String> = wanted.extras.iter().map(Text::to_text).collect();
                extras.sort();
                extras
            },
            specifier: text(&wanted.specifier).unwrap_or_default(),
            marker: text(&wanted.marker),
            source: from,
            location: source.of(&wanted.name),
        }
    }
}
