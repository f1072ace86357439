//! Locks and manifests of the corpus, changed at random: whatever comes of them, readers answer or
//! refuse, and so does the comparison of a lock with a manifest. The same changes every time.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic where its own numbers are wrong"
)]

use std::path::{Path, PathBuf};

use holdfast_declared::{Format, MemoryFiles, freshness, read};

/// Changes that are tried of each file.
const CHANGES: u64 = 32;

/// Larger files are cut before they are changed: their kind of line repeats.
const LONGEST: usize = 12_000;

/// What is put into files.
const PIECES: &[&str] = &[
    "[",
    "]",
    "{",
    "}",
    "\"",
    "'",
    "\n",
    "\r\n",
    " ",
    "\t",
    ":",
    ",",
    "=",
    "#",
    "- ",
    "&a ",
    "*a ",
    "<<: ",
    "| ",
    "> ",
    "!!str ",
    "? ",
    "---\n",
    "[[package]]\n",
    "[package]\n",
    "[a.b]\n",
    "null",
    "true",
    "-1",
    "1e400",
    "99999999999999999999",
    "\u{0}",
    "\u{feff}",
    "é",
    "😀",
    "\u{2028}",
    "\\",
    "\\u0000",
    "\"\"\"",
    "name = \"x\"\n",
    "version = 2\n",
    "\"packages\": [],",
    "node_modules/",
    "../",
    "@",
    "#",
    "sha256:",
    "file:",
    "git+https://u:p@h/r@1#2",
    "npm:a@b@c",
    "a.a.a.a.a.a.a.a = 1\n",
];

/// Numbers as good as random ones, and the same each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        // xorshift
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap_or_default() % limit.max(1)
    }
}

fn changed(original: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes = original.to_vec();
    for _ in 0..=numbers.below(3) {
        let position = numbers.below(bytes.len() + 1);
        let length = numbers.below(40).min(bytes.len() - position);
        match numbers.below(7) {
            0 => bytes.truncate(position),
            1 => drop(bytes.drain(position..position + length)),
            2 => {
                let part = bytes[position..position + length].to_vec();
                bytes.splice(position..position, part);
            }
            3 if position < bytes.len() => {
                bytes[position] = u8::try_from(numbers.below(256)).unwrap_or_default();
            }
            4 => {
                let part = bytes[position..position + length].to_vec();
                let elsewhere = numbers.below(bytes.len() + 1);
                bytes.splice(elsewhere..elsewhere, part);
            }
            5 => {
                let piece = PIECES[numbers.below(PIECES.len())].repeat(1 + numbers.below(100));
                bytes.splice(position..position, piece.bytes());
            }
            _ => {
                let piece = PIECES[numbers.below(PIECES.len())];
                bytes.splice(position..position + length, piece.bytes());
            }
        }
    }
    bytes
}

/// Reads a lock and compares it with manifests that say something of everything.
fn try_out(bytes: Vec<u8>, format: Format, name: &str) {
    let files = MemoryFiles::new()
        .with(name, bytes)
        .with(
            "pyproject.toml",
            "[project]\nname = \"a\"\nversion = \"1\"\ndependencies = [\"six>=1; os_name == 'nt'\", \"first-pkg\"]\n\
             [dependency-groups]\ndev = [\"black\"]\n[tool.uv]\nenvironments = [\"os_name == 'nt'\"]\n",
        )
        .with("Pipfile", "[packages]\nmarkupsafe = \"*\"\n")
        .with("pixi.toml", "[dependencies]\nnumpy = \">=1\"\n")
        .with("environment.yml", "dependencies:\n- numpy>=1\n")
        .with("package.json", "{\"dependencies\": {\"wrappy\": \"^1\"}}");
    if let Ok(reading) = read(&files, name, format)
        && let (Some(locked), Some(inputs)) = (reading.locked, reading.lock_inputs)
    {
        for package in &locked.packages {
            assert!(package.location.line > 0 && package.location.column > 0);
        }
        let _ = freshness(&files, &locked, &inputs);
    }
}

