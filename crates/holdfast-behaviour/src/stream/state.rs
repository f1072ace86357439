//! What a monitor remembers between runs: the document `holdfast/stream-state/1`.
//!
//! Numbers are written with the fewest digits that return every bit of them. The document carries a
//! digest of itself, so that damage is found, and the parameters, so that nobody goes on with others.

use std::fmt::Write as _;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use super::adwin::{Adwin, AdwinState};
use super::ddm::{Ddm, DdmState};
use super::detector::{Detector, DetectorKind, Method, Signal};
use super::eddm::{Eddm, EddmState};
use super::lines::Layout;
use super::monitor::{Counts, Monitor};
use super::page_hinkley::{Direction, PageHinkley, PageHinkleyState};
use super::parameters::{Parameter, ParameterValue, Parameters};
use crate::Value;

/// A monitor, and how far its input was read.
#[derive(Debug, Clone)]
pub struct StreamState {
    /// The monitor.
    pub monitor: Monitor,
    /// The file that was read last, where it was one.
    pub source: Option<Source>,
}

/// A file, and how far it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Its path as it was given.
    pub path: String,
    /// Its number in the file system, which it keeps when it is renamed; null where there is none.
    pub inode: Option<u64>,
    /// How many bytes were read.
    pub offset: u64,
    /// How many lines were read.
    pub line: u64,
    /// A digest of the last bytes that were read, which tells whether it is still that file.
    pub digest: String,
    /// How its lines are read; null before there was one.
    pub layout: Option<Layout>,
}

/// Why a saved state is refused.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// It is no JSON, or its keys are not those of a state.
    #[error(
        "the saved state is damaged: {reason}; restore it from a copy, or delete it to begin anew"
    )]
    Damaged {
        /// What is wrong.
        reason: String,
    },
    /// It is not what was saved.
    #[error(
        "the saved state is damaged: its digest is not that of its content; restore it from a copy, or delete it to begin anew"
    )]
    OtherDigest {
        /// The digest of its content.
        is: String,
    },
    /// It is something else.
    #[error("it is no saved state of a stream, which has the schema `{SCHEMA}`: name another file")]
    NoState,
    /// It is of a version that is not known.
    #[error(
        "the saved state has the schema `{found}`, and `{SCHEMA}` is what can be read: go on with the version of Holdfast that wrote it, or delete it to begin anew"
    )]
    OtherVersion {
        /// Its schema.
        found: String,
    },
    /// It is of another detector.
    #[error(
        "the saved state is of the detector `{saved}`, not of `{asked}`: ask for `--detector {saved}`, or name another file"
    )]
    OtherDetector {
        /// Its detector.
        saved: &'static str,
        /// The detector that is asked for.
        asked: &'static str,
    },
    /// It is of other parameters.
    #[error(
        "the saved state was made with {saved}, not with {asked}: ask for what it was made with, or name another file"
    )]
    OtherParameters {
        /// Its parameters, as far as they differ, as options.
        saved: String,
        /// Those that are asked for, as far as they differ, as options.
        asked: String,
    },
}

/// The name and version of the document's schema.
const SCHEMA: &str = "holdfast/stream-state/1";

/// What the names of all versions begin with.
const FAMILY: &str = "holdfast/stream-state/";

impl StreamState {
    /// The name and version of the document's schema.
    pub const SCHEMA: &'static str = SCHEMA;

    /// The document, ending with a line break. The same state has the same bytes.
    pub fn write(&self) -> String {
        let digest = self.digest();
        self.text(&digest)
    }

    /// Reads a document.
    ///
    /// # Errors
    /// Where it is damaged, something else, or of another version.
    pub fn read(text: &str) -> Result<Self, StateError> {
        let Schema { schema } = serde_json::from_str(text).map_err(|error| damaged(&error))?;
        match schema {
            Some(schema) if schema == SCHEMA => {}
            Some(schema) if schema.starts_with(FAMILY) => {
                return Err(StateError::OtherVersion { found: schema });
            }
            Some(_) | None => return Err(StateError::NoState),
        }
        let document: Document = serde_json::from_str(text).map_err(|error| damaged(&error))?;
        let digest = document.digest.clone();
        let state = document.state()?;
        let is = state.digest();
        if is != digest {
            return Err(StateError::OtherDigest { is });
        }
        Ok(state)
    }

