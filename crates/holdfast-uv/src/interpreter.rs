//! Which Python is at hand, where nobody says which one is meant.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::program::Uv;
use crate::run::UvError;
use crate::said::{readable, summary};

impl Uv {
    /// The version, to the patch, of the first interpreter that `within` admits: PEP 440 specifiers,
    /// or nothing for any. None is downloaded. `directory` is where uv runs; it has to exist.
    pub fn interpreter(&self, within: &str, directory: &Path) -> Result<String, UvError> {
        let mut command = Command::new(self.program());
        command
            .args(["python", "find", "--no-project", "--show-version"])
            .args(["--no-python-downloads", "--color", "never", "--directory"])
            .arg(directory)
            .stdin(Stdio::null());
        if !within.is_empty() {
            command.arg(within);
        }
        let output = command.output().map_err(|source| UvError::Start {
            program: self.program().display().to_string(),
            source,
        })?;
        let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        if output.status.success() && is_version(&version) {
            return Ok(version);
        }
        let details = readable(&String::from_utf8_lossy(&output.stderr));
        if details.contains("No interpreter found") {
            return Err(UvError::NoInterpreter {
                python: if within.is_empty() { "3" } else { within }.to_owned(),
                details,
            });
        }
        Err(UvError::Failed {
            summary: summary(&details),
            details,
        })
    }
}

fn is_version(text: &str) -> bool {
    text.parse::<pep440_rs::Version>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_version_is_taken_for_one() {
        assert!(is_version("3.11.7"));
        assert!(!is_version("/usr/bin/python3"));
        assert!(!is_version(""));
    }
}
