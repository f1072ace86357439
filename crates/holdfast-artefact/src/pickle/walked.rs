//! What following a pickle showed, before it is told: a guess may turn out wrong.

use std::io;

use holdfast_model::{HazardKind, ImportUsage, UnreadReason};

use super::value::{Key, Made, TextPlace, Value};

/// What was seen in a pickle.
#[derive(Debug, Default)]
pub(super) struct Walked {
    pub(super) protocol: Option<u8>,
    pub(super) imports: Vec<Imported>,
    pub(super) hazards: Vec<(HazardKind, u64)>,
    /// The first thing that Python's reader would stop at, though this one went on.
    pub(super) complaint: Option<(String, u64)>,
    /// The version that a scikit-learn estimator keeps of itself.
    pub(super) sklearn: Vec<TextPlace>,
    /// Serialised models of libraries: their places, start and length.
    pub(super) models: Vec<(u64, u64)>,
    /// Bytes that loading it unpickles as well: their places, start and length.
    pub(super) unpickled: Vec<(u64, u64)>,
    /// Tensors with their names and numbers of storage classes.
    pub(super) tensors: Vec<(Option<TextPlace>, u32, Vec<u64>)>,
    /// Whether joblib's arrays are in it.
    pub(super) has_arrays: bool,
    /// Imports, tensors and so on that were seen and not kept.
    pub(super) left_out: u64,
    /// How many bytes are left after the last pickle.
    pub(super) left_over: u64,
    pub(super) steps: u64,
    most_steps: u64,
    most: usize,
}

/// Something that was imported.
#[derive(Debug)]
pub(super) struct Imported {
    pub(super) module: String,
    pub(super) name: String,
    pub(super) usage: ImportUsage,
    pub(super) at: u64,
}

/// Why following a pickle ended early, and where.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) reason: UnreadReason,
    pub(super) at: u64,
}

impl Failure {
    pub(super) fn malformed(what: impl Into<String>, at: u64) -> Self {
        Self {
            reason: UnreadReason::Malformed(what.into()),
            at,
        }
    }

    pub(super) fn limit(what: &str, at: u64) -> Self {
        Self {
            reason: UnreadReason::Limit(what.to_owned()),
            at,
        }
    }

    pub(super) fn io(error: &io::Error, at: u64) -> Self {
        let reason = match error.kind() {
            io::ErrorKind::UnexpectedEof => UnreadReason::Truncated,
            io::ErrorKind::InvalidData => UnreadReason::Malformed(error.to_string()),
            _ => UnreadReason::Io(error.to_string()),
        };
        Self { reason, at }
    }
}

/// How many versions, models and the like are kept.
const FEW: usize = 64;

impl Walked {
    /// Nothing yet; `most_steps` opcodes may be followed, and `most` of everything is kept.
    pub(super) fn new(most_steps: u64, most: usize) -> Self {
        Self {
            most_steps,
            most,
            ..Self::default()
        }
    }

    /// Counts an opcode; whether it may be followed.
    pub(super) fn step(&mut self) -> bool {
        self.steps += 1;
        self.steps <= self.most_steps
    }

    /// How many opcodes may still be followed.
    pub(super) fn steps_left(&self) -> u64 {
        self.most_steps.saturating_sub(self.steps)
    }

    /// How much of everything is kept.
    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// What a pickle showed that follows this one.
    pub(super) fn join(&mut self, next: Self) {
        let before = u32::try_from(self.imports.len()).unwrap_or(u32::MAX);
        let tensors = next.tensors.into_iter();
        let numbered = tensors.map(|(name, storage, shape)| (name, storage + before, shape));
        self.tensors.extend(numbered);
        self.protocol = self.protocol.max(next.protocol);
        self.imports.extend(next.imports);
        self.hazards.extend(next.hazards);
        self.complaint = self.complaint.take().or(next.complaint);
        self.sklearn.extend(next.sklearn);
        self.models.extend(next.models);
        self.unpickled.extend(next.unpickled);
        self.has_arrays |= next.has_arrays;
        self.left_out += next.left_out;
        self.steps += next.steps;
    }

    /// Something is imported; its number, while there is room.
    pub(super) fn import(&mut self, module: &str, name: &str, at: u64) -> Option<u32> {
        if self.imports.len() >= self.most {
            self.left_out += 1;
            return None;
        }
        let number = u32::try_from(self.imports.len()).ok()?;
        self.imports.push(Imported {
            module: module.to_owned(),
            name: name.to_owned(),
            usage: ImportUsage::Imported,
            at,
        });
        Some(number)
    }

    /// Something is dangerous.
    pub(super) fn hazard(&mut self, kind: HazardKind, at: u64) {
        if self.hazards.len() < self.most {
            self.hazards.push((kind, at));
        } else {
            self.left_out += 1;
        }
    }

    /// An import is used.
    pub(super) fn uses(&mut self, number: u32, usage: ImportUsage) {
        if let Some(import) = self.imports.get_mut(number as usize) {
            import.usage = import.usage.max(usage);
        }
    }

    /// Module and name of an import.
    pub(super) fn named(&self, number: u32) -> Option<(&str, &str)> {
        let import = self.imports.get(number as usize)?;
        Some((&import.module, &import.name))
    }

    /// An import's name in a message.
    pub(super) fn name_of(&self, number: Option<u32>) -> String {
        number.and_then(|number| self.named(number)).map_or_else(
            || "something".to_owned(),
            |(module, name)| format!("`{module}.{name}`"),
        )
    }

    /// Python's reader would stop here.
    pub(super) fn complain(&mut self, what: impl Into<String>, at: u64) {
        if self.complaint.is_none() {
            self.complaint = Some((what.into(), at));
        }
    }

    /// A dictionary has this under a key that matters.
    pub(super) fn keyed(&mut self, key: Option<Key>, value: &Value) {
        match (key, value) {
            (Some(Key::SklearnVersion), Value::Text(place)) if self.sklearn.len() < FEW => {
                self.sklearn.push(*place);
            }
            (Some(Key::Model), Value::Bytes { start, length }) if self.models.len() < FEW => {
                self.models.push((*start, *length));
            }
            (Some(Key::Model), Value::Text(place)) if self.models.len() < FEW => {
                self.models.push((place.start, place.length));
            }
            _ => {}
        }
    }

    /// Loading it unpickles these bytes as well; whether there is room to remember.
    pub(super) fn unpickles(&mut self, start: u64, length: u64) -> bool {
        let is_room = self.unpickled.len() < self.most;
        if is_room {
            self.unpickled.push((start, length));
        }
        is_room
    }

    /// There is a tensor.
    pub(super) fn tensor(&mut self, name: Option<TextPlace>, made: &Made) {
        let Some((storage, shape)) = made
            .tensor
            .as_ref()
            .and_then(|tensor| Some((tensor.storage, tensor.shape.clone()?)))
        else {
            return;
        };
        if self.tensors.len() < self.most {
            self.tensors.push((name, storage, shape));
        } else {
            self.left_out += 1;
        }
    }
}
