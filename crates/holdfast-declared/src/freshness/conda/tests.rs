//! Hashes that conda-lock made, in the versions that write them differently. They are of
//! [`MANIFEST`], from `make_lock_spec` and `compute_content_hashes` (before 3.0 `content_hash`) with
//! the virtual packages that conda-lock assumes; `tests/real_tools/conda_lock.py` prints such.

use std::fmt::Write as _;

use holdfast_model::Freshness;

use crate::{MemoryFiles, freshness, read, recognise};

const MANIFEST: &str = "channels:\n  - nvidia\n  - conda-forge\n  - nodefaults\ndependencies:\n  - python=3.11\n  - numpy>=1.26, <2\n  - libblas=*=*openblas\n  - conda-forge::scipy==1.13.1\n  - cuda-toolkit=12.4  # [linux]\n  - pip:\n      - Torch_Optimizer>=0.3,!=0.3.1\n      - shap[plots]==0.45.*\n      - tqdm~=4.66.1\n";

/// Version and options, platform, hash.
const HASHES: &[(&str, &str, &str)] = &[
    (
        "2.1.2",
        "linux-64",
        "44950637776855684ff9dd0e264ed191df88f4fbb719db029583f34175e7068c",
    ),
    (
        "2.5.1",
        "win-64",
        "705ad56bbbe6be5c7819187918648582e64cc5b43a4019a579a3cb5731d388dd",
    ),
    (
        "2.5.1 --with-cuda 12.4",
        "linux-64",
        "34b14d01558ebf82e2afd507d00da32366f900dec276da25fb0a189484783201",
    ),
    (
        "2.5.8",
        "linux-64",
        "5d6b4ade71f4265e76b5421fa4e8b9a89e3660cf9dc7c0eb59fb6259fb2ac821",
    ),
    (
        "2.5.8",
        "osx-64",
        "d875a96eb371fb62930b41be268bb7550dd1e001bb0f6b394e357bd281cdaf1a",
    ),
    (
        "2.5.8",
        "osx-arm64",
        "5946ced5db5fec82d2808706216b00f2f791ac6cf6caba714ff6fcdf64cf375e",
    ),
    (
        "2.5.8",
        "win-64",
        "967404fde75651eb7da967661e677ae517b60ab62840b53333c8844eea83ada5",
    ),
    (
        "2.5.8 --with-cuda 12.4",
        "win-64",
        "36308e2a670ecbdce5cfd4804cb833e5ba4a3eda571211b49b802f1bf8bb43df",
    ),
    (
        "4.0.3",
        "linux-64",
        "f535100dcce707b98182c896e4845323969d15d199ca740693e531b91546a780",
    ),
    (
        "4.0.3",
        "osx-64",
        "9e00ed449888680a68d99e631586626a7b7a7180c67e8a73e220065eff5f80f8",
    ),
    (
        "4.0.3",
        "osx-arm64",
        "bf0d99f5cd3fb9b812c8f91086b5434271c16a72c6507ef713b685b853452e9f",
    ),
    (
        "4.0.3",
        "win-64",
        "fc80387da87daf3cd8b8ac930115bbfd461b748373be827b9a216c01fd08628a",
    ),
    (
        "4.0.3 --with-cuda 12.4",
        "linux-64",
        "e36e6d32bb73ebe1667831e34139e9fcc67e9bb4244a09f85fc0b18b1fd81372",
    ),
];

/// A lock with a hash, and what is asked for.
fn lock(platform: &str, hash: &str) -> String {
    let mut text = format!(
        "version: 1\nmetadata:\n  content_hash:\n    {platform}: {hash}\n  channels:\n  - url: nvidia\n    used_env_vars: []\n  - url: conda-forge\n    used_env_vars: []\n  platforms:\n  - {platform}\n  sources:\n  - environment.yml\npackage:\n"
    );
    for (name, version, manager, needs) in [
        ("python", "3.11.7", "conda", "pip"),
        ("numpy", "1.26.4", "conda", "python"),
        ("libblas", "3.9.0", "conda", "python"),
        ("scipy", "1.13.1", "conda", "numpy"),
        ("cuda-toolkit", "12.4.1", "conda", "python"),
        ("pip", "24.0", "conda", "zlib"),
        ("zlib", "1.3.1", "conda", "python"),
        ("torch-optimizer", "0.3.0", "pip", "numpy"),
        ("shap", "0.45.0", "pip", "numpy"),
        ("tqdm", "4.66.2", "pip", "python"),
    ] {
        writeln!(
            text,
            "- name: {name}\n  version: {version}\n  manager: {manager}\n  platform: {platform}\n  dependencies:\n    {needs}: ''\n  url: https://c/{platform}/{name}-{version}-0.conda\n  hash: {{}}"
        )
        .unwrap();
    }
    text
}

