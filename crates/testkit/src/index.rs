//! A fake package index, served over loopback HTTP: the simple API in JSON (PEP 691) and HTML
//! (PEP 503), with wheels that it builds itself, and with every fault that a real index may show.
//!
//! It listens from [`FakeIndex::start`] until it is dropped, and remembers what it was asked. It
//! must stay a correct index, since uv, pip and our own client all run against it.

mod answer;
mod archive;
mod fault;
mod page;
mod project;
mod server;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use archive::recorded;
pub use fault::Fault;
pub use project::{FakeProject, FakeRelease};

use project::BuiltFile;

/// How pages are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PageFormat {
    /// JSON where `Accept` names it, HTML otherwise, as pypi.org does.
    #[default]
    Negotiated,
    /// HTML whatever is asked for, as many mirrors do.
    Html,
    /// JSON whatever is asked for.
    Json,
}

/// In what an index differs from pypi.org.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Quirk {
    WithoutMetadata,
    UnannouncedMetadata,
    WithoutRanges,
    WithoutUploadTimes,
    WithoutValidators,
    Gzip,
}

/// What the index can do. The default is all that pypi.org can.
#[derive(Debug, Clone, Default)]
pub struct FakeIndexOptions {
    pub(crate) format: PageFormat,
    quirks: BTreeSet<Quirk>,
    pub(crate) basic_auth: Option<(String, String)>,
    pub(crate) faults: Vec<(String, Fault)>,
    pub(crate) redirects: Vec<(String, String)>,
    pub(crate) resources: Vec<(String, Vec<u8>)>,
    pub(crate) files_at: Option<String>,
}

impl FakeIndexOptions {
    /// An index that can do all that pypi.org can.
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes pages in `format`.
    #[must_use]
    pub fn format(mut self, format: PageFormat) -> Self {
        self.format = format;
        self
    }

    /// Answers 404 for `<file>.metadata`, and does not announce it (no PEP 658).
    #[must_use]
    pub fn without_metadata(mut self) -> Self {
        self.quirks.insert(Quirk::WithoutMetadata);
        self
    }

    /// Serves `<file>.metadata` without announcing it on the page, as some mirrors do.
    #[must_use]
    pub fn unannounced_metadata(mut self) -> Self {
        self.quirks.insert(Quirk::UnannouncedMetadata);
        self
    }

    /// Answers range requests with the whole file.
    #[must_use]
    pub fn without_ranges(mut self) -> Self {
        self.quirks.insert(Quirk::WithoutRanges);
        self
    }

    /// Leaves upload times out of the pages.
    #[must_use]
    pub fn without_upload_times(mut self) -> Self {
        self.quirks.insert(Quirk::WithoutUploadTimes);
        self
    }

    /// Sends neither `ETag` nor `Last-Modified`.
    #[must_use]
    pub fn without_validators(mut self) -> Self {
        self.quirks.insert(Quirk::WithoutValidators);
        self
    }

    /// Compresses pages and resources for clients that accept it.
    #[must_use]
    pub fn gzip(mut self) -> Self {
        self.quirks.insert(Quirk::Gzip);
        self
    }

    /// Answers 401 unless these credentials come along.
    #[must_use]
    pub fn basic_auth(mut self, user: &str, password: &str) -> Self {
        self.basic_auth = Some((user.to_owned(), password.to_owned()));
        self
    }

    /// Shows `fault` for every path that contains `path`: `/simple/foo/`, `.whl`, `.metadata`, `/`.
    ///
    /// The first that fits and is not used up counts.
    #[must_use]
    pub fn fault(mut self, path: &str, fault: Fault) -> Self {
        self.faults.push((path.to_owned(), fault));
        self
    }

    /// Redirects every path that starts with `path` to `target`, plus what follows `path`.
    #[must_use]
    pub fn redirect(mut self, path: &str, target: &str) -> Self {
        self.redirects.push((path.to_owned(), target.to_owned()));
        self
    }

    /// Serves `bytes` at `path`, with validators: an advisory feed, a page of your own.
    #[must_use]
    pub fn resource(mut self, path: &str, bytes: &[u8]) -> Self {
        self.resources.push((path.to_owned(), bytes.to_vec()));
        self
    }

    /// Lets the pages point at files below `root` (another index's [`FakeIndex::root`]).
    #[must_use]
    pub fn files_at(mut self, root: &str) -> Self {
        self.files_at = Some(root.to_owned());
        self
    }

    pub(crate) fn has(&self, quirk: Quirk) -> bool {
        self.quirks.contains(&quirk)
    }
}

/// A request as the index received it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FakeRequest {
    /// `GET` or `HEAD`.
    pub method: String,
    /// The path, not decoded, without the query.
    pub path: String,
    /// The headers, names in lower case, in the order of the request.
    pub headers: Vec<(String, String)>,
    /// The status of the answer; 0 where the connection was closed instead.
    pub status: u16,
}

impl FakeRequest {
    /// A header's value; `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| header == name)
            .map(|(_, value)| value.as_str())
    }
}

