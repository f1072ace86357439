//! pip's requirements and constraints files, as pip understands them.
//!
//! The reference is pip's own reader (`req_file.py`) and its documentation of the format; the differences
//! are written down in `docs/formats/requirements.md`. Nothing is fetched and no environment variable
//! is read: what depends on these is kept as [`Unread`].

mod compiled;
mod include;
mod lines;
mod options;
mod unnamed;
mod via;
mod write;

use std::collections::BTreeMap;

use holdfast_model::{
    Declared, DeclaredFile, DeclaredIndex, DeclaredOption, Digest, IndexKind, Location, Purpose,
    Requirement, RequirementSource, Unread,
};

use crate::document::Node;
use crate::pep508::{Specification, SyntaxError, is_variable, shown};
use crate::reading::Reading;
use crate::{Files, Format, LineIndex, ReadError, limits, strip_credentials};
use lines::LogicalLine;
use options::LineOption;

pub(crate) use unnamed::editable;
pub use write::requirement_line;

/// Reads a requirements file and what it includes; a fully pinned one is a lock too.
pub(crate) fn read(
    files: &dyn Files,
    path: &str,
    kind: Kind,
    text: &str,
) -> Result<Reading, ReadError> {
    let mut reader = Reader::new(files);
    reader.read_file(path, kind, text)?;
    let locked = match kind {
        Kind::Requirements => compiled::locked(path, &reader),
        Kind::Constraints => None,
    };
    Ok(Reading {
        declared: Some(reader.declared),
        locked,
        ..Reading::default()
    })
}

/// Hashes of one requirement: a release has a few hundred files at most.
const HASHES_LIMIT: usize = 5_000;

/// What the lines of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// They ask for packages.
    Requirements,
    /// They narrow versions.
    Constraints,
}

impl Kind {
    fn format(self) -> Format {
        match self {
            Self::Requirements => Format::Requirements,
            Self::Constraints => Format::Constraints,
        }
    }
}

/// Reads one file and those that it includes.
pub(crate) struct Reader<'f> {
    files: &'f dyn Files,
    pub(crate) declared: Declared,
    /// The files that are being read, each with the place that included the next.
    stack: Vec<include::Open>,
    /// Who wrote the file that was named first, by its header.
    generator: Option<compiled::Generator>,
    /// Indexes that packages were found on, by the place of the requirement (uv's `# from`).
    found_on: BTreeMap<Location, String>,
}

/// A file while its lines are read.
struct File<'t> {
    path: &'t str,
    kind: Kind,
    places: Places<'t>,
    notes: via::Notes,
    /// The requirement that notes belong to.
    last: Option<usize>,
}

/// What tells the places of a text.
enum Places<'t> {
    /// The text is a file.
    Lines(LineIndex<'t>),
    /// The text is a string of a manifest.
    Inside(&'t Node<'t>),
}

impl File<'_> {
    fn location(&self, line: &LogicalLine, in_content: usize) -> Location {
        let offset = line.offset(in_content);
        match &self.places {
            Places::Lines(index) => index.location(self.path, offset),
            Places::Inside(node) => node.location_inside(offset),
        }
    }

    fn error(&self, line: &LogicalLine, error: SyntaxError) -> ReadError {
        ReadError {
            location: self.location(line, error.offset),
            message: error.message,
            fix: error.fix,
        }
    }
}

impl<'f> Reader<'f> {
    pub(crate) fn new(files: &'f dyn Files) -> Self {
        Self {
            files,
            declared: Declared::default(),
            stack: Vec::new(),
            generator: None,
            found_on: BTreeMap::new(),
        }
    }

    /// Reads the file at `path`, whose text is `text`.
    pub(crate) fn read_file(
        &mut self,
        path: &str,
        kind: Kind,
        text: &str,
    ) -> Result<(), ReadError> {
        limits::check_requirements(text, path)?;
        self.declared.files.push(DeclaredFile {
            path: path.to_owned(),
            format: kind.format().name().to_owned(),
        });
        self.stack.push(include::Open::new(path));
        if self.generator.is_none() {
            self.generator = Some(compiled::Generator::of(text));
        }
        let mut file = File {
            path,
            kind,
            places: Places::Lines(LineIndex::new(text)),
            notes: via::Notes::default(),
            last: None,
        };
        for line in lines::logical(text) {
            self.read_line(&mut file, &line)?;
        }
        self.stack.pop();
        Ok(())
    }

