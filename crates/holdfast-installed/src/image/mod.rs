//! The file system of a container image, from its layers: no engine, and nothing unpacked.
//!
//! Read are OCI layouts, as directories and as archives, and what `docker save` writes. Each layer is
//! streamed once: every file is hashed, what few files say is kept, and what libraries and programs
//! say is taken out of them. The rest of the crate looks at that as at a disk (`root`). Total on any
//! bytes: names that lead out, devices and links are entries like any other, sizes are counted
//! against limits, and what is cut off is an error.

mod archive;
mod layer;
mod manifest;
mod sample;
mod store;
mod tree;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use holdfast_model::{CapturedSystem, Installed};

use crate::examine::{self, Examination, examine_place};
use crate::native::NativeExamination;
use crate::place::Place;
use crate::root::Root;
use crate::{InstalledError, environments, system};
pub(crate) use tree::{Entry, File, Tree};

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
#[derive(Debug)]
pub struct Image {
    tree: Arc<Tree>,
    layers: usize,
}

impl Image {
    /// Reads an image: a directory with an OCI layout, or an archive of one, or of `docker save`,
    /// compressed or not.
    pub fn open(path: &Path) -> Result<Self, ImageError> {
        let mut room = layer::MOST_KEPT;
        let store = store::Store::open(path, &mut room)?;
        let layers = manifest::layers(&store)?;
        let mut tree = Tree::default();
        for blob in &layers {
            tree.apply(store.layer(blob, &mut room)?);
        }
        tree.problems.sort();
        Ok(Self {
            tree: Arc::new(tree),
            layers: layers.len(),
        })
    }

    /// How many layers it has.
    pub fn layers(&self) -> usize {
        self.layers
    }

    /// The directories of Python environments with packages, without a leading slash, sorted.
    pub fn environments(&self) -> Vec<String> {
        let found = environments::on(&self.root());
        let inside = |path: &PathBuf| path.display().to_string().trim_matches('/').to_owned();
        found.iter().map(inside).collect()
    }

    /// What is installed in one of [`Image::environments`], down to every file.
    pub fn examine(&self, environment: &str) -> Result<Installed, InstalledError> {
        let place = self.place(environment)?;
        let examination = Examination {
            native: Some(NativeExamination {
                library_path: Vec::new(),
                accelerators: None,
            }),
            ..Examination::default()
        };
        let mut installed = examine_place(&place, &examination)?;
        let problems = self.tree.problems.iter().cloned();
        installed.unreadable.extend(problems);
        installed.unreadable.sort();
        Ok(installed)
    }

    /// As [`crate::record_differences`], of a package in one of [`Image::environments`].
    pub fn record_differences(
        &self,
        environment: &str,
        metadata: &str,
        wheel: &str,
    ) -> Option<Vec<String>> {
        examine::differences(&self.place(environment).ok()?, metadata, wheel)
    }

    /// What is told of its operating system.
    pub fn system(&self) -> CapturedSystem {
        system::on(&self.root())
    }

    fn place(&self, environment: &str) -> Result<Place, InstalledError> {
        let path = Path::new("/").join(environment);
        Ok(Place::find_on(self.root(), &path)?.whole())
    }

    fn root(&self) -> Root {
        Root::of_image(Arc::clone(&self.tree))
    }
}

#[cfg(test)]
mod tests;
