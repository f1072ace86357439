//! Measures the detectors of streams, for `cargo xtask bench stream`: prints JSON.
//!
//! usage: `measure_stream DETECTOR FILE`
//!
//! The values of the file, one on each line, are read into memory first, as river has them; only the
//! updates are timed.

use std::hint::black_box;
use std::io::Write as _;
use std::time::Instant;

use holdfast_behaviour::stream::{Detector, DetectorKind, Parameters, Signal};
use serde_json::json;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |name: &str| arguments.next().ok_or_else(|| format!("{name} is missing"));
    let (name, file) = (next("DETECTOR")?, next("FILE")?);
    let kind = match name.as_str() {
        "page-hinkley" => DetectorKind::PageHinkley,
        "adwin" => DetectorKind::Adwin,
        "ddm" => DetectorKind::Ddm,
        "eddm" => DetectorKind::Eddm,
        _ => return Err(format!("there is no detector `{name}`").into()),
    };
    let values = fs_err::read_to_string(file)?
        .lines()
        .map(str::parse)
        .collect::<Result<Vec<f64>, _>>()?;
    let mut detector = Detector::new(Parameters::defaults(kind))?;
    let mut signals = Vec::new();
    let start = now();
    for (place, value) in values.iter().enumerate() {
        if detector.update(black_box(*value)) == Signal::Drift {
            signals.push(place);
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "ten million")]
    let per_second = values.len() as f64 / seconds;
    let told = json!({ "updates_per_second": per_second, "signals": signals });
    writeln!(std::io::stdout(), "{told}")?;
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a benchmark is about the clock")]
fn now() -> Instant {
    Instant::now()
}
