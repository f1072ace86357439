//! The detectors beside river's, at the same parameters over the same streams: the same signals at
//! the same places, and the same numbers to the bit.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "in tests, helpers included, a panic is the way to fail"
)]

use holdfast_behaviour::Value;
use holdfast_behaviour::stream::{
    Detector, DetectorKind, Direction, Monitor, Parameter, Parameters, Signal, StreamState,
};

const REFERENCE: &str = include_str!("stream-reference.json");

fn get<'v>(value: &'v Value, key: &str) -> &'v Value {
    value.get(key).unwrap_or_else(|| panic!("no `{key}`"))
}

fn number(value: &Value, key: &str) -> f64 {
    get(value, key).number().unwrap()
}

fn whole(value: &Value) -> u64 {
    let Value::Integer(whole) = value else {
        panic!("{value} is no whole number")
    };
    u64::try_from(*whole).unwrap()
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    let Value::Text(text) = get(value, key) else {
        panic!("`{key}` is no text")
    };
    text
}

fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    let Value::List(list) = get(value, key) else {
        panic!("`{key}` is no list")
    };
    list
}

/// The numbers in 0 to 1 of a linear congruential generator; the first is after one step.
struct Uniform(u64);

impl Uniform {
    #[expect(clippy::cast_precision_loss, reason = "53 bits are left")]
    fn next(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / 2_f64.powi(53)
    }
}

fn values(segments: &[Value]) -> Vec<f64> {
    let mut values = Vec::new();
    for segment in segments {
        let (shift, scale) = (number(segment, "shift"), number(segment, "scale"));
        let mut uniform = Uniform(segment.get("seed").map_or(0, whole));
        for place in 0..whole(get(segment, "count")) {
            let value = match text(segment, "kind") {
                "uniform" => uniform.next(),
                "bits" if uniform.next() < number(segment, "rate") => 1.0,
                "alternating" if place % 2 == 1 => 1.0,
                "constant" => 1.0,
                _ => 0.0,
            };
            values.push(shift + scale * value);
        }
    }
    values
}

fn parameters(case: &Value) -> Parameters {
    let kind = kind(text(case, "detector"));
    let Value::Map(entries) = get(case, "parameters") else {
        panic!("no parameters")
    };
    let mut parameters = Parameters::defaults(kind);
    for (name, value) in entries {
        let float = || value.number().unwrap();
        let parameter = match name.as_str() {
            "delta" => Parameter::Delta(float()),
            "threshold" => Parameter::Threshold(float()),
            "forgetting" => Parameter::Forgetting(float()),
            "warning" => Parameter::Warning(float()),
            "drift" => Parameter::Drift(float()),
            "minimum" => Parameter::Minimum(whole(value)),
            "clock" => Parameter::Clock(whole(value)),
            "buckets" => Parameter::Buckets(whole(value)),
            "minimum-window" => Parameter::MinimumWindow(whole(value)),
            "grace" => Parameter::Grace(whole(value)),
            "direction" if *value == Value::Text("up".to_owned()) => {
                Parameter::Direction(Direction::Up)
            }
            "direction" => Parameter::Direction(Direction::Down),
            other => panic!("an unknown parameter: {other}"),
        };
        parameters = parameters.with(parameter).unwrap();
    }
    parameters
}

fn kind(name: &str) -> DetectorKind {
    let known = DetectorKind::ALL
        .into_iter()
        .find(|kind| kind.as_str() == name);
    known.unwrap()
}

/// Whether indices are those that are written: their number, their first stretches, and a sum over
/// all in their order.
#[track_caller]
fn assert_indices(indices: &[usize], written: &Value, what: &str) {
    let mut check = 0_u64;
    let mut stretches: Vec<(usize, usize)> = Vec::new();
    for index in indices {
        check = check
            .wrapping_mul(31)
            .wrapping_add(u64::try_from(*index).unwrap() + 1);
        match stretches.last_mut() {
            Some((first, count)) if *first + *count == *index => *count += 1,
            Some(_) | None => stretches.push((*index, 1)),
        }
    }
    let first: Vec<String> = stretches
        .iter()
        .take(list(written, "first").len())
        .map(|(first, count)| format!("[{first},{count}]"))
        .collect();
    let first = format!("[{}]", first.join(","));
    assert_eq!(first, get(written, "first").to_string(), "{what}");
    assert_eq!(
        u64::try_from(indices.len()).unwrap(),
        whole(get(written, "count")),
        "{what}"
    );
    assert_eq!(check.to_string(), text(written, "check"), "{what}");
}