    /// Makes sure that it was made with these parameters, to the bit.
    ///
    /// # Errors
    /// Where it was not, naming what differs.
    pub fn is_of(&self, asked: &Parameters) -> Result<(), StateError> {
        let saved = self.monitor.detector().parameters();
        if saved.kind() != asked.kind() {
            return Err(StateError::OtherDetector {
                saved: saved.kind().as_str(),
                asked: asked.kind().as_str(),
            });
        }
        let (saved, asked) = (saved.values(), asked.values());
        let pairs = saved.iter().zip(&asked);
        let differing: Vec<_> = pairs
            .filter(|(saved, asked)| !same(saved.value(), asked.value()))
            .collect();
        if differing.is_empty() {
            return Ok(());
        }
        let option = |parameter: &Parameter| {
            let value = parameter.value();
            format!("`--{} {value}`", parameter.name())
        };
        let listed = |options: Vec<String>| options.join(" ");
        Err(StateError::OtherParameters {
            saved: listed(differing.iter().map(|(saved, _)| option(saved)).collect()),
            asked: listed(differing.iter().map(|(_, asked)| option(asked)).collect()),
        })
    }

    fn digest(&self) -> String {
        let digest = Sha256::digest(self.text("").as_bytes());
        let mut text = "sha256:".to_owned();
        for byte in digest {
            let _ = write!(text, "{byte:02x}");
        }
        text
    }

    #[expect(
        clippy::expect_used,
        reason = "our types have text keys alone and no serializer that fails"
    )]
    fn text(&self, digest: &str) -> String {
        let Monitor { detector, counts } = &self.monitor;
        let parameters = detector.parameters();
        let memory = match &detector.method {
            Method::PageHinkley(method) => serde_json::value::to_raw_value(&method.state()),
            Method::Adwin(method) => serde_json::value::to_raw_value(&method.state()),
            Method::Ddm(method) => serde_json::value::to_raw_value(&method.state()),
            Method::Eddm(method) => serde_json::value::to_raw_value(&method.state()),
        };
        let document = Document {
            schema: SCHEMA.to_owned(),
            detector: parameters.kind().as_str().to_owned(),
            parameters: written(&parameters),
            values: counts.values,
            skipped: counts.skipped,
            drifts: counts.drifts,
            warnings: counts.warnings,
            warned: counts.warned,
            last_drift: counts.last_drift,
            last_signal: detector.last.as_str().to_owned(),
            memory: memory.expect("a detector can be written as JSON"),
            source: self.source.clone(),
            digest: digest.to_owned(),
        };
        let mut text =
            serde_json::to_string_pretty(&document).expect("a state can be written as JSON");
        text.push('\n');
        text
    }
}

/// What is read first.
#[derive(Deserialize)]
struct Schema {
    schema: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    schema: String,
    detector: String,
    parameters: Value,
    values: u64,
    skipped: u64,
    drifts: u64,
    warnings: u64,
    warned: u64,
    last_drift: Option<u64>,
    last_signal: String,
    memory: Box<RawValue>,
    source: Option<Source>,
    digest: String,
}

impl Document {
    fn state(self) -> Result<StreamState, StateError> {
        let kind = DetectorKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == self.detector)
            .ok_or_else(|| damaged(&"its detector is unknown"))?;
        let parameters = parameters(kind, &self.parameters)?;
        let last = [Signal::None, Signal::Warning, Signal::Drift]
            .into_iter()
            .find(|signal| signal.as_str() == self.last_signal)
            .ok_or_else(|| damaged(&"its last signal is unknown"))?;
        let counts = Counts {
            values: self.values,
            skipped: self.skipped,
            drifts: self.drifts,
            warnings: self.warnings,
            warned: self.warned,
            last_drift: self.last_drift,
        };
        if counts.drifts > counts.values || counts.warned > counts.values {
            return Err(damaged(&"it has more signals than values"));
        }
        let method = method(parameters, self.memory.get())?;
        Ok(StreamState {
            monitor: Monitor {
                detector: Detector { method, last },
                counts,
            },
            source: self.source,
        })
    }
}

