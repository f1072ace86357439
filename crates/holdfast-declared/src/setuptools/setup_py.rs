//! `setup.py`: what its call of `setup()` says in literals. Nothing is run.
//!
//! Values may be names that are assigned once at the top of the file, and literals joined by `+`.
//! Anything else is computed, and noted as not read.

use std::collections::BTreeSet;

use holdfast_model::{Declared, Location, Purpose, Unread};

use super::literal::{Literal, Names, Reader};
use super::token::{Kind, Token, tokens};
use crate::context::Context;
use crate::pep508::{Marker, Specification};
use crate::{Format, LineIndex, ReadError, limits, python_version};

/// Reads the file.
pub(crate) fn read(context: &Context<'_>, text: &str) -> Result<Declared, ReadError> {
    limits::check_manifest(text, context.path)?;
    let mut setup = Setup {
        index: LineIndex::new(text),
        path: context.path,
        declared: context.declared(Format::SetupPy),
    };
    let tokens = tokens(text);
    let names = assigned(&tokens);
    let calls = calls(&tokens);
    if calls.is_empty() {
        setup.unread(0, "no call of `setup()` was found");
    }
    let mut end = 0;
    for call in calls {
        // a call inside the arguments of another one was passed over with them
        if call >= end {
            end = setup.arguments(Reader::new(&tokens, call, &names))?;
        }
    }
    Ok(setup.declared)
}

/// Positions after `setup(`.
fn calls(tokens: &[Token]) -> Vec<usize> {
    tokens
        .windows(2)
        .enumerate()
        .filter(|(position, pair)| {
            let before = position.checked_sub(1).and_then(|it| tokens.get(it));
            let defines = before.and_then(Token::name) == Some("def");
            matches!(pair, [name, open] if name.name() == Some("setup") && open.is('(')) && !defines
        })
        .map(|(position, _)| position + 2)
        .collect()
}

/// Names that are assigned once, in the first column, and not changed afterwards.
fn assigned(tokens: &[Token]) -> Names {
    let mut names = Names::default();
    let mut changed = BTreeSet::new();
    let mut open = 0_usize;
    for (position, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Symbol('(' | '[' | '{') => open += 1,
            Kind::Symbol(')' | ']' | '}') => open = open.saturating_sub(1),
            Kind::Symbol(_) | Kind::Name(_) | Kind::Text(_) | Kind::Computed => {}
        }
        let (Some(name), true) = (token.name(), open == 0) else {
            continue;
        };
        let is = |ahead: usize, symbol: char| {
            tokens
                .get(position + ahead)
                .is_some_and(|token| token.is(symbol))
        };
        let method = is(1, '.')
            && tokens
                .get(position + 2)
                .and_then(Token::name)
                .is_some_and(|it| ["append", "extend", "insert", "update", "remove"].contains(&it));
        let augmented = is(1, '+') && is(2, '=');
        let indexed = is(1, '[');
        if method || augmented || indexed {
            changed.insert(name.to_owned());
        }
        if is(1, '=') && !is(2, '=') {
            let first = token.unindented && !names.contains(name);
            if first {
                let value = Reader::new(tokens, position + 2, &names).expression();
                names.insert(name, value);
            } else {
                changed.insert(name.to_owned());
            }
        }
    }
    for name in &changed {
        names.forget(name);
    }
    names
}

struct Setup<'t> {
    index: LineIndex<'t>,
    path: &'t str,
    declared: Declared,
}

