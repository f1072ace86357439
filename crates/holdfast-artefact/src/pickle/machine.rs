//! Follows a pickle opcode by opcode, with a true stack and memo, and makes none of its objects.
//!
//! Where Python's reader would fail with the stack, this one says so once and goes on with unknown
//! values: opcodes end where they end, whatever the stack holds, so what follows is still seen.

use std::collections::HashMap;

use holdfast_model::{HazardKind, ImportUsage};

use super::memo::Memo;
use super::opcodes::{self, Opcode, OpcodeError};
use super::stream::Stream;
use super::text::decode;
use super::torch;
use super::value::{Key, TextPlace, Value};
use super::walked::{Failure, Walked};

/// Whether raw arrays are expected in the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// As `pickle.load` reads.
    Plain,
    /// As `joblib.load` reads: arrays follow their wrappers.
    Joblib,
}

/// A pickle that is followed.
pub(super) struct Machine<'a, 's> {
    pub(super) stream: &'a mut Stream<'s>,
    pub(super) walked: &'a mut Walked,
    pub(super) dialect: Dialect,
    pub(super) stack: Vec<Value>,
    /// The stack's height at each mark.
    marks: Vec<usize>,
    memo: Memo,
    /// The number of each import.
    numbers: HashMap<(String, String), u32>,
    /// How many pickles lie around this one, in the stream.
    pub(super) depth: usize,
    /// Where the opcode that is followed begins.
    pub(super) at: u64,
}

/// The highest stack that is followed.
const HIGHEST_STACK: usize = 1 << 21;
/// The longest name of a module or of something in it, in bytes.
const LONGEST_NAME: u64 = 4096;
/// How deep pickles may lie in raw arrays of objects.
const DEEPEST: usize = 16;

impl<'a, 's> Machine<'a, 's> {
    pub(super) fn new(
        stream: &'a mut Stream<'s>,
        walked: &'a mut Walked,
        dialect: Dialect,
        depth: usize,
    ) -> Self {
        Self {
            stream,
            walked,
            dialect,
            stack: Vec::new(),
            marks: Vec::new(),
            memo: Memo::default(),
            numbers: HashMap::new(),
            depth,
            at: 0,
        }
    }

    /// Follows one pickle to its `STOP`.
    pub(super) fn run(mut self) -> Result<(), Failure> {
        if self.depth > DEEPEST {
            return Err(Failure::limit(
                "pickles lie too deep in one another",
                self.stream.position(),
            ));
        }
        loop {
            self.at = self.stream.position();
            if !self.walked.step() {
                return Err(Failure::limit(
                    "it has more opcodes than are followed",
                    self.at,
                ));
            }
            let opcode = opcodes::next(self.stream).map_err(|error| self.failed(error))?;
            if opcode == Opcode::Stop {
                if self.stack.is_empty() {
                    self.complain("it ends with an empty stack");
                }
                return Ok(());
            }
            self.follow(opcode)?;
        }
    }

    fn failed(&self, error: OpcodeError) -> Failure {
        match error {
            OpcodeError::Io(error) => Failure::io(&error, self.at),
            OpcodeError::Unknown(code) => {
                Failure::malformed(format!("there is no opcode 0x{code:02x}"), self.at)
            }
            OpcodeError::Argument(what) => Failure::malformed(what, self.at),
        }
    }

    fn follow(&mut self, opcode: Opcode) -> Result<(), Failure> {
        match opcode {
            Opcode::Protocol(protocol) => self.protocol(protocol),
            Opcode::Mark => self.marks.push(self.stack.len()),
            Opcode::Nothing | Opcode::Stop => {}
            Opcode::Pop => self.discard(),
            Opcode::PopMark | Opcode::AppendFromMark => {
                self.above_mark();
            }
            Opcode::Duplicate => {
                let top = self.stack.last().cloned().unwrap_or(Value::Other);
                self.stack.push(top);
            }
            Opcode::Constant | Opcode::EmptyCollection => self.stack.push(Value::Other),
            Opcode::Integer(value) => {
                self.stack.push(value.map_or(Value::Other, Value::Integer));
            }
            Opcode::Text {
                start,
                length,
                encoding,
                head,
            } => {
                let key = (head.len() as u64 == length)
                    .then(|| Key::of(&head))
                    .flatten();
                self.stack.push(Value::Text(TextPlace {
                    start,
                    length,
                    encoding,
                    key,
                }));
            }
            Opcode::Bytes { start, length } => self.stack.push(Value::Bytes { start, length }),
            Opcode::Tuple(count) => {
                let values = self.pop_many(count);
                self.stack.push(Value::tuple(values));
            }
            Opcode::TupleFromMark => {
                let values = self.above_mark();
                self.stack.push(Value::tuple(values));
            }
            Opcode::CollectionFromMark => {
                self.above_mark();
                self.stack.push(Value::Other);
            }
            Opcode::Append => {
                self.pop();
            }
            other => self.follow_name(other)?,
        }
        self.bounded(
            self.stack.len() + self.marks.len() <= HIGHEST_STACK,
            "its stack grows too high",
        )
    }

