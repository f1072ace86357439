//! A requirement as a line of a requirements file.

use holdfast_model::{Ecosystem, Requirement, RequirementSource};

/// The line that asks for `requirement`: reading it again gives the same requirement.
///
/// Hashes follow as `--hash=…` on the same line. An index of its own cannot be said in a
/// requirements file and is left out, as are notes and purpose.
pub fn requirement_line(requirement: &Requirement) -> String {
    let named = requirement.package.ecosystem() == Ecosystem::Pypi;
    let extras = if requirement.extras.is_empty() {
        String::new()
    } else {
        format!("[{}]", requirement.extras.join(","))
    };
    let name = format!("{}{extras}", requirement.package.name());
    let address = match &requirement.source {
        RequirementSource::Registry { .. } => None,
        RequirementSource::Url(url) => Some(url.clone()),
        RequirementSource::Vcs {
            system,
            url,
            revision,
        } => Some(repository(system, url, revision.as_deref())),
        RequirementSource::Path { path, .. } => Some(path.clone()),
    };
    let editable = matches!(
        requirement.source,
        RequirementSource::Path { editable: true, .. }
    );
    let mut line = match address {
        None => format!("{name}{}", requirement.range.text),
        Some(path) if editable => {
            let marker = requirement.marker.as_ref();
            let marker = marker
                .map(|marker| format!(" ; {marker}"))
                .unwrap_or_default();
            format!("--editable {}", quoted(&format!("{path}{extras}{marker}")))
        }
        Some(address) if named => format!("{name} @ {address}"),
        Some(address) => format!("{address}{extras}"),
    };
    if let Some(marker) = &requirement.marker
        && !editable
    {
        line.push_str(" ; ");
        line.push_str(marker);
    }
    for hash in &requirement.hashes {
        line.push_str(" --hash=");
        line.push_str(&hash.to_string());
    }
    line
}

/// The revision stands before the fragment.
fn repository(system: &str, url: &str, revision: Option<&str>) -> String {
    let (plain, fragment) = url.split_once('#').unwrap_or((url, ""));
    let revision = revision
        .map(|revision| format!("@{revision}"))
        .unwrap_or_default();
    let fragment = match fragment {
        "" => String::new(),
        _ => format!("#{fragment}"),
    };
    format!("{system}+{plain}{revision}{fragment}")
}

/// In quotes where a shell would split it.
fn quoted(text: &str) -> String {
    if text.contains([' ', '\'', '"', '\\']) {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        text.to_owned()
    }
}
