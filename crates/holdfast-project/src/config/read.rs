//! The configuration's tables, one function each, from TOML to [`Unvalidated`].

use holdfast_model::Location;
use toml_edit::{Document, TableLike};

use super::error::{ConfigError, ConfigErrors};
use super::reader::{Lines, Reader, View};
use super::unvalidated::{
    Amount, Period, Unvalidated, UnvalidatedArtefact, UnvalidatedDrift, UnvalidatedEffectSizes,
    UnvalidatedEnvironment, UnvalidatedGolden, UnvalidatedIndex, UnvalidatedKnowledge,
    UnvalidatedLicences, UnvalidatedLock, UnvalidatedPolicy, UnvalidatedWaiver, Written,
};

pub(crate) const ROOT: &[&str] = &[
    "environments",
    "lock",
    "indexes",
    "licences",
    "waivers",
    "knowledge",
    "artefacts",
    "policy",
    "drift",
    "golden",
];
pub(crate) const ENVIRONMENT: &[&str] = &[
    "python",
    "requirements",
    "groups",
    "extras",
    "extends",
    "platforms",
];
pub(crate) const LOCK: &[&str] = &["holding-period", "allow-build"];
pub(crate) const INDEX: &[&str] = &["url", "packages"];
pub(crate) const LICENCES: &[&str] = &["allow", "deny", "unknown"];
pub(crate) const WAIVER: &[&str] = &["rule", "subject", "reason", "owner", "until"];
pub(crate) const KNOWLEDGE: &[&str] = &["advisories", "feed"];

pub(crate) const ARTEFACT: &[&str] = &["path", "environment"];
pub(crate) const POLICY: &[&str] = &["allow-globals"];
pub(crate) const DRIFT: &[&str] = &[
    "significance",
    "correction",
    "ignored",
    "categorical",
    "effect-sizes",
    "columns",
];
pub(crate) const EFFECT_SIZES: &[&str] = &[
    "kolmogorov-smirnov",
    "chi-square",
    "population-stability-index",
    "jensen-shannon",
    "wasserstein",
];
pub(crate) const GOLDEN: &[&str] = &[
    "absolute",
    "relative",
    "ulps",
    "threshold",
    "max-changed",
    "max-flipped",
];

/// Which file the configuration is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigFile {
    /// `holdfast.toml`.
    Holdfast,
    /// The table `[tool.holdfast]` of `pyproject.toml`.
    Pyproject,
}

/// The configuration in `text`, the mistakes in its shape, and where it begins; nothing where a
/// pyproject.toml has no `[tool.holdfast]`.
pub(crate) fn read(
    text: &str,
    file: &str,
    kind: ConfigFile,
) -> Result<Option<(Unvalidated, Vec<ConfigError>)>, ConfigErrors> {
    let lines = Lines::new(file, text);
    let document = match Document::parse(text) {
        Ok(document) => document,
        // broken, and no word of Holdfast in it: whoever reads the manifest reports it
        Err(_) if kind == ConfigFile::Pyproject && !text.contains("tool.holdfast") => {
            return Ok(None);
        }
        Err(error) => return Err(ConfigErrors::one(syntax_error(&error, &lines))),
    };
    let (table, location): (&dyn TableLike, Location) = match kind {
        ConfigFile::Holdfast => (document.as_table(), Location::start_of(file)),
        ConfigFile::Pyproject => {
            let tool = document.get("tool").and_then(|tool| tool.as_table_like());
            let Some(tool) = tool else {
                return Ok(None);
            };
            let Some(item) = tool.get("holdfast") else {
                return Ok(None);
            };
            let offset = tool
                .key("holdfast")
                .and_then(toml_edit::Key::span)
                .map_or(0, |span| span.start);
            let location = lines.locate(offset);
            let Some(table) = item.as_table_like() else {
                return Err(ConfigErrors::one(ConfigError {
                    location,
                    message: "`tool.holdfast` must be a table".to_owned(),
                    fix: Some("write `[tool.holdfast]`".to_owned()),
                }));
            };
            (table, location)
        }
    };
    let mut reader = Reader::new(&lines);
    let root = reader.root(table, location, ROOT);
    let unvalidated = Unvalidated {
        environments: reader
            .named_tables(&root, "environments", ENVIRONMENT)
            .into_iter()
            .map(|(name, view)| (name, environment(&mut reader, &view)))
            .collect(),
        lock: lock(&mut reader, &root),
        indexes: reader
            .named_tables(&root, "indexes", INDEX)
            .into_iter()
            .map(|(name, view)| (name, index(&mut reader, &view)))
            .collect(),
        licences: licences(&mut reader, &root),
        waivers: reader
            .array_of_tables(&root, "waivers", WAIVER)
            .iter()
            .map(|view| waiver(&mut reader, view))
            .collect(),
        knowledge: knowledge(&mut reader, &root),
        artefacts: reader
            .array_of_tables(&root, "artefacts", ARTEFACT)
            .iter()
            .map(|view| artefact(&mut reader, view))
            .collect(),
        policy: policy(&mut reader, &root),
        drift: drift(&mut reader, &root),
        golden: golden(&mut reader, &root),
    };
    Ok(Some((unvalidated, reader.into_errors())))
}

fn syntax_error(error: &toml_edit::TomlError, lines: &Lines<'_>) -> ConfigError {
    let offset = error.span().map_or(0, |span| span.start);
    ConfigError {
        location: lines.locate(offset),
        // a parser's message may run over several lines
        message: format!("no valid TOML: {}", error.message().replace('\n', "; ")),
        fix: None,
    }
}

