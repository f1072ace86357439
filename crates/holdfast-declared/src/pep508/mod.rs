//! One requirement as PEP 508 writes it: `name[extra]>=1,<2 ; marker` or `name @ address ; marker`.
//!
//! Total and linear on any text of at most [`LENGTH_LIMIT`] bytes. The `pep508_rs` crate, which the
//! tests compare with, panics on `foo- >=1`, overflows the stack on many parentheses, needs seconds
//! for some markers of 600 characters, and reads environment variables; hence a reader of our own.

mod advice;
mod marker;
mod scanner;
mod source;

use holdfast_model::{
    Digest, Location, PackageId, Purpose, RangeShape, Requirement, RequirementSource, VersionRange,
};
use pep440_rs::{VersionSpecifier, VersionSpecifiers};

use advice::advise;
pub(crate) use marker::{Marker, MarkerOperator, Operand};
pub(crate) use scanner::Scanner;
pub(crate) use source::{Address, address, has_scheme, is_archive};

/// The longest requirement that is read, in bytes.
pub(crate) const LENGTH_LIMIT: usize = 16 * 1024;

/// What is wrong with a text, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    /// In bytes from the beginning of the text.
    pub(crate) offset: usize,
    pub(crate) message: String,
    pub(crate) fix: Option<String>,
}

impl SyntaxError {
    pub(crate) fn new(offset: usize, message: impl Into<String>) -> Self {
        Self {
            offset,
            message: message.into(),
            fix: None,
        }
    }

    pub(crate) fn with_fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }
}

/// A requirement without its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Specification {
    pub(crate) package: PackageId,
    pub(crate) extras: Vec<String>,
    pub(crate) range: VersionRange,
    pub(crate) source: RequirementSource,
    pub(crate) hashes: Vec<Digest>,
    pub(crate) marker: Option<Marker>,
}

/// PEP 503: runs of `-`, `_` and `.` are one `-`, letters are lower case.
pub(crate) fn normalise_name(name: &str) -> String {
    PackageId::pypi(name).name().to_owned()
}

/// Whether a text names a package, an extra or a group.
pub(crate) fn is_name(text: &str) -> bool {
    let edge = |character: Option<char>| character.is_some_and(|it| it.is_ascii_alphanumeric());
    let inner = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    edge(text.chars().next()) && edge(text.chars().next_back()) && text.chars().all(inner)
}

impl Specification {
    /// Reads a whole text; the error has a fix where one can be told.
    pub(crate) fn parse(text: &str) -> Result<Self, SyntaxError> {
        if text.len() > LENGTH_LIMIT {
            return Err(SyntaxError::new(
                0,
                format!("the requirement is longer than {} KiB", LENGTH_LIMIT / 1024),
            ));
        }
        read(text).map_err(|error| match error.fix {
            Some(_) => error,
            None => SyntaxError {
                fix: advise(text),
                ..error
            },
        })
    }
}

impl Specification {
    /// The same with its place; `text` is how it was written.
    pub(crate) fn into_requirement(
        self,
        text: &str,
        purpose: Purpose,
        location: Location,
    ) -> Requirement {
        Requirement {
            package: self.package,
            text: shown(text),
            range: self.range,
            extras: self.extras,
            marker: self.marker.map(|marker| marker.to_string()),
            source: self.source,
            hashes: self.hashes,
            purpose,
            via: Vec::new(),
            location,
        }
    }
}

/// A requirement as it may be shown: whitespace as one space, no credentials.
pub(crate) fn shown(text: &str) -> String {
    text.split_whitespace()
        .map(crate::strip_credentials)
        .collect::<Vec<_>>()
        .join(" ")
}

fn read(text: &str) -> Result<Specification, SyntaxError> {
    let mut scanner = Scanner::new(text);
    scanner.skip_whitespace();
    let name = name(&mut scanner, "the name of a package")?;
    let package = PackageId::pypi(name);
    scanner.skip_whitespace();
    let extras = extras(&mut scanner)?;
    scanner.skip_whitespace();
    let mut specification = Specification {
        package,
        extras,
        range: VersionRange::any(),
        source: RequirementSource::Registry { index: None },
        hashes: Vec::new(),
        marker: None,
    };
    if scanner.eat('@') {
        read_address(&mut scanner, &mut specification)?;
    } else {
        specification.range = versions(&mut scanner)?;
    }
    scanner.skip_whitespace();
    if scanner.eat(';') {
        specification.marker = Some(Marker::read(&mut scanner)?);
        scanner.expect_end("`and`, `or` or the end of the requirement")?;
    } else {
        scanner.expect_end("a version such as `>=1.2`, `;` with a marker, or the end")?;
    }
    Ok(specification)
}

fn name<'a>(scanner: &mut Scanner<'a>, what: &str) -> Result<&'a str, SyntaxError> {
    let start = scanner.offset();
    let error = scanner.unexpected(what);
    let name = scanner
        .take_while(|character| character.is_ascii_alphanumeric() || "-_.".contains(character));
    if name.is_empty() {
        return Err(error);
    }
    if !is_name(name) {
        return Err(SyntaxError::new(
            start,
            format!("`{name}` is no name: it must begin and end with a letter or a digit"),
        ));
    }
    Ok(name)
}

