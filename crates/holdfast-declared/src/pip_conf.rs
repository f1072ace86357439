//! pip's configuration: `pip.conf`, `pip.ini`.
//!
//! What counts is what `pip install` would use: `[global]`, then `[install]`, which replaces what
//! `[global]` says of the same option, lists included, as pip does.

use std::collections::BTreeMap;

use holdfast_model::{Declared, DeclaredFile, DeclaredIndex, DeclaredOption, IndexKind, Location};

use crate::ini::{self, Entry};
use crate::{Format, ReadError, strip_credentials};

/// A value of a configuration file, with its place.
///
/// The value is as written, credentials included: what prints it must strip them first, as its own
/// `Debug` does.
#[derive(Clone, PartialEq, Eq)]
pub struct Setting {
    /// The value as written.
    pub value: String,
    /// Where it is written.
    pub location: Location,
}

impl std::fmt::Debug for Setting {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Setting")
            .field("value", &strip_credentials(&self.value))
            .field("location", &self.location)
            .finish()
    }
}

/// What pip's configuration says for `pip install`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PipSettings {
    /// The main index.
    pub index_url: Option<Setting>,
    /// Further indexes, at the same priority.
    pub extra_index_urls: Vec<Setting>,
    /// Lists of files.
    pub find_links: Vec<Setting>,
    /// Hosts whose certificates are not checked.
    pub trusted_hosts: Vec<Setting>,
    /// A file of certificate authorities.
    pub cert: Option<Setting>,
    /// A file with the client's certificate and key.
    pub client_cert: Option<Setting>,
    /// The proxy.
    pub proxy: Option<Setting>,
    /// Seconds until a connection is given up.
    pub timeout: Option<Setting>,
    /// How often a connection is tried again.
    pub retries: Option<Setting>,
    /// How credentials are looked up in a keyring.
    pub keyring_provider: Option<Setting>,
    /// Set where no index is to be asked at all.
    pub no_index: Option<Setting>,
    /// Packages whose wheels are not used.
    pub no_binary: Vec<Setting>,
    /// Packages whose source archives are not used.
    pub only_binary: Vec<Setting>,
    /// Everything else that the file sets for `pip install`: name without dashes, and value.
    pub others: BTreeMap<String, Setting>,
}

/// Reads pip's configuration.
pub fn read_pip_conf(text: &str, file: &str) -> Result<PipSettings, ReadError> {
    let sections = ini::sections(text, file)?;
    let mut settings = PipSettings::default();
    // values of `[DEFAULT]` are part of every section, as Python's configparser has it
    for wanted in ["DEFAULT", "global", "install"] {
        let entries = sections
            .iter()
            .filter(|section| section.name == wanted)
            .flat_map(|section| &section.entries);
        for entry in entries {
            settings.take(entry)?;
        }
    }
    Ok(settings)
}

impl PipSettings {
    fn take(&mut self, entry: &Entry) -> Result<(), ReadError> {
        let whole = Setting {
            value: entry.value(),
            location: entry.location.clone(),
        };
        let name = entry.key.trim_start_matches("--").replace('_', "-");
        match name.as_str() {
            "index-url" => self.index_url = Some(whole),
            "extra-index-url" => self.extra_index_urls = words(entry),
            "find-links" => self.find_links = words(entry),
            "trusted-host" => self.trusted_hosts = words(entry),
            "no-binary" => self.no_binary = words(entry),
            "only-binary" => self.only_binary = words(entry),
            "cert" => self.cert = Some(whole),
            "client-cert" => self.client_cert = Some(whole),
            "proxy" => self.proxy = Some(whole),
            "timeout" => self.timeout = Some(whole),
            "retries" => self.retries = Some(whole),
            "keyring-provider" => self.keyring_provider = Some(whole),
            "no-index" => self.no_index = switch(&whole)?.then_some(whole),
            _ => {
                self.others.insert(name, whole);
            }
        }
        Ok(())
    }
}

/// The words of a list, as pip splits it, each with the place of its line.
fn words(entry: &Entry) -> Vec<Setting> {
    entry
        .values()
        .flat_map(|(line, location)| {
            line.split_whitespace().map(|word| Setting {
                value: word.to_owned(),
                location: location.clone(),
            })
        })
        .collect()
}

