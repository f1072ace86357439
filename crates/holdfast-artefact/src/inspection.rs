//! What readers tell of a file while they read it, and what reading may still cost.

use std::collections::HashMap;
use std::io::{self, Read, Write};

use holdfast_model::{
    ArtefactContent, ArtefactFormat, Hazard, HazardKind, Import, ImportUsage, Member, Tensor,
    UnreadPart, UnreadReason, Within, Writer, WriterVersion,
};
use tempfile::SpooledTempFile;

use crate::Limits;
use crate::recognise;
use crate::source::Source;

/// A reader stopped: what it could not read was told already.
#[derive(Debug)]
pub(crate) struct Stopped;

/// What a reader answers.
pub(crate) type Reading<T> = Result<T, Stopped>;

/// Reading one file, nested files included.
#[derive(Debug)]
pub(crate) struct Inspection<'a> {
    content: ArtefactContent,
    limits: &'a Limits,
    /// The files around the one that is read, and it.
    within: Vec<String>,
    /// Where each import is listed, by part, module and name.
    imports: HashMap<(Vec<String>, String, String), usize>,
    /// Bytes that may still be expanded.
    budget: u64,
    members: u64,
    steps: u64,
}

/// How many tensors are named.
const NAMED_TENSORS: usize = 50;
/// The longest text that is kept of a name or a value, in bytes.
const LONGEST_TEXT: usize = 4096;

impl<'a> Inspection<'a> {
    /// For a file of `size` bytes.
    pub(crate) fn new(limits: &'a Limits, size: u64) -> Self {
        Self {
            content: ArtefactContent::default(),
            limits,
            within: Vec::new(),
            imports: HashMap::new(),
            budget: limits.expanded.max(size.saturating_mul(limits.ratio)),
            members: 0,
            steps: 0,
        }
    }

