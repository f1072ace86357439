//! What uv says on its standard error, which is meant for people, read as well as it can be.

use holdfast_model::PackageId;

use crate::run::Yanked;
use crate::synthesise::PROJECT;

/// What uv said, about environments instead of the temporary project, without what only its own
/// users can act on.
pub(crate) fn readable(said: &str) -> String {
    let environment = format!("{PROJECT}:");
    said.lines()
        .filter(|line| !NOISE.iter().any(|noise| line.starts_with(noise)))
        .filter(|line| !line.contains("is missing an upload date"))
        .map(|line| line.replace(&environment, "environment "))
        .map(|line| line.replace("your project's", "the project's"))
        .map(|line| line.replace("your project requires", "the project requires"))
        .collect::<Vec<_>>()
        .join("\n")
        .trim()
        .to_owned()
}

const NOISE: &[&str] = &[
    "Using CPython",
    "Using Python",
    "Resolving despite",
    "warning: Failed to inspect",
    "warning: The `if-necessary-or-explicit` pre-release mode",
    "hint: Packages were unavailable because the network was disabled",
];

/// The derivation alone: without the line that it begins with, and without advice that is about
/// uv's own settings.
pub(crate) fn explanation(details: &str) -> String {
    details
        .lines()
        .filter(|line| !line.contains("No solution found when resolving"))
        .filter(|line| !line.starts_with("hint:") || !line.contains("`exclude-newer"))
        .map(|line| line.trim().trim_start_matches("cause:").trim_start())
        .collect::<Vec<_>>()
        .join("\n")
        .trim()
        .to_owned()
}

/// Reads `Because x was not found in the cache and …`.
pub(crate) fn not_cached(said: &str) -> Vec<String> {
    let mut packages: Vec<String> = said
        .match_indices(" was not found in the cache")
        .filter_map(|(position, _)| said.get(..position)?.rsplit(char::is_whitespace).next())
        .map(str::to_owned)
        .collect();
    packages.sort();
    packages.dedup();
    packages
}

