//! What is installed, beside the lock that says what should be.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use holdfast_installed::{
    Examination, NativeExamination, accelerators, examine, record_differences,
};
use holdfast_model::{
    Digest, EnvironmentFacts, EnvironmentName, Facts, Freshness, Installed, InstalledPackage,
    InstalledRecord, Location, Locked, Observed,
};
use holdfast_project::{Config, GatherOptions, Project};
use holdfast_sources::{IndexClient, Reach};

use crate::environment::{self, Environment};
use crate::network::{Door, Network};
use crate::place::{Place, System};
use crate::project;

/// Whether what was read before counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Remember {
    /// Files that have not changed since are not read again.
    Yes,
    /// Every file is read.
    No,
}

/// One environment to compare, and where it is installed.
pub(crate) struct Target {
    /// Its name, where it is configured.
    pub(crate) name: Option<EnvironmentName>,
    /// The facts of its project, with what is installed still to be added.
    pub(crate) facts: Facts,
    /// The installed environment.
    pub(crate) place: Place,
}

impl Target {
    /// Its lock, which has to be there.
    pub(crate) fn locked(&self, project: &Project) -> Result<&Locked> {
        let facts = self
            .facts
            .environments
            .iter()
            .find(|facts| facts.name == self.name)
            .context("the environment is not configured")?;
        match &facts.locked {
            Observed::Present(locked) => Ok(locked),
            Observed::Unreadable { location, reason } => bail!("{location}: {reason}"),
            Observed::Absent { expected } => bail!(
                "there is no `{}` in `{}`: run `holdfast lock`",
                expected.file,
                project.root.display()
            ),
            Observed::NotLookedFor => bail!("there is no lock: run `holdfast lock`"),
        }
    }
}

/// The environments of a configured project, each with its place.
pub(crate) fn targets(
    project: &Project,
    config: &Config,
    picked: &[EnvironmentName],
    mut place: Option<Place>,
    environment: &Environment,
) -> Result<Vec<Target>> {
    let picked = project::picked(config, picked)?;
    if let (Some(place), [first, second, ..]) = (&place, picked.as_slice()) {
        bail!(
            "`{}` cannot be `{first}` and `{second}` at once: say with `-e` which environment it is",
            place.path.display()
        );
    }
    picked
        .into_iter()
        .map(|name| {
            let options = GatherOptions {
                environments: Some(vec![name.clone()]),
                now: environment.now,
                ..GatherOptions::default()
            };
            Ok(Target {
                facts: holdfast_project::gather(project, &options)?,
                place: place
                    .take()
                    .unwrap_or_else(|| Place::here(default_place(project, config, &name))),
                name: Some(name),
            })
        })
        .collect()
}

/// Where an environment is installed unless somebody says otherwise.
pub(crate) fn default_place(project: &Project, config: &Config, name: &EnvironmentName) -> PathBuf {
    let directory = if config.locked_environments().len() > 1 {
        format!(".venv-{name}")
    } else {
        ".venv".to_owned()
    };
    below(&project.root, &directory)
}

/// A directory of a project, without `./` where the project is here.
pub(crate) fn below(root: &Path, directory: &str) -> PathBuf {
    if root == Path::new(".") {
        PathBuf::from(directory)
    } else {
        root.join(directory)
    }
}

/// Adds what is installed to the facts of a target.
pub(crate) fn look(
    target: &mut Target,
    root: &Path,
    remember: Remember,
    environment: &Environment,
) -> Result<()> {
    let mut installed = seen(&target.place, root, remember, environment)?;
    let facts = of_target(&mut target.facts, target.name.as_ref());
    if let Observed::Present(locked) = &facts.locked {
        name_differences(&mut installed, locked, &target.place, environment)?;
    }
    facts.installed = Observed::Present(installed);
    Ok(())
}

/// Notes that a target was never made.
pub(crate) fn miss(target: &mut Target) {
    let expected = Location::start_of(target.place.path.display().to_string());
    let facts = of_target(&mut target.facts, target.name.as_ref());
    facts.installed = Observed::Absent { expected };
}

/// How to look below Python: at this machine, where it has shared libraries of the known kind.
fn native() -> Option<NativeExamination> {
    cfg!(target_os = "linux").then(|| NativeExamination {
        library_path: environment::raw("LD_LIBRARY_PATH")
            .map(|path| std::env::split_paths(&path).collect())
            .unwrap_or_default(),
        accelerators: Some(accelerators()),
    })
}

