//! uv's answer, split into one lock per environment.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::path::{Component, Path, PathBuf};

use holdfast_model::{
    Dependency, Digest, EnvironmentName, Location, LockSource, LockedFile, LockedPackage,
    PackageId, WheelFilename,
};
use pep508_rs::MarkerTree;

use crate::lockfile::{UvDependency, UvFile, UvLock, UvPackage, UvSource, VERSION};
use crate::markers::{Machines, MarkerError, parse, text};
use crate::request::{SolveEnvironment, SolveRequest};

/// A set of versions for all environments of a request.
#[derive(Debug)]
pub struct Solution {
    lock: UvLock,
    by_name: HashMap<String, Vec<usize>>,
    directory: PathBuf,
}

/// One environment of a solution.
#[derive(Debug, Clone, PartialEq)]
pub struct SolvedEnvironment {
    /// The environment.
    pub name: EnvironmentName,
    /// Its packages, sorted by name and version, with the files that run on its platforms.
    pub packages: Vec<LockedPackage>,
    /// Packages of which no file runs on one of the platforms and whose build is not allowed.
    pub without_files: Vec<WithoutFiles>,
}

/// A package that cannot be installed on a platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithoutFiles {
    /// The package.
    pub package: PackageId,
    /// Its version.
    pub version: String,
    /// The platform, as written.
    pub platform: String,
}

/// Why uv's answer could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SolutionError {
    /// It is no TOML of the expected shape.
    #[error("cannot read the lock that uv wrote")]
    Malformed(#[source] Box<toml::de::Error>),
    /// It is of a version that this program does not know.
    #[error(
        "uv wrote a lock of version {0}; this version of Holdfast reads version {VERSION}: use a uv of the tested range"
    )]
    Version(u32),
    /// It names a package that it does not have.
    #[error("the lock that uv wrote has no package `{0}`, which it depends on")]
    Dangling(String),
    /// It has no requirements of an environment.
    #[error("the lock that uv wrote lacks the environment `{0}`")]
    NoEnvironment(EnvironmentName),
    /// A marker could not be read.
    #[error("cannot read a marker in the lock that uv wrote")]
    Marker(#[from] MarkerError),
    /// The Python version of the request is no minor version of Python 3.
    #[error("`{0}` is no minor version of Python 3, such as `3.11`")]
    Python(String),
}

/// A package, or one of its extras.
type Node = (usize, Option<String>);

/// A walk through the graph: the marker under which each node was reached so far, and the nodes
/// whose edges have to be followed (again).
#[derive(Default)]
struct Reached {
    markers: HashMap<Node, MarkerTree>,
    queue: VecDeque<Node>,
}

impl Reached {
    fn arrive(&mut self, node: Node, marker: MarkerTree) {
        let known = self
            .markers
            .entry(node.clone())
            .or_insert(MarkerTree::FALSE);
        let mut wider = known.clone();
        wider.or(marker);
        // markers are canonical, so a marker that does not change ends the walk, cycles included
        if wider != *known {
            *known = wider;
            self.queue.push_back(node);
        }
    }

    fn next(&mut self) -> Option<(Node, MarkerTree)> {
        let node = self.queue.pop_front()?;
        let marker = self
            .markers
            .get(&node)
            .cloned()
            .unwrap_or(MarkerTree::FALSE);
        Some((node, marker))
    }
}

impl Solution {
    /// Reads `uv.lock`, which uv wrote into `directory`.
    pub(crate) fn read(text: &str, directory: &Path) -> Result<Self, SolutionError> {
        let lock: UvLock =
            toml::from_str(text).map_err(|error| SolutionError::Malformed(Box::new(error)))?;
        if lock.version != VERSION {
            return Err(SolutionError::Version(lock.version));
        }
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (position, package) in lock.packages.iter().enumerate() {
            by_name
                .entry(package.name.clone())
                .or_default()
                .push(position);
        }
        Ok(Self {
            lock,
            by_name,
            directory: directory.to_owned(),
        })
    }

    /// Splits off each environment of the request.
    pub fn split(&self, request: &SolveRequest) -> Result<Vec<SolvedEnvironment>, SolutionError> {
        let minor = request
            .python
            .strip_prefix("3.")
            .and_then(|minor| minor.parse().ok())
            .ok_or_else(|| SolutionError::Python(request.python.clone()))?;
        request
            .environments
            .iter()
            .map(|environment| self.environment(environment, request, minor))
            .collect()
    }

