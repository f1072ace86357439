//! Where a package comes from, and its files.

use holdfast_model::{
    Digest, DigestError, HashAlgorithm, LockSource, LockedFile, PackageId, WheelFilename,
};
use pep440_rs::Version;

use crate::document::Table;
use crate::error::WRITE_AGAIN;
use crate::{LockError, address, credentials};

/// What an entry says of source and files.
pub(super) struct Contents {
    pub(super) source: LockSource,
    pub(super) files: Vec<LockedFile>,
}

/// Reads the source of a package of another ecosystem, whose files have names of their own and may
/// lack hashes.
pub(super) fn read_other(table: &Table<'_>) -> Result<Contents, LockError> {
    if let Some(vcs) = table.table("vcs", "tool.holdfast.packages.vcs")? {
        return repository(&vcs);
    }
    if let Some(directory) = table.table("directory", "tool.holdfast.packages.directory")? {
        return tree(&directory);
    }
    if let Some(archive) = table.table("archive", "tool.holdfast.packages.archive")? {
        return archived(&archive, Hashes::Optional);
    }
    let files = table.tables("files", "tool.holdfast.packages.files")?;
    Ok(Contents {
        source: registry(table)?,
        files: files
            .iter()
            .map(|entry| file(entry, Hashes::Optional))
            .collect::<Result<_, _>>()?,
    })
}

/// Whether a file must have a hash.
#[derive(Clone, Copy)]
enum Hashes {
    Required,
    Optional,
}

fn registry(table: &Table<'_>) -> Result<LockSource, LockError> {
    let index = table.text("index")?;
    Ok(LockSource::Registry {
        index: index.map(|index| credentials::strip(index.value).into_owned()),
    })
}

/// Reads the one source that the standard demands: `vcs`, `directory`, `archive`, or `sdist` and
/// `wheels` together.
pub(super) fn read(
    table: &Table<'_>,
    package: &PackageId,
    version: Option<&str>,
) -> Result<Contents, LockError> {
    let vcs = table.table("vcs", "packages.vcs")?;
    let directory = table.table("directory", "packages.directory")?;
    let archive = table.table("archive", "packages.archive")?;
    let sdist = table.table("sdist", "packages.sdist")?;
    let wheels = table.tables("wheels", "packages.wheels")?;
    let distributions = sdist.is_some() || !wheels.is_empty();
    let given = [
        ("vcs", vcs.is_some()),
        ("directory", directory.is_some()),
        ("archive", archive.is_some()),
        (
            if sdist.is_some() { "sdist" } else { "wheels" },
            distributions,
        ),
    ];
    let mut given = given.iter().filter(|(_, is_given)| *is_given);
    let first = given.next().map(|(key, _)| *key);
    if let (Some(first), Some((second, _))) = (first, given.next()) {
        let message = format!("`{package}` has two sources, `{first}` and `{second}`");
        return Err(table.source().error(table.start_of(second), message));
    }
    match (vcs, directory, archive) {
        (Some(vcs), _, _) => repository(&vcs),
        (_, Some(directory), _) => tree(&directory),
        (_, _, Some(archive)) => archived(&archive, Hashes::Required),
        (None, None, None) if distributions => {
            let named = Named { package, version };
            let mut files = wheels
                .iter()
                .map(|wheel| named.wheel(wheel))
                .collect::<Result<Vec<_>, _>>()?;
            if let Some(sdist) = sdist {
                files.push(named.sdist(&sdist)?);
            }
            Ok(Contents {
                source: registry(table)?,
                files,
            })
        }
        (None, None, None) => Err(LockError {
            location: table.source().location(table.start_of("name")),
            message: format!("`{package}` has no source, so it cannot be installed"),
            fix: Some(format!(
                "a lock has `wheels`, `sdist`, `archive`, `vcs` or `directory` for each package; {WRITE_AGAIN}"
            )),
        }),
    }
}

fn repository(table: &Table<'_>) -> Result<Contents, LockError> {
    let system = table.required_text("type")?.value.to_owned();
    let Some(url) = location(table)? else {
        return Err(table.missing("url"));
    };
    let subdirectory = table.text("subdirectory")?.map(|text| text.value);
    Ok(Contents {
        source: LockSource::Vcs {
            system,
            url: address::with_subdirectory(url, subdirectory),
            commit: Some(table.required_text("commit-id")?.value.to_owned()),
        },
        files: Vec::new(),
    })
}

fn tree(table: &Table<'_>) -> Result<Contents, LockError> {
    let path = table.required_text("path")?.value;
    let subdirectory = table.text("subdirectory")?.map(|text| text.value);
    Ok(Contents {
        source: LockSource::Directory {
            path: match subdirectory {
                None => path.to_owned(),
                Some(below) => format!("{}/{below}", path.trim_end_matches('/')),
            },
            editable: table.boolean("editable")?.unwrap_or(false),
        },
        files: Vec::new(),
    })
}

fn archived(table: &Table<'_>, needed: Hashes) -> Result<Contents, LockError> {
    let file = file(table, needed)?;
    let Some(url) = file.url.clone() else {
        return Err(table.missing("url"));
    };
    let subdirectory = table.text("subdirectory")?.map(|text| text.value);
    Ok(Contents {
        source: LockSource::Archive {
            url: address::with_subdirectory(url, subdirectory),
        },
        files: vec![file],
    })
}