    fn bounded(&self, holds: bool, limit: &'static str) -> Result<(), Failure> {
        if holds {
            Ok(())
        } else {
            Err(Failure::limit(limit, self.at))
        }
    }

    /// Opcodes that import, call, change or remember.
    fn follow_name(&mut self, opcode: Opcode) -> Result<(), Failure> {
        match opcode {
            Opcode::Global { module, name } => {
                let value = self.global(&module, &name);
                self.stack.push(value);
            }
            Opcode::StackGlobal => self.stack_global()?,
            Opcode::Instance { module, name } => {
                self.above_mark();
                let class = self.global(&module, &name);
                self.call(&class, ImportUsage::Called, &Value::Other);
            }
            Opcode::Object => {
                let mut values = self.above_mark();
                let class = if values.is_empty() {
                    self.complain("`OBJ` has no class");
                    Value::Other
                } else {
                    values.remove(0)
                };
                self.call(&class, ImportUsage::Called, &Value::Other);
            }
            Opcode::NewObject => {
                let arguments = self.pop();
                let class = self.pop();
                self.call(&class, ImportUsage::Instantiated, &arguments);
            }
            Opcode::NewObjectExtended => {
                self.pop();
                let arguments = self.pop();
                let class = self.pop();
                self.call(&class, ImportUsage::Instantiated, &arguments);
            }
            Opcode::Reduce => {
                let arguments = self.pop();
                let callable = self.pop();
                self.call(&callable, ImportUsage::Called, &arguments);
            }
            Opcode::Build => {
                let state = self.pop();
                self.build(&state)?;
            }
            Opcode::Extension(code) => {
                let kind = HazardKind::ExtensionCode { code };
                self.walked.hazard(kind, self.at);
                self.stack.push(Value::Other);
            }
            Opcode::PersistentText => self.stack.push(Value::Other),
            Opcode::Persistent => {
                let id = self.pop();
                self.stack.push(torch::persistent(&id));
            }
            other => self.follow_container(&other)?,
        }
        Ok(())
    }

    fn follow_container(&mut self, opcode: &Opcode) -> Result<(), Failure> {
        match opcode {
            Opcode::EmptyDictionary => self.stack.push(Value::dictionary()),
            Opcode::DictionaryFromMark => {
                let items = self.above_mark();
                let dictionary = Value::dictionary();
                self.set_items(&dictionary, items);
                self.stack.push(dictionary);
            }
            Opcode::SetItem => {
                let items = self.pop_many(2);
                self.set_items_of_top(items);
            }
            Opcode::SetItems => {
                let items = self.above_mark();
                self.set_items_of_top(items);
            }
            Opcode::Put(key) => {
                let top = self.stack.last().cloned().unwrap_or(Value::Other);
                let put = self.memo.put(*key, top);
                self.bounded(put.is_ok(), "its memo is too scattered")?;
            }
            Opcode::Memoize => {
                let top = self.stack.last().cloned().unwrap_or(Value::Other);
                let put = self.memo.memoize(top);
                self.bounded(put.is_ok(), "its memo is too scattered")?;
            }
            Opcode::Get(key) => {
                let value = self.memo.get(*key).unwrap_or_else(|| {
                    self.complain("it takes what it never put aside");
                    Value::Dropped
                });
                self.stack.push(value);
            }
            _ => {}
        }
        Ok(())
    }

