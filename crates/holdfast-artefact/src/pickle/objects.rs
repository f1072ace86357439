//! What comes of calls, states and items while a pickle is followed, as far as it matters.

use holdfast_model::{HazardKind, ImportUsage};

use super::machine::{Dialect, Machine};
use super::value::{Made, Value};
use super::walked::Failure;
use super::{joblib, torch};

impl Machine<'_, '_> {
    /// Calls `callable`, or makes an object of it, and puts what comes of it on the stack.
    pub(super) fn call(&mut self, callable: &Value, usage: ImportUsage, arguments: &Value) {
        let made = match callable {
            Value::Global(number) => {
                self.walked.uses(*number, usage);
                self.called(*number, arguments)
            }
            Value::Made(made) if usage == ImportUsage::Called => {
                let whose = self.walked.name_of(made.class);
                let what = format!("it calls what {whose} answered");
                self.walked
                    .hazard(HazardKind::UnresolvedImport { what }, self.at);
                Value::Other
            }
            Value::Dropped => self.unresolved("what is called was put aside beyond what is kept"),
            _ => {
                self.complain("it calls what cannot be called");
                Value::Other
            }
        };
        self.stack.push(made);
    }

    /// What a call of an import answers, as far as it matters.
    fn called(&mut self, number: u32, arguments: &Value) -> Value {
        let Some((module, name)) = self.walked.named(number) else {
            return Value::Other;
        };
        match (module, name) {
            ("copyreg" | "copy_reg", "_reconstructor" | "__newobj__" | "__newobj_ex__") => {
                let class = arguments.values().and_then(|values| values.first());
                let class = match class {
                    Some(Value::Global(class)) => *class,
                    _ => number,
                };
                self.walked.uses(class, ImportUsage::Instantiated);
                made(class)
            }
            ("torch._utils", name) if name.starts_with("_rebuild") => {
                torch::rebuilt(number, arguments)
            }
            ("torch.storage", "_load_from_bytes") => {
                let bytes = arguments.values().and_then(|values| values.first());
                let is_kept = match bytes {
                    Some(Value::Bytes { start, length }) => self.walked.unpickles(*start, *length),
                    _ => false,
                };
                if !is_kept {
                    self.unresolved("it unpickles bytes that only loading it would tell");
                }
                made(number)
            }
            // these call their first argument, or let it be called by whoever asks for a key
            ("torch._tensor", "_rebuild_from_type_v2") | ("collections", "defaultdict") => {
                match arguments.values().and_then(|values| values.first()) {
                    Some(Value::Global(called)) => self.walked.uses(*called, ImportUsage::Called),
                    Some(Value::Made(_) | Value::Dropped) => {
                        self.unresolved(
                            "it hands on something to be called that only loading it would tell",
                        );
                    }
                    _ => {}
                }
                made(number)
            }
            // how protocols below 5 write a `bytearray`
            ("builtins" | "__builtin__", "bytearray") => match arguments.values() {
                Some([bytes @ Value::Bytes { .. }]) => bytes.clone(),
                _ => made(number),
            },
            ("numpy", "dtype") => joblib::element_type(self, number, arguments),
            _ => made(number),
        }
    }

    /// Sets the state of what is on top.
    pub(super) fn build(&mut self, state: &Value) -> Result<(), Failure> {
        let Some(top) = self.stack.last().cloned() else {
            self.complain("its stack holds too little");
            return Ok(());
        };
        match top {
            Value::Global(number) => {
                self.walked.uses(number, ImportUsage::Called);
                let what = format!(
                    "it sets attributes of {}",
                    self.walked.name_of(Some(number))
                );
                self.walked.hazard(HazardKind::Alteration { what }, self.at);
            }
            Value::Made(object) => {
                joblib::refine(&object, state);
                if self.dialect == Dialect::Joblib && self.is_array_wrapper(&object) {
                    joblib::pass_array(self, state)?;
                } else if self.is_array_wrapper(&object) {
                    self.walked.has_arrays = true;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn is_array_wrapper(&self, object: &Made) -> bool {
        let class = object.class.and_then(|class| self.walked.named(class));
        class.is_some_and(|(module, name)| {
            name == "NumpyArrayWrapper" && module.ends_with("joblib.numpy_pickle")
        })
    }

    /// Follows the pickle that begins here, within this one.
    pub(super) fn nested(&mut self) -> Result<(), Failure> {
        Machine::new(self.stream, self.walked, self.dialect, self.depth + 1).run()
    }

    /// Puts items into what is on top.
    pub(super) fn set_items_of_top(&mut self, items: Vec<Value>) {
        let Some(top) = self.stack.last().cloned() else {
            self.complain("its stack holds too little");
            return;
        };
        if let Value::Global(number) = top {
            self.walked.uses(number, ImportUsage::Called);
            let what = format!("it sets items of {}", self.walked.name_of(Some(number)));
            self.walked.hazard(HazardKind::Alteration { what }, self.at);
        }
        self.set_items(&top, items);
    }

    /// Keys and values, one after the other, come into a container.
    pub(super) fn set_items(&mut self, container: &Value, items: Vec<Value>) {
        let mut items = items.into_iter();
        while let (Some(key), Some(value)) = (items.next(), items.next()) {
            match (&key, &value) {
                (Value::Text(text), _) if text.key.is_some() => {
                    self.walked.keyed(text.key, &value);
                    container.set(key, value);
                }
                // the fields of a structured `dtype` are known by their values
                (Value::Text(name), Value::Made(made)) if made.tensor.is_some() => {
                    self.walked.tensor(Some(*name), made);
                }
                (Value::Text(_), Value::Tuple(_)) => container.set(key, value),
                _ => {}
            }
        }
    }
}

fn made(class: u32) -> Value {
    Value::Made(
        Made {
            class: Some(class),
            ..Made::default()
        }
        .into(),
    )
}