/// What the threads of the server share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) options: FakeIndexOptions,
    pub(crate) projects: Mutex<Vec<BuiltProject>>,
    pub(crate) faults: Mutex<Vec<(String, Fault)>>,
    pub(crate) requests: Mutex<Vec<FakeRequest>>,
    pub(crate) stopped: std::sync::atomic::AtomicBool,
}

/// A project with its archives.
#[derive(Debug, Clone)]
pub(crate) struct BuiltProject {
    pub(crate) project: FakeProject,
    pub(crate) files: Vec<BuiltFile>,
}

/// A running index. Dropping it closes its port.
#[derive(Debug)]
pub struct FakeIndex {
    address: SocketAddr,
    shared: Arc<Shared>,
    listening: Option<std::thread::JoinHandle<()>>,
}

impl FakeIndex {
    /// Serves `projects` at a free port of 127.0.0.1.
    pub fn start(projects: Vec<FakeProject>) -> Self {
        Self::start_with(projects, FakeIndexOptions::default())
    }

    /// Serves `projects` as `options` say.
    pub fn start_with(projects: Vec<FakeProject>, options: FakeIndexOptions) -> Self {
        let shared = Arc::new(Shared {
            faults: Mutex::new(options.faults.clone()),
            options,
            projects: Mutex::new(projects.into_iter().map(BuiltProject::from).collect()),
            requests: Mutex::new(Vec::new()),
            stopped: std::sync::atomic::AtomicBool::new(false),
        });
        let (address, listening) = server::listen(Arc::clone(&shared));
        Self {
            address,
            shared,
            listening: Some(listening),
        }
    }

    /// The address of the simple API, without a slash at its end: `http://127.0.0.1:PORT/simple`.
    pub fn url(&self) -> String {
        format!("{}/simple", self.root())
    }

    /// The same with credentials: `http://user:password@127.0.0.1:PORT/simple`.
    pub fn url_with_credentials(&self, user: &str, password: &str) -> String {
        format!("http://{user}:{password}@{}/simple", self.address)
    }

    /// The address without any path: `http://127.0.0.1:PORT`.
    pub fn root(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The same server under another name, which is another host to a client:
    /// `http://localhost:PORT`.
    pub fn root_by_other_name(&self) -> String {
        format!("http://localhost:{}", self.address.port())
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Every request so far, in order of arrival.
    pub fn requests(&self) -> Vec<FakeRequest> {
        lock(&self.shared.requests).clone()
    }

    /// How many requests so far asked for a path that contains `path`.
    pub fn count(&self, path: &str) -> usize {
        lock(&self.shared.requests)
            .iter()
            .filter(|request| request.path.contains(path))
            .count()
    }

    /// Forgets the requests so far.
    pub fn forget_requests(&self) {
        lock(&self.shared.requests).clear();
    }

    /// Replaces what is served, as when a release is uploaded or yanked.
    pub fn publish(&self, projects: Vec<FakeProject>) {
        *lock(&self.shared.projects) = projects.into_iter().map(BuiltProject::from).collect();
    }

    /// Adds a fault while the index runs.
    pub fn break_path(&self, path: &str, fault: Fault) {
        lock(&self.shared.faults).push((path.to_owned(), fault));
    }

    /// Takes every fault away.
    pub fn mend(&self) {
        lock(&self.shared.faults).clear();
    }

    /// The file of this name: its address, SHA-256 in hexadecimal and size, as the page gives them.
    pub fn file(&self, name: &str) -> FakeFile {
        let projects = lock(&self.shared.projects);
        let file = projects
            .iter()
            .flat_map(|project| &project.files)
            .find(|file| file.name == name)
            .unwrap_or_else(|| panic!("the fake index has no file `{name}`"));
        let root = self.shared.options.files_at.clone();
        FakeFile {
            url: page::file_url(&root.unwrap_or_else(|| self.root()), &file.name),
            sha256: file.sha256.clone(),
            size: file.bytes.len() as u64,
            bytes: file.bytes.clone(),
        }
    }

    /// The names of all files, sorted.
    pub fn files(&self) -> Vec<String> {
        let mut names: Vec<String> = lock(&self.shared.projects)
            .iter()
            .flat_map(|project| &project.files)
            .map(|file| file.name.clone())
            .collect();
        names.sort();
        names
    }
}

/// A file of the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FakeFile {
    /// Its address.
    pub url: String,
    /// SHA-256 as the page gives it, in hexadecimal.
    pub sha256: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its content.
    pub bytes: Vec<u8>,
}

impl Drop for FakeIndex {
    fn drop(&mut self) {
        if let Some(listening) = self.listening.take() {
            server::stop(self.address, &self.shared, listening);
        }
    }
}

impl From<FakeProject> for BuiltProject {
    fn from(project: FakeProject) -> Self {
        let files = project.build();
        Self { project, files }
    }
}

/// A test that panicked elsewhere must not hide behind a poisoned lock.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