fn switch(setting: &Setting) -> Result<bool, ReadError> {
    match setting.value.to_ascii_lowercase().as_str() {
        "y" | "yes" | "t" | "true" | "on" | "1" => Ok(true),
        "n" | "no" | "f" | "false" | "off" | "0" => Ok(false),
        other => Err(ReadError::new(
            setting.location.clone(),
            format!("`{other}` is neither true nor false"),
        )
        .with_fix("write `true` or `false`")),
    }
}

/// The indexes and options that a configuration file brings into its project.
pub(crate) fn declared(text: &str, file: &str) -> Result<Declared, ReadError> {
    let settings = read_pip_conf(text, file)?;
    let mut declared = Declared {
        files: vec![DeclaredFile {
            path: file.to_owned(),
            format: Format::PipConf.name().to_owned(),
        }],
        ..Declared::default()
    };
    for (kind, urls) in [
        (IndexKind::Default, settings.index_url.as_slice()),
        (IndexKind::Extra, settings.extra_index_urls.as_slice()),
        (IndexKind::FindLinks, settings.find_links.as_slice()),
    ] {
        declared
            .indexes
            .extend(urls.iter().map(|url| DeclaredIndex {
                kind,
                url: strip_credentials(&url.value),
                name: None,
                location: url.location.clone(),
            }));
    }
    let listed = [
        ("trusted-host", settings.trusted_hosts),
        ("no-binary", settings.no_binary),
        ("only-binary", settings.only_binary),
    ];
    let single = [
        ("cert", settings.cert),
        ("client-cert", settings.client_cert),
        ("proxy", settings.proxy),
        ("timeout", settings.timeout),
        ("retries", settings.retries),
        ("keyring-provider", settings.keyring_provider),
        ("no-index", settings.no_index),
    ];
    let listed = listed.into_iter().flat_map(|(name, values)| {
        values
            .into_iter()
            .map(move |value| (name.to_owned(), value))
    });
    let single = single
        .into_iter()
        .filter_map(|(name, value)| value.map(|value| (name.to_owned(), value)));
    declared.options = listed
        .chain(single)
        .chain(settings.others)
        .map(|(name, setting)| DeclaredOption {
            name,
            value: Some(strip_credentials(&setting.value)),
            location: setting.location,
        })
        .collect();
    Ok(declared)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
[global]
index_url = https://me:secret@host/simple
extra-index-url =
    https://one/simple
    https://two/simple
trusted-host = one two
timeout = 60
[install]
extra-index-url = https://three/simple
no-index = no
pre = true
[freeze]
timeout = 10
";

    fn values(settings: &[Setting]) -> Vec<&str> {
        settings
            .iter()
            .map(|setting| setting.value.as_str())
            .collect()
    }

    #[test]
    fn what_pip_install_uses_is_read() {
        let settings = read_pip_conf(TEXT, "pip.conf").unwrap();
        let index = settings.index_url.unwrap();
        assert_eq!(index.value, "https://me:secret@host/simple");
        assert_eq!(index.location, Location::new("pip.conf", 2, 1));
        assert_eq!(values(&settings.extra_index_urls), ["https://three/simple"]);
        assert_eq!(values(&settings.trusted_hosts), ["one", "two"]);
        assert_eq!(settings.timeout.unwrap().value, "60");
        assert_eq!(settings.no_index, None);
        assert_eq!(settings.others["pre"].value, "true");
        let error = read_pip_conf("[global]\nno-index = maybe\n", "p").unwrap_err();
        assert_eq!(
            error.to_string(),
            "p:2:1: `maybe` is neither true nor false"
        );
    }

    #[test]
    fn no_credentials_are_declared_or_shown() {
        let declared = declared(TEXT, "pip.conf").unwrap();
        assert_eq!(declared.indexes[0].url, "https://host/simple");
        assert_eq!(
            declared.indexes[1].location,
            Location::new("pip.conf", 9, 19)
        );
        assert!(!format!("{declared:?}").contains("secret"));
        let settings = read_pip_conf(TEXT, "pip.conf").unwrap();
        assert!(!format!("{settings:?}").contains("secret"));
    }
}
