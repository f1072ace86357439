//! Which layers an image has, from its manifests.
//!
//! Formats: OCI Image Layout and Image Manifest 1.1, Docker's manifest version 2, schema 2, and the
//! `manifest.json` of `docker save`.

use holdfast_model::{Digest, HashAlgorithm};
use serde::Deserialize;

use super::ImageError;
use super::store::{Blob, Store};

/// How deep indexes hold others.
const DEEPEST: usize = 4;
/// More layers than any engine runs.
const MOST_LAYERS: usize = 1000;

#[derive(Debug, Deserialize)]
struct Index {
    #[serde(default)]
    manifests: Vec<Descriptor>,
}

#[derive(Debug, Deserialize)]
struct Manifest {
    #[serde(default)]
    layers: Vec<Descriptor>,
    #[serde(default)]
    manifests: Vec<Descriptor>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    digest: String,
    #[serde(default)]
    media_type: String,
    #[serde(default)]
    platform: Option<Platform>,
}

#[derive(Debug, Clone, Deserialize)]
struct Platform {
    #[serde(default)]
    architecture: String,
    #[serde(default)]
    os: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Saved {
    layers: Vec<String>,
}

/// The layers, the lowest first.
pub(super) fn layers(store: &Store) -> Result<Vec<Blob>, ImageError> {
    let layers = if store.has("index.json") {
        oci_layers(store)?
    } else if store.has("manifest.json") {
        saved_layers(store)?
    } else {
        return Err(ImageError::NotAnImage {
            path: store.path().to_owned(),
            reason: "it has neither `index.json` nor `manifest.json`; give an OCI layout or what `docker save` writes"
                .to_owned(),
        });
    };
    if layers.len() > MOST_LAYERS {
        return Err(ImageError::NotAnImage {
            path: store.path().to_owned(),
            reason: "it has too many layers".to_owned(),
        });
    }
    Ok(layers)
}

fn oci_layers(store: &Store) -> Result<Vec<Blob>, ImageError> {
    let blob = Blob {
        name: "index.json".to_owned(),
        digest: None,
    };
    let index: Index = document(store, &blob)?;
    let mut manifests = index.manifests;
    for _ in 0..DEEPEST {
        let chosen = choose(store, &manifests)?;
        let blob = self::blob(&chosen)?;
        let manifest: Manifest = document(store, &blob)?;
        if manifest.manifests.is_empty() {
            return manifest.layers.iter().map(self::blob).collect();
        }
        manifests = manifest.manifests;
    }
    Err(ImageError::NotAnImage {
        path: store.path().to_owned(),
        reason: "its indexes hold indexes without an end".to_owned(),
    })
}

/// The manifest to read: the only one, else the one for Linux on this kind of processor.
fn choose(store: &Store, manifests: &[Descriptor]) -> Result<Descriptor, ImageError> {
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    // attestations of a builder stand beside the images that they are about
    let images: Vec<&Descriptor> = manifests
        .iter()
        .filter(|manifest| {
            manifest
                .platform
                .as_ref()
                .is_none_or(|platform| platform.os != "unknown")
        })
        .collect();
    let fitting = images.iter().copied().find(|manifest| {
        manifest
            .platform
            .as_ref()
            .is_some_and(|platform| platform.os == "linux" && platform.architecture == architecture)
    });
    let only = match images.as_slice() {
        [only] => Some(*only),
        _ => None,
    };
    only.or(fitting)
        .cloned()
        .ok_or_else(|| ImageError::NotAnImage {
            path: store.path().to_owned(),
            reason: format!(
                "it holds {} images, and none of them is the only one for linux/{architecture}",
                images.len()
            ),
        })
}

fn saved_layers(store: &Store) -> Result<Vec<Blob>, ImageError> {
    let blob = Blob {
        name: "manifest.json".to_owned(),
        digest: None,
    };
    let saved: Vec<Saved> = document(store, &blob)?;
    let [image] = saved.as_slice() else {
        return Err(ImageError::NotAnImage {
            path: store.path().to_owned(),
            reason: format!("it holds {} images: save one alone", saved.len()),
        });
    };
    image
        .layers
        .iter()
        .map(|name| {
            let is_inside = !name.starts_with('/') && !name.split('/').any(|part| part == "..");
            if is_inside {
                Ok(Blob {
                    name: name.clone(),
                    digest: None,
                })
            } else {
                Err(damaged(name, "a name that leads out of the image"))
            }
        })
        .collect()
}

fn blob(descriptor: &Descriptor) -> Result<Blob, ImageError> {
    let wrong = || damaged(&descriptor.digest, "no SHA-256 digest");
    if descriptor.media_type.contains("foreign") || descriptor.media_type.contains("encrypted") {
        return Err(damaged(
            &descriptor.digest,
            "the layer is elsewhere or encrypted",
        ));
    }
    let hex = descriptor
        .digest
        .strip_prefix("sha256:")
        .ok_or_else(wrong)?;
    let digest = Digest::new(HashAlgorithm::Sha256, hex).map_err(|_error| wrong())?;
    Ok(Blob {
        name: format!("blobs/sha256/{}", digest.hex()),
        digest: Some(digest),
    })
}

fn document<T: for<'de> Deserialize<'de>>(store: &Store, blob: &Blob) -> Result<T, ImageError> {
    let bytes = store.document(blob)?;
    serde_json::from_slice(&bytes).map_err(|error| damaged(&blob.name, &error.to_string()))
}

fn damaged(part: &str, reason: &str) -> ImageError {
    ImageError::Damaged {
        part: part.to_owned(),
        reason: reason.to_owned(),
    }
}
