//! Model files that are held against locks, for tests.

use holdfast_model::{
    Artefact, ArtefactContent, ArtefactFacts, ArtefactFormat, Facts, Import, ImportUsage, Location,
    Observed, Within, Writer, WriterVersion,
};

use super::digest;

/// A model file in the making: ten bytes, found and not named.
#[derive(Debug, Clone)]
pub(crate) struct ModelFile(pub(crate) ArtefactFacts);

pub(crate) fn model_file(path: &str, format: ArtefactFormat) -> ModelFile {
    ModelFile(ArtefactFacts {
        project: String::new(),
        path: path.to_owned(),
        artefact: Observed::Present(Artefact {
            path: path.to_owned(),
            format,
            size: 10,
            digest: None,
            content: ArtefactContent::default(),
        }),
        declared: None,
        environment: None,
    })
}

pub(crate) fn with_artefacts(
    mut facts: Facts,
    files: impl IntoIterator<Item = ModelFile>,
) -> Facts {
    facts.artefacts = files.into_iter().map(|file| file.0).collect();
    facts
}

impl ModelFile {
    /// The configuration names it for an environment.
    pub(crate) fn named(mut self, environment: &str) -> Self {
        self.0.declared = Some(Location::new("holdfast.toml", 9, 8));
        self.0.environment = Some(environment.parse().unwrap());
        self
    }

    /// Libraries and versions: `1.5.2`, `2.x` or `?`.
    pub(crate) fn written_by(self, writers: &[(&str, &str)]) -> Self {
        self.holding(|content| {
            content.writers = writers
                .iter()
                .map(|(library, version)| Writer {
                    library: (*library).to_owned(),
                    version: match version.strip_suffix(".x") {
                        Some(major) => WriterVersion::Major(major.parse().unwrap()),
                        None if *version == "?" => WriterVersion::Unknown,
                        None => WriterVersion::Exact((*version).to_owned()),
                    },
                    evidence: "test".to_owned(),
                    at: Within::default(),
                })
                .collect();
        })
    }

    /// Modules that loading it imports.
    pub(crate) fn imports(self, modules: &[&str]) -> Self {
        self.holding(|content| {
            content.imports = modules
                .iter()
                .map(|module| Import {
                    module: (*module).to_owned(),
                    name: "Thing".to_owned(),
                    usage: ImportUsage::Instantiated,
                    at: Within::default(),
                })
                .collect();
        })
    }

    /// What it says of itself.
    pub(crate) fn says(self, metadata: &[(&str, &str)]) -> Self {
        self.holding(|content| {
            content.metadata = metadata
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect();
        })
    }

    /// Changes what was found in it.
    pub(crate) fn holding(mut self, change: impl FnOnce(&mut ArtefactContent)) -> Self {
        if let Observed::Present(artefact) = &mut self.0.artefact {
            change(&mut artefact.content);
        }
        self
    }

    pub(crate) fn hashed(mut self, seed: u8) -> Self {
        if let Observed::Present(artefact) = &mut self.0.artefact {
            artefact.digest = Some(digest(seed));
        }
        self
    }

    pub(crate) fn absent(mut self) -> Self {
        self.0.artefact = Observed::Absent {
            expected: Location::start_of(self.0.path.as_str()),
        };
        self
    }
}
