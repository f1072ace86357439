//! `package.json`: dependencies of every kind, and what overrides them.

use std::collections::BTreeMap;

use holdfast_model::{
    Declared, DeclaredOption, Ecosystem, PackageId, Purpose, RangeShape, Requirement,
    RequirementSource, VersionRange,
};

use super::range::range;
use crate::context::Context;
use crate::document::{Document, Node};
use crate::{Format, ReadError, limits, strip_credentials};

/// Lists of dependencies, and what they are for.
const LISTS: &[(&str, Option<&str>)] = &[
    ("dependencies", None),
    ("devDependencies", Some("dev")),
    ("optionalDependencies", Some("optional")),
    ("peerDependencies", Some("peer")),
];

/// Reads the manifest.
pub(crate) fn read(context: &Context<'_>, text: &str) -> Result<Declared, ReadError> {
    let document = Document::json(text, context.path)?;
    let mut declared = context.declared(Format::PackageJson);
    let root = document.root();
    root.entries()?;
    for (list, group) in LISTS {
        for (name, node) in root.optional_entries(list)? {
            let purpose = group.map_or(Purpose::Runtime, |group| Purpose::Group(group.to_owned()));
            let found = dependency(context, name, &node, purpose)?;
            declared.requirements.push(found);
        }
    }
    for path in [&["overrides"][..], &["pnpm", "overrides"], &["resolutions"]] {
        if let Some(table) = root.at(path) {
            overrides(context, &table, None, &mut Overriding::of(&mut declared))?;
        }
    }
    for (name, node) in root.optional_entries("engines")? {
        declared.options.push(DeclaredOption {
            name: format!("engines.{name}"),
            value: node.scalar(),
            location: node.location(),
        });
    }
    if let Some(node) = root.get("packageManager") {
        declared.options.push(DeclaredOption {
            name: "package-manager".to_owned(),
            value: node.scalar(),
            location: node.location(),
        });
    }
    Ok(declared)
}

fn dependency(
    context: &Context<'_>,
    name: &str,
    node: &Node<'_>,
    purpose: Purpose,
) -> Result<Requirement, ReadError> {
    if !is_name(name) {
        return Err(node.error(format!(
            "`{}` cannot name an npm package",
            name.escape_debug()
        )));
    }
    let text = node.string()?.trim();
    let (name, text_of_range) = alias(name, text);
    let (source, range) = source(context, text_of_range);
    Ok(Requirement {
        package: PackageId::new(Ecosystem::Npm, name),
        text: format!("{name}@{}", strip_credentials(text_of_range)),
        range,
        extras: Vec::new(),
        marker: None,
        source,
        hashes: Vec::new(),
        purpose,
        via: Vec::new(),
        location: node.location(),
    })
}

/// A name with or without a scope. npm is strict with new names only; what breaks a path is refused.
fn is_name(name: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part
                .chars()
                .all(|it| it.is_ascii_graphic() && !"@/\\:<>#?%\"'".contains(it))
    };
    name.len() <= 214
        && match name.strip_prefix('@').and_then(|rest| rest.split_once('/')) {
            Some((scope, rest)) => plain(scope) && plain(rest),
            None => plain(name),
        }
}

/// `npm:real@^1` names another package than its key.
fn alias<'t>(name: &'t str, text: &'t str) -> (&'t str, &'t str) {
    let Some(target) = text.strip_prefix("npm:") else {
        return (name, text);
    };
    // a scope begins with `@` too
    let at = target
        .char_indices()
        .skip(1)
        .find_map(|(offset, character)| (character == '@').then_some(offset));
    let (real, range) = match at.and_then(|at| target.split_at_checked(at)) {
        Some((real, range)) => (real, range.trim_start_matches('@')),
        None => (target, ""),
    };
    if is_name(real) {
        (real, range)
    } else {
        (name, text)
    }
}

