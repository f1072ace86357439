//! What conda-lock's hash proves: that the manifests ask for what they asked for when the lock was
//! made, or that one requirement was another then.
//!
//! Another hash proves nothing by itself: the lock may have been made for virtual packages that no
//! file here names. So the requirement that differs is searched for, and found where the hash comes
//! out with it as it was.

use std::collections::BTreeMap;

use holdfast_model::{Ecosystem, Location, Locked, Staleness};

use super::super::python_json::Layout;
use super::content_hash::{Channel, Reach, Surroundings, matches};
use super::requested::{self, Key, Manager, Request, Spec, Specs};
use super::virtual_packages;

/// What the lock says of how it was made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Recorded {
    pub(super) channels: Vec<Channel>,
    /// Hashes by platform.
    pub(super) hashes: BTreeMap<String, String>,
}

/// A manifest with its text.
pub(super) struct Source {
    pub(super) path: String,
    pub(super) text: String,
}

/// What came out.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// The requirements are those that were locked.
    Same,
    /// They are not; this differs.
    Changed(Vec<Staleness>),
    /// The hash is not known to be that of any requirements.
    None,
}

/// Requirements of a platform that are hashed at most.
const REQUIREMENTS: usize = 1000;

/// Bytes that are hashed at most in search of the requirement that differs.
const BUDGET: usize = 16 << 20;

/// About what a requirement takes in the hashed text, in bytes.
const REQUIREMENT: usize = 160;

/// Compares the manifests with the hashes of a lock.
pub(super) fn prove(
    recorded: &Recorded,
    sources: &[Source],
    virtual_packages: Option<&str>,
    locked: &Locked,
) -> Proof {
    let is_hash = |text: &String| text.len() == 64 && text.bytes().all(|it| it.is_ascii_hexdigit());
    if !recorded.hashes.values().all(is_hash) {
        return Proof::None;
    }
    let Some(requests) = requests(recorded, sources) else {
        return Proof::None;
    };
    if requests.iter().any(|it| it.specs.len() > REQUIREMENTS) {
        return Proof::None;
    }
    let platforms: Vec<Platform<'_>> = recorded
        .hashes
        .iter()
        .zip(requests)
        .map(|((name, hash), request)| {
            let around = surroundings(recorded, &request, name, virtual_packages);
            let proven = matches(&request.specs, &around, hash, Reach::All);
            Platform {
                hash,
                request,
                around,
                proven,
            }
        })
        .collect();
    let Some(first) = platforms.first() else {
        return Proof::None;
    };
    // requirements that are the same on several platforms are proven by one
    let unproven = platforms.iter().find(|platform| {
        let same = |other: &&Platform<'_>| other.request.specs == platform.request.specs;
        !platforms.iter().filter(same).any(|other| other.proven)
    });
    let Some(unproven) = unproven else {
        return match channels(recorded, &first.request, sources) {
            None => Proof::Same,
            Some(changed) => Proof::Changed(vec![changed]),
        };
    };
    match changed(unproven, sources, locked) {
        Some(staleness) => Proof::Changed(vec![staleness]),
        None => Proof::None,
    }
}

struct Platform<'r> {
    hash: &'r str,
    request: Request,
    around: Surroundings,
    proven: bool,
}

/// What is asked for on each platform, with the platforms of what only some ask for.
fn requests(recorded: &Recorded, sources: &[Source]) -> Option<Vec<Request>> {
    let platforms: Vec<&String> = recorded.hashes.keys().collect();
    let mut requests: Vec<Request> = platforms
        .iter()
        .map(|platform| request(sources, platform))
        .collect::<Option<_>>()?;
    let mut asking: BTreeMap<(Key, Spec), Vec<String>> = BTreeMap::new();
    for (platform, request) in platforms.iter().zip(&requests) {
        for (key, spec) in &request.specs {
            let platforms = asking.entry((key.clone(), spec.clone())).or_default();
            platforms.push((*platform).clone());
        }
    }
    for request in &mut requests {
        for (key, spec) in &mut request.specs {
            let by = asking.get(&(key.clone(), spec.clone()));
            spec.platforms = by.filter(|by| by.len() < platforms.len()).cloned();
        }
    }
    Some(requests)
}

/// What all manifests ask for together; a later one has the last word.
fn request(sources: &[Source], platform: &str) -> Option<Request> {
    let mut all = Request::default();
    for source in sources {
        let one = requested::read(&source.text, platform)?;
        all.specs.extend(one.specs);
        join(&mut all.channels, one.channels)?;
        join(&mut all.pip_repositories, one.pip_repositories)?;
    }
    Some(all)
}

/// The longer of two lists, where the shorter is its end, as conda-lock demands.
fn join(all: &mut Vec<String>, one: Vec<String>) -> Option<()> {
    if one.len() > all.len() {
        one.ends_with(all).then(|| *all = one)
    } else {
        all.ends_with(&one).then_some(())
    }
}

