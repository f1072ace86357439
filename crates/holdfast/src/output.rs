//! What a command prints, and where.

use std::cell::RefCell;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use holdfast_report::{Colour, Style};

use crate::cli::{ColourChoice, Format, OutputOptions};
use crate::environment;
use crate::fixes::fix;

/// The result of a command: what to print, and how to exit.
pub(crate) struct Outcome {
    /// The result, in the format that was asked for.
    pub(crate) text: String,
    /// How to exit.
    pub(crate) exit: Exit,
    /// Where it goes.
    pub(crate) destination: Destination,
}

/// Where the result of a command goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Destination {
    /// To the file that was named, else to standard output.
    Asked,
    /// To standard output: the file that was named is written already.
    Terminal,
}

/// How a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Nothing to complain of.
    Clean,
    /// There are findings, or gaps under `--strict`.
    Findings,
    /// The result is not all that was asked for, and what is missing was said.
    Incomplete,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Clean => Self::SUCCESS,
            Exit::Findings => Self::from(1),
            Exit::Incomplete => Self::from(COULD_NOT),
        }
    }
}

/// What to exit with when a command could not do what it was asked.
pub(crate) const COULD_NOT: u8 = 2;

impl Outcome {
    /// A result without anything to complain of.
    pub(crate) fn clean(text: String) -> Self {
        Self::new(text, Exit::Clean)
    }

    /// A result.
    pub(crate) fn new(text: String, exit: Exit) -> Self {
        Self {
            text,
            exit,
            destination: Destination::Asked,
        }
    }
}

/// Why SARIF is refused where it is.
const NO_FINDINGS: &str = "SARIF is for findings: use it with `check`, `audit`, `verify`, `sync`, `lock --check`, `model scan`, `golden compare` or `drift`";

/// What the result of a command is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Findings, which SARIF can carry.
    Findings,
    /// Anything else.
    Other,
}

/// Where results, notes and progress go.
pub(crate) struct Output {
    pub(crate) format: Format,
    pub(crate) style: Style,
    file: Option<PathBuf>,
    /// The file that was named, once something was told into it.
    told: RefCell<Option<fs_err::File>>,
    quiet: bool,
}

/// Whether somebody reads what is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hearer {
    /// Somebody may.
    There,
    /// The reader has seen enough, such as `head`.
    Gone,
}

impl Output {
    /// As the command line and the terminal say.
    pub(crate) fn new(options: &OutputOptions) -> Self {
        let to_terminal = options.output.is_none() && std::io::stdout().is_terminal();
        let coloured = match options.color {
            ColourChoice::Always => true,
            ColourChoice::Never => false,
            ColourChoice::Auto => to_terminal && environment::text("NO_COLOR").is_none(),
        };
        let width = terminal_width().unwrap_or(100).clamp(40, 120);
        Self {
            format: options.format,
            style: Style {
                colour: if coloured { Colour::On } else { Colour::Off },
                width,
            },
            file: options.output.clone(),
            told: RefCell::new(None),
            quiet: options.quiet,
        }
    }

    /// Makes sure that a result of this kind can be told at all, before anything is done for it.
    pub(crate) fn can_tell(&self, kind: Kind) -> Result<()> {
        if self.format == Format::Sarif && kind == Kind::Other {
            bail!(NO_FINDINGS);
        }
        let Some(file) = &self.file else {
            return Ok(());
        };
        let directory = match file.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        anyhow::ensure!(
            !file.is_dir() && directory.is_dir(),
            "cannot write the result to `{}`: {}",
            file.display(),
            if file.is_dir() {
                "it is a directory"
            } else {
                "its directory is not there"
            },
        );
        Ok(())
    }

    /// Chooses between the two formats that most commands have.
    pub(crate) fn text_or_json(
        &self,
        text: impl FnOnce(&Style) -> String,
        json: impl FnOnce() -> String,
    ) -> Result<String> {
        match self.format {
            Format::Text => Ok(text(&self.style)),
            Format::Json => Ok(json()),
            Format::Sarif => bail!(NO_FINDINGS),
        }
    }

    /// The file that was named for the result.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Prints a result to standard output or the file that was named, behind what was told.
    pub(crate) fn print(&self, outcome: &Outcome) -> Result<()> {
        let text = &outcome.text;
        match (&self.file, outcome.destination) {
            (Some(file), Destination::Asked) if self.told.borrow().is_none() => {
                fs_err::write(file, text).context("cannot write the result")
            }
            (Some(_), Destination::Terminal) => write_out(text).map(|_| ()),
            (Some(_) | None, Destination::Asked | Destination::Terminal) => {
                self.tell(text).map(|_| ())
            }
        }
    }

    /// Prints a part of a result at once, before the rest of it is known.
    pub(crate) fn tell(&self, text: &str) -> Result<Hearer> {
        let Some(path) = &self.file else {
            return write_out(text);
        };
        let mut told = self.told.borrow_mut();
        let file = match told.take() {
            Some(file) => file,
            None => fs_err::File::create(path).context("cannot write the result")?,
        };
        let file = told.insert(file);
        file.write_all(text.as_bytes())
            .context("cannot write the result")?;
        Ok(Hearer::There)
    }

    /// Says something beside the result, on standard error.
    pub(crate) fn note(&self, note: &str) {
        if !self.quiet {
            say(&format!("note: {note}"));
        }
    }

    /// Whether progress may be shown.
    pub(crate) fn shows_progress(&self) -> bool {
        !self.quiet && std::io::stderr().is_terminal()
    }
}

/// Writes to standard output.
fn write_out(text: &str) -> Result<Hearer> {
    let mut stdout = std::io::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        // a reader that has seen enough is no failure
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(Hearer::Gone),
        Err(error) => Err(error).context("cannot write to standard output"),
        Ok(()) => Ok(Hearer::There),
    }
}

/// Writes a line to standard error; there is nobody to tell if that fails.
pub(crate) fn say(line: &str) {
    let mut stderr = anstream::stderr().lock();
    let _ = writeln!(stderr, "{line}");
}

/// Tells why a command could not do what it was asked, with every cause.
pub(crate) fn complain(error: &anyhow::Error) {
    let mut last = String::new();
    for cause in error.chain() {
        let text = cause.to_string();
        let text = plain(text.trim_end());
        if last.is_empty() {
            say(&format!("error: {text}"));
        } else if !last.contains(text) {
            // an error that passes on another's message would say it twice
            say(&format!("  cause: {}", without_file(cause, text, &last)));
        }
        text.clone_into(&mut last);
    }
    if let Some(fix) = fix(error) {
        say(&format!("  fix: {fix}"));
    }
}

/// What a library puts before the system's message says nothing to a person.
pub(crate) fn plain(text: &str) -> &str {
    text.strip_prefix("io: ").unwrap_or(text)
}

/// What happened to a file, without naming the file that the error before it named.
fn without_file<'a>(
    cause: &(dyn std::error::Error + 'static),
    text: &'a str,
    last: &str,
) -> &'a str {
    let parts = text
        .split_once('`')
        .and_then(|(_, rest)| rest.split_once("`: "));
    match parts {
        Some((file, happened))
            if cause.is::<std::io::Error>() && last.contains(&format!("`{file}`")) =>
        {
            happened
        }
        Some(_) | None => text,
    }
}

fn terminal_width() -> Option<usize> {
    let columns = environment::text("COLUMNS").and_then(|columns| columns.parse().ok());
    columns.or_else(|| {
        terminal_size::terminal_size().map(|(terminal_size::Width(width), _)| usize::from(width))
    })
}