/// How to look below Python in an unpacked file system: its libraries, and no machine's GPUs.
fn native_of_root() -> NativeExamination {
    NativeExamination {
        library_path: Vec::new(),
        accelerators: None,
    }
}

/// What is installed at a place, down to every file.
pub(crate) fn seen(
    place: &Place,
    root: &Path,
    remember: Remember,
    environment: &Environment,
) -> Result<Installed> {
    let (below, native) = match &place.system {
        System::Image(image, file) => {
            let mut installed = image.examine(&place.path.display().to_string())?;
            // no path of this machine, lest a file here is taken for that of the image
            installed.root = format!("{}:/{}", file.display(), place.path.display());
            return Ok(installed);
        }
        System::Machine => (None, native()),
        System::Root(root) => (Some(root.clone()), Some(native_of_root())),
    };
    let here = below.is_none();
    let place = &place.path;
    let examination = Examination {
        // not when the program began: `sync` has written files since
        now: i64::try_from(environment.clock().as_nanosecond()).unwrap_or_default(),
        cache: (remember == Remember::Yes).then(|| {
            environment
                .cache()
                .join("installed")
                .join(project::key(place))
        }),
        python_path: environment::raw("PYTHONPATH")
            .filter(|_| here)
            .map(|path| std::env::split_paths(&path).collect())
            .unwrap_or_default(),
        current_directory: here.then(|| root.to_owned()),
        root: below,
        native,
    };
    let mut installed = examine(place, &examination).with_context(|| {
        format!(
            "there is no environment at `{}`: make it with `holdfast sync`, or name one with `--venv`",
            place.display()
        )
    })?;
    // named as the project's own files are
    if let Ok(below) = Path::new(&installed.root).strip_prefix(root)
        && below.file_name().is_some()
    {
        installed.root = below.display().to_string();
    }
    Ok(installed)
}

/// The facts of the environment itself, among those that it extends.
fn of_target<'f>(facts: &'f mut Facts, name: Option<&EnvironmentName>) -> &'f mut EnvironmentFacts {
    let environments = &mut facts.environments;
    let found = environments
        .iter()
        .position(|facts| name.is_none() || facts.name.as_ref() == name)
        .filter(|_| name.is_some() || environments.len() == 1);
    let position = found.unwrap_or_else(|| {
        environments.push(EnvironmentFacts {
            project: String::new(),
            name: name.cloned(),
            extends: None,
            declared: Observed::NotLookedFor,
            locked: Observed::NotLookedFor,
            installed: Observed::NotLookedFor,
            freshness: Freshness::NotApplicable,
        });
        environments.len() - 1
    });
    #[expect(
        clippy::indexing_slicing,
        reason = "the position was found, or is that of what was pushed"
    )]
    &mut environments[position]
}

/// Names the files in which packages differ from their locked wheels, where the cache has the lists
/// of the wheels.
fn name_differences(
    installed: &mut Installed,
    locked: &Locked,
    place: &Place,
    environment: &Environment,
) -> Result<()> {
    let by_package = locked.by_package();
    let network = Network::new(None, &[], environment)?;
    let door = Door::open(&network, environment);
    let client = door.client(&network.routing, Reach::Offline, environment);
    for package in &mut installed.packages {
        let wheels: Vec<(&Digest, &Digest)> = by_package
            .get(&package.package)
            .into_iter()
            .flatten()
            .filter(|entry| entry.version.as_deref() == Some(package.version.as_str()))
            .flat_map(|entry| &entry.files)
            .filter_map(|file| Some((file.sha256()?, file.contents.as_ref()?)))
            .collect();
        add_differences(package, &wheels, place, &client);
    }
    Ok(())
}

fn add_differences(
    package: &mut InstalledPackage,
    wheels: &[(&Digest, &Digest)],
    place: &Place,
    client: &IndexClient<'_>,
) {
    let path = package.path.clone();
    let Some(InstalledRecord::Read {
        digest,
        differences,
    }) = package
        .contents
        .as_mut()
        .map(|contents| &mut contents.record)
    else {
        return;
    };
    if wheels.iter().any(|(_, contents)| *contents == digest) {
        return;
    }
    // of several wheels the installed one is that which differs least
    let nearest = wheels
        .iter()
        .filter_map(|(wheel, _)| {
            let record = client.record(wheel)?;
            match &place.system {
                System::Image(image, _) => {
                    let inside = place.path.display().to_string();
                    image.record_differences(&inside, &path, &record)
                }
                System::Machine | System::Root(_) => {
                    record_differences(&place.path, &path, &record)
                }
            }
        })
        .min_by_key(Vec::len);
    *differences = nearest.unwrap_or_default();
}
