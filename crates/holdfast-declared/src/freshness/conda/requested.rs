//! What conda-lock reads from `environment.yml`: lines whose selector is not the platform's left out,
//! specifications taken apart as conda does, lines for pip as conda-lock does.
//!
//! This is not [`crate::conda`]: there a person's wish is understood, here it has to come out letter
//! for letter. Where that is in doubt, the answer is nothing.

use std::collections::BTreeMap;

use crate::document::{Document, Node};

/// Who installs a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Manager {
    Conda,
    Pip,
}

impl Manager {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Conda => "conda",
            Self::Pip => "pip",
        }
    }
}

/// One requirement, as it goes into the hash.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spec {
    pub(super) version: String,
    pub(super) build: Option<String>,
    pub(super) channel: Option<String>,
    pub(super) category: String,
    pub(super) extras: Vec<String>,
    /// The platforms that ask for it, where not all do.
    pub(super) platforms: Option<Vec<String>>,
}

impl Spec {
    pub(super) fn of_version(version: impl Into<String>) -> Self {
        Self {
            version: version.into(),
            build: None,
            channel: None,
            category: "main".to_owned(),
            extras: Vec::new(),
            platforms: None,
        }
    }
}

/// Who installs what.
pub(super) type Key = (Manager, String);

/// The requirements for one platform. conda-lock keeps one for each name: the last.
pub(super) type Specs = BTreeMap<Key, Spec>;

/// What a manifest asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Request {
    pub(super) specs: Specs,
    /// Without `nodefaults`, which some versions leave out.
    pub(super) channels: Vec<String>,
    pub(super) pip_repositories: Vec<String>,
}

/// The words that stand for a platform in selectors; nothing for platforms that conda-lock has none
/// for.
fn selectors(platform: &str) -> Option<&'static [&'static str]> {
    Some(match platform {
        "linux-64" => &["linux64", "unix", "linux"],
        "linux-aarch64" => &["aarch64", "unix", "linux"],
        "linux-ppc64le" => &["ppc64le", "unix", "linux"],
        "osx-64" => &["osx", "osx64", "unix"],
        "osx-arm64" => &["arm64", "osx", "unix"],
        "win-64" => &["win", "win64"],
        _ => return None,
    })
}

/// Reads a manifest for a platform; nothing where conda-lock's reading cannot be told.
pub(super) fn read(text: &str, platform: &str) -> Option<Request> {
    let words = selectors(platform)?;
    let kept: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .filter(|line| selector(line).is_none_or(|word| words.contains(&word)))
        .collect();
    let kept = kept.join("\n");
    let document = Document::yaml(&kept, "environment.yml").ok()?;
    let root = document.root();
    let category = match root.get("category") {
        Some(node) if !node.is_null() => plain_string(&node)?,
        _ => "main".to_owned(),
    };
    let mut request = Request {
        channels: strings(&root, "channels")?,
        pip_repositories: strings(&root, "pip-repositories")?,
        ..Request::default()
    };
    request.channels.retain(|channel| channel != "nodefaults");
    let items = root.get("dependencies")?.items().ok()?;
    // conda-lock takes all lists for pip after the specifications of conda
    for item in items.iter().filter(|item| !item.is_table()) {
        let (name, mut spec) = conda_spec(&plain_string(item)?)?;
        spec.category.clone_from(&category);
        request.specs.insert((Manager::Conda, name), spec);
    }
    for item in items.iter().filter(|item| item.is_table()) {
        let lines = match item.get("pip") {
            Some(lines) if !lines.is_null() => lines.items().ok()?,
            _ => continue,
        };
        for line in lines {
            let line = plain_string(&line)?;
            if line.starts_with("-e ") {
                continue;
            }
            let (name, mut spec) = pip_spec(&line)?;
            spec.category.clone_from(&category);
            request.specs.insert((Manager::Pip, name), spec);
        }
        let pip = (Manager::Conda, "pip".to_owned());
        request.specs.insert(pip, Spec::of_version("*"));
    }
    Some(request)
}

/// The word of `dependency  # [linux]`; nothing where a line has no selector.
fn selector(line: &str) -> Option<&str> {
    let hash = line
        .char_indices()
        .skip(1)
        .find(|(_, character)| *character == '#')?;
    let comment = line.get(hash.0..)?;
    let mut end = comment.len();
    while let Some(open) = comment.get(..end)?.rfind('[') {
        let (word, after) = comment.get(open + 1..)?.split_once(']')?;
        if !word.is_empty() && !word.contains('[') && !after.contains(['(', ')']) {
            return Some(word);
        }
        end = open;
    }
    None
}

