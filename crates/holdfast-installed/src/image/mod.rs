//! The file system of a container image, from its layers: no engine, and nothing unpacked.
//!
//! Read are OCI layouts, as directories and as archives, and what `docker save` writes. Each layer is
//! streamed once: every file is hashed, and what few files say is kept. Total on any bytes: names
//! that lead out, devices and links are entries like any other, sizes are counted against limits,
//! and what is cut off is an error.

mod examine;
mod layer;
mod manifest;
mod store;
mod zstandard;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use holdfast_model::{Digest, UnreadableFile};

/// As many links as systems follow before they give up.
const MOST_LINKS: usize = 40;

/// Why an image cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// There is nothing at the path, or it cannot be read.
    #[error("cannot read the image `{}`", path.display())]
    Unreachable {
        /// The path as given.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is no image of a known kind.
    #[error("`{}` is no image: {reason}", path.display())]
    NotAnImage {
        /// The path as given.
        path: PathBuf,
        /// Why not, and what would help.
        reason: String,
    },
    /// A part of it is missing or is not what it should be.
    #[error("`{part}` of the image cannot be read: {reason}")]
    Damaged {
        /// The part: a manifest or a layer.
        part: String,
        /// Why.
        reason: String,
    },
}

/// The file system of an image.
#[derive(Debug, Default)]
pub struct Image {
    /// Everything but the root, by its path without a leading slash.
    entries: BTreeMap<String, ImageEntry>,
    /// Parts that were passed over, by their paths; sorted.
    problems: Vec<UnreadableFile>,
    layers: usize,
    /// Bytes of content that may still be kept.
    room: usize,
}

/// Something in an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageEntry {
    /// A directory.
    Directory,
    /// A file.
    File(ImageFile),
    /// A symbolic link, with its target as written.
    Link(String),
    /// A device or a pipe.
    Special,
}

/// A file in an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageFile {
    /// Bytes.
    pub size: u64,
    /// When its content was changed, in seconds since 1970, as the layer tells.
    pub modified: i64,
    /// SHA-256 of its content.
    pub hash: Digest,
    /// Its first bytes, at most 16.
    pub head: Vec<u8>,
    /// All of it, where it is one of the few whose content says something of the others.
    pub content: Option<Vec<u8>>,
}

impl Image {
    /// Reads an image: a directory with an OCI layout, or an archive of one, or of `docker save`.
    pub fn open(path: &Path) -> Result<Self, ImageError> {
        let mut store = store::Store::open(path)?;
        let layers = manifest::layers(&mut store)?;
        let mut image = Self {
            room: layer::MOST_KEPT,
            ..Self::default()
        };
        for blob in &layers {
            let reader = store.reader(blob)?;
            let changes = layer::read(reader, blob, &mut image.room).map_err(|reason| {
                ImageError::Damaged {
                    part: blob.name.clone(),
                    reason,
                }
            })?;
            image.apply(changes);
            image.layers += 1;
        }
        image.problems.sort();
        Ok(image)
    }

    /// How many layers it has.
    pub fn layers(&self) -> usize {
        self.layers
    }

    /// Everything in it, sorted by path; paths have no leading slash.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &ImageEntry)> {
        self.entries
            .iter()
            .map(|(path, entry)| (path.as_str(), entry))
    }

    /// What was passed over, sorted.
    pub fn problems(&self) -> &[UnreadableFile] {
        &self.problems
    }

    /// What a path leads to, with links followed as a system inside would follow them.
    pub fn get(&self, path: &str) -> Option<(String, &ImageEntry)> {
        let mut rest: Vec<String> = parts_reversed(path);
        let mut found: Vec<String> = Vec::new();
        let mut links = 0;
        while let Some(part) = rest.pop() {
            if part == ".." {
                found.pop();
                continue;
            }
            found.push(part);
            let current = found.join("/");
            match self.entries.get(&current)? {
                ImageEntry::Link(target) => {
                    links += 1;
                    if links > MOST_LINKS || rest.len() > 4096 {
                        return None;
                    }
                    if target.starts_with('/') {
                        found.clear();
                    } else {
                        found.pop();
                    }
                    rest.extend(parts_reversed(target));
                }
                ImageEntry::Directory => {}
                ImageEntry::File(_) | ImageEntry::Special if rest.is_empty() => {}
                ImageEntry::File(_) | ImageEntry::Special => return None,
            }
        }
        let path = found.join("/");
        let entry = self.entries.get(&path)?;
        Some((path, entry))
    }

    /// The file that a path leads to.
    pub fn file(&self, path: &str) -> Option<&ImageFile> {
        match self.get(path)?.1 {
            ImageEntry::File(file) => Some(file),
            ImageEntry::Directory | ImageEntry::Link(_) | ImageEntry::Special => None,
        }
    }

    /// What is told of its operating system.
    pub fn system(&self) -> holdfast_model::CapturedSystem {
        crate::system::of_image(self)
    }

    /// Puts a layer over what is there: first what it removes, then what it brings.
    fn apply(&mut self, changes: layer::Changes) {
        for directory in &changes.emptied {
            self.remove_below(directory);
        }
        for path in &changes.removed {
            self.remove_below(path);
            self.entries.remove(path);
        }
        for (path, entry) in changes.entries {
            self.insert(path, entry);
        }
        for (path, target) in changes.hard_links {
            match self.entries.get(&target) {
                Some(ImageEntry::File(file)) => {
                    let file = ImageEntry::File(file.clone());
                    self.insert(path, file);
                }
                Some(ImageEntry::Directory | ImageEntry::Link(_) | ImageEntry::Special) | None => {
                    let reason = format!("a hard link to `{target}`, which is no file");
                    self.problems.push(layer::problem(&path, reason));
                }
            }
        }
        self.problems.extend(changes.problems);
    }

    fn insert(&mut self, path: String, entry: ImageEntry) {
        for (position, _) in path.match_indices('/') {
            let parent = path.get(..position).unwrap_or_default();
            match self.entries.get(parent) {
                Some(ImageEntry::Directory) => {}
                Some(ImageEntry::File(_) | ImageEntry::Link(_) | ImageEntry::Special) | None => {
                    self.entries
                        .insert(parent.to_owned(), ImageEntry::Directory);
                }
            }
        }
        if entry != ImageEntry::Directory {
            self.remove_below(&path);
        }
        self.entries.insert(path, entry);
    }

    fn remove_below(&mut self, directory: &str) {
        let start = if directory.is_empty() {
            String::new()
        } else {
            format!("{directory}/")
        };
        let below: Vec<String> = self
            .entries
            .range(start.clone()..)
            .take_while(|(path, _)| path.starts_with(&start))
            .map(|(path, _)| path.clone())
            .collect();
        for path in below {
            self.entries.remove(&path);
        }
    }
}

/// The parts of a path, the last first.
fn parts_reversed(path: &str) -> Vec<String> {
    path.split('/')
        .rev()
        .filter(|part| !part.is_empty() && *part != ".")
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests;