impl Setup<'_> {
    fn location(&self, offset: usize) -> Location {
        self.index.location(self.path, offset)
    }

    fn unread(&mut self, offset: usize, reason: impl Into<String>) {
        let location = self.location(offset);
        self.declared.unread.push(Unread {
            reason: reason.into(),
            location,
        });
    }

    /// The arguments of `setup()`; answers where they end.
    fn arguments(&mut self, mut reader: Reader<'_>) -> Result<usize, ReadError> {
        while let Some(token) = reader.peek() {
            if token.is(')') {
                break;
            }
            let before = reader.position();
            let offset = token.offset;
            let unpacked = token.is('*');
            if let Some(name) = reader.argument_name() {
                let value = reader.argument();
                self.argument(name, value)?;
            } else {
                reader.argument();
                if unpacked {
                    self.unread(offset, "arguments of `setup()` are computed");
                }
            }
            reader.eat(',');
            if reader.position() == before {
                break;
            }
        }
        Ok(reader.position())
    }

    fn argument(&mut self, name: &str, value: Literal) -> Result<(), ReadError> {
        match name {
            "install_requires" => self.list(name, value, &Purpose::Runtime),
            "setup_requires" => self.list(name, value, &Purpose::Build),
            "tests_require" => self.list(name, value, &Purpose::Extra("tests".to_owned())),
            "extras_require" => match value {
                Literal::Table(pairs) => {
                    for (key, value) in pairs {
                        self.extra(&key, value)?;
                    }
                    Ok(())
                }
                other @ (Literal::Text(..) | Literal::List(_) | Literal::Unknown(_)) => {
                    self.list(name, other, &Purpose::Runtime)
                }
            },
            "python_requires" => self.python(value),
            _ => Ok(()),
        }
    }

    /// An extra; `name:marker` holds under the marker only, and with no name for everyone.
    fn extra(&mut self, key: &str, value: Literal) -> Result<(), ReadError> {
        let (name, condition) = key.split_once(':').unwrap_or((key, ""));
        let purpose = if name.is_empty() {
            Purpose::Runtime
        } else {
            Purpose::Extra(name.to_owned())
        };
        let first = self.declared.requirements.len();
        self.list("extras_require", value, &purpose)?;
        let Ok(condition) = Marker::parse(condition) else {
            return Ok(());
        };
        for requirement in self.declared.requirements.iter_mut().skip(first) {
            let own = requirement.marker.as_deref().map(Marker::parse);
            let marker = match own {
                Some(Ok(own)) => condition.clone().and(own),
                Some(Err(_)) | None => condition.clone(),
            };
            requirement.marker = Some(marker.to_string());
        }
        Ok(())
    }

    /// Requirements in a list, or on the lines of a text.
    fn list(&mut self, name: &str, value: Literal, purpose: &Purpose) -> Result<(), ReadError> {
        match value {
            Literal::List(items) => items
                .into_iter()
                .try_for_each(|item| self.list(name, item, purpose)),
            Literal::Text(text, offset) => {
                let lines = text.lines().map(str::trim);
                for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
                    // exact on the first line of a text without escapes
                    let inside = line.as_ptr() as usize - text.as_ptr() as usize;
                    self.requirement(line, purpose, offset + inside)?;
                }
                Ok(())
            }
            Literal::Table(_) => {
                self.unread(0, format!("`{name}` is a dictionary, not a list"));
                Ok(())
            }
            Literal::Unknown(offset) => {
                self.unread(offset, format!("`{name}` is computed when `setup.py` runs"));
                Ok(())
            }
        }
    }

    fn requirement(
        &mut self,
        text: &str,
        purpose: &Purpose,
        offset: usize,
    ) -> Result<(), ReadError> {
        let location = self.location(offset);
        if self.declared.requirements.len() >= limits::COUNT {
            return Err(limits::too_many(location));
        }
        let specification = Specification::parse(text).map_err(|error| ReadError {
            location: self.location(offset + error.offset),
            message: error.message,
            fix: error.fix,
        })?;
        let found = specification.into_requirement(text, purpose.clone(), location);
        self.declared.requirements.push(found);
        Ok(())
    }

    fn python(&mut self, value: Literal) -> Result<(), ReadError> {
        let (text, offset) = match value {
            Literal::Text(text, offset) => (text, offset),
            Literal::Unknown(offset) => {
                self.unread(offset, "`python_requires` is computed when `setup.py` runs");
                return Ok(());
            }
            Literal::List(_) | Literal::Table(_) => return Ok(()),
        };
        let required = python_version::required(&text, self.location(offset))?;
        self.declared.python.push(required);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{MemoryFiles, read as read_any};

    fn declared(text: &str) -> Result<Declared, ReadError> {
        let files = MemoryFiles::new().with("setup.py", text);
        read_any(&files, "setup.py", Format::SetupPy).map(|reading| reading.declared.unwrap())
    }

    fn lines(declared: &Declared) -> Vec<String> {
        declared
            .requirements
            .iter()
            .map(|it| {
                let marker = it.marker.as_deref().unwrap_or("-");
                let place = &it.location;
                format!(
                    "{}{} {marker} {:?} {}:{}",
                    it.package, it.range.text, it.purpose, place.line, place.column
                )
            })
            .collect()
    }

    #[test]
    fn literals_are_read() {
        let declared = declared(
            r#"#!/usr/bin/env python
"""A doc string with setup(install_requires=["no"])."""
from setuptools import setup, find_packages
BASE = ["numpy>=1.26",  # why
        'pandas ; '
        "python_version > '3.8'"]
GPU = ("torch==2.3.0",)
TEXT = """
scipy
"""
setup(
    name="app", packages=find_packages(exclude=["x", "y"]),
    install_requires=BASE + ["rich"],
    extras_require={"gpu": GPU, "all": [*GPU, "shap"], ":sys_platform=='win32'": ["colorama"]},
    tests_require=TEXT,
    python_requires=">=3.10",
    setup_requires=['wheel'],
)
"#,
        )
        .unwrap();
        assert_eq!(
            lines(&declared),
            [
                "numpy>=1.26 - Runtime 4:10",
                "pandas python_version > '3.8' Runtime 5:10",
                "rich - Runtime 13:31",
                "torch==2.3.0 - Extra(\"gpu\") 7:9",
                "torch==2.3.0 - Extra(\"all\") 7:9",
                "shap - Extra(\"all\") 14:48",
                "colorama sys_platform == 'win32' Runtime 14:84",
                "scipy - Extra(\"tests\") 9:1",
                "wheel - Build 17:22",
            ]
        );
        assert_eq!(declared.python[0].location.to_string(), "setup.py:16:22");
        assert_eq!(declared.unread, []);
    }

    #[test]
    fn what_is_computed_is_noted() {
        let read = declared(
            "import setuptools\nreqs = open('r.txt').read().splitlines()\nmore = ['a']\nmore.append('b')\nsetuptools.setup(\n  install_requires=reqs,\n  extras_require={'x': ['c', f'd{v}'], **other, 'm': more, 'n': [r for r in reqs]},\n  python_requires='>=' + V,\n  **extra,\n)\n",
        )
        .unwrap();
        assert_eq!(lines(&read), ["c - Extra(\"x\") 7:26"]);
        let unread: Vec<_> = read
            .unread
            .iter()
            .map(|it| format!("{}:{} {}", it.location.line, it.location.column, it.reason))
            .collect();
        assert_eq!(
            unread,
            [
                "2:8 `install_requires` is computed when `setup.py` runs",
                "7:32 `extras_require` is computed when `setup.py` runs",
                "7:54 `extras_require` is computed when `setup.py` runs",
                "7:66 `extras_require` is computed when `setup.py` runs",
                "7:20 `extras_require` is computed when `setup.py` runs",
                "8:20 `python_requires` is computed when `setup.py` runs",
                "9:3 arguments of `setup()` are computed",
            ]
        );
        assert_eq!(declared("x = 1\n").unwrap().unread.len(), 1);
    }

    #[test]
    fn a_wrong_requirement_is_an_error_at_its_place() {
        let error = declared("setup(install_requires=[\n  'numpy=1.2'])\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "setup.py:2:9: `=` is no comparison of versions"
        );
    }

    #[test]
    fn deep_and_unfinished_sources_end() {
        for text in [
            "setup(install_requires=".to_owned() + &"[".repeat(100_000),
            "a = ".to_owned() + &"{'a':".repeat(50_000),
            "setup(".to_owned() + &"setup(".repeat(3_000),
            "setup(install_requires=['''".to_owned(),
            "setup(install_requires=[',".to_owned(),
        ] {
            let _ = declared(&text);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn any_text_is_read_or_refused(
            text in "(setup\\(|install_requires|extras_require|=|\\[|\\]|\\{|\\}|\\)|,|:|'|\"|\"\"\"|a|\\+|\\*|\n| |\\\\|#|f'|é){0,30}"
        ) {
            let _ = declared(&text);
        }
    }
}
