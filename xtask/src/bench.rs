//! Benchmarks: tables side by side, measured in one run, printed and kept in `BENCHMARKS.md`.
//!
//! What is compared runs in turns, so that a busy moment of the machine meets both. A number that no
//! command produced has no place here.

mod advisories;
mod audit;
mod bisect;
mod check;
mod drift;
mod example;
mod large_lock;
mod lock;
mod machine;
mod measure;
mod model;
mod monorepo;
mod page;
mod setting;
mod stream;
mod table;
mod verify;

use anyhow::{Result, bail, ensure};

use self::setting::Setting;
use self::table::Section;
use crate::workspace;

/// A benchmark: its name and what measures it.
type Benchmark = (&'static str, fn(&Setting) -> Result<Section>);

const BENCHMARKS: [Benchmark; 9] = [
    ("lock", lock::measure),
    ("check", check::measure),
    ("audit", audit::measure),
    ("monorepo", monorepo::measure),
    ("verify", verify::measure),
    ("model", model::measure),
    ("drift", drift::measure),
    ("stream", stream::measure),
    ("bisect", bisect::measure),
];

/// Measures all, or the one of this name; fails where a bar is missed.
pub(crate) fn run(name: Option<&str>) -> Result<()> {
    let chosen: Vec<_> = BENCHMARKS
        .iter()
        .filter(|(known, _)| name.is_none_or(|name| name == *known))
        .collect();
    if chosen.is_empty() {
        let names: Vec<_> = BENCHMARKS.iter().map(|(name, _)| *name).collect();
        bail!("there is no such benchmark; there are {}", names.join(", "));
    }
    let setting = Setting::new()?;
    let mut missed = Vec::new();
    for (name, measure) in chosen {
        workspace::complain(&format!("measuring `{name}`"));
        let section = measure(&setting)?;
        let text = section.markdown();
        workspace::say(&text);
        page::keep(name, &text, &machine::described())?;
        missed.extend(section.missed());
    }
    ensure!(missed.is_empty(), "missed: {}", missed.join("; "));
    Ok(())
}
