//! From numbers to places, and the round numbers that are written beside an axis.

use crate::human;

/// Rather a few more round numbers than too few.
const FINER: f64 = 0.75;

/// A range of numbers along an axis.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    low: f64,
    high: f64,
    start: f64,
    end: f64,
}

impl Scale {
    /// The numbers from `low` to `high` between the places `start` and `end`. Ends that are not
    /// finite, equal or the wrong way round are mended.
    pub(crate) fn new((low, high): (f64, f64), (start, end): (f64, f64)) -> Self {
        let [low, high] = [low, high].map(|value| if value.is_finite() { value } else { 0.0 });
        let (low, high) = (low.min(high), low.max(high));
        // the difference of two numbers may be too large for one
        let is_narrow = high / 2.0 - low / 2.0 <= low.abs().max(high.abs()) * 1e-12;
        let margin = (low.abs() * 1e-3).max(if low == 0.0 { 1.0 } else { f64::MIN_POSITIVE });
        let (low, high) = if is_narrow {
            ((low - margin).max(f64::MIN), (high + margin).min(f64::MAX))
        } else {
            (low, high)
        };
        Self {
            low,
            high,
            start,
            end,
        }
    }

    /// The place of a number; what lies outside is at the end that it is nearest to.
    pub(crate) fn at(&self, value: f64) -> f64 {
        let span = self.high / 2.0 - self.low / 2.0;
        let share = (value / 2.0 - self.low / 2.0) / span;
        let share = if share.is_nan() { 0.0 } else { share };
        self.start + share.clamp(0.0, 1.0) * (self.end - self.start)
    }

    /// Round numbers within the range, about as many as `wanted`, with what is written beside them.
    pub(crate) fn ticks(&self, wanted: f64) -> Vec<(f64, String)> {
        let raw = (self.high / 2.0 - self.low / 2.0) / (wanted.max(2.0) / 2.0) * FINER;
        let base = 10_f64.powf(raw.log10().floor());
        if !base.is_normal() {
            return Vec::new();
        }
        let steps = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * base);
        let Some(step) = steps
            .into_iter()
            .find(|step| *step >= raw && step.is_finite())
        else {
            return Vec::new();
        };
        let first = (self.low / step).ceil();
        let numbers = (0..12).map(|count| (first + f64::from(count)) * step);
        numbers
            .filter(|number| *number >= self.low && *number <= self.high)
            .map(|number| (self.at(number), label(number, step)))
            .collect()
    }
}

/// A number beside an axis whose numbers are `step` apart.
fn label(number: f64, step: f64) -> String {
    const LARGEST: f64 = 1e6;
    const LEAST: f64 = 1e-4;
    if number == 0.0 {
        return "0".to_owned();
    }
    if number.abs() >= LARGEST || step < LEAST {
        return human::number(number);
    }
    if step >= 1.0 {
        let sign = if number < 0.0 { "-" } else { "" };
        let digits = format!("{:.0}", number.abs());
        return format!(
            "{sign}{}",
            human::grouped(digits.parse().unwrap_or(usize::MAX))
        );
    }
    // steps are 1, 2 or 5 of a decimal place
    let places = [0.1, 0.01, 0.001];
    let decimals = places.iter().position(|place| step >= place * 0.999);
    format!("{number:.*}", decimals.unwrap_or(3) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(low: f64, high: f64) -> Vec<String> {
        let ticks = Scale::new((low, high), (0.0, 100.0)).ticks(5.0);
        ticks.into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(labels(0.0, 1.0), ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(
            labels(13_969.0, 110_947.0),
            ["20,000", "40,000", "60,000", "80,000", "100,000"]
        );
        assert_eq!(
            labels(-0.013, 0.011),
            ["-0.010", "-0.005", "0", "0.005", "0.010"]
        );
        assert_eq!(labels(0.0, 2e-9), ["0", "5e-10", "1e-9", "1.5e-9", "2e-9"]);
    }

    #[test]
    fn no_range_makes_a_place_that_is_none() {
        let numbers = [
            0.0,
            1.0,
            -1.0,
            5e-324,
            f64::MIN_POSITIVE,
            f64::MAX,
            f64::MIN,
            f64::NAN,
            f64::INFINITY,
        ];
        for low in numbers {
            for high in numbers {
                let scale = Scale::new((low, high), (10.0, 20.0));
                for value in numbers {
                    let place = scale.at(value);
                    assert!((10.0..=20.0).contains(&place), "{value} in {low} to {high}");
                }
                for (place, _) in scale.ticks(5.0) {
                    assert!((10.0..=20.0).contains(&place), "{low} to {high}");
                }
            }
        }
    }
}
