//! The machine that a model runs on.

use holdfast_behaviour::golden::MachineRecord;

/// The machine at hand, as far as it tells.
pub(crate) fn machine() -> MachineRecord {
    MachineRecord {
        system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        processor: processor(),
        cores: std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64),
    }
}

fn processor() -> Option<String> {
    let text = fs_err::read_to_string("/proc/cpuinfo").ok()?;
    value_of(&text, "model name").map(str::to_owned)
}

/// Bytes of memory that programs could have now, where the system tells.
pub(crate) fn available_memory() -> Option<u64> {
    let text = fs_err::read_to_string("/proc/meminfo").ok()?;
    let kibibytes: u64 = value_of(&text, "MemAvailable")?
        .strip_suffix("kB")?
        .trim()
        .parse()
        .ok()?;
    kibibytes.checked_mul(1024)
}

/// What stands behind a name and a colon.
fn value_of<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then(|| value.trim())
    })
}
