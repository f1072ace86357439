//! From when on data has drifted.

use holdfast_model::{Correction, DriftTestKind};
use holdfast_rules::{DriftPolicy, EffectSizes};

use super::super::shown::shown;
use super::super::suggest::did_you_mean;
use super::super::unvalidated::{UnvalidatedDrift, UnvalidatedEffectSizes, Written};
use super::super::values::Wrong;
use super::errors::Errors;

/// The corrections by the names that people write.
const CORRECTIONS: [(&str, Correction); 4] = [
    ("benjamini-hochberg", Correction::BenjaminiHochberg),
    ("holm", Correction::Holm),
    ("bonferroni", Correction::Bonferroni),
    ("none", Correction::None),
];

pub(super) fn drift(unvalidated: UnvalidatedDrift, errors: &mut Errors) -> DriftPolicy {
    let defaults = DriftPolicy::default();
    let significance = unvalidated
        .significance
        .and_then(|written| errors.check_written(written, |value| significance(*value)));
    let correction = unvalidated
        .correction
        .and_then(|written| errors.check_written(written, |text| correction(text)));
    DriftPolicy {
        significance: significance.map_or(defaults.significance, |written| written.value),
        correction: correction.map_or(defaults.correction, |written| written.value),
        effect_sizes: effect_sizes(unvalidated.effect_sizes, errors),
        columns: unvalidated
            .columns
            .into_iter()
            .map(|(name, sizes)| (name.value, effect_sizes(sizes, errors)))
            .collect(),
        ignored: names(unvalidated.ignored),
        categorical: names(unvalidated.categorical),
    }
}

fn significance(value: f64) -> Result<f64, Wrong> {
    if value > 0.0 && value < 1.0 {
        return Ok(value);
    }
    Err(Wrong::new(
        format!("`significance` must be between 0 and 1, and this is {value}"),
        "write a chance such as `0.05` or `0.01`",
    ))
}

fn correction(text: &str) -> Result<Correction, Wrong> {
    let known = CORRECTIONS.iter().find(|(name, _)| *name == text);
    known.map(|(_, correction)| *correction).ok_or_else(|| {
        Wrong::new(
            format!("`correction` cannot be `{}`", shown(text)),
            did_you_mean(text, CORRECTIONS.iter().map(|(name, _)| *name)),
        )
    })
}

fn effect_sizes(unvalidated: UnvalidatedEffectSizes, errors: &mut Errors) -> EffectSizes {
    let written = [
        (
            DriftTestKind::KolmogorovSmirnov,
            unvalidated.kolmogorov_smirnov,
        ),
        (DriftTestKind::ChiSquare, unvalidated.chi_square),
        (
            DriftTestKind::PopulationStabilityIndex,
            unvalidated.population_stability_index,
        ),
        (DriftTestKind::JensenShannon, unvalidated.jensen_shannon),
        (DriftTestKind::Wasserstein, unvalidated.wasserstein),
    ];
    let mut sizes = EffectSizes::default();
    for (test, size) in written {
        let size =
            size.and_then(|size| errors.check_written(size, |size| effect_size(test, *size)));
        if let Some(size) = size {
            sizes.set(test, size.value);
        }
    }
    sizes
}

fn effect_size(test: DriftTestKind, size: f64) -> Result<f64, Wrong> {
    let reaches_one_at_most = match test {
        DriftTestKind::KolmogorovSmirnov
        | DriftTestKind::ChiSquare
        | DriftTestKind::JensenShannon => true,
        DriftTestKind::PopulationStabilityIndex | DriftTestKind::Wasserstein => false,
    };
    if size > 0.0 && (size <= 1.0 || !reaches_one_at_most || size.is_infinite()) {
        return Ok(size);
    }
    let range = if reaches_one_at_most {
        "above 0 and at most 1"
    } else {
        "above 0"
    };
    Err(Wrong::new(
        format!("`{}` must be {range}, and this is {size}", test.as_str()),
        "write an effect size such as `0.1`, or `inf` to turn the test off",
    ))
}

fn names(list: Vec<Written<String>>) -> Vec<String> {
    list.into_iter().map(|name| name.value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::told;
    use crate::config::{Config, ConfigFile};

    fn parse(text: &str) -> Result<DriftPolicy, Vec<String>> {
        Config::parse(text, "holdfast.toml", ConfigFile::Holdfast)
            .map(|config| config.unwrap().policy.drift)
            .map_err(|errors| told(&errors))
    }

    #[test]
    fn limits_are_those_of_a_column_then_of_all_then_the_default() {
        let policy = parse(
            "[drift]\nsignificance = 0.01\ncorrection = \"holm\"\nignored = [\"id\"]\n\
             [drift.effect-sizes]\nkolmogorov-smirnov = 0.2\nwasserstein = inf\n\
             [drift.columns.age]\nkolmogorov-smirnov = 1\n",
        )
        .unwrap();
        assert!((policy.significance - 0.01).abs() < f64::EPSILON);
        assert_eq!(policy.correction, Correction::Holm);
        assert_eq!(policy.ignored, ["id"]);
        let limits = |column, test| format!("{:?}", policy.limit(column, test));
        assert_eq!(limits("age", DriftTestKind::KolmogorovSmirnov), "1.0");
        assert_eq!(limits("size", DriftTestKind::KolmogorovSmirnov), "0.2");
        assert_eq!(limits("age", DriftTestKind::Wasserstein), "inf");
        assert_eq!(limits("age", DriftTestKind::ChiSquare), "0.1");
        assert_eq!(
            limits("age", DriftTestKind::PopulationStabilityIndex),
            "0.2"
        );
        assert_eq!(parse("").unwrap(), DriftPolicy::default());
    }

    #[test]
    fn mistakes_are_told_at_their_places() {
        assert_eq!(
            parse(
                "[drift]\nsignificance = 5\ncorrection = \"bonferoni\"\n\
                 [drift.effect-sizes]\nchi-square = 1.5\njensen-shannon = \"0.1\"\nwasserstein = nan\n\
                 [drift.columns.age]\nks = 0.1\npopulation-stability-index = 0\n"
            )
            .unwrap_err(),
            [
                "2:16 `significance` must be between 0 and 1, and this is 5 | write a chance such as `0.05` or `0.01`",
                "3:14 `correction` cannot be `bonferoni` | did you mean `bonferroni`?",
                "5:14 `chi-square` must be above 0 and at most 1, and this is 1.5 | write an effect size such as `0.1`, or `inf` to turn the test off",
                "6:18 `drift.effect-sizes.jensen-shannon` must be a number, and this is a text | write `jensen-shannon = 0.1`",
                "7:15 `wasserstein` must be above 0, and this is NaN | write an effect size such as `0.1`, or `inf` to turn the test off",
                "9:1 unknown key `ks` in `drift.columns.age` | there is `kolmogorov-smirnov`, `chi-square`, `population-stability-index`, `jensen-shannon`, `wasserstein`",
                "10:30 `population-stability-index` must be above 0, and this is 0 | write an effect size such as `0.1`, or `inf` to turn the test off",
            ]
        );
    }
}
