//! Chores of this workspace: `cargo xtask CHORE`.
//!
//! Nothing of the product may depend on what is here.

mod bench;
mod dependencies;
mod drift_reference;
mod fuzz_seeds;
mod generate;
mod monorepo;
mod pin_uv;
mod program;
mod snapshots;
mod stream_reference;
mod torch_samples;
mod workspace;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Chores of this workspace.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// Write the schemas, the rules' pages and the generated blocks of the commands' pages.
    Generate {
        /// Write nothing; fail where a file is not what it should be.
        #[arg(long)]
        check: bool,
    },
    /// Write seeds for the fuzz targets from the test material at hand.
    FuzzSeeds,
    /// Measure, print tables and keep them in BENCHMARKS.md.
    Bench {
        /// Only this benchmark.
        name: Option<String>,
    },
    /// Write a generated monorepo to measure with.
    Monorepo {
        /// Where to write it.
        directory: PathBuf,
        /// How many projects.
        #[arg(long, default_value_t = 1000)]
        projects: usize,
        /// How many packages a lock holds.
        #[arg(long, default_value_t = 300)]
        packages: usize,
    },
    /// Pin the uv that is fetched where none is at hand, by the hashes of the package index.
    PinUv {
        /// The version.
        version: String,
    },
    /// Write the page on what is read of files that a real torch wrote.
    TorchSamples {
        /// A Python that has torch.
        #[arg(long)]
        python: PathBuf,
    },
    /// Write the values that the statistics of drift are tested against.
    DriftReference {
        /// A Python that has scipy and statsmodels.
        #[arg(long)]
        python: PathBuf,
    },
    /// Write what the drift detectors of river signal, for the tests of ours.
    StreamReference {
        /// A Python that has river 0.26.1.
        #[arg(long)]
        python: PathBuf,
    },
    /// Fail on snapshots that no test reads.
    Snapshots {
        /// What `INSTA_SNAPSHOT_REFERENCES_FILE` named during a whole test run.
        references: PathBuf,
    },
    /// Fail on dependencies that no source file names.
    Dependencies,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().chore {
        Chore::Generate { check: true } => generate::run(generate::Mode::Check),
        Chore::Generate { check: false } => generate::run(generate::Mode::Write),
        Chore::FuzzSeeds => fuzz_seeds::run(),
        Chore::Bench { name } => bench::run(name.as_deref()),
        Chore::Monorepo {
            directory,
            projects,
            packages,
        } => monorepo::write(&directory, monorepo::Size { projects, packages }),
        Chore::PinUv { version } => pin_uv::run(&version),
        Chore::TorchSamples { python } => torch_samples::run(&python),
        Chore::DriftReference { python } => drift_reference::run(&python),
        Chore::StreamReference { python } => stream_reference::run(&python),
        Chore::Snapshots { references } => snapshots::run(&references),
        Chore::Dependencies => dependencies::run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            workspace::complain(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