fn surroundings(
    recorded: &Recorded,
    request: &Request,
    platform: &str,
    file: Option<&str>,
) -> Surroundings {
    Surroundings {
        channels: recorded.channels.clone(),
        pip_repositories: request.pip_repositories.clone(),
        virtual_packages: virtual_packages::candidates(platform, file)
            .iter()
            .filter_map(|packages| packages.text(Layout::Spaced))
            .collect(),
    }
}

/// That other channels are declared than were used. Those of the command line stand where no file
/// names any; addresses with secrets are not compared.
fn channels(recorded: &Recorded, request: &Request, sources: &[Source]) -> Option<Staleness> {
    let used: Vec<&str> = recorded
        .channels
        .iter()
        .map(|channel| channel.url.as_str())
        .filter(|url| *url != "nodefaults")
        .collect();
    let secret = |url: &str| url.contains(['$', '@']) || url.contains("/t/");
    let comparable = !used.iter().any(|url| secret(url))
        && !request.channels.iter().any(|url| secret(url))
        && !request.channels.is_empty();
    if !comparable || used == request.channels {
        return None;
    }
    Some(Staleness {
        message: format!(
            "the channels are `{}`, and the lock was made from `{}`",
            request.channels.join("`, `"),
            used.join("`, `")
        ),
        location: place(sources, "channels:"),
    })
}

/// The requirement with which, as it was, the hash comes out.
fn changed(platform: &Platform<'_>, sources: &[Source], locked: &Locked) -> Option<Staleness> {
    let mut hashed = 0;
    let reach = Reach::Usual(virtual_packages::USUAL);
    let mut gives = |specs: &Specs| {
        // each is hashed in about ten ways, with two kilobytes of virtual packages
        hashed += 10 * (2048 + REQUIREMENT * specs.len());
        hashed <= BUDGET && matches(specs, &platform.around, platform.hash, reach)
    };
    let now = &platform.request.specs;
    let mut trial = now.clone();
    for key in now.keys() {
        let spec = trial.remove(key);
        if gives(&trial) {
            return Some(Staleness {
                message: format!(
                    "`{}` is asked for, and was not when the lock was made",
                    key.1
                ),
                location: place(sources, &key.1),
            });
        }
        trial.extend(spec.map(|spec| (key.clone(), spec)));
    }
    for package in &locked.packages {
        let manager = match package.package.ecosystem() {
            Ecosystem::Conda => Manager::Conda,
            Ecosystem::Pypi => Manager::Pip,
            Ecosystem::Npm | Ecosystem::Deb | Ecosystem::Generic => continue,
        };
        let key = (manager, package.package.name().to_owned());
        let version = package.version.as_deref().unwrap_or_default();
        let before = trial.get(&key).cloned();
        for was in guesses(manager, version) {
            let mut spec = before.clone().unwrap_or_else(|| Spec::of_version(""));
            spec.version.clone_from(&was);
            trial.insert(key.clone(), spec);
            if gives(&trial) {
                let asked = format!("{} {was}", key.1);
                let asked = asked.trim_end();
                return Some(match before {
                    Some(_) => Staleness {
                        message: format!("when the lock was made, `{asked}` was asked for"),
                        location: place(sources, &key.1),
                    },
                    None => Staleness {
                        message: format!(
                            "`{asked}` was asked for when the lock was made, and is not any more"
                        ),
                        location: package.location.clone(),
                    },
                });
            }
        }
        match before {
            Some(spec) => trial.insert(key, spec),
            None => trial.remove(&key),
        };
    }
    None
}

/// The versions that people ask for when they get this one.
fn guesses(manager: Manager, version: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let dots: Vec<usize> = version.match_indices('.').map(|(at, _)| at).collect();
    let ends = dots.iter().take(2).copied().chain([version.len()]);
    for stem in ends.filter_map(|end| version.get(..end)) {
        match manager {
            Manager::Conda => {
                found.extend([format!("{stem}.*"), stem.to_owned(), format!(">={stem}")]);
            }
            Manager::Pip => found.extend([
                format!("=={stem}"),
                format!("=={stem}.*"),
                format!(">={stem}"),
            ]),
        }
    }
    if manager == Manager::Conda {
        found.push("*".to_owned());
    }
    found.dedup();
    found
}

/// The first line that has a word to itself, else the beginning of the first manifest.
fn place(sources: &[Source], word: &str) -> Location {
    let part = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    for source in sources {
        for (number, line) in source.text.lines().enumerate() {
            let code = line.split('#').next().unwrap_or_default();
            let found = code
                .to_ascii_lowercase()
                .match_indices(word)
                .find_map(|(at, _)| {
                    let before = code.get(..at)?.chars().next_back();
                    let after = code.get(at + word.len()..)?.chars().next();
                    (!before.is_some_and(part) && !after.is_some_and(part)).then_some(at)
                });
            if let Some(at) = found {
                let column = code.get(..at).map_or(0, |before| before.chars().count());
                let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX - 1) + 1;
                return Location::new(source.path.as_str(), count(number), count(column));
            }
        }
    }
    let first = sources
        .first()
        .map_or("environment.yml", |source| &source.path);
    Location::start_of(first)
}