    /// Reads a string of the manifest at `path` that has lines of a requirements file in it.
    pub(crate) fn read_string(&mut self, path: &str, node: &Node<'_>) -> Result<(), ReadError> {
        self.stack.push(include::Open::new(path));
        let mut file = File {
            path,
            kind: Kind::Requirements,
            places: Places::Inside(node),
            notes: via::Notes::default(),
            last: None,
        };
        for line in lines::logical(node.string()?) {
            self.read_line(&mut file, &line)?;
        }
        self.stack.pop();
        Ok(())
    }

    fn read_line(&mut self, file: &mut File<'_>, line: &LogicalLine) -> Result<(), ReadError> {
        if line.content.is_empty() {
            match &line.comment {
                Some(comment) => self.read_note(file, comment),
                None => file.notes.end(),
            }
            return Ok(());
        }
        file.notes.end();
        file.last = None;
        let split = options::split_arguments(&line.content);
        let options =
            options::options(&line.content, split).map_err(|error| file.error(line, error))?;
        let argument = line.content.get(..split).unwrap_or_default().trim_end();
        if !argument.is_empty() {
            self.read_requirement(file, line, argument)?;
        }
        for option in &options {
            self.read_option(file, line, option, !argument.is_empty())?;
        }
        if let Some(comment) = &line.comment {
            self.read_note(file, comment);
        }
        Ok(())
    }

    fn read_note(&mut self, file: &mut File<'_>, comment: &str) {
        let note = file.notes.read(comment);
        let Some(requirement) = file
            .last
            .and_then(|last| self.list(file.kind).get_mut(last))
        else {
            return;
        };
        requirement.via.extend(note.via);
        if let Some(index) = note.index {
            let location = requirement.location.clone();
            self.found_on.insert(location, index);
        }
    }

    fn list(&mut self, kind: Kind) -> &mut Vec<Requirement> {
        match kind {
            Kind::Requirements => &mut self.declared.requirements,
            Kind::Constraints => &mut self.declared.constraints,
        }
    }

    /// A requirement that begins the line: named, or a path or an address.
    fn read_requirement(
        &mut self,
        file: &mut File<'_>,
        line: &LogicalLine,
        argument: &str,
    ) -> Result<(), ReadError> {
        let specification = if unnamed::begins_unnamed(argument) {
            unnamed::read(self.files, file.path, argument)
        } else {
            Specification::parse(argument)
                .or_else(|error| unnamed::or_existing_path(self.files, file.path, argument, error))
        }
        .map_err(|error| file.error(line, with_line_advice(argument, error)))?;
        let location = file.location(line, 0);
        self.push(file, specification, argument, location)
    }

    fn push(
        &mut self,
        file: &mut File<'_>,
        specification: Specification,
        text: &str,
        location: Location,
    ) -> Result<(), ReadError> {
        if is_variable(text) {
            self.unread(
                &location,
                format!("the environment variable in `{}` is not read", shown(text)),
            );
        }
        let list = self.list(file.kind);
        if list.len() >= limits::COUNT {
            return Err(limits::too_many(location));
        }
        file.last = Some(list.len());
        list.push(specification.into_requirement(text, Purpose::Runtime, location));
        Ok(())
    }

    fn unread(&mut self, location: &Location, reason: impl Into<String>) {
        self.declared.unread.push(Unread {
            reason: reason.into(),
            location: location.clone(),
        });
    }

