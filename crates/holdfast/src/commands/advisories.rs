//! `holdfast advisories`: the advisory data on this machine.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use holdfast_knowledge::{AdvisoryStore, ImportReport, import};
use holdfast_report::human;
use jiff::Timestamp;

use crate::advisories::{feed, store, update};
use crate::cli::AdvisoriesCommand;
use crate::environment::Environment;
use crate::network::{Door, Network};
use crate::output::{Outcome, Output};
use crate::project;

/// Imports, updates, or tells.
pub(crate) fn run(
    command: AdvisoriesCommand,
    environment: &Environment,
    output: &Output,
) -> Result<Outcome> {
    match command {
        AdvisoriesCommand::Import { source } => import_from(&source, environment, output),
        AdvisoriesCommand::Update { url, directory } => {
            let project = project::open(&directory)?;
            let url = url.unwrap_or_else(|| feed(Some(&project)));
            fetch(&url, environment, output)
        }
        AdvisoriesCommand::Status => status(environment, output),
    }
}

fn import_from(source: &str, environment: &Environment, output: &Output) -> Result<Outcome> {
    if source.starts_with("https://") || source.starts_with("http://") {
        return fetch(source, environment, output);
    }
    let report = import(Path::new(source), &store(environment), environment.now)?;
    imported(&report, output)
}

fn fetch(url: &str, environment: &Environment, output: &Output) -> Result<Outcome> {
    let network = Network::new(None, &[], environment)?;
    let door = Door::open(&network, environment);
    match update(url, &door, environment).with_context(|| "cannot fetch the advisories")? {
        Some(report) => imported(&report, output),
        None => Ok(Outcome::clean(output.text_or_json(
            |_| "the feed has nothing new\n".to_owned(),
            || {
                format!(
                    "{}\n",
                    serde_json::json!({"schema": "holdfast/advisories/1", "changed": false})
                )
            },
        )?)),
    }
}

fn imported(report: &ImportReport, output: &Output) -> Result<Outcome> {
    for skipped in &report.skipped {
        output.note(&format!(
            "{}: not imported: {}",
            skipped.file, skipped.reason
        ));
    }
    let text = output.text_or_json(
        |_| {
            let mut text = format!(
                "imported {} about {}",
                count(report.records, "record", "records"),
                count(report.packages, "package", "packages"),
            );
            // writing to a String cannot fail
            if report.withdrawn > 0 {
                let _ = write!(text, "; {} withdrawn", report.withdrawn);
            }
            if !report.skipped.is_empty() {
                let _ = write!(text, "; {} not imported", report.skipped.len());
            }
            text.push('\n');
            text
        },
        || {
            let skipped: Vec<_> = report
                .skipped
                .iter()
                .map(|skipped| serde_json::json!({"file": skipped.file, "reason": skipped.reason}))
                .collect();
            format!(
                "{}\n",
                serde_json::json!({
                    "schema": "holdfast/advisories/1",
                    "changed": true,
                    "records": report.records,
                    "packages": report.packages,
                    "withdrawn": report.withdrawn,
                    "skipped": skipped,
                })
            )
        },
    )?;
    Ok(Outcome::clean(text))
}

fn status(environment: &Environment, output: &Output) -> Result<Outcome> {
    let data = AdvisoryStore::open(&store(environment))?.map(|store| store.data().clone());
    let text = output.text_or_json(
        |_| match &data {
            None => "there is no advisory data on this machine: fetch it with `holdfast advisories update`, or import it\n".to_owned(),
            Some(data) => {
                let ecosystems: Vec<&str> = data.ecosystems.iter().map(|ecosystem| ecosystem.purl_type()).collect();
                let newest = data.newest.map_or_else(|| "unknown".to_owned(), |newest| format!("{newest:.0}"));
                format!(
                    "{} for {}\nfetched  {:.0} ({})\nnewest   {newest}\ndigest   {}\n",
                    count(data.count, "record", "records"),
                    ecosystems.join(", "),
                    data.fetched,
                    age(data.fetched, environment.now),
                    data.digest,
                )
            }
        },
        || {
            let data = data.as_ref().map(|data| {
                serde_json::json!({
                    "count": data.count,
                    "digest": data.digest,
                    "fetched": data.fetched,
                    "newest": data.newest,
                    "ecosystems": data.ecosystems,
                    "age_seconds": environment.now.duration_since(data.fetched).as_secs(),
                })
            });
            format!("{}\n", serde_json::json!({"schema": "holdfast/advisories-status/1", "data": data}))
        },
    )?;
    Ok(Outcome::clean(text))
}

fn age(fetched: Timestamp, now: Timestamp) -> String {
    let hours = u64::try_from(now.duration_since(fetched).as_hours()).unwrap_or(0);
    if hours == 0 {
        "less than an hour ago".to_owned()
    } else if hours < 48 {
        format!("{} ago", count(hours, "hour", "hours"))
    } else {
        format!("{} ago", count(hours / 24, "day", "days"))
    }
}

fn count(number: u64, one: &str, more: &str) -> String {
    human::count(usize::try_from(number).unwrap_or(usize::MAX), one, more)
}
