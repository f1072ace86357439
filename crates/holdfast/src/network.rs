//! How indexes are reached: as the project, uv and pip are configured, in this order.

mod door;
mod machine;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use holdfast_declared::{PipSettings, strip_credentials};
use holdfast_model::{Declared, IndexKind};
use holdfast_project::Config;
use holdfast_solve::NamedIndex;
use holdfast_sources::{HttpSettings, IndexRouting};
use holdfast_uv::UvConfiguration;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

pub(crate) use door::{Door, releases};
use machine::{http_settings, is_without_index, pip_settings, uv_configuration};

use crate::environment::{Environment, either_case, text};

/// Everything that is needed to ask an index, here or through the solver.
pub(crate) struct Network {
    /// How our own client reaches hosts.
    pub(crate) http: HttpSettings,
    /// Where our own client looks for packages; addresses may carry credentials.
    pub(crate) routing: IndexRouting,
    /// Where the solver looks for packages; addresses carry none.
    pub(crate) solver: holdfast_solve::IndexRouting,
    /// Variables for the solver: credentials, certificates.
    pub(crate) variables: BTreeMap<String, String>,
}

impl Network {
    /// As everything is configured.
    pub(crate) fn new(
        config: Option<&Config>,
        declared: &[&Declared],
        environment: &Environment,
    ) -> Result<Self> {
        let pip = pip_settings(environment)?;
        let uv = uv_configuration(environment)?;
        let mut network = Self {
            http: http_settings(&pip, environment),
            routing: IndexRouting::default(),
            solver: holdfast_solve::IndexRouting::default(),
            variables: BTreeMap::new(),
        };
        network.add_default(declared, &pip, &uv);
        network.add_extra(declared, &pip, &uv);
        network.add_find_links(declared);
        if let Some(config) = config {
            network.add_configured(config);
        }
        network.add_variables(&pip);
        Ok(network)
    }

    fn add_default(&mut self, declared: &[&Declared], pip: &PipSettings, uv: &UvConfiguration) {
        if is_without_index(pip) {
            self.variables
                .insert("UV_NO_INDEX".to_owned(), "1".to_owned());
            return;
        }
        let url = addresses(declared, IndexKind::Default)
            .next()
            .or_else(|| text("UV_DEFAULT_INDEX").map(|index| unnamed(&index)))
            .or_else(|| text("UV_INDEX_URL"))
            .or_else(|| text("PIP_INDEX_URL"))
            .or_else(|| uv.default.clone())
            .or_else(|| pip.index_url.as_ref().map(|setting| setting.value.clone()));
        if let Some(url) = url {
            self.solver.default = Some(self.named("default", &url));
            self.routing.default = Some(url);
        } else {
            self.routing.default = IndexRouting::pypi().default;
        }
    }

    fn add_extra(&mut self, declared: &[&Declared], pip: &PipSettings, uv: &UvConfiguration) {
        let words = |name: &str| text(name).unwrap_or_default();
        let variables = [
            words("UV_INDEX"),
            words("UV_EXTRA_INDEX_URL"),
            words("PIP_EXTRA_INDEX_URL"),
        ];
        let from_variables = variables
            .iter()
            .flat_map(|value| value.split_whitespace())
            .map(unnamed);
        let from_pip = pip
            .extra_index_urls
            .iter()
            .map(|setting| setting.value.clone());
        let all: Vec<String> = addresses(declared, IndexKind::Extra)
            .chain(from_variables)
            .chain(uv.extra.iter().cloned())
            .chain(from_pip)
            .collect();
        let mut seen = BTreeSet::new();
        for url in all
            .into_iter()
            .filter(|url| seen.insert(strip_credentials(url)))
        {
            let name = format!("extra-{}", self.solver.extra.len() + 1);
            let index = self.named(&name, &url);
            self.solver.extra.push(index);
            self.routing.extra.push(url);
        }
    }