pub(crate) fn missing(packages: &[String]) -> String {
    if packages.is_empty() {
        return "something that it needs".to_owned();
    }
    let names: Vec<String> = packages.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

/// Whether no interpreter of the version was at hand, and none could be downloaded.
pub(crate) fn interpreter_not_fetched(said: &str) -> bool {
    said.lines().any(|line| {
        line.contains("Failed to download")
            && ["/python-build-standalone/", "/cpython-", "/pypy"]
                .iter()
                .any(|sign| line.contains(sign))
    })
}

/// Reads `An index URL (https://…) could not be queried due to a lack of valid authentication
/// credentials (401 Unauthorized)`: the index and the status.
pub(crate) fn not_allowed(said: &str) -> Option<(&str, &str)> {
    let (before, after) = said.split_once(" could not be queried due to a lack of valid")?;
    let (_, index) = before.rsplit_once('(')?;
    let (_, status) = after.split_once('(')?;
    Some((index.trim_end_matches(')'), status.split(')').next()?))
}

/// Reads `An index URL (https://…) returned a 403 Forbidden error`: the index.
pub(crate) fn forbidden(said: &str) -> Option<&str> {
    let (before, _) = said.split_once(" returned a 403 Forbidden error")?;
    let (_, index) = before.rsplit_once('(')?;
    Some(index.trim_end_matches(')'))
}

/// Reads ``Received some unexpected JSON from `https://…` ``: the address.
pub(crate) fn no_page(said: &str) -> Option<&str> {
    let (_, rest) = said.split_once("Received some unexpected ")?;
    rest.split('`').nth(1)
}

/// Reads ``Failed to build `x==1` `` and ``Failed to download and build `x==1` ``.
pub(crate) fn not_built(said: &str) -> Option<&str> {
    let (_, rest) = said
        .split_once("Failed to download and build `")
        .or_else(|| said.split_once("Failed to build `"))?;
    rest.split('`').next()
}

/// The line that tells what happened: the last cause that names an address, else the first error.
pub(crate) fn summary(details: &str) -> String {
    let causes = || details.lines().map(str::trim);
    causes()
        .find(|line| line.contains("Failed to fetch"))
        .or_else(|| causes().find(|line| line.starts_with("cause:")))
        .or_else(|| causes().find(|line| line.starts_with("error:")))
        .or_else(|| causes().find(|line| !line.is_empty()))
        .map(|line| {
            line.trim_start_matches("cause:")
                .trim_start_matches("error:")
                .trim()
                .to_owned()
        })
        .unwrap_or_default()
}

/// Reads `Using CPython 3.11.7 interpreter at: …`.
pub(crate) fn interpreter_version(said: &str) -> Option<String> {
    let line = said
        .lines()
        .find(|line| line.starts_with("Using CPython "))?;
    line.split_whitespace().nth(2).map(str::to_owned)
}

/// Reads ``warning: `numpy==2.4.0` is yanked (reason: "…")``.
pub(crate) fn yanked(line: &str) -> Option<Yanked> {
    let rest = line.strip_prefix("warning: `")?;
    let (release, rest) = rest.split_once('`')?;
    let rest = rest.strip_prefix(" is yanked")?;
    let (name, version) = release.split_once("==")?;
    let reason = rest
        .split_once("reason: \"")
        .and_then(|(_, reason)| reason.rsplit_once('"'))
        .map(|(reason, _)| reason.to_owned());
    Some(Yanked {
        package: PackageId::pypi(name),
        version: version.to_owned(),
        reason,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::UvError;

    #[test]
    fn a_yanked_release_is_read_from_the_warning() {
        let found = yanked("warning: `numpy==2.4.0` is yanked (reason: \"Backward bug\")").unwrap();
        assert_eq!(found.package, PackageId::pypi("numpy"));
        assert_eq!(found.version, "2.4.0");
        assert_eq!(found.reason.as_deref(), Some("Backward bug"));
        assert_eq!(yanked("warning: `x==1` is yanked").unwrap().reason, None);
        assert_eq!(yanked("warning: something else"), None);
    }

    #[test]
    fn an_interpreter_that_cannot_be_fetched_is_told_from_a_package() {
        assert!(interpreter_not_fetched(
            "error: Request failed\n  cause: Failed to download `https://host/python-build-standalone/releases/download/1/cpython-3.13.1.tar.gz`"
        ));
        assert!(!interpreter_not_fetched(
            "error: Failed to download `https://host/files/six-1.0-py3-none-any.whl`"
        ));
    }

    #[test]
    fn the_interpreter_is_read_to_the_patch() {
        let said = "Using CPython 3.11.7 interpreter at: /usr/bin/python3\nResolved 2 packages";
        assert_eq!(interpreter_version(said).as_deref(), Some("3.11.7"));
    }

    #[test]
    fn what_the_cache_lacks_is_named() {
        let said = "  cause: Because other was not found in the cache and environment app depends on other, …\n  hint: Packages were unavailable because the network was disabled.";
        assert_eq!(not_cached(said), ["other"]);
        let error = UvError::NotCached {
            packages: not_cached(said),
            details: String::new(),
        };
        assert_eq!(
            error.to_string(),
            "the solver may not use the network, and its cache lacks `other`"
        );
    }

    #[test]
    fn an_explanation_is_the_derivation_alone() {
        let said = "warning: The `if-necessary-or-explicit` pre-release mode is deprecated\nerror: No solution found when resolving dependencies for split (markers: x)\n  cause: Because only a==1 is available and holdfast-solve:app depends on a>=2, …\n         And because your project requires holdfast-solve:app, …\n\nhint: `a` was filtered by `exclude-newer` to …";
        assert_eq!(
            explanation(&readable(said)),
            "Because only a==1 is available and environment app depends on a>=2, …\nAnd because the project requires environment app, …"
        );
    }

    #[test]
    fn an_index_that_lets_nobody_in_is_named() {
        let said = "error: No solution found when resolving dependencies\n\nhint: An index URL (http://127.0.0.1:1/simple) could not be queried due to a lack of valid authentication credentials (401 Unauthorized)";
        assert_eq!(
            not_allowed(said),
            Some(("http://127.0.0.1:1/simple", "401 Unauthorized"))
        );
        assert_eq!(not_allowed("error: No solution found"), None);
    }

    #[test]
    fn a_package_that_is_not_built_is_named() {
        let said = "error: Failed to download and build `ffmpy==0.3.0`\n  cause: Failed to resolve requirements from `setup.py` build\n  cause: No solution found when resolving: `setuptools>=40.8.0`";
        assert_eq!(not_built(said), Some("ffmpy==0.3.0"));
        assert_eq!(
            summary(&readable(said)),
            "Failed to resolve requirements from `setup.py` build"
        );
    }

    #[test]
    fn what_failed_is_said_in_one_line() {
        let said = "Using CPython 3.11.7 interpreter at: /usr/bin/python3\nerror: Request failed after 3 retries in 5.6s\n  cause: Failed to fetch: http://index.example/simple/x/\n  cause: Connection refused (os error 111)";
        assert_eq!(
            summary(&readable(said)),
            "Failed to fetch: http://index.example/simple/x/"
        );
    }
}