/// Where the package comes from, and which versions.
fn source(context: &Context<'_>, text: &str) -> (RequirementSource, VersionRange) {
    let any = || VersionRange::foreign("", RangeShape::Any, None);
    for prefix in ["file:", "link:", "portal:"] {
        if let Some(path) = text.strip_prefix(prefix) {
            let source = RequirementSource::Path {
                path: context.resolve(path),
                editable: prefix != "file:",
            };
            return (source, any());
        }
    }
    if text.starts_with("workspace:") {
        let source = RequirementSource::Path {
            path: text.to_owned(),
            editable: true,
        };
        return (source, any());
    }
    if let Some(source) = repository(text) {
        return (source, any());
    }
    if text.starts_with("http://") || text.starts_with("https://") {
        return (RequirementSource::Url(strip_credentials(text)), any());
    }
    if text.starts_with(['.', '/', '~']) && text.contains('/') {
        let source = RequirementSource::Path {
            path: context.resolve(text),
            editable: false,
        };
        return (source, any());
    }
    (RequirementSource::Registry { index: None }, range(text))
}

/// `git+ssh://…#ref`, `github:owner/name#ref`, `owner/name`, `https://….git`.
fn repository(text: &str) -> Option<RequirementSource> {
    let (plain, revision) = match text.split_once('#') {
        Some((plain, revision)) => (plain, Some(revision.to_owned())),
        None => (text, None),
    };
    let hosted = [
        ("github:", "https://github.com/"),
        ("gitlab:", "https://gitlab.com/"),
        ("bitbucket:", "https://bitbucket.org/"),
        ("gist:", "https://gist.github.com/"),
    ]
    .iter()
    .find_map(|(prefix, host)| Some(format!("{host}{}", plain.strip_prefix(prefix)?)));
    let is_git = plain.starts_with("git://")
        || plain.starts_with("git@")
        || plain.contains("://") && plain.strip_suffix(".git").is_some();
    let short = || {
        let (owner, name) = plain.split_once('/')?;
        let part = |text: &str| {
            !text.is_empty()
                && !text.starts_with(['.', '@', '~'])
                && text
                    .bytes()
                    .all(|it| it.is_ascii_alphanumeric() || b"-_.".contains(&it))
        };
        (part(owner) && part(name)).then(|| format!("https://github.com/{plain}"))
    };
    let url = plain
        .strip_prefix("git+")
        .map(str::to_owned)
        .or(hosted)
        .or_else(|| is_git.then(|| plain.to_owned()))
        .or_else(short)?;
    Some(RequirementSource::Vcs {
        system: "git".to_owned(),
        url: strip_credentials(&url),
        revision,
    })
}

/// Overrides being read, and what they may refer to.
struct Overriding<'d> {
    found: &'d mut Vec<Requirement>,
    dependencies: BTreeMap<&'d PackageId, &'d Requirement>,
}

impl<'d> Overriding<'d> {
    fn of(declared: &'d mut Declared) -> Self {
        let mut dependencies = BTreeMap::new();
        for requirement in &declared.requirements {
            dependencies
                .entry(&requirement.package)
                .or_insert(requirement);
        }
        Self {
            found: &mut declared.overrides,
            dependencies,
        }
    }
}

/// Overrides may nest: `{"a": {".": "1", "b": "2"}}` overrides `a`, and `b` below `a`.
fn overrides(
    context: &Context<'_>,
    table: &Node<'_>,
    above: Option<&str>,
    into: &mut Overriding<'_>,
) -> Result<(), ReadError> {
    for (key, node) in table.entries()? {
        if into.found.len() >= limits::COUNT {
            return Err(limits::too_many(node.location()));
        }
        let name = match (key, above) {
            (".", Some(above)) => above,
            _ => overridden(key),
        };
        if node.is_table() {
            // the tree's depth is limited, and so is this recursion
            overrides(context, &node, Some(name), into)?;
            continue;
        }
        let text = node.string()?;
        // `$name` is the version that the dependency of that name has
        let Some(found) = text.strip_prefix('$') else {
            let found = dependency(context, name, &node, Purpose::Runtime)?;
            into.found.push(found);
            continue;
        };
        let target = PackageId::new(Ecosystem::Npm, found);
        match into.dependencies.get(&target) {
            Some(same) => into.found.push(Requirement {
                package: PackageId::new(Ecosystem::Npm, name),
                location: node.location(),
                ..(*same).clone()
            }),
            None => {
                return Err(node
                    .error(format!("`{text}` refers to no dependency"))
                    .with_fix(format!("add `{found}` to `dependencies`")));
            }
        }
    }
    Ok(())
}

