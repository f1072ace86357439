//! The environments in an image, and a look at every file of one.
//!
//! Not looked at: the interpreter's patch version, compiled files' headers (layers are often written
//! with other times than the files had) and shared libraries.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use holdfast_model::{
    Contents, Deviation, DeviationKind, Digest, HashAlgorithm, Installed, InstalledPackage,
    Location, PackageId, StartUpCode, StartUpKind, UnreadableFile,
};

use super::{Image, ImageEntry, ImageFile};
use crate::examine::claimed;
use crate::files::{self, Judged};
use crate::marker::PythonVersions;
use crate::place::Place;
use crate::record::{self, Claim, Role};
use crate::root::Root;
use crate::seen::{MOST_NAMED, Seen};
use crate::stat::Stat;
use crate::stat_cache::StatCache;
use crate::unowned::{Bytecode, Ownership};
use crate::walk::{Entry, EntryKind, Walked};
use crate::{bytecode, forget_requests_nobody_recorded, interpreter, metadata, start_up};

type Records = Vec<Option<Result<Vec<Claim>, String>>>;

impl Image {
    /// The directories of Python environments with packages, without a leading slash, sorted.
    pub fn environments(&self) -> Vec<String> {
        let prefixes: BTreeSet<String> = self
            .entries()
            .filter_map(|(path, _)| {
                let (directory, name) = path.rsplit_once('/')?;
                name.ends_with(".dist-info").then_some(())?;
                Some(prefix_of(directory)?.to_owned())
            })
            .collect();
        prefixes.into_iter().collect()
    }

    /// What is installed in one of [`Image::environments`], down to every file.
    pub fn examine(&self, prefix: &str) -> Installed {
        let environment = Environment::new(self, prefix);
        let place = environment.place();
        let minor = interpreter::minor(&place);
        let versions = minor.as_deref().and_then(PythonVersions::new);
        let (mut packages, mut unreadable) = environment.packages(versions.as_ref());
        let records: Records = packages
            .iter()
            .map(|package| environment.record(&package.path))
            .collect();
        let claims: Vec<&[Claim]> = records
            .iter()
            .map(|record| match record {
                Some(Ok(claims)) => claims.as_slice(),
                Some(Err(_)) | None => &[],
            })
            .collect();
        let claimed = claimed(&claims);
        let judged = environment.judge_all(&claims, &claimed);
        let walked = environment.walked();
        let names: Vec<PackageId> = packages.iter().map(|it| it.package.clone()).collect();
        let seen = Seen {
            place: &place,
            directories: &environment.sites,
            walked: &walked,
            packages: &names,
            claims: &claims,
            claimed: &claimed,
            judged: &judged,
        };
        for (position, record) in records.iter().enumerate() {
            let contents = seen.package(position, record.as_ref());
            if let Some(package) = packages.get_mut(position) {
                package.contents = Some(contents);
            }
        }
        let contents = environment.contents(&seen, &packages);
        unreadable.extend(self.problems().iter().cloned());
        unreadable.sort();
        Installed {
            root: format!("/{prefix}"),
            python: minor,
            packages,
            unreadable,
            contents: Some(contents),
            native: None,
        }
    }
}

/// `opt/venv` of `opt/venv/lib/python3.11/site-packages`.
fn prefix_of(site_packages: &str) -> Option<&str> {
    let (python, name) = site_packages.rsplit_once('/')?;
    matches!(name, "site-packages" | "dist-packages").then_some(())?;
    let (library, name) = python.rsplit_once('/')?;
    (name.starts_with("python3") || name.starts_with("pypy3")).then_some(())?;
    let (prefix, name) = library.rsplit_once('/').unwrap_or(("", library));
    matches!(name, "lib" | "lib64").then_some(prefix)
}

