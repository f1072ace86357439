//! A tree drawn with lines.

use std::collections::{BTreeMap, BTreeSet};

use super::{Forest, Tree, TreeDependency, TreePackage};
use crate::human;
use crate::layout::{Page, plain};
use crate::style::{Role, Style};

/// Trees with lines; what was shown above with its dependencies is marked with `(*)`.
pub fn tree_text(forest: &Forest, style: &Style) -> String {
    let mut page = Page::default();
    let mut repeats = Repeats::None;
    for tree in &forest.trees {
        page.blank();
        page.line(&title(tree, style));
        if Drawing::new(tree).draw(&mut page, style) == Repeats::Some {
            repeats = Repeats::Some;
        }
    }
    if forest.trees.is_empty() {
        page.line("there is no lock or environment to show");
    }
    if repeats == Repeats::Some {
        page.blank();
        page.line(&style.paint(Role::Faint, "(*) shown above with its dependencies"));
    }
    page.finish()
}

fn title(tree: &Tree, style: &Style) -> String {
    let file = plain(&tree.file);
    let packages = human::count(tree.packages.len(), "package", "packages");
    match &tree.environment {
        Some(environment) => {
            let environment = style.paint(Role::Strong, &plain(environment));
            format!("{environment} · {file} · {packages}")
        }
        None => format!("{} · {packages}", style.paint(Role::Strong, &file)),
    }
}

/// Whether a subtree was left out because it stands above.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Repeats {
    None,
    Some,
}

/// A line that is still to be drawn.
struct Pending<'a> {
    /// What stands left of the branch.
    prefix: String,
    is_last: bool,
    purl: &'a str,
    marker: Option<&'a str>,
}

struct Drawing<'a> {
    roots: Vec<&'a str>,
    packages: BTreeMap<&'a str, &'a TreePackage>,
    shown: BTreeSet<&'a str>,
}

impl<'a> Drawing<'a> {
    fn new(tree: &'a Tree) -> Self {
        let packages = tree.packages.iter();
        Self {
            roots: tree.roots.iter().map(String::as_str).collect(),
            packages: packages
                .map(|package| (package.package.purl.as_str(), package))
                .collect(),
            shown: BTreeSet::new(),
        }
    }

    /// Draws from a stack of its own: a chain of dependencies may be longer than the program's.
    fn draw(mut self, page: &mut Page, style: &Style) -> Repeats {
        let mut repeats = Repeats::None;
        let mut pending: Vec<Pending<'a>> = Vec::new();
        let roots = std::mem::take(&mut self.roots);
        push(&mut pending, "", roots.iter().map(|purl| (*purl, None)));
        while let Some(line) = pending.pop() {
            let package = self.packages.get(line.purl).copied();
            let dependencies = package.map_or(&[][..], |package| &package.dependencies);
            let is_repeat = !self.shown.insert(line.purl) && !dependencies.is_empty();
            draw_line(&line, package, is_repeat, (page, style));
            if is_repeat {
                repeats = Repeats::Some;
                continue;
            }
            let prefix = format!(
                "{}{}",
                line.prefix,
                if line.is_last { "    " } else { "│   " }
            );
            let edges = dependencies
                .iter()
                .map(|edge: &TreeDependency| (edge.purl.as_str(), edge.marker.as_deref()));
            push(&mut pending, &prefix, edges);
        }
        repeats
    }
}

/// Puts siblings on the stack, the first on top.
fn push<'a>(
    pending: &mut Vec<Pending<'a>>,
    prefix: &str,
    siblings: impl DoubleEndedIterator<Item = (&'a str, Option<&'a str>)>,
) {
    for (number, (purl, marker)) in siblings.rev().enumerate() {
        pending.push(Pending {
            prefix: prefix.to_owned(),
            is_last: number == 0,
            purl,
            marker,
        });
    }
}

fn draw_line(
    line: &Pending<'_>,
    package: Option<&TreePackage>,
    is_repeat: bool,
    (page, style): (&mut Page, &Style),
) {
    let branch = if line.is_last {
        "└── "
    } else {
        "├── "
    };
    let lines = style.paint(Role::Faint, &format!("{}{branch}", line.prefix));
    let mut text = if let Some(TreePackage { package, .. }) = package {
        let name = style.paint(Role::Strong, &plain(&package.name));
        match &package.version {
            Some(version) => format!("{name} {}", plain(version)),
            None => name,
        }
    } else {
        let missing = style.paint(Role::Warning, "(not in the lock)");
        format!("{} {missing}", plain(&human::subject(line.purl)))
    };
    if let Some(marker) = line.marker {
        let marker = format!("  if {}", plain(marker));
        text.push_str(&style.paint(Role::Faint, &marker));
    }
    if is_repeat {
        text.push_str(&style.paint(Role::Faint, " (*)"));
    }
    page.line(&format!("{lines}{text}"));
}
