//! What people wrote: requirements, interpreters and indexes, with the places where they wrote it.

use pep440_rs::VersionSpecifiers;

use crate::{Digest, Location, PackageId, VersionRange};

/// Everything that a set of manifests declares.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Declared {
    /// What the environment asks for, in the order of the files.
    pub requirements: Vec<Requirement>,
    /// What narrows versions without asking for a package (`-c`, `constraint-dependencies`).
    pub constraints: Vec<Requirement>,
    /// What replaces the ranges that packages ask of each other (`override-dependencies`).
    pub overrides: Vec<Requirement>,
    /// What is said of the interpreter. Several files may say it.
    pub python: Vec<DeclaredPython>,
    /// Package indexes, in order of priority.
    pub indexes: Vec<DeclaredIndex>,
    /// Further options of the installer, such as `--pre` and `--require-hashes`.
    pub options: Vec<DeclaredOption>,
    /// What is declared in a way that cannot be read without running or fetching something.
    pub unread: Vec<Unread>,
    /// What the project is.
    pub role: ProjectRole,
    /// Every file that was read for this, `-r` and `-c` included.
    pub files: Vec<DeclaredFile>,
}

impl Declared {
    /// Appends what another file declares.
    pub fn merge(&mut self, other: Self) {
        self.requirements.extend(other.requirements);
        self.constraints.extend(other.constraints);
        self.overrides.extend(other.overrides);
        self.python.extend(other.python);
        self.indexes.extend(other.indexes);
        self.options.extend(other.options);
        self.unread.extend(other.unread);
        if self.role == ProjectRole::Unknown {
            self.role = other.role;
        }
        for file in other.files {
            if !self.files.contains(&file) {
                self.files.push(file);
            }
        }
    }
}

/// What a project is, which decides how tightly it should hold its requirements.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProjectRole {
    /// Deployed: exact versions are wanted.
    Application,
    /// Installed into other people's environments: ranges are wanted.
    Library,
    /// Nothing tells.
    #[default]
    Unknown,
}

/// A manifest that was read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeclaredFile {
    /// The file, relative to the directory that was checked, with forward slashes.
    pub path: String,
    /// The format's name as its docs page has it, e.g. `requirements`, `pyproject`.
    pub format: String,
}

/// One requirement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// The package.
    pub package: PackageId,
    /// The requirement as written, without comments and options.
    pub text: String,
    /// The versions that it admits.
    pub range: VersionRange,
    /// Extras asked for, normalised, sorted.
    pub extras: Vec<String>,
    /// The environment marker, normalised; absent where it always holds.
    pub marker: Option<String>,
    /// Where the package comes from.
    pub source: RequirementSource,
    /// Hashes that its files must have.
    pub hashes: Vec<Digest>,
    /// What it is for.
    pub purpose: Purpose,
    /// Who brought it in, as a compiled requirements file notes.
    pub via: Vec<String>,
    /// Where it is written.
    pub location: Location,
}

/// Where a requirement's package comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RequirementSource {
    /// The indexes of the project; or this one alone, by name or address.
    Registry {
        /// The only index to take it from.
        index: Option<String>,
    },
    /// An address of one archive, without credentials.
    Url(String),
    /// A version control repository.
    Vcs {
        /// `git`, `hg`, `bzr` or `svn`.
        system: String,
        /// The repository, without credentials.
        url: String,
        /// The revision asked for, as written.
        revision: Option<String>,
    },
    /// A directory or an archive on this machine, relative to the directory that was checked.
    Path {
        /// The path as written.
        path: String,
        /// Whether changes in it take effect without installing again.
        editable: bool,
    },
}

/// What a requirement is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// Running the project.
    Runtime,
    /// A dependency group (PEP 735) or its like: `train`, `dev`.
    Group(String),
    /// An extra (PEP 621 optional dependencies).
    Extra(String),
    /// Building the project (PEP 518).
    Build,
}

/// What a file says of the interpreter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredPython {
    /// As written: `3.11`, `>=3.10,<3.13`.
    pub text: String,
    /// The versions that it admits; absent where it is no PEP 440 range.
    pub specifiers: Option<VersionSpecifiers>,
    /// Where it is written.
    pub location: Location,
}

/// A package index that a file names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredIndex {
    /// What it is used for.
    pub kind: IndexKind,
    /// The address or path, without credentials.
    pub url: String,
    /// Its name, where it has one.
    pub name: Option<String>,
    /// Where it is written.
    pub location: Location,
}

/// How an index is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum IndexKind {
    /// The main index (`--index-url`).
    Default,
    /// One more index, at the same priority (`--extra-index-url`): the door to dependency confusion.
    Extra,
    /// A named index that is used only for packages that say so.
    Explicit,
    /// A list of files (`--find-links`).
    FindLinks,
}

/// An option of the installer that a file sets.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeclaredOption {
    /// The option's long name without dashes: `pre`, `no-binary`, `trusted-host`.
    pub name: String,
    /// Its value, without credentials, where it takes one.
    pub value: Option<String>,
    /// Where it is written.
    pub location: Location,
}

/// A declaration whose content cannot be told from the file alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unread {
    /// What is not read and why, in one line.
    pub reason: String,
    /// Where it is written.
    pub location: Location,
}
