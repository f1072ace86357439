//! The hidden subcommand alone, for the tests of this crate: `contained STAGE …`.

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    #[expect(
        clippy::disallowed_methods,
        reason = "it stands in for the binary, which reads the clock"
    )]
    let start = Instant::now();
    let arguments: Vec<OsString> = std::env::args_os().skip(2).collect();
    holdfast_runner::contained_main(&arguments, &|| start.elapsed()).into()
}