/// The package that a key names: `a@^1` is `a`; yarn's `a/b` and `**/b` are `b`.
fn overridden(key: &str) -> &str {
    let last = match key.rsplit_once('/') {
        Some((before, last)) => {
            let scope = before.rsplit('/').next().unwrap_or_default();
            if scope.starts_with('@') {
                key.get(key.len() - last.len() - scope.len() - 1..)
                    .unwrap_or(last)
            } else {
                last
            }
        }
        None => key,
    };
    let last = last.rsplit('>').next().unwrap_or(last);
    match last.char_indices().skip(1).find(|(_, it)| *it == '@') {
        Some((at, _)) => last.get(..at).unwrap_or(last),
        None => last,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MemoryFiles, read as read_any};

    fn declared(text: &str) -> Result<Declared, ReadError> {
        let files = MemoryFiles::new().with("web/package.json", text);
        let reading = read_any(&files, "web/package.json", Format::PackageJson)?;
        Ok(reading.declared.unwrap())
    }

    fn lines(requirements: &[Requirement]) -> Vec<String> {
        requirements
            .iter()
            .map(|it| {
                let source = match &it.source {
                    RequirementSource::Registry { .. } => String::new(),
                    RequirementSource::Url(url) => format!(" {url}"),
                    RequirementSource::Vcs { url, revision, .. } => format!(" {url} {revision:?}"),
                    RequirementSource::Path { path, .. } => format!(" {path}"),
                };
                format!(
                    "{}@{}{source} :{}",
                    it.package, it.range.text, it.location.line
                )
            })
            .collect()
    }

    #[test]
    fn dependencies_of_every_kind_are_read() {
        let declared = declared(
            r#"{
  "name": "web",
  "dependencies": {
    "react": "^18.2.0",
    "@acme/ui": "1.0.0",
    "aliased": "npm:@real/thing@~2",
    "local": "file:../local",
    "hosted": "acme/tool#v1.2",
    "cloned": "git+ssh://git@h/o/r.git#abc",
    "archive": "https://u:p@h/a.tgz"
  },
  "devDependencies": {"typescript": "*"},
  "engines": {"node": ">=20"},
  "packageManager": "pnpm@9.0.0"
}"#,
        )
        .unwrap();
        assert_eq!(
            lines(&declared.requirements),
            [
                "react@^18.2.0 :4",
                "@acme/ui@1.0.0 :5",
                "@real/thing@~2 :6",
                "local@ local :7",
                "hosted@ https://github.com/acme/tool Some(\"v1.2\") :8",
                "cloned@ ssh://git@h/o/r.git Some(\"abc\") :9",
                "archive@ https://h/a.tgz :10",
                "typescript@* :12",
            ]
        );
        assert_eq!(
            declared.requirements[7].purpose,
            Purpose::Group("dev".to_owned())
        );
        assert_eq!(declared.options.len(), 2);
    }

    #[test]
    fn overrides_may_nest_and_refer() {
        let declared = declared(
            r#"{"dependencies": {"a": "^1"}, "overrides": {
  "b@^2": "2.1.0",
  "c": {".": "3.0.0", "d": {"@s/e": "$a"}}},
  "resolutions": {"**/f": "4.0.0", "g/@s/h": "5.0.0"}}"#,
        )
        .unwrap();
        assert_eq!(
            lines(&declared.overrides),
            [
                "b@2.1.0 :2",
                "c@3.0.0 :3",
                "@s/e@^1 :3",
                "f@4.0.0 :4",
                "@s/h@5.0.0 :4"
            ]
        );
    }

    #[test]
    fn what_is_no_manifest_is_an_error_at_its_place() {
        for (text, error) in [
            ("[]", "web/package.json:1:1: the file is no table"),
            (
                "{\"dependencies\": {\"a\": 1}}",
                "web/package.json:1:19: `dependencies.a` is no string",
            ),
            (
                "{\"dependencies\": {\"../x\": \"1\"}}",
                "web/package.json:1:19: `../x` cannot name an npm package",
            ),
            (
                "{\"overrides\": {\"a\": \"$b\"}}",
                "web/package.json:1:16: `$b` refers to no dependency",
            ),
        ] {
            assert_eq!(declared(text).unwrap_err().to_string(), error);
        }
    }
}
