//! Advisories (OSV records) about packages of the fake index.

use serde_json::json;

/// A vulnerability in every version from `introduced`, up to `fixed` where there is a fix.
pub(crate) fn vulnerability(
    id: &str,
    package: &str,
    introduced: &str,
    fixed: Option<&str>,
) -> String {
    let mut events = vec![json!({"introduced": introduced})];
    events.extend(fixed.map(|fixed| json!({"fixed": fixed})));
    json!({
        "schema_version": "1.6.0",
        "id": id,
        "modified": "2026-01-01T00:00:00Z",
        "published": "2026-01-01T00:00:00Z",
        "summary": format!("{package} does what it should not"),
        "affected": [{
            "package": {"ecosystem": "PyPI", "name": package},
            "ranges": [{"type": "ECOSYSTEM", "events": events}],
        }],
    })
    .to_string()
}

/// A record of the malicious-packages database about some versions.
pub(crate) fn malicious(id: &str, package: &str, versions: &[&str]) -> String {
    json!({
        "schema_version": "1.6.0",
        "id": id,
        "modified": "2026-01-01T00:00:00Z",
        "published": "2026-01-01T00:00:00Z",
        "summary": format!("malicious code in {package}"),
        "affected": [{
            "package": {"ecosystem": "PyPI", "name": package},
            "versions": versions,
        }],
    })
    .to_string()
}
