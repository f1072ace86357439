//! A capture, as it is kept and as it is told of.

use holdfast_model::Capture;

use crate::human;

/// The capture as JSON (`holdfast/capture/1`).
pub fn capture_json(capture: &Capture) -> String {
    crate::document::json(capture)
}

/// What was captured and what was not, in a line each.
pub fn capture_lines(capture: &Capture) -> Vec<String> {
    let packages = human::count(capture.packages.len(), "package", "packages");
    let files: u64 = capture.packages.iter().map(|package| package.files).sum();
    let files = human::count(
        usize::try_from(files).unwrap_or(usize::MAX),
        "file",
        "files",
    );
    let mut line = format!("captured {packages} with {files}");
    if let Some(version) = &capture.interpreter.version {
        line = format!("{line}, Python {version}");
    }
    if let Some(system) = &capture.system.packages {
        let system = human::count(system.len(), "system package", "system packages");
        line = format!("{line}, {system}");
    }
    let not_seen = capture.not_seen.iter();
    std::iter::once(line)
        .chain(not_seen.map(|it| format!("not seen: {}: {}", it.layer.as_str(), it.reason)))
        .collect()
}
