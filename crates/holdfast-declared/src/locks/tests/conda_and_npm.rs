//! Locks of conda-lock, pixi and npm.

use super::*;

#[test]
fn conda_lock_joins_platforms() {
    let locked = lock(
        LockFormat::CondaLock,
        r"version: 1
metadata:
  content_hash: {linux-64: 0}
  platforms:
  - linux-64
  - osx-arm64
  sources: [environment.yml]
package:
- name: python
  version: 3.11.7
  manager: conda
  platform: linux-64
  dependencies: {__glibc: '>=2.17', openssl: '>=3', tk: ''}
  url: https://conda.anaconda.org/t/secret/conda-forge/linux-64/python-3.11.7-h1_0.conda
  hash: {md5: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, sha256: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb}
  category: main
  optional: false
- name: python
  version: 3.11.7
  manager: conda
  platform: osx-arm64
  dependencies: {tk: ''}
  url: https://conda.anaconda.org/conda-forge/osx-arm64/python-3.11.7-h2_0.conda
  hash: {}
  category: dev
- name: six
  version: '1.10'
  manager: pip
  platform: linux-64
  dependencies: {python: '>=2.7', idna: <4 ; os_name == 'nt'}
  url: https://host/six-1.10-py3-none-any.whl
  hash: {sha256: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb}
- name: vcs
  version: '1'
  manager: pip
  platform: linux-64
  url: git+https://git@host/vcs.git@0123
  hash: {}
",
    );
    let linux = "sys_platform == 'linux' and platform_machine == 'x86_64'";
    assert_eq!(
        lines(&locked),
        [
            "9 pkg:conda/python@3.11.7 ? [dev,main] (always) https://conda.anaconda.org/conda-forge files:2 needs:openssl >=3 | tk".to_owned(),
            format!("26 pkg:pypi/six@1.10 ? [] ({linux}) - files:1 needs:idna <4 ; os_name == 'nt' | python >=2.7"),
            format!("33 pkg:pypi/vcs@1 ? [] ({linux}) git https://git@host/vcs.git 0123 files:0 needs:"),
        ]
    );
    assert_eq!(locked.environments.len(), 2);
    assert_eq!(locked.packages[0].files[0].hashes.len(), 2);
    assert_eq!(
        refused(LockFormat::CondaLock, "version: 2\npackage: []\n"),
        "lock:1:1: version 2 of `conda-lock.yml` is not understood: expected 1"
    );
}

