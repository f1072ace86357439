//! A tree as serde's data model, so that readers declare what they want as types.

use serde::de::value::{BorrowedStrDeserializer, StrDeserializer};
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::{Cursor, Slice, Tree, TreeError, Value};

impl de::Error for TreeError {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self {
            message: message.to_string(),
            offset: None,
        }
    }
}

impl<'a> Tree<'a> {
    /// Reads a type from the whole text.
    pub(crate) fn deserialize<T: de::Deserialize<'a>>(&self) -> Result<T, TreeError> {
        T::deserialize(self.root())
    }
}

impl<'a> Cursor<'_, 'a> {
    fn visit_slice<V: Visitor<'a>>(self, slice: Slice, visitor: V) -> Result<V::Value, TreeError> {
        match self.slice(slice) {
            std::borrow::Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
            std::borrow::Cow::Owned(text) => visitor.visit_string(text),
        }
    }

    /// A plain scalar as YAML's core schema resolves it.
    fn visit_plain<V: Visitor<'a>>(self, slice: Slice, visitor: V) -> Result<V::Value, TreeError> {
        let text = self.tree().str(slice);
        match text {
            "" | "~" | "null" | "Null" | "NULL" => visitor.visit_unit(),
            "true" | "True" | "TRUE" => visitor.visit_bool(true),
            "false" | "False" | "FALSE" => visitor.visit_bool(false),
            _ => match text.parse() {
                Ok(number) => visitor.visit_i64(number),
                Err(_) => self.visit_slice(slice, visitor),
            },
        }
    }

    fn is_null(self) -> bool {
        match self.value() {
            Value::Plain(slice) => {
                matches!(self.tree().str(slice), "" | "~" | "null" | "Null" | "NULL")
            }
            Value::Table(_)
            | Value::Array(_)
            | Value::String(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Datetime(_) => false,
        }
    }
}

impl<'de> Deserializer<'de> for Cursor<'_, 'de> {
    type Error = TreeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        let offset = u32::try_from(self.offset()).unwrap_or(u32::MAX);
        match self.value() {
            Value::Table(_) => visitor.visit_map(Map {
                children: self.children(),
                pending: None,
            }),
            Value::Array(_) => visitor.visit_seq(Sequence(self.children())),
            Value::String(slice) | Value::Datetime(slice) => self.visit_slice(slice, visitor),
            Value::Plain(slice) => self.visit_plain(slice, visitor),
            Value::Integer(number) => visitor.visit_i64(number),
            Value::Float(number) => visitor.visit_f64(number),
            Value::Boolean(truth) => visitor.visit_bool(truth),
        }
        .map_err(|error| error.or_at(offset))
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        match self.value() {
            Value::Plain(_) if self.is_null() => visitor.visit_unit(),
            Value::Plain(slice) => self.visit_slice(slice, visitor),
            Value::Table(_)
            | Value::Array(_)
            | Value::String(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Datetime(_) => self.deserialize_any(visitor),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        if self.is_null() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, TreeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, TreeError> {
        // nothing below is looked at
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct enum identifier
    }
}

struct Sequence<I>(I);

impl<'t, 'a: 't, I: Iterator<Item = Cursor<'t, 'a>>> SeqAccess<'a> for Sequence<I> {
    type Error = TreeError;

    fn next_element_seed<T: DeserializeSeed<'a>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, TreeError> {
        self.0
            .next()
            .map(|child| seed.deserialize(child))
            .transpose()
    }
}

struct Map<'t, 'a, I> {
    children: I,
    /// The child whose key was read and whose value was not.
    pending: Option<Cursor<'t, 'a>>,
}

impl<'t, 'a: 't, I: Iterator<Item = Cursor<'t, 'a>>> MapAccess<'a> for Map<'t, 'a, I> {
    type Error = TreeError;

    fn next_key_seed<K: DeserializeSeed<'a>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, TreeError> {
        let Some(child) = self.children.next() else {
            return Ok(None);
        };
        self.pending = Some(child);
        let key = match child.key_slice() {
            std::borrow::Cow::Borrowed(key) => seed.deserialize(BorrowedStrDeserializer::new(key)),
            std::borrow::Cow::Owned(key) => seed.deserialize(StrDeserializer::new(&key)),
        };
        key.map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'a>>(&mut self, seed: V) -> Result<V::Value, TreeError> {
        let child = self
            .pending
            .take()
            .ok_or_else(|| de::Error::custom("a value was asked for before its key"))?;
        seed.deserialize(child)
            .map_err(|error| error.or_at(u32::try_from(child.offset()).unwrap_or(u32::MAX)))
    }
}
