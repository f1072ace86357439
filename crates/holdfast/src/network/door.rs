//! The door to the outside, opened for one command.

use std::collections::BTreeMap;
use std::time::Duration;

use holdfast_model::{PackageId, ProjectReleases};
use holdfast_sources::{Cache, Http, HttpSettings, IndexClient, IndexRouting, Reach};

use super::Network;
use crate::environment::Environment;
use crate::output::Output;
use crate::packages::whole;

/// A client of the indexes for the length of one call.
pub(crate) struct Door {
    settings: HttpSettings,
    http: Http,
    cache: Cache,
}

impl Door {
    /// Opens the door.
    pub(crate) fn open(network: &Network, environment: &Environment) -> Self {
        Self {
            settings: network.http.clone(),
            http: Http::new(network.http.clone()),
            cache: Cache::new(environment.cache().to_owned()),
        }
    }

    /// The same door for what can be done without: one try, and not for long.
    pub(crate) fn impatient(&self) -> Self {
        let settings = HttpSettings {
            retries: 0,
            connect_timeout: Duration::from_secs(5),
            ..self.settings.clone()
        };
        Self {
            http: Http::new(settings.clone()),
            settings,
            cache: self.cache.clone(),
        }
    }

    /// How hosts are asked.
    pub(crate) fn http(&self) -> &Http {
        &self.http
    }

    /// What was asked before.
    pub(crate) fn cache(&self) -> &Cache {
        &self.cache
    }

    /// A client of these indexes.
    pub(crate) fn client<'a>(
        &'a self,
        routing: &'a IndexRouting,
        reach: Reach,
        environment: &Environment,
    ) -> IndexClient<'a> {
        IndexClient::new(&self.http, &self.cache, routing, reach, environment.now)
    }
}

/// What indexes have of packages; those that cannot tell are noted.
pub(crate) fn releases(
    client: &IndexClient<'_>,
    packages: &[PackageId],
    output: &Output,
) -> BTreeMap<PackageId, ProjectReleases> {
    let mut found = BTreeMap::new();
    for (package, answer) in client.releases(packages) {
        match answer {
            Ok(releases) => {
                found.insert(package, releases);
            }
            Err(error) => output.note(&format!(
                "nothing is known of the releases of `{package}`: {}",
                whole(&error)
            )),
        }
    }
    found
}
