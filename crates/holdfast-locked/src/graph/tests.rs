//! Graphs with forks, cycles and gaps.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::read;

/// A lock from lines of `name[==version][!|?] -> dependency, dependency`; `!` is direct, `?` unknown.
pub(crate) fn lock(lines: &str) -> Locked {
    let mut text = String::from("lock-version = \"1.0\"\ncreated-by = \"test\"\npackages = []\n");
    let hash = "a".repeat(64);
    let mut is_first = true;
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if is_first {
            text = text.replace("packages = []\n", "");
            is_first = false;
        }
        let (package, dependencies) = line.split_once("->").unwrap_or((line, ""));
        let package = package.trim();
        let (direct, package) = match package.strip_suffix(['!', '?']) {
            Some(rest) if package.ends_with('!') => (Some(true), rest),
            Some(rest) => (None, rest),
            None => (Some(false), package),
        };
        let (name, version) = package.split_once("==").unwrap_or((package, "1"));
        let _ = write!(
            text,
            "[[packages]]\nname = \"{name}\"\nversion = \"{version}\"\narchive = {{ url = \"https://x/{name}-{version}.zip\", hashes = {{ sha256 = \"{hash}\" }} }}\ndependencies = ["
        );
        for dependency in dependencies
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
        {
            let (name, version) = match dependency.split_once("==") {
                Some((name, version)) => (name, format!(", version = \"{version}\"")),
                None => (dependency, String::new()),
            };
            let _ = write!(text, "{{ name = \"{name}\"{version} }}, ");
        }
        text.push_str("]\n");
        if let Some(direct) = direct {
            let _ = writeln!(text, "[packages.tool.holdfast]\ndirect = {direct}");
        }
    }
    read(text.as_bytes(), "pylock.toml").unwrap()
}

fn show(graph: &Graph<'_>, nodes: &[NodeId]) -> String {
    let names = nodes
        .iter()
        .map(|node| graph.package(*node).unwrap().package.name());
    names.collect::<Vec<_>>().join(" ")
}

fn show_all(graph: &Graph<'_>, paths: &[Vec<NodeId>]) -> Vec<String> {
    paths.iter().map(|path| show(graph, path)).collect()
}

fn show_tree(graph: &Graph<'_>) -> String {
    let mut text = String::new();
    for line in graph.tree() {
        let mark = match line.visit {
            Visit::Here => "",
            Visit::Before => " (above)",
            Visit::Cycle => " (cycle)",
        };
        let name = show(graph, &[line.node]);
        let _ = writeln!(text, "{}{name}{mark}", "  ".repeat(line.depth));
    }
    text
}

const DIAMOND: &str = "
    app! -> left, right
    left -> base
    right -> base, left
    base -> app
    lone!
";

#[test]
fn direct_packages_are_roots() {
    let locked = lock(DIAMOND);
    let graph = Graph::new(&locked);
    assert_eq!(show(&graph, graph.roots()), "app lone");
    let base = graph.find(&PackageId::pypi("base"))[0];
    assert_eq!(show(&graph, graph.parents(base)), "left right");
    assert_eq!(graph.children(base).len(), 1);
}

#[test]
fn where_the_lock_does_not_tell_roots_are_what_nobody_depends_on() {
    let locked = lock("a? -> b\nb?\nc? -> c\nd? -> e\ne? -> d\nf? -> d");
    let graph = Graph::new(&locked);
    assert_eq!(show(&graph, graph.roots()), "a c f");
    let locked = lock("d? -> e\ne? -> d, x");
    let graph = Graph::new(&locked);
    assert_eq!(show(&graph, graph.roots()), "d");
    assert_eq!(Graph::new(&lock("a\nb -> a")).roots(), []);
}

#[test]
fn paths_are_found_shortest_first_and_cycles_end_them() {
    let locked = lock(DIAMOND);
    let graph = Graph::new(&locked);
    let base = PackageId::pypi("base");
    assert_eq!(
        show_all(&graph, &graph.paths_to(&base, 10)),
        ["app left base", "app right base", "app right left base"]
    );
    assert_eq!(
        show_all(&graph, &graph.paths_to(&base, 1)),
        ["app left base"]
    );
    assert_eq!(
        show_all(&graph, &graph.shortest_chains_to(&base)),
        ["app left base"]
    );
    assert_eq!(
        show_all(&graph, &graph.paths_to(&PackageId::pypi("app"), 9)),
        ["app"]
    );
    assert_eq!(graph.paths_to(&PackageId::pypi("none"), 9).len(), 0);
    assert_eq!(graph.paths_to(&base, 0).len(), 0);
}

