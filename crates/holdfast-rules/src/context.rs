//! What a rule sees.

use std::collections::BTreeSet;

use holdfast_model::{EnvironmentFacts, EnvironmentName, Facts};

use crate::Policy;

/// What a rule sees: the facts and the policy.
#[derive(Debug)]
pub struct Context<'a> {
    /// Everything that was gathered.
    pub facts: &'a Facts,
    /// What is wanted.
    pub policy: &'a Policy,
    /// Environments that others extend, by project.
    extended: BTreeSet<(&'a str, &'a EnvironmentName)>,
}

impl<'a> Context<'a> {
    /// A context over `facts` and `policy`.
    pub fn new(facts: &'a Facts, policy: &'a Policy) -> Self {
        let extended = facts
            .environments
            .iter()
            .filter_map(|environment| {
                let core = environment.extends.as_ref()?;
                Some((environment.project.as_str(), core))
            })
            .collect();
        Self {
            facts,
            policy,
            extended,
        }
    }

    /// The environments that stand for themselves.
    ///
    /// One that others extend is only a part of them: it has no lock, and what it declares is
    /// declared by each of those, so judging it as well would say everything once more.
    pub fn environments(&self) -> impl Iterator<Item = &'a EnvironmentFacts> + use<'a, '_> {
        self.facts
            .environments
            .iter()
            .filter(|environment| !self.is_extended(environment))
    }

    fn is_extended(&self, environment: &EnvironmentFacts) -> bool {
        environment.name.as_ref().is_some_and(|name| {
            self.extended
                .contains(&(environment.project.as_str(), name))
        })
    }
}
