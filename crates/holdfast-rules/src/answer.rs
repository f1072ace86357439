//! What a rule answers while it goes through the environments.
//!
//! Asking for a state through [`Answer`] notes a gap where that state is there and cannot be read,
//! so that a rule cannot forget it.

use holdfast_model::{
    ArtefactFacts, Declared, EnvironmentFacts, Gap, Installed, Location, Locked, Observed, Outcome,
};

use crate::{FindingBuilder, Rule};

/// An [`Outcome`] in the making.
#[derive(Debug)]
pub(crate) struct Answer {
    rule: &'static Rule,
    outcome: Outcome,
}

impl Answer {
    pub(crate) fn new(rule: &'static Rule) -> Self {
        Self {
            rule,
            outcome: Outcome::default(),
        }
    }

    /// What the environment declares; a gap where that cannot be read.
    pub(crate) fn declared<'a>(
        &mut self,
        environment: &'a EnvironmentFacts,
    ) -> Option<&'a Declared> {
        self.state(environment, &environment.declared)
    }

    /// What the environment declares, for a rule about npm alone: a manifest of another tool that
    /// cannot be read is no gap of it.
    pub(crate) fn declared_for_npm<'a>(
        &mut self,
        environment: &'a EnvironmentFacts,
    ) -> Option<&'a Declared> {
        match &environment.declared {
            Observed::Unreadable { location, .. } if !is_npm_file(&location.file) => None,
            Observed::Unreadable { .. }
            | Observed::Present(_)
            | Observed::Absent { .. }
            | Observed::NotLookedFor => self.declared(environment),
        }
    }

    /// The environment's lock; a gap where that cannot be read.
    pub(crate) fn locked<'a>(&mut self, environment: &'a EnvironmentFacts) -> Option<&'a Locked> {
        self.state(environment, &environment.locked)
    }

    /// What is installed; a gap where that cannot be read.
    pub(crate) fn installed<'a>(
        &mut self,
        environment: &'a EnvironmentFacts,
    ) -> Option<&'a Installed> {
        if let Observed::Absent { expected } = &environment.installed {
            let place = &expected.file;
            self.gap(
                environment,
                format!("there is no environment at `{place}`: make it with `holdfast sync`"),
            );
        }
        self.state(environment, &environment.installed)
    }

    fn state<'a, T>(
        &mut self,
        environment: &EnvironmentFacts,
        observed: &'a Observed<T>,
    ) -> Option<&'a T> {
        if let Observed::Unreadable { location, .. } = observed {
            self.gap_about(
                environment,
                location.file.clone(),
                format!("`{}` cannot be read", location.file),
            );
        }
        observed.present()
    }

    /// Adds a finding.
    pub(crate) fn find(&mut self, finding: FindingBuilder) {
        self.outcome.findings.push(finding.build());
    }

    /// Something that concerns all of an environment could not be looked at.
    ///
    /// The subject is null for an environment that its name tells apart, else the project's lock or
    /// manifest.
    pub(crate) fn gap(&mut self, environment: &EnvironmentFacts, reason: impl Into<String>) {
        let named = environment.name.is_some() && environment.project.is_empty();
        let subject = (!named).then(|| main_file(environment));
        self.push_gap(environment, subject, reason.into());
    }

    /// One thing of an environment could not be looked at.
    pub(crate) fn gap_about(
        &mut self,
        environment: &EnvironmentFacts,
        subject: impl Into<String>,
        reason: impl Into<String>,
    ) {
        self.push_gap(environment, Some(subject.into()), reason.into());
    }

    /// Something of a model file could not be looked at.
    pub(crate) fn gap_of_artefact(&mut self, facts: &ArtefactFacts, reason: impl Into<String>) {
        self.outcome.gaps.push(Gap {
            environment: facts.environment.clone(),
            subject: Some(facts.path.clone()),
            ..self.rule.gap(reason)
        });
    }

    /// Something could not be looked at in any environment.
    pub(crate) fn gap_everywhere(&mut self, reason: impl Into<String>) {
        self.outcome.gaps.push(self.rule.gap(reason));
    }

    fn push_gap(
        &mut self,
        environment: &EnvironmentFacts,
        subject: Option<String>,
        reason: String,
    ) {
        self.outcome.gaps.push(Gap {
            environment: environment.name.clone(),
            subject,
            ..self.rule.gap(reason)
        });
    }

    /// All of it.
    pub(crate) fn outcome(self) -> Outcome {
        self.outcome
    }
}

/// Whether a file is one of npm's, by its name.
pub(crate) fn is_npm_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(
        name,
        "package.json" | "package-lock.json" | "npm-shrinkwrap.json" | ".npmrc"
    )
}

/// The file that stands for an environment: its lock, else its first manifest, else its directory.
pub(crate) fn main_file(environment: &EnvironmentFacts) -> String {
    let lock = match &environment.locked {
        Observed::Present(locked) => Some(locked.file.clone()),
        Observed::Unreadable { location, .. } => Some(location.file.clone()),
        Observed::Absent { .. } | Observed::NotLookedFor => None,
    };
    lock.or_else(|| first_manifest(environment))
        .unwrap_or_else(|| {
            if environment.project.is_empty() {
                ".".to_owned()
            } else {
                environment.project.clone()
            }
        })
}

/// The path of the environment's first manifest.
pub(crate) fn first_manifest(environment: &EnvironmentFacts) -> Option<String> {
    match &environment.declared {
        Observed::Present(declared) => declared.files.first().map(|file| file.path.clone()),
        Observed::Unreadable { location, .. } => Some(location.file.clone()),
        Observed::Absent { .. } | Observed::NotLookedFor => None,
    }
}

/// A place that stands for what an environment declares as a whole.
pub(crate) fn declared_place(environment: &EnvironmentFacts) -> Location {
    Location::start_of(first_manifest(environment).unwrap_or_else(|| main_file(environment)))
}
