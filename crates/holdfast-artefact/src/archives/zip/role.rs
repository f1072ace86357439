//! What a zip file is, by the names of its entries.

use std::collections::BTreeSet;

use holdfast_model::ArtefactFormat;

/// What the names of a zip file's entries say.
#[derive(Debug)]
pub(super) struct Role {
    pub(super) format: ArtefactFormat,
    /// The directory of torch's files, with its `/`, in lower case: torch does not mind case.
    root: Option<String>,
}

impl Role {
    /// Of a zip file with these entries, directories left out.
    pub(super) fn of<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let names: BTreeSet<String> = names
            .filter(|name| !name.ends_with('/'))
            .map(str::to_ascii_lowercase)
            .collect();
        let root = names.iter().find_map(|name| {
            let root = name.strip_suffix("data.pkl")?;
            let is_one_deep = root.is_empty() || root.find('/') == Some(root.len() - 1);
            is_one_deep.then(|| root.to_owned())
        });
        let format = match &root {
            Some(root) if is_script(&names, root) => ArtefactFormat::TorchScript,
            Some(_) => ArtefactFormat::Torch,
            None if names.contains("config.json") && names.contains("metadata.json") => {
                ArtefactFormat::Keras
            }
            None if !names.is_empty() && names.iter().all(|name| is_array(name)) => {
                ArtefactFormat::NumpyArchive
            }
            None => ArtefactFormat::Zip,
        };
        Self { format, root }
    }

    /// Whether an entry is a storage of torch's: raw numbers, which are never unpickled.
    pub(super) fn is_storage(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        let number = self
            .root
            .as_ref()
            .and_then(|root| name.strip_prefix(root.as_str()))
            .and_then(|rest| {
                let data = rest.strip_prefix("data/");
                data.or_else(|| rest.strip_prefix("constants/"))
            });
        number.is_some_and(|number| {
            !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
        })
    }

    /// The key under which torch's note of itself in this entry is kept.
    pub(super) fn note(&self, name: &str) -> Option<&'static str> {
        let name = name.to_ascii_lowercase();
        match name.strip_prefix(self.root.as_ref()?.as_str())? {
            "version" => Some("version"),
            "byteorder" => Some("byteorder"),
            ".format_version" => Some("format_version"),
            ".storage_alignment" => Some("storage_alignment"),
            ".data/serialization_id" => Some("serialization_id"),
            _ => None,
        }
    }
}

fn is_array(name: &str) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(_, ending)| ending == "npy")
}

fn is_script(names: &BTreeSet<String>, root: &str) -> bool {
    let code = format!("{root}code/");
    names.contains(&format!("{root}constants.pkl"))
        || names
            .range(code.clone()..)
            .next()
            .is_some_and(|name| name.starts_with(&code))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(names: &[&str]) -> ArtefactFormat {
        Role::of(names.iter().copied()).format
    }

    #[test]
    fn names_tell_what_a_zip_file_is() {
        use ArtefactFormat::{Keras, NumpyArchive, Torch, TorchScript, Zip};
        assert_eq!(format(&["archive/data.pkl", "archive/data/0"]), Torch);
        assert_eq!(format(&["data.pkl"]), Torch);
        assert_eq!(format(&["Archive/DATA.PKL"]), Torch);
        assert_eq!(
            format(&["m/data.pkl", "m/code/__torch__.py", "m/constants.pkl"]),
            TorchScript
        );
        assert_eq!(
            format(&["config.json", "metadata.json", "model.weights.h5"]),
            Keras
        );
        assert_eq!(format(&["a.npy", "b.npy"]), NumpyArchive);
        assert_eq!(format(&["a.npy", "b.pkl"]), Zip);
        assert_eq!(format(&["a/b/data.pkl"]), Zip);
        assert_eq!(format(&[]), Zip);
    }

    #[test]
    fn storages_are_told_from_pickles() {
        let role = Role::of(["m/data.pkl", "m/data/0"].into_iter());
        assert!(role.is_storage("m/data/0"));
        assert!(role.is_storage("m/data/12"));
        assert!(role.is_storage("m/constants/3"));
        assert!(!role.is_storage("m/data/0.pkl"));
        assert!(!role.is_storage("data/0"));
        assert!(!Role::of(["a/data/0"].into_iter()).is_storage("a/data/0"));
        assert_eq!(role.note("m/version"), Some("version"));
        assert_eq!(role.note("m/data.pkl"), None);
    }
}
