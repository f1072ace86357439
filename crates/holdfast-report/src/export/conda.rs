//! environment.yml, as conda, mamba and micromamba create environments from it.

use std::collections::BTreeMap;

use holdfast_model::{
    Architecture, Ecosystem, LockSource, LockedPackage, OperatingSystem, Platform,
};

use super::{
    ExportError, Exported, comments, ids, index_lines, of_pypi, pinned, plain, refuse_ambiguity,
    refuse_nothing, without_credentials,
};

/// What an environment file says beside its packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CondaOptions<'o> {
    /// The first comment.
    pub header: &'o str,
    /// The environment's name.
    pub name: &'o str,
    /// The interpreter, where no conda package says it: `3.11.7`, or `3.11`.
    pub python: Option<&'o str>,
    /// The kind of machine, which decides on the builds of packages.
    pub platform: Option<Platform>,
}

/// The packages of conda and PyPI as an environment file, sorted; those of PyPI are left to pip.
///
/// The caller leaves out what is not installed on [`CondaOptions::platform`]: conda's packages have no
/// markers there.
pub fn conda_environment(
    packages: &[LockedPackage],
    options: &CondaOptions<'_>,
) -> Result<Exported, ExportError> {
    let is_conda = |package: &&LockedPackage| package.package.ecosystem() == Ecosystem::Conda;
    let mut conda: Vec<&LockedPackage> = packages.iter().filter(is_conda).collect();
    conda.sort_by(|left, right| super::key(left).cmp(&super::key(right)));
    let (pypi, _) = of_pypi(packages);
    let mut both = conda.clone();
    both.extend(&pypi);
    refuse_nothing(&both, packages, "conda")?;
    refuse_ambiguity(&conda)?;
    refuse_ambiguity(&pypi)?;
    let others: Vec<&LockedPackage> = packages
        .iter()
        .filter(|package| {
            !matches!(
                package.package.ecosystem(),
                Ecosystem::Conda | Ecosystem::Pypi
            )
        })
        .collect();

    let mut lines = vec![
        format!("name: {}", scalar(options.name)),
        "channels:".to_owned(),
    ];
    lines.extend(items(2, channels(&conda)));
    lines.push("dependencies:".to_owned());
    lines.extend(items(2, dependencies(&conda, &pypi, options)?));
    if !pypi.is_empty() {
        lines.push("  - pip:".to_owned());
        let mut for_pip = index_lines(&pypi)?;
        for package in pypi {
            for_pip.push(pinned(package)?);
        }
        for_pip.dedup();
        lines.extend(items(6, for_pip));
    }
    lines.push(String::new());
    let text = comments(options.header) + &lines.join("\n");
    Ok(Exported {
        text,
        left_out: ids(&others),
    })
}

/// The items of a list.
fn items(indent: usize, texts: Vec<String>) -> impl Iterator<Item = String> {
    texts
        .into_iter()
        .map(move |text| format!("{}- {}", " ".repeat(indent), scalar(&text)))
}

/// conda's own packages, the interpreter and pip among them.
fn dependencies(
    conda: &[&LockedPackage],
    pypi: &[&LockedPackage],
    options: &CondaOptions<'_>,
) -> Result<Vec<String>, ExportError> {
    let has = |name: &str| conda.iter().any(|package| package.package.name() == name);
    let mut lines = Vec::new();
    for package in conda {
        lines.push(pinned_build(package, options.platform)?);
    }
    if let Some(python) = options
        .python
        .filter(|python| !python.is_empty() && !has("python"))
    {
        lines.push(format!("python={python}"));
    }
    if !pypi.is_empty() && !has("pip") {
        lines.push("pip".to_owned());
    }
    lines.sort();
    lines.dedup();
    Ok(lines)
}

/// `name=version=build`; without the build where that is not one and the same.
fn pinned_build(
    package: &LockedPackage,
    platform: Option<Platform>,
) -> Result<String, ExportError> {
    let name = plain(package, "name", package.package.name())?;
    let Some(version) = package.version.as_deref() else {
        return Ok(name.to_owned());
    };
    let version = plain(package, "version", version)?;
    let mut builds: Vec<&str> = package
        .files
        .iter()
        .filter(|file| is_for(file.url.as_deref(), platform))
        .filter_map(|file| build(&file.name))
        .collect();
    builds.sort_unstable();
    builds.dedup();
    Ok(match builds.as_slice() {
        [only] => format!("{name}={version}={}", plain(package, "build", only)?),
        _ => format!("{name}={version}"),
    })
}

/// Whether an archive is for a kind of machine, as the folder that it lies in says.
fn is_for(url: Option<&str>, platform: Option<Platform>) -> bool {
    let folder = url.and_then(|url| url.rsplit('/').nth(1));
    match (folder, platform) {
        (Some(folder), Some(platform)) => folder == "noarch" || folder == subdirectory(platform),
        _ => true,
    }
}

/// conda's name of a kind of machine.
fn subdirectory(platform: Platform) -> &'static str {
    match (platform.system, platform.architecture) {
        (
            OperatingSystem::LinuxGlibc(..) | OperatingSystem::LinuxMusl(..),
            Architecture::X86_64,
        ) => "linux-64",
        (
            OperatingSystem::LinuxGlibc(..) | OperatingSystem::LinuxMusl(..),
            Architecture::Aarch64,
        ) => "linux-aarch64",
        (OperatingSystem::Macos(..), Architecture::X86_64) => "osx-64",
        (OperatingSystem::Macos(..), Architecture::Aarch64) => "osx-arm64",
        (OperatingSystem::Windows, Architecture::X86_64) => "win-64",
        (OperatingSystem::Windows, Architecture::Aarch64) => "win-arm64",
    }
}

/// The build in `numpy-1.26.4-py311h64a7726_0.conda`.
fn build(file: &str) -> Option<&str> {
    let stem = file
        .strip_suffix(".conda")
        .or_else(|| file.strip_suffix(".tar.bz2"))?;
    stem.rsplit_once('-').map(|(_, build)| build)
}

/// The channels, those of most packages first; conda-forge where no package tells.
fn channels(conda: &[&LockedPackage]) -> Vec<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for package in conda {
        if let LockSource::Registry { index: Some(index) } = &package.source {
            *counts.entry(channel(index)).or_default() += 1;
        }
    }
    if counts.is_empty() {
        return vec!["conda-forge".to_owned()];
    }
    let mut channels: Vec<(String, usize)> = counts.into_iter().collect();
    channels.sort_by(|left, right| right.1.cmp(&left.1).then(left.0.cmp(&right.0)));
    channels.into_iter().map(|(channel, _)| channel).collect()
}

/// The short name of a channel that has one.
fn channel(index: &str) -> String {
    let index = without_credentials(index.trim_end_matches('/'));
    match index.strip_prefix("https://conda.anaconda.org/") {
        Some(name) if !name.contains('/') => name.to_owned(),
        _ => index,
    }
}

/// A scalar of YAML: as it is where nothing in it has a meaning, otherwise in quotes.
fn scalar(text: &str) -> String {
    let is_word = |word: &str| {
        ["true", "false", "yes", "no", "on", "off", "null", "y", "n"]
            .iter()
            .any(|known| word.eq_ignore_ascii_case(known))
    };
    let starts_plainly = text.starts_with(|first: char| first.is_ascii_alphabetic());
    let is_plain = starts_plainly
        && !is_word(text)
        && text
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || "._-+=/!".contains(character));
    if is_plain {
        return text.to_owned();
    }
    // a string of JSON is one of YAML
    serde_json::Value::String(text.to_owned()).to_string()
}