#[test]
fn pixi_is_read_in_all_its_versions() {
    let environments = |packages: &str| {
        format!(
            "environments:\n  default:\n    channels:\n    - url: https://c/\n    indexes:\n    - https://u:p@host/simple\n    packages:\n      linux-64:\n{packages}\n"
        )
    };
    let listed = "      - conda: https://c/linux-64/numpy-1.26.4-py_0.conda\n      - pypi: https://f/six-1.17.0-py3-none-any.whl\n      - pypi: ./here\n      - pypi: ./";
    let version_5 = format!(
        "version: 5\n{}packages:\n- kind: conda\n  name: numpy\n  version: 1.26.4\n  build: py_0\n  subdir: linux-64\n  url: https://c/linux-64/numpy-1.26.4-py_0.conda\n  sha256: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n  md5: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n  depends:\n  - __glibc >=2.17\n  - python >=3.11,<3.12.0a0\n  license: BSD-3-Clause\n  size: 10\n  timestamp: 1\n\
         - kind: pypi\n  name: six\n  version: 1.17.0\n  url: https://f/six-1.17.0-py3-none-any.whl\n  sha256: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n  requires_dist:\n  - numpy>=1 ; os_name == 'nt'\n  - absent ; extra == 'x'\n  requires_python: '>=3'\n\
         - kind: pypi\n  name: here\n  version: 0.1.0\n  path: ./here\n  editable: true\n- kind: pypi\n  name: self\n  version: 0.1.0\n  path: ./\n",
        environments(listed)
    );
    let version_6 = format!(
        "version: 6\n{}packages:\n- conda: https://c/linux-64/numpy-1.26.4-py_0.conda\n  sha256: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n  md5: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n  depends:\n  - python >=3.11,<3.12.0a0\n  license: BSD-3-Clause\n  size: 10\n\
         - pypi: https://f/six-1.17.0-py3-none-any.whl\n  name: six\n  version: 1.17.0\n  sha256: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n  requires_dist:\n  - numpy>=1 ; os_name == 'nt'\n\
         - pypi: ./here\n  name: here\n  version: 0.1.0\n  editable: true\n- pypi: ./\n  name: self\n",
        environments(listed)
    );
    for (text, numpy, six, here) in [(&version_5, 16, 30, 39), (&version_6, 15, 22, 28)] {
        let locked = lock(LockFormat::Pixi, text);
        assert_eq!(
            lines(&locked),
            [
                format!(
                    "{numpy} pkg:conda/numpy@1.26.4 ? [default] (always) https://c files:1 needs:python >=3.11,<3.12.0a0"
                ),
                format!(
                    "{six} pkg:pypi/six@1.17.0 ? [default] (always) https://host/simple files:1 needs:numpy >=1 ; os_name == 'nt'"
                ),
                format!(
                    "{here} pkg:pypi/here@0.1.0 ? [default] (always) directory ./here editable files:0 needs:"
                ),
            ]
        );
        assert_eq!(locked.packages[0].licence.as_deref(), Some("BSD-3-Clause"));
        assert_eq!(locked.packages[0].files[0].size, Some(10));
        assert_eq!(locked.packages[0].files[0].hashes.len(), 2);
        assert_eq!(locked.groups.dependency_groups, ["default"]);
    }
    let version_7 = "version: 7\nplatforms:\n- name: own\n  subdir: linux-64\n- name: win-64\nenvironments:\n  a:\n    channels: []\n    packages:\n      own:\n      - conda_source: p[0a] @ ../p\n      win-64: []\n  b:\n    channels: []\n    packages: {}\npackages:\n- conda_source: p[0a] @ ../p\n  version: '0.1'\n  depends:\n  - python\n";
    let locked = lock(LockFormat::Pixi, version_7);
    assert_eq!(
        lines(&locked),
        [
            "17 pkg:conda/p@0.1 ? [a] (sys_platform == 'linux' and platform_machine == 'x86_64') directory ../p files:0 needs:python"
        ]
    );
    assert_eq!(
        refused(LockFormat::Pixi, "version: 8\n"),
        "lock:1:1: version 8 of `pixi.lock` is not understood: expected 4 to 7"
    );
    assert_eq!(
        refused(LockFormat::Pixi, "version: 3\n"),
        "lock:1:1: version 3 of `pixi.lock` is too old: expected 4 to 7"
    );
}

#[test]
fn npm_finds_what_node_would_find() {
    let locked = lock(
        LockFormat::Npm,
        r#"{"lockfileVersion": 3, "packages": {
"": {"workspaces": ["parts/*"], "dependencies": {"a": "^1", "url": "https://host/url.tgz", "part": "*"}, "optionalDependencies": {"absent": "1"}},
"node_modules/a": {"version": "1.0.0", "resolved": "https://registry.npmjs.org/a/-/a-1.0.0.tgz", "integrity": "sha1-tSQ9jz7BqjXxNkYFvA0QNuMKtp8=", "license": "MIT", "dependencies": {"b": "1", "c": "*"}, "peerDependencies": {"gone": "*"}},
"node_modules/a/node_modules/b": {"version": "1.5.0", "resolved": "https://u:p@own/npm/b/-/b-1.5.0.tgz", "inBundle": true},
"node_modules/a/node_modules/c": {"version": "3.0.0", "inBundle": true, "dependencies": {"b": "*"}},
"node_modules/b": {"version": "2.0.0", "dev": true, "license": {"type": "old"}},
"node_modules/alias": {"name": "@scope/real", "version": "1.0.0", "resolved": "https://npm.own/@scope/real/-/real-1.0.0.tgz", "devOptional": true},
"node_modules/url": {"version": "7.0.0", "resolved": "https://host/url.tgz"},
"node_modules/vcs": {"version": "8.0.0", "resolved": "git+ssh://git@github.com/x/vcs.git#0123", "peer": true},
"node_modules/part": {"resolved": "parts/part", "link": true},
"node_modules/lost": {"resolved": "../lost", "link": true},
"parts/part": {"version": "0.1.0", "dependencies": {"b": "^2"}, "devDependencies": {"a": "1"}}
}}"#,
    );
    assert_eq!(
        lines(&locked),
        [
            "3 pkg:npm/a@1.0.0 direct [main] (always) https://registry.npmjs.org/ files:1 needs:b@1.5.0 1 | c *",
            "4 pkg:npm/b@1.5.0 [main] (always) https://own/npm/ files:1 needs:",
            "5 pkg:npm/c@3.0.0 [main] (always) - files:1 needs:b@1.5.0 *",
            "6 pkg:npm/b@2.0.0 direct [dev] (always) - files:0 needs:",
            "7 pkg:npm/%40scope/real@1.0.0 [dev,optional] (always) https://npm.own/ files:1 needs:",
            "8 pkg:npm/url@7.0.0 direct [main] (always) archive https://host/url.tgz files:1 needs:",
            "9 pkg:npm/vcs@8.0.0 [peer] (always) git ssh://git@github.com/x/vcs.git 0123 files:0 needs:",
            "11 pkg:npm/lost [main] (always) directory ../lost editable files:0 needs:",
            "12 pkg:npm/part@0.1.0 direct [main] (always) directory parts/part editable files:0 needs:a 1 | b@2.0.0 ^2",
        ]
    );
    // a bundled package lies in the archive of the one that bundles it
    assert_eq!(locked.packages[2].files[0].name, "a-1.0.0.tgz");
    assert_eq!(locked.packages[2].files[0].hashes.len(), 1);
    assert_eq!(locked.packages[0].licence.as_deref(), Some("MIT"));
}

