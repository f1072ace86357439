//! What pip, uv and the environment of this machine say of indexes and hosts.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use holdfast_declared::{PipSettings, decode, read_pip_conf};
use holdfast_sources::{HttpSettings, Proxies};
use holdfast_uv::{UvConfiguration, read_configuration};

use crate::environment::{Environment, either_case, path, text};

pub(super) fn http_settings(pip: &PipSettings, environment: &Environment) -> HttpSettings {
    let certificates = [
        text("PIP_CERT"),
        text("REQUESTS_CA_BUNDLE"),
        text("CURL_CA_BUNDLE"),
    ]
    .into_iter()
    .flatten()
    .chain(pip.cert.as_ref().map(|setting| setting.value.clone()))
    .map(PathBuf::from)
    .filter(|file| file.is_file())
    .collect::<BTreeSet<_>>();
    let everything =
        either_case("ALL_PROXY").or_else(|| pip.proxy.as_ref().map(|proxy| proxy.value.clone()));
    let trusted = |value: String| {
        value
            .split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let mut trusted_hosts: Vec<String> = [text("PIP_TRUSTED_HOST"), text("UV_INSECURE_HOST")]
        .into_iter()
        .flatten()
        .flat_map(trusted)
        .collect();
    trusted_hosts.extend(
        pip.trusted_hosts
            .iter()
            .map(|setting| setting.value.clone()),
    );
    HttpSettings {
        certificates: certificates.into_iter().collect(),
        proxies: Proxies {
            http: either_case("HTTP_PROXY").or_else(|| everything.clone()),
            https: either_case("HTTPS_PROXY").or(everything),
            except: either_case("NO_PROXY")
                .map(|hosts| {
                    hosts
                        .split(',')
                        .map(|host| host.trim().to_owned())
                        .collect()
                })
                .unwrap_or_default(),
        },
        netrc: path("NETRC").or_else(|| environment.home().map(|home| home.join(".netrc"))),
        trusted_hosts,
        ..HttpSettings::default()
    }
}

/// pip's configuration files, the most specific first: the named one, the user's, the machine's.
pub(super) fn pip_settings(environment: &Environment) -> Result<PipSettings> {
    let named = path("PIP_CONFIG_FILE");
    let user = environment.home().map(|home| home.join(".pip/pip.conf"));
    let standard = environment
        .configuration()
        .map(|directory| directory.join("pip/pip.conf"));
    let files = [named, standard, user, Some(PathBuf::from("/etc/pip.conf"))];
    let mut settings = PipSettings::default();
    for file in files.into_iter().flatten() {
        let Ok(bytes) = fs_err::read(&file) else {
            continue;
        };
        let shown = file.display().to_string();
        let read = decode(&bytes, &shown)
            .and_then(|content| read_pip_conf(&content, &shown))
            .with_context(|| format!("cannot read pip's configuration `{shown}`"))?;
        merge(&mut settings, read);
    }
    Ok(settings)
}

/// The configuration of uv: the named file, else the user's and the machine's.
pub(super) fn uv_configuration(environment: &Environment) -> Result<UvConfiguration> {
    let files = if let Some(named) = path("UV_CONFIG_FILE") {
        vec![named]
    } else {
        let user = environment
            .configuration()
            .map(|directory| directory.join("uv/uv.toml"));
        user.into_iter()
            .chain([PathBuf::from("/etc/uv/uv.toml")])
            .collect()
    };
    let mut configuration = UvConfiguration::default();
    for file in files {
        let Ok(content) = fs_err::read_to_string(&file) else {
            continue;
        };
        let read = read_configuration(&content)
            .with_context(|| format!("cannot read uv's configuration `{}`", file.display()))?;
        configuration.default = configuration.default.or(read.default);
        configuration.extra.extend(read.extra);
    }
    Ok(configuration)
}

/// Whether no index is to be asked at all (`--no-index`).
pub(super) fn is_without_index(pip: &PipSettings) -> bool {
    let is_true =
        |value: &str| matches!(value.to_lowercase().as_str(), "1" | "true" | "yes" | "on");
    [
        text("UV_NO_INDEX"),
        text("PIP_NO_INDEX"),
        pip.no_index.as_ref().map(|no| no.value.clone()),
    ]
    .into_iter()
    .flatten()
    .any(|value| is_true(&value))
}

fn merge(settings: &mut PipSettings, other: PipSettings) {
    settings.index_url = settings.index_url.take().or(other.index_url);
    settings.no_index = settings.no_index.take().or(other.no_index);
    settings.cert = settings.cert.take().or(other.cert);
    settings.proxy = settings.proxy.take().or(other.proxy);
    if settings.extra_index_urls.is_empty() {
        settings.extra_index_urls = other.extra_index_urls;
    }
    settings.trusted_hosts.extend(other.trusted_hosts);
}
