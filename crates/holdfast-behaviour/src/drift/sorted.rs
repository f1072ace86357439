//! A sample of numbers in order: what every test of a column begins with, made once.
//!
//! Numbers are kept as integers whose order is that of the numbers, because integers compare in one
//! step and have no NaN. Both zeros are one value.

/// A sample in ascending order, without its missing values (NaN); infinities keep their rank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sorted {
    keys: Vec<u64>,
    missing: usize,
}

/// From how many values on a sample is dealt out into buckets before it is sorted. Below, the
/// buckets cost more than they save.
const BUCKETS_FROM: usize = 1 << 16;
/// How many values a bucket has, where they are spread evenly: so many fit the first caches.
const BUCKET: usize = 1 << 13;
const MOST_BUCKETS: usize = 1 << 11;
/// How many values are looked at to find where the bulk lies.
const LOOKED_AT: usize = 1 << 10;

impl Sorted {
    /// Sorts, in O(n log n) time and with 8 bytes for each value. One thread.
    ///
    /// A large sample is first dealt out into equally wide buckets over its bulk. Each is then sorted
    /// in the cache: dealt out twice more, by the low and the high byte of a value's place in it, and
    /// what is left is put right by insertion. Where the values are so skewed that this does not
    /// help, it takes as long as sorting at once.
    pub fn new(values: &[f64]) -> Self {
        let keys = match Buckets::over(values) {
            Some(buckets) => buckets.sorted(values),
            None => plainly_sorted(values),
        };
        let missing = values.len() - keys.len();
        Self { keys, missing }
    }

    /// How many values there are, without the missing ones.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// How many values were NaN.
    pub fn missing(&self) -> usize {
        self.missing
    }

    /// The value at this place, from 0, in ascending order.
    pub fn get(&self, place: usize) -> Option<f64> {
        self.keys.get(place).copied().map(number)
    }

    /// The values, ascending.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = f64> + ExactSizeIterator + '_ {
        self.keys.iter().copied().map(number)
    }

    /// How many values are at most this one; none are where it is NaN.
    pub fn at_most(&self, value: f64) -> usize {
        if value.is_nan() {
            return 0;
        }
        self.keys_at_most(key(value))
    }

    /// How many values are less than this one; none are where it is NaN.
    pub fn below(&self, value: f64) -> usize {
        if value.is_nan() {
            return 0;
        }
        let limit = key(value);
        self.keys.partition_point(|key| *key < limit)
    }

    /// How many different values there are.
    pub fn distinct(&self) -> usize {
        let changes = self.keys.windows(2).filter(|pair| match pair {
            [one, next] => one != next,
            _ => false,
        });
        changes.count() + usize::from(!self.keys.is_empty())
    }

    /// The finite values, ascending: infinities stand at the ends.
    pub fn finite(&self) -> impl DoubleEndedIterator<Item = f64> + '_ {
        self.finite_keys().iter().copied().map(number)
    }

    /// How many values are infinite.
    pub fn infinite(&self) -> usize {
        self.at_most(f64::NEG_INFINITY) + self.len() - self.below(f64::INFINITY)
    }

    pub(super) fn keys(&self) -> &[u64] {
        &self.keys
    }

    pub(super) fn finite_keys(&self) -> &[u64] {
        let from = self.at_most(f64::NEG_INFINITY);
        let to = self.below(f64::INFINITY);
        self.keys.get(from..to).unwrap_or_default()
    }

    pub(super) fn keys_at_most(&self, limit: u64) -> usize {
        self.keys.partition_point(|key| *key <= limit)
    }
}

const SIGN: u64 = 1 << 63;

/// An integer for each number but NaN, in the same order. Adding 0 makes the negative zero positive.
#[inline]
pub(super) fn key(value: f64) -> u64 {
    let bits = (value + 0.0).to_bits();
    if bits & SIGN == 0 { bits | SIGN } else { !bits }
}

/// The number of a key.
#[inline]
pub(super) fn number(key: u64) -> f64 {
    f64::from_bits(if key & SIGN == 0 { !key } else { key ^ SIGN })
}

fn plainly_sorted(values: &[f64]) -> Vec<u64> {
    let present = values.iter().filter(|value| !value.is_nan());
    let mut keys: Vec<u64> = present.map(|value| key(*value)).collect();
    keys.sort_unstable();
    keys
}