#[test]
fn old_locks_of_npm_nest() {
    let locked = lock(
        LockFormat::Npm,
        r#"{"lockfileVersion": 1, "requires": true, "dependencies": {
"a": {"version": "1.0.0", "requires": {"b": "1", "c": "1", "gone": "1"}, "dependencies": {
  "b": {"version": "1.0.0", "bundled": true, "requires": false}}},
"b": {"version": "2.0.0", "dev": true},
"c": {"version": "npm:real@3.0.0", "optional": true}
}}"#,
    );
    assert_eq!(
        lines(&locked),
        [
            "2 pkg:npm/a@1.0.0 ? [main] (always) - files:0 needs:b@1.0.0 1 | real@3.0.0 1",
            "3 pkg:npm/b@1.0.0 ? [main] (always) - files:0 needs:",
            "4 pkg:npm/b@2.0.0 ? [dev] (always) - files:0 needs:",
            "5 pkg:npm/real@3.0.0 ? [optional] (always) - files:0 needs:",
        ]
    );
}

/// What a lock of conda-lock says by way of one of the two readers of YAML.
fn conda_lock_by(
    text: &str,
    reader: fn(&str) -> Option<Result<conda_lock::Lock<'_>, tree::TreeError>>,
) -> Option<Result<Locked, tree::TreeError>> {
    let source = Source::new(text, "conda-lock.yml");
    let lock = reader(text)?;
    Some(lock.map(|lock| conda_lock::locked(&lock, &source)))
}

#[test]
fn both_readers_of_yaml_agree_on_changed_locks() {
    let original = "version: 1\nmetadata:\n  platforms:\n  - linux-64\n  sources: []\npackage:\n- name: python\n  version: '3.11'\n  manager: conda\n  platform: linux-64\n  dependencies:\n    __glibc: '>=2.17'\n    openssl: ''\n  url: https://h/conda-forge/linux-64/python-3.11-h1_0.conda\n  hash:\n    md5: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n- name: six\n  version: 1.10\n  manager: pip\n  platform: linux-64\n";
    let pieces = [
        " ",
        "  ",
        "\n",
        ":",
        ": ",
        "- ",
        "'",
        "\"",
        "#",
        " #",
        "x",
        "\n  a: b",
        "\n- name: y",
        "''",
        "~",
        "null",
        "[]",
        "{}",
        "é",
        "\n\n",
        "-",
        "?",
        ">",
        "0x1",
        "1e3",
        ".",
        "yes",
    ];
    let mut state: u64 = 7;
    let mut below = |limit: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 20).unwrap() % limit
    };
    let mut plain = 0;
    for _ in 0..4000 {
        let mut text = original.to_owned();
        for _ in 0..=below(2) {
            let from = text.floor_char_boundary(below(text.len()));
            let to = text.floor_char_boundary(from + below(4));
            text.replace_range(from..to.max(from), pieces[below(pieces.len())]);
        }
        let Some(fast) = conda_lock_by(&text, |text| Some(tree::yaml::plain(text)?.deserialize()))
        else {
            continue;
        };
        plain += 1;
        let slow = conda_lock_by(&text, |text| Some(tree::yaml::general(text))).unwrap();
        match (fast, slow) {
            (Ok(fast), Ok(slow)) => assert_eq!(fast, slow, "{text}"),
            // what the plain reader does not take, the general one is asked for
            (Err(_), _) => {}
            (Ok(fast), Err(error)) => panic!("{error} and {fast:?} of {text}"),
        }
    }
    assert!(plain > 1000, "only {plain} were plain");
}