    fn read_option(
        &mut self,
        file: &mut File<'_>,
        line: &LogicalLine,
        option: &LineOption,
        beside_requirement: bool,
    ) -> Result<(), ReadError> {
        let location = file.location(line, option.offset);
        let name = option.kind.name;
        if beside_requirement && !option.kind.per_requirement {
            self.unread(
                &location,
                format!("`--{name}` beside a requirement is overlooked by pip"),
            );
            return Ok(());
        }
        if option.kind.per_requirement && file.last.is_none() {
            return Err(ReadError::new(
                location,
                format!("`--{name}` belongs to a requirement, and there is none on this line"),
            )
            .with_fix("end the line of its requirement with a backslash"));
        }
        match name {
            "requirement" | "constraint" => self.include(&location, file.path, option)?,
            "editable" => {
                let specification = editable(self.files, file.path, &option.value)
                    .map_err(|error| file.error(line, at(option.offset, error)))?;
                self.push(file, specification, &option.value, location)?;
            }
            "hash" => self.read_hash(file, option, location)?,
            "index-url" => self.index(IndexKind::Default, option, location),
            "extra-index-url" => self.index(IndexKind::Extra, option, location),
            "find-links" => self.index(IndexKind::FindLinks, option, location),
            _ => self.declared.options.push(DeclaredOption {
                name: name.to_owned(),
                value: (!option.value.is_empty()).then(|| strip_credentials(&option.value)),
                location,
            }),
        }
        Ok(())
    }

    fn index(&mut self, kind: IndexKind, option: &LineOption, location: Location) {
        if is_variable(&strip_credentials(&option.value)) {
            self.unread(
                &location,
                format!(
                    "the environment variable in `{}` is not read",
                    strip_credentials(&option.value)
                ),
            );
        }
        self.declared.indexes.push(DeclaredIndex {
            kind,
            url: strip_credentials(&option.value),
            name: None,
            location,
        });
    }

    /// A hash that could belong to no file counts as none: a gap, and a missing hash to the rules.
    fn read_hash(
        &mut self,
        file: &File<'_>,
        option: &LineOption,
        location: Location,
    ) -> Result<(), ReadError> {
        let Some(last) = file.last else { return Ok(()) };
        let well_formed = option
            .value
            .split_once(':')
            .is_some_and(|(algorithm, value)| !algorithm.is_empty() && !value.is_empty());
        if !well_formed {
            return Err(
                ReadError::new(location, format!("`{}` is no hash", option.value))
                    .with_fix("write it as `--hash=sha256:…`"),
            );
        }
        match option.value.parse::<Digest>() {
            Ok(digest) => {
                if let Some(requirement) = self.list(file.kind).get_mut(last)
                    && !requirement.hashes.contains(&digest)
                {
                    if requirement.hashes.len() >= HASHES_LIMIT {
                        let message = format!("there are more than {HASHES_LIMIT} hashes");
                        return Err(ReadError::new(location, message));
                    }
                    requirement.hashes.push(digest);
                }
            }
            Err(error) => self.unread(&location, format!("a hash is not used: {error}")),
        }
        Ok(())
    }
}

fn at(offset: usize, error: SyntaxError) -> SyntaxError {
    SyntaxError { offset, ..error }
}

/// Advice that needs the whole line.
fn with_line_advice(argument: &str, error: SyntaxError) -> SyntaxError {
    if argument.ends_with('\\') {
        return error.with_fix("remove the spaces after the backslash at the end of the line");
    }
    if let Some(rest) = argument.strip_prefix("@ ") {
        return error.with_fix(format!("put the package's name in front: `name @ {rest}`"));
    }
    error
}

/// Whether a source names one thing for ever.
fn is_fixed(requirement: &Requirement) -> bool {
    match &requirement.source {
        RequirementSource::Registry { .. } => requirement.range.exact.is_some(),
        RequirementSource::Url(_) => true,
        RequirementSource::Vcs { revision, .. } => revision.as_deref().is_some_and(is_commit),
        RequirementSource::Path { .. } => false,
    }
}

/// A whole SHA-1 or SHA-256 of git, or of Mercurial.
fn is_commit(revision: &str) -> bool {
    matches!(revision.len(), 40 | 64) && revision.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod corpus_tests;
#[cfg(test)]
mod tests;