fn mutate(original: &[u8], format: Format, name: &str, seed: u64) {
    let original = original.get(..LONGEST).unwrap_or(original);
    let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15 ^ seed.wrapping_mul(0x2545_F491_4F6C_DD1D));
    for _ in 0..CHANGES {
        try_out(changed(original, &mut numbers), format, name);
    }
}

fn files_below(directory: &Path) -> Vec<PathBuf> {
    let entries = fs_err::read_dir(directory).unwrap();
    let mut files = Vec::new();
    for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

#[test]
fn changed_locks_of_the_corpus_are_read_or_refused() {
    let Some(corpus) = testkit::corpus("osv-scalibr-lockfiles") else {
        return;
    };
    let root = corpus.join("extractor/filesystem/language");
    let mut tried = 0;
    for (folder, format, name) in [
        ("python/uvlock", Format::UvLock, "uv.lock"),
        ("python/poetrylock", Format::PoetryLock, "poetry.lock"),
        ("python/pipfilelock", Format::PipfileLock, "Pipfile.lock"),
        ("python/pdmlock", Format::PdmLock, "pdm.lock"),
        (
            "javascript/packagelockjson",
            Format::PackageLock,
            "package-lock.json",
        ),
    ] {
        for path in files_below(&root.join(folder)) {
            tried += 1;
            mutate(&fs_err::read(path).unwrap(), format, name, tried);
        }
    }
    assert!(tried > 60, "only {tried} files");
}

/// Each has its file's name, as files of its folder name each other.
#[test]
fn changed_manifests_of_the_corpus_are_read_or_refused() {
    let Some(corpus) = testkit::corpus("osv-scalibr-lockfiles") else {
        return;
    };
    let root = corpus.join("extractor/filesystem/language/python");
    let mut tried = 0;
    for (folder, format) in [
        ("requirements", Format::Requirements),
        ("requirements", Format::Constraints),
        ("pyprojecttoml", Format::Pyproject),
    ] {
        let all = files_below(&root.join(folder));
        let beside = all.iter().fold(MemoryFiles::new(), |files, path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            files.with(name, fs_err::read(path).unwrap())
        });
        for path in &all {
            tried += 1;
            let original = fs_err::read(path).unwrap();
            let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15 ^ (tried << 7));
            for _ in 0..CHANGES {
                let bytes = changed(&original, &mut numbers);
                let files = beside.clone().with("changed", bytes);
                if let Ok(reading) = read(&files, "changed", format)
                    && let Some(declared) = reading.declared
                {
                    for requirement in &declared.requirements {
                        let place = &requirement.location;
                        assert!(place.line > 0 && place.column > 0, "{place}");
                    }
                }
            }
        }
    }
    assert!(tried > 30, "only {tried} files");
}

#[test]
fn changed_locks_of_the_standard_are_read_or_refused() {
    let mut tried = 0;
    for (corpus, below) in [
        (
            "osv-scalibr-lockfiles",
            "extractor/filesystem/language/python/pylock",
        ),
        ("pip-pylocks", "tests/data/lockfiles"),
        ("packaging-pylocks", "tests/pylock"),
    ] {
        let Some(corpus) = testkit::corpus(corpus) else {
            return;
        };
        for path in files_below(&corpus.join(below)) {
            tried += 1;
            let original = fs_err::read(path).unwrap();
            let original = original.get(..LONGEST).unwrap_or(&original);
            let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15 ^ (tried << 9));
            for _ in 0..CHANGES {
                let bytes = changed(original, &mut numbers);
                if let Ok(locked) = holdfast_locked::read(&bytes, "pylock.toml")
                    // of an algorithm that nobody knows nothing is kept
                    && locked.packages.iter().flat_map(|it| &it.files).all(|it| !it.hashes.is_empty())
                {
                    // what is read can be written, and read again
                    let written = holdfast_locked::write(&locked);
                    let again = holdfast_locked::read(written.as_bytes(), "pylock.toml");
                    assert!(again.is_ok(), "{again:?} of {written}");
                }
            }
        }
    }
    assert!(tried > 20, "only {tried} files");
}

