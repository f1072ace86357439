//! The advisory data on this machine, with the project's own records beside it.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use holdfast_knowledge::{Advisories, AdvisoryStore, ImportReport, import, read_records};
use holdfast_project::{AdvisorySource, Project, Written};
use holdfast_sources::{Known, Refreshed, refresh_feed};
use jiff::{SignedDuration, Timestamp};

use crate::environment::Environment;
use crate::network::Door;
use crate::output::{Output, plain};
use crate::project;

/// The OSV export of PyPI, as a zip of JSON records.
pub(crate) const DEFAULT_FEED: &str =
    "https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip";

/// Data that is older than this is refreshed.
const OLD: SignedDuration = SignedDuration::from_hours(24);

/// After a feed did not answer, it is left alone for this long.
const PATIENCE: SignedDuration = SignedDuration::from_mins(30);

/// Whether old data is refreshed first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refresh {
    /// Never: no network.
    Never,
    /// When it is older than a day.
    WhenOld,
}

/// The file of the store.
pub(crate) fn store(environment: &Environment) -> PathBuf {
    environment.cache().join("advisories").join("store")
}

/// The data, refreshed if need be, with the records that the project names.
pub(crate) fn load(
    project: Option<&Project>,
    refresh: Refresh,
    door: &Door,
    environment: &Environment,
    output: &Output,
) -> Result<Advisories> {
    let file = store(environment);
    let mut store = open(&file)?;
    if refresh == Refresh::WhenOld && is_old(store.as_ref(), environment.now) {
        let attempt = Attempt::read(environment);
        if !attempt.was_just_now(environment.now) {
            match update(&feed(project), &door.impatient(), environment) {
                Ok(_) => store = open(&file)?,
                Err(error) => {
                    attempt.remember(environment.now);
                    output.note(&format!(
                        "the advisory feed does not answer, going on with {} ({})",
                        match (
                            &store,
                            project.map_or(0, |project| project_sources(project).len())
                        ) {
                            (Some(_), _) => "what is here",
                            (None, 0) => "no advisories",
                            (None, _) => "the project's own records alone",
                        },
                        plain(&error.root_cause().to_string()),
                    ));
                }
            }
        }
    }
    let mut advisories = Advisories::new(store);
    for source in project.into_iter().flat_map(project_sources) {
        let place = match &source.value {
            AdvisorySource::Path(path) => project.map(|project| project.root.join(path)),
            AdvisorySource::Address(address) => {
                let further = Further {
                    address,
                    refresh,
                    door,
                    environment,
                };
                further.file(output)
            }
        };
        if let Some(place) = place {
            add(&mut advisories, &place, output).with_context(|| {
                format!(
                    "{}: cannot read the advisories that it names",
                    source.location
                )
            })?;
        }
    }
    Ok(advisories)
}

fn open(file: &Path) -> Result<Option<AdvisoryStore>> {
    Ok(AdvisoryStore::open(file)?)
}

fn is_old(store: Option<&AdvisoryStore>, now: Timestamp) -> bool {
    store.is_none_or(|store| now.duration_since(store.data().fetched) > OLD)
}

fn project_sources(project: &Project) -> Vec<&Written<AdvisorySource>> {
    project
        .config
        .iter()
        .flat_map(|config| &config.knowledge.advisories)
        .collect()
}

fn add(advisories: &mut Advisories, place: &Path, output: &Output) -> Result<()> {
    let (records, skipped) = read_records(place)?;
    for skipped in skipped {
        output.note(&format!(
            "{}: not read: {}",
            place.join(&skipped.file).display(),
            skipped.reason
        ));
    }
    advisories.add_records(records);
    Ok(())
}

/// Records at an address that a project names besides the feed, kept in the cache.
struct Further<'a> {
    address: &'a str,
    refresh: Refresh,
    door: &'a Door,
    environment: &'a Environment,
}

impl Further<'_> {
    /// The file that is at hand, fetched anew where that may be done; none where there is none yet.
    fn file(&self, output: &Output) -> Option<PathBuf> {
        let name = self.address.rsplit('/').next().unwrap_or_default();
        let key = project::key(Path::new(self.address));
        let file = store(self.environment).with_file_name(format!("{key}-{name}"));
        if self.refresh == Refresh::WhenOld
            && let Err(error) = self.fetch(&file)
        {
            output.note(&format!(
                "{} does not answer ({})",
                self.address,
                plain(&error.root_cause().to_string())
            ));
        }
        if file.is_file() {
            return Some(file);
        }
        output.note(&format!(
            "the advisories at {} are not known here",
            self.address
        ));
        None
    }

    fn fetch(&self, file: &Path) -> Result<()> {
        let door = self.door.impatient();
        let known = if file.is_file() {
            Known::InUse
        } else {
            Known::Lost
        };
        if let Refreshed::File(feed) = refresh_feed(door.http(), door.cache(), self.address, known)?
        {
            if let Some(directory) = file.parent() {
                fs_err::create_dir_all(directory)?;
            }
            fs_err::copy(feed.path(), file)?;
            feed.taken_over(door.cache(), self.environment.now)?;
        }
        Ok(())
    }
}

/// The address of the feed: as configured, else the default.
pub(crate) fn feed(project: Option<&Project>) -> String {
    project
        .and_then(|project| project.config.as_ref())
        .and_then(|config| config.knowledge.feed.clone())
        .unwrap_or_else(|| DEFAULT_FEED.to_owned())
}

/// Fetches the feed, if it is new, and imports it.
pub(crate) fn update(
    url: &str,
    door: &Door,
    environment: &Environment,
) -> Result<Option<ImportReport>> {
    let file = store(environment);
    let known = if file.is_file() {
        Known::InUse
    } else {
        Known::Lost
    };
    match refresh_feed(door.http(), door.cache(), url, known)? {
        Refreshed::NotModified => {
            if let Some(mut store) = open(&file)? {
                store.mark_fetched(environment.now)?;
            }
            Ok(None)
        }
        Refreshed::File(feed) => {
            let report = import(feed.path(), &file, environment.now)
                .with_context(|| format!("what `{url}` answers is no export of OSV records"))?;
            feed.taken_over(door.cache(), environment.now)?;
            Ok(Some(report))
        }
    }
}

/// When the feed did not answer last.
struct Attempt {
    file: PathBuf,
    last: Option<Timestamp>,
}

impl Attempt {
    fn read(environment: &Environment) -> Self {
        let file = environment.cache().join("advisories").join("no-answer");
        let last = fs_err::read_to_string(&file)
            .ok()
            .and_then(|text| text.trim().parse().ok());
        Self { file, last }
    }

    fn was_just_now(&self, now: Timestamp) -> bool {
        self.last.is_some_and(|last| {
            let ago = now.duration_since(last);
            !ago.is_negative() && ago < PATIENCE
        })
    }

    /// Costs nothing but a question more, if it cannot be written.
    fn remember(&self, now: Timestamp) {
        if let Some(directory) = self.file.parent() {
            let _ = fs_err::create_dir_all(directory);
        }
        let _ = fs_err::write(&self.file, now.to_string());
    }
}