/// Equally wide buckets over the bulk of a sample; what lies outside is in the first or the last.
#[derive(Debug, Clone, Copy)]
struct Buckets {
    start: f64,
    for_one: f64,
    count: u32,
}

impl Buckets {
    /// Nothing, where buckets would not help.
    fn over(values: &[f64]) -> Option<Self> {
        if values.len() < BUCKETS_FROM {
            return None;
        }
        let step = values.len() / LOOKED_AT;
        let looked_at = values.iter().copied().step_by(step);
        let mut some: Vec<f64> = looked_at.filter(|value| value.is_finite()).collect();
        some.sort_unstable_by(f64::total_cmp);
        let low = *some.get(some.len() / 64)?;
        let high = *some.get(some.len() - 1 - some.len() / 64)?;
        // the bulk is the middle 97 %; a fiftieth more on each side covers the rest of an even spread
        let margin = (high - low) / 50.0;
        let count = u32::try_from((values.len() / BUCKET).min(MOST_BUCKETS)).ok()?;
        let width = high - low + 2.0 * margin;
        (width > 0.0 && width.is_finite()).then(|| Self {
            start: low - margin,
            for_one: f64::from(count) / width,
            count,
        })
    }

    /// The bucket of a value; it never falls where the value rises, whatever is rounded.
    #[inline]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is limited to 0 and the number of buckets first, NaN to 0"
    )]
    fn of(self, value: f64) -> usize {
        let place = (value - self.start) * self.for_one;
        let place = if place > 0.0 { place } else { 0.0 };
        let last = f64::from(self.count - 1);
        let place = if place < last { place } else { last };
        // through i32, into which a processor converts in one step
        place as i32 as usize
    }

    fn sorted(self, values: &[f64]) -> Vec<u64> {
        let mut counts = vec![0_usize; self.count as usize];
        for value in values.iter().filter(|value| !value.is_nan()) {
            if let Some(count) = counts.get_mut(self.of(*value)) {
                *count += 1;
            }
        }
        let mut next = Vec::with_capacity(counts.len());
        let mut all = 0;
        for count in &counts {
            next.push(all);
            all += count;
        }
        let mut keys = vec![0_u64; all];
        for value in values.iter().filter(|value| !value.is_nan()) {
            let Some(place) = next.get_mut(self.of(*value)) else {
                continue;
            };
            if let Some(slot) = keys.get_mut(*place) {
                *slot = key(*value);
            }
            *place += 1;
        }
        let mut rest = keys.as_mut_slice();
        let mut scratch = Scratch::default();
        let width = 1.0 / self.for_one;
        for (place, count) in counts.iter().enumerate() {
            let (bucket, after) = rest.split_at_mut((*count).min(rest.len()));
            rest = after;
            if place == 0 || place + 1 == counts.len() || bucket.len() < FEW {
                // the outer ones have no width
                bucket.sort_unstable();
                continue;
            }
            let places = Self {
                start: self.start + super::real(place) * width,
                for_one: self.for_one * f64::from(PLACES),
                count: PLACES,
            };
            scratch.sort(bucket, places);
        }
        keys
    }
}

/// Below this, a bucket is sorted faster by comparing.
const FEW: usize = 1 << 9;
/// Places in a bucket: two bytes.
const PLACES: u32 = 1 << 16;

/// Room for sorting buckets, one after another.
#[derive(Debug, Default)]
struct Scratch {
    keys: Vec<u64>,
    places: Vec<[u8; 2]>,
    places_by_low: Vec<[u8; 2]>,
}

impl Scratch {
    fn sort(&mut self, bucket: &mut [u64], places: Buckets) {
        let (mut by_low, mut by_high) = ([0_usize; 256], [0_usize; 256]);
        self.places.clear();
        self.places.extend(bucket.iter().map(|key| {
            let place = u16::try_from(places.of(number(*key))).unwrap_or(u16::MAX);
            place.to_le_bytes()
        }));
        for [low, high] in &self.places {
            *slot(&mut by_low, *low) += 1;
            *slot(&mut by_high, *high) += 1;
        }
        begin(&mut by_low);
        begin(&mut by_high);
        self.keys.resize(bucket.len(), 0);
        self.places_by_low.resize(bucket.len(), [0; 2]);
        for (key, place) in bucket.iter().zip(&self.places) {
            let next = slot(&mut by_low, place[0]);
            let to = (self.keys.get_mut(*next), self.places_by_low.get_mut(*next));
            if let (Some(to), Some(place_to)) = to {
                *to = *key;
                *place_to = *place;
            }
            *next += 1;
        }
        for (key, place) in self.keys.iter().zip(&self.places_by_low) {
            let next = slot(&mut by_high, place[1]);
            if let Some(to) = bucket.get_mut(*next) {
                *to = *key;
            }
            *next += 1;
        }
        insert(bucket);
    }
}