    pub(crate) fn limits(&self) -> &'a Limits {
        self.limits
    }

    /// All that was told, sorted where order says nothing.
    pub(crate) fn finish(self) -> ArtefactContent {
        let mut content = self.content;
        content.writers.sort();
        content.writers.dedup_by(|b, a| {
            (&a.library, &a.version, &a.evidence) == (&b.library, &b.version, &b.evidence)
        });
        content.unread.dedup();
        content
    }

    /// A place in the file that is read.
    pub(crate) fn here(&self, offset: impl Into<Option<u64>>) -> Within {
        Within {
            members: self.within.clone(),
            offset: offset.into(),
        }
    }

    /// A library wrote this.
    pub(crate) fn writer(
        &mut self,
        library: &str,
        version: WriterVersion,
        evidence: impl Into<String>,
    ) {
        let at = self.here(None);
        let writer = Writer {
            library: library.to_owned(),
            version,
            evidence: shortened(&evidence.into()),
            at,
        };
        if room(&self.content.writers, self.limits) {
            self.content.writers.push(writer);
        } else {
            self.leave_out("writers", 1);
        }
    }

    /// Loading imports this; where it was told already of the same part, the stronger use is kept.
    pub(crate) fn import(&mut self, module: &str, name: &str, usage: ImportUsage, offset: u64) {
        let key = (self.within.clone(), shortened(module), shortened(name));
        if let Some(known) = self.imports.get(&key) {
            if let Some(known) = self.content.imports.get_mut(*known) {
                known.usage = known.usage.max(usage);
            }
        } else if room(&self.content.imports, self.limits) {
            let at = self.here(offset);
            let (_, module, name) = key.clone();
            self.imports.insert(key, self.content.imports.len());
            self.content.imports.push(Import {
                module,
                name,
                usage,
                at,
            });
        } else {
            self.leave_out("imports", 1);
        }
    }

    /// This is dangerous.
    pub(crate) fn hazard(&mut self, kind: HazardKind, offset: impl Into<Option<u64>>) {
        let at = self.here(offset);
        if room(&self.content.hazards, self.limits) {
            self.content.hazards.push(Hazard { kind, at });
        } else {
            self.leave_out("hazards", 1);
        }
    }

    /// This cannot be read; answers what a reader stops with.
    pub(crate) fn unread(
        &mut self,
        reason: UnreadReason,
        offset: impl Into<Option<u64>>,
    ) -> Stopped {
        let at = self.here(offset);
        if room(&self.content.unread, self.limits) {
            self.content.unread.push(UnreadPart { at, reason });
        } else {
            self.leave_out("unreadable parts", 1);
        }
        Stopped
    }

    /// The bytes are not what their format asks for.
    pub(crate) fn malformed(
        &mut self,
        what: impl Into<String>,
        offset: impl Into<Option<u64>>,
    ) -> Stopped {
        self.unread(UnreadReason::Malformed(what.into()), offset)
    }

    /// What went wrong with reading: an early end, something malformed, or the machine.
    pub(crate) fn io(&mut self, error: &io::Error, offset: impl Into<Option<u64>>) -> Stopped {
        let reason = match error.kind() {
            io::ErrorKind::UnexpectedEof => UnreadReason::Truncated,
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
                UnreadReason::Malformed(error.to_string())
            }
            io::ErrorKind::OutOfMemory => UnreadReason::Limit(error.to_string()),
            io::ErrorKind::Unsupported => UnreadReason::Unsupported(error.to_string()),
            io::ErrorKind::Other if error.get_ref().is_some() => {
                UnreadReason::Malformed(error.to_string())
            }
            _ => UnreadReason::Io(error.to_string()),
        };
        self.unread(reason, offset)
    }

    /// The file says this of itself.
    pub(crate) fn metadata(&mut self, key: impl Into<String>, value: impl AsRef<str>) {
        if self.content.metadata.len() < self.limits.listed {
            let key = shortened(&key.into());
            self.content.metadata.insert(key, shortened(value.as_ref()));
        } else {
            self.leave_out("metadata", 1);
        }
    }

    /// There is a tensor of `bytes` bytes.
    pub(crate) fn tensor(&mut self, tensor: Tensor, bytes: u64) {
        let tensors = &mut self.content.tensors;
        tensors.count = tensors.count.saturating_add(1);
        tensors.bytes = tensors.bytes.saturating_add(bytes);
        if tensors.types.len() < NAMED_TENSORS || tensors.types.contains_key(&tensor.element) {
            *tensors.types.entry(tensor.element.clone()).or_default() += 1;
        }
        if tensors.first.len() < NAMED_TENSORS {
            tensors.first.push(tensor);
        }
    }

    /// Counts what reading costs; stops a reader that takes too many steps.
    pub(crate) fn step(&mut self, offset: u64) -> Reading<()> {
        self.steps += 1;
        if self.steps > self.limits.steps {
            let limit = format!("it takes more than {} steps to read", self.limits.steps);
            return Err(self.unread(UnreadReason::Limit(limit), offset));
        }
        Ok(())
    }

    /// How many steps may still be taken.
    pub(crate) fn steps_left(&self) -> u64 {
        self.limits.steps.saturating_sub(self.steps)
    }

    /// Steps that were taken elsewhere.
    pub(crate) fn took(&mut self, steps: u64) {
        self.steps = self.steps.saturating_add(steps);
    }

    /// Looks at a file in the file that is read, whatever it is. `source` has its expanded bytes.
    pub(crate) fn member(&mut self, name: &str, source: &mut dyn Source) -> Reading<()> {
        self.nested(name, |inspection| {
            let size = match crate::source::length(source) {
                Ok(size) => size,
                Err(error) => return Err(inspection.io(&error, None)),
            };
            let format = recognise::inspect_any(name, source, inspection);
            inspection.found(format.unwrap_or(ArtefactFormat::Unknown), size);
            Ok(())
        })
    }

    /// The same with what a decoder yields, which is read to its end, within the budget.
    pub(crate) fn decoded(&mut self, name: &str, decoder: &mut dyn Read) -> Reading<()> {
        let mut expanded = self.nested(name, |inspection| inspection.expand(decoder))?;
        self.member(name, &mut expanded)
    }

    /// Runs `reader` for a file in the file that is read.
    pub(crate) fn nested<T>(
        &mut self,
        name: &str,
        reader: impl FnOnce(&mut Self) -> Reading<T>,
    ) -> Reading<T> {
        self.members += 1;
        if self.members > self.limits.members {
            let limit = format!("it has more than {} files in it", self.limits.members);
            return Err(self.unread(UnreadReason::Limit(limit), None));
        }
        if self.within.len() >= self.limits.depth {
            let limit = format!(
                "files lie more than {} deep in one another",
                self.limits.depth
            );
            return Err(self.unread(UnreadReason::Limit(limit), None));
        }
        self.within.push(shortened(name));
        let read = reader(self);
        self.within.pop();
        read
    }

    /// Runs `tell` for a file in the file that is read, which is not read itself.
    pub(crate) fn named<T>(&mut self, name: &str, tell: impl FnOnce(&mut Self) -> T) -> T {
        self.within.push(shortened(name));
        let told = tell(self);
        self.within.pop();
        told
    }

    /// Runs a reader over something that need not be what it looks like: what could not be read of
    /// it is not told, unless reading found something.
    pub(crate) fn quietly(&mut self, reader: impl FnOnce(&mut Self) -> Reading<()>) -> Reading<()> {
        let unread = self.content.unread.len();
        let found = (self.content.imports.len(), self.content.hazards.len());
        let read = reader(self);
        if found == (self.content.imports.len(), self.content.hazards.len()) {
            self.content.unread.truncate(unread);
        }
        read
    }

    /// Takes bytes that are read more than once, or may be, from what may be expanded.
    pub(crate) fn spend(&mut self, bytes: u64) -> Reading<()> {
        if let Some(budget) = self.budget.checked_sub(bytes) {
            self.budget = budget;
            return Ok(());
        }
        let limit = "its entries are larger together than is admitted for a file of its size";
        Err(self.unread(UnreadReason::Limit(limit.to_owned()), None))
    }

    /// Whether no more files within files are looked at.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.members > self.limits.members
    }

    /// Everything that a decoder yields, in memory or in a temporary file.
    fn expand(&mut self, decoder: &mut dyn Read) -> Reading<SpooledTempFile> {
        let mut expanded = SpooledTempFile::new(self.limits.in_memory);
        let mut buffer = vec![0; 1 << 16];
        loop {
            let count = match decoder.read(&mut buffer) {
                Ok(0) => return Ok(expanded),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                // what came before the damage is still looked at: loaders would have loaded it
                Err(error) => {
                    self.io(&error, None);
                    return Ok(expanded);
                }
            };
            let Some(budget) = self.budget.checked_sub(count as u64) else {
                let limit = "it expands to more than is admitted for a file of its size";
                self.unread(UnreadReason::Limit(limit.to_owned()), None);
                return Ok(expanded);
            };
            self.budget = budget;
            if let Some(bytes) = buffer.get(..count)
                && let Err(error) = expanded.write_all(bytes)
            {
                return Err(self.unread(UnreadReason::Io(error.to_string()), None));
            }
        }
    }

    /// A member turned out to be of this format.
    fn found(&mut self, format: ArtefactFormat, size: u64) {
        if format == ArtefactFormat::Unknown {
            return;
        }
        let member = Member {
            within: self.within.clone(),
            format,
            size,
        };
        if room(&self.content.members, self.limits) {
            self.content.members.push(member);
        } else {
            self.leave_out("members", 1);
        }
    }

    /// So many of these were seen and are not listed.
    pub(crate) fn leave_out(&mut self, what: &'static str, count: u64) {
        *self.content.left_out.entry(what).or_default() += count;
    }
}

fn room<T>(listed: &[T], limits: &Limits) -> bool {
    listed.len() < limits.listed
}

/// A text as far as it is kept, cut between characters.
fn shortened(text: &str) -> String {
    let mut end = text.len().min(LONGEST_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default().to_owned()
}
