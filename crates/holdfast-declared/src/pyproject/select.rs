//! From all parts of a `pyproject.toml` to what a selection asks for.

use std::collections::BTreeSet;

use holdfast_model::{Declared, DeclaredFile, Location, Requirement};

use super::PyprojectSelection;
use super::manifest::{Group, Manifest};
use crate::pep508::{LENGTH_LIMIT, Marker, normalise_name};
use crate::{Format, ReadError, limits, suggest};

/// Everything, each group and extra once. A requirement of the project on its own extras is no
/// requirement on another package and is left out.
pub(super) fn everything(mut manifest: Manifest, path: &str) -> Result<Declared, ReadError> {
    let mut walk = Groups::new(&manifest);
    for name in manifest.groups.keys() {
        walk.follow(name)?;
    }
    let name = manifest.name.clone();
    let mut declared = rest(&mut manifest, path);
    for list in manifest.lists() {
        let others = list
            .drain(..)
            .filter(|requirement| name.as_deref() != Some(requirement.package.name()));
        declared.requirements.extend(others);
    }
    Ok(declared)
}

/// What a selection asks for.
pub(super) fn selected(
    mut manifest: Manifest,
    path: &str,
    selection: &PyprojectSelection,
) -> Result<Declared, ReadError> {
    let mut groups = Groups::new(&manifest);
    for group in &selection.groups {
        let name = normalise_name(group);
        if !manifest.groups.contains_key(&name) {
            let place = Location::start_of(path);
            let error = missing_group(&manifest, place, &format!("`{group}`"));
            let known = manifest.groups.values().map(|it| it.name.as_str());
            return Err(match suggest::nearest(group, known) {
                Some(near) => error.with_fix(format!("did you mean `{near}`?")),
                None => error,
            });
        }
        groups.follow(&name)?;
    }
    let mut walk = Walk::new(&manifest);
    if selection.project {
        walk.take(&manifest.project, None)?;
    }
    for extra in &selection.extras {
        let name = normalise_name(extra);
        if !manifest.extras.contains_key(&name) {
            return Err(missing_extra(&manifest, Location::start_of(path), extra));
        }
        walk.extra(&name, None)?;
    }
    for group in groups.order {
        walk.take(&group.requirements, None)?;
    }
    let requirements = walk.found;
    let mut declared = rest(&mut manifest, path);
    declared.requirements = requirements;
    Ok(declared)
}

fn missing_group(manifest: &Manifest, location: Location, group: &str) -> ReadError {
    let known = manifest.groups.values().map(|group| group.name.as_str());
    ReadError::new(location, format!("there is no dependency group {group}"))
        .with_fix(format!("there are: {}", suggest::listed(known)))
}

fn missing_extra(manifest: &Manifest, location: Location, extra: &str) -> ReadError {
    let names = manifest.extras.keys().map(String::as_str);
    ReadError::new(location, format!("there is no extra `{extra}`"))
        .with_fix(format!("there are: {}", suggest::listed(names)))
}

/// Every group with what it includes, requirements of the project on itself included.
pub(super) fn groups(manifest: &Manifest) -> Result<Vec<(String, Vec<Requirement>)>, ReadError> {
    let mut all = Vec::new();
    let mut count = 0;
    for name in manifest.groups.keys() {
        let mut groups = Groups::new(manifest);
        groups.follow(name)?;
        let mut found = Vec::new();
        for requirement in groups.order.iter().flat_map(|group| &group.requirements) {
            count += 1;
            if count > limits::COUNT {
                return Err(limits::too_many(requirement.location.clone()));
            }
            found.push(requirement.clone());
        }
        all.push((name.clone(), found));
    }
    Ok(all)
}

/// Constraints, indexes and the like, with the file itself first.
fn rest(manifest: &mut Manifest, path: &str) -> Declared {
    let mut declared = std::mem::take(&mut manifest.rest);
    let file = DeclaredFile {
        path: path.to_owned(),
        format: Format::Pyproject.name().to_owned(),
    };
    declared.files.insert(0, file);
    declared
}

/// Follows the inclusions of groups, each group once.
struct Groups<'m> {
    manifest: &'m Manifest,
    /// The groups that were reached, each before what it includes.
    order: Vec<&'m Group>,
    seen: BTreeSet<&'m str>,
    stack: Vec<&'m str>,
}

