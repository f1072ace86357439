//! What lies on the stack while a pickle is followed, as far as it matters.
//!
//! Values may hold values, but only of a lower [level](Value::level): so there are no cycles, and
//! dropping one never goes deep.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::text::Encoding;

/// Something on the stack.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// Anything that does not matter.
    Other,
    /// Something that was dropped to keep memory bounded.
    Dropped,
    Integer(i64),
    Text(TextPlace),
    Bytes {
        start: u64,
        length: u64,
    },
    /// What was imported, by its number in the machine's list.
    Global(u32),
    Tuple(Rc<Tuple>),
    Dictionary(Rc<Dictionary>),
    /// What a call answered, or a new object.
    Made(Rc<Made>),
}

/// A text's place in the source.
#[derive(Debug, Clone, Copy)]
pub(super) struct TextPlace {
    pub(super) start: u64,
    pub(super) length: u64,
    pub(super) encoding: Encoding,
    /// Whether it is a key that matters.
    pub(super) key: Option<Key>,
}

/// Keys of dictionaries that matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// `_sklearn_version`.
    SklearnVersion,
    /// `shape`.
    Shape,
    /// `dtype`.
    ElementType,
    /// `numpy_array_alignment_bytes`.
    Alignment,
    /// What a library keeps its own serialised model under.
    Model,
}

impl Key {
    /// The key that a text is.
    pub(super) fn of(text: &[u8]) -> Option<Self> {
        match text {
            b"_sklearn_version" => Some(Self::SklearnVersion),
            b"shape" => Some(Self::Shape),
            b"dtype" => Some(Self::ElementType),
            b"numpy_array_alignment_bytes" => Some(Self::Alignment),
            b"handle" | b"_handle" | b"__model" | b"model_str" => Some(Self::Model),
            _ => None,
        }
    }
}

/// A tuple of a few values.
#[derive(Debug)]
pub(super) struct Tuple {
    level: u8,
    pub(super) values: Vec<Value>,
}

/// A dictionary's first entries with keys that matter.
#[derive(Debug, Default)]
pub(super) struct Dictionary {
    pub(super) entries: RefCell<Vec<(Value, Value)>>,
}

/// An object.
#[derive(Debug, Default)]
pub(super) struct Made {
    /// The import that made it.
    pub(super) class: Option<u32>,
    /// Of a NumPy `dtype`, what its elements are.
    pub(super) element: Cell<Option<ElementType>>,
    /// Of a tensor or storage, what it is.
    pub(super) tensor: Option<TensorFacts>,
}

/// What the elements of a NumPy array are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ElementType {
    /// The bytes of one.
    pub(super) size: u64,
    /// Whether they hold Python objects.
    pub(super) objects: bool,
}

/// What a torch tensor or its storage is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TensorFacts {
    /// The storage's class: `FloatStorage`.
    pub(super) storage: u32,
    /// The tensor's shape; absent of a storage.
    pub(super) shape: Option<Vec<u64>>,
}

/// The longest tuple that is kept.
const LONGEST_TUPLE: usize = 16;
/// How many entries of a dictionary are kept.
const MOST_ENTRIES: usize = 64;
/// The highest level of a value.
const HIGHEST: u8 = 8;
/// Every dictionary's level, whatever comes into it later.
const OF_DICTIONARIES: u8 = 4;

impl Value {
    /// A tuple, without what lies too deep; nothing that matters where it is too long.
    pub(super) fn tuple(values: Vec<Self>) -> Self {
        if values.len() > LONGEST_TUPLE {
            return Self::Other;
        }
        let level = values.iter().map(Self::level).max().unwrap_or_default();
        if level >= HIGHEST {
            return Self::Other;
        }
        Self::Tuple(Rc::new(Tuple {
            level: level + 1,
            values,
        }))
    }

    /// An empty dictionary.
    pub(super) fn dictionary() -> Self {
        Self::Dictionary(Rc::default())
    }

    /// Puts an entry into a dictionary.
    pub(super) fn set(&self, key: Self, value: Self) {
        let Self::Dictionary(dictionary) = self else {
            return;
        };
        let mut entries = dictionary.entries.borrow_mut();
        if entries.len() < MOST_ENTRIES && key.level() == 0 && value.level() < OF_DICTIONARIES {
            entries.push((key, value));
        }
    }

    /// The entry under a key.
    pub(super) fn entry(&self, wanted: Key) -> Option<Self> {
        let Self::Dictionary(dictionary) = self else {
            return None;
        };
        let entries = dictionary.entries.borrow();
        let mut found = entries.iter().rev().filter_map(|(key, value)| match key {
            Self::Text(text) if text.key == Some(wanted) => Some(value.clone()),
            _ => None,
        });
        found.next()
    }

    /// The values of a tuple.
    pub(super) fn values(&self) -> Option<&[Self]> {
        match self {
            Self::Tuple(tuple) => Some(&tuple.values),
            _ => None,
        }
    }

    /// How deep values lie in it, at most.
    fn level(&self) -> u8 {
        match self {
            Self::Tuple(tuple) => tuple.level,
            Self::Dictionary(_) => OF_DICTIONARIES,
            Self::Other
            | Self::Dropped
            | Self::Integer(_)
            | Self::Text(_)
            | Self::Bytes { .. }
            | Self::Global(_)
            | Self::Made(_) => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_lies_too_deep_or_in_itself() {
        let mut value = Value::Integer(1);
        for _ in 0..100_000 {
            value = Value::tuple(vec![value]);
        }
        let dictionary = Value::dictionary();
        let key = || Value::Integer(0);
        dictionary.set(key(), dictionary.clone());
        dictionary.set(key(), Value::tuple(vec![dictionary.clone()]));
        let Value::Dictionary(inner) = &dictionary else {
            panic!("it is one");
        };
        assert_eq!(inner.entries.borrow().len(), 0);
    }
}
