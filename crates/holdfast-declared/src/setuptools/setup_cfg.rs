//! `setup.cfg`: `[options]` and `[options.extras_require]`, as setuptools reads them.

use holdfast_model::{Declared, Location, Purpose, Requirement, Unread};

use crate::context::Context;
use crate::ini::{self, Entry};
use crate::pep508::Specification;
use crate::reading::unavailable;
use crate::requirements::{Kind, Reader};
use crate::{Format, ReadError, decode, limits, python_version};

/// Lists of `[options]`, and what they are for.
const LISTS: &[(&str, Purpose)] = &[
    ("install_requires", Purpose::Runtime),
    ("setup_requires", Purpose::Build),
];

/// Reads the file.
pub(crate) fn read(context: &Context<'_>, text: &str) -> Result<Declared, ReadError> {
    let sections = ini::sections(text, context.path)?;
    let section = |name: &str| sections.iter().find(|section| section.name == name);
    let mut declared = context.declared(Format::SetupCfg);
    if let Some(options) = section("options") {
        for (key, purpose) in LISTS {
            if let Some(entry) = options.get(key).or_else(|| options.get(&dashed(key))) {
                list(context, entry, purpose, &mut declared)?;
            }
        }
        let tests = Purpose::Extra("tests".to_owned());
        if let Some(entry) = options.get("tests_require") {
            list(context, entry, &tests, &mut declared)?;
        }
        if let Some(entry) = options.get("python_requires") {
            let required = python_version::required(&entry.value(), first_place(entry))?;
            declared.python.push(required);
        }
    }
    for entry in section("options.extras_require").map_or(&[][..], |it| &it.entries) {
        let purpose = Purpose::Extra(entry.key.clone());
        list(context, entry, &purpose, &mut declared)?;
    }
    Ok(declared)
}

fn dashed(key: &str) -> String {
    key.replace('_', "-")
}

fn first_place(entry: &Entry) -> Location {
    let first = entry.values().next();
    first.map_or_else(|| entry.location.clone(), |(_, location)| location.clone())
}

/// Requirements on lines of their own, or separated by `;` on the key's line; or `file:` with names
/// of requirements files.
fn list(
    context: &Context<'_>,
    entry: &Entry,
    purpose: &Purpose,
    declared: &mut Declared,
) -> Result<(), ReadError> {
    let whole = entry.value();
    if let Some(names) = whole.strip_prefix("file:") {
        return included(context, entry, names, (purpose, declared));
    }
    if whole.starts_with("attr:") {
        declared.unread.push(Unread {
            reason: format!("`{}` is computed when the project is built", entry.key),
            location: first_place(entry),
        });
        return Ok(());
    }
    let single = entry.lines.len() == 1;
    for (line, location) in entry.values() {
        let parts: Vec<&str> = if single {
            line.split(';').collect()
        } else {
            vec![line]
        };
        let mut place = location.clone();
        for part in parts {
            if declared.requirements.len() >= limits::COUNT {
                return Err(limits::too_many(place));
            }
            let here = place.clone();
            place = moved(&place, part, part.len());
            place.column = place.column.saturating_add(1);
            if !part.trim().is_empty() {
                declared
                    .requirements
                    .push(requirement(part, purpose, here)?);
            }
        }
    }
    Ok(())
}

/// The place of a byte of a line.
fn moved(location: &Location, line: &str, offset: usize) -> Location {
    let before = line.get(..offset).unwrap_or(line).chars().count();
    let column = u32::try_from(before).unwrap_or(u32::MAX);
    Location {
        column: location.column.saturating_add(column),
        ..location.clone()
    }
}

fn requirement(
    text: &str,
    purpose: &Purpose,
    location: Location,
) -> Result<Requirement, ReadError> {
    let specification = Specification::parse(text).map_err(|error| ReadError {
        location: moved(&location, text, error.offset),
        message: error.message,
        fix: error.fix,
    })?;
    Ok(specification.into_requirement(text, purpose.clone(), location))
}

/// Reads requirements files; their requirements get the purpose of the list.
fn included(
    context: &Context<'_>,
    entry: &Entry,
    names: &str,
    (purpose, declared): (&Purpose, &mut Declared),
) -> Result<(), ReadError> {
    for name in names
        .split([',', '\n'])
        .map(str::trim)
        .filter(|it| !it.is_empty())
    {
        let place = first_place(entry);
        let path = crate::join(context.path, name)
            .ok_or_else(|| unavailable(place.clone(), name, &crate::FilesError::LeavesProject))?;
        let bytes = context
            .files
            .read(&path)
            .map_err(|error| unavailable(place, &path, &error))?;
        let mut reader = Reader::new(context.files);
        reader.read_file(&path, Kind::Requirements, &decode(&bytes, &path)?)?;
        let mut read = reader.declared;
        for requirement in &mut read.requirements {
            requirement.purpose = purpose.clone();
        }
        declared.merge(read);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MemoryFiles, read as read_any};

    fn declared(text: &str) -> Result<Declared, ReadError> {
        let files = MemoryFiles::new()
            .with("setup.cfg", text)
            .with("reqs/gpu.txt", "torch==2.3.0\n");
        read_any(&files, "setup.cfg", Format::SetupCfg).map(|reading| reading.declared.unwrap())
    }

    #[test]
    fn requirements_and_extras_are_read() {
        let declared = declared(
            "[metadata]\nname = app\n[options]\npython_requires = >=3.10\ninstall_requires =\n    numpy>=1.26\n    # note\n    pandas ; python_version > '3.8'\nsetup_requires = wheel; setuptools_scm>=8\n[options.extras_require]\ngpu = file: reqs/gpu.txt\nplot =\n    matplotlib\n[flake8]\nignore = E1\n",
        )
        .unwrap();
        let found: Vec<_> = declared
            .requirements
            .iter()
            .map(|it| {
                let place = &it.location;
                format!(
                    "{} {:?} {}:{}:{}",
                    it.package, it.purpose, place.file, place.line, place.column
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                "numpy Runtime setup.cfg:6:5",
                "pandas Runtime setup.cfg:8:5",
                "wheel Build setup.cfg:9:18",
                "setuptools-scm Build setup.cfg:9:24",
                "torch Extra(\"gpu\") reqs/gpu.txt:1:1",
                "matplotlib Extra(\"plot\") setup.cfg:13:5",
            ]
        );
        assert_eq!(declared.python[0].location.to_string(), "setup.cfg:4:19");
        assert_eq!(declared.role, holdfast_model::ProjectRole::Library);
    }

    #[test]
    fn what_is_wrong_is_an_error_at_its_place() {
        let error = declared("[options]\ninstall_requires =\n  a\n  numpy=1.2\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "setup.cfg:4:8: `=` is no comparison of versions"
        );
        let error = declared("[options]\ninstall_requires = file: no.txt\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "setup.cfg:2:20: cannot read `no.txt`: no such file"
        );
        let error = declared("[options]\npython_requires = three\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "setup.cfg:2:19: `three` is no range of Python versions"
        );
    }
}
