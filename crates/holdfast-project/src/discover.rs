//! Which files below a directory belong to environments, told by their names.
//!
//! Opens no file. What git ignores, version control's own directories, virtual and conda
//! environments and `node_modules` are passed over; see `docs/how-it-finds-files.md`.

use std::path::Path;
use std::sync::Mutex;

use holdfast_declared::{Format, recognise};
use holdfast_model::{Location, UnreadableFile};
use ignore::{DirEntry, WalkBuilder, WalkState};

/// A file that belongs to an environment, by its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Discovered {
    /// The project's directory, relative to the directory that was searched; empty where it is that.
    pub project: String,
    /// The file, relative to the directory that was searched, with forward slashes.
    pub path: String,
    /// What it is.
    pub kind: FileKind,
}

/// What a file is, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    /// `holdfast.toml`.
    Configuration,
    /// `pylock.toml` or `pylock.<name>.toml`.
    Pylock,
    /// A manifest or lock that [`holdfast_declared::read`] reads.
    Manifest(Format),
}

/// What a search found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Discovery {
    /// The files, sorted by project and path.
    pub files: Vec<Discovered>,
    /// Model files, by their endings, sorted; links are left out.
    pub models: Vec<String>,
    /// Directories that could not be looked into, sorted.
    pub unreadable: Vec<UnreadableFile>,
}

/// Name of the configuration file.
pub(crate) const CONFIGURATION: &str = "holdfast.toml";

/// Directories that hold what was installed or built, not what people wrote.
const PASSED_OVER: &[&str] = &[
    "node_modules",
    "__pycache__",
    "site-packages",
    "dist-packages",
    "__pypackages__",
    "conda-meta",
];

/// Directories that hold the requirements of the project above them.
const PARTS: &[&str] = &["requirements", "requirement", "reqs", "constraints"];

/// Endings of model files. Those that mostly name something else (`bin`, `json`, `model`, `npy`,
/// `txt`) are left out: the configuration names such files.
const MODEL_ENDINGS: &[&str] = &[
    "bst",
    "cbm",
    "ckpt",
    "dill",
    "gguf",
    "h5",
    "joblib",
    "keras",
    "onnx",
    "pickle",
    "pkl",
    "pt",
    "pth",
    "safetensors",
    "skops",
    "ubj",
];

/// Names of files that stand for a folder with a model in it.
const MODEL_NAMES: &[&str] = &["MLmodel", "pytorch_model.bin", "saved_model.pb"];

/// The files below `root` that belong to environments, and the model files.
pub fn discover(root: &Path) -> Discovery {
    let found = Mutex::new(Discovery::default());
    WalkBuilder::new(root)
        // files such as `.python-version` count; hidden directories are left out below
        .hidden(false)
        // what git ignores, and not what a search tool of the person's does
        .ignore(false)
        // a person's own settings must not change what a check finds
        .git_global(false)
        .follow_links(false)
        .filter_entry(|entry| entry.depth() == 0 || !is_passed_over(entry))
        .build_parallel()
        .run(|| Box::new(|entry| visit(root, entry, &found)));
    // a poisoned lock means that a thread panicked, which `run` has already passed on
    let mut discovery = found
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    discovery.files.sort();
    discovery.models.sort();
    discovery.unreadable.sort();
    discovery
}

fn visit(
    root: &Path,
    entry: Result<DirEntry, ignore::Error>,
    found: &Mutex<Discovery>,
) -> WalkState {
    let mut noted = Discovery::default();
    match entry {
        Ok(entry) => {
            noted.files.extend(discovered(root, &entry));
            noted.models.extend(model(root, &entry));
        }
        Err(error) => noted.unreadable.extend(unreadable(root, &error)),
    }
    if noted != Discovery::default() {
        let mut found = found
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        found.files.append(&mut noted.files);
        found.models.append(&mut noted.models);
        found.unreadable.append(&mut noted.unreadable);
    }
    WalkState::Continue
}

fn is_passed_over(entry: &DirEntry) -> bool {
    if !entry.file_type().is_some_and(|kind| kind.is_dir()) {
        return false;
    }
    let name = entry.file_name().to_string_lossy();
    name.starts_with('.')
        || PASSED_OVER.contains(&name.as_ref())
        // a virtual environment and a conda environment, whatever they are called
        || entry.path().join("pyvenv.cfg").exists()
        || entry.path().join("conda-meta").is_dir()
}

fn model(root: &Path, entry: &DirEntry) -> Option<String> {
    let name = entry.file_name().to_string_lossy();
    let is_file = || entry.file_type().is_some_and(|kind| kind.is_file());
    (is_model(&name) && is_file()).then(|| relative(root, entry.path()))
}

fn discovered(root: &Path, entry: &DirEntry) -> Option<Discovered> {
    let kind = entry.file_type()?;
    if kind.is_dir() {
        return None;
    }
    let path = relative(root, entry.path());
    let file_kind = kind_of(&path)?;
    // a link counts where it leads to a file; whether that may be read is asked when it is
    if kind.is_symlink() && !entry.path().is_file() {
        return None;
    }
    Some(Discovered {
        project: project_of(&path),
        path,
        kind: file_kind,
    })
}

fn unreadable(root: &Path, error: &ignore::Error) -> Option<UnreadableFile> {
    let path = path_of(error).map(|path| relative(root, path));
    // a broken pattern in an ignore file: git passes it over as well
    error.io_error()?;
    Some(UnreadableFile {
        location: Location::start_of(
            path.filter(|path| !path.is_empty())
                .unwrap_or_else(|| ".".to_owned()),
        ),
        reason: error.to_string(),
    })
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
            path_of(err)
        }
        ignore::Error::Loop { child, .. } => Some(child),
        ignore::Error::Partial(_)
        | ignore::Error::Io(_)
        | ignore::Error::Glob { .. }
        | ignore::Error::UnrecognizedFileType(_)
        | ignore::Error::InvalidDefinition => None,
    }
}

