//! Tensors of torch, as its pickles describe them: their bytes lie elsewhere.

use super::value::{Made, TensorFacts, Value};

/// What a persistent id stands for: `('storage', class, key, place, count)` is a storage, and
/// `('module', class, file, source)` of files before 1.6 the class.
pub(super) fn persistent(id: &Value) -> Value {
    match id.values() {
        Some(
            [
                Value::Text(_),
                Value::Global(class),
                Value::Text(_),
                Value::Text(_),
            ],
        ) => Value::Global(*class),
        Some([Value::Text(_), Value::Global(storage), ..]) => made(None, *storage, None),
        _ => Value::Other,
    }
}

/// What `torch._utils._rebuild_tensor_v2(storage, offset, size, …)` and its kin answer.
pub(super) fn rebuilt(class: u32, arguments: &Value) -> Value {
    let arguments = arguments.values().unwrap_or_default();
    let first = match arguments.first() {
        Some(Value::Made(made)) => made.tensor.clone(),
        _ => None,
    };
    let shape = arguments.get(2).and_then(Value::values).map(|lengths| {
        let lengths = lengths.iter().map(|length| match length {
            Value::Integer(length) => u64::try_from(*length).unwrap_or_default(),
            _ => 0,
        });
        lengths.collect::<Vec<_>>()
    });
    match first {
        // `_rebuild_parameter(tensor, …)`
        Some(TensorFacts {
            storage,
            shape: Some(shape),
        }) => made(Some(class), storage, Some(shape)),
        Some(TensorFacts {
            storage,
            shape: None,
        }) => made(Some(class), storage, shape),
        None => Value::Made(
            Made {
                class: Some(class),
                ..Made::default()
            }
            .into(),
        ),
    }
}

fn made(class: Option<u32>, storage: u32, shape: Option<Vec<u64>>) -> Value {
    Value::Made(
        Made {
            class,
            tensor: Some(TensorFacts { storage, shape }),
            ..Made::default()
        }
        .into(),
    )
}

/// The bytes of an element of a storage class; nothing where it is not known.
pub(super) fn element_size(storage: &str) -> Option<u64> {
    Some(match storage {
        "ComplexDoubleStorage" => 16,
        "DoubleStorage" | "LongStorage" | "ComplexFloatStorage" => 8,
        "FloatStorage" | "IntStorage" | "QInt32Storage" => 4,
        "HalfStorage" | "BFloat16Storage" | "ShortStorage" => 2,
        "ByteStorage" | "CharStorage" | "BoolStorage" | "UntypedStorage" | "QInt8Storage"
        | "QUInt8Storage" => 1,
        _ => return None,
    })
}
