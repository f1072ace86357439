//! The virtual packages that conda-lock says a machine has: what it assumes by itself, in all its
//! versions, and what `virtual-packages.yml` beside the lock says.

use std::collections::BTreeMap;

use super::super::python_json::Json;
use crate::document::Document;

/// Milliseconds since 1970 of the day that all of them are from.
const TIMESTAMP: i64 = 1_577_854_800_000;

/// Versions of CUDA that `--with-cuda` may have named.
const CUDA: [&str; 36] = [
    "9.0", "9.1", "9.2", "10.0", "10.1", "10.2", "11.0", "11.1", "11.2", "11.3", "11.5", "11.6",
    "11.7", "11.8", "12", "12.0", "12.1", "12.2", "12.3", "12.4", "12.5", "12.6", "12.7", "12.8",
    "12.9", "13", "13.0", "13.1", "13.2", "13.3", "13.4", "11", "10", "12.4.1", "12.1.1", "11.8.0",
];

/// How a build is written where it is a word: with the number behind it (before 3.0, and since 3.0.3)
/// or without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Build {
    Numbered,
    Plain,
}

/// Name, version and build of a virtual package.
type Package = (String, String, String);

/// What is hashed for a platform, in every way that a conda-lock may have written it: the usual ones
/// first. Each is what `virtual_package_hash` holds.
pub(super) fn candidates(platform: &str, file: Option<&str>) -> Vec<Json<'static, 'static>> {
    let mut sets = Vec::new();
    if let Some(named) = file.and_then(|text| named(text, platform)) {
        sets.push(named);
    }
    let cuda = has_cuda(platform).then_some("11.4");
    for glibc in glibc(platform) {
        sets.push(assumed(platform, cuda, glibc));
    }
    if cuda.is_some() {
        for version in [None].into_iter().chain(CUDA.map(Some)) {
            for glibc in glibc(platform) {
                sets.push(assumed(platform, version, glibc));
            }
        }
    }
    if platform == "osx-64" {
        // some versions name the system twice
        let mut once = assumed(platform, None, "");
        once.retain(|(_, version, _)| version != "10.15");
        sets.push(once);
    }
    [Build::Numbered, Build::Plain]
        .into_iter()
        .flat_map(|build| sets.iter().map(move |set| repository(platform, set, build)))
        .collect()
}

/// How many of the candidates are those that conda-lock takes without any option.
pub(super) const USUAL: usize = 2;

fn has_cuda(platform: &str) -> bool {
    platform.starts_with("linux-") || platform == "win-64"
}

/// 2.28 since 2.5.2, 2.17 before; one value where there is none.
fn glibc(platform: &str) -> &'static [&'static str] {
    if platform.starts_with("linux-") {
        &["2.28", "2.17"]
    } else {
        &[""]
    }
}

/// What conda-lock takes a machine to have.
fn assumed(platform: &str, cuda: Option<&str>, glibc: &str) -> Vec<Package> {
    let machine = match platform {
        "linux-aarch64" => "aarch64",
        "linux-ppc64le" => "ppc64le",
        "osx-arm64" => "arm64",
        _ => "x86_64",
    };
    let mut found = vec![("__archspec", "1", machine)];
    if platform.starts_with("linux-") {
        found.extend([
            ("__unix", "0", ""),
            ("__linux", "5.10", ""),
            ("__glibc", glibc, ""),
        ]);
    } else if platform.starts_with("osx-") {
        found.extend([("__unix", "0", ""), ("__osx", "11.0", "")]);
        if platform == "osx-64" {
            found.push(("__osx", "10.15", ""));
        }
    } else {
        found.push(("__win", "0", ""));
    }
    found.extend(cuda.map(|cuda| ("__cuda", cuda, "")));
    found
        .into_iter()
        .map(|(name, version, build)| (name.to_owned(), version.to_owned(), build.to_owned()))
        .collect()
}

/// What `virtual-packages.yml` names for a platform; nothing where it cannot be read.
fn named(text: &str, platform: &str) -> Option<Vec<Package>> {
    let document = Document::yaml(text, "virtual-packages.yml").ok()?;
    let packages = document.root().at(&["subdirs", platform, "packages"])?;
    packages
        .entries()
        .ok()?
        .into_iter()
        .map(|(name, version)| {
            let version = version.scalar()?;
            let (version, build) = version.split_once(' ').unwrap_or((&version, ""));
            Some((name.to_owned(), version.to_owned(), build.to_owned()))
        })
        .collect()
}

/// The part of the hashed text that holds the virtual packages.
fn repository(platform: &str, packages: &[Package], build: Build) -> Json<'static, 'static> {
    let packages: BTreeMap<String, Json<'_, '_>> = packages
        .iter()
        .map(|(name, version, word)| {
            let written = match (word.as_str(), build) {
                ("", _) => "0".to_owned(),
                (word, Build::Numbered) => format!("{word}_0"),
                (word, Build::Plain) => word.to_owned(),
            };
            let file = format!("{name}-{version}-{written}.tar.bz2");
            let package = Json::object([
                ("build", Json::Text(written)),
                ("build_number", Json::Integer(0)),
                ("build_string", Json::Text(word.clone())),
                ("depends", Json::Array(Vec::new())),
                ("name", Json::Text(name.clone())),
                ("noarch", Json::Text(String::new())),
                ("package_type", Json::Text("virtual_system".to_owned())),
                ("subdir", Json::Text(platform.to_owned())),
                ("timestamp", Json::Integer(TIMESTAMP)),
                ("version", Json::Text(version.clone())),
            ]);
            (file, package)
        })
        .collect();
    Json::object([
        (platform, subdirectory(platform, Json::Object(packages))),
        ("noarch", subdirectory("noarch", Json::empty())),
    ])
}

fn subdirectory(name: &str, packages: Json<'static, 'static>) -> Json<'static, 'static> {
    let name = Json::Text(name.to_owned());
    Json::object([
        ("info", Json::object([("subdir", name)])),
        ("packages", packages),
    ])
}