/// Whether a file of this name is a model; its content is for later.
fn is_model(name: &str) -> bool {
    if MODEL_NAMES.contains(&name) {
        return true;
    }
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    ending.is_some_and(|ending| {
        MODEL_ENDINGS
            .iter()
            .any(|known| known.eq_ignore_ascii_case(ending))
    })
}

/// What the file at `path` is, by its name.
pub(crate) fn kind_of(path: &str) -> Option<FileKind> {
    let name = path.rsplit('/').next().unwrap_or(path);
    if name == CONFIGURATION {
        return Some(FileKind::Configuration);
    }
    // a name with more dots than the standard allows is still meant as a lock, and refused as one
    let infix = name
        .strip_prefix("pylock.")
        .and_then(|rest| rest.strip_suffix("toml"));
    if infix.is_some_and(|infix| infix.is_empty() || infix.ends_with('.')) {
        return Some(FileKind::Pylock);
    }
    recognise(path).map(FileKind::Manifest)
}

/// The directory of the project that a file belongs to: its own, or the one above where that is a
/// part such as `requirements/`.
pub(crate) fn project_of(path: &str) -> String {
    let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
    let (above, folder) = directory.rsplit_once('/').unwrap_or(("", directory));
    let is_part = PARTS.contains(&folder) && !matches!(name, "pyproject.toml" | CONFIGURATION);
    if is_part { above } else { directory }.to_owned()
}

fn relative(root: &Path, path: &Path) -> String {
    let relative = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<_> = relative
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for file in files {
            let path = root.path().join(file);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, "").unwrap();
        }
        root
    }

    fn found(root: &Path) -> Vec<String> {
        discover(root)
            .files
            .into_iter()
            .map(|file| format!("{} | {}", file.project, file.path))
            .collect()
    }

    #[test]
    fn files_are_found_by_name_and_grouped_by_project() {
        let root = tree(&[
            "requirements.txt",
            "requirements/train.in",
            ".python-version",
            "holdfast.toml",
            "pylock.train.toml",
            "services/api/pyproject.toml",
            "services/api/README.md",
            "data/images/1.png",
        ]);
        assert_eq!(
            found(root.path()),
            [
                " | .python-version",
                " | holdfast.toml",
                " | pylock.train.toml",
                " | requirements.txt",
                " | requirements/train.in",
                "services/api | services/api/pyproject.toml",
            ]
        );
    }

    #[test]
    fn what_was_installed_or_is_hidden_is_passed_over() {
        let root = tree(&[
            "requirements.txt",
            "env/pyvenv.cfg",
            "env/requirements.txt",
            "conda/conda-meta/history",
            "conda/requirements.txt",
            "node_modules/x/requirements.txt",
            ".tox/requirements.txt",
            ".git/requirements.txt",
            "lib/site-packages/x/requirements.txt",
        ]);
        assert_eq!(found(root.path()), [" | requirements.txt"]);
    }

    #[test]
    fn what_git_ignores_is_passed_over_and_other_ignore_files_do_not_count() {
        let root = tree(&[
            "a/requirements.txt",
            "b/requirements.txt",
            "c/requirements.txt",
        ]);
        fs_err::create_dir(root.path().join(".git")).unwrap();
        fs_err::write(root.path().join(".gitignore"), "/a/\n[\n").unwrap();
        fs_err::write(root.path().join(".ignore"), "/b/\n").unwrap();
        assert_eq!(
            found(root.path()),
            ["b | b/requirements.txt", "c | c/requirements.txt"]
        );
        assert!(discover(root.path()).unreadable.is_empty());
        // asked for a directory that git ignores, it is looked at all the same
        assert_eq!(found(&root.path().join("a")), [" | requirements.txt"]);
    }

    #[test]
    fn locks_are_known_by_name_even_where_the_name_is_wrong() {
        for name in ["pylock.toml", "a/pylock.train.toml", "pylock.a.b.toml"] {
            assert_eq!(kind_of(name), Some(FileKind::Pylock), "{name}");
        }
        assert_eq!(kind_of("pylock.txt"), None);
        assert_eq!(kind_of("pylockxtoml"), None);
        assert_eq!(kind_of("my-pylock.toml"), None);
    }

    #[test]
    fn model_files_are_known_by_their_endings() {
        let root = tree(&[
            "models/churn.joblib",
            "models/Net.PT",
            "models/saved/saved_model.pb",
            "mlruns/1/model/MLmodel",
            "models/weights.npy",
            "notes.txt",
            "joblib",
            ".dvc/cache/x.pkl",
            "env/pyvenv.cfg",
            "env/lib/x.pkl",
        ]);
        assert_eq!(
            discover(root.path()).models,
            [
                "mlruns/1/model/MLmodel",
                "models/Net.PT",
                "models/churn.joblib",
                "models/saved/saved_model.pb",
            ]
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_directory_that_cannot_be_opened_is_named() {
        use std::os::unix::fs::PermissionsExt as _;
        let root = tree(&["closed/requirements.txt", "open/requirements.txt"]);
        let closed = root.path().join("closed");
        fs_err::set_permissions(&closed, std::fs::Permissions::from_mode(0o000)).unwrap();
        let readable_all_the_same = fs_err::read_dir(&closed).is_ok();
        let discovery = discover(root.path());
        fs_err::set_permissions(&closed, std::fs::Permissions::from_mode(0o755)).unwrap();
        if readable_all_the_same {
            // root may open everything
            return;
        }
        assert_eq!(discovery.unreadable[0].location.file, "closed");
    }
}
