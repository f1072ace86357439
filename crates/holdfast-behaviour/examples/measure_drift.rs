//! Measures the statistics of drift, for `cargo xtask bench drift`: prints seconds as JSON.
//!
//! usage: `measure_drift VALUES COLUMNS THREADS`
//!
//! Two samples of so many values are made for each column, in the worker that compares them, because
//! all at once would not fit the memory. With one column, the phases of a comparison are told apart,
//! and the tests of a whole column are measured beside them.

use std::io::Write as _;
use std::time::Instant;

use holdfast_behaviour::drift::{
    DEFAULT_BINS, KsMethod, Sorted, ks_two_sample, numbers, sorted_numbers,
};
use rayon::prelude::*;
use serde_json::json;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |name: &str| -> Result<usize, Box<dyn std::error::Error>> {
        let argument = arguments
            .next()
            .ok_or_else(|| format!("{name} is missing"))?;
        Ok(argument.parse()?)
    };
    let (values, columns, threads) = (next("VALUES")?, next("COLUMNS")?, next("THREADS")?);
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global()?;
    let measured = if columns == 1 {
        one(values)?
    } else {
        many(values, columns)
    };
    writeln!(std::io::stdout(), "{measured}")?;
    Ok(())
}

fn one(values: usize) -> Result<serde_json::Value, Box<dyn std::error::Error>> {
    let (reference, current) = (sample(1, values), sample(2, values));
    let (sort, (reference_sorted, current_sorted)) =
        timed(|| (Sorted::new(&reference), Sorted::new(&current)));
    let (test, found) = timed(|| ks_two_sample(&reference_sorted, &current_sorted, KsMethod::Auto));
    let found = found.ok_or("there are no values")?;
    let (others, _) = timed(|| sorted_numbers(&reference_sorted, &current_sorted, DEFAULT_BINS));
    drop((reference_sorted, current_sorted));
    let (column, compared) = timed(|| numbers(&reference, &current, DEFAULT_BINS));
    Ok(json!({
        "sort": sort,
        "test": test,
        "ks": sort + test,
        "all_tests_when_sorted": others,
        "column": column,
        "statistic": found.statistic,
        "p_value": found.p_value,
        "tests": compared.tests,
    }))
}

/// Seconds for all columns, and those of the workers' time that went into making samples.
fn many(values: usize, columns: usize) -> serde_json::Value {
    let (all, parts) = timed(|| {
        let columns = (0..columns).into_par_iter().with_max_len(1);
        let parts = columns.map(|column| {
            let seed = 2 * column as u64 + 1;
            let (making, (reference, current)) =
                timed(|| (sample(seed, values), sample(seed + 1, values)));
            let (comparing, compared) = timed(|| numbers(&reference, &current, DEFAULT_BINS));
            (making, comparing, compared.tests.len())
        });
        parts.collect::<Vec<_>>()
    });
    json!({
        "all": all,
        "making": parts.iter().map(|part| part.0).sum::<f64>(),
        "comparing": parts.iter().map(|part| part.1).sum::<f64>(),
        "tests": parts.iter().map(|part| part.2).sum::<usize>(),
    })
}

/// The generator that the reference values use: one step of a linear congruence for each value.
fn sample(seed: u64, count: usize) -> Vec<f64> {
    let mut state = seed;
    let step = |_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        #[expect(clippy::cast_precision_loss, reason = "53 bits")]
        return (state >> 11) as f64 / 9_007_199_254_740_992.0;
    };
    (0..count).map(step).collect()
}

#[expect(clippy::disallowed_methods, reason = "a benchmark is about the clock")]
fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let result = work();
    (start.elapsed().as_secs_f64(), result)
}