/// The slot of a byte; there are as many as bytes.
#[inline]
#[expect(clippy::indexing_slicing, reason = "a byte is less than 256")]
fn slot(slots: &mut [usize; 256], byte: u8) -> &mut usize {
    &mut slots[usize::from(byte)]
}

/// Turns counts into where each begins.
fn begin(slots: &mut [usize; 256]) {
    let mut all = 0;
    for slot in slots {
        all += std::mem::replace(slot, all);
    }
}

/// Sorts what is nearly sorted; by comparing at once where it turns out not to be.
fn insert(keys: &mut [u64]) {
    let mut steps = 4 * keys.len();
    for end in 1..keys.len() {
        let mut at = end;
        while let Some([before, key]) = keys.get(at.wrapping_sub(1)..=at) {
            if before <= key {
                break;
            }
            if steps == 0 {
                keys.sort_unstable();
                return;
            }
            keys.swap(at - 1, at);
            at -= 1;
            steps -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nan_is_missing_zeros_are_one_value_and_infinities_stand_at_the_ends() {
        let sorted = Sorted::new(&[
            2.0,
            f64::NAN,
            -0.0,
            0.0,
            f64::INFINITY,
            -3.5,
            f64::NEG_INFINITY,
            -f64::NAN,
        ]);
        assert_eq!(sorted.missing(), 2);
        assert_eq!(sorted.len(), 6);
        assert_eq!(sorted.distinct(), 5);
        assert_eq!(sorted.infinite(), 2);
        let values: Vec<f64> = sorted.iter().collect();
        let expected = [f64::NEG_INFINITY, -3.5, 0.0, 0.0, 2.0, f64::INFINITY];
        assert_eq!(values, expected);
        assert_eq!(sorted.finite().collect::<Vec<_>>(), [-3.5, 0.0, 0.0, 2.0]);
        assert_eq!(sorted.at_most(0.0), 4);
        assert_eq!(sorted.below(-0.0), 2);
        assert_eq!(sorted.at_most(f64::NAN), 0);
        assert!(Sorted::new(&[f64::NAN]).is_empty());
        assert_eq!(Sorted::new(&[]).distinct(), 0);
    }

    /// Samples that buckets could get wrong: skewed, with ties, with what is not finite.
    #[test]
    fn a_large_sample_is_sorted_as_a_small_one_is() {
        let mut state = 1_u64;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            f64::from(u32::try_from(state >> 32).unwrap()) / f64::from(u32::MAX)
        };
        let shapes: [fn(f64) -> f64; 9] = [
            |u| u,
            |u| (u * 40.0).exp() - 5.0,
            |u| (u * 5.0).floor(),
            |u| if u < 0.01 { f64::NAN } else { 1.0 / (u - 0.5) },
            |u| if u < 0.5 { f64::NEG_INFINITY } else { -u },
            |u| if u < 0.5 { u } else { 0.5 + (u - 0.5) * 1e-7 },
            |u| (u - 0.5) * f64::MAX,
            |u| u * f64::from_bits(9),
            |_| 7.0,
        ];
        for shape in shapes {
            let values: Vec<f64> = (0..BUCKETS_FROM * 2).map(|_| shape(next())).collect();
            assert_eq!(Sorted::new(&values).keys, plainly_sorted(&values));
        }
    }

    proptest! {
        #[test]
        fn keys_are_in_the_order_of_their_numbers(one in any::<f64>(), other in any::<f64>()) {
            prop_assume!(!one.is_nan() && !other.is_nan());
            prop_assert_eq!(key(one).cmp(&key(other)), one.partial_cmp(&other).unwrap());
            prop_assert_eq!(number(key(one)).partial_cmp(&one), Some(std::cmp::Ordering::Equal));
        }
    }
}
