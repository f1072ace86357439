//! Which file is the lock of which manifests.

use std::collections::{BTreeMap, BTreeSet};

use holdfast_declared::{Format, join};
use holdfast_model::{Declared, Observed};

use super::piece::Piece;

/// One environment: its manifests and its lock, by their positions among the files.
#[derive(Debug)]
pub(crate) struct Plan {
    /// What was written by people; empty for a lock that stands alone.
    pub(crate) manifests: Vec<usize>,
    /// Its lock; the manifest itself where that pins all that it needs.
    pub(crate) lock: Option<usize>,
}

impl Plan {
    /// Whether the only manifest is the lock as well.
    pub(crate) fn is_its_own_lock(&self) -> bool {
        match (self.manifests.as_slice(), self.lock) {
            ([manifest], Some(lock)) => *manifest == lock,
            _ => false,
        }
    }
}

/// The same, with the files themselves.
struct Pairing<'a> {
    manifests: Vec<&'a Piece>,
    lock: Option<&'a Piece>,
}

/// Names of locks with those of the manifests they are made from, best first.
const MADE_FROM: &[(&str, &[&str])] = &[
    ("uv.lock", &["pyproject.toml"]),
    ("poetry.lock", &["pyproject.toml"]),
    ("pdm.lock", &["pyproject.toml"]),
    ("requirements.lock", &["pyproject.toml"]),
    ("requirements-dev.lock", &["pyproject.toml"]),
    ("Pipfile.lock", &["Pipfile"]),
    ("pixi.lock", &["pixi.toml", "pyproject.toml"]),
    ("package-lock.json", &["package.json"]),
    ("npm-shrinkwrap.json", &["package.json"]),
    ("conda-lock.yml", CONDA),
    ("conda-lock.yaml", CONDA),
];

const CONDA: &[&str] = &[
    "environment.yml",
    "environment.yaml",
    "conda.yaml",
    "conda.yml",
];

/// The environments that the files of one project make, in the order of their files.
pub(crate) fn plan(pieces: &[Piece]) -> Vec<Plan> {
    let mut planner = Planner {
        pieces,
        by_path: pieces
            .iter()
            .map(|piece| (piece.path.as_str(), piece))
            .collect(),
        taken: BTreeSet::new(),
        pairings: Vec::new(),
    };
    planner.pair_compiled_files();
    planner.pair_named_locks();
    planner.pair_standard_locks();
    planner.leave_locks_alone();
    planner.take_the_rest();
    let mut pairings = planner.pairings;
    pairings.sort_by(|left, right| first_path(left).cmp(first_path(right)));
    let positions: BTreeMap<&str, usize> = pieces
        .iter()
        .enumerate()
        .map(|(position, piece)| (piece.path.as_str(), position))
        .collect();
    let position = |piece: &&Piece| positions.get(piece.path.as_str()).copied();
    pairings
        .iter()
        .map(|pairing| Plan {
            manifests: pairing.manifests.iter().filter_map(position).collect(),
            lock: pairing.lock.as_ref().and_then(position),
        })
        .collect()
}

fn first_path<'a>(pairing: &Pairing<'a>) -> &'a str {
    pairing
        .manifests
        .first()
        .or(pairing.lock.as_ref())
        .map_or("", |piece| &piece.path)
}

struct Planner<'a> {
    pieces: &'a [Piece],
    by_path: BTreeMap<&'a str, &'a Piece>,
    /// Paths of the files that have found their place.
    taken: BTreeSet<&'a str>,
    pairings: Vec<Pairing<'a>>,
}

impl<'a> Planner<'a> {
    fn add(&mut self, manifests: Vec<&'a Piece>, lock: Option<&'a Piece>) {
        self.taken
            .extend(manifests.iter().map(|piece| piece.path.as_str()));
        self.taken.extend(lock.map(|piece| piece.path.as_str()));
        self.pairings.push(Pairing { manifests, lock });
    }

    fn is_free(&self, piece: &Piece) -> bool {
        !self.taken.contains(piece.path.as_str())
    }

    /// `train.in` with `train.txt`, and compiled files that note what they were made from.
    fn pair_compiled_files(&mut self) {
        let pieces = self.pieces;
        for lock in pieces {
            let Some(stem) = lock.path.strip_suffix(".txt") else {
                continue;
            };
            let can_be_lock = lock.format == Some(Format::Requirements)
                && (lock.locked.present().is_some() || lock.unreadable.is_some());
            if !can_be_lock {
                continue;
            }
            let input = format!("{stem}.in");
            let manifests = match self.by_path.get(input.as_str()) {
                Some(input) => vec![*input],
                None => self.origins(lock),
            };
            if !manifests.is_empty() {
                self.add(manifests, Some(lock));
            }
        }
    }

