//! What the files of osv-scalibr plainly list, read from them by hand.

use crate::{Format, ProjectFiles};

const FOLDER: &str = "extractor/filesystem/language/python/pyprojecttoml/testdata";

#[test]
fn files_list_what_they_plainly_list() {
    let Some(corpus) = testkit::corpus("osv-scalibr-lockfiles") else {
        return;
    };
    let files = ProjectFiles::new(corpus.join(FOLDER));
    for (file, expected, unread) in [
        ("dynamic_deps.toml", &[][..], 1),
        ("empty_deps.toml", &[], 0),
        (
            "env_markers.toml",
            &[
                "requests>=2.20.0 python_version >= '3.8' @5:5",
                "importlib-metadata==6.0.0 python_version < '3.10' @6:5",
            ],
            0,
        ),
        (
            "extras_syntax.toml",
            &["flask==3.1.1 - @5:5", "requests>=2.20.0 - @6:5"],
            0,
        ),
        ("no_project_table.toml", &["hatchling - @2:13"], 0),
        (
            "optional_deps.toml",
            &[
                "requests==2.32.0 - @9:5",
                "aiohttp>=3.8.0 - @18:5",
                "pytest>=7.0.0 - @14:5",
                "black==23.1.0 - @15:5",
                "hatchling - @2:13",
            ],
            0,
        ),
        (
            "simple_deps.toml",
            &[
                "requests==2.32.0 - @9:5",
                "flask>=3.0.0 - @10:5",
                "numpy - @11:5",
                "hatchling - @2:13",
            ],
            0,
        ),
    ] {
        let declared = crate::read(&files, file, Format::Pyproject)
            .unwrap()
            .declared
            .unwrap();
        let found: Vec<String> = declared
            .requirements
            .iter()
            .map(|it| {
                let marker = it.marker.as_deref().unwrap_or("-");
                let place = &it.location;
                format!(
                    "{}{} {marker} @{}:{}",
                    it.package, it.range.text, place.line, place.column
                )
            })
            .collect();
        assert_eq!(found, expected, "{file}");
        assert_eq!(declared.unread.len(), unread, "{file}");
    }
}

#[test]
fn the_malformed_file_is_refused_at_its_place() {
    let Some(corpus) = testkit::corpus("osv-scalibr-lockfiles") else {
        return;
    };
    let files = ProjectFiles::new(corpus.join(FOLDER));
    let error = crate::read(&files, "malformed.toml", Format::Pyproject).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("malformed.toml:1:6: this is no TOML: "),
        "{error}"
    );
}
