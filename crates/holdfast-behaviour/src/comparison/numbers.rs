//! How close two numbers are.

use holdfast_model::Tolerance;

/// The width in which a model computes a number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Width {
    /// Half precision, IEEE 754 binary16.
    Half,
    /// Single precision, binary32.
    Single,
    /// Double precision, binary64; also where nobody tells.
    #[default]
    Double,
}

impl Width {
    /// By numpy's and torch's names.
    pub(super) fn named(name: Option<&str>) -> Self {
        match name {
            Some("float16") => Self::Half,
            Some("float32") => Self::Single,
            Some(_) | None => Self::Double,
        }
    }
}

/// What a comparison of two numbers says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closeness {
    /// The same to the bit.
    Identical,
    /// Not that, and within the tolerance.
    Within,
    /// Farther from each other.
    Beyond,
}

/// How close two numbers are, in every way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Close {
    pub(super) verdict: Closeness,
    /// The difference; nothing where it is no finite number.
    pub(super) absolute: Option<f64>,
    /// The difference as a share of the first's size; nothing where that is zero.
    pub(super) relative: Option<f64>,
    /// Units in the last place; nothing where one is NaN.
    pub(super) ulps: Option<u64>,
}

/// Compares two numbers. `is_identical` says whether they are written as the same value.
#[expect(
    clippy::float_cmp,
    reason = "both infinities, and both zeros, are meant"
)]
pub(super) fn closeness(
    (before, after): (f64, f64),
    is_identical: bool,
    width: Width,
    tolerance: &Tolerance,
) -> Close {
    let absolute = (before - after).abs();
    let ulps = ulps(before, after, width);
    let relative = absolute / before.abs();
    let is_close = before == after
        || absolute <= tolerance.absolute
        || (relative <= tolerance.relative && before.is_finite())
        || (ulps.is_some_and(|ulps| ulps <= tolerance.ulps)
            && before.is_finite()
            && after.is_finite());
    Close {
        verdict: match (is_identical, is_close) {
            (true, _) => Closeness::Identical,
            (false, true) => Closeness::Within,
            (false, false) => Closeness::Beyond,
        },
        absolute: if is_identical {
            Some(0.0)
        } else {
            Some(absolute).filter(|it| it.is_finite())
        },
        relative: if is_identical {
            Some(0.0)
        } else {
            Some(relative).filter(|it| it.is_finite())
        },
        ulps: if is_identical { Some(0) } else { ulps },
    }
}

/// How many representable numbers lie from one to the other; both zeros are one.
fn ulps(before: f64, after: f64, width: Width) -> Option<u64> {
    if before.is_nan() || after.is_nan() {
        return None;
    }
    Some(match width {
        Width::Double => place(before).abs_diff(place(after)),
        Width::Single => single(before).abs_diff(single(after)),
        // 13 bits fewer in the mantissa than single precision, whose places are spaced alike
        Width::Half => single(before).abs_diff(single(after)) >> 13,
    })
}

/// The place of a double among all doubles, zero in the middle.
fn place(number: f64) -> i64 {
    let bits = number.to_bits().cast_signed();
    if bits < 0 {
        i64::MIN.wrapping_sub(bits)
    } else {
        bits
    }
}

/// The place of a number among all numbers of single precision.
fn single(number: f64) -> i64 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it was made in this width, and is exact in it"
    )]
    let bits = (number as f32).to_bits().cast_signed();
    i64::from(if bits < 0 {
        i32::MIN.wrapping_sub(bits)
    } else {
        bits
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EXACT: Tolerance = Tolerance {
        absolute: 0.0,
        relative: 0.0,
        ulps: 0,
    };

    #[test]
    fn units_in_the_last_place_are_counted_in_the_width_of_the_model() {
        let next = f64::from_bits(1.0_f64.to_bits() + 3);
        assert_eq!(ulps(1.0, next, Width::Double), Some(3));
        let next = f64::from(f32::from_bits(1.0_f32.to_bits() + 3));
        assert_eq!(ulps(1.0, next, Width::Single), Some(3));
        assert!(ulps(1.0, next, Width::Double).unwrap() > 1_000_000);
        assert_eq!(ulps(1.0, 1.0 + 2.0 * 0.000_976_562_5, Width::Half), Some(2));
        assert_eq!(ulps(0.0, -0.0, Width::Double), Some(0));
        assert_eq!(
            ulps(-f64::from_bits(1), f64::from_bits(1), Width::Double),
            Some(2)
        );
        assert_eq!(ulps(f64::NAN, 1.0, Width::Double), None);
    }

    #[test]
    fn one_of_the_tolerances_is_enough() {
        let verdict = |before: f64, after: f64, tolerance: Tolerance| {
            closeness((before, after), false, Width::Double, &tolerance).verdict
        };
        assert_eq!(verdict(1.0, 1.0 + 1e-9, EXACT), Closeness::Beyond);
        assert_eq!(
            verdict(
                0.0,
                1e-9,
                Tolerance {
                    absolute: 1e-9,
                    ..EXACT
                }
            ),
            Closeness::Within
        );
        assert_eq!(
            verdict(
                1e9,
                1e9 + 1.0,
                Tolerance {
                    relative: 1e-9,
                    ..EXACT
                }
            ),
            Closeness::Within
        );
        assert_eq!(
            verdict(1.0, 1.0 + f64::EPSILON, Tolerance { ulps: 1, ..EXACT }),
            Closeness::Within
        );
        // zero and minus zero are no difference to any model, and not the same bits
        assert_eq!(verdict(0.0, -0.0, EXACT), Closeness::Within);
    }

    #[test]
    fn what_is_not_finite_is_near_nothing_but_itself() {
        let loose = Tolerance {
            absolute: 1e300,
            relative: 1e300,
            ulps: u64::MAX,
        };
        let verdict = |before: f64, after: f64| {
            closeness((before, after), false, Width::Double, &loose).verdict
        };
        assert_eq!(verdict(f64::NAN, 1.0), Closeness::Beyond);
        assert_eq!(verdict(1.0, f64::NAN), Closeness::Beyond);
        assert_eq!(verdict(f64::INFINITY, 1.0), Closeness::Beyond);
        assert_eq!(verdict(1.0, f64::NEG_INFINITY), Closeness::Beyond);
        assert_eq!(verdict(f64::INFINITY, f64::NEG_INFINITY), Closeness::Beyond);
        assert_eq!(verdict(f64::INFINITY, f64::INFINITY), Closeness::Within);
    }

    proptest! {
        #[test]
        fn distances_in_places_are_symmetric_and_add_up(left in any::<f64>(), right in any::<f64>()) {
            prop_assert_eq!(ulps(left, right, Width::Double), ulps(right, left, Width::Double));
            if left <= 0.0 && right >= 0.0 {
                let over = ulps(left, 0.0, Width::Double).unwrap() + ulps(0.0, right, Width::Double).unwrap();
                prop_assert_eq!(ulps(left, right, Width::Double), Some(over));
            }
        }
    }
}
