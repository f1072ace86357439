//! `holdfast.toml` as written, before anything but its shape was looked at.
//!
//! These structures are also the JSON schema of the file. They are filled by the reader and used up
//! by the validation; nothing else sees them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use holdfast_model::Location;
use schemars::{JsonSchema, Schema, SchemaGenerator};

/// A value with the place where it is written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Written<T> {
    /// The value.
    pub value: T,
    /// Where it is written.
    pub location: Location,
}

impl<T: JsonSchema> JsonSchema for Written<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// A table whose keys people choose, in the order of the file.
pub(crate) type Named<T> = Vec<(Written<String>, T)>;

/// What an environment consists of, what its lock may hold and what is known: `holdfast.toml`, or
/// the table `[tool.holdfast]` of pyproject.toml.
#[derive(Debug, Default, JsonSchema)]
#[schemars(
    rename_all = "kebab-case",
    deny_unknown_fields,
    title = "holdfast.toml"
)]
pub(crate) struct Unvalidated {
    /// The environments, by name: up to 64 letters, digits, `-` and `_`.
    #[schemars(with = "Option<BTreeMap<String, UnvalidatedEnvironment>>")]
    pub(crate) environments: Named<UnvalidatedEnvironment>,
    /// How locks are made.
    #[schemars(default)]
    pub(crate) lock: UnvalidatedLock,
    /// Package indexes besides the default one, by name.
    #[schemars(with = "Option<BTreeMap<String, UnvalidatedIndex>>")]
    pub(crate) indexes: Named<UnvalidatedIndex>,
    /// Which licences packages may have.
    #[schemars(default)]
    pub(crate) licences: UnvalidatedLicences,
    /// Findings that are accepted for a time.
    #[schemars(default)]
    pub(crate) waivers: Vec<UnvalidatedWaiver>,
    /// What is known about packages.
    #[schemars(default)]
    pub(crate) knowledge: UnvalidatedKnowledge,
    /// Model files, and which environment loads them. Where none is named, those that are found
    /// below the project are looked at.
    #[schemars(default)]
    pub(crate) artefacts: Vec<UnvalidatedArtefact>,
    /// What rules judge by, beyond the tables of their own.
    #[schemars(default)]
    pub(crate) policy: UnvalidatedPolicy,
    /// From when on data has drifted.
    #[schemars(default)]
    pub(crate) drift: UnvalidatedDrift,
    /// What makes predictions other predictions.
    #[schemars(default)]
    pub(crate) golden: UnvalidatedGolden,
}

/// One environment.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "kebab-case", rename = "Environment", deny_unknown_fields)]
pub(crate) struct UnvalidatedEnvironment {
    /// The interpreter: a minor version such as `3.11`, whose patch is locked, or a patch such as
    /// `3.11.7`. Default: that of the environment it extends, else the interpreter at hand.
    pub(crate) python: Option<Written<String>>,
    /// Files that say what to install, relative to this file, with forward slashes. `pyproject.toml`
    /// means the dependencies of `[project]`.
    #[schemars(default)]
    pub(crate) requirements: Vec<Written<String>>,
    /// Dependency groups of pyproject.toml (PEP 735).
    #[schemars(default)]
    pub(crate) groups: Vec<Written<String>>,
    /// Extras of pyproject.toml (`[project.optional-dependencies]`); the project's own dependencies
    /// come with them.
    #[schemars(default)]
    pub(crate) extras: Vec<Written<String>>,
    /// The environment that this one adds to. What they share is locked at equal versions.
    pub(crate) extends: Option<Written<String>>,
    /// The machines to lock for, e.g. `linux-x86_64-glibc2.28`. Default: those of the environment it
    /// extends, else the machine at hand.
    pub(crate) platforms: Option<Vec<Written<String>>>,
    /// Where the table begins.
    #[schemars(skip)]
    pub(crate) location: Location,
}

/// How locks are made.
#[derive(Debug, Default, JsonSchema)]
#[schemars(rename_all = "kebab-case", rename = "Lock", deny_unknown_fields)]
pub(crate) struct UnvalidatedLock {
    /// How old a release must be before it is locked: `14d` (the default), `2w`, or 0 to turn it off.
    pub(crate) holding_period: Option<Written<Period>>,
    /// Packages whose source archive may be built, which runs its code.
    #[schemars(default)]
    pub(crate) allow_build: Vec<Written<String>>,
}

/// A length of time as written.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(untagged)]
pub(crate) enum Period {
    /// `14d`, `2w`, `0`.
    Text(String),
    /// 0.
    Number(i64),
}

/// A package index.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "kebab-case", rename = "Index", deny_unknown_fields)]
pub(crate) struct UnvalidatedIndex {
    /// Address of its simple API (PEP 503, PEP 691), without credentials.
    #[schemars(with = "String")]
    pub(crate) url: Option<Written<String>>,
    /// Names of packages, `*` for any part of one. These come from here and from nowhere else.
    #[schemars(with = "Vec<String>")]
    pub(crate) packages: Option<Vec<Written<String>>>,
    /// Where the table begins.
    #[schemars(skip)]
    pub(crate) location: Location,
}

/// Which licences packages may have.
#[derive(Debug, Default, JsonSchema)]
#[schemars(rename_all = "kebab-case", rename = "Licences", deny_unknown_fields)]
pub(crate) struct UnvalidatedLicences {
    /// SPDX identifiers; where there are any, every other licence is refused.
    #[schemars(default)]
    pub(crate) allow: Vec<Written<String>>,
    /// SPDX identifiers that are refused.
    #[schemars(default)]
    pub(crate) deny: Vec<Written<String>>,
    /// What a licence that cannot be told is: `error`, `warning` (the default), `note` or `ignore`.
    pub(crate) unknown: Option<Written<String>>,
}