    fn environment(
        &self,
        environment: &SolveEnvironment,
        request: &SolveRequest,
        minor: u8,
    ) -> Result<SolvedEnvironment, SolutionError> {
        let machines = Machines::new(minor, &environment.platforms)?;
        let roots = self.roots(&environment.name)?;
        let reached = self.reach(roots)?;
        let direct: BTreeSet<&str> = roots
            .iter()
            .map(|dependency| dependency.name.as_str())
            .collect();
        let mut without_files = Vec::new();
        let mut packages = Vec::new();
        for (position, marker) in merged(&reached) {
            let Some(package) = self.lock.packages.get(position) else {
                continue;
            };
            let Some(condition) = machines.condition(marker) else {
                continue;
            };
            let mut locked = self.package(package, request);
            locked.marker = text(&condition);
            locked.direct = Some(direct.contains(package.name.as_str()));
            locked.dependencies = dependencies(package, position, &reached, &machines)?;
            keep_files(&mut locked, environment, request, minor, &mut without_files);
            packages.push(locked);
        }
        packages.sort_by(|left, right| {
            (&left.package, &left.version).cmp(&(&right.package, &right.version))
        });
        Ok(SolvedEnvironment {
            name: environment.name.clone(),
            packages,
            without_files,
        })
    }

    fn roots(&self, name: &EnvironmentName) -> Result<&[UvDependency], SolutionError> {
        self.lock
            .packages
            .iter()
            .find(|package| package.source.project.is_some())
            .map(|package| {
                // uv leaves out groups without requirements
                package
                    .dev_dependencies
                    .get(name.as_str())
                    .map_or(&[][..], Vec::as_slice)
            })
            .ok_or_else(|| SolutionError::NoEnvironment(name.clone()))
    }

    /// Every package and extra that the roots lead to, with the marker under which they do.
    fn reach(&self, roots: &[UvDependency]) -> Result<HashMap<Node, MarkerTree>, SolutionError> {
        let mut reached = Reached::default();
        for root in roots {
            for node in self.nodes(root)? {
                reached.arrive(node, parse(root.marker.as_deref())?);
            }
        }
        while let Some((node, above)) = reached.next() {
            for edge in self.edges(&node) {
                let mut marker = parse(edge.marker.as_deref())?;
                marker.and(above.clone());
                for next in self.nodes(edge)? {
                    reached.arrive(next, marker.clone());
                }
            }
        }
        Ok(reached.markers)
    }

    fn edges(&self, (position, extra): &Node) -> &[UvDependency] {
        let Some(package) = self.lock.packages.get(*position) else {
            return &[];
        };
        match extra {
            None => &package.dependencies,
            Some(extra) => package
                .optional_dependencies
                .get(extra)
                .map_or(&[][..], Vec::as_slice),
        }
    }

    /// What an edge leads to: the package, and each extra that it asks for.
    fn nodes(&self, edge: &UvDependency) -> Result<Vec<Node>, SolutionError> {
        let candidates = self
            .by_name
            .get(&edge.name)
            .ok_or_else(|| SolutionError::Dangling(edge.name.clone()))?;
        let mut nodes = Vec::new();
        for position in candidates {
            let Some(package) = self.lock.packages.get(*position) else {
                continue;
            };
            if edge.version.is_some() && edge.version != package.version {
                continue;
            }
            nodes.push((*position, None));
            nodes.extend(
                edge.extra
                    .iter()
                    .map(|extra| (*position, Some(extra.clone()))),
            );
        }
        if nodes.is_empty() {
            return Err(SolutionError::Dangling(edge.name.clone()));
        }
        Ok(nodes)
    }

    fn package(&self, package: &UvPackage, request: &SolveRequest) -> LockedPackage {
        let mut files: Vec<LockedFile> = package
            .wheels
            .iter()
            .chain(&package.sdist)
            .map(file)
            .collect();
        files.sort_by(|left, right| left.name.cmp(&right.name));
        LockedPackage {
            package: PackageId::pypi(&package.name),
            version: package.version.clone(),
            marker: None,
            requires_python: None,
            source: source(&package.source, &self.directory, &request.root),
            files,
            dependencies: Vec::new(),
            direct: None,
            licence: None,
            groups: Vec::new(),
            attestations: Vec::new(),
            location: Location::start_of(""),
        }
    }
}

/// The edges of a package and of those of its extras that are asked for.
fn dependencies(
    package: &UvPackage,
    position: usize,
    reached: &HashMap<Node, MarkerTree>,
    machines: &Machines,
) -> Result<Vec<Dependency>, SolutionError> {
    let asked = |extra: &str| reached.contains_key(&(position, Some(extra.to_owned())));
    let extras = package
        .optional_dependencies
        .iter()
        .filter(|(extra, _)| asked(extra))
        .flat_map(|(_, edges)| edges);
    let mut by_target: BTreeMap<(PackageId, Option<String>), MarkerTree> = BTreeMap::new();
    for edge in package.dependencies.iter().chain(extras) {
        let target = (PackageId::pypi(&edge.name), edge.version.clone());
        if edge.name == package.name {
            continue;
        }
        let marker = parse(edge.marker.as_deref())?;
        by_target
            .entry(target)
            .or_insert(MarkerTree::FALSE)
            .or(marker);
    }
    Ok(by_target
        .into_iter()
        .filter_map(|((package, version), marker)| {
            let marker = machines.condition(marker)?;
            Some(Dependency {
                package,
                version,
                marker: text(&marker),
                specifier: None,
            })
        })
        .collect())
}

