//! Every format in bad shape: other encodings, no end of nesting, aliases of aliases, no end at all.
//! What comes of it is a finding with a place, or an error; never silence.

use std::time::{Duration, Instant};

use insta::assert_snapshot;

use crate::support::Fixture;

/// A file of each format, with one letter that encodings disagree about.
pub(crate) const FILES: &[(&str, &str)] = &[
    ("requirements.txt", "# été\nacme==1.0\nbase>=2\n"),
    ("constraints.txt", "# été\nacme<2\n"),
    (
        "pyproject.toml",
        "[project]\nname = \"x\"\n# été\ndependencies = [\"acme>=1\"]\n",
    ),
    (
        "setup.cfg",
        "# été\n[options]\ninstall_requires =\n  a>=1\n",
    ),
    (
        "setup.py",
        "# été\nfrom setuptools import setup\nsetup(install_requires=[\"a>=1\"])\n",
    ),
    (
        "pip.conf",
        "# été\n[global]\nextra-index-url = https://b/simple\n",
    ),
    (".python-version", "# été\n3.11.7\n"),
    ("runtime.txt", "python-é3.11.7\n"),
    ("Pipfile", "# été\n[packages]\na = \"*\"\n"),
    ("environment.yml", "name: été\ndependencies:\n- numpy\n"),
    (
        "pixi.toml",
        "# été\n[workspace]\nchannels = []\nplatforms = []\n[dependencies]\na = \"*\"\n",
    ),
    (
        "package.json",
        "{\"name\": \"été\", \"dependencies\": {\"a\": \"^1\"}}\n",
    ),
    (".npmrc", "; été\nregistry=https://a/\n"),
    (
        "MLmodel",
        "# été\nflavors:\n  python_function:\n    python_version: 3.11.7\n",
    ),
    ("python_env.yaml", "# été\npython: 3.11.7\n"),
    (
        "config.yaml",
        "# été\nmodel_name: x\npython_version: py311\nrequirements:\n- a==1\n",
    ),
    ("bentofile.yaml", "# été\npython:\n  packages: [a==1]\n"),
    (
        "uv.lock",
        "version = 1\n# été\n[[package]]\nname = \"a\"\nversion = \"1\"\nsource = { registry = \"https://pypi.org/simple\" }\n",
    ),
    (
        "poetry.lock",
        "# été\n[[package]]\nname = \"a\"\nversion = \"1\"\nfiles = []\n[metadata]\nlock-version = \"2.0\"\npython-versions = \"*\"\ncontent-hash = \"00\"\n",
    ),
    (
        "Pipfile.lock",
        "{\"_meta\": {\"x\": \"été\"}, \"default\": {\"a\": {\"version\": \"==1\"}}}\n",
    ),
    (
        "pdm.lock",
        "# été\n[metadata]\nlock_version = \"4.5.0\"\n[[package]]\nname = \"a\"\nversion = \"1\"\n",
    ),
    (
        "conda-lock.yml",
        "# été\nversion: 1\nmetadata: {}\npackage:\n- name: a\n  version: \"1\"\n  manager: conda\n  platform: linux-64\n  url: https://h/c/linux-64/a-1-0.conda\n  hash: {}\n",
    ),
    (
        "conda-linux-64.lock",
        "# été\n@EXPLICIT\nhttps://h/c/linux-64/a-1-0.conda\n",
    ),
    (
        "pixi.lock",
        "# été\nversion: 6\nenvironments: {}\npackages: []\n",
    ),
    (
        "package-lock.json",
        "{\"name\": \"été\", \"lockfileVersion\": 3, \"packages\": {\"node_modules/a\": {\"version\": \"1.0.0\"}}}\n",
    ),
    (
        "pylock.toml",
        "# été\nlock-version = \"1.0\"\ncreated-by = \"x\"\npackages = []\n",
    ),
];

/// A directory with one file, besides one that is fine, so that there is something to look at.
fn with(file: &str, bytes: impl AsRef<[u8]>) -> Fixture {
    let fixture = Fixture::empty();
    fixture.write(&format!("bad/{file}"), bytes);
    fixture.write("good/requirements.txt", "acme==1.0\n");
    fixture
}

/// What is said of a bad file: by `check` as a finding at a place in it, by `list` as an error.
#[track_caller]
fn refused(file: &str, bytes: impl AsRef<[u8]>) -> String {
    let fixture = with(file, bytes);
    said(&fixture, file)
}

#[track_caller]
fn said(fixture: &Fixture, file: &str) -> String {
    let begun = Instant::now();
    let check = fixture.run(&["check", "--format", "json"]).exits(1);
    let place = format!("bad/{file}");
    let findings = check.json()["findings"].as_array().unwrap().clone();
    let finding = findings
        .iter()
        .find(|finding| finding["location"]["file"] == place.as_str())
        .unwrap_or_else(|| panic!("nothing is found in {place}: {check}"));
    let list = fixture.run(&["list"]).exits(2);
    assert!(list.stdout.contains("acme"), "{list}");
    assert!(list.stderr.contains(&place), "{list}");
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(30), "{file}: {took:?}");
    format!(
        "{place}:{}:{} {}: {}\n",
        finding["location"]["line"],
        finding["location"]["column"],
        finding["rule"].as_str().unwrap(),
        finding["message"].as_str().unwrap(),
    )
}