/// `[a, b]`, normalised and sorted; nothing where there is no bracket.
pub(crate) fn extras(scanner: &mut Scanner<'_>) -> Result<Vec<String>, SyntaxError> {
    let mut extras = Vec::new();
    if !scanner.eat('[') {
        return Ok(extras);
    }
    scanner.skip_whitespace();
    if scanner.eat(']') {
        return Ok(extras);
    }
    loop {
        scanner.skip_whitespace();
        extras.push(normalise_name(name(scanner, "the name of an extra")?));
        scanner.skip_whitespace();
        if scanner.eat(']') {
            break;
        }
        if !scanner.eat(',') {
            return Err(scanner.unexpected("`,` or `]` after the name of an extra"));
        }
    }
    extras.sort();
    extras.dedup();
    Ok(extras)
}

/// An address up to the next whitespace; a marker needs whitespace in front of its `;`.
fn read_address(
    scanner: &mut Scanner<'_>,
    specification: &mut Specification,
) -> Result<(), SyntaxError> {
    scanner.skip_whitespace();
    let start = scanner.offset();
    let text = scanner.take_while(|character| !character.is_whitespace());
    if text.is_empty() {
        return Err(scanner.unexpected("an address after `@`"));
    }
    scanner.skip_whitespace();
    let ambiguous = text.ends_with(';') && !scanner.rest().is_empty();
    if ambiguous {
        return Err(SyntaxError::new(
            start + text.len() - 1,
            "the `;` belongs to the address: a marker needs a space in front of it",
        )
        .with_fix("put a space before `;`"));
    }
    let found = address(text).map_err(|error| SyntaxError {
        offset: start + error.offset,
        ..error
    })?;
    specification.range = found.range_of(&specification.package);
    specification.hashes = found.hashes;
    specification.source = found.source;
    Ok(())
}

/// `>=1,<2`, in parentheses or not; any version where there is nothing.
fn versions(scanner: &mut Scanner<'_>) -> Result<VersionRange, SyntaxError> {
    let enclosed = scanner.eat('(');
    scanner.skip_whitespace();
    let mut read = Versions::default();
    let begins = |next: Option<char>| next.is_some_and(|next| "=<>!~^$".contains(next));
    if begins(scanner.peek()) {
        loop {
            scanner.skip_whitespace();
            read.push(scanner)?;
            scanner.skip_whitespace();
            if !scanner.eat(',') {
                break;
            }
        }
    }
    scanner.skip_whitespace();
    if enclosed && !scanner.eat(')') {
        return Err(scanner.unexpected("`,` or `)` after a version"));
    }
    Ok(read.range())
}

/// Version specifiers read so far.
#[derive(Default)]
struct Versions {
    texts: Vec<String>,
    specifiers: Vec<VersionSpecifier>,
    /// The text after `===` that is no version of PEP 440.
    arbitrary: Option<String>,
    /// Whether a part is a `${VARIABLE}`.
    variable: bool,
}

impl Versions {
    fn push(&mut self, scanner: &mut Scanner<'_>) -> Result<(), SyntaxError> {
        let start = scanner.offset();
        let operator = scanner.take_while(|character| "=<>!~^".contains(character));
        if operator.is_empty() {
            return Err(scanner.unexpected("a comparison such as `>=`"));
        }
        scanner.skip_whitespace();
        let version = scanner.take_while(|character| {
            !character.is_whitespace() && !",;()[]=<>~^'\"@".contains(character)
        });
        if !["==", "===", "!=", "~=", ">=", "<=", ">", "<"].contains(&operator) {
            return Err(SyntaxError::new(
                start,
                format!("`{operator}` is no comparison of versions"),
            ));
        }
        if version.is_empty() {
            return Err(scanner.unexpected(&format!("a version after `{operator}`")));
        }
        let text = format!("{operator}{version}");
        match text.parse::<VersionSpecifier>() {
            Ok(specifier) => self.specifiers.push(specifier),
            Err(_) if is_variable(version) => self.variable = true,
            Err(_) if operator == "===" => self.arbitrary = Some(version.to_owned()),
            Err(error) => {
                let reason = error.to_string();
                let reason = reason.trim_end_matches('.');
                return Err(SyntaxError::new(
                    start,
                    format!("`{text}` is no range of versions: {reason}"),
                ));
            }
        }
        self.texts.push(text);
        Ok(())
    }

    fn range(self) -> VersionRange {
        if self.variable {
            // what the variable holds is not known here, so neither is how tight the range is
            return VersionRange::foreign(self.texts.join(","), RangeShape::Any, None);
        }
        match self.arbitrary {
            Some(version) => {
                VersionRange::foreign(self.texts.join(","), RangeShape::Exact, Some(version))
            }
            None => VersionRange::pep440(VersionSpecifiers::from_iter(self.specifiers)),
        }
    }
}

/// Whether pip would put an environment variable in: `${NAME}`.
pub(crate) fn is_variable(text: &str) -> bool {
    text.split("${").skip(1).any(|after| {
        after.split_once('}').is_some_and(|(name, _)| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        })
    })
}

#[cfg(test)]
mod tests;
