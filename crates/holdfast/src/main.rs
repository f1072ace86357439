//! The program: arguments, progress, standard output and exit codes. It holds no logic.

mod advisories;
mod cli;
mod commands;
mod completing;
mod environment;
mod fixes;
mod foreign;
mod golden;
mod interpreter;
mod nearest;
mod network;
mod output;
mod packages;
mod place;
mod progress;
mod project;
mod solver;
mod solving;
mod verifying;

use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::{Cli, Command, GoldenCommand, ModelCommand};
use crate::environment::Environment;
use crate::output::{COULD_NOT, Kind, Outcome, Output, complain};

fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Command::Contained { arguments } = &cli.command {
        return holdfast_runner::contained_main(arguments, &environment::stopwatch()).into();
    }
    let output = Output::new(&cli.output);
    let done = output
        .can_tell(kind(&cli.command))
        .and_then(|()| Environment::read())
        .and_then(|environment| run(cli.command, &environment, &output))
        .and_then(|outcome| output.print(&outcome).map(|()| outcome.exit));
    match done {
        Ok(exit) => exit.into(),
        Err(error) => {
            complain(&error);
            ExitCode::from(COULD_NOT)
        }
    }
}

fn kind(command: &Command) -> Kind {
    match command {
        Command::Check(_)
        | Command::Audit(_)
        | Command::Sync(_)
        | Command::Verify(_)
        | Command::Golden(GoldenCommand::Compare(_))
        | Command::Model(ModelCommand::Scan(_)) => Kind::Findings,
        Command::Lock(options) if options.check => Kind::Findings,
        Command::Drift(options) if options.command.is_none() => Kind::Findings,
        Command::Lock(_)
        | Command::Init(_)
        | Command::Capture(_)
        | Command::Model(_)
        | Command::Drift(_)
        | Command::Golden(_)
        | Command::Advisories(_)
        | Command::Tree(_)
        | Command::Why(_)
        | Command::Diff(_)
        | Command::Outdated(_)
        | Command::Import(_)
        | Command::Export(_)
        | Command::List(_)
        | Command::Explain(_)
        | Command::Cache(_)
        | Command::Contained { .. }
        | Command::Completions { .. } => Kind::Other,
    }
}

fn run(command: Command, environment: &Environment, output: &Output) -> anyhow::Result<Outcome> {
    match command {
        Command::Init(options) => commands::init::run(&options, output),
        Command::Lock(options) if options.check => {
            commands::lock::check(&options, environment, output)
        }
        Command::Lock(options) => commands::lock::run(&options, environment, output),
        Command::Sync(options) => commands::sync::run(&options, environment, output),
        Command::Verify(options) => commands::verify::run(&options, environment, output),
        Command::Capture(options) => commands::capture::run(&options, environment, output),
        Command::Check(options) => commands::check::run(&options, environment, output),
        Command::Audit(options) => commands::audit::run(&options, environment, output),
        Command::Model(command) => commands::model::run(&command, environment, output),
        Command::Drift(options) => commands::drift::run(&options, environment, output),
        Command::Golden(command) => commands::golden::run(&command, environment, output),
        Command::Advisories(command) => commands::advisories::run(command, environment, output),
        Command::Tree(options) => commands::tree::run(&options, environment, output),
        Command::Why(options) => commands::why::run(&options, environment, output),
        Command::Diff(options) => commands::diff::run(&options, output),
        Command::Outdated(options) => commands::outdated::run(&options, environment, output),
        Command::Import(options) => commands::import::run(&options, environment, output),
        Command::Export(options) => commands::export::run(&options, environment, output),
        Command::List(options) => commands::list::run(&options, environment, output),
        Command::Explain(options) => commands::explain::run(&options, output),
        Command::Cache(command) => commands::cache::run(&command, environment, output),
        Command::Contained { .. } => anyhow::bail!("`contained` is for `holdfast` itself"),
        Command::Completions { shell } => Ok(commands::completions::run(shell)),
    }
}