#[test]
fn line_ends_of_windows_and_a_byte_order_mark_change_nothing() {
    for (file, text) in FILES {
        let told = |bytes: Vec<u8>| {
            let fixture = with(file, bytes);
            let check = fixture.run(&["check", "--format", "json"]);
            let list = fixture.run(&["list", "--format", "json"]);
            format!("{check}\n{list}")
        };
        let plain = told(text.as_bytes().to_vec());
        let windows = told(text.replace('\n', "\r\n").into_bytes());
        let marked = told([b"\xef\xbb\xbf", text.as_bytes()].concat());
        assert_eq!(plain, windows, "{file} with CRLF");
        assert_eq!(plain, marked, "{file} with a byte order mark");
    }
}

#[test]
fn files_in_other_encodings_are_told_apart() {
    let mut utf_16 = String::new();
    let mut latin_1 = String::new();
    for (file, text) in FILES {
        let wide: Vec<u8> = std::iter::once(0xfeff)
            .chain(text.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        utf_16.push_str(&refused(file, wide));
        let narrow: Vec<u8> = text
            .chars()
            .map(|it| u8::try_from(u32::from(it)).unwrap())
            .collect();
        latin_1.push_str(&refused(file, narrow));
    }
    assert_snapshot!(format!("{utf_16}\n{latin_1}"));
}

/// Far more than any stack would take.
const DEEP: usize = 100_000;

fn nested(before: &str, open: &str, middle: &str, close: &str, after: &str) -> String {
    format!(
        "{before}{}{middle}{}{after}",
        open.repeat(DEEP),
        close.repeat(DEEP)
    )
}

#[test]
fn nesting_without_end_is_refused() {
    let mut told = String::new();
    for (file, text) in [
        ("pyproject.toml", nested("x = ", "[", "", "]", "\n")),
        ("Pipfile", nested("x = ", "{a=", "1", "}", "\n")),
        ("pixi.toml", nested("", "a.", "a", "", " = 1\n")),
        (
            "uv.lock",
            nested("version = 1\npackage = ", "[", "", "]", "\n"),
        ),
        ("poetry.lock", nested("package = ", "{a=", "1", "}", "\n")),
        ("pdm.lock", nested("[", "a.", "a", "", "]\n")),
        ("pylock.toml", nested("x = ", "[", "", "]", "\n")),
        (
            "package.json",
            nested("{\"overrides\": ", "{\"a\":", "1", "}", "}"),
        ),
        (
            "package-lock.json",
            nested("{\"packages\": ", "[", "", "]", "}"),
        ),
        ("Pipfile.lock", nested("{\"default\": ", "[", "", "]", "}")),
        (
            "environment.yml",
            nested("dependencies: ", "[", "", "]", "\n"),
        ),
        ("bentofile.yaml", nested("python: ", "{a: ", "1", "}", "\n")),
        (
            "config.yaml",
            nested(
                "model_name: a\npython_version: py311\nrequirements: ",
                "[",
                "",
                "]",
                "\n",
            ),
        ),
        ("MLmodel", nested("flavors: ", "{a: ", "1", "}", "\n")),
        (
            "conda-lock.yml",
            nested("version: 1\npackage: ", "[", "", "]", "\n"),
        ),
        (
            "pixi.lock",
            nested("version: 6\npackages:\n", "- ", "a", "", "\n"),
        ),
    ] {
        told.push_str(&refused(file, text));
    }
    assert_snapshot!(told);
}

/// Nine to the power of twelve values in half a kilobyte.
#[test]
fn aliases_of_aliases_are_refused() {
    let letters: Vec<char> = ('a'..='m').collect();
    let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for pair in letters.windows(2) {
        let nine = vec![format!("*{}", pair[0]); 9].join(", ");
        let anchor = pair[1];
        bomb.push_str(&[anchor.to_string(), format!(": &{anchor} [{nine}]\n")].concat());
    }
    let mut told = String::new();
    for (file, end) in [
        ("environment.yml", "dependencies: *m\n"),
        ("bentofile.yaml", "python:\n  packages: *m\n"),
        ("python_env.yaml", "dependencies: *m\n"),
        ("MLmodel", "flavors: *m\n"),
        ("conda-lock.yml", "version: 1\nmetadata: {}\npackage: *m\n"),
        ("pixi.lock", "version: 6\nenvironments: {}\npackages: *m\n"),
    ] {
        told.push_str(&refused(file, format!("{bomb}{end}")));
    }
    told.push_str(&refused("environment.yml", "dependencies: &a [*a]\n"));
    assert_snapshot!(told);
}

/// They take no room on the disk, and are not read either.
#[test]
fn files_of_200_megabytes_are_refused_unread() {
    let mut told = String::new();
    for (file, _) in FILES {
        let fixture = with(file, "");
        let opened = fs_err::OpenOptions::new()
            .write(true)
            .open(fixture.path(&format!("bad/{file}")))
            .unwrap();
        opened.set_len(200 * 1024 * 1024).unwrap();
        told.push_str(&said(&fixture, file));
    }
    assert_snapshot!(told);
}

/// A file that a person names is all there is to look at, so it is an error.
#[test]
fn a_named_file_that_cannot_be_read_is_an_error() {
    let fixture = with("uv.lock", "version = 1\n[[package]\n");
    assert_snapshot!(fixture.all_exit(
        2,
        &[
            &["list", "bad/uv.lock"],
            &["list", "bad"],
            &["audit", "bad/uv.lock"],
            &["tree", "bad/uv.lock"],
            &["why", "acme", "bad/uv.lock"],
            &["diff", "bad/uv.lock", "bad/uv.lock"],
            &["import", "bad/uv.lock"],
            &["export", "bad/uv.lock", "--to", "constraints"],
            &["list", "--format", "json"],
        ]
    ));
}