const CONDA_LOCK: &str = "version: 1\nmetadata:\n  content_hash:\n    linux-64: 00\n  channels:\n  - url: conda-forge\n    used_env_vars: []\n  platforms:\n  - linux-64\n  sources:\n  - environment.yml\npackage:\n- name: python\n  version: 3.11.7\n  manager: conda\n  platform: linux-64\n  dependencies:\n    __glibc: '>=2.17'\n    openssl: '>=3.0'\n  url: https://conda.anaconda.org/conda-forge/linux-64/python-3.11.7-h1_0.conda\n  hash:\n    md5: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n    sha256: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n  category: main\n  optional: false\n- name: six\n  version: '1.10'\n  manager: pip\n  platform: linux-64\n  dependencies: {}\n  url: https://host/six-1.10-py3-none-any.whl\n  hash: {}\n";

const PIXI_LOCK: &str = "version: 6\nenvironments:\n  default:\n    channels:\n    - url: https://c/\n    packages:\n      linux-64:\n      - conda: https://c/linux-64/numpy-1.26.4-py_0.conda\n      - pypi: https://f/six-1.17.0-py3-none-any.whl\npackages:\n- conda: https://c/linux-64/numpy-1.26.4-py_0.conda\n  sha256: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n  depends:\n  - python >=3.11,<3.12.0a0\n  purls:\n  - pkg:pypi/numpy@1\n  size: 10\n- pypi: https://f/six-1.17.0-py3-none-any.whl\n  name: six\n  version: 1.17.0\n  requires_dist:\n  - numpy>=1 ; extra == 'x'\n  requires_python: '>=3'\n";

const EXPLICIT: &str = "# platform: linux-64\n@EXPLICIT\nhttps://conda.anaconda.org/conda-forge/linux-64/ld_impl_linux-64-2.36.1-h_2.conda#bd4f2e711b39af170e7ff15163fe87ee\nhttps://repo/main/noarch/six-1.16.0-pyh_0.tar.bz2\n";

#[test]
fn changed_locks_of_conda_and_pixi_are_read_or_refused() {
    for seed in 0..16 {
        mutate(
            CONDA_LOCK.as_bytes(),
            Format::CondaLock,
            "conda-lock.yml",
            seed,
        );
        mutate(PIXI_LOCK.as_bytes(), Format::PixiLock, "pixi.lock", seed);
        mutate(
            EXPLICIT.as_bytes(),
            Format::CondaExplicit,
            "conda-linux-64.lock",
            seed,
        );
    }
}

/// A piece of text very often, with its number in place of `#`.
fn repeated(piece: &str) -> String {
    (0..30_000).fold(String::new(), |text, number| {
        text + &piece.replace('#', &number.to_string())
    })
}

#[test]
fn large_and_repetitive_locks_take_time_in_proportion() {
    // each would take minutes if anything were searched from the beginning for every package
    let same_name = repeated(
        "[[package]]
name = \"a\"
version = \"1\"
dependencies = [{ name = \"a\" }]
",
    );
    try_out(
        format!("version = 1\n{same_name}").into(),
        Format::UvLock,
        "uv.lock",
    );
    try_out(same_name.clone().into(), Format::PoetryLock, "poetry.lock");
    try_out(
        same_name.replace("{ name = \"a\" }", "\"a\"").into(),
        Format::PdmLock,
        "pdm.lock",
    );
    let keys = repeated("k# = [{file = \"a\"}]\n");
    let old = format!("[[package]]\nname = \"a\"\nversion = \"1\"\n[metadata.files]\n{keys}");
    try_out(old.into(), Format::PoetryLock, "poetry.lock");
    let entries = repeated(
        r##""node_modules/a#/node_modules/b": {"version": "#", "dependencies": {"c": "1"}},"##,
    );
    let npm = format!("{{\"lockfileVersion\": 3, \"packages\": {{{entries} \"\": {{}}}}}}");
    try_out(npm.into(), Format::PackageLock, "package-lock.json");
    let conda = repeated(
        "- name: a
  version: '1'
  platform: linux-64
  url: https://h/c/linux-64/a-1-#.conda
",
    );
    try_out(
        format!("version: 1\npackage:\n{conda}").into(),
        Format::CondaLock,
        "conda-lock.yml",
    );
}
