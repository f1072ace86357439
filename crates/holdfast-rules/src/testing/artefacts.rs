//! Model files for tests, in a few words.

use holdfast_model::{
    Artefact, ArtefactContent, ArtefactFacts, ArtefactFormat, Facts, Hazard, HazardKind, Import,
    ImportUsage, Observed, Within,
};

use super::facts;

/// A model file in the making.
#[derive(Debug, Clone)]
pub(crate) struct TestArtefact {
    path: String,
    artefact: Artefact,
}

/// A pickle with nothing in it, found at this path.
pub(crate) fn artefact(path: &str) -> TestArtefact {
    TestArtefact {
        path: path.to_owned(),
        artefact: Artefact {
            path: path.to_owned(),
            format: ArtefactFormat::Pickle,
            size: 100,
            digest: None,
            content: ArtefactContent::default(),
        },
    }
}

/// Facts over these model files alone.
pub(crate) fn facts_of(artefacts: impl IntoIterator<Item = TestArtefact>) -> Facts {
    let mut facts = facts([]);
    facts.artefacts = artefacts.into_iter().map(TestArtefact::facts).collect();
    facts
}

/// An import of `module:name`.
pub(crate) fn import(usage: ImportUsage, path: &str) -> Import {
    let (module, name) = path.rsplit_once(':').unwrap();
    Import {
        module: module.to_owned(),
        name: name.to_owned(),
        usage,
        at: Within::default(),
    }
}

/// Something dangerous, in the file itself.
pub(crate) fn hazard(kind: HazardKind) -> Hazard {
    Hazard {
        kind,
        at: Within::default(),
    }
}

impl TestArtefact {
    /// Of another format.
    pub(crate) fn format(mut self, format: ArtefactFormat) -> Self {
        self.artefact.format = format;
        self
    }

    /// With these imports.
    pub(crate) fn imports(mut self, imports: impl IntoIterator<Item = Import>) -> Self {
        self.artefact.content.imports.extend(imports);
        self
    }

    /// With these dangers.
    pub(crate) fn hazards(mut self, hazards: impl IntoIterator<Item = Hazard>) -> Self {
        self.artefact.content.hazards.extend(hazards);
        self
    }

    /// With other content.
    pub(crate) fn content(&mut self, change: impl FnOnce(&mut ArtefactContent)) {
        change(&mut self.artefact.content);
    }

    /// As rules see it.
    pub(crate) fn facts(self) -> ArtefactFacts {
        ArtefactFacts {
            project: String::new(),
            path: self.path,
            artefact: Observed::Present(self.artefact),
            declared: None,
            environment: None,
        }
    }
}
