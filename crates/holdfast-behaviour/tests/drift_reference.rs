//! The statistics of drift beside scipy's: `drift-reference.json` was written by
//! `cargo xtask drift-reference`, and a second file of the kind lies in the shared material.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "in tests, helpers included, a panic is the way to fail"
)]

use holdfast_behaviour::drift::{
    Continuity, KsMethod, Sorted, chi_square, chi_square_survival, corrected,
    jensen_shannon_distance, kolmogorov_survival, ks_two_sample, wasserstein,
};
use holdfast_model::Correction;
use serde_json::Value;

const REFERENCE: &str = include_str!("drift-reference.json");

#[test]
fn kolmogorov_smirnov_and_wasserstein_are_scipys() {
    let reference = reference();
    let mut wrong = Wrong::default();
    for case in list(&reference["kolmogorov_smirnov"]) {
        let (one, other) = (sample(&case["reference"]), sample(&case["current"]));
        let methods = [
            ("auto", KsMethod::Auto),
            ("exact", KsMethod::Exact),
            ("asymp", KsMethod::Asymptotic),
        ];
        for (name, method) in methods {
            let Some(expected) = case.get(name) else {
                continue;
            };
            let found = ks_two_sample(&one, &other, method).unwrap();
            let about = format!("{} {} {name}", case["reference"], case["current"]);
            wrong.statistic(&about, found.statistic, number(&expected["d"]));
            // scipy has none for one value beside one
            if let Some(p) = expected["p"].as_f64() {
                wrong.p_value(&about, found.p_value, p);
            }
        }
        if let Some(expected) = case.get("wasserstein") {
            let about = format!("{} {} W", case["reference"], case["current"]);
            wrong.statistic(&about, wasserstein(&one, &other).unwrap(), number(expected));
        }
    }
    wrong.none();
}

#[test]
fn the_distribution_of_kolmogorov_is_scipys_on_both_sides_of_every_limit() {
    let reference = reference();
    let mut wrong = Wrong::default();
    for case in list(&reference["kolmogorov"]) {
        let (n, x) = (case[0].as_u64().unwrap(), number(&case[1]));
        wrong.p_value(
            &case.to_string(),
            kolmogorov_survival(n, x),
            number(&case[2]),
        );
    }
    wrong.none();
}

#[test]
fn the_chi_square_distribution_is_scipys() {
    let reference = reference();
    let mut wrong = Wrong::default();
    for case in list(&reference["chi_square"]["survival"]) {
        let degrees = usize::try_from(case[1].as_u64().unwrap()).unwrap();
        let found = chi_square_survival(number(&case[0]), degrees);
        wrong.p_value(&case.to_string(), found, number(&case[2]));
    }
    wrong.none();
}

#[test]
fn chi_square_cramers_v_and_jensen_shannon_are_scipys() {
    let reference = reference();
    let mut wrong = Wrong::default();
    for case in list(&reference["chi_square"]["tables"]) {
        let table = table(&case["table"]);
        let rows: Vec<&[u64]> = table.iter().map(Vec::as_slice).collect();
        let about = case["table"].to_string();
        let continuities = [
            ("yates", Continuity::Yates),
            ("uncorrected", Continuity::Uncorrected),
        ];
        for (name, continuity) in continuities {
            let found = chi_square(&rows, continuity).unwrap();
            assert_eq!(found.degrees as u64, case["degrees"].as_u64().unwrap());
            wrong.relative(&about, found.statistic, number(&case[name]["chi2"]));
            wrong.p_value(&about, found.p_value, number(&case[name]["p"]));
            wrong.statistic(&about, found.cramers_v, number(&case["cramer"]));
        }
        let distance = jensen_shannon_distance(&table[0], &table[1]).unwrap();
        wrong.statistic(&about, distance, number(&case["jensen_shannon"]));
    }
    wrong.none();
}

#[test]
fn corrections_are_those_of_scipy_and_statsmodels() {
    let reference = reference();
    let mut wrong = Wrong::default();
    for case in list(&reference["corrections"]) {
        let p: Vec<f64> = list(&case["p"]).iter().map(number).collect();
        let corrections = [
            ("benjamini-hochberg", Correction::BenjaminiHochberg),
            ("holm", Correction::Holm),
            ("bonferroni", Correction::Bonferroni),
        ];
        for (name, correction) in corrections {
            let expected = list(&case[name]).iter().map(number);
            for (found, expected) in corrected(&p, correction).into_iter().zip(expected) {
                wrong.statistic(name, found, expected);
            }
        }
    }
    wrong.none();
}

