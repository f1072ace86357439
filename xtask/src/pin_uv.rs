//! Pins a version of uv: asks the package index for the hashes of its wheels and rewrites the
//! generated part of `crates/holdfast-uv/src/pinned.rs`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context as _, Result, bail, ensure};
use holdfast_sources::{Fetch as _, Http, HttpSettings, Request, Response};

use crate::workspace;

const PAGE: &str = "https://pypi.org/simple/uv/";
/// uv's page has some megabytes.
const LARGEST_PAGE: u64 = 64 << 20;
/// A line that every version of the file has, above the wheels.
const WHEELS: &str = "const WHEELS: &[(&str, &str, &str, PinnedWheel)] = &[\n";

/// Machines that a wheel is pinned for: operating system, processor and C library as Rust names them,
/// and the beginnings and ends of the wheel's platform tag.
const MACHINES: [Machine; 7] = [
    Machine::new("linux", "x86_64", "gnu", "manylinux", "x86_64"),
    Machine::new("linux", "x86_64", "musl", "musllinux", "x86_64"),
    // one static binary for both C libraries
    Machine::new("linux", "aarch64", "", "manylinux", "aarch64"),
    Machine::new("macos", "x86_64", "", "macosx", "x86_64"),
    Machine::new("macos", "aarch64", "", "macosx", "arm64"),
    Machine::new("windows", "x86_64", "", "win", "amd64"),
    Machine::new("windows", "aarch64", "", "win", "arm64"),
];

#[derive(Debug, Clone, Copy)]
struct Machine {
    system: &'static str,
    processor: &'static str,
    c_library: &'static str,
    tag_begins: &'static str,
    tag_ends: &'static str,
}

impl Machine {
    const fn new(
        system: &'static str,
        processor: &'static str,
        c_library: &'static str,
        tag_begins: &'static str,
        tag_ends: &'static str,
    ) -> Self {
        Self {
            system,
            processor,
            c_library,
            tag_begins,
            tag_ends,
        }
    }

    /// Whether a wheel's platform tag (`win_amd64`) is for this machine.
    fn takes(&self, tag: &str) -> bool {
        tag.starts_with(self.tag_begins) && tag.ends_with(self.tag_ends)
    }
}

/// Asks the index and rewrites the file.
pub(crate) fn run(version: &str) -> Result<()> {
    let mut request = Request::new(PAGE, LARGEST_PAGE);
    "application/vnd.pypi.simple.v1+json, text/html;q=0.1".clone_into(&mut request.accept);
    let response = Http::new(HttpSettings::default())
        .fetch(&request)
        .with_context(|| format!("cannot read `{PAGE}`"))?;
    let wheels = wheels(&hashes(&response)?, version)?;
    let path = workspace::root().join("crates/holdfast-uv/src/pinned.rs");
    let pinned = rewritten(&workspace::read(&path)?, version, &wheels)?;
    fs_err::write(&path, pinned)?;
    workspace::say(&format!(
        "pinned uv {version} in {}",
        workspace::shown(&path)
    ));
    Ok(())
}

/// SHA-256 by file name.
fn hashes(response: &Response) -> Result<BTreeMap<String, String>> {
    let text = String::from_utf8_lossy(&response.body);
    if text.trim_start().starts_with('{') {
        from_json(&text)
    } else {
        Ok(from_html(&text))
    }
}

fn from_json(text: &str) -> Result<BTreeMap<String, String>> {
    let page: serde_json::Value = serde_json::from_str(text)?;
    let files = page
        .get("files")
        .and_then(serde_json::Value::as_array)
        .context("the index's page has no files")?;
    let pair = |file: &serde_json::Value| {
        let name = file.get("filename")?.as_str()?;
        let sha256 = file.get("hashes")?.get("sha256")?.as_str()?;
        Some((name.to_owned(), sha256.to_owned()))
    };
    Ok(files.iter().filter_map(pair).collect())
}