    /// The manifests that a compiled file says it was made from.
    fn origins(&self, lock: &Piece) -> Vec<&'a Piece> {
        let Observed::Present(declared) = &lock.declared else {
            return Vec::new();
        };
        let noted: BTreeSet<&str> = declared
            .requirements
            .iter()
            .flat_map(|requirement| &requirement.via)
            .filter_map(|via| origin(via))
            .collect();
        let mut origins: Vec<&Piece> = noted
            .into_iter()
            .filter_map(|noted| {
                // as seen from the file, or from where the tool was run
                let beside = join(&lock.path, noted);
                let candidates = [beside.as_deref(), Some(noted)];
                candidates
                    .into_iter()
                    .flatten()
                    .find_map(|path| self.by_path.get(path).copied())
            })
            .filter(|piece| piece.path != lock.path)
            .collect();
        let included = included_by(&origins);
        origins.retain(|piece| !included.contains(piece.path.as_str()));
        origins
    }

    /// Locks whose names say which manifest they belong to.
    fn pair_named_locks(&mut self) {
        let pieces = self.pieces;
        for lock in pieces {
            let made_from = MADE_FROM.iter().find(|(name, _)| *name == lock.name());
            let manifest = made_from
                .and_then(|(_, names)| names.iter().find_map(|name| self.beside(lock, name)));
            if let Some(manifest) = manifest.filter(|_| self.is_free(lock)) {
                self.add(vec![manifest], Some(lock));
            }
        }
    }

    fn beside(&self, piece: &Piece, name: &str) -> Option<&'a Piece> {
        let path = join(&piece.path, name)?;
        self.by_path.get(path.as_str()).copied()
    }

    /// `pylock.train.toml` with `requirements-train.in`; `pylock.toml` with the one manifest there is.
    fn pair_standard_locks(&mut self) {
        let pieces = self.pieces;
        for lock in pieces.iter().filter(|piece| piece.format.is_none()) {
            let infix = lock
                .name()
                .strip_prefix("pylock.")
                .and_then(|rest| rest.strip_suffix(".toml"));
            let manifest = match infix {
                Some(name) => self.manifest_called(lock, name),
                None => self.only_manifest(lock),
            };
            if let Some(manifest) = manifest {
                self.add(vec![manifest], Some(lock));
            }
        }
    }

    fn manifest_called(&self, lock: &Piece, name: &str) -> Option<&'a Piece> {
        [
            format!("requirements-{name}.in"),
            format!("requirements/{name}.in"),
            format!("{name}-requirements.in"),
            format!("requirements-{name}.txt"),
            format!("requirements/{name}.txt"),
            format!("{name}-requirements.txt"),
        ]
        .iter()
        .find_map(|candidate| self.beside(lock, candidate))
        .filter(|piece| self.is_free(piece))
    }

    fn only_manifest(&self, lock: &Piece) -> Option<&'a Piece> {
        let free = |piece: &&&Piece| self.is_free(piece) && piece.declares_anything();
        if let Some(pyproject) = self
            .beside(lock, "pyproject.toml")
            .filter(|piece| free(&piece))
        {
            return Some(pyproject);
        }
        let all: Vec<&Piece> = self
            .pieces
            .iter()
            .filter(|piece| {
                piece.format == Some(Format::Requirements) && piece.directory() == lock.directory()
            })
            .collect();
        let included = included_by(&all);
        let mut roots = all
            .into_iter()
            .filter(|piece| !included.contains(piece.path.as_str()) && free(&piece));
        let only = roots.next()?;
        roots.next().is_none().then_some(only)
    }

    fn leave_locks_alone(&mut self) {
        let pieces = self.pieces;
        for lock in pieces.iter().filter(|piece| piece.is_lock()) {
            if self.is_free(lock) {
                self.add(Vec::new(), Some(lock));
            }
        }
    }

    /// Manifests without a lock, and files that pin all that they need.
    fn take_the_rest(&mut self) {
        let pieces = self.pieces;
        let all: Vec<&Piece> = pieces.iter().collect();
        let included = included_by(&all);
        let is_candidate = |piece: &&&'a Piece| {
            !included.contains(piece.path.as_str())
                && !piece.is_setting()
                && piece.declares_anything()
        };
        let rest: Vec<&'a Piece> = pieces
            .iter()
            .filter(|piece| self.is_free(piece))
            .filter(|piece| is_candidate(&piece))
            .collect();
        for piece in rest {
            let lock = piece.locked.present().is_some().then_some(piece);
            self.add(vec![piece], lock);
        }
        // indexes alone still say where packages would come from
        let says_of_indexes = |piece: &&Piece| matches!(&piece.declared, Observed::Present(Declared { indexes, .. }) if !indexes.is_empty());
        if self.pairings.is_empty() {
            let settings: Vec<&'a Piece> = pieces.iter().filter(says_of_indexes).collect();
            if !settings.is_empty() {
                self.add(settings, None);
            }
        }
    }
}

/// Paths of the files that others of the list read (`-r`, `-c`).
fn included_by<'a>(pieces: &[&'a Piece]) -> BTreeSet<&'a str> {
    pieces
        .iter()
        .filter_map(|piece| Some((piece, piece.declared.present()?)))
        .flat_map(|(piece, declared)| {
            declared
                .files
                .iter()
                .map(|file| file.path.as_str())
                .filter(|path| *path != piece.path)
        })
        .collect()
}

/// The file that a note of a compiled file names: `-r train.in`, `-c limits.txt` excepted, or
/// `name (pyproject.toml)`.
fn origin(via: &str) -> Option<&str> {
    if let Some(file) = via.strip_prefix("-r ") {
        return Some(file.trim());
    }
    let (_, file) = via.strip_suffix(')')?.rsplit_once('(')?;
    let (_, extension) = file.rsplit_once('.')?;
    matches!(extension, "toml" | "py" | "cfg").then_some(file)
}
