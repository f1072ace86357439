//! What readers of manifests have in common: where they are, and how a table names a source.

use holdfast_model::{
    Declared, DeclaredFile, PackageId, Purpose, Requirement, RequirementSource, VersionRange,
};

use crate::document::Node;
use crate::pep508::{Marker, Specification, SyntaxError, address, normalise_name};
use crate::requirements::{Kind, Reader};
use crate::{Files, Format, ReadError, reading, strip_credentials};

/// The file that is read, and the files around it.
pub(crate) struct Context<'c> {
    pub(crate) files: &'c dyn Files,
    pub(crate) path: &'c str,
}

impl Context<'_> {
    /// A path as written in the file, relative to the directory that is checked; as written where
    /// that leaves it.
    pub(crate) fn resolve(&self, path: &str) -> String {
        match crate::join(self.path, path) {
            Some(inside) if inside.is_empty() => ".".to_owned(),
            Some(inside) => inside,
            None => path.to_owned(),
        }
    }

    /// Declarations that begin with this file.
    pub(crate) fn declared(&self, format: Format) -> Declared {
        Declared {
            files: vec![DeclaredFile {
                path: self.path.to_owned(),
                format: format.name().to_owned(),
            }],
            ..Declared::default()
        }
    }

    /// What a requirements file declares that a string names; relative to this file.
    pub(crate) fn requirements_file(&self, node: &Node<'_>) -> Result<Declared, ReadError> {
        let named = node.string()?;
        let path = crate::join(self.path, named).ok_or_else(|| {
            reading::unavailable(node.location(), named, &crate::FilesError::LeavesProject)
        })?;
        let bytes = self
            .files
            .read(&path)
            .map_err(|error| reading::unavailable(node.location(), &path, &error))?;
        let mut reader = Reader::new(self.files);
        reader.read_file(&path, Kind::Requirements, &crate::decode(&bytes, &path)?)?;
        Ok(reader.declared)
    }

    /// Where a table says that a package comes from; nothing where it does not.
    pub(crate) fn source(&self, table: &Node<'_>) -> Result<Option<RequirementSource>, ReadError> {
        let first = |keys: &[&str]| {
            keys.iter()
                .find_map(|key| table.optional_string(key).transpose())
                .transpose()
        };
        let subdirectory = first(&["subdirectory"])?
            .map(|path| format!("#subdirectory={path}"))
            .unwrap_or_default();
        if let Some(url) = first(&["git"])? {
            let revision = first(&["rev", "tag", "branch", "ref"])?;
            return Ok(Some(RequirementSource::Vcs {
                system: "git".to_owned(),
                url: strip_credentials(url) + &subdirectory,
                revision: revision.map(str::to_owned),
            }));
        }
        if let Some(url) = first(&["url"])? {
            let read = address(&format!("{url}{subdirectory}"));
            let plain = RequirementSource::Url(strip_credentials(url));
            return Ok(Some(read.map_or(plain, |it| it.source)));
        }
        if let Some(path) = first(&["path", "file"])? {
            if path.contains("://") {
                return Ok(Some(RequirementSource::Url(strip_credentials(path))));
            }
            let is = |key: &str| table.get(key).is_some_and(|it| it.is_true());
            return Ok(Some(RequirementSource::Path {
                path: self.resolve(path),
                editable: is("editable") || is("develop"),
            }));
        }
        let index = first(&["index", "source"])?;
        Ok(index.map(|index| RequirementSource::Registry {
            index: Some(index.to_owned()),
        }))
    }
}

/// The error of a text inside a value.
pub(crate) fn inside(node: &Node<'_>, error: SyntaxError) -> ReadError {
    ReadError {
        location: node.location_inside(error.offset),
        message: format!("`{}`: {}", node.name(), error.message),
        fix: error.fix,
    }
}

/// A string of PEP 508 as a requirement.
pub(crate) fn requirement(node: &Node<'_>, purpose: Purpose) -> Result<Requirement, ReadError> {
    let text = node.string()?;
    let specification = Specification::parse(text).map_err(|error| inside(node, error))?;
    Ok(specification.into_requirement(text, purpose, node.location()))
}

/// The marker that a value is.
pub(crate) fn marker(node: &Node<'_>) -> Result<Marker, ReadError> {
    Marker::parse(node.string()?).map_err(|error| inside(node, error))
}

/// The extras that a list names, normalised and sorted.
pub(crate) fn extras(table: &Node<'_>) -> Result<Vec<String>, ReadError> {
    let mut extras = table
        .optional_items("extras")?
        .iter()
        .map(|extra| extra.string().map(normalise_name))
        .collect::<Result<Vec<_>, _>>()?;
    extras.sort();
    extras.dedup();
    Ok(extras)
}

/// A requirement from a key and what is said of it, as tables of other tools have it.
pub(crate) struct Keyed<'k> {
    pub(crate) package: PackageId,
    /// The key as written.
    pub(crate) name: &'k str,
    pub(crate) range: VersionRange,
    /// The version as written.
    pub(crate) version: &'k str,
    pub(crate) extras: Vec<String>,
    pub(crate) marker: Option<Marker>,
    pub(crate) source: Option<RequirementSource>,
}

impl Keyed<'_> {
    /// With its place and purpose.
    pub(crate) fn into_requirement(self, purpose: Purpose, node: &Node<'_>) -> Requirement {
        let bracketed = if self.extras.is_empty() {
            String::new()
        } else {
            format!("[{}]", self.extras.join(","))
        };
        let text = format!("{}{bracketed} {}", self.name, self.version);
        let registry = RequirementSource::Registry { index: None };
        Requirement {
            package: self.package,
            text: crate::pep508::shown(&text),
            range: self.range,
            extras: self.extras,
            marker: self.marker.map(|marker| marker.to_string()),
            source: self.source.unwrap_or(registry),
            hashes: Vec::new(),
            purpose,
            via: Vec::new(),
            location: node.location(),
        }
    }
}
