//! A project of its own for each test, with its own cache, home and package index.

pub(crate) mod backend;
pub(crate) mod foreign;
pub(crate) mod golden;
mod interpreter;
mod ran;
mod records;
mod solver;
pub(crate) mod venv;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use holdfast_model::Locked;
use testkit::{FakeIndex, FakeIndexOptions, FakeProject, FakeRelease};

pub(crate) use interpreter::real_minor;
pub(crate) use ran::Ran;
pub(crate) use records::{malicious, vulnerability};

/// The time at which tests run unless they say otherwise.
const NOW: &str = "2026-11-21T00:00:00Z";

/// The interpreter that tests find unless they say otherwise.
const PYTHON: &str = "3.11.7";

/// What a test inherits from the machine: what it takes to find and start Python, git and uv.
const INHERITED: &[&str] = &[
    "PATH",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "PYENV_ROOT",
    "PYENV_VERSION",
    "TMPDIR",
    "SystemRoot",
    "LLVM_PROFILE_FILE",
];

/// A project on disk and everything around it.
pub(crate) struct Fixture {
    directory: tempfile::TempDir,
    index: Option<FakeIndex>,
    variables: BTreeMap<String, String>,
}

impl Fixture {
    /// An empty project and no index: every address but those of this machine refuses connections.
    pub(crate) fn empty() -> Self {
        let directory = tempfile::tempdir().unwrap();
        for name in ["project", "home", "cache", "uv"] {
            fs_err::create_dir(directory.path().join(name)).unwrap();
        }
        let mut fixture = Self {
            directory,
            index: None,
            variables: BTreeMap::new(),
        };
        for name in ["HTTP_PROXY", "HTTPS_PROXY"] {
            fixture.set(name, "http://127.0.0.1:9");
        }
        fixture.set("NO_PROXY", "127.0.0.1,localhost");
        fixture.set("HOLDFAST_NOW", NOW);
        fixture.pretend_python(PYTHON);
        fixture
    }

    /// A project with one environment `app` that asks for what `requirements.in` says, of an index
    /// that has `projects`; with advisory data that was just fetched and knows nothing of them.
    pub(crate) fn new(requirements: &str, projects: Vec<FakeProject>) -> Self {
        Self::with_options(requirements, projects, FakeIndexOptions::new())
    }

    /// The same with an index of another kind.
    pub(crate) fn with_options(
        requirements: &str,
        projects: Vec<FakeProject>,
        options: FakeIndexOptions,
    ) -> Self {
        let mut fixture = Self::empty();
        let index = FakeIndex::start_with(projects, options);
        fixture.set("UV_DEFAULT_INDEX", &index.url());
        fixture.index = Some(index);
        fixture.write("requirements.in", requirements);
        fixture.configure("");
        fixture.import_nothing_of_interest();
        fixture
    }

    /// Writes `holdfast.toml`: the environment `app`, and more tables.
    pub(crate) fn configure(&self, more: &str) {
        self.write("holdfast.toml", format!("{APP}\n{more}"));
    }

    /// Puts one record into the store, so that no run wants to fetch the feed.
    fn import_nothing_of_interest(&self) {
        let records = self.directory.path().join("records");
        fs_err::create_dir(&records).unwrap();
        let record = vulnerability("PYSEC-2020-1", "nothing-here", "0", Some("1"));
        let record = record.replace("2026-01-01", "2026-11-20");
        fs_err::write(records.join("PYSEC-2020-1.json"), record).unwrap();
        self.run(&["advisories", "import", records.to_str().unwrap()])
            .succeeds();
    }

    /// Adds records to the project's own folder of advisories, which [`OWN_ADVISORIES`] names.
    pub(crate) fn advise(&self, records: &[String]) {
        for record in records {
            let parsed: serde_json::Value = serde_json::from_str(record).unwrap();
            let id = parsed["id"].as_str().unwrap();
            self.write(&format!("advisories/{id}.json"), record);
        }
    }