/// Whether a file is a script that should be compared with what installers write. Programs have
/// other first bytes.
fn is_unseen_script(file: &ImageFile, claims: &[&Claim]) -> bool {
    file.head.starts_with(b"#!")
        && claims
            .iter()
            .any(|claim| matches!(claim.role, Role::Launcher(_) | Role::Script(_)))
}

fn joined(directory: &str, path: &str) -> String {
    if directory.is_empty() {
        path.to_owned()
    } else {
        format!("{directory}/{path}")
    }
}

/// What is known of a file's state: its size and the time of its content.
fn stat_of(file: &ImageFile) -> Stat {
    Stat {
        size: file.size,
        modified: file.modified.saturating_mul(1_000_000_000),
        ..Stat::default()
    }
}

struct Environment<'a> {
    image: &'a Image,
    prefix: &'a str,
    /// Directories of packages, relative to the environment.
    sites: Vec<String>,
    /// The directory of programs, as scripts write it.
    programs: PathBuf,
}

impl<'a> Environment<'a> {
    fn new(image: &'a Image, prefix: &'a str) -> Self {
        let start = joined(prefix, "");
        let sites = image
            .entries()
            .filter(|(path, entry)| {
                **entry == ImageEntry::Directory && prefix_of(path) == Some(prefix)
            })
            .filter_map(|(path, _)| path.strip_prefix(&start))
            .map(str::to_owned)
            .collect();
        Self {
            image,
            prefix,
            sites,
            programs: Path::new("/").join(prefix).join("bin"),
        }
    }

    fn place(&self) -> Place {
        let prefix = Path::new("/").join(self.prefix);
        Place {
            site_packages: self.sites.iter().map(|site| prefix.join(site)).collect(),
            root: prefix.clone(),
            prefix,
            system: Root::whole(),
        }
    }

