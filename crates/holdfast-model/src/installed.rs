//! What is really there.

use crate::{Digest, Native, PackageId, UnreadableFile};

/// What was seen in an environment on this machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Installed {
    /// The environment's directory, as given.
    pub root: String,
    /// Version of its interpreter, where it tells.
    pub python: Option<String>,
    /// Its packages, sorted by name.
    pub packages: Vec<InstalledPackage>,
    /// Packages whose metadata could not be read, and places that could not be looked into; sorted.
    /// Their locations are relative to the environment.
    pub unreadable: Vec<UnreadableFile>,
    /// What a look at every file came to; absent where only metadata was read.
    pub contents: Option<Contents>,
    /// What its shared libraries need and what the machine has; absent where nobody looked.
    pub native: Option<Native>,
}

/// A package as installed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct InstalledPackage {
    /// The package.
    pub package: PackageId,
    /// Its version, from its metadata.
    pub version: String,
    /// Its licence, as in [`crate::LockedPackage::licence`].
    pub licence: Option<String>,
    /// Whether a person asked for it (`REQUESTED`, PEP 376); absent where that cannot be told.
    pub direct: Option<bool>,
    /// Names of what it depends on unconditionally, or under a marker that may hold; sorted.
    pub dependencies: Vec<PackageId>,
    /// Its metadata directory, relative to the environment.
    pub path: String,
    /// Where it was installed from, where that is no package index (PEP 610).
    pub origin: Option<InstalledOrigin>,
    /// What a look at its files came to; absent where only metadata was read.
    pub contents: Option<PackageContents>,
}

/// Where a package was installed from: `direct_url.json` (PEP 610).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct InstalledOrigin {
    /// The address, without credentials.
    pub url: String,
    /// The commit, for a repository.
    pub commit: Option<String>,
    /// Whether it is a directory in development, whose changes take effect at once.
    pub editable: bool,
}

/// The files of one package, counted and hashed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PackageContents {
    /// How many files its `RECORD` lists and the environment has.
    pub files: u64,
    /// Their size in bytes.
    pub bytes: u64,
    /// SHA-256 over its files as they are, as [`crate::FileList`] defines it.
    pub digest: Digest,
    /// Its `RECORD`.
    pub record: InstalledRecord,
}

/// The list of files that an installer left.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum InstalledRecord {
    /// There is none, so that nobody can tell its files.
    Absent,
    /// It cannot be read.
    Unreadable {
        /// Why.
        reason: String,
    },
    /// It was read.
    Read {
        /// SHA-256 over what it lists, as [`crate::FileList`] defines it: the digest that a lock
        /// keeps of the wheel's own.
        digest: Digest,
        /// Paths in which it differs from the wheel's own, where that was at hand; sorted.
        differences: Vec<String>,
    },
}

/// What a look at every file of an environment came to: counts, and what is not as it should be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    /// The interpreter, as its own files tell.
    pub interpreter: Interpreter,
    /// How many files were compared with their hashes.
    pub files: u64,
    /// Their size in bytes.
    pub bytes: u64,
    /// What differs, sorted by path.
    pub deviations: Vec<Deviation>,
    /// How many more there are than are named.
    pub more_deviations: u64,
    /// Code that runs when the interpreter starts, sorted by path.
    pub start_up: Vec<StartUpCode>,
    /// Files that share their content with another place.
    pub shared: SharedFiles,
    /// Modules outside the environment that would be imported instead of those in it; sorted.
    pub shadows: Vec<Shadow>,
    /// Compiled files whose code was not compared with their source, only their header.
    pub bytecode: u64,
}

/// An interpreter, as its own files tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Interpreter {
    /// `cpython` or `pypy`, where it tells.
    pub implementation: Option<String>,
    /// The version to the patch, where its binary or library tells.
    pub version: Option<String>,
    /// The program that the environment's `python` leads to.
    pub executable: Option<String>,
    /// What is wrong with the environment's `python`, where something is.
    pub problem: Option<String>,
}

/// A file that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deviation {
    /// The path, relative to the environment; of a directory it ends in `/`.
    pub path: String,
    /// The package whose file it is, where one claims it.
    pub owner: Option<PackageId>,
    /// How it differs.
    pub kind: DeviationKind,
}

/// How a file differs from what is expected.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeviationKind {
    /// Its content is not what `RECORD` says.
    Altered,
    /// It is a compiled file that does not belong to its source.
    ForeignBytecode {
        /// In which respect.
        reason: String,
    },
    /// It starts an entry point in another way than an installer writes.
    Launcher {
        /// In which respect.
        reason: String,
    },
    /// A link, a device or a directory stands where a file should be.
    NotAFile {
        /// What stands there.
        what: String,
    },
    /// It is not there.
    Missing,
    /// None of the package's files is there.
    AllMissing {
        /// How many there should be.
        files: u64,
    },
    /// No package claims it.
    Unowned {
        /// How many files there are, below a directory; 1 for a file.
        files: u64,
    },
    /// A package claims it without a hash, so that anything could be in it.
    Unhashed,
    /// `RECORD` claims a file outside the environment.
    Outside,
    /// It could not be looked at.
    Unreadable {
        /// Why.
        reason: String,
    },
}

/// Code that runs whenever the interpreter starts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StartUpCode {
    /// The file, relative to the environment, or absolute where it is the base interpreter's.
    pub path: String,
    /// Which kind.
    pub kind: StartUpKind,
    /// The package that claims it, where its content is what `RECORD` says.
    pub owner: Option<PackageId>,
}

/// A kind of start-up code.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum StartUpKind {
    /// Lines of a `.pth` file that begin with `import`.
    PathFile {
        /// The line, shortened.
        line: String,
        /// Where it is, counted from 1.
        number: u32,
    },
    /// `sitecustomize` or `usercustomize`.
    Customisation,
}

/// Files that share their content with another place, by hard links.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SharedFiles {
    /// How many.
    pub count: u64,
    /// One of them, relative to the environment.
    pub example: Option<String>,
}

/// A module that would be imported instead of an installed one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shadow {
    /// The module's name.
    pub module: String,
    /// The package whose module is shadowed.
    pub package: PackageId,
    /// The file or directory that shadows it.
    pub path: String,
    /// Why the interpreter looks there.
    pub by: ShadowedBy,
}

/// Why an interpreter looks at a place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ShadowedBy {
    /// `PYTHONPATH` names it.
    PythonPath,
    /// A line of this `.pth` file names it.
    PathFile(String),
    /// It is the project's directory, from which programs are started.
    CurrentDirectory,
}