    /// Sets a variable of the process.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.to_owned(), value.to_owned());
    }

    /// Takes a variable of the process away.
    pub(crate) fn unset(&mut self, name: &str) {
        self.variables.remove(name);
    }

    /// Puts an interpreter that says it is of `version` in front of all others.
    pub(crate) fn pretend_python(&mut self, version: &str) {
        let directory = self.beside("bin");
        interpreter::pretend(&directory, version);
        let path = std::env::var("PATH").unwrap();
        self.set("PATH", &format!("{}:{path}", directory.display()));
    }

    /// Leaves the interpreter that the machine really has, for what has to run one: the
    /// configuration names it from then on.
    pub(crate) fn use_real_python(&mut self) {
        self.unset("PATH");
        let configuration = self.read("holdfast.toml");
        let real = format!("python = \"{}\"", real_minor());
        self.write(
            "holdfast.toml",
            configuration.replace("python = \"3.11\"", &real),
        );
    }

    /// The index.
    pub(crate) fn index(&self) -> &FakeIndex {
        self.index.as_ref().unwrap()
    }

    /// Replaces what the index serves, and lets enough time pass that nobody trusts what they
    /// remember of it.
    pub(crate) fn publish(&self, projects: Vec<FakeProject>) {
        self.index().publish(projects);
        let _ = fs_err::remove_dir_all(self.beside("uv"));
        for entry in fs_err::read_dir(self.beside("cache")).unwrap() {
            let path = entry.unwrap().path();
            if path
                .file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with("index-"))
            {
                fs_err::remove_dir_all(path).unwrap();
            }
        }
    }

    /// Closes the index.
    pub(crate) fn close_index(&mut self) {
        self.index = None;
    }

    /// A path in the project; with an empty one, its directory.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.directory.path().join("project").join(path)
    }

    /// A path beside the project.
    pub(crate) fn beside(&self, path: &str) -> PathBuf {
        self.directory.path().join(path)
    }

    /// Writes a file of the project.
    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, content).unwrap();
    }

    /// Reads a file of the project.
    pub(crate) fn read(&self, path: &str) -> String {
        fs_err::read_to_string(self.path(path)).unwrap()
    }

    /// A file of the project without what differs from run to run.
    pub(crate) fn shown(&self, path: &str) -> String {
        ran::filtered(&self.read(path), &self.volatile())
    }

    /// Whether the project has a file.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.path(path).exists()
    }

    /// The lock of an environment.
    pub(crate) fn locked(&self, environment: &str) -> Locked {
        let file = format!("pylock.{environment}.toml");
        holdfast_locked::read(self.read(&file).as_bytes(), &file).unwrap()
    }

    /// What the lock of `app` holds, as `name version`.
    pub(crate) fn versions(&self) -> Vec<String> {
        self.versions_in("app")
    }

    /// What a lock holds, as `name version`.
    pub(crate) fn versions_in(&self, environment: &str) -> Vec<String> {
        let mut versions: Vec<String> = self
            .locked(environment)
            .packages
            .iter()
            .map(|package| {
                let version = package.version.as_deref().unwrap_or("-");
                format!("{} {version}", package.package.name())
            })
            .collect();
        versions.sort();
        versions
    }

    /// Locks, which has to succeed.
    pub(crate) fn lock(&self) -> Ran {
        self.run(&["lock"]).succeeds()
    }

    /// Runs the program once for each list of arguments, which all have to exit with this code;
    /// answers all that they printed.
    #[track_caller]
    pub(crate) fn all_exit(&self, code: i32, runs: &[&[&str]]) -> String {
        let told = |arguments: &&[&str]| self.run(arguments).exits(code).to_string();
        runs.iter().map(told).collect::<Vec<_>>().join("\n")
    }

    /// Runs the program in the project's directory.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        let output = self.command(arguments).output().unwrap();
        Ran::new(&output, arguments, &self.volatile())
    }

    /// The program, about to be run in the project's directory.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_holdfast"));
        command
            .args(arguments)
            .current_dir(self.path(""))
            .stdin(Stdio::null())
            .env_clear();
        for name in INHERITED {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command
            .env("HOME", self.beside("home"))
            .env("HOLDFAST_CACHE_DIR", self.beside("cache"))
            .env("UV_CACHE_DIR", self.beside("uv"));
        if let Some(uv) = solver::uv() {
            command.env("HOLDFAST_UV", uv);
        }
        command.envs(&self.variables);
        command
    }

    /// What differs between two runs of a test, with what stands for it in snapshots.
    fn volatile(&self) -> Vec<(String, &'static str)> {
        let mut volatile: Vec<(String, &'static str)> = Vec::new();
        if let Some(index) = &self.index {
            volatile.push((index.root(), "[index]"));
            volatile.push((format!("127.0.0.1:{}", index.port()), "[host]"));
        }
        for (name, stands_for) in [
            ("project", "[project]"),
            ("cache", "[cache]"),
            ("home", "[home]"),
            ("uv", "[uv]"),
            ("", "[temporary]"),
        ] {
            let path = self.directory.path().join(name);
            volatile.push((path.to_str().unwrap().to_owned(), stands_for));
        }
        if let Some(here) = holdfast_installed::platform(Path::new("/")) {
            volatile.push((format!("{here}"), "[platform]"));
        }
        volatile
    }
}

/// The table that makes a project's own folder of advisories count.
pub(crate) const OWN_ADVISORIES: &str = "[knowledge]\nadvisories = [\"advisories\"]\n";

/// The environment of most tests.
const APP: &str = r#"[environments.app]
python = "3.11"
platforms = ["linux-x86_64-glibc2.28"]
requirements = ["requirements.in"]
"#;

/// The uv that the program finds.
pub(crate) fn uv() -> PathBuf {
    solver::uv().map_or_else(|| PathBuf::from("uv"), Path::to_owned)
}

/// A project with releases.
pub(crate) fn project(name: &str, releases: impl IntoIterator<Item = FakeRelease>) -> FakeProject {
    releases
        .into_iter()
        .fold(FakeProject::new(name), FakeProject::release)
}

/// Releases of these versions, without anything special.
pub(crate) fn releases<'a>(
    versions: impl IntoIterator<Item = &'a str>,
) -> impl Iterator<Item = FakeRelease> {
    versions.into_iter().map(FakeRelease::new)
}

/// Says that a test is skipped, which none may be in continuous integration.
#[expect(clippy::print_stderr, reason = "this is where tests say so")]
pub(crate) fn skip(reason: &str) {
    let must_not = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(!must_not, "nothing may be skipped where CI=true: {reason}");
    eprintln!("skipped: {reason}");
}