    fn file(&self, path: &str) -> Option<&'a ImageFile> {
        self.image.file(&joined(self.prefix, path))
    }

    fn text(&self, path: &str) -> Result<String, String> {
        let file = self.file(path).ok_or("it is not there")?;
        let content = file
            .content
            .as_ref()
            .ok_or("it is too large, or what is kept of an image is full")?;
        Ok(String::from_utf8_lossy(content).into_owned())
    }

    /// What is directly in the directories of packages: its path, and its name.
    fn in_sites(&self) -> impl Iterator<Item = (String, &'a str, &'a ImageEntry)> {
        self.sites.iter().flat_map(move |site| {
            let start = joined(&joined(self.prefix, site), "");
            self.image
                .entries
                .range(start.clone()..)
                .take_while({
                    let start = start.clone();
                    move |(path, _)| path.starts_with(&start)
                })
                .filter_map(move |(path, entry)| {
                    let name = path.strip_prefix(&start)?;
                    (!name.contains('/')).then(|| (joined(site, name), name, entry))
                })
        })
    }

    fn packages(
        &self,
        python: Option<&PythonVersions>,
    ) -> (Vec<InstalledPackage>, Vec<UnreadableFile>) {
        let mut packages = Vec::new();
        let mut unreadable = Vec::new();
        for (path, name, _) in self.in_sites() {
            if name.starts_with('~') || !name.ends_with(".dist-info") {
                continue;
            }
            let text = |name: &str| self.text(&joined(&path, name));
            match metadata::dist_info(&path, text, python) {
                Ok(package) => packages.push(package),
                Err(reason) => unreadable.push(UnreadableFile {
                    location: Location::start_of(path),
                    reason,
                }),
            }
        }
        packages.sort();
        forget_requests_nobody_recorded(&mut packages);
        (packages, unreadable)
    }

    fn record(&self, metadata: &str) -> Option<Result<Vec<Claim>, String>> {
        let path = joined(metadata, "RECORD");
        self.file(&path)?;
        let site = metadata.rsplit_once('/').map_or("", |(site, _)| site);
        let points = self.text(&joined(metadata, "entry_points.txt"));
        let points = points.unwrap_or_default();
        Some(
            self.text(&path)
                .and_then(|text| record::parse(&text, &points, site)),
        )
    }

    fn judge_all<'c>(
        &self,
        claims: &[&[Claim]],
        claimed: &files::Claimed<'c>,
    ) -> BTreeMap<&'c str, Judged> {
        claimed
            .iter()
            .map(|(path, positions)| {
                let claims: Vec<&Claim> = positions
                    .iter()
                    .filter_map(|(package, claim)| claims.get(*package)?.get(*claim))
                    .collect();
                (*path, self.judge(path, &claims))
            })
            .collect()
    }

    fn judge(&self, path: &str, claims: &[&Claim]) -> Judged {
        let full = joined(self.prefix, path);
        let (directory, name) = full.rsplit_once('/').unwrap_or(("", &full));
        let entry = match self.image.get(directory) {
            Some((directory, _)) => self.image.entries.get(&joined(&directory, name)),
            None => None,
        };
        let deviation = match entry {
            None => files::missing(claims),
            Some(ImageEntry::File(file)) => return self.judge_file(path, file, claims),
            Some(ImageEntry::Link(_)) => Some(files::not_a_file("a symbolic link")),
            Some(ImageEntry::Directory | ImageEntry::Special) => {
                Some(files::not_a_file("no regular file"))
            }
        };
        Judged {
            deviation,
            ..Judged::default()
        }
    }

    fn judge_file(&self, path: &str, file: &ImageFile, claims: &[&Claim]) -> Judged {
        let mut judged = Judged {
            size: file.size,
            ..Judged::default()
        };
        let expected: Vec<&Digest> = claims
            .iter()
            .filter_map(|claim| claim.hash.as_ref())
            .collect();
        if expected.is_empty() {
            judged.deviation = files::without_hash(claims, path);
        } else if expected.contains(&&file.hash) {
            judged.hash = Some(file.hash.clone());
            match &file.content {
                Some(content) => files::inspect(content, claims, &self.programs, &mut judged),
                None if is_unseen_script(file, claims) => {
                    judged.deviation = Some(DeviationKind::Unreadable {
                        reason: "a script that is too large to be looked into".to_owned(),
                    });
                }
                None => {}
            }
        } else if expected
            .iter()
            .all(|digest| digest.algorithm() != HashAlgorithm::Sha256)
        {
            judged.deviation = Some(DeviationKind::Unreadable {
                reason: "in images, only SHA-256 is compared".to_owned(),
            });
        } else if bytecode::compiled(path).is_some() {
            // compiled again, as good as any compiled file
            judged.restored = expected.first().map(|digest| (*digest).clone());
        } else {
            judged.hash = Some(file.hash.clone());
            judged.deviation = Some(DeviationKind::Altered);
        }
        judged
    }

    /// All files in the directories of packages.
    fn walked(&self) -> Walked {
        let mut walked = Walked::default();
        for site in &self.sites {
            let start = joined(&joined(self.prefix, site), "");
            let below = self.image.entries.range(start.clone()..);
            for (path, entry) in below.take_while(|(path, _)| path.starts_with(&start)) {
                let (kind, stat) = match entry {
                    ImageEntry::Directory => continue,
                    ImageEntry::File(file) => (EntryKind::File, stat_of(file)),
                    ImageEntry::Link(_) => (EntryKind::Link, Stat::default()),
                    ImageEntry::Special => (EntryKind::Special, Stat::default()),
                };
                let rest = path.strip_prefix(&start).unwrap_or(path);
                walked.entries.push(Entry {
                    path: joined(site, rest),
                    kind,
                    stat,
                    links: 1,
                });
            }
        }
        walked
            .entries
            .sort_unstable_by(|left, right| left.path.cmp(&right.path));
        walked
    }

    fn contents(&self, seen: &Seen<'_>, packages: &[InstalledPackage]) -> Contents {
        let owners = seen.owners();
        let hashed: BTreeSet<&str> = seen
            .judged
            .iter()
            .filter(|(_, judged)| judged.hash.is_some())
            .map(|(path, _)| *path)
            .collect();
        let unlisted: Vec<String> = packages
            .iter()
            .zip(seen.claims)
            .filter(|(_, claims)| claims.is_empty())
            .map(|(package, _)| package.path.clone())
            .collect();
        let cache = StatCache::open(None, Path::new("/"), 0);
        let ownership = Ownership {
            prefix: Path::new("/"),
            walked_directories: &self.sites,
            walked: seen.walked,
            cache: &cache,
            owners: &owners,
            hashed: &hashed,
            unlisted: &unlisted,
        };
        let mut deviations = seen.deviations(&owners);
        deviations.extend(
            ownership
                .unclaimed()
                .into_iter()
                .filter(|it| !self.is_known(it)),
        );
        let bytecode = self.bytecode(seen, &owners, &hashed);
        deviations.extend(bytecode.deviations);
        deviations.sort();
        let more = deviations.len().saturating_sub(MOST_NAMED);
        deviations.truncate(MOST_NAMED);
        Contents {
            files: hashed.len() as u64,
            bytes: seen
                .judged
                .values()
                .filter(|judged| judged.hash.is_some())
                .map(|judged| judged.size)
                .sum(),
            bytecode: bytecode.count,
            deviations,
            more_deviations: more as u64,
            start_up: self.start_up(seen, &owners),
            ..Contents::default()
        }
    }

    /// Compares compiled files with their sources.
    fn bytecode(
        &self,
        seen: &Seen<'_>,
        owners: &BTreeMap<&str, PackageId>,
        hashed: &BTreeSet<&str>,
    ) -> Bytecode {
        let mut bytecode = Bytecode::default();
        for entry in &seen.walked.entries {
            if hashed.contains(entry.path.as_str()) {
                continue;
            }
            let Some(compiled) = bytecode::compiled(&entry.path) else {
                continue;
            };
            let files = (self.file(&entry.path), self.file(&compiled.source));
            let (Some(owner), (Some(file), Some(source))) =
                (owners.get(compiled.source.as_str()), files)
            else {
                continue;
            };
            bytecode.count += 1;
            // a header that names the hash of its source would need the source, which is not kept
            let names_hash = file.head.get(4).is_some_and(|flags| flags & 1 == 1);
            if names_hash {
                continue;
            }
            let nothing = || Ok(Vec::new());
            if let Some(reason) =
                bytecode::mismatch(&file.head, compiled.tag, &stat_of(source), nothing)
            {
                bytecode.deviations.push(Deviation {
                    path: entry.path.clone(),
                    owner: Some(owner.clone()),
                    kind: DeviationKind::ForeignBytecode { reason },
                });
            }
        }
        bytecode
    }

    fn is_known(&self, deviation: &Deviation) -> bool {
        let name = deviation.path.rsplit('/').next().unwrap_or_default();
        start_up::is_known_file(name, || self.file(&deviation.path)?.content.clone())
    }

    fn start_up(&self, seen: &Seen<'_>, owners: &BTreeMap<&str, PackageId>) -> Vec<StartUpCode> {
        let mut code = Vec::new();
        for (path, name, _) in self.in_sites() {
            if start_up::is_customisation(name) {
                code.push(StartUpCode {
                    owner: seen.intact_owner(&path, owners),
                    path,
                    kind: StartUpKind::Customisation,
                });
            } else if Path::new(name).extension().is_some_and(|it| it == "pth") {
                let text = self.text(&path).unwrap_or_default();
                for (number, line) in start_up::parse(&text).code {
                    if !start_up::is_known(name, &line) {
                        code.push(StartUpCode {
                            owner: seen.intact_owner(&path, owners),
                            ..start_up::code_of(&path, number, &line)
                        });
                    }
                }
            }
        }
        code.sort();
        code
    }
}
