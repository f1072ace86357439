//! `holdfast init`: a commented `holdfast.toml` for a project.

use anyhow::Result;

use crate::cli::InitOptions;
use crate::output::{Outcome, Output};

/// Looks at the project and writes its configuration.
pub(crate) fn run(options: &InitOptions, output: &Output) -> Result<Outcome> {
    let made = holdfast_project::init(&options.directory)?;
    for note in &made.notes {
        output.note(note);
    }
    let file = made.path.strip_prefix(".").unwrap_or(&made.path);
    let text = output.text_or_json(
        |_| format!("wrote {}\n", file.display()),
        || {
            format!(
                "{}\n",
                serde_json::json!({"schema": "holdfast/init/1", "file": file, "notes": made.notes})
            )
        },
    )?;
    Ok(Outcome::clean(text))
}
