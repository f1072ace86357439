//! A digest of declarations by what they mean: comments, order, repetition and place do not matter.

use std::collections::{BTreeMap, BTreeSet};

use holdfast_model::{Declared, Digest, Requirement, RequirementSource};
use sha2::{Digest as _, Sha256};

/// What a digest is taken of.
#[derive(Debug, Clone)]
pub struct DigestInputs<'a> {
    /// The declarations, whatever files they come from.
    pub declared: &'a [&'a Declared],
    /// What else decides a lock: interpreter, platforms, indexes, policy.
    pub settings: BTreeMap<String, String>,
}

/// SHA-256 of the declarations in a normal form.
///
/// Part of it are, for each requirement, constraint and override: name, extras, versions, marker,
/// source and hashes; and each setting. Not part of it: order, repetition, comments, spelling of
/// names and ranges, files, lines, what a requirement is for and who brought it in.
pub fn digest(inputs: &DigestInputs<'_>) -> Digest {
    let mut entries = BTreeSet::new();
    for declared in inputs.declared {
        for (kind, requirements) in [
            ("requirement", &declared.requirements),
            ("constraint", &declared.constraints),
            ("override", &declared.overrides),
        ] {
            entries.extend(
                requirements
                    .iter()
                    .map(|requirement| entry(kind, requirement)),
            );
        }
    }
    let mut hasher = Sha256::new();
    hasher.update(b"holdfast/declarations/1\n");
    for entry in entries {
        write_fields(&mut hasher, &entry);
    }
    for (key, value) in &inputs.settings {
        write_fields(
            &mut hasher,
            &["setting".to_owned(), key.clone(), value.clone()],
        );
    }
    Digest::sha256(&hasher.finalize().into())
}

/// Each field with its length in front, so that no two lists of fields give the same bytes.
fn write_fields(hasher: &mut Sha256, fields: &[String]) {
    hasher.update((fields.len() as u64).to_le_bytes());
    for field in fields {
        hasher.update((field.len() as u64).to_le_bytes());
        hasher.update(field.as_bytes());
    }
}

fn entry(kind: &str, requirement: &Requirement) -> Vec<String> {
    let extras: BTreeSet<&String> = requirement.extras.iter().collect();
    let hashes: BTreeSet<String> = requirement.hashes.iter().map(ToString::to_string).collect();
    let mut fields = vec![
        kind.to_owned(),
        requirement.package.purl(None),
        versions(requirement),
        requirement.marker.clone().unwrap_or_default(),
    ];
    fields.extend(source(&requirement.source));
    fields.push(extras.len().to_string());
    fields.extend(extras.into_iter().cloned());
    fields.extend(hashes);
    fields
}

/// The range with its parts sorted: `<2,>=1` and `>=1,<2` admit the same.
fn versions(requirement: &Requirement) -> String {
    let Some(specifiers) = &requirement.range.pep440 else {
        return requirement.range.text.clone();
    };
    let sorted: BTreeSet<String> = specifiers.iter().map(ToString::to_string).collect();
    sorted.into_iter().collect::<Vec<_>>().join(",")
}

fn source(source: &RequirementSource) -> Vec<String> {
    let absent = String::new;
    match source {
        RequirementSource::Registry { index } => {
            vec!["registry".to_owned(), index.clone().unwrap_or_else(absent)]
        }
        RequirementSource::Url(url) => vec!["url".to_owned(), url.clone()],
        RequirementSource::Vcs {
            system,
            url,
            revision,
        } => vec![
            "vcs".to_owned(),
            system.clone(),
            url.clone(),
            revision.clone().unwrap_or_else(absent),
        ],
        RequirementSource::Path { path, editable } => {
            let kind = if *editable { "editable" } else { "path" };
            vec![kind.to_owned(), path.clone()]
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Format, MemoryFiles, read};

    fn declared(text: &str) -> Declared {
        let files = MemoryFiles::new().with("requirements.txt", text);
        let reading = read(&files, "requirements.txt", Format::Requirements);
        reading.unwrap().declared.unwrap()
    }

    fn of(texts: &[&str], settings: &[(&str, &str)]) -> Digest {
        let declared: Vec<Declared> = texts.iter().map(|text| declared(text)).collect();
        let settings = settings
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        digest(&DigestInputs {
            declared: &declared.iter().collect::<Vec<_>>(),
            settings: settings.collect(),
        })
    }

    #[test]
    fn what_means_the_same_has_the_same_digest() {
        let one = of(&["Foo_Bar[b,a]>=1,<2 ; python_version>'3'\nnumpy\n"], &[]);
        for other in [
            "# why\nnumpy # note\n\nfoo-bar [a, b] <2 , >=1;\"3\"<python_version\n",
            "numpy\nnumpy\nfoo.bar[a,b]>=1,<2 ; (python_version > '3')\n",
        ] {
            assert_eq!(of(&[other], &[]), one, "{other}");
        }
        assert_eq!(
            of(&["numpy", "foo-bar[a,b]<2,>=1;python_version>'3'"], &[]),
            one
        );
    }

    #[test]
    fn what_means_something_else_has_another_digest() {
        let hash = format!("numpy==1 --hash=sha256:{}", "0".repeat(64));
        let texts = [
            "",
            "numpy",
            "numpy==1",
            "numpy==1.0.1",
            "numpy>=1",
            "numpy[a]",
            "numpy[a,b]",
            "numpy ; os_name=='nt'",
            "numpy @ https://h/numpy.zip",
            "numpy @ git+https://h/numpy",
            "numpy @ git+https://h/numpy@v1",
            "numpy @ ./numpy",
            "-e ./numpy",
            "pandas",
            "numpy\npandas",
            &hash,
        ];
        let digests: BTreeSet<Digest> = texts.iter().map(|text| of(&[text], &[])).collect();
        assert_eq!(digests.len(), texts.len());
        let with = |settings: &[(&str, &str)]| of(&["numpy"], settings);
        assert_ne!(with(&[("python", "3.11")]), with(&[("python", "3.12")]));
        assert_ne!(with(&[("a", "bc")]), with(&[("ab", "c")]));
    }

    #[test]
    fn the_digest_of_a_known_input_never_changes() {
        let known = of(
            &["numpy>=1.26,<2 ; python_version >= '3.11'"],
            &[("python", "3.11")],
        );
        assert_eq!(known.to_string(), KNOWN);
    }

    /// A change of this makes every lock stale: only a new version of the format may do so.
    const KNOWN: &str = "sha256:a7418369a08d6910e813e1bde3ef9afad0bec6e6a6f910979f67c1b06ba23c79";

    proptest! {
        #[test]
        fn order_does_not_matter(mut lines in proptest::collection::vec("[a-d]{1,2}(==[0-9])?", 1..6)) {
            let one = of(&[&lines.join("\n")], &[]);
            lines.reverse();
            prop_assert_eq!(of(&[&lines.join("\n")], &[]), one);
        }
    }
}
