//! Requirements as declared against those that uv kept.

use std::collections::{BTreeMap, BTreeSet};

use holdfast_model::{DeclaredIndex, Purpose, Requirement, RequirementSource, Staleness};
use pep440_rs::VersionSpecifiers;

use super::super::Comparison;
use super::super::markers::agree;
use super::inputs::{Kept, KeptSource};
use crate::pep508::{Marker, normalise_name};
use crate::strip_credentials;

/// A declared requirement, with what it takes to compare it.
pub(super) struct Wanted<'d> {
    requirement: &'d Requirement,
    /// With the extra that it belongs to.
    marker: Option<Marker>,
    /// Address of the index that it names.
    index: Option<&'d str>,
}

impl<'d> Wanted<'d> {
    pub(super) fn of(requirement: &'d Requirement, indexes: &'d [DeclaredIndex]) -> Self {
        let marker = requirement
            .marker
            .as_deref()
            .and_then(|it| Marker::parse(it).ok());
        let extra = match &requirement.purpose {
            Purpose::Extra(extra) => {
                Marker::parse(&format!("extra == '{}'", normalise_name(extra))).ok()
            }
            Purpose::Runtime | Purpose::Group(_) | Purpose::Build => None,
        };
        let marker = match (marker, extra) {
            (Some(marker), Some(extra)) => Some(marker.and(extra)),
            (marker, extra) => marker.or(extra),
        };
        Self {
            marker,
            ..Self::in_group(requirement, indexes)
        }
    }

    /// Of a group, which is told by the list that it stands in.
    pub(super) fn in_group(requirement: &'d Requirement, indexes: &'d [DeclaredIndex]) -> Self {
        let index = match &requirement.source {
            RequirementSource::Registry { index: Some(name) } => indexes
                .iter()
                .find(|index| index.name.as_ref() == Some(name))
                .map_or(Some(name.as_str()), |index| Some(&index.url)),
            RequirementSource::Registry { index: None }
            | RequirementSource::Url(_)
            | RequirementSource::Vcs { .. }
            | RequirementSource::Path { .. } => None,
        };
        Self {
            requirement,
            marker: requirement
                .marker
                .as_deref()
                .and_then(|it| Marker::parse(it).ok()),
            index,
        }
    }

    fn name(&self) -> &str {
        self.requirement.package.name()
    }

    fn is_from_registry(&self) -> bool {
        matches!(self.requirement.source, RequirementSource::Registry { .. })
    }

    fn has_range_of(&self, kept: &Kept) -> bool {
        // where the archive is named, uv keeps no range
        if !self.is_from_registry() && kept.specifier.is_empty() {
            return true;
        }
        match (
            &self.requirement.range.pep440,
            kept.specifier.parse::<VersionSpecifiers>(),
        ) {
            (Some(declared), Ok(before)) => parts(declared) == parts(&before),
            _ => self.requirement.range.text == kept.specifier,
        }
    }

    fn has_marker_of(&self, kept: &Kept) -> bool {
        match kept.marker.as_deref().map(Marker::parse) {
            None => agree(self.marker.as_ref(), None),
            Some(Ok(before)) => agree(self.marker.as_ref(), Some(&before)),
            // in a form that is not understood here
            Some(Err(_)) => true,
        }
    }

    fn has_source_of(&self, kept: &Kept, comparison: &Comparison<'_>) -> bool {
        match (&self.requirement.source, &kept.source) {
            (RequirementSource::Registry { .. }, KeptSource::Registry { index }) => {
                match (self.index, index) {
                    // before revision 2, uv kept no index
                    (None | Some(_), None) => true,
                    (Some(declared), Some(before)) => {
                        // a name that no index has is one of the machine's own configuration
                        !declared.contains("://") || plain(declared) == plain(before)
                    }
                    (None, Some(_)) => false,
                }
            }
            (RequirementSource::Url(declared), KeptSource::Url(before)) => {
                plain(declared) == plain(before)
            }
            (RequirementSource::Vcs { url, revision, .. }, KeptSource::Git(before)) => {
                is_commit_of(url, revision.as_deref(), before)
            }
            (
                RequirementSource::Path { path, editable },
                KeptSource::Path {
                    path: before,
                    editable: before_editable,
                },
            ) => {
                let resolved = crate::join(&comparison.locked.file, before);
                let same_place = resolved.is_none_or(|before| {
                    let declared = if path == "." { "" } else { path.as_str() };
                    declared.starts_with("workspace:") || declared == before
                });
                same_place && before_editable.is_none_or(|before| before == *editable)
            }
            _ => false,
        }
    }
}

