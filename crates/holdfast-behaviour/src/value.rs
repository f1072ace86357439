//! Values as models take and give them: JSON in which no bit of a number is lost.
//!
//! Whole numbers keep all of their digits up to 128 bits, other numbers are read to the nearest
//! double and written with the fewest digits that return it. JSON has no NaN and no infinity: they
//! are written `{"$float":"NaN"}`, `{"$float":"Infinity"}` and `{"$float":"-Infinity"}`, and also
//! read as Python writes them, bare. All NaN are one.

mod parse;

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use parse::ValueError;

/// A value.
#[derive(Debug, Clone)]
pub enum Value {
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number, written without a point and an exponent.
    Integer(i128),
    /// Any other number.
    Float(f64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Self>),
    /// Names and values, in the order in which they are written; a name stands once.
    Map(Vec<(String, Self)>),
}

/// The name that marks a number that JSON lacks.
const MARK: &str = "$float";

impl Value {
    /// Reads a value from JSON text, with nothing but white space around it.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        parse::parse(text)
    }

    /// The value under a name, where this is a map.
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Map(entries) => entries
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value),
            Self::Null
            | Self::Bool(_)
            | Self::Integer(_)
            | Self::Float(_)
            | Self::Text(_)
            | Self::List(_) => None,
        }
    }

    /// The number, where this is one; whole numbers to the nearest double.
    pub fn number(&self) -> Option<f64> {
        match self {
            #[expect(
                clippy::cast_precision_loss,
                reason = "the nearest double is what is asked for"
            )]
            Self::Integer(number) => Some(*number as f64),
            Self::Float(number) => Some(*number),
            Self::Null | Self::Bool(_) | Self::Text(_) | Self::List(_) | Self::Map(_) => None,
        }
    }
}

/// Equal to the bit: `0.0` is not `-0.0`, `1` is not `1.0`, and NaN is NaN. The order of names in a
/// map does not count.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(left), Self::Bool(right)) => left == right,
            (Self::Integer(left), Self::Integer(right)) => left == right,
            (Self::Float(left), Self::Float(right)) => {
                left.to_bits() == right.to_bits() || (left.is_nan() && right.is_nan())
            }
            (Self::Text(left), Self::Text(right)) => left == right,
            (Self::List(left), Self::List(right)) => left == right,
            (Self::Map(left), Self::Map(right)) => {
                left.len() == right.len()
                    && left
                        .iter()
                        .all(|(name, value)| other.get(name) == Some(value))
            }
            (
                Self::Null
                | Self::Bool(_)
                | Self::Integer(_)
                | Self::Float(_)
                | Self::Text(_)
                | Self::List(_)
                | Self::Map(_),
                _,
            ) => false,
        }
    }
}

/// As JSON on one line, without white space between tokens.
impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => formatter.write_str("null"),
            Self::Bool(value) => write!(formatter, "{value}"),
            Self::Integer(value) => write!(formatter, "{value}"),
            Self::Float(value) => write_float(*value, formatter),
            Self::Text(text) => write_text(text, formatter),
            Self::List(values) => {
                formatter.write_str("[")?;
                for (position, value) in values.iter().enumerate() {
                    if position > 0 {
                        formatter.write_str(",")?;
                    }
                    write!(formatter, "{value}")?;
                }
                formatter.write_str("]")
            }
            Self::Map(entries) => {
                formatter.write_str("{")?;
                for (position, (name, value)) in entries.iter().enumerate() {
                    if position > 0 {
                        formatter.write_str(",")?;
                    }
                    write_text(name, formatter)?;
                    write!(formatter, ":{value}")?;
                }
                formatter.write_str("}")
            }
        }
    }
}

fn write_float(value: f64, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    if value.is_finite() {
        // the shortest digits that return it, always with a point or an exponent
        return write!(formatter, "{value:?}");
    }
    let name = if value.is_nan() {
        "NaN"
    } else if value > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    };
    write!(formatter, "{{\"{MARK}\":\"{name}\"}}")
}

fn write_text(text: &str, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    let quoted = serde_json::to_string(text).map_err(|_unwritable| fmt::Error)?;
    formatter.write_str(&quoted)
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde_json::value::RawValue::from_string(self.to_string())
            .map_err(serde::ser::Error::custom)?
            .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<serde_json::value::RawValue>::deserialize(deserializer)?;
        Self::parse(raw.get()).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