fn method(parameters: Parameters, memory: &str) -> Result<Method, StateError> {
    Ok(match parameters {
        Parameters::PageHinkley(parameters) => {
            let memory: PageHinkleyState = remembered(memory)?;
            Method::PageHinkley(PageHinkley::resumed(parameters, memory))
        }
        Parameters::Adwin(parameters) => {
            let memory: AdwinState = remembered(memory)?;
            if let Some(fault) = memory.fault(&parameters) {
                return Err(damaged(&format!("it has {fault}")));
            }
            Method::Adwin(Adwin::resumed(parameters, &memory))
        }
        Parameters::Ddm(parameters) => {
            let memory: DdmState = remembered(memory)?;
            Method::Ddm(Ddm::resumed(parameters, memory))
        }
        Parameters::Eddm(parameters) => {
            let memory: EddmState = remembered(memory)?;
            if let Some(fault) = memory.fault() {
                return Err(damaged(&format!("it has {fault}")));
            }
            Method::Eddm(Eddm::resumed(parameters, memory))
        }
    })
}

fn remembered<T: DeserializeOwned>(memory: &str) -> Result<T, StateError> {
    serde_json::from_str(memory).map_err(|error| damaged(&format!("`memory`: {error}")))
}

fn damaged(reason: &impl ToString) -> StateError {
    StateError::Damaged {
        reason: reason.to_string(),
    }
}

fn written(parameters: &Parameters) -> Value {
    let values = parameters.values();
    let entries = values.iter().map(|parameter| {
        let value = match parameter.value() {
            ParameterValue::Number(number) => Value::Float(number),
            ParameterValue::Count(count) => Value::Integer(count.into()),
            ParameterValue::Word(word) => Value::Text(word.to_owned()),
        };
        (parameter.name().to_owned(), value)
    });
    Value::Map(entries.collect())
}

/// The parameters that a document names: all of the detector's, and no other.
fn parameters(kind: DetectorKind, saved: &Value) -> Result<Parameters, StateError> {
    let mut parameters = Parameters::defaults(kind);
    for parameter in parameters.values() {
        let name = parameter.name();
        let wrong = || {
            damaged(&format!(
                "its parameter `{name}` is missing or something else"
            ))
        };
        let value = saved.get(name).ok_or_else(wrong)?;
        let read = read_parameter(parameter, value).ok_or_else(wrong)?;
        parameters = parameters.with(read).map_err(|error| damaged(&error))?;
    }
    if written(&parameters) != *saved {
        return Err(damaged(&"it has parameters that its detector has not"));
    }
    parameters.check().map_err(|error| damaged(&error))?;
    Ok(parameters)
}

/// The same parameter with another value.
fn read_parameter(parameter: Parameter, value: &Value) -> Option<Parameter> {
    let count = || match value {
        Value::Integer(count) => u64::try_from(*count).ok(),
        Value::Null
        | Value::Bool(_)
        | Value::Float(_)
        | Value::Text(_)
        | Value::List(_)
        | Value::Map(_) => None,
    };
    Some(match parameter {
        Parameter::Delta(_) => Parameter::Delta(value.number()?),
        Parameter::Threshold(_) => Parameter::Threshold(value.number()?),
        Parameter::Forgetting(_) => Parameter::Forgetting(value.number()?),
        Parameter::Warning(_) => Parameter::Warning(value.number()?),
        Parameter::Drift(_) => Parameter::Drift(value.number()?),
        Parameter::Minimum(_) => Parameter::Minimum(count()?),
        Parameter::Clock(_) => Parameter::Clock(count()?),
        Parameter::Buckets(_) => Parameter::Buckets(count()?),
        Parameter::MinimumWindow(_) => Parameter::MinimumWindow(count()?),
        Parameter::Grace(_) => Parameter::Grace(count()?),
        Parameter::Direction(_) => {
            let all = [Direction::Up, Direction::Down, Direction::Both];
            let named = all
                .into_iter()
                .find(|direction| *value == Value::Text(direction.as_str().to_owned()))?;
            Parameter::Direction(named)
        }
    })
}

fn same(left: ParameterValue, right: ParameterValue) -> bool {
    match (left, right) {
        (ParameterValue::Number(left), ParameterValue::Number(right)) => {
            left.to_bits() == right.to_bits()
        }
        (left, right) => left == right,
    }
}

/// A number that is written so that every bit of it returns; all NaN are one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exact(pub(super) f64);

impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Value::Float(self.0).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Float(number) => Ok(Self(number)),
            Value::Null
            | Value::Bool(_)
            | Value::Integer(_)
            | Value::Text(_)
            | Value::List(_)
            | Value::Map(_) => Err(serde::de::Error::custom("a number is missing")),
        }
    }
}
