//! Images made here: layouts, archives, layers of every compression.

use std::io::Write as _;
use std::path::Path;

use serde_json::json;

use crate::image::{Entry, File, Image};
use crate::read;

/// A layer in the making.
pub(super) struct Layer(pub(super) tar::Builder<Vec<u8>>);

impl Layer {
    pub(super) fn new() -> Self {
        Self(tar::Builder::new(Vec::new()))
    }

    pub(super) fn entry(
        mut self,
        path: &str,
        kind: tar::EntryType,
        target: &str,
        content: &[u8],
    ) -> Self {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(0o644);
        header.set_size(content.len() as u64);
        // as it is: the library would refuse to write names that lead out
        let name = &mut header.as_gnu_mut().unwrap().name;
        name[..path.len()].copy_from_slice(path.as_bytes());
        if !target.is_empty() {
            header.set_link_name_literal(target).unwrap();
        }
        header.set_cksum();
        self.0.append(&header, content).unwrap();
        self
    }

    pub(super) fn file(self, path: &str, content: &str) -> Self {
        self.entry(path, tar::EntryType::Regular, "", content.as_bytes())
    }

    pub(super) fn link(self, path: &str, target: &str) -> Self {
        self.entry(path, tar::EntryType::Symlink, target, b"")
    }

    pub(super) fn bytes(self) -> Vec<u8> {
        self.0.into_inner().unwrap()
    }
}

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn zstandard(bytes: &[u8]) -> Vec<u8> {
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};
    let (one, two) = bytes.split_at(bytes.len() / 2);
    let mut frames = compress_to_vec(one, CompressionLevel::Fastest);
    frames.extend(compress_to_vec(two, CompressionLevel::Fastest));
    frames
}

pub(super) fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", read::sha256(bytes).hex())
}

/// The parts of an OCI layout with these layers.
pub(super) fn oci(layers: &[Vec<u8>]) -> Vec<(String, Vec<u8>)> {
    let mut parts: Vec<(String, Vec<u8>)> = Vec::new();
    let mut blob = |bytes: Vec<u8>| {
        let digest = digest(&bytes);
        let size = bytes.len();
        parts.push((format!("blobs/{}", digest.replace(':', "/")), bytes));
        json!({"digest": digest, "size": size, "mediaType": "application/vnd.oci.image.layer.v1.tar"})
    };
    let layers: Vec<_> = layers.iter().map(|layer| blob(layer.clone())).collect();
    let manifest = blob(
        json!({"schemaVersion": 2, "layers": layers})
            .to_string()
            .into_bytes(),
    );
    let index = json!({"schemaVersion": 2, "manifests": [manifest]});
    parts.push(("index.json".to_owned(), index.to_string().into_bytes()));
    parts
}

/// The parts of what `docker save` wrote before it wrote OCI layouts.
pub(super) fn saved(layers: &[Vec<u8>]) -> Vec<(String, Vec<u8>)> {
    let names: Vec<String> = (0..layers.len())
        .map(|it| format!("{it}/layer.tar"))
        .collect();
    let manifest = json!([{"Config": "x.json", "RepoTags": ["x:1"], "Layers": names}]);
    let mut parts = vec![(
        "manifest.json".to_owned(),
        manifest.to_string().into_bytes(),
    )];
    parts.extend(names.into_iter().zip(layers.iter().cloned()));
    parts
}

pub(super) struct Stored {
    pub(super) folder: tempfile::TempDir,
}

impl Stored {
    pub(super) fn directory(parts: &[(String, Vec<u8>)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (path, content) in parts {
            let path = folder.path().join("image").join(path);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, content).unwrap();
        }
        Self { folder }
    }

    pub(super) fn archive(parts: &[(String, Vec<u8>)]) -> Self {
        let archive = parts.iter().fold(Layer::new(), |archive, (path, content)| {
            archive.entry(path, tar::EntryType::Regular, "", content)
        });
        let folder = tempfile::tempdir().unwrap();
        fs_err::write(folder.path().join("image"), archive.bytes()).unwrap();
        Self { folder }
    }

    pub(super) fn open(&self) -> Result<Image, String> {
        Image::open(&self.folder.path().join("image")).map_err(|error| error.to_string())
    }
}

pub(super) fn opened(layers: &[Vec<u8>]) -> Result<Image, String> {
    Stored::directory(&oci(layers)).open()
}

pub(super) fn paths(image: &Image) -> Vec<&str> {
    image.tree.entries().map(|(path, _)| path).collect()
}

/// What a path leads to, with its real path.
pub(super) fn get<'i>(image: &'i Image, path: &str) -> Option<(String, &'i Entry)> {
    let real = image.root().resolve(Path::new(path)).ok()?;
    let written = real.display().to_string().trim_matches('/').to_owned();
    Some((written, image.tree.entry(&real)?))
}

/// The file that a path leads to.
pub(super) fn file<'i>(image: &'i Image, path: &str) -> Option<&'i File> {
    match get(image, path)?.1 {
        Entry::File(file) => Some(file),
        Entry::Directory | Entry::Link(_) | Entry::Special => None,
    }
}