#[test]
fn the_tree_expands_each_package_once() {
    let locked = lock(DIAMOND);
    let expected = "app\n  left\n    base\n      app (cycle)\n  right\n    base (above)\n    left (above)\nlone\n";
    assert_eq!(show_tree(&Graph::new(&locked)), expected);
}

#[test]
fn an_edge_with_a_version_means_the_entry_of_that_version() {
    let locked = lock("a! -> n==1.0\nb! -> n==2\nc! -> n\nd! -> n==7\nn==1\nn==2.0");
    let graph = Graph::new(&locked);
    let versions = |name: &str| {
        let node = graph.find(&PackageId::pypi(name))[0];
        let targets = graph.children(node).iter();
        let versions = targets.map(|edge| graph.package(edge.to).unwrap().version.clone().unwrap());
        versions.collect::<Vec<_>>()
    };
    assert_eq!(versions("a"), ["1"]);
    assert_eq!(versions("b"), ["2.0"]);
    assert_eq!(versions("c"), ["1", "2.0"]);
    assert_eq!(versions("d"), ["1", "2.0"]);
}

#[test]
fn a_graph_in_which_everything_depends_on_everything_ends() {
    let names: Vec<_> = (0..60).map(|number| format!("p{number}")).collect();
    let lines: Vec<_> = names
        .iter()
        .map(|name| format!("{name} -> {}", names.join(", ")))
        .collect();
    let locked = lock(&lines.join("\n").replacen("p0 ->", "p0! ->", 1));
    let graph = Graph::new(&locked);
    assert_eq!(graph.paths_to(&PackageId::pypi("p59"), 50).len(), 50);
    assert_eq!(graph.tree().len(), 1 + 60 * 60);
    let long: Vec<_> = (0..20_000)
        .map(|number| format!("q{number}? -> q{}", number + 1))
        .collect();
    let locked = lock(&long.join("\n"));
    let graph = Graph::new(&locked);
    assert_eq!(graph.tree().len(), 20_000);
    assert_eq!(
        graph.shortest_chains_to(&PackageId::pypi("q19999"))[0].len(),
        20_000
    );
}

fn any_lock() -> impl Strategy<Value = Locked> {
    let line = (
        0..8u8,
        prop::sample::select(vec!["!", "?", ""]),
        prop::collection::vec(0..8u8, 0..4),
    );
    prop::collection::vec(line, 1..9).prop_map(|lines| {
        let mut seen = std::collections::BTreeSet::new();
        let lines: Vec<_> = lines
            .into_iter()
            .filter(|(name, ..)| seen.insert(*name))
            .map(|(name, direct, to)| {
                let to: Vec<_> = to.iter().map(|to| format!("p{to}")).collect();
                format!("p{name}{direct} -> {}", to.join(", "))
            })
            .collect();
        lock(&lines.join("\n"))
    })
}

proptest! {
    #[test]
    fn paths_are_paths(locked in any_lock(), target in 0..8u8) {
        let graph = Graph::new(&locked);
        let target = PackageId::pypi(&format!("p{target}"));
        let paths = graph.paths_to(&target, 100);
        for path in &paths {
            prop_assert!(graph.roots().contains(&path[0]));
            prop_assert!(graph.find(&target).contains(path.last().unwrap()));
            for pair in path.windows(2) {
                prop_assert!(graph.children(pair[0]).iter().any(|edge| edge.to == pair[1]));
            }
            let mut once = path.clone();
            once.sort();
            once.dedup();
            prop_assert_eq!(once.len(), path.len());
        }
        prop_assert!(paths.windows(2).all(|pair| pair[0].len() <= pair[1].len()));
        let chains = graph.shortest_chains_to(&target);
        prop_assert_eq!(chains.first().map(Vec::len), paths.first().map(Vec::len));
    }

    #[test]
    fn trees_end_and_show_what_can_be_reached(locked in any_lock()) {
        let graph = Graph::new(&locked);
        let lines = graph.tree();
        let edges: usize = graph.nodes().map(|node| graph.children(node).len()).sum();
        prop_assert!(lines.len() <= graph.roots().len() + edges);
        let mut reached = vec![false; locked.packages.len()];
        graph.reach(graph.roots(), &mut reached);
        for node in graph.nodes() {
            prop_assert_eq!(lines.iter().any(|line| line.node == node), reached[node.0]);
        }
    }
}
