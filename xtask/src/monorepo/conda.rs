//! Projects of conda-lock and pixi.

use std::fmt::Write as _;

use super::Files;
use super::package::Package;
use super::project::{Project, sha256};

const PLATFORMS: [&str; 2] = ["linux-64", "osx-arm64"];

/// `environment.yml` with `conda-lock.yml`.
pub(super) fn conda_lock(project: &Project) -> Files {
    let mut environment = format!(
        "name: {}\nchannels:\n  - conda-forge\ndependencies:\n  - python=3.11\n",
        project.name()
    );
    for package in project.direct() {
        let _ = writeln!(environment, "  - {}={}", package.name, package.version);
    }
    if let Some(name) = project.added() {
        let _ = writeln!(environment, "  - {name}>=2.1");
    }
    let mut lock = "version: 1\nmetadata:\n  content_hash:\n".to_owned();
    for platform in PLATFORMS {
        let hash = sha256(&format!("{platform} {}", project.name()));
        let _ = writeln!(lock, "    {platform}: {hash}");
    }
    lock.push_str("  channels:\n  - url: conda-forge\n    used_env_vars: []\n  platforms:\n");
    for platform in PLATFORMS {
        let _ = writeln!(lock, "  - {platform}");
    }
    lock.push_str("  sources:\n  - environment.yml\npackage:\n");
    for package in with_python(project) {
        for platform in PLATFORMS {
            conda_lock_entry(&mut lock, (project, package, platform));
        }
    }
    vec![("environment.yml", environment), ("conda-lock.yml", lock)]
}

fn conda_lock_entry(lock: &mut String, (project, package, platform): (&Project, &Package, &str)) {
    let _ = write!(
        lock,
        "- name: {}\n  version: {}\n  manager: conda\n  platform: {platform}\n  dependencies:\n    python: ''\n",
        package.name, package.version
    );
    for dependency in project.dependencies(package) {
        let _ = writeln!(lock, "    {}: '>={}'", dependency.name, dependency.version);
    }
    let (md5, sha256) = hashes(package, platform);
    let _ = write!(
        lock,
        "  url: {}\n  hash:\n    md5: {md5}\n    sha256: {sha256}\n  category: main\n  optional: false\n",
        address(package, platform)
    );
}

/// `pixi.toml` with `pixi.lock`.
pub(super) fn pixi(project: &Project) -> Files {
    let mut manifest = format!(
        "[workspace]\nname = \"{}\"\nchannels = [\"conda-forge\"]\nplatforms = [\"linux-64\", \"osx-arm64\"]\n\n[dependencies]\npython = \"3.11.*\"\n",
        project.name()
    );
    for package in project.direct() {
        let _ = writeln!(manifest, "{} = \">={}\"", package.name, package.version);
    }
    if let Some(name) = project.added() {
        let _ = writeln!(manifest, "{name} = \">=2.1\"");
    }
    let mut lock = "version: 6\nenvironments:\n  default:\n    channels:\n    - url: https://conda.anaconda.org/conda-forge/\n    packages:\n".to_owned();
    let packages = with_python(project);
    for platform in PLATFORMS {
        let _ = writeln!(lock, "      {platform}:");
        for package in &packages {
            let _ = writeln!(lock, "      - conda: {}", address(package, platform));
        }
    }
    lock.push_str("packages:\n");
    for package in packages {
        for platform in PLATFORMS {
            pixi_entry(&mut lock, (project, package, platform));
        }
    }
    vec![("pixi.toml", manifest), ("pixi.lock", lock)]
}

fn pixi_entry(lock: &mut String, (project, package, platform): (&Project, &Package, &str)) {
    let (md5, sha256) = hashes(package, platform);
    let _ = write!(
        lock,
        "- conda: {}\n  sha256: {sha256}\n  md5: {md5}\n  depends:\n  - python >=3.11,<3.12.0a0\n",
        address(package, platform)
    );
    for dependency in project.dependencies(package) {
        let _ = writeln!(lock, "  - {} >={}", dependency.name, dependency.version);
    }
    lock.push_str("  license: BSD-3-Clause\n  size: 812345\n  timestamp: 1718100000000\n");
}

fn address(package: &Package, platform: &str) -> String {
    format!(
        "https://conda.anaconda.org/conda-forge/{platform}/{}-{}-py311h{}_0.conda",
        package.name,
        package.version,
        package.digits(7, 7)
    )
}

fn hashes(package: &Package, platform: &str) -> (String, String) {
    let salt = platform.len() as u64;
    (package.digits(salt + 20, 32), package.digits(salt + 40, 64))
}

/// The packages, sorted by name, and the interpreter.
fn with_python(project: &Project) -> Vec<&Package> {
    let mut packages = project.sorted();
    packages.push(&project.python);
    packages
}
