//! A walk over a graph of packages that carries markers along.
//!
//! Markers are sets of machines here, so that what holds under one path or another is one marker,
//! what always holds is seen to, and cycles end.

use std::collections::{HashMap, VecDeque};

use pep508_rs::{MarkerTree, VerbatimUrl};

/// Packages, numbered, with edges under markers.
pub(in crate::locks) trait Graph {
    /// How many there are.
    fn count(&self) -> usize;

    /// Calls `visit` with the target and the marker of each edge of `node`.
    fn edges(&self, node: usize, visit: &mut dyn FnMut(usize, Option<&str>));
}

/// What may be spent on one lock, and the markers that were read before: a lock repeats the same few.
pub(in crate::locks) struct Budget {
    steps: usize,
    markers: HashMap<String, MarkerTree>,
}

/// The lock is too entangled to be followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entangled;

impl Default for Budget {
    fn default() -> Self {
        Self {
            // real locks take a few thousand
            steps: 400_000,
            markers: HashMap::new(),
        }
    }
}

impl Budget {
    /// Different markers after which a lock is not followed. Real ones have dozens.
    const MARKERS: usize = 1_000;

    /// A marker as a set of machines; all of them where it cannot be read.
    fn read(&mut self, text: Option<&str>) -> Result<MarkerTree, Entangled> {
        let Some(text) = text else {
            return Ok(MarkerTree::TRUE);
        };
        if let Some(known) = self.markers.get(text) {
            return Ok(known.clone());
        }
        if self.markers.len() == Self::MARKERS {
            return Err(Entangled);
        }
        let marker = parse(text).unwrap_or(MarkerTree::TRUE);
        self.markers.insert(text.to_owned(), marker.clone());
        Ok(marker)
    }
}

/// Under which marker each node is reached from `roots`; a false one where it is not.
pub(in crate::locks) fn follow<'r>(
    graph: &dyn Graph,
    roots: impl IntoIterator<Item = (usize, Option<&'r str>)>,
    budget: &mut Budget,
) -> Result<Vec<MarkerTree>, Entangled> {
    let mut reached = Reached {
        markers: vec![MarkerTree::FALSE; graph.count()],
        queue: VecDeque::new(),
    };
    for (node, marker) in roots {
        let marker = budget.read(marker)?;
        reached.arrive(node, marker);
    }
    while let Some(node) = reached.queue.pop_front() {
        let above = reached.marker(node);
        let mut done = Ok(());
        graph.edges(node, &mut |target, marker| {
            if done.is_ok() {
                done = reached.step(&above, target, marker, budget);
            }
        });
        done?;
    }
    Ok(reached.markers)
}

/// The marker under which each node was reached so far, and those whose edges have to be followed
/// (again).
struct Reached {
    markers: Vec<MarkerTree>,
    queue: VecDeque<usize>,
}

impl Reached {
    fn marker(&self, node: usize) -> MarkerTree {
        let marker = self.markers.get(node).cloned();
        marker.unwrap_or(MarkerTree::FALSE)
    }

    fn step(
        &mut self,
        above: &MarkerTree,
        target: usize,
        marker: Option<&str>,
        budget: &mut Budget,
    ) -> Result<(), Entangled> {
        budget.steps = budget.steps.checked_sub(1).ok_or(Entangled)?;
        let mut marker = budget.read(marker)?;
        marker.and(above.clone());
        self.arrive(target, marker);
        Ok(())
    }

    fn arrive(&mut self, node: usize, marker: MarkerTree) {
        if let Some(known) = self.markers.get_mut(node) {
            let mut wider = known.clone();
            wider.or(marker);
            // markers are canonical, so one that does not change ends the walk
            if wider != *known {
                *known = wider;
                self.queue.push_back(node);
            }
        }
    }
}

/// Reads a marker. The parser recurses, so what is long or nested deeply is not given to it.
fn parse(text: &str) -> Option<MarkerTree> {
    const LONGEST: usize = 4096;
    const DEEPEST: usize = 32;
    let is_plain = text.len() <= LONGEST && text.matches('(').count() <= DEEPEST;
    is_plain
        .then(|| MarkerTree::parse_str::<VerbatimUrl>(text).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Edges(Vec<Vec<(usize, &'static str)>>);

    impl Graph for Edges {
        fn count(&self) -> usize {
            self.0.len()
        }

        fn edges(&self, node: usize, visit: &mut dyn FnMut(usize, Option<&str>)) {
            for (target, marker) in &self.0[node] {
                visit(*target, Some(marker).filter(|it| !it.is_empty()).copied());
            }
        }
    }

    fn reached(edges: Vec<Vec<(usize, &'static str)>>) -> Vec<String> {
        let roots = [(0, None)];
        let markers = follow(&Edges(edges), roots, &mut Budget::default()).unwrap();
        markers.iter().map(|marker| format!("{marker:?}")).collect()
    }

    #[test]
    fn paths_add_up_and_cycles_end() {
        let nt = "os_name == 'nt'";
        let new = "python_version >= '3.10'";
        assert_eq!(
            reached(vec![
                vec![(1, nt), (2, new)],
                vec![(2, ""), (0, "")],
                vec![(1, ""), (3, nt)],
                vec![],
                vec![],
            ]),
            [
                "true",
                "os_name == 'nt' or python_full_version >= '3.10'",
                "os_name == 'nt' or python_full_version >= '3.10'",
                "os_name == 'nt'",
                "false",
            ]
        );
    }

    #[test]
    fn what_is_no_marker_holds_everywhere() {
        assert_eq!(reached(vec![vec![(1, "nonsense")], vec![]])[1], "true");
        let deep = format!("{}os_name == 'nt'{}", "(".repeat(99), ")".repeat(99));
        let deep: &'static str = deep.leak();
        assert_eq!(reached(vec![vec![(1, deep)], vec![]])[1], "true");
    }

    #[test]
    fn an_entangled_lock_is_not_followed_for_ever() {
        let markers: Vec<&'static str> = (0..2000)
            .map(|number| &*format!("python_version != '3.{number}'").leak())
            .collect();
        let edges = Edges(vec![
            markers.into_iter().map(|marker| (1, marker)).collect(),
            vec![],
        ]);
        let answer = follow(&edges, [(0, None)], &mut Budget::default());
        assert_eq!(answer, Err(Entangled));
    }
}