/// The marker of each package: where it or one of its extras is asked for.
fn merged(reached: &HashMap<Node, MarkerTree>) -> BTreeMap<usize, MarkerTree> {
    let mut packages = BTreeMap::new();
    for ((position, _), marker) in reached {
        packages
            .entry(*position)
            .or_insert(MarkerTree::FALSE)
            .or(marker.clone());
    }
    packages
}

/// Keeps the wheels that run on a platform of the environment, and source archives only where they
/// may be built.
fn keep_files(
    package: &mut LockedPackage,
    environment: &SolveEnvironment,
    request: &SolveRequest,
    minor: u8,
    without_files: &mut Vec<WithoutFiles>,
) {
    if !matches!(package.source, LockSource::Registry { .. }) {
        return;
    }
    let may_build = request.allow_build.contains(&package.package);
    let wheels: Vec<(String, WheelFilename)> = package
        .files
        .iter()
        .filter_map(|file| Some((file.name.clone(), file.name.parse().ok()?)))
        .collect();
    let runs = |name: &str, platform| {
        wheels
            .iter()
            .any(|(file, wheel)| file == name && wheel.runs_on(minor, platform))
    };
    if !may_build && package.marker.is_none() {
        for platform in &environment.platforms {
            if !wheels
                .iter()
                .any(|(_, wheel)| wheel.runs_on(minor, *platform))
            {
                without_files.push(WithoutFiles {
                    package: package.package.clone(),
                    version: package.version.clone().unwrap_or_default(),
                    platform: platform.to_string(),
                });
            }
        }
    }
    package.files.retain(|file| {
        if file.is_wheel() {
            environment
                .platforms
                .iter()
                .any(|platform| runs(&file.name, *platform))
        } else {
            may_build
        }
    });
    if package.files.is_empty() && package.marker.is_some() {
        without_files.push(WithoutFiles {
            package: package.package.clone(),
            version: package.version.clone().unwrap_or_default(),
            platform: environment
                .platforms
                .first()
                .map(ToString::to_string)
                .unwrap_or_default(),
        });
    }
}

fn file(file: &UvFile) -> LockedFile {
    let place = file
        .url
        .as_deref()
        .or(file.path.as_deref())
        .unwrap_or_default();
    let name = file.filename.clone().unwrap_or_else(|| {
        let last = place.rsplit(['/', '\\']).next().unwrap_or_default();
        last.split(['#', '?']).next().unwrap_or_default().to_owned()
    });
    LockedFile {
        name,
        url: file.url.clone(),
        size: file.size,
        upload_time: file
            .upload_time
            .as_deref()
            .and_then(|time| time.parse().ok()),
        hashes: file
            .hash
            .iter()
            .filter_map(|hash| hash.parse::<Digest>().ok())
            .collect(),
        contents: None,
    }
}

fn source(source: &UvSource, directory: &Path, root: &Path) -> LockSource {
    let local = |path: &str| relative(&directory.join(path), root);
    if let Some(index) = &source.registry {
        let index = if index.contains("://") {
            index.clone()
        } else {
            local(index)
        };
        return LockSource::Registry { index: Some(index) };
    }
    if let Some(git) = &source.git {
        let (url, commit) = match git.rsplit_once('#') {
            Some((url, commit)) => (url, Some(commit.to_owned())),
            None => (git.as_str(), None),
        };
        let url = url.split('?').next().unwrap_or(url).to_owned();
        return LockSource::Vcs {
            system: "git".to_owned(),
            url,
            commit,
        };
    }
    if let Some(url) = &source.url {
        return LockSource::Archive { url: url.clone() };
    }
    if let Some(path) = &source.path {
        return LockSource::Archive { url: local(path) };
    }
    let (path, editable) = match (&source.editable, &source.directory) {
        (Some(path), _) => (path.as_str(), true),
        (None, Some(path)) => (path.as_str(), false),
        (None, None) => (source.project.as_deref().unwrap_or("."), false),
    };
    LockSource::Directory {
        path: local(path),
        editable,
    }
}

/// `path`, which need not exist, as seen from `root`, with forward slashes.
fn relative(path: &Path, root: &Path) -> String {
    let path = normalise(path);
    let root = normalise(root);
    let shared = path
        .iter()
        .zip(root.iter())
        .take_while(|(left, right)| left == right)
        .count();
    let up = root.iter().skip(shared).map(|_| "..".to_owned());
    let down = path
        .iter()
        .skip(shared)
        .map(|part| part.to_string_lossy().into_owned());
    let joined = up.chain(down).collect::<Vec<_>>().join("/");
    if joined.is_empty() {
        ".".to_owned()
    } else {
        joined
    }
}

fn normalise(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                normal.pop();
            }
            Component::CurDir => {}
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => {
                normal.push(component);
            }
        }
    }
    normal
}