fn strings(root: &Node<'_>, key: &str) -> Option<Vec<String>> {
    let Some(list) = root.get(key) else {
        return Some(Vec::new());
    };
    list.items().ok()?.iter().map(plain_string).collect()
}

/// A string that every reader of YAML takes for one.
fn plain_string(node: &Node<'_>) -> Option<String> {
    const OTHERS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let text = node.string().ok()?;
    let begins =
        text.starts_with(|first: char| first.is_ascii_alphabetic() || "_-".contains(first));
    let another = OTHERS.iter().any(|word| text.eq_ignore_ascii_case(word));
    (begins && !another).then(|| text.to_owned())
}

/// `channel::name`, `=1.2`, `=1.2=build`, `==1.2`, ranges: name and version as conda keeps them.
/// Brackets, parentheses and addresses are not taken apart.
fn conda_spec(text: &str) -> Option<(String, Spec)> {
    let text = text.trim();
    if !text.is_ascii()
        || text.contains(['[', ']', '(', ')', '#', '@', '$', '{', '\\', '\'', '"'])
        || text.contains(" if ")
    {
        return None;
    }
    let (channel, rest) = match text.split_once("::") {
        Some((channel, rest)) => (Some(channel_name(channel)?), rest),
        None => (None, text),
    };
    if rest.contains([':', '/']) {
        return None;
    }
    let end = rest
        .find(|character: char| " =<>!~".contains(character))
        .unwrap_or(rest.len());
    let (name, constraint) = rest.split_at_checked(end)?;
    let constraint = constraint.trim();
    let (version, build) = if constraint.is_empty() {
        (String::new(), None)
    } else {
        version_and_build(constraint)?
    };
    if name.is_empty() || name.contains(['*', ',', '|']) {
        return None;
    }
    let spec = Spec {
        build,
        channel,
        ..Spec::of_version(version)
    };
    Some((name.to_ascii_lowercase(), spec))
}

/// The name of a channel without its platform. What conda knows under another name is left alone.
fn channel_name(channel: &str) -> Option<String> {
    let name = match channel.split_once('/') {
        Some((name, "noarch" | "linux-64" | "osx-64" | "osx-arm64" | "win-64")) => name,
        Some(_) => return None,
        None => channel,
    };
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    (!name.is_empty() && name.chars().all(plain)).then(|| name.to_owned())
}

/// The end of a specification, from its first sign: `=1.26`, `>=1,<2`, ` 1.26 py311_0`, `=1.26=py_0`.
fn version_and_build(constraint: &str) -> Option<(String, Option<String>)> {
    let (version, build) = divide_build(constraint);
    let version: String = version.chars().filter(|it| *it != ' ').collect();
    let plain =
        |text: &str| !text.is_empty() && !text.contains(['=', '<', '>', '!', '~', ',', '|', ' ']);
    if build.as_deref().is_some_and(|build| !plain(build)) {
        return None;
    }
    let version = match version.strip_prefix('=') {
        None => version,
        Some(rest) => match rest.strip_prefix('=') {
            // with a build, conda leaves the sign where it is
            Some(exact) if build.is_none() && plain(exact) => exact.to_owned(),
            Some(exact) if plain(exact) => version,
            Some(_) => return None,
            None if !plain(rest) => {
                if rest.starts_with(['<', '>', '!', '~', ',', '|']) || rest.is_empty() {
                    return None;
                }
                version
            }
            None if build.is_some() => rest.to_owned(),
            None => fuzzy(rest),
        },
    };
    let understood = version
        .chars()
        .all(|character| character.is_ascii_alphanumeric() || "._-+!*=<>~,|".contains(character));
    understood.then_some((version, build))
}

/// `1.26` as `1.26.*`.
fn fuzzy(version: &str) -> String {
    if version == "*" {
        return version.to_owned();
    }
    let stem = version.strip_suffix('*').unwrap_or(version);
    let stem = stem.strip_suffix('.').unwrap_or(stem);
    format!("{stem}.*")
}

/// Splits before a build: after a blank or `=` that follows no operator.
fn divide_build(constraint: &str) -> (&str, Option<String>) {
    let bytes = constraint.as_bytes();
    let divides = |position: usize| {
        let before = position.checked_sub(1).and_then(|it| bytes.get(it));
        let at = bytes.get(position);
        matches!(at, Some(b' ' | b'='))
            && before.is_some_and(|before| !b"=!|,<>~ ".contains(before))
    };
    let Some(position) = (1..bytes.len()).rev().find(|position| divides(*position)) else {
        return (constraint, None);
    };
    let (version, build) = constraint
        .split_at_checked(position)
        .unwrap_or((constraint, ""));
    let build = build.trim_start_matches([' ', '=']).trim();
    // `>=1 ,<2` and `>=1, <2` have no build
    let goes_on = build.starts_with([',', '|', '<', '>', '!', '~']);
    if build.is_empty() || goes_on || version.trim_end_matches(' ').ends_with([',', '|']) {
        return (constraint, None);
    }
    (version, Some(build.to_owned()))
}

