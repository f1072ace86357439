//! `docs/commands`: pages written by hand, with help and examples that the program itself printed.
//!
//! Examples run in a copy of `docs/commands/example`, beside one of `docs/commands/before`, with an empty home, an empty cache and a clock
//! that stands still, so that they print the same everywhere. None of them uses the network.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use super::Files;
use super::blocks::{Wanted, refresh};
use crate::program::{Profile, build, output};
use crate::workspace;

/// The time at which the examples run.
const NOW: &str = "2026-11-20T12:00:00Z";

/// Every page with its blocks made anew.
pub(super) fn pages(directory: &Path) -> Result<Files> {
    let program = build("holdfast", Profile::Debug)?;
    let names = subcommands(&output(Command::new(&program).arg("--help"))?);
    let missing: Vec<_> = names
        .iter()
        .filter(|name| !directory.join(format!("{name}.md")).is_file())
        .map(String::as_str)
        .collect();
    ensure!(
        missing.is_empty(),
        "these commands have no page in {}: {}",
        workspace::shown(directory),
        missing.join(", ")
    );
    let mut files = Files::new();
    for path in workspace::files(directory, "md")? {
        let page = workspace::read(&path)?;
        let refreshed = refresh(&page, |wanted| {
            let example = Example::new(&program, directory)?;
            example.show(wanted)
        })
        .with_context(|| format!("cannot refresh `{}`", workspace::shown(&path)))?;
        let name = path.file_stem().and_then(|name| name.to_str());
        if let Some(name) = name.filter(|name| names.iter().any(|known| known == name)) {
            ensure!(
                page.contains(&format!("<!-- generated: holdfast {name} --help -->")),
                "`{}` does not show the command's help",
                workspace::shown(&path)
            );
        }
        files.insert(path, refreshed);
    }
    Ok(files)
}

/// The commands that a help text lists, without `help` itself.
fn subcommands(help: &str) -> Vec<String> {
    help.lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

/// A copy of the example project, for one command.
struct Example {
    program: PathBuf,
    place: tempfile::TempDir,
}

impl Example {
    fn new(program: &Path, directory: &Path) -> Result<Self> {
        let place = tempfile::tempdir()?;
        for (from, to) in [
            ("example", "project"),
            ("before", "before"),
            ("plain", "plain"),
        ] {
            fs_err::create_dir(place.path().join(to))?;
            copy(&directory.join(from), &place.path().join(to))?;
        }
        Ok(Self {
            program: program.to_owned(),
            place,
        })
    }

    /// What command lines print, one after the other, as a fenced block.
    fn show(&self, wanted: &Wanted<'_>) -> Result<String> {
        let mut printed = String::new();
        for command in wanted.command.split(" && ") {
            printed.push_str(&self.run(command)?);
        }
        let language = if wanted.command.ends_with("--help") {
            "text"
        } else {
            "console"
        };
        let shown = shortened(&printed, wanted.lines);
        Ok(format!("```{language}\n{shown}\n```\n"))
    }

    /// What one command line prints, below itself as a person types it.
    fn run(&self, command: &str) -> Result<String> {
        let place = self.place.path();
        if let Some(file) = command.strip_prefix("cat ") {
            let text = fs_err::read_to_string(place.join("project").join(file))?;
            return Ok(format!("$ {command}\n{}\n", text.trim_end()));
        }
        let mut words = command.split_whitespace();
        ensure!(
            words.next() == Some("holdfast"),
            "`{command}` does not run holdfast"
        );
        let output = Command::new(&self.program)
            .args(words)
            .current_dir(place.join("project"))
            .env_clear()
            .env("HOME", place.join("home"))
            .env("HOLDFAST_CACHE_DIR", place.join("cache"))
            .env("HOLDFAST_NOW", NOW)
            .output()
            .with_context(|| format!("cannot run `{command}`"))?;
        let printed = String::from_utf8(output.stdout)? + &String::from_utf8(output.stderr)?;
        let Some(exit) = output.status.code().filter(|exit| *exit <= 2) else {
            bail!("`{command}` ended with {}:\n{printed}", output.status);
        };
        if command.ends_with("--help") {
            return Ok(printed);
        }
        let exit = match exit {
            0 => String::new(),
            exit => format!("$ echo $?\n{exit}\n"),
        };
        let printed = match printed.trim_end() {
            "" => String::new(),
            text => format!("{text}\n"),
        };
        Ok(format!("$ {command}\n{printed}{exit}"))
    }
}

/// Without blanks at line ends, and without what is beyond the lines that are wanted.
fn shortened(printed: &str, lines: Option<usize>) -> String {
    let all: Vec<&str> = printed.trim_end().lines().map(str::trim_end).collect();
    match lines {
        Some(wanted) if wanted < all.len() => {
            let shown: Vec<&str> = all.iter().copied().take(wanted).chain(["…"]).collect();
            shown.join("\n")
        }
        Some(_) | None => all.join("\n"),
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    for entry in fs_err::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs_err::create_dir(&target)?;
            copy(&entry.path(), &target)?;
        } else {
            fs_err::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_are_those_that_the_help_lists() {
        let help = "Usage\n\nCommands:\n  audit  Judge\n         by advisories\n  why    Say\n  help   Print\n\nOptions:\n  -h\n";
        assert_eq!(subcommands(help), ["audit", "why"]);
    }

    #[test]
    fn what_is_left_out_is_said_to_be() {
        assert_eq!(shortened("a  \nb\nc\n\n", Some(2)), "a\nb\n…");
        assert_eq!(shortened("a\nb\n", Some(2)), "a\nb");
    }
}
