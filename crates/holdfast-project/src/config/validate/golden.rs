//! What makes predictions other predictions.

use holdfast_rules::{Allowance, Predictions};

use super::errors::Errors;
use crate::config::shown::shown;
use crate::config::unvalidated::{Amount, UnvalidatedGolden, Written};
use crate::config::values::Wrong;

pub(super) fn golden(unvalidated: UnvalidatedGolden, errors: &mut Errors) -> Predictions {
    let mut predictions = Predictions::default();
    let tolerance = &mut predictions.tolerance;
    set(
        &mut tolerance.absolute,
        unvalidated.absolute,
        errors,
        |it| size(*it),
    );
    set(
        &mut tolerance.relative,
        unvalidated.relative,
        errors,
        |it| size(*it),
    );
    set(&mut tolerance.ulps, unvalidated.ulps, errors, |it| {
        whole(*it)
    });
    set(
        &mut predictions.threshold,
        unvalidated.threshold,
        errors,
        |it| probability(*it),
    );
    set(
        &mut predictions.most_changed,
        unvalidated.max_changed,
        errors,
        allowance,
    );
    set(
        &mut predictions.most_flipped,
        unvalidated.max_flipped,
        errors,
        allowance,
    );
    predictions
}

fn set<W, T>(
    place: &mut T,
    written: Option<Written<W>>,
    errors: &mut Errors,
    check: impl Fn(&W) -> Result<T, Wrong>,
) {
    if let Some(checked) = written.and_then(|written| errors.check_written(written, check)) {
        *place = checked.value;
    }
}

fn size(number: f64) -> Result<f64, Wrong> {
    if number.is_finite() && number >= 0.0 {
        return Ok(number);
    }
    Err(Wrong::new(
        format!("a tolerance cannot be {number}"),
        "write a number from 0 on, such as `1e-9`",
    ))
}

fn whole(number: f64) -> Result<u64, Wrong> {
    /// Beyond that, numbers of double precision are not whole any more.
    const MOST: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && (0.0..=MOST).contains(&number) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is whole, and within the range"
        )]
        return Ok(number as u64);
    }
    Err(Wrong::new(
        format!("`ulps` cannot be {number}"),
        "write a whole number from 0 on, such as `4`",
    ))
}

fn probability(number: f64) -> Result<f64, Wrong> {
    if (0.0..=1.0).contains(&number) {
        return Ok(number);
    }
    Err(Wrong::new(
        format!("a probability cannot be {number}"),
        "write a number from 0 to 1",
    ))
}

fn allowance(amount: &Amount) -> Result<Allowance, Wrong> {
    let wrong = |written: String| {
        Wrong::new(
            format!("`{written}` is no number of inputs"),
            "write a number such as `3`, or a share such as `\"1%\"`",
        )
    };
    match amount {
        Amount::Number(number) => u64::try_from(*number)
            .map(Allowance::Count)
            .map_err(|_negative| wrong(number.to_string())),
        Amount::Text(text) => {
            let share = text.trim().strip_suffix('%');
            let share = share.and_then(|share| share.trim().parse::<f64>().ok());
            share
                .filter(|share| (0.0..=100.0).contains(share))
                .map(|share| Allowance::Share(share / 100.0))
                .ok_or_else(|| wrong(shown(text)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowance_is_a_number_or_a_share() {
        assert_eq!(allowance(&Amount::Number(3)), Ok(Allowance::Count(3)));
        assert_eq!(
            allowance(&Amount::Text("2.5 %".to_owned())),
            Ok(Allowance::Share(0.025))
        );
        for wrong in ["3", "101%", "-1%", "NaN%", ""] {
            assert!(
                allowance(&Amount::Text(wrong.to_owned())).is_err(),
                "{wrong}"
            );
        }
        assert!(allowance(&Amount::Number(-1)).is_err());
    }

    #[test]
    fn tolerances_are_numbers_from_zero_on() {
        assert_eq!(size(1e-9), Ok(1e-9));
        assert!(size(-1.0).is_err() && size(f64::INFINITY).is_err() && size(f64::NAN).is_err());
        assert_eq!(whole(4.0), Ok(4));
        assert!(whole(0.5).is_err() && whole(1e30).is_err());
        assert!(probability(1.5).is_err());
    }
}
