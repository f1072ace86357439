//! `.npmrc`: registries, of all packages and of scopes.
//!
//! Secrets (`_authToken`, `_password`, …) are passed over unseen.

use holdfast_model::{Declared, DeclaredIndex, DeclaredOption, IndexKind};

use crate::context::Context;
use crate::{Format, LineIndex, ReadError, limits, strip_credentials};

/// Reads the configuration: `key = value` on each line, `;` and `#` begin comments.
pub(crate) fn read(context: &Context<'_>, text: &str) -> Result<Declared, ReadError> {
    limits::check_manifest(text, context.path)?;
    let index = LineIndex::new(text);
    let mut declared = context.declared(Format::Npmrc);
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let begin = offset + (line.len() - line.trim_start().len());
        offset += line.len();
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';', '[']) {
            continue;
        }
        let (key, value) = line.split_once('=').unwrap_or((line, "true"));
        let key = key.trim().trim_end_matches("[]");
        let value = value.trim().trim_matches(['"', '\'']);
        // `//host/:_authToken` and its like, and the old ones without a host
        let secret = key.starts_with("//") || key.contains("_auth") || key.contains("_password");
        if secret || matches!(key, "username" | "email" | "password") {
            continue;
        }
        let location = index.location(context.path, begin);
        let scope = key.strip_suffix(":registry");
        if key == "registry" || scope.is_some() {
            declared.indexes.push(DeclaredIndex {
                kind: scope.map_or(IndexKind::Default, |_| IndexKind::Explicit),
                url: strip_credentials(value),
                name: scope.map(str::to_owned),
                location,
            });
        } else {
            declared.options.push(DeclaredOption {
                name: key.to_owned(),
                value: Some(strip_credentials(value)),
                location,
            });
        }
    }
    Ok(declared)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{MemoryFiles, read as read_any};

    #[test]
    fn registries_are_read_and_secrets_are_not() {
        let text = "; company\nregistry=https://u:p@npm.acme/\n@acme:registry = \"https://npm.acme/internal/\"\n//npm.acme/:_authToken=${NPM_TOKEN}\n_auth = secret\nstrict-ssl=false\nsave-exact\n";
        let files = MemoryFiles::new().with(".npmrc", text);
        let reading = read_any(&files, ".npmrc", Format::Npmrc).unwrap();
        let declared = reading.declared.unwrap();
        let indexes: Vec<_> = declared
            .indexes
            .iter()
            .map(|it| {
                (
                    it.kind,
                    it.name.as_deref(),
                    it.url.as_str(),
                    it.location.line,
                )
            })
            .collect();
        assert_eq!(
            indexes,
            [
                (IndexKind::Default, None, "https://npm.acme/", 2),
                (
                    IndexKind::Explicit,
                    Some("@acme"),
                    "https://npm.acme/internal/",
                    3
                ),
            ]
        );
        let options: Vec<_> = declared
            .options
            .iter()
            .map(|it| (it.name.as_str(), it.value.as_deref()))
            .collect();
        assert_eq!(
            options,
            [("strict-ssl", Some("false")), ("save-exact", Some("true"))]
        );
        let shown = format!("{declared:?}");
        assert!(!shown.contains("secret") && !shown.contains("NPM_TOKEN"));
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "\\PC{0,60}") {
            let files = MemoryFiles::new().with(".npmrc", text);
            let _ = read_any(&files, ".npmrc", Format::Npmrc);
        }
    }
}
