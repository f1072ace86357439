//! conda-lock's hashes, from its own functions: without conda it solves nothing, so the packages are
//! made up, and it is asked for the hashes alone.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use holdfast_declared::{MemoryFiles, freshness, read, recognise};
use holdfast_model::Freshness;

use crate::tools::{Tool, output};

const SCRIPT: &str = include_str!("conda_lock.py");

type Hashes = BTreeMap<String, String>;

/// The hashes of manifests; nothing where the tool cannot be had.
fn hashes(tool: Tool, cuda: &str, manifests: &[&str]) -> Option<Vec<Hashes>> {
    let python = tool.path()?;
    let directory = tempfile::tempdir().unwrap();
    let mut command = Command::new(python);
    command.args(["-W", "ignore", "-c", SCRIPT, cuda]);
    for (position, manifest) in manifests.iter().enumerate() {
        let path = directory.path().join(format!("{position}.yml"));
        fs_err::write(&path, manifest).unwrap();
        command.arg(path);
    }
    let output = output(command.current_dir(Path::new(directory.path())));
    let text = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let found: Vec<Hashes> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(found.len(), manifests.len(), "{text}{errors}");
    Some(found)
}

/// A lock with these hashes, and a package for each name at 1.2.3.
fn lock(hashes: &Hashes, channels: &[&str]) -> String {
    let mut text = "version: 1\nmetadata:\n  content_hash:\n".to_owned();
    for (platform, hash) in hashes {
        writeln!(text, "    {platform}: {hash}").unwrap();
    }
    text.push_str("  channels:\n");
    for channel in channels {
        writeln!(text, "  - url: {channel}\n    used_env_vars: []").unwrap();
    }
    text.push_str("  platforms:\n");
    for platform in hashes.keys() {
        writeln!(text, "  - {platform}").unwrap();
    }
    text.push_str("  sources:\n  - environment.yml\npackage:\n");
    for (name, manager, needs) in [
        ("python", "conda", ""),
        ("numpy", "conda", "python"),
        ("scipy", "conda", "numpy"),
        ("libblas", "conda", ""),
        ("cuda-version", "conda", ""),
        ("pip", "conda", "python"),
        ("shap", "pip", "numpy"),
        ("tqdm", "pip", ""),
    ] {
        let needs = match needs {
            "" => "{}".to_owned(),
            name => format!("\n    {name}: ''"),
        };
        writeln!(
            text,
            "- name: {name}\n  version: 1.2.3\n  manager: {manager}\n  platform: linux-64\n  dependencies: {needs}\n  url: https://c/linux-64/{name}-1.2.3-0.conda\n  hash: {{}}"
        )
        .unwrap();
    }
    text
}

fn verdict(lock: &str, manifest: &str) -> Freshness {
    let files = MemoryFiles::new()
        .with("conda-lock.yml", lock)
        .with("environment.yml", manifest);
    let reading = read(
        &files,
        "conda-lock.yml",
        recognise("conda-lock.yml").unwrap(),
    )
    .unwrap();
    freshness(
        &files,
        &reading.locked.unwrap(),
        &reading.lock_inputs.unwrap(),
    )
}

const MANIFEST: &str = "channels:\n- nvidia\n- conda-forge\n- nodefaults\ndependencies:\n- python=1.2\n- scipy>=1.1, <2\n- numpy ==1.2.3\n- libblas=*=*openblas\n- conda-forge::cuda-version=1.2.3=h_0 # [linux]\n# only a comment\n- pip:\n  - Shap[plots]==1.2.*\n  - tqdm~=1.2.1\n  - -e .\n";

#[test]
fn what_conda_lock_has_hashed_is_proven_over_the_network() {
    let others = [
        "dependencies:\n- scipy\n- libblas=*\n- cuda-version\n- pip:\n  - shap\n  - tqdm\n",
        "channels: [nvidia, conda-forge]\ncategory: dev\ndependencies: [scipy 1.2|1.3, 'libblas 1.2 x_0', cuda-version!=1, pip, {pip: [shap<2, 'tqdm>1 , !=1.2']}]\n",
        "pip-repositories: ['https://h/simple']\nchannels: [nvidia, conda-forge]\ndependencies:\n- scipy=1.2.*\n- libblas   >=1\n- cuda-version=1 # [unix]\n- pip:\n  - shap\n  - tqdm\n",
    ];
    let manifests: Vec<&str> = [MANIFEST].into_iter().chain(others).collect();
    for tool in [Tool::CondaLock2, Tool::CondaLock4] {
        for cuda in ["default", "", "12.4"] {
            let Some(all) = hashes(tool, cuda, &manifests) else {
                return;
            };
            for (manifest, hashes) in manifests.iter().zip(&all) {
                // without channels in the manifest, those of the command line are hashed
                let channels: &[&str] = if manifest.contains("channels") {
                    &["nvidia", "conda-forge"]
                } else {
                    &[]
                };
                let lock = lock(hashes, channels);
                assert_eq!(
                    verdict(&lock, manifest),
                    Freshness::Fresh,
                    "{tool:?} {cuda}: {manifest}"
                );
            }
        }
    }
}

#[test]
fn what_has_changed_since_conda_lock_hashed_it_is_named_over_the_network() {
    for tool in [Tool::CondaLock2, Tool::CondaLock4] {
        let Some(hashes) = hashes(tool, "default", &[MANIFEST]) else {
            return;
        };
        let lock = lock(&hashes[0], &["nvidia", "conda-forge"]);
        for (from, to, named) in [
            // others need it, so that nothing is left over
            (
                "- numpy ==1.2.3\n",
                "",
                "`numpy 1.2.3` was asked for when the lock was made",
            ),
            ("scipy>=1.1, <2", "scipy>=1.1", ""),
            (
                "numpy ==1.2.3",
                "numpy >=1.2",
                "when the lock was made, `numpy 1.2.3` was asked for",
            ),
            (
                "- nvidia\n",
                "",
                "the lock was made from `nvidia`, `conda-forge`",
            ),
            (
                "  - tqdm~=1.2.1\n",
                "",
                "`tqdm` was locked because it was asked for",
            ),
            ("- scipy>=1.1, <2", "- scipy>=1.1, <2\n- pip", ""),
        ] {
            let changed = MANIFEST.replace(from, to);
            let verdict = verdict(&lock, &changed);
            match (&verdict, named) {
                // `pip` is asked for anyway, where there is anything for it to install
                (Freshness::Fresh, "") => assert!(to.ends_with("pip"), "{tool:?}: {changed}"),
                (Freshness::Unknown { .. }, "") => assert!(!to.ends_with("pip"), "{changed}"),
                (Freshness::Stale(differences), named) if !named.is_empty() => assert!(
                    differences.iter().any(|it| it.message.contains(named)),
                    "{tool:?}: {changed}: {differences:?}"
                ),
                _ => panic!("{tool:?}: {changed}: {verdict:?}"),
            }
        }
    }
}