#[test]
fn every_signal_is_at_the_place_of_rivers() {
    let reference = Value::parse(REFERENCE).unwrap();
    let streams = get(&reference, "streams");
    let cases = list(&reference, "cases");
    assert!(cases.len() > 200, "only {} cases", cases.len());
    for case in cases {
        let parameters = parameters(case);
        let sort = if parameters.kind().takes_bits() {
            "bits"
        } else {
            "numbers"
        };
        let stream = format!("{sort} {}", text(case, "stream"));
        let what = format!("{parameters:?} over {stream}");
        let mut monitor = Monitor::new(parameters).unwrap();
        let (mut drifts, mut warnings) = (Vec::new(), Vec::new());
        for (index, value) in values(list(streams, &stream)).into_iter().enumerate() {
            monitor.push(value);
            match monitor.detector().last() {
                Signal::None => {}
                Signal::Warning => warnings.push(index),
                Signal::Drift => drifts.push(index),
            }
        }
        assert_indices(&drifts, get(case, "drifts"), &format!("drifts of {what}"));
        assert_indices(
            &warnings,
            get(case, "warnings"),
            &format!("warnings of {what}"),
        );
        let state = StreamState {
            monitor,
            source: None,
        };
        let state = Value::parse(&state.write()).unwrap();
        let Value::Map(ended) = get(case, "ended") else {
            panic!("no end")
        };
        for (name, number) in ended {
            assert_eq!(get(get(&state, "memory"), name), number, "{name} of {what}");
        }
    }
}

/// Streams in the words of the reference: `0.3*u for u in lcg(42,1000)`, `u<0.1 for u in lcg(44,1000)`.
#[test]
fn the_given_reference_values_are_met() {
    let Some(given) = testkit::shared("data/drift-reference.json") else {
        return;
    };
    let given = Value::parse(&fs_err::read_to_string(given).unwrap()).unwrap();
    let mut stream: Vec<f64> = uniform(42, 1000).iter().map(|u| 0.3 * u).collect();
    stream.extend(uniform(43, 1000).iter().map(|u| 0.3 * u + 0.5));
    let mut bits: Vec<f64> = uniform(44, 1000).iter().map(|u| bit(*u < 0.1)).collect();
    bits.extend(uniform(45, 1000).iter().map(|u| bit(*u < 0.45)));
    let defaults = Parameters::defaults;
    let up = defaults(DetectorKind::PageHinkley)
        .with(Parameter::Threshold(5.0))
        .and_then(|parameters| parameters.with(Parameter::Direction(Direction::Up)));
    let quick = defaults(DetectorKind::Adwin)
        .with(Parameter::Delta(0.05))
        .and_then(|parameters| parameters.with(Parameter::Clock(1)));
    for (name, parameters) in [
        ("PageHinkley_default", defaults(DetectorKind::PageHinkley)),
        ("PageHinkley_up_t5", up.unwrap()),
        ("ADWIN_default", defaults(DetectorKind::Adwin)),
        ("ADWIN_delta0.05_clock1", quick.unwrap()),
    ] {
        let (drifts, _) = signals(parameters, &stream);
        assert_eq!(drifts, indices(get(&given, name)), "{name}");
    }
    for (name, kind) in [
        ("DDM_default", DetectorKind::Ddm),
        ("EDDM_default", DetectorKind::Eddm),
    ] {
        let (drifts, warnings) = signals(defaults(kind), &bits);
        let given = get(&given, name);
        assert_eq!(drifts, indices(get(given, "drift")), "{name}");
        let first = indices(get(given, "warning_first3"));
        assert_eq!(warnings.get(..3), Some(first.as_slice()), "{name}");
        // river's EDDM leaves a warning standing at the drift that ends it, and it was counted there
        let both = drifts
            .iter()
            .filter(|drift| warnings.contains(&(**drift - 1)))
            .filter(|_| kind == DetectorKind::Eddm)
            .count();
        let count = whole(get(given, "warning_n"));
        let ours = u64::try_from(warnings.len() + both).unwrap();
        assert_eq!(ours, count, "{name}");
    }
}

fn uniform(seed: u64, count: usize) -> Vec<f64> {
    let mut uniform = Uniform(seed);
    (0..count).map(|_| uniform.next()).collect()
}

fn bit(is_set: bool) -> f64 {
    f64::from(u8::from(is_set))
}

fn indices(value: &Value) -> Vec<usize> {
    let Value::List(list) = value else {
        panic!("no list")
    };
    list.iter()
        .map(|index| usize::try_from(whole(index)).unwrap())
        .collect()
}

fn signals(parameters: Parameters, values: &[f64]) -> (Vec<usize>, Vec<usize>) {
    let mut detector = Detector::new(parameters).unwrap();
    let (mut drifts, mut warnings) = (Vec::new(), Vec::new());
    for (index, value) in values.iter().enumerate() {
        match detector.update(*value) {
            Signal::None => {}
            Signal::Warning => warnings.push(index),
            Signal::Drift => drifts.push(index),
        }
    }
    (drifts, warnings)
}
