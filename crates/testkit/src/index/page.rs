//! The pages of the simple API: JSON (PEP 691, 700, 714, 792) and HTML (PEP 503, 592, 658).

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::archive::{normalised, sha256};
use super::project::BuiltFile;
use super::{BuiltProject, FakeIndexOptions, Quirk};

/// What a file name must not have in an address; `+` of a local version above all.
const IN_PATH: &AsciiSet = &CONTROLS.add(b' ').add(b'+').add(b'%').add(b'#').add(b'?');

/// The address of a file.
pub(crate) fn file_url(root: &str, name: &str) -> String {
    format!("{root}/files/{}", utf8_percent_encode(name, IN_PATH))
}

/// A project's page in JSON.
pub(crate) fn project_json(
    project: &BuiltProject,
    root: &str,
    options: &FakeIndexOptions,
) -> String {
    let files: Vec<Value> = project
        .files
        .iter()
        .map(|file| file_json(file, root, options))
        .collect();
    let mut versions: Vec<&str> = project
        .project
        .releases
        .iter()
        .map(|release| release.version.as_str())
        .collect();
    versions.dedup();
    let mut page = json!({
        "meta": {"api-version": "1.4", "_last-serial": 1},
        "name": normalised(&project.project.name),
        "versions": versions,
        "files": files,
    });
    if let Some((status, reason)) = &project.project.status {
        let mut entry = Map::new();
        entry.insert("status".to_owned(), json!(status));
        if let Some(reason) = reason {
            entry.insert("reason".to_owned(), json!(reason));
        }
        page["project-status"] = Value::Object(entry);
    }
    page.to_string()
}

fn file_json(file: &BuiltFile, root: &str, options: &FakeIndexOptions) -> Value {
    let mut entry = json!({
        "filename": file.name,
        "url": file_url(root, &file.name),
        "hashes": {"sha256": file.sha256},
        "requires-python": file.requires_python,
        "size": file.bytes.len(),
        "yanked": match file.yanked.as_deref() {
            None => json!(false),
            Some("") => json!(true),
            Some(reason) => json!(reason),
        },
    });
    let metadata = announced_metadata(file, options)
        .map_or_else(|| json!(false), |digest| json!({"sha256": digest}));
    entry["core-metadata"] = metadata.clone();
    entry["dist-info-metadata"] = metadata;
    if let Some(time) = announced_upload_time(file, options) {
        entry["upload-time"] = json!(time);
    }
    entry
}

/// A project's page in HTML. Addresses are relative, as the standard allows.
pub(crate) fn project_html(project: &BuiltProject, options: &FakeIndexOptions) -> String {
    let name = escaped(&project.project.name);
    let root = options.files_at.as_deref().unwrap_or("../..");
    let mut page = String::from("<!DOCTYPE html>\n<html>\n<head>\n");
    page.push_str("<meta name=\"pypi:repository-version\" content=\"1.4\">\n");
    if let Some((status, reason)) = &project.project.status {
        line(
            &mut page,
            &format!(
                "<meta name=\"pypi:project-status\" content=\"{}\">",
                escaped(status)
            ),
        );
        if let Some(reason) = reason {
            line(
                &mut page,
                &format!(
                    "<meta name=\"pypi:project-status-reason\" content=\"{}\">",
                    escaped(reason)
                ),
            );
        }
    }
    line(
        &mut page,
        &format!("<title>Links for {name}</title>\n</head>\n<body>\n<h1>Links for {name}</h1>"),
    );
    for file in &project.files {
        line(&mut page, &anchor(file, root, options));
    }
    page.push_str("</body>\n</html>\n");
    page
}

fn anchor(file: &BuiltFile, root: &str, options: &FakeIndexOptions) -> String {
    let mut anchor = format!(
        "<a href=\"{}#sha256={}\"",
        escaped(&file_url(root, &file.name)),
        file.sha256
    );
    let mut attribute = |name: &str, value: &str| {
        write!(anchor, " {name}=\"{}\"", escaped(value)).expect("writing to a string");
    };
    if let Some(specifier) = &file.requires_python {
        attribute("data-requires-python", specifier);
    }
    if let Some(reason) = &file.yanked {
        attribute("data-yanked", reason);
    }
    if let Some(digest) = announced_metadata(file, options) {
        attribute("data-dist-info-metadata", &format!("sha256={digest}"));
        attribute("data-core-metadata", &format!("sha256={digest}"));
    }
    if let Some(time) = announced_upload_time(file, options) {
        attribute("data-upload-time", time);
    }
    write!(anchor, ">{}</a><br/>", escaped(&file.name)).expect("writing to a string");
    anchor
}

/// The list of projects in JSON.
pub(crate) fn list_json(projects: &[BuiltProject]) -> String {
    let projects: Vec<Value> = projects
        .iter()
        .map(|project| json!({"name": normalised(&project.project.name)}))
        .collect();
    json!({"meta": {"api-version": "1.4"}, "projects": projects}).to_string()
}

/// The list of projects in HTML.
pub(crate) fn list_html(projects: &[BuiltProject]) -> String {
    let mut page = String::from("<!DOCTYPE html>\n<html>\n<body>\n");
    for project in projects {
        let name = escaped(&normalised(&project.project.name));
        line(&mut page, &format!("<a href=\"{name}/\">{name}</a>"));
    }
    page.push_str("</body>\n</html>\n");
    page
}

fn announced_metadata(file: &BuiltFile, options: &FakeIndexOptions) -> Option<String> {
    if options.has(Quirk::WithoutMetadata) || options.has(Quirk::UnannouncedMetadata) {
        return None;
    }
    file.metadata.as_ref().map(|text| sha256(text.as_bytes()))
}

fn announced_upload_time<'a>(file: &'a BuiltFile, options: &FakeIndexOptions) -> Option<&'a str> {
    if options.has(Quirk::WithoutUploadTimes) {
        return None;
    }
    file.uploaded.as_deref()
}

fn line(page: &mut String, text: &str) {
    page.push_str(text);
    page.push('\n');
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
