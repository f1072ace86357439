//! The list of rules: the only one.
//!
//! A line here declares the module and puts its `RULE` into the catalogue; pages, `explain`, SARIF
//! metadata and the docs derive from that.

use crate::Rule;

/// Declares the modules and builds the catalogue from them.
macro_rules! rules {
    ($($module:ident),* $(,)?) => {
        $(mod $module;)*

        static CATALOGUE: &[&Rule] = &[$(&$module::RULE),*];
    };
}

rules! {
    altered_file,
    altered_record,
    artefact_hash_mismatch,
    artefact_library_not_locked,
    artefact_numpy_generation,
    artefact_unlocked,
    artefact_version_mismatch,
    changed_predictions,
    conflicting_constraints,
    core_skew,
    data_drift,
    denied_licence,
    driver_too_old,
    duplicate_declaration,
    embedded_code,
    escaping_path,
    expired_waiver,
    extra_index,
    extra_package,
    holding_period,
    inconsistent_archive,
    interpreter_mismatch,
    known_vulnerability,
    malicious_package,
    missing_file,
    missing_hash,
    missing_integrity,
    missing_lock,
    missing_package,
    missing_registry,
    missing_shared_library,
    prefer_safetensors,
    shadowed_package,
    shared_inode,
    stale_advisories,
    stale_lock,
    start_up_code,
    unbounded_requirement,
    unlocked_build_requirement,
    unlocked_package,
    unowned_file,
    unpinned_interpreter,
    unpinned_npm_dependency,
    unpinned_requirement,
    unpinned_source,
    unreadable_artefact,
    unreadable_file,
    unsafe_operation,
    unsafe_pickle,
    unsafe_template,
    unscoped_internal_package,
    unstable_version,
    unsupported_gpu,
    url_requirement_without_hash,
    vcs_requirement_without_commit,
    version_mismatch,
    yanked_release,
}

/// Whether each finding of this rule is about one advisory, named by `details.id`.
pub(crate) fn is_about_advisories(id: &str) -> bool {
    [&known_vulnerability::RULE, &malicious_package::RULE]
        .iter()
        .any(|rule| rule.id == id)
}

/// Every rule, sorted by id.
pub fn catalogue() -> &'static [&'static Rule] {
    CATALOGUE
}

/// The rule of this id.
pub fn find(id: &str) -> Option<&'static Rule> {
    CATALOGUE.iter().copied().find(|rule| rule.id == id)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn sections(page: &str) -> Vec<&str> {
        let mut fenced = false;
        page.lines()
            .filter(|line| {
                fenced ^= line.starts_with("```");
                !fenced && line.starts_with('#')
            })
            .collect()
    }

    #[test]
    fn ids_are_sorted_and_found() {
        let ids: Vec<&str> = catalogue().iter().map(|rule| rule.id).collect();
        assert!(ids.is_sorted(), "{ids:?}");
        for rule in catalogue() {
            assert_eq!(find(rule.id).map(|found| found.id), Some(rule.id));
        }
        assert!(find("no-such-rule").is_none());
    }

    #[test]
    fn every_page_has_its_sections_and_the_name_of_its_rule() {
        for rule in catalogue() {
            let wanted = [
                &format!("# {}", rule.id),
                "## What",
                "## Why",
                "## Failing example",
                "## Fix",
                "## Options",
            ];
            assert_eq!(sections(rule.page), wanted, "{}", rule.id);
            assert!(!rule.title.ends_with('.'), "{}", rule.id);
            assert!(!rule.layers.is_empty(), "{}", rule.id);
        }
    }

    #[test]
    fn every_failing_example_has_files_that_are_valid() {
        for rule in catalogue() {
            let files = rule.example();
            assert!(!files.is_empty(), "{}", rule.id);
            let paths: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
            assert_eq!(paths.len(), files.len(), "{}: a file twice", rule.id);
            for file in &files {
                assert!(!file.path.starts_with('/') && !file.path.contains(".."));
                let extension = file.path.rsplit('.').next();
                if extension == Some("toml") {
                    let parsed = std::str::from_utf8(&file.content)
                        .unwrap()
                        .parse::<toml::Table>();
                    assert!(parsed.is_ok(), "{}: {}: {parsed:?}", rule.id, file.path);
                }
            }
        }
    }
}
