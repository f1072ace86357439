//! What the fake index has: projects, releases and their files.

use super::archive;

/// A project of the fake index.
#[derive(Debug, Clone)]
pub struct FakeProject {
    pub(crate) name: String,
    pub(crate) status: Option<(String, Option<String>)>,
    pub(crate) releases: Vec<FakeRelease>,
}

impl FakeProject {
    /// A project without releases. The name is shown as given and found by its normalised form.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            status: None,
            releases: Vec::new(),
        }
    }

    /// Adds a release.
    #[must_use]
    pub fn release(mut self, release: FakeRelease) -> Self {
        self.releases.push(release);
        self
    }

    /// Marks the project (PEP 792): `archived`, `quarantined`, `deprecated`.
    #[must_use]
    pub fn status(mut self, status: &str, reason: Option<&str>) -> Self {
        self.status = Some((status.to_owned(), reason.map(str::to_owned)));
        self
    }

    pub(crate) fn build(&self) -> Vec<BuiltFile> {
        self.releases
            .iter()
            .flat_map(|release| archive::build(&self.name, release))
            .collect()
    }
}

/// A release of a project: unless told otherwise one pure wheel, uploaded on 1 January 2020.
#[derive(Debug, Clone)]
pub struct FakeRelease {
    pub(crate) version: String,
    pub(crate) requires: Vec<String>,
    pub(crate) extras: Vec<String>,
    pub(crate) uploaded: Option<String>,
    pub(crate) requires_python: Option<String>,
    pub(crate) licence: Option<String>,
    pub(crate) licence_text: Option<String>,
    pub(crate) classifiers: Vec<String>,
    pub(crate) yanked: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) wheel: bool,
    pub(crate) sdist: bool,
    pub(crate) wrong_bytes: bool,
    pub(crate) files: Vec<(String, Vec<u8>)>,
    pub(crate) metadata: Option<String>,
    pub(crate) record: Option<String>,
    pub(crate) padding: usize,
}

impl FakeRelease {
    /// A release of `version`.
    pub fn new(version: &str) -> Self {
        Self {
            version: version.to_owned(),
            requires: Vec::new(),
            extras: Vec::new(),
            uploaded: Some("2020-01-01T00:00:00Z".to_owned()),
            requires_python: None,
            licence: None,
            licence_text: None,
            classifiers: Vec::new(),
            yanked: None,
            tags: Vec::new(),
            wheel: true,
            sdist: false,
            wrong_bytes: false,
            files: Vec::new(),
            metadata: None,
            record: None,
            padding: 0,
        }
    }

    /// Adds a requirement (PEP 508).
    #[must_use]
    pub fn requires(mut self, requirement: &str) -> Self {
        self.requires.push(requirement.to_owned());
        self
    }

    /// Adds an extra (`Provides-Extra`); its requirements carry the marker `extra == "…"`.
    #[must_use]
    pub fn extra(mut self, extra: &str) -> Self {
        self.extras.push(extra.to_owned());
        self
    }

    /// When it was uploaded, as in `2024-01-01T00:00:00Z`.
    #[must_use]
    pub fn uploaded(mut self, time: &str) -> Self {
        self.uploaded = Some(time.to_owned());
        self
    }

    /// Leaves the upload time of this release out.
    #[must_use]
    pub fn without_upload_time(mut self) -> Self {
        self.uploaded = None;
        self
    }

    /// The interpreters that it admits, in metadata and page: `>=3.9`.
    #[must_use]
    pub fn requires_python(mut self, specifier: &str) -> Self {
        self.requires_python = Some(specifier.to_owned());
        self
    }

    /// An SPDX expression (`License-Expression`).
    #[must_use]
    pub fn licence(mut self, expression: &str) -> Self {
        self.licence = Some(expression.to_owned());
        self
    }

    /// Free text (`License`), as old packages have it.
    #[must_use]
    pub fn licence_text(mut self, text: &str) -> Self {
        self.licence_text = Some(text.to_owned());
        self
    }

    /// Adds a trove classifier.
    #[must_use]
    pub fn classifier(mut self, classifier: &str) -> Self {
        self.classifiers.push(classifier.to_owned());
        self
    }

    /// Yanks it; the reason may be empty.
    #[must_use]
    pub fn yanked(mut self, reason: &str) -> Self {
        self.yanked = Some(reason.to_owned());
        self
    }

    /// Adds a wheel with this tag, `cp311-cp311-manylinux_2_28_x86_64`, instead of the pure one.
    #[must_use]
    pub fn tag(mut self, tag: &str) -> Self {
        self.tags.push(tag.to_owned());
        self
    }

    /// Adds a source archive.
    #[must_use]
    pub fn sdist(mut self) -> Self {
        self.sdist = true;
        self
    }

    /// A source archive alone.
    #[must_use]
    pub fn no_wheel(mut self) -> Self {
        self.wheel = false;
        self.sdist = true;
        self
    }

    /// Serves bytes that do not have the hash that the page gives.
    #[must_use]
    pub fn wrong_bytes(mut self) -> Self {
        self.wrong_bytes = true;
        self
    }

    /// Adds a file to the wheel, at a path inside of site-packages.
    #[must_use]
    pub fn file(mut self, path: &str, content: &[u8]) -> Self {
        self.files.push((path.to_owned(), content.to_vec()));
        self
    }

    /// The whole text of METADATA, instead of what the other methods would give.
    #[must_use]
    pub fn metadata(mut self, text: &str) -> Self {
        self.metadata = Some(text.to_owned());
        self
    }

    /// The whole text of RECORD, instead of what is in the wheel.
    #[must_use]
    pub fn record(mut self, text: &str) -> Self {
        self.record = Some(text.to_owned());
        self
    }

    /// Makes the wheel larger by this many bytes that do not compress.
    #[must_use]
    pub fn padding(mut self, bytes: usize) -> Self {
        self.padding = bytes;
        self
    }

    pub(crate) fn wheel_tags(&self) -> Vec<String> {
        match (self.wheel, self.tags.is_empty()) {
            (false, _) => Vec::new(),
            (true, true) => vec!["py3-none-any".to_owned()],
            (true, false) => self.tags.clone(),
        }
    }
}

/// An archive, as it is served.
#[derive(Debug, Clone)]
pub(crate) struct BuiltFile {
    pub(crate) name: String,
    /// What is served.
    pub(crate) bytes: Vec<u8>,
    /// What the page says.
    pub(crate) sha256: String,
    /// METADATA, for a wheel.
    pub(crate) metadata: Option<String>,
    pub(crate) uploaded: Option<String>,
    pub(crate) requires_python: Option<String>,
    pub(crate) yanked: Option<String>,
}