/// The formats of source archives, today's first.
const SDIST_EXTENSIONS: [&str; 6] = [".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz", ".tar.Z"];

/// What the names of files must agree with.
struct Named<'a> {
    package: &'a PackageId,
    version: Option<&'a str>,
}

impl Named<'_> {
    /// Reads a wheel. Its name decides where it is installed and as what, so it must be that of the
    /// package.
    fn wheel(&self, table: &Table<'_>) -> Result<LockedFile, LockError> {
        let file = file(table, Hashes::Required)?;
        let name: WheelFilename = file
            .name
            .parse()
            .map_err(|error| table.source().error(name_start(table), format!("{error}")))?;
        let agrees = PackageId::pypi(&name.name) == *self.package
            && self
                .version
                .is_none_or(|version| is_same(version, &name.version));
        if agrees {
            Ok(file)
        } else {
            Err(self.foreign(table, &file.name))
        }
    }

    /// Reads a source archive. Names and versions may both have dashes in old names, so that any
    /// dash may be the one between them.
    fn sdist(&self, table: &Table<'_>) -> Result<LockedFile, LockError> {
        let file = file(table, Hashes::Required)?;
        let stem = SDIST_EXTENSIONS
            .iter()
            .find_map(|extension| file.name.strip_suffix(extension));
        let agrees = stem.is_some_and(|stem| {
            stem.match_indices('-').any(|(dash, _)| {
                let (name, version) = stem.split_at(dash);
                PackageId::pypi(name) == *self.package
                    && self
                        .version
                        .is_none_or(|own| is_same(own, version.trim_start_matches('-')))
            })
        });
        if agrees {
            Ok(file)
        } else {
            Err(self.foreign(table, &file.name))
        }
    }

    fn foreign(&self, table: &Table<'_>, file: &str) -> LockError {
        let version = self.version.unwrap_or("(any version)");
        let message = format!("`{file}` is no file of `{}` {version}", self.package);
        table.source().error(name_start(table), message)
    }
}

fn is_same(version: &str, other: &str) -> bool {
    version == other
        || matches!(
            (version.parse::<Version>(), other.parse::<Version>()),
            (Ok(version), Ok(other)) if version == other
        )
}

/// Where the name of a file is written.
fn name_start(table: &Table<'_>) -> usize {
    let key = ["name", "path", "url"]
        .into_iter()
        .find(|key| table.has(key));
    table.start_of(key.unwrap_or("name"))
}

/// Reads what files have in common. `url` and `path` may both be absent: PDM writes names and hashes
/// alone, and leaves the address to the index.
fn file(table: &Table<'_>, needed: Hashes) -> Result<LockedFile, LockError> {
    let url = location(table)?;
    let name = match (table.text("name")?, &url) {
        (Some(name), _) => name.value.to_owned(),
        (None, Some(url)) => address::file_name(url).into_owned(),
        (None, None) => return Err(table.missing("url")),
    };
    Ok(LockedFile {
        name,
        url,
        size: table.count("size")?,
        upload_time: table.timestamp("upload-time")?,
        hashes: hashes(table, needed)?,
        contents: None,
    })
}

/// The address of a file or repository: `url`, else `path`.
fn location(table: &Table<'_>) -> Result<Option<String>, LockError> {
    let url = table.text("url")?.filter(|url| !url.value.is_empty());
    let path = table.text("path")?.filter(|path| !path.value.is_empty());
    Ok(match (url, path) {
        (Some(url), _) => Some(address::from_url(url.value)),
        (None, Some(path)) => Some(address::from_path(path.value)),
        (None, None) => None,
    })
}

/// Reads the hashes, of which there must be one. Algorithms that Holdfast cannot check are passed
/// over, and said.
fn hashes(table: &Table<'_>, needed: Hashes) -> Result<Vec<Digest>, LockError> {
    let Some(hashes) = table.table("hashes", "hashes")? else {
        return match needed {
            Hashes::Required => Err(table.missing("hashes")),
            Hashes::Optional => Ok(Vec::new()),
        };
    };
    let mut digests = Vec::new();
    let mut is_empty = true;
    for key in hashes.keys() {
        is_empty = false;
        let hex = hashes.required_text(key.value)?;
        let digest = key
            .value
            .to_ascii_lowercase()
            .parse::<HashAlgorithm>()
            .and_then(|algorithm| Digest::new(algorithm, hex.value));
        match digest {
            Ok(digest) => digests.push(digest),
            Err(DigestError::UnknownAlgorithm(algorithm)) => table.source().warn(
                key.start,
                format!("hashes of the algorithm `{algorithm}` cannot be checked"),
            ),
            Err(error) => return Err(table.source().error(hex.start, error.to_string())),
        }
    }
    if is_empty {
        let message = format!("{} has no hash in it", table.name_of("hashes"));
        return Err(table.source().error(hashes.start(), message));
    }
    digests.sort();
    digests.dedup();
    Ok(digests)
}