    /// Lists of files that the project itself names. Those of this machine's configuration are left
    /// out: a lock that names a folder of this machine would not install on another.
    fn add_find_links(&mut self, declared: &[&Declared]) {
        for url in addresses(declared, IndexKind::FindLinks).collect::<BTreeSet<_>>() {
            let name = format!("links-{}", self.solver.find_links.len() + 1);
            let index = self.named(&name, &url);
            self.solver.find_links.push(index);
            self.routing.flat.push(url);
        }
    }

    fn add_configured(&mut self, config: &Config) {
        self.routing.packages = config.routes();
        for index in &config.indexes {
            self.add_credentials_of(&index.name, &index.url);
            let named = NamedIndex {
                name: index.name.clone(),
                url: index.url.clone(),
            };
            self.solver.only_for.push((named, index.packages.clone()));
        }
    }

    /// The credentials of an index by its name, in the variables where uv looks for them.
    fn add_credentials_of(&mut self, name: &str, url: &str) {
        let prefix = variables_of(name);
        if let Some(user) = text(&format!("{prefix}_USERNAME"))
            && let Some((scheme, rest)) = url.split_once("://")
        {
            let password = text(&format!("{prefix}_PASSWORD")).unwrap_or_default();
            let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
            self.http.remember_credentials(&format!(
                "{scheme}://{}:{}@{rest}",
                encoded(&user),
                encoded(&password)
            ));
        }
    }

    /// An index for the solver, with its credentials put where uv looks for them.
    fn named(&mut self, name: &str, url: &str) -> NamedIndex {
        self.http.remember_credentials(url);
        let stripped = strip_credentials(url);
        if stripped != url
            && let Some((user, password)) = credentials(url)
        {
            let prefix = variables_of(name);
            self.variables.insert(format!("{prefix}_USERNAME"), user);
            self.variables
                .insert(format!("{prefix}_PASSWORD"), password);
        }
        NamedIndex {
            name: name.to_owned(),
            url: stripped,
        }
    }

    fn add_variables(&mut self, pip: &PipSettings) {
        let certificate = text("PIP_CERT")
            .or_else(|| pip.cert.as_ref().map(|setting| setting.value.clone()))
            .filter(|_| text("SSL_CERT_FILE").is_none());
        if let Some(certificate) = certificate {
            self.variables
                .insert("SSL_CERT_FILE".to_owned(), certificate);
        }
        let proxy = pip
            .proxy
            .as_ref()
            .filter(|_| either_case("HTTPS_PROXY").is_none());
        if let Some(proxy) = proxy {
            self.variables
                .insert("HTTP_PROXY".to_owned(), proxy.value.clone());
            self.variables
                .insert("HTTPS_PROXY".to_owned(), proxy.value.clone());
        }
        if !self.http.trusted_hosts.is_empty() && text("UV_INSECURE_HOST").is_none() {
            self.variables.insert(
                "UV_INSECURE_HOST".to_owned(),
                self.http.trusted_hosts.join(" "),
            );
        }
    }
}

/// The addresses of a kind that the project's files name, in their order.
fn addresses<'a>(
    declared: &'a [&Declared],
    kind: IndexKind,
) -> impl Iterator<Item = String> + use<'a> {
    declared
        .iter()
        .flat_map(|declared| &declared.indexes)
        .filter(move |index| index.kind == kind)
        .map(|index| index.url.clone())
}

/// uv lets an index be named in front of its address: `internal=https://…`.
fn unnamed(index: &str) -> String {
    match index.split_once('=') {
        Some((name, url)) if !name.contains(':') => url.to_owned(),
        _ => index.to_owned(),
    }
}

/// What uv's variables about an index begin with.
fn variables_of(index: &str) -> String {
    let name: String = index
        .chars()
        .map(|letter| match letter {
            'a'..='z' | 'A'..='Z' | '0'..='9' => letter.to_ascii_uppercase(),
            _ => '_',
        })
        .collect();
    format!("UV_INDEX_{name}")
}

/// The user and password of an address, decoded.
fn credentials(url: &str) -> Option<(String, String)> {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split('/').next()?;
    let (user_information, _) = authority.rsplit_once('@')?;
    let (user, password) = user_information
        .split_once(':')
        .unwrap_or((user_information, ""));
    Some((decoded(user), decoded(password)))
}
