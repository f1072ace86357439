//! The machine and the day of a measurement, without anything that names whose machine it is.

use std::num::NonZero;

/// `2026-11-21 · Intel Xeon, 2 cores, 23 GiB · linux x86_64`.
pub(super) fn described() -> String {
    let processor = first_value("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".into());
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let memory = first_value("/proc/meminfo", "MemTotal")
        .and_then(|value| value.split_whitespace().next()?.parse::<u64>().ok())
        .map_or_else(String::new, |kibibytes| {
            format!(", {} GiB of memory", kibibytes / (1024 * 1024))
        });
    format!(
        "{} · {processor}, {cores} cores{memory} · {} {}",
        today(),
        std::env::consts::OS,
        std::env::consts::ARCH
    )
}

#[expect(
    clippy::disallowed_methods,
    reason = "the day on which something was measured is the clock's"
)]
fn today() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%d").to_string()
}

/// The value of a `key: value` line.
fn first_value(file: &str, key: &str) -> Option<String> {
    let text = fs_err::read_to_string(file).ok()?;
    text.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        (found.trim() == key).then(|| value.trim().to_owned())
    })
}