fn from_html(text: &str) -> BTreeMap<String, String> {
    let pair = |link: &str| {
        let (address, rest) = link.split_once("#sha256=")?;
        let name = address.rsplit('/').next()?;
        Some((name.to_owned(), rest.split('"').next()?.to_owned()))
    };
    text.split("href=\"").filter_map(pair).collect()
}

/// The wheel of each machine, with its hash.
fn wheels(
    hashes: &BTreeMap<String, String>,
    version: &str,
) -> Result<Vec<(Machine, String, String)>> {
    let prefix = format!("uv-{version}-py3-none-");
    MACHINES
        .into_iter()
        .map(|machine| {
            let mut fitting = hashes.iter().filter(|(name, _)| {
                name.strip_prefix(&prefix)
                    .and_then(|rest| rest.strip_suffix(".whl"))
                    .is_some_and(|tag| {
                        let mut tags = tag.split('.');
                        tags.any(|tag| machine.takes(tag))
                    })
            });
            let Some((name, sha256)) = fitting.next() else {
                bail!(
                    "uv {version} has no wheel for {} on {}",
                    machine.system,
                    machine.processor
                );
            };
            let valid = sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
            ensure!(valid, "the index gives no SHA-256 of `{name}`");
            Ok((machine, name.clone(), sha256.clone()))
        })
        .collect()
}

/// The file with another version and other wheels.
fn rewritten(source: &str, version: &str, wheels: &[(Machine, String, String)]) -> Result<String> {
    const VERSION: &str = "pub const PINNED_VERSION: &str = \"";
    let (before, rest) = source
        .split_once(VERSION)
        .context("`pinned.rs` has no `PINNED_VERSION`")?;
    let (_, rest) = rest.split_once('"').context("`pinned.rs` is cut off")?;
    let (between, _) = rest
        .split_once(WHEELS)
        .context("`pinned.rs` has no `WHEELS`")?;
    let mut text = format!("{before}{VERSION}{version}\"{between}{WHEELS}");
    for (machine, name, sha256) in wheels {
        write!(
            text,
            "    (\n        \"{}\",\n        \"{}\",\n        \"{}\",\n        PinnedWheel {{\n            \
             file: \"{name}\",\n            sha256: \"{sha256}\",\n        }},\n    ),\n",
            machine.system, machine.processor, machine.c_library
        )?;
    }
    text.push_str("];\n");
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = include_str!("../../crates/holdfast-uv/src/pinned.rs");

    /// The wheels that the file names now.
    fn pinned() -> BTreeMap<String, String> {
        let quoted = |line: &str| line.split('"').nth(1).unwrap().to_owned();
        let lines = |key: &'static str| {
            SOURCE
                .lines()
                .filter(move |line| line.trim_start().starts_with(key))
                .filter(|line| line.contains('"'))
                .map(quoted)
        };
        lines("file: ").zip(lines("sha256: ")).collect()
    }

    #[test]
    fn pinning_what_is_pinned_changes_nothing() {
        let version = holdfast_uv_version();
        let wheels = wheels(&pinned(), &version).unwrap();
        assert_eq!(rewritten(SOURCE, &version, &wheels).unwrap(), SOURCE);
    }

    fn holdfast_uv_version() -> String {
        let rest = SOURCE.split_once("PINNED_VERSION: &str = \"").unwrap().1;
        rest.split_once('"').unwrap().0.to_owned()
    }

    #[test]
    fn both_kinds_of_page_are_read() {
        let hash = "a".repeat(64);
        let html = format!("<a href=\"https://x/uv-1-py3-none-win_amd64.whl#sha256={hash}\">x</a>");
        let json = format!(
            "{{\"files\":[{{\"filename\":\"uv-1-py3-none-win_amd64.whl\",\"hashes\":{{\"sha256\":\"{hash}\"}}}}]}}"
        );
        assert_eq!(from_html(&html), from_json(&json).unwrap());
        assert_eq!(from_html(&html).len(), 1);
    }

    #[test]
    fn a_missing_wheel_is_an_error() {
        assert!(wheels(&pinned(), "0.0.1").is_err());
    }
}