/// A finding that is accepted for a time.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "kebab-case", rename = "Waiver", deny_unknown_fields)]
pub(crate) struct UnvalidatedWaiver {
    /// The rule's name, e.g. `known-vulnerability`.
    #[schemars(with = "String")]
    pub(crate) rule: Option<Written<String>>,
    /// A package URL with a version or a range: `pkg:pypi/pillow@>=9,<10`.
    #[schemars(with = "String")]
    pub(crate) subject: Option<Written<String>>,
    /// Why it is accepted.
    #[schemars(with = "String")]
    pub(crate) reason: Option<Written<String>>,
    /// Who answers for it.
    #[schemars(with = "String")]
    pub(crate) owner: Option<Written<String>>,
    /// The last day on which it holds, `YYYY-MM-DD`.
    #[schemars(with = "String")]
    pub(crate) until: Option<Written<String>>,
    /// Where the table begins.
    #[schemars(skip)]
    pub(crate) location: Location,
}

/// What is known about packages.
#[derive(Debug, Default, JsonSchema)]
#[schemars(rename_all = "kebab-case", rename = "Knowledge", deny_unknown_fields)]
pub(crate) struct UnvalidatedKnowledge {
    /// Folders of OSV records, relative to this file, or addresses, besides the feed.
    #[schemars(default)]
    pub(crate) advisories: Vec<Written<String>>,
    /// Address of the OSV export to use in place of the default.
    pub(crate) feed: Option<Written<String>>,
}

/// A model file that an environment loads.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "kebab-case", rename = "Artefact", deny_unknown_fields)]
pub(crate) struct UnvalidatedArtefact {
    /// The file, relative to this file, with forward slashes.
    #[schemars(with = "String")]
    pub(crate) path: Option<Written<String>>,
    /// The environment that loads it. Default: any of them may, and all of their locks record it.
    pub(crate) environment: Option<Written<String>>,
    /// Where the table begins.
    #[schemars(skip)]
    pub(crate) location: Location,
}

/// What rules judge by.
#[derive(Debug, Default, JsonSchema)]
#[schemars(rename_all = "kebab-case", rename = "Policy", deny_unknown_fields)]
pub(crate) struct UnvalidatedPolicy {
    /// What pickles may import besides what is known to be harmless: `module.name`, `*` for any part
    /// of one, as in `mymodel.*`.
    #[schemars(default)]
    pub(crate) allow_globals: Vec<Written<String>>,
}

/// From when on data has drifted: the rule `data-drift`.
#[derive(Debug, Default, JsonSchema)]
#[schemars(rename_all = "kebab-case", rename = "Drift", deny_unknown_fields)]
pub(crate) struct UnvalidatedDrift {
    /// The corrected p-value below which a difference is not taken for chance. Default: 0.05.
    pub(crate) significance: Option<Written<f64>>,
    /// How p-values are corrected for their number: `benjamini-hochberg` (the default), `holm`,
    /// `bonferroni` or `none`.
    pub(crate) correction: Option<Written<String>>,
    /// Columns that are not compared unless they are asked for by name.
    #[schemars(default)]
    pub(crate) ignored: Vec<Written<String>>,
    /// Columns that are categories, whatever is in them: codes and labels that look like numbers.
    #[schemars(default)]
    pub(crate) categorical: Vec<Written<String>>,
    /// The effect sizes from which on a difference is too large.
    #[schemars(default)]
    pub(crate) effect_sizes: UnvalidatedEffectSizes,
    /// Other effect sizes for some columns, by name.
    #[schemars(with = "Option<BTreeMap<String, UnvalidatedEffectSizes>>")]
    pub(crate) columns: Named<UnvalidatedEffectSizes>,
}

/// Effect sizes from which on a difference is too large; `inf` turns a test off.
#[derive(Debug, Default, JsonSchema)]
#[schemars(rename_all = "kebab-case", rename = "EffectSizes", deny_unknown_fields)]
pub(crate) struct UnvalidatedEffectSizes {
    /// D. Default: 0.1.
    pub(crate) kolmogorov_smirnov: Option<Written<f64>>,
    /// Cramér's V. Default: 0.1.
    pub(crate) chi_square: Option<Written<f64>>,
    /// Itself. Default: 0.2.
    pub(crate) population_stability_index: Option<Written<f64>>,
    /// The distance, to base 2. Default: 0.1.
    pub(crate) jensen_shannon: Option<Written<f64>>,
    /// Over the reference's standard deviation. Default: 0.1.
    pub(crate) wasserstein: Option<Written<f64>>,
}

/// What makes predictions other predictions: two numbers are equal where one of the tolerances holds.
#[derive(Debug, Default, JsonSchema)]
#[schemars(rename_all = "kebab-case", rename = "Golden", deny_unknown_fields)]
pub(crate) struct UnvalidatedGolden {
    /// The largest difference. Default: 0.
    pub(crate) absolute: Option<Written<f64>>,
    /// The largest difference as a share of the recorded number's size. Default: 1e-9.
    pub(crate) relative: Option<Written<f64>>,
    /// The largest difference in units in the last place. Default: 4.
    pub(crate) ulps: Option<Written<f64>>,
    /// The probability from which on a prediction is the positive label. Default: 0.5.
    pub(crate) threshold: Option<Written<f64>>,
    /// How many inputs may be predicted otherwise: a number of them, or a share as `"1%"`. Default: 0.
    pub(crate) max_changed: Option<Written<Amount>>,
    /// How many inputs may get another label, likewise. Default: 0.
    pub(crate) max_flipped: Option<Written<Amount>>,
}

/// A number of inputs, or a share of them, as written.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(untagged)]
pub(crate) enum Amount {
    /// `1%`.
    Text(String),
    /// 3.
    Number(i64),
}