#[test]
fn the_shared_reference_values_are_ours() {
    let Some(path) = testkit::shared("data/drift-reference.json") else {
        return;
    };
    let reference: Value = serde_json::from_str(&fs_err::read_to_string(path).unwrap()).unwrap();
    let mut wrong = Wrong::default();
    for case in list(&reference["ks_2samp"]) {
        if case.get("ties").is_some() {
            let ten: Vec<f64> = lcg(11, 100).map(|u| (u * 10.0).round_ties_even()).collect();
            let nine: Vec<f64> = lcg(12, 120).map(|u| (u * 9.0).round_ties_even()).collect();
            let (ten, nine) = (Sorted::new(&ten), Sorted::new(&nine));
            let found = ks_two_sample(&ten, &nine, KsMethod::Asymptotic).unwrap();
            wrong.statistic("ties", found.statistic, number(&case["D"]));
            wrong.p_value("ties", found.p_value, number(&case["p_asymp"]));
            continue;
        }
        let size = |key: &str| usize::try_from(case[key].as_u64().unwrap()).unwrap();
        let shift = number(&case["shift"]);
        let one: Vec<f64> = lcg(case["seed1"].as_u64().unwrap(), size("n1")).collect();
        let other = lcg(case["seed2"].as_u64().unwrap(), size("n2"));
        let other: Vec<f64> = other.map(|u| u + shift).collect();
        let (one, other) = (Sorted::new(&one), Sorted::new(&other));
        let methods = [
            ("asymp", KsMethod::Asymptotic),
            ("exact", KsMethod::Exact),
            ("auto", KsMethod::Auto),
        ];
        for (name, method) in methods {
            if let Some(expected) = case.get(name) {
                let found = ks_two_sample(&one, &other, method).unwrap();
                wrong.statistic(&case.to_string(), found.statistic, number(&expected["D"]));
                wrong.p_value(&case.to_string(), found.p_value, number(&expected["p"]));
            }
        }
    }
    for case in list(&reference["chi2_contingency"]) {
        let table = table(&case["table"]);
        let rows: Vec<&[u64]> = table.iter().map(Vec::as_slice).collect();
        let continuity = if case["correction"].as_bool().unwrap() {
            Continuity::Yates
        } else {
            Continuity::Uncorrected
        };
        let found = chi_square(&rows, continuity).unwrap();
        assert_eq!(found.degrees as u64, case["dof"].as_u64().unwrap());
        wrong.statistic(&case.to_string(), found.statistic, number(&case["chi2"]));
        wrong.p_value(&case.to_string(), found.p_value, number(&case["p"]));
    }
    wrong.none();
}

/// Values that are not what they should be.
#[derive(Default)]
struct Wrong(Vec<String>, usize);

impl Wrong {
    /// Equal to 10⁻¹².
    fn statistic(&mut self, about: &str, found: f64, expected: f64) {
        self.note(about, found, expected, (found - expected).abs() <= 1e-12);
    }

    /// Equal to 10⁻¹² of it.
    fn relative(&mut self, about: &str, found: f64, expected: f64) {
        let right = (found - expected).abs() <= 1e-12 * expected.abs().max(1.0);
        self.note(about, found, expected, right);
    }

    /// Equal to 10⁻⁹, and to 10⁻⁹ of it.
    fn p_value(&mut self, about: &str, found: f64, expected: f64) {
        let apart = (found - expected).abs();
        let right = apart <= 1e-9 * expected || (expected < 1e-307 && found < 1e-307);
        self.note(about, found, expected, right);
    }

    fn note(&mut self, about: &str, found: f64, expected: f64, right: bool) {
        self.1 += 1;
        if !right {
            self.0
                .push(format!("{found:e} for {expected:e}: {about:.200}"));
        }
    }

    fn none(self) {
        assert!(self.1 > 0, "nothing was compared");
        assert!(
            self.0.is_empty(),
            "{} of {}:\n{}",
            self.0.len(),
            self.1,
            self.0.join("\n")
        );
    }
}

fn reference() -> Value {
    serde_json::from_str(REFERENCE).unwrap()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn table(value: &Value) -> Vec<Vec<u64>> {
    let row = |row: &Value| {
        list(row)
            .iter()
            .map(|cell| cell.as_u64().unwrap())
            .collect()
    };
    list(value).iter().map(row).collect()
}

/// The generator of the reference values.
fn lcg(seed: u64, count: usize) -> impl Iterator<Item = f64> {
    let mut state = seed;
    (0..count).map(move |_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        #[expect(clippy::cast_precision_loss, reason = "53 bits")]
        return (state >> 11) as f64 / 9_007_199_254_740_992.0;
    })
}

/// A sample as `write.py` makes it.
fn sample(described: &Value) -> Sorted {
    let shape: fn(f64) -> f64 = match described[0].as_str().unwrap() {
        "plain" => |u| u,
        "near" => |u| u * 0.99,
        "moved" => |u| u + 0.05,
        "far" => |u| u + 0.5,
        "apart" => |u| u + 2.0,
        "wide" => |u| (u - 0.5) * 3.0,
        "peaked" => |u| (u - 0.5) * (u - 0.5) * (u - 0.5) * 8.0,
        "whole" => |u| (u * 10.0).trunc(),
        "fewer" => |u| (u * 9.0).trunc(),
        "binary" => |u| if u < 0.3 { 1.0 } else { 0.0 },
        "infinite" => |u| match u {
            u if u < 0.05 => f64::NEG_INFINITY,
            u if u > 0.9 => f64::INFINITY,
            u => u,
        },
        other => panic!("no shape {other}"),
    };
    let size = usize::try_from(described[2].as_u64().unwrap()).unwrap();
    let values = lcg(described[1].as_u64().unwrap(), size).map(shape);
    Sorted::new(&values.collect::<Vec<_>>())
}