fn verdict(lock: &str, manifest: &str, others: &[(&str, &str)]) -> Freshness {
    let mut files = MemoryFiles::new()
        .with("conda-lock.yml", lock)
        .with("environment.yml", manifest);
    for (path, text) in others {
        files = files.with(*path, *text);
    }
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

#[test]
fn hashes_of_conda_lock_are_computed() {
    for (version, platform, hash) in HASHES {
        let lock = lock(platform, hash);
        let found = verdict(&lock, MANIFEST, &[]);
        assert_eq!(found, Freshness::Fresh, "{version} {platform}");
    }
}

#[test]
fn hashes_from_before_2_0_are_computed() {
    // conda-lock 1.4.0 with pydantic 1
    let manifest = "channels: [nvidia, conda-forge]\ndependencies:\n- numpy=1.26\n- cuda-toolkit=12.4 # [linux]\n- pip: [tqdm>=4]\n";
    let lock = lock("linux-64", "00bbe3a3458a39417e73c1fb2b8b1c8efb8bd5d38d67018b95e764f466140334").replace(
        "    linux-64: ",
        "    osx-arm64: 4af05d7db6d18a28c93d166ad3c7d0a8d40714f6cebde1be885c55947de1cc7c\n    linux-64: ",
    );
    assert_eq!(verdict(&lock, manifest, &[]), Freshness::Fresh);
}

#[test]
fn a_hash_proves_more_than_satisfaction_could_tell() {
    // nobody needs `tool`, and yet it is there: conda-lock has put it there for what was asked for
    let lock = lock("linux-64", HASHES[3].2)
        + "- name: tool\n  version: '1'\n  manager: conda\n  platform: linux-64\n  dependencies: {}\n  url: https://c/linux-64/tool-1-0.conda\n  hash: {}\n";
    assert_eq!(verdict(&lock, MANIFEST, &[]), Freshness::Fresh);
    let other = MANIFEST.replace("<2", "<3");
    let Freshness::Stale(differences) = verdict(&lock, &other, &[]) else {
        panic!("`tool` is left over");
    };
    assert!(
        differences[0].message.starts_with("`tool` was locked"),
        "{differences:?}"
    );
}

#[test]
fn the_requirement_that_was_another_is_named_with_its_place() {
    let lock = lock("linux-64", HASHES[8].2);
    let named = |from: &str, to: &str| match verdict(&lock, &MANIFEST.replace(from, to), &[]) {
        Freshness::Stale(differences) => differences
            .iter()
            .map(|it| format!("{}: {}", it.location, it.message))
            .collect::<Vec<_>>()
            .join("\n"),
        other @ (Freshness::Fresh | Freshness::NotApplicable | Freshness::Unknown { .. }) => {
            panic!("{other:?}")
        }
    };
    assert_eq!(
        named("cuda-toolkit=12.4", "cuda-toolkit>=12"),
        "environment.yml:10:5: when the lock was made, `cuda-toolkit 12.4.*` was asked for"
    );
    assert_eq!(
        named("  - nvidia\n", ""),
        "environment.yml:1:1: the channels are `conda-forge`, and the lock was made from `nvidia`, `conda-forge`"
    );
    assert_eq!(
        named("  - python=3.11\n", "  - python=3.11\n  - zlib # too\n"),
        "environment.yml:7:5: `zlib` is asked for, and was not when the lock was made"
    );
}

#[test]
fn another_hash_alone_proves_nothing() {
    let lock = lock("linux-64", &"0".repeat(64));
    let found = verdict(&lock, MANIFEST, &[]);
    assert!(matches!(found, Freshness::Unknown { .. }), "{found:?}");
}

#[test]
fn virtual_packages_beside_the_lock_are_used() {
    // the same as conda-lock takes for osx-arm64, for a machine where they are of use
    let file = "subdirs:\n  osx-arm64:\n    packages:\n      __unix: '0'\n      __archspec: 1 arm64\n      __osx: '11.0'\n";
    for (number, file) in [(5, file), (10, file), (10, "subdirs: 1\n")] {
        let lock = lock("osx-arm64", HASHES[number].2);
        let found = verdict(&lock, MANIFEST, &[("virtual-packages.yml", file)]);
        assert_eq!(found, Freshness::Fresh);
    }
}
