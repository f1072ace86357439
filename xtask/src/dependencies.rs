//! Dependencies that no source file of their crate names.

use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::workspace;

/// Packages whose library has another name than they have.
const LIBRARIES: [(&str, &str); 1] = [("rust-netrc", "netrc")];

const TABLES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

/// Fails where a crate declares a dependency that it does not use, or the workspace one that no
/// crate declares.
pub(crate) fn run() -> Result<()> {
    let mut unused = Vec::new();
    let mut declared = Vec::new();
    for member in workspace::members()? {
        let sources = sources(&member)?;
        for (table, name) in dependencies(&member.join("Cargo.toml"), &TABLES)? {
            if !names(&sources, &name) {
                unused.push(format!(
                    "{}: `{name}` in [{table}] is used by no source file",
                    workspace::shown(&member)
                ));
            }
            declared.push(name);
        }
    }
    let root = workspace::root().join("Cargo.toml");
    for (_, name) in dependencies(&root, &["workspace.dependencies"])? {
        if !declared.contains(&name) {
            unused.push(format!("Cargo.toml: `{name}` is used by no crate"));
        }
    }
    if !unused.is_empty() {
        bail!("{}", unused.join("\n"));
    }
    workspace::say(&format!("{} dependencies, each used", declared.len()));
    Ok(())
}

/// Every Rust source of a crate, in one text.
fn sources(member: &Path) -> Result<String> {
    let mut text = String::new();
    for file in workspace::files(member, "rs")? {
        text.push_str(&workspace::read(&file)?);
    }
    Ok(text)
}

/// The table and name of each dependency in these tables of a manifest.
///
/// Only what the manifests of this workspace need is understood: one dependency in a line.
fn dependencies<'a>(manifest: &Path, tables: &[&'a str]) -> Result<Vec<(&'a str, String)>> {
    let text = workspace::read(manifest)?;
    let mut table = None;
    let mut found = Vec::new();
    for line in text.lines() {
        if let Some(header) = line.strip_prefix('[') {
            let header = header.split(']').next().unwrap_or_default();
            // `target.'cfg(unix)'.dependencies`
            let header = match header.rsplit_once('.') {
                Some((target, table)) if target.starts_with("target.") => table,
                Some(_) | None => header,
            };
            table = tables.iter().find(|known| **known == header).copied();
            continue;
        }
        let Some(table) = table.filter(|_| !line.is_empty() && !line.starts_with([' ', '#', ']']))
        else {
            continue;
        };
        let name = line.split(['.', ' ', '=']).next().with_context(|| {
            format!(
                "`{line}` in `{}` is no dependency",
                workspace::shown(manifest)
            )
        })?;
        found.push((table, name.to_owned()));
    }
    Ok(found)
}

/// Whether a source names a crate: as a path (`serde_json::`), in a `use`, or in an attribute.
fn names(sources: &str, dependency: &str) -> bool {
    let library = LIBRARIES
        .iter()
        .find(|(package, _)| *package == dependency)
        .map_or(dependency, |(_, library)| library);
    let name = library.replace('-', "_");
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    sources.match_indices(&name).any(|(position, _)| {
        let before = sources.get(..position).unwrap_or_default();
        let after = sources.get(position + name.len()..).unwrap_or_default();
        let starts = !before.ends_with(is_word);
        starts
            && (after.starts_with("::")
                || (before.ends_with("use ") && !after.starts_with(is_word)))
    })
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_crate_is_named_by_a_path_or_a_use() {
        assert!(names("let x = serde_json::to_string(y);", "serde-json"));
        assert!(names("use anyhow as error;", "anyhow"));
        assert!(names("netrc::Netrc::new()", "rust-netrc"));
        assert!(!names("// anyhow is not used", "anyhow"));
        assert!(!names("my_anyhow::x()", "anyhow"));
        assert!(!names("let time = toml_edit::x();", "toml"));
    }
}
