//! What a run of the program came to.

use std::process::Output;
use std::sync::OnceLock;

use regex::Regex;

/// A run that ended, with what differs from run to run taken out of its output.
#[derive(Debug)]
pub(crate) struct Ran {
    arguments: String,
    /// The exit code; -1 where it was killed.
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// Both streams as they were.
    pub(crate) raw: String,
}

impl Ran {
    pub(crate) fn new(
        output: &Output,
        arguments: &[&str],
        volatile: &[(String, &'static str)],
    ) -> Self {
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        Self {
            arguments: arguments.join(" "),
            code: output.status.code().unwrap_or(-1),
            stdout: filtered(&stdout, volatile),
            stderr: filtered(&stderr, volatile),
            raw: format!("{stdout}{stderr}"),
        }
    }

    /// It exits 0.
    #[track_caller]
    pub(crate) fn succeeds(self) -> Self {
        self.exits(0)
    }

    /// It exits with this code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self}");
        self
    }

    /// Its standard output has this text.
    #[track_caller]
    pub(crate) fn prints(self, text: &str) -> Self {
        assert!(self.stdout.contains(text), "no `{text}` in\n{self}");
        self
    }

    /// Its standard output, parsed.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}\n{self}"))
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(formatter, "$ holdfast {}", self.arguments)?;
        write!(formatter, "{}", self.stdout)?;
        if !self.stderr.is_empty() {
            write!(formatter, "--- stderr\n{}", self.stderr)?;
        }
        writeln!(formatter, "--- exit {}", self.code)
    }
}

/// The text with everything volatile replaced by what stands for it.
pub(super) fn filtered(text: &str, volatile: &[(String, &'static str)]) -> String {
    let mut text = text.to_owned();
    for (from, to) in volatile {
        text = text.replace(from, to);
    }
    for (pattern, to) in patterns() {
        text = pattern.replace_all(&text, to.as_str()).into_owned();
    }
    text
}

/// What differs from machine to machine and from run to run.
fn patterns() -> &'static [(Regex, String)] {
    static PATTERNS: OnceLock<Vec<(Regex, String)>> = OnceLock::new();
    PATTERNS.get_or_init(|| {
        [
            (r"\bin [0-9.]+ ?m?s\b", "in [time]"),
            (r#""(total|solver)": [0-9.]+"#, r#""$1": "[time]""#),
            // of declarations that name the port of an index
            (r"sha256:[0-9a-f]{12}…", "sha256:[digest]…"),
            (
                r#""(before|after)": "sha256:[0-9a-f]{64}""#,
                r#""$1": "[digest]""#,
            ),
            (r#"\buv = "[0-9.]+""#, r#"uv = "[uv]""#),
        ]
        .into_iter()
        .map(|(pattern, to)| (Regex::new(pattern).unwrap(), to.to_owned()))
        .collect()
    })
}