fn parts(specifiers: &VersionSpecifiers) -> BTreeSet<String> {
    specifiers.iter().map(ToString::to_string).collect()
}

/// An address without what says nothing of the place.
fn plain(url: &str) -> String {
    let url = strip_credentials(url);
    let url = url.split('#').next().unwrap_or(&url);
    url.trim_end_matches('/').to_owned()
}

/// Whether `https://host/r?rev=main` is the repository and the revision.
fn is_commit_of(url: &str, revision: Option<&str>, before: &str) -> bool {
    let (repository, query) = before.split_once('?').unwrap_or((before, ""));
    let kept = query.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        matches!(key, "rev" | "tag" | "branch").then_some(value)
    });
    let bare = |url: &str| plain(url).trim_end_matches(".git").to_owned();
    // uv encodes what addresses may not hold
    let decoded = kept.map(|it| it.replace("%2F", "/"));
    bare(url) == bare(repository) && revision == decoded.as_deref()
}

/// What differs between two lists.
pub(super) fn compare(
    wanted: &[Wanted<'_>],
    kept: &[Kept],
    with_several_sources: &BTreeSet<String>,
    comparison: &Comparison<'_>,
) -> Vec<Staleness> {
    differences(wanted, kept, |wanted, kept| {
        // sources by marker: uv divides such requirements, in more ways than are followed here
        let divided = with_several_sources.contains(wanted.name());
        let source = || wanted.has_source_of(kept, comparison);
        divided || (wanted.has_range_of(kept) && wanted.has_marker_of(kept) && source())
    })
}

/// The same where sources do not count.
pub(super) fn compare_without_sources(wanted: &[Wanted<'_>], kept: &[Kept]) -> Vec<Staleness> {
    differences(wanted, kept, |wanted, kept| {
        wanted.has_range_of(kept) && wanted.has_marker_of(kept)
    })
}

/// Requirements on one package that are compared, each with each.
const OF_ONE_PACKAGE: usize = 64;

fn differences(
    wanted: &[Wanted<'_>],
    kept: &[Kept],
    same: impl Fn(&Wanted<'_>, &Kept) -> bool,
) -> Vec<Staleness> {
    let mut by_name: BTreeMap<&str, (Vec<&Wanted<'_>>, Vec<&Kept>)> = BTreeMap::new();
    for wanted in wanted {
        by_name.entry(wanted.name()).or_default().0.push(wanted);
    }
    for kept in kept {
        by_name.entry(&kept.name).or_default().1.push(kept);
    }
    let mut differences = Vec::new();
    for (wanted, kept) in by_name.values() {
        if wanted.len() > OF_ONE_PACKAGE || kept.len() > OF_ONE_PACKAGE {
            continue;
        }
        let same = |wanted: &Wanted<'_>, kept: &Kept| {
            wanted.requirement.extras == kept.extras && same(wanted, kept)
        };
        let unmatched: Vec<_> = kept
            .iter()
            .filter(|kept| !wanted.iter().any(|wanted| same(wanted, kept)))
            .collect();
        let mut changed = unmatched.iter();
        for wanted in wanted
            .iter()
            .filter(|wanted| !kept.iter().any(|kept| same(wanted, kept)))
        {
            let before = match changed.next() {
                Some(before) => format!("the lock was made for `{}`", before.written()),
                None => "the lock was made without it".to_owned(),
            };
            differences.push(Staleness {
                message: format!("`{}` is asked for, and {before}", wanted.requirement.text),
                location: wanted.requirement.location.clone(),
            });
        }
        for before in changed {
            differences.push(Staleness {
                message: format!(
                    "`{}` was asked for when the lock was made, and is not any more",
                    before.written()
                ),
                location: before.location.clone(),
            });
        }
    }
    differences
}

impl Kept {
    /// The requirement in the form of PEP 508, for messages.
    fn written(&self) -> String {
        let mut text = self.name.clone();
        if !self.extras.is_empty() {
            text = format!("{text}[{}]", self.extras.join(","));
        }
        match &self.source {
            KeptSource::Registry { .. } => text.push_str(&self.specifier),
            KeptSource::Git(place) | KeptSource::Url(place) => {
                text = format!("{text} @ {}", strip_credentials(place));
            }
            KeptSource::Path { path, .. } => text = format!("{text} @ {path}"),
        }
        if let Some(marker) = &self.marker {
            text = format!("{text} ; {marker}");
        }
        text
    }
}