/// A line for pip that names a package and versions: the comparisons as they stand, joined by commas.
fn pip_spec(line: &str) -> Option<(String, Spec)> {
    let line = line.trim();
    if !line.is_ascii() || line.contains([';', '@', '#', '$', '/', ':', '(', '\\']) {
        return None;
    }
    let end = line
        .find(|character: char| !character.is_ascii_alphanumeric() && !"-_.".contains(character))
        .unwrap_or(line.len());
    let (name, rest) = line.split_at_checked(end)?;
    if !crate::pep508::is_name(name) {
        return None;
    }
    let (extras, rest) = match rest.trim_start().strip_prefix('[') {
        Some(inside) => inside.split_once(']')?,
        None => ("", rest),
    };
    let mut extras: Vec<String> = extras
        .split(',')
        .map(|extra| extra.trim().to_owned())
        .filter(|extra| !extra.is_empty())
        .collect();
    extras.sort();
    extras.dedup();
    let comparisons: Option<Vec<String>> = rest
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(comparison)
        .collect();
    let spec = Spec {
        extras,
        ..Spec::of_version(comparisons?.join(","))
    };
    Some((crate::pep508::normalise_name(name), spec))
}

/// `>= 1.2` as `>=1.2`.
fn comparison(text: &str) -> Option<String> {
    let end = text.find(|character: char| !"=<>!~".contains(character))?;
    let (operator, version) = text.split_at_checked(end)?;
    let version = version.trim();
    let plain = |character: char| character.is_ascii_alphanumeric() || "._-+!*".contains(character);
    let known = ["==", "===", ">=", "<=", ">", "<", "!=", "~="].contains(&operator);
    (known && !version.is_empty() && version.chars().all(plain))
        .then(|| format!("{operator}{version}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A specification; name, version, build and channel that conda-lock 2.5.8 and 4.0.3 hash.
    type Expected = (
        &'static str,
        &'static str,
        &'static str,
        Option<&'static str>,
        Option<&'static str>,
    );

    const CONDA: &[Expected] = &[
        ("numpy", "numpy", "", None, None),
        ("numpy=1.26", "numpy", "1.26.*", None, None),
        ("numpy=1.26.4", "numpy", "1.26.4.*", None, None),
        ("numpy==1.26.4", "numpy", "1.26.4", None, None),
        ("numpy == 1.26", "numpy", "1.26", None, None),
        ("numpy >=1.2,<2", "numpy", ">=1.2,<2", None, None),
        ("numpy >=1.2, <2", "numpy", ">=1.2,<2", None, None),
        ("numpy>=1.2 , <2", "numpy", ">=1.2,<2", None, None),
        ("numpy 1.26", "numpy", "1.26", None, None),
        ("numpy 1.26.*", "numpy", "1.26.*", None, None),
        ("numpy 1.26 py311_0", "numpy", "1.26", Some("py311_0"), None),
        ("numpy=1.26=py311_0", "numpy", "1.26", Some("py311_0"), None),
        (
            "numpy=1.26.4=*_cp311",
            "numpy",
            "1.26.4",
            Some("*_cp311"),
            None,
        ),
        (
            "numpy==1.26.4=py_0",
            "numpy",
            "==1.26.4",
            Some("py_0"),
            None,
        ),
        ("python=3.11.*", "python", "3.11.*", None, None),
        ("conda-forge::numpy", "numpy", "", None, Some("conda-forge")),
        (
            "conda-forge::numpy=1.26",
            "numpy",
            "1.26.*",
            None,
            Some("conda-forge"),
        ),
        (
            "conda-forge/linux-64::numpy",
            "numpy",
            "",
            None,
            Some("conda-forge"),
        ),
        (
            "pytorch::pytorch>=2.1",
            "pytorch",
            ">=2.1",
            None,
            Some("pytorch"),
        ),
        ("numpy=*", "numpy", "*", None, None),
        ("numpy *", "numpy", "*", None, None),
        ("numpy=1.26|1.27", "numpy", "=1.26|1.27", None, None),
        ("numpy >=1.2|<1", "numpy", ">=1.2|<1", None, None),
        ("NumPy", "numpy", "", None, None),
        ("numpy!=1.5", "numpy", "!=1.5", None, None),
        ("numpy~=1.4.2", "numpy", "~=1.4.2", None, None),
        (
            "libblas=*=*openblas",
            "libblas",
            "*",
            Some("*openblas"),
            None,
        ),
        ("blas * openblas", "blas", "*", Some("openblas"), None),
        ("numpy=1.26*", "numpy", "1.26.*", None, None),
        (
            "_libgcc_mutex=0.1=main",
            "_libgcc_mutex",
            "0.1",
            Some("main"),
            None,
        ),
        ("numpy> 1", "numpy", ">1", None, None),
        ("numpy =1.26", "numpy", "1.26.*", None, None),
        ("numpy= 1.26", "numpy", "1.26.*", None, None),
        ("numpy>=1.26=py*", "numpy", ">=1.26", Some("py*"), None),
        ("numpy >=1.26 py*", "numpy", ">=1.26", Some("py*"), None),
        ("numpy=1.26,!=1.26.3", "numpy", "=1.26,!=1.26.3", None, None),
        ("a.b=1", "a.b", "1.*", None, None),
        ("numpy=2.0.0rc1", "numpy", "2.0.0rc1.*", None, None),
        ("numpy==1.26.*", "numpy", "1.26.*", None, None),
        ("R-base=4", "r-base", "4.*", None, None),
        ("numpy 1.26.4=py_0", "numpy", "1.26.4", Some("py_0"), None),
        ("numpy<=1.2,>=1", "numpy", "<=1.2,>=1", None, None),
    ];

    #[test]
    fn specifications_of_conda_are_kept_as_conda_lock_keeps_them() {
        for (text, name, version, build, channel) in CONDA {
            let (found, spec) = conda_spec(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(
                (
                    found.as_str(),
                    spec.version.as_str(),
                    spec.build.as_deref(),
                    spec.channel.as_deref()
                ),
                (*name, *version, *build, *channel),
                "{text}"
            );
        }
        // conda has names of its own for these, or reads them in a way of its own
        for doubtful in [
            "pkgs/main::numpy",
            "numpy=>1.2",
            "numpy[version='1']",
            "https://c/x::numpy",
            "",
            "=1",
        ] {
            assert_eq!(conda_spec(doubtful), None, "{doubtful}");
        }
    }

    #[test]
    fn lines_for_pip_are_kept_in_parts() {
        let read =
            |line| pip_spec(line).map(|(name, spec)| (name, spec.extras.join(" "), spec.version));
        let expected = |name: &str, extras: &str, version: &str| {
            Some((name.to_owned(), extras.to_owned(), version.to_owned()))
        };
        assert_eq!(read("Jinja2"), expected("jinja2", "", ""));
        assert_eq!(read("a_b.c >= 1, < 2"), expected("a-b-c", "", ">=1,<2"));
        assert_eq!(read("x[b,a]==1"), expected("x", "a b", "==1"));
        for doubtful in [
            "x @ https://h/x.whl",
            "-r x.txt",
            "x; python_version>'3'",
            "x^1",
            "git+https://h/x",
        ] {
            assert_eq!(read(doubtful), None, "{doubtful}");
        }
    }

    #[test]
    fn lines_with_a_selector_belong_to_its_platforms() {
        assert_eq!(selector("  - a  # [linux]"), Some("linux"));
        assert_eq!(selector("  - a  # only there [win] since 2"), Some("win"));
        assert_eq!(selector("  - a  # [win] (not here)"), None);
        assert_eq!(selector("  - a[x]"), None);
        let text = "channels: [conda-forge, nodefaults]\ndependencies:\n- a=1 # [linux]\n- b\n# - c\n- pip:\n  - d\n  - -e .\n";
        let names = |platform: &str| -> Vec<String> {
            let request = read(text, platform).unwrap();
            assert_eq!(request.channels, ["conda-forge"]);
            request.specs.into_keys().map(|(_, name)| name).collect()
        };
        assert_eq!(names("linux-64"), ["a", "b", "pip", "d"]);
        assert_eq!(names("osx-64"), ["b", "pip", "d"]);
        assert_eq!(read(text, "linux-s390x"), None);
        assert_eq!(read("dependencies:\n- 1.0\n", "linux-64"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_not(text in "(dependencies:\n)?(- ?[a-z\\[\\]#=<>!~|,*: '1-3.é]{0,20}\n){0,4}") {
            let _ = read(&text, "linux-64");
        }

        #[test]
        fn any_line_is_taken_apart_or_not(line in "[a-z\\[\\]#=<>!~|,*: '1-3.é-]{0,24}") {
            let _ = (conda_spec(&line), pip_spec(&line), selector(&line));
        }
    }
}
