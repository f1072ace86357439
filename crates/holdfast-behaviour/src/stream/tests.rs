//! Parameters, and states that are saved and gone on from.

use proptest::prelude::*;

use super::*;

const KINDS: [DetectorKind; 4] = DetectorKind::ALL;

/// Small, so that little data makes detectors fire.
fn eager(kind: DetectorKind) -> Parameters {
    let set = |parameters: Parameters, parameter| parameters.with(parameter).unwrap();
    let parameters = Parameters::defaults(kind);
    match kind {
        DetectorKind::PageHinkley => set(parameters, Parameter::Threshold(2.0)),
        DetectorKind::Adwin => set(set(parameters, Parameter::Delta(0.3)), Parameter::Clock(3)),
        DetectorKind::Ddm | DetectorKind::Eddm => set(parameters, Parameter::Minimum(3)),
    }
}

fn state(monitor: Monitor) -> StreamState {
    StreamState {
        monitor,
        source: None,
    }
}

fn run(monitor: &mut Monitor, values: &[f64]) -> Vec<Signal> {
    values.iter().map(|value| monitor.push(*value)).collect()
}

fn any_values() -> impl Strategy<Value = Vec<f64>> {
    let value = prop_oneof![
        4 => 0.0..1.0_f64,
        2 => 3.0..5.0_f64,
        2 => (0_u8..2).prop_map(f64::from),
        1 => any::<f64>(),
    ];
    prop::collection::vec(value, 0..400)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_saved_state_goes_on_as_if_nothing_had_happened(
        values in any_values(),
        split in any::<prop::sample::Index>(),
        kind in prop::sample::select(KINDS.as_slice()),
    ) {
        let parameters = eager(kind);
        let (first, second) = values.split_at(split.index(values.len() + 1));
        let mut whole = Monitor::new(parameters).unwrap();
        let mut signals = run(&mut whole, first);
        signals.extend(run(&mut whole, second));

        let mut before = Monitor::new(parameters).unwrap();
        let mut parts = run(&mut before, first);
        let saved = state(before).write();
        let read = StreamState::read(&saved).unwrap();
        prop_assert_eq!(read.write(), saved);
        read.is_of(&parameters).unwrap();
        let mut after = read.monitor;
        parts.extend(run(&mut after, second));

        prop_assert_eq!(parts, signals);
        prop_assert_eq!(after.counts(), whole.counts());
        prop_assert_eq!(state(after).write(), state(whole).write());
    }

    #[test]
    fn no_text_makes_reading_a_state_panic(text in any::<String>()) {
        drop(StreamState::read(&text));
    }

    /// A changed byte is either found, or what was a space is one no more.
    #[test]
    fn damage_is_found(
        values in any_values(),
        place in any::<prop::sample::Index>(),
        byte in b' '..b'~',
        kind in prop::sample::select(KINDS.as_slice()),
    ) {
        let mut monitor = Monitor::new(eager(kind)).unwrap();
        run(&mut monitor, &values);
        let saved = state(monitor).write();
        let mut bytes = saved.clone().into_bytes();
        let place = place.index(bytes.len());
        bytes[place] = byte;
        if let Ok(text) = String::from_utf8(bytes)
            && let Ok(read) = StreamState::read(&text)
        {
            prop_assert_eq!(read.write(), saved);
        }
    }
}

#[test]
fn a_cut_state_is_damaged_and_says_what_to_do() {
    let saved = state(Monitor::new(eager(DetectorKind::Adwin)).unwrap()).write();
    for length in [0, 1, saved.len() / 2, saved.len() - 3] {
        let error = StreamState::read(saved.get(..length).unwrap()).unwrap_err();
        assert!(matches!(error, StateError::Damaged { .. }), "{error}");
        assert!(error.to_string().contains("delete it to begin anew"));
    }
}

#[test]
fn a_number_that_was_changed_is_damage() {
    let mut monitor = Monitor::new(eager(DetectorKind::PageHinkley)).unwrap();
    run(&mut monitor, &[0.5, 0.25]);
    let saved = state(monitor).write();
    let changed = saved.replace("\"values\": 2", "\"values\": 3");
    assert_ne!(saved, changed);
    let error = StreamState::read(&changed).unwrap_err();
    assert!(matches!(error, StateError::OtherDigest { .. }), "{error}");
}

#[test]
fn another_version_and_another_document_are_told_apart() {
    let saved = state(Monitor::new(eager(DetectorKind::Ddm)).unwrap()).write();
    let other = saved.replace("stream-state/1", "stream-state/2");
    let error = StreamState::read(&other).unwrap_err();
    assert!(matches!(error, StateError::OtherVersion { .. }), "{error}");
    for text in ["{}", "{\"schema\": \"holdfast/evaluation/1\"}"] {
        let error = StreamState::read(text).unwrap_err();
        assert!(matches!(error, StateError::NoState), "{error}");
    }
}

