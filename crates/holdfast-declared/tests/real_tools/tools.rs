//! The tools, each in an environment of its own below the directory for temporary files.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Packages that were uploaded later are not used: so the tools' own dependencies stay the same.
const UPLOADED_BEFORE: &str = "2026-11-15T00:00:00Z";

const UV: &str = "0.13.8";

/// Times that something which needs the network is tried.
const TRIES: u32 = 3;

/// A tool and what its package is called.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Tool {
    Uv,
    Poetry1,
    Poetry2,
    Pipenv,
    Pdm,
    PipTools,
    CondaLock2,
    CondaLock4,
}

impl Tool {
    fn requirement(self) -> String {
        match self {
            Self::Uv => format!("uv=={UV}"),
            Self::Poetry1 => "poetry==1.8.5".to_owned(),
            Self::Poetry2 => "poetry==2.5.1".to_owned(),
            Self::Pipenv => "pipenv==2026.10.3".to_owned(),
            Self::Pdm => "pdm[locked]==2.29.3".to_owned(),
            Self::PipTools => "pip-tools==7.6.2".to_owned(),
            Self::CondaLock2 => "conda-lock==2.5.8".to_owned(),
            Self::CondaLock4 => "conda-lock==4.0.3".to_owned(),
        }
    }

    fn program(self) -> &'static str {
        match self {
            Self::Uv => "uv",
            Self::Poetry1 | Self::Poetry2 => "poetry",
            Self::Pipenv => "pipenv",
            Self::Pdm => "pdm",
            Self::PipTools => "pip-compile",
            // its functions are called: without a solver it locks nothing
            Self::CondaLock2 | Self::CondaLock4 => "python",
        }
    }

    /// The program; nothing where it cannot be had.
    pub(crate) fn path(self) -> Option<PathBuf> {
        let name = self.requirement().replace(['=', '[', ']'], "-");
        let home = std::env::temp_dir().join("holdfast-tools");
        let directory = home.join(name);
        let program = directory.join("bin").join(self.program());
        fs_err::create_dir_all(&home).expect("a directory for tools");
        let uv = match self {
            Self::Uv => None,
            _ => Some(Self::Uv.path()?),
        };
        // other tests want the same tool at the same time
        let lock = fs_err::File::create(directory.with_extension("making")).expect("a lock");
        lock.file().lock().expect("the lock");
        if directory.join("ready").exists() {
            return Some(program);
        }
        let made = match uv {
            None => self.install_with_pip(&directory),
            Some(uv) => self.install_with_uv(&uv, &directory),
        };
        match made {
            Ok(()) => {
                fs_err::write(directory.join("ready"), "").expect("a mark");
                Some(program)
            }
            Err(reason) => {
                skip(&format!(
                    "`{}` cannot be installed: {reason}",
                    self.requirement()
                ));
                None
            }
        }
    }

    fn install_with_pip(self, directory: &Path) -> Result<(), String> {
        run(Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(directory))?;
        retry(|| {
            run(Command::new(directory.join("bin/python"))
                .args([
                    "-m",
                    "pip",
                    "install",
                    "--quiet",
                    "--disable-pip-version-check",
                ])
                .arg(self.requirement()))
        })
    }

    fn install_with_uv(self, uv: &Path, directory: &Path) -> Result<(), String> {
        run(Command::new(uv)
            .args(["venv", "--quiet", "--clear", "--python", "python3"])
            .arg(directory))?;
        retry(|| {
            run(Command::new(uv)
                .args([
                    "pip",
                    "install",
                    "--quiet",
                    "--exclude-newer",
                    UPLOADED_BEFORE,
                ])
                .arg("--python")
                .arg(directory.join("bin/python"))
                .arg(self.requirement()))
        })
    }
}

/// npm, if the machine has it.
pub(crate) fn npm() -> Option<PathBuf> {
    match Command::new("npm").arg("--version").output() {
        Ok(output) if output.status.success() => Some(PathBuf::from("npm")),
        _ => {
            skip("there is no `npm` on this machine");
            None
        }
    }
}

/// Tries several times what needs the network.
pub(crate) fn retry<T>(mut action: impl FnMut() -> Result<T, String>) -> Result<T, String> {
    let mut reason = String::new();
    for _ in 0..TRIES {
        match action() {
            Ok(result) => return Ok(result),
            Err(error) => reason = error,
        }
    }
    Err(reason)
}

/// Runs a command to its success.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    let output = output(command);
    if output.status.success() {
        return Ok(());
    }
    let text = [output.stdout, output.stderr].concat();
    Err(format!(
        "{command:?}: {}",
        String::from_utf8_lossy(&text).trim()
    ))
}

/// Runs a command, whatever comes of it.
pub(crate) fn output(command: &mut Command) -> Output {
    // one that belongs to whoever runs the tests is none of the tools' business
    command
        .env_remove("VIRTUAL_ENV")
        .output()
        .expect("the command starts")
}

/// Says that a test is skipped.
///
/// # Panics
/// With `CI=true`, where a skipped check would pass for a clean one.
pub(crate) fn skip(reason: &str) {
    #[expect(clippy::disallowed_methods, reason = "tests read the environment")]
    let ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(!ci, "{reason}: with CI=true nothing is skipped");
    eprintln!("skipped: {reason}");
}
