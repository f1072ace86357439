//! What is known about the components at hand.

use std::collections::HashSet;

use holdfast_knowledge::{Advisories, StoreError};
use holdfast_model::{EnvironmentFacts, Knowledge, Location, PackageId, UnreadableFile};

use crate::ProjectError;

/// What is known, and components that could not be looked up.
pub(crate) type LookedUp = (Knowledge, Vec<UnreadableFile>);

/// The advisories that affect any component that is locked, installed or declared at one version.
pub(crate) fn look_up(
    environments: &[EnvironmentFacts],
    advisories: Option<&Advisories>,
) -> Result<LookedUp, ProjectError> {
    let mut knowledge = Knowledge::default();
    let mut not_looked_up = Vec::new();
    let Some(advisories) = advisories else {
        return Ok((knowledge, not_looked_up));
    };
    knowledge.advisories = advisories.data();
    let mut seen = HashSet::new();
    for component in environments.iter().flat_map(components) {
        let Component {
            package, version, ..
        } = component;
        if !seen.insert((package, version)) {
            continue;
        }
        match advisories.matches(package, version) {
            Ok(matches) if matches.is_empty() => {}
            Ok(matches) => {
                let key = (package.clone(), version.to_owned());
                knowledge.matches.insert(key, matches);
            }
            // there are advisories for it: passed over, it would look clean
            Err(error @ StoreError::NoVersion { .. }) => not_looked_up.push(UnreadableFile {
                location: component.location(),
                reason: error.to_string(),
            }),
            Err(error) => return Err(error.into()),
        }
    }
    Ok((knowledge, not_looked_up))
}

/// A package that is there at one version.
struct Component<'a> {
    package: &'a PackageId,
    version: &'a str,
    place: Place<'a>,
}

/// Where a component is.
enum Place<'a> {
    /// It is written here.
    Written(&'a Location),
    /// It is installed: the root of the environment, and the path below it.
    Installed(&'a str, &'a str),
}

impl Component<'_> {
    fn location(&self) -> Location {
        match self.place {
            Place::Written(location) => location.clone(),
            Place::Installed(root, path) => Location::start_of(format!("{root}/{path}")),
        }
    }
}

/// Every package of an environment that is there at one version, as often as it is there.
fn components(environment: &EnvironmentFacts) -> impl Iterator<Item = Component<'_>> {
    let declared = environment.declared.present().into_iter();
    let declared = declared.flat_map(|declared| &declared.requirements);
    let declared = declared.filter_map(|requirement| {
        Some(Component {
            package: &requirement.package,
            version: requirement.range.exact.as_deref()?,
            place: Place::Written(&requirement.location),
        })
    });
    let locked = environment.locked.present().into_iter();
    let locked = locked.flat_map(|locked| &locked.packages);
    let locked = locked.filter_map(|package| {
        Some(Component {
            package: &package.package,
            version: package.version.as_deref()?,
            place: Place::Written(&package.location),
        })
    });
    let installed = environment.installed.present().into_iter();
    let installed = installed.flat_map(|installed| {
        installed.packages.iter().map(|package| Component {
            package: &package.package,
            version: &package.version,
            place: Place::Installed(&installed.root, &package.path),
        })
    });
    declared.chain(locked).chain(installed)
}