fn environment<'a>(reader: &mut Reader<'a>, view: &View<'a>) -> UnvalidatedEnvironment {
    UnvalidatedEnvironment {
        python: reader.text(view, "python"),
        requirements: reader.texts(view, "requirements"),
        groups: reader.texts(view, "groups"),
        extras: reader.texts(view, "extras"),
        extends: reader.text(view, "extends"),
        platforms: reader.optional_texts(view, "platforms"),
        location: view.location.clone(),
    }
}

fn lock<'a>(reader: &mut Reader<'a>, root: &View<'a>) -> UnvalidatedLock {
    let Some(view) = reader.table(root, "lock", LOCK) else {
        return UnvalidatedLock::default();
    };
    UnvalidatedLock {
        holding_period: reader
            .text_or_number(&view, "holding-period")
            .map(|written| Written {
                value: match written.value {
                    Ok(text) => Period::Text(text),
                    Err(number) => Period::Number(number),
                },
                location: written.location,
            }),
        allow_build: reader.texts(&view, "allow-build"),
    }
}

fn index<'a>(reader: &mut Reader<'a>, view: &View<'a>) -> UnvalidatedIndex {
    UnvalidatedIndex {
        url: reader.text(view, "url"),
        packages: reader.optional_texts(view, "packages"),
        location: view.location.clone(),
    }
}

fn licences<'a>(reader: &mut Reader<'a>, root: &View<'a>) -> UnvalidatedLicences {
    let Some(view) = reader.table(root, "licences", LICENCES) else {
        return UnvalidatedLicences::default();
    };
    UnvalidatedLicences {
        allow: reader.texts(&view, "allow"),
        deny: reader.texts(&view, "deny"),
        unknown: reader.text(&view, "unknown"),
    }
}

fn waiver<'a>(reader: &mut Reader<'a>, view: &View<'a>) -> UnvalidatedWaiver {
    UnvalidatedWaiver {
        rule: reader.text(view, "rule"),
        subject: reader.text(view, "subject"),
        reason: reader.text(view, "reason"),
        owner: reader.text(view, "owner"),
        until: reader.text_or_date(view, "until"),
        location: view.location.clone(),
    }
}

fn knowledge<'a>(reader: &mut Reader<'a>, root: &View<'a>) -> UnvalidatedKnowledge {
    let Some(view) = reader.table(root, "knowledge", KNOWLEDGE) else {
        return UnvalidatedKnowledge::default();
    };
    UnvalidatedKnowledge {
        advisories: reader.texts(&view, "advisories"),
        feed: reader.text(&view, "feed"),
    }
}

fn artefact<'a>(reader: &mut Reader<'a>, view: &View<'a>) -> UnvalidatedArtefact {
    UnvalidatedArtefact {
        path: reader.text(view, "path"),
        environment: reader.text(view, "environment"),
        location: view.location.clone(),
    }
}

fn policy<'a>(reader: &mut Reader<'a>, root: &View<'a>) -> UnvalidatedPolicy {
    let Some(view) = reader.table(root, "policy", POLICY) else {
        return UnvalidatedPolicy::default();
    };
    UnvalidatedPolicy {
        allow_globals: reader.texts(&view, "allow-globals"),
    }
}

fn drift<'a>(reader: &mut Reader<'a>, root: &View<'a>) -> UnvalidatedDrift {
    let Some(view) = reader.table(root, "drift", DRIFT) else {
        return UnvalidatedDrift::default();
    };
    let sizes = reader.table(&view, "effect-sizes", EFFECT_SIZES);
    UnvalidatedDrift {
        significance: reader.number(&view, "significance"),
        correction: reader.text(&view, "correction"),
        ignored: reader.texts(&view, "ignored"),
        categorical: reader.texts(&view, "categorical"),
        effect_sizes: sizes.map_or_else(UnvalidatedEffectSizes::default, |view| {
            effect_sizes(reader, &view)
        }),
        columns: reader
            .named_tables(&view, "columns", EFFECT_SIZES)
            .into_iter()
            .map(|(name, view)| (name, effect_sizes(reader, &view)))
            .collect(),
    }
}

fn effect_sizes<'a>(reader: &mut Reader<'a>, view: &View<'a>) -> UnvalidatedEffectSizes {
    UnvalidatedEffectSizes {
        kolmogorov_smirnov: reader.number(view, "kolmogorov-smirnov"),
        chi_square: reader.number(view, "chi-square"),
        population_stability_index: reader.number(view, "population-stability-index"),
        jensen_shannon: reader.number(view, "jensen-shannon"),
        wasserstein: reader.number(view, "wasserstein"),
    }
}

fn golden<'a>(reader: &mut Reader<'a>, root: &View<'a>) -> UnvalidatedGolden {
    let Some(view) = reader.table(root, "golden", GOLDEN) else {
        return UnvalidatedGolden::default();
    };
    UnvalidatedGolden {
        absolute: reader.number(&view, "absolute"),
        relative: reader.number(&view, "relative"),
        ulps: reader.number(&view, "ulps"),
        threshold: reader.number(&view, "threshold"),
        max_changed: amount(reader, &view, "max-changed"),
        max_flipped: amount(reader, &view, "max-flipped"),
    }
}

fn amount<'a>(reader: &mut Reader<'a>, view: &View<'a>, key: &str) -> Option<Written<Amount>> {
    let written = reader.text_or_number(view, key)?;
    Some(Written {
        value: match written.value {
            Ok(text) => Amount::Text(text),
            Err(number) => Amount::Number(number),
        },
        location: written.location,
    })
}
