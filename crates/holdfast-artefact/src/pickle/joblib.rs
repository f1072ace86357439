//! Arrays as joblib writes them: their raw bytes inside the pickle's stream.
//!
//! After the `BUILD` of a `NumpyArrayWrapper` come, since joblib 1.2, a byte with the length of a
//! padding and that padding, and then the elements; of an array of objects, a pickle instead.

use super::machine::Machine;
use super::value::{ElementType, Key, Made, Value};
use super::walked::Failure;

/// Passes the array that follows the wrapper with this state.
pub(super) fn pass_array(machine: &mut Machine<'_, '_>, state: &Value) -> Result<(), Failure> {
    machine.walked.has_arrays = true;
    let at = machine.stream.position();
    let element = match state.entry(Key::ElementType) {
        Some(Value::Made(made)) => made.element.get(),
        _ => None,
    };
    let (Some(element), Some(shape)) = (element, shape(state)) else {
        return Err(Failure::malformed(
            "the size of an array cannot be told",
            at,
        ));
    };
    if element.objects {
        return machine.nested();
    }
    let passed = (|| {
        if let Some(Value::Integer(_)) = state.entry(Key::Alignment) {
            let padding = machine.stream.byte()?;
            machine.stream.skip(u64::from(padding))?;
        }
        let size = shape
            .iter()
            .fold(element.size, |size, length| size.saturating_mul(*length));
        machine.stream.skip(size)
    })();
    passed.map_err(|error| Failure::io(&error, at))
}

fn shape(state: &Value) -> Option<Vec<u64>> {
    state
        .entry(Key::Shape)?
        .values()?
        .iter()
        .map(|value| match value {
            Value::Integer(length) => u64::try_from(*length).ok(),
            _ => None,
        })
        .collect()
}

/// What `numpy.dtype(…)` answers: its first argument says what the elements are.
pub(super) fn element_type(machine: &mut Machine<'_, '_>, class: u32, arguments: &Value) -> Value {
    let name = match arguments.values().and_then(|values| values.first()) {
        Some(Value::Text(place)) => machine.text(place).ok().flatten(),
        _ => None,
    };
    let made = Made {
        class: Some(class),
        ..Made::default()
    };
    made.element.set(name.as_deref().and_then(named_element));
    Value::Made(made.into())
}

/// The element type of a name such as `f8` or `<U10`.
fn named_element(name: &str) -> Option<ElementType> {
    let name = name.trim_start_matches(['<', '>', '=', '|']);
    let (kind, count) = name.split_at_checked(1)?;
    let count: u64 = if count.is_empty() {
        0
    } else {
        // dates have their unit behind: `M8[ns]`
        count.split('[').next()?.parse().ok()?
    };
    let (size, objects) = match kind {
        "U" => (count.saturating_mul(4), false),
        "O" => (8, true),
        "?" => (1, false),
        _ => (count, false),
    };
    Some(ElementType { size, objects })
}

/// The state of a `dtype`: of a structured one, size and fields.
///
/// `(version, order, subtype, names, fields, size, alignment, …)`, where the size is -1 unless the
/// type is structured or has a flexible size.
pub(super) fn refine(made: &Made, state: &Value) {
    let (Some(mut element), Some(state)) = (made.element.get(), state.values()) else {
        return;
    };
    if let Some(Value::Integer(size)) = state.get(5)
        && let Ok(size) = u64::try_from(*size)
        && size > 0
    {
        element.size = size;
    }
    if let Some(Value::Dictionary(fields)) = state.get(4) {
        let of_objects = fields.entries.borrow().iter().any(|(_, field)| {
            let first = field.values().and_then(|values| values.first());
            matches!(first, Some(Value::Made(field)) if field.element.get().is_some_and(|element| element.objects))
        });
        element.objects |= of_objects;
    }
    if let Some(Value::Tuple(subtype)) = state.get(2)
        && let Some(Value::Made(base)) = subtype.values.first()
    {
        element.objects |= base.element.get().is_some_and(|element| element.objects);
    }
    made.element.set(Some(element));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_of_elements() {
        let size = |name| named_element(name).map(|element| (element.size, element.objects));
        assert_eq!(size("f8"), Some((8, false)));
        assert_eq!(size("<U10"), Some((40, false)));
        assert_eq!(size("S3"), Some((3, false)));
        assert_eq!(size("M8[ns]"), Some((8, false)));
        assert_eq!(size("O8"), Some((8, true)));
        assert_eq!(size("b1"), Some((1, false)));
        assert_eq!(size("é"), None);
        assert_eq!(size(""), None);
    }
}