    fn protocol(&mut self, protocol: u8) {
        if protocol > 5 {
            self.complain(format!("there is no pickle protocol {protocol}"));
        }
        self.walked.protocol = self.walked.protocol.max(Some(protocol));
    }

    /// Takes the top away, or the mark where that lies on top.
    fn discard(&mut self) {
        if self.marks.last() == Some(&self.stack.len()) {
            self.marks.pop();
        } else {
            self.pop();
        }
    }

    fn pop(&mut self) -> Value {
        let floor = self.marks.last().copied().unwrap_or_default();
        if self.stack.len() <= floor {
            self.complain("its stack holds too little");
            return Value::Other;
        }
        self.stack.pop().unwrap_or(Value::Other)
    }

    /// The top values, the lowest first.
    fn pop_many(&mut self, count: usize) -> Vec<Value> {
        let mut values: Vec<_> = (0..count).map(|_| self.pop()).collect();
        values.reverse();
        values
    }

    /// Everything above the last mark, which goes as well.
    fn above_mark(&mut self) -> Vec<Value> {
        let Some(mark) = self.marks.pop() else {
            self.complain("it has no mark where one is needed");
            return Vec::new();
        };
        self.stack.split_off(mark.min(self.stack.len()))
    }

    pub(super) fn complain(&mut self, what: impl Into<String>) {
        self.walked.complain(what, self.at);
    }

    /// Imports by the two lines of an opcode, which Python reads as UTF-8.
    fn global(&mut self, module: &[u8], name: &[u8]) -> Value {
        let module = String::from_utf8_lossy(module);
        let name = String::from_utf8_lossy(name);
        self.import(&module, &name)
    }

    fn import(&mut self, module: &str, name: &str) -> Value {
        let key = (module.to_owned(), name.to_owned());
        if let Some(number) = self.numbers.get(&key) {
            return Value::Global(*number);
        }
        let Some(number) = self.walked.import(module, name, self.at) else {
            return Value::Dropped;
        };
        self.numbers.insert(key, number);
        Value::Global(number)
    }

    fn stack_global(&mut self) -> Result<(), Failure> {
        let name = self.pop();
        let module = self.pop();
        let value = match (&module, &name) {
            (Value::Text(module), Value::Text(name)) => {
                match (self.text(module)?, self.text(name)?) {
                    (Some(module), Some(name)) => self.import(&module, &name),
                    _ => self.unresolved("the name is longer than any is"),
                }
            }
            (Value::Dropped, _) | (_, Value::Dropped) => {
                self.unresolved("the name was put aside beyond what is kept")
            }
            // `pickle.load` ends there, often at the pickle inside an array of objects, whose memo
            // is another
            _ if self.dialect == Dialect::Plain
                && (self.is_no_text(&module) || self.is_no_text(&name)) =>
            {
                return Err(Failure::malformed(
                    "an import has a name that is no text",
                    self.at,
                ));
            }
            _ => self.unresolved("the name is no text in the file"),
        };
        self.stack.push(value);
        Ok(())
    }

    /// Whether a value is something else than a text for certain.
    fn is_no_text(&self, value: &Value) -> bool {
        match value {
            Value::Tuple(_) | Value::Integer(_) | Value::Dictionary(_) => true,
            Value::Made(made) => {
                let class = made.class.and_then(|class| self.walked.named(class));
                class.is_some_and(|(_, name)| {
                    name.trim_start_matches('_').starts_with(char::is_uppercase)
                })
            }
            _ => false,
        }
    }

    /// A name that only loading would tell.
    pub(super) fn unresolved(&mut self, what: &str) -> Value {
        let what = what.to_owned();
        let kind = HazardKind::UnresolvedImport { what };
        self.walked.hazard(kind, self.at);
        Value::Other
    }

    /// A text of the source; nothing where it is too long for a name.
    pub(super) fn text(&mut self, place: &TextPlace) -> Result<Option<String>, Failure> {
        if place.length > LONGEST_NAME {
            return Ok(None);
        }
        let count = usize::try_from(place.length).unwrap_or_default();
        let bytes = self
            .stream
            .look_back(place.start, count)
            .map_err(|error| Failure::io(&error, place.start))?;
        Ok(Some(decode(&bytes, place.encoding)))
    }
}