#[test]
fn a_window_that_cannot_be_is_refused() {
    let mut monitor = Monitor::new(eager(DetectorKind::Adwin)).unwrap();
    run(&mut monitor, &[0.5; 20]);
    let saved = state(monitor).write();
    for (from, to) in [
        ("\"width\":20", "\"width\":21"),
        ("\"waiting\":2", "\"waiting\":3"),
        ("\"buckets\":5", "\"buckets\":1"),
        ("\"clock\":3", "\"clock\":0"),
        ("\"detector\": \"adwin\"", "\"detector\": \"kswin\""),
        ("\"grace\":10", "\"grace\":10,\"x\":1"),
        ("\"last_signal\": \"none\"", "\"last_signal\": \"perhaps\""),
    ] {
        let changed = saved.replace(from, to);
        assert_ne!(saved, changed, "{from}");
        let error = StreamState::read(&changed).unwrap_err();
        assert!(matches!(error, StateError::Damaged { .. }), "{error}");
        assert!(!error.to_string().contains("digest"), "{error}");
    }
}

#[test]
fn other_parameters_are_refused_with_both() {
    let saved = state(Monitor::new(eager(DetectorKind::Adwin)).unwrap());
    let asked = Parameters::defaults(DetectorKind::Adwin);
    insta::assert_snapshot!(saved.is_of(&asked).unwrap_err(), @"the saved state was made with `--delta 0.3` `--clock 3`, not with `--delta 0.002` `--clock 32`: ask for what it was made with, or name another file");
    let asked = Parameters::defaults(DetectorKind::Ddm);
    insta::assert_snapshot!(saved.is_of(&asked).unwrap_err(), @"the saved state is of the detector `adwin`, not of `ddm`: ask for `--detector adwin`, or name another file");
}

#[test]
fn parameters_out_of_range_say_what_is_in_it() {
    for (kind, parameter) in [
        (DetectorKind::PageHinkley, Parameter::Threshold(f64::NAN)),
        (DetectorKind::PageHinkley, Parameter::Delta(-1.0)),
        (DetectorKind::PageHinkley, Parameter::Forgetting(0.0)),
        (DetectorKind::PageHinkley, Parameter::Minimum(0)),
        (DetectorKind::Adwin, Parameter::Delta(1.0)),
        (DetectorKind::Adwin, Parameter::Clock(0)),
        (DetectorKind::Adwin, Parameter::Buckets(1001)),
        (DetectorKind::Adwin, Parameter::MinimumWindow(0)),
        (DetectorKind::Ddm, Parameter::Drift(1.0)),
        (DetectorKind::Ddm, Parameter::Warning(f64::INFINITY)),
        (DetectorKind::Eddm, Parameter::Warning(1.5)),
        (DetectorKind::Eddm, Parameter::Drift(0.99)),
    ] {
        let parameters = Parameters::defaults(kind).with(parameter).unwrap();
        let error = Detector::new(parameters).unwrap_err();
        assert!(
            matches!(error, ParameterError::OutOfRange { .. }),
            "{error}"
        );
        assert!(error.to_string().contains("it has to be a "), "{error}");
    }
}

#[test]
fn a_parameter_of_another_detector_is_refused() {
    let error = Parameters::defaults(DetectorKind::Ddm).with(Parameter::Clock(1));
    insta::assert_snapshot!(error.unwrap_err(), @"`ddm` has no parameter `clock`: leave it out; it has `minimum`, `warning`, `drift`");
    for kind in KINDS {
        for parameter in Parameters::defaults(kind).values() {
            let parameters = Parameters::defaults(kind).with(parameter).unwrap();
            assert_eq!(parameters, Parameters::defaults(kind));
        }
    }
}

#[test]
fn a_detector_that_no_number_can_move_says_so() {
    for kind in [DetectorKind::PageHinkley, DetectorKind::Adwin] {
        let mut monitor = Monitor::new(Parameters::defaults(kind)).unwrap();
        run(&mut monitor, &[1.0, 2.0]);
        assert!(!monitor.detector().is_blind());
        run(&mut monitor, &[f64::MAX, -f64::MAX, f64::MAX]);
        assert!(monitor.detector().is_blind(), "{kind:?}");
    }
}

/// The bound that is told without division never hides a cut that the exact one would find.
#[test]
fn the_quick_bound_of_adwin_is_never_wrong() {
    let mut seed = 1_u64;
    let mut next = || {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(seed >> 32).unwrap()) / f64::from(u32::MAX)
    };
    for scale in [1e-160, 1e-20, 1.0, 1e20, 1e140] {
        for offset in [0.0, 1.0, 1e6, 1e12] {
            let mut window = adwin::Adwin::new(AdwinParameters::default());
            for place in 0..3000 {
                let shift = if place > 1500 { 0.05 } else { 0.0 };
                window.assert_bounds_agree();
                window.update(scale * (offset + shift + next()));
            }
        }
    }
}

#[test]
fn with_one_bucket_to_a_row_a_window_shrinks_to_nothing_and_grows_again() {
    let parameters = [
        Parameter::Buckets(1),
        Parameter::Delta(0.99),
        Parameter::Clock(1),
        Parameter::MinimumWindow(1),
        Parameter::Grace(0),
    ];
    let parameters = parameters
        .into_iter()
        .try_fold(Parameters::defaults(DetectorKind::Adwin), Parameters::with);
    let mut monitor = Monitor::new(parameters.unwrap()).unwrap();
    let values: Vec<f64> = (0..2000).map(|place| f64::from(place * place)).collect();
    run(&mut monitor, &values);
    assert!(monitor.counts().drifts > 0);
    let saved = state(monitor).write();
    assert_eq!(StreamState::read(&saved).unwrap().write(), saved);
}