impl<'m> Groups<'m> {
    fn new(manifest: &'m Manifest) -> Self {
        Self {
            manifest,
            order: Vec::new(),
            seen: BTreeSet::new(),
            stack: Vec::new(),
        }
    }

    fn follow(&mut self, name: &str) -> Result<(), ReadError> {
        let Some((name, group)) = self.manifest.groups.get_key_value(name) else {
            return Ok(());
        };
        if !self.seen.insert(name) {
            return Ok(());
        }
        self.order.push(group);
        self.stack.push(name);
        for (included, location) in &group.includes {
            let target = normalise_name(included);
            if self.stack.contains(&target.as_str()) {
                let chain = self.stack.join(" → ");
                return Err(ReadError::new(
                    location.clone(),
                    format!(
                        "the dependency group `{included}` includes itself: {chain} → {target}"
                    ),
                )
                .with_fix("remove one of these inclusions"));
            }
            if self.stack.len() >= limits::DEPTH {
                return Err(ReadError::new(
                    location.clone(),
                    format!(
                        "more than {} dependency groups include each other",
                        limits::DEPTH
                    ),
                ));
            }
            if !self.manifest.groups.contains_key(&target) {
                let named = format!("`{included}` to include");
                return Err(missing_group(self.manifest, location.clone(), &named));
            }
            self.follow(&target)?;
        }
        self.stack.pop();
        Ok(())
    }
}

/// Collects requirements; one on the project itself stands for the extras that it names.
struct Walk<'m> {
    manifest: &'m Manifest,
    found: Vec<Requirement>,
    /// Extras that were taken, each under the marker it was asked for.
    extras: BTreeSet<(String, Option<String>)>,
    depth: usize,
}

impl<'m> Walk<'m> {
    fn new(manifest: &'m Manifest) -> Self {
        Self {
            manifest,
            found: Vec::new(),
            extras: BTreeSet::new(),
            depth: 0,
        }
    }

    fn extra(&mut self, name: &str, under: Option<&str>) -> Result<(), ReadError> {
        let key = (name.to_owned(), under.map(str::to_owned));
        if !self.extras.insert(key) {
            return Ok(());
        }
        let Some(requirements) = self.manifest.extras.get(name) else {
            return Ok(());
        };
        self.depth += 1;
        self.take(requirements, under)?;
        self.depth -= 1;
        Ok(())
    }

    fn take(
        &mut self,
        requirements: &'m [Requirement],
        under: Option<&str>,
    ) -> Result<(), ReadError> {
        for requirement in requirements {
            let marker = both(under, requirement.marker.as_deref());
            self.check_limits(requirement, marker.as_deref())?;
            if self.manifest.name.as_deref() != Some(requirement.package.name()) {
                self.found.push(Requirement {
                    marker,
                    ..requirement.clone()
                });
                continue;
            }
            for extra in &requirement.extras {
                if !self.manifest.extras.contains_key(extra) {
                    let place = requirement.location.clone();
                    return Err(missing_extra(self.manifest, place, extra));
                }
                self.extra(extra, marker.as_deref())?;
            }
        }
        Ok(())
    }

    /// Extras of extras under ever more markers multiply.
    fn check_limits(
        &self,
        requirement: &Requirement,
        marker: Option<&str>,
    ) -> Result<(), ReadError> {
        let place = || requirement.location.clone();
        if self.found.len() >= limits::COUNT {
            return Err(limits::too_many(place()));
        }
        let long_marker = marker.is_some_and(|marker| marker.len() > LENGTH_LIMIT);
        if self.depth > limits::DEPTH || self.extras.len() > 10_000 || long_marker {
            return Err(ReadError::new(
                place(),
                "the extras of the project ask for each other too often",
            )
            .with_fix("list the packages in the extra itself"));
        }
        Ok(())
    }
}

/// Two markers joined; both were written by [`Marker`] and so can be read.
fn both(outer: Option<&str>, inner: Option<&str>) -> Option<String> {
    match (outer, inner) {
        (Some(outer), Some(inner)) => {
            let joined = Marker::parse(outer)
                .ok()
                .zip(Marker::parse(inner).ok())
                .map(|(outer, inner)| outer.and(inner).to_string());
            Some(joined.unwrap_or_else(|| format!("({outer}) and ({inner})")))
        }
        (one, other) => one.or(other).map(str::to_owned),
    }
}
