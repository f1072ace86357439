//! The packages that the generated locks hold.

use std::fmt::Write as _;

/// Packages that people use, at versions that they have; several have known vulnerabilities.
const ORDINARY: [(&str, &str); 24] = [
    ("aiohttp", "3.9.1"),
    ("certifi", "2024.7.4"),
    ("cryptography", "42.0.8"),
    ("fastapi", "0.111.0"),
    ("jinja2", "3.1.3"),
    ("joblib", "1.4.2"),
    ("lightgbm", "4.3.0"),
    ("mlflow", "2.8.0"),
    ("numpy", "1.26.4"),
    ("pandas", "2.2.2"),
    ("pillow", "9.5.0"),
    ("protobuf", "4.25.3"),
    ("pyarrow", "16.1.0"),
    ("pydantic", "2.7.4"),
    ("pyyaml", "6.0.1"),
    ("requests", "2.30.0"),
    ("scikit-learn", "1.5.0"),
    ("scipy", "1.13.1"),
    ("starlette", "0.37.2"),
    ("torch", "2.3.1"),
    ("tornado", "6.4.1"),
    ("tqdm", "4.66.4"),
    ("transformers", "4.41.2"),
    ("urllib3", "2.0.5"),
];

const FIRST: [&str; 12] = [
    "async", "cloud", "data", "feature", "flask", "graph", "image", "metric", "model", "stream",
    "text", "typed",
];
const SECOND: [&str; 12] = [
    "cache", "client", "codec", "config", "index", "loader", "parser", "queue", "schema", "server",
    "store", "utils",
];

/// How many packages there are to choose from; prime, so that every step visits all of them.
const POOL: usize = 2503;

/// Every so many packages one is compiled, and has a wheel for each interpreter and platform.
const COMPILED: usize = 9;

const TAGS: [&str; 8] = [
    "cp310-cp310-macosx_11_0_arm64",
    "cp310-cp310-manylinux_2_17_x86_64.manylinux2014_x86_64",
    "cp311-cp311-macosx_11_0_arm64",
    "cp311-cp311-manylinux_2_17_aarch64.manylinux2014_aarch64",
    "cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64",
    "cp311-cp311-win_amd64",
    "cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64",
    "cp312-cp312-win_amd64",
];

/// A package of a lock.
#[derive(Debug)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    /// What its hashes are made from.
    seed: u64,
    /// Whether it has many wheels.
    is_compiled: bool,
    /// What it depends on, by position in the lock.
    pub(super) dependencies: Vec<usize>,
}

/// A file of a package.
#[derive(Debug)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) url: String,
    pub(super) sha256: String,
    pub(super) size: u64,
}

impl Package {
    /// The package at `position` of the lock of project `project`, which holds `count` packages.
    pub(super) fn new(project: usize, position: usize, count: usize) -> Self {
        let number = match ORDINARY.get(position) {
            Some(_) => position,
            // neighbours share most of their packages, as the projects of a company do
            None => ORDINARY.len() + (project % 40 * 7 + position * 11) % (POOL - ORDINARY.len()),
        };
        let (name, version) = match ORDINARY.get(number) {
            Some((name, version)) => ((*name).to_owned(), (*version).to_owned()),
            None => (name(number), version(number, project / 100)),
        };
        let children = (position * 3 + DIRECT..position * 3 + DIRECT + 3)
            .chain([position + 31])
            .filter(|child| *child < count);
        let mut dependencies: Vec<usize> = children.collect();
        dependencies.sort_unstable();
        dependencies.dedup();
        Self {
            seed: seed(&name, &version),
            is_compiled: number % COMPILED == 8,
            name,
            version,
            dependencies,
        }
    }

    /// A package of this name and version, with nothing below it.
    pub(super) fn leaf(name: &str, version: &str) -> Self {
        Self {
            name: name.to_owned(),
            version: version.to_owned(),
            seed: seed(name, version),
            is_compiled: false,
            dependencies: Vec::new(),
        }
    }

    /// The source archive.
    pub(super) fn sdist(&self) -> File {
        self.file(format!("{}-{}.tar.gz", self.module(), self.version), 0)
    }

    /// The wheels, sorted by name.
    pub(super) fn wheels(&self) -> Vec<File> {
        let tags: &[&str] = if self.is_compiled {
            &TAGS
        } else {
            &["py3-none-any"]
        };
        let wheel = |tag: &&str| format!("{}-{}-{tag}.whl", self.module(), self.version);
        let names = tags.iter().map(wheel);
        names
            .zip(1..)
            .map(|(name, salt)| self.file(name, salt))
            .collect()
    }

    /// All files, sorted by name.
    pub(super) fn files(&self) -> Vec<File> {
        let mut files = self.wheels();
        files.push(self.sdist());
        files
    }

    /// Hexadecimal digits that are always the same for this package and salt.
    pub(super) fn digits(&self, salt: u64, count: usize) -> String {
        let mut digits = String::new();
        let mut state = self.seed ^ salt.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        while digits.len() < count {
            state = mixed(state);
            // writing to a String cannot fail
            let _ = write!(digits, "{state:016x}");
        }
        digits.truncate(count);
        digits
    }

    fn module(&self) -> String {
        self.name.replace('-', "_")
    }

    fn file(&self, name: String, salt: u64) -> File {
        let path = self.digits(salt + 100, 64);
        let (first, rest) = path.split_at(2);
        let (second, rest) = rest.split_at(2);
        File {
            url: format!("https://files.pythonhosted.org/packages/{first}/{second}/{rest}/{name}"),
            name,
            sha256: self.digits(salt, 64),
            size: 10_000 + mixed(self.seed ^ salt) % 900_000,
        }
    }
}

/// How many packages at the beginning of a lock a project asks for itself.
pub(super) const DIRECT: usize = 20;

/// The name of the package with this number: words, and a number where they are used up.
fn name(number: usize) -> String {
    let word = |words: &[&'static str; 12], number: usize| {
        words.get(number % words.len()).copied().unwrap_or_default()
    };
    let words = format!("{}-{}", word(&FIRST, number), word(&SECOND, number / 12));
    match number / 144 {
        0 => words,
        times => format!("{words}-{times}"),
    }
}

/// A version that changes slowly from project to project.
fn version(number: usize, times: usize) -> String {
    let mixed = mixed(number as u64 * 31 + (times / 3) as u64);
    format!("{}.{}.{}", 1 + mixed % 5, mixed / 8 % 30, mixed / 1024 % 12)
}

fn seed(name: &str, version: &str) -> u64 {
    let bytes = name.bytes().chain(version.bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |seed, byte| {
        (seed ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// One step of `SplitMix64`.
fn mixed(state: u64) -> u64 {
    let state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}
