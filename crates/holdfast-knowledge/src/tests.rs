//! Tests of the whole: import, store, look-up.

mod advisories;
mod import;
mod record;
mod snapshot;
mod store;

/// An OSV record in JSON that affects one PyPI package below a version.
fn below(id: &str, aliases: &[&str], package: &str, fixed: &str) -> String {
    format!(
        r#"{{"id": "{id}", "modified": "2024-01-02T03:04:05Z", "aliases": {aliases:?},
        "summary": "Summary of {id}",
        "affected": [{{"package": {{"ecosystem": "PyPI", "name": "{package}"}},
        "ranges": [{{"type": "ECOSYSTEM",
        "events": [{{"introduced": "0"}}, {{"fixed": "{fixed}"}}]}}]}}]}}"#
    )
}

fn now() -> jiff::Timestamp {
    "2024-06-01T00:00:00Z".parse().unwrap()
}
