//! A page as it is cached: small, and quick to read.
//!
//! The page of a large project has megabytes; what is kept of it is a tenth. Whatever is answered
//! goes through this form, so that a run with a warm cache answers the same as the one before.

use std::borrow::Cow;
use std::collections::BTreeMap;

use holdfast_model::{Digest, HashAlgorithm, PackageId, ProjectReleases, Release, ReleaseFile};
use jiff::Timestamp;
use pep440_rs::Version;
use serde::{Deserialize, Serialize};

use crate::cache::Entry;
use crate::filename::version_of;
use crate::page::Page;

/// What one index said of one project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CachedPage<'a> {
    /// When it was last known to be so, in seconds since 1970.
    pub(crate) fetched: i64,
    /// Its validators.
    pub(crate) etag: Option<String>,
    pub(crate) last_modified: Option<String>,
    #[serde(borrow)]
    pub(crate) content: Content<'a>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Content<'a> {
    /// The index has no such project.
    Absent,
    /// It has.
    #[serde(borrow)]
    Project(Project<'a>),
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Project<'a> {
    status: Option<String>,
    /// Ranges of interpreters and reasons of yanking, which repeat from file to file.
    texts: Vec<String>,
    /// In the order of versions.
    #[serde(borrow)]
    releases: Vec<CachedRelease<'a>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct CachedRelease<'a> {
    #[serde(borrow)]
    version: Cow<'a, str>,
    #[serde(borrow)]
    files: Vec<File<'a>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct File<'a> {
    /// So many bytes of the name are those of the file before, in the same release.
    shared: u16,
    #[serde(borrow)]
    rest: Cow<'a, str>,
    /// In seconds since 1970; zero where it is not told.
    uploaded: i64,
    /// Positions in `texts`, counted from one; zero for none.
    yanked: u32,
    requires_python: u32,
}

impl<'a> CachedPage<'a> {
    /// The page of a project that the index does not have.
    pub(crate) fn absent() -> Self {
        Self {
            fetched: 0,
            etag: None,
            last_modified: None,
            content: Content::Absent,
        }
    }

    /// What is kept of a page.
    pub(crate) fn of(page: &'a Page, package: &PackageId, response: &crate::Response) -> Self {
        Self {
            fetched: 0,
            etag: response.etag.clone(),
            last_modified: response.last_modified.clone(),
            content: Content::Project(Project::of(page, package)),
        }
    }

    /// The page in an entry of the cache.
    pub(crate) fn read(entry: &'a Entry) -> Option<Self> {
        postcard::from_bytes(entry.payload()).ok()
    }

    /// The same, known to be so at `now`.
    pub(crate) fn fetched_at(mut self, now: Timestamp) -> Self {
        self.fetched = now.as_second();
        self
    }
}

impl Content<'_> {
    /// The releases, where the index has the project.
    pub(crate) fn expand(&self, index: &str) -> Option<ProjectReleases> {
        match self {
            Self::Absent => None,
            Self::Project(project) => Some(project.expand(index)),
        }
    }
}

impl<'a> Project<'a> {
    /// What is kept of a page: the files whose names tell their version.
    pub(crate) fn of(page: &'a Page, package: &PackageId) -> Self {
        let mut texts = Texts::default();
        let mut by_version: BTreeMap<Version, BTreeMap<&str, (i64, u32, u32)>> = BTreeMap::new();
        for file in &page.files {
            let Some(version) = version_of(&file.name, package) else {
                continue;
            };
            let uploaded = file.uploaded.map_or(0, Timestamp::as_second);
            let yanked = texts.position(file.yanked.as_deref());
            let requires_python = texts.position(file.requires_python.as_deref());
            by_version
                .entry(version)
                .or_default()
                .insert(&file.name, (uploaded, yanked, requires_python));
        }
        let releases = by_version
            .into_iter()
            .map(|(version, files)| {
                let mut before = "";
                let files = files
                    .into_iter()
                    .map(|(name, (uploaded, yanked, requires_python))| {
                        let (shared, rest) = front_coded(before, name);
                        before = name;
                        File {
                            shared,
                            rest,
                            uploaded,
                            yanked,
                            requires_python,
                        }
                    })
                    .collect();
                CachedRelease {
                    version: version.to_string().into(),
                    files,
                }
            })
            .collect();
        Self {
            status: page.status.clone(),
            texts: texts.texts,
            releases,
        }
    }

    /// The releases that were kept.
    pub(crate) fn expand(&self, index: &str) -> ProjectReleases {
        let releases = self
            .releases
            .iter()
            .filter_map(|release| {
                Some(Release {
                    version: release.version.parse().ok()?,
                    files: self.expand_files(&release.files),
                })
            })
            .collect();
        ProjectReleases {
            index: crate::without_credentials(index),
            status: self.status.clone(),
            releases,
        }
    }

    fn expand_files(&self, files: &[File<'_>]) -> Vec<ReleaseFile> {
        let text = |position: u32| {
            let position = usize::try_from(position).ok()?.checked_sub(1)?;
            self.texts.get(position).cloned()
        };
        let mut expanded: Vec<ReleaseFile> = Vec::with_capacity(files.len());
        for file in files {
            let shared = expanded
                .last()
                .and_then(|before| before.name.get(..usize::from(file.shared)))
                .unwrap_or_default();
            let mut name = String::with_capacity(shared.len() + file.rest.len());
            name.push_str(shared);
            name.push_str(&file.rest);
            let upload_time = match file.uploaded {
                0 => None,
                seconds => Timestamp::from_second(seconds).ok(),
            };
            expanded.push(ReleaseFile {
                name,
                upload_time,
                yanked: text(file.yanked),
                requires_python: text(file.requires_python),
            });
        }
        expanded
    }
}

/// Texts, each once.
#[derive(Default)]
struct Texts<'a> {
    positions: BTreeMap<&'a str, u32>,
    texts: Vec<String>,
}

impl<'a> Texts<'a> {
    fn position(&mut self, text: Option<&'a str>) -> u32 {
        let Some(text) = text else { return 0 };
        *self.positions.entry(text).or_insert_with(|| {
            self.texts.push(text.to_owned());
            u32::try_from(self.texts.len()).unwrap_or(0)
        })
    }
}

/// How much of `name` is as in `before`, and what is not.
fn front_coded<'a>(before: &str, name: &'a str) -> (u16, Cow<'a, str>) {
    let common = before
        .bytes()
        .zip(name.bytes())
        .take_while(|(left, right)| left == right)
        .count();
    let common = name.floor_char_boundary(common.min(usize::from(u16::MAX)));
    let rest = name.get(common..).unwrap_or(name);
    (u16::try_from(common).unwrap_or(0), Cow::Borrowed(rest))
}

/// The SHA-256 of wheels with that of their metadata files, as an index announces them; sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Announced(Vec<([u8; 32], [u8; 32])>);

impl Announced {
    /// What a page announces.
    pub(crate) fn of(page: &Page) -> Self {
        let mut pairs: Vec<_> = page
            .files
            .iter()
            .filter_map(|file| {
                let bytes = |hex: &Option<String>| {
                    bytes_of(&Digest::new(HashAlgorithm::Sha256, hex.as_deref()?).ok()?)
                };
                Some((bytes(&file.sha256)?, bytes(&file.metadata_sha256)?))
            })
            .collect();
        pairs.sort_unstable();
        Self(pairs)
    }

    /// Whether nothing is announced.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is announced for one wheel.
    pub(crate) fn of_wheel(&self, wheel: &Digest) -> Option<Digest> {
        let wheel = bytes_of(wheel)?;
        let position = self
            .0
            .binary_search_by(|(known, _)| known.cmp(&wheel))
            .ok()?;
        let (_, metadata) = self.0.get(position)?;
        Some(Digest::sha256(metadata))
    }
}

fn bytes_of(digest: &Digest) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    for (position, byte) in bytes.iter_mut().enumerate() {
        let digits = digest.hex().get(position * 2..position * 2 + 2)?;
        *byte = u8::from_str_radix(digits, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::page::PageFile;

    fn page(names: &[String]) -> Page {
        let files = names
            .iter()
            .map(|name| PageFile {
                name: name.clone(),
                ..PageFile::default()
            })
            .collect();
        Page {
            status: None,
            files,
            base: None,
        }
    }

    #[test]
    fn releases_are_sorted_by_version_and_equal_versions_are_one() {
        let names = [
            "foo-1.10.zip",
            "foo-1.9.zip",
            "foo-1.9.0-py3-none-any.whl",
            "foo-1.9rc1.zip",
        ];
        let page = page(&names.map(str::to_owned));
        let releases =
            Project::of(&page, &PackageId::pypi("foo")).expand("https://me:secret@host/simple");
        let versions: Vec<String> = releases
            .releases
            .iter()
            .map(|release| format!("{} {}", release.version, release.files.len()))
            .collect();
        assert_eq!(versions, ["1.9rc1 1", "1.9 2", "1.10 1"]);
        assert_eq!(releases.index, "https://host/simple");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn names_survive_being_shortened(tags in proptest::collection::btree_set("[a-zé_]{1,6}", 0..20)) {
            let names: Vec<String> = tags
                .iter()
                .map(|tag| format!("foo-1.0-py3-none-{tag}.whl"))
                .collect();
            let page = page(&names);
            let project = Project::of(&page, &PackageId::pypi("foo"));
            let bytes = postcard::to_stdvec(&project).unwrap();
            let read: Project = postcard::from_bytes(&bytes).unwrap();
            let back: Vec<String> = read
                .expand("")
                .releases
                .into_iter()
                .flat_map(|release| release.files)
                .map(|file| file.name)
                .collect();
            prop_assert_eq!(back, names);
        }
    }
}
