//! `check` on a project with a large lock and all advisories loaded.

use anyhow::Result;

use super::measure::{Series, megabytes, run};
use super::setting::Setting;
use super::table::{Bar, Limit, Row, Section, Unit};
use super::{advisories, example, large_lock};

const RUNS: usize = 25;

/// Measures.
pub(super) fn measure(setting: &Setting) -> Result<Section> {
    let example = example::prepare(setting)?;
    let project = large_lock::prepare(setting, &example)?;
    let mut section = Section {
        title: "`check` of a large lock",
        about: format!(
            "A project whose lock for one platform holds {} packages: the example's training \
             environment and generated ones like them. The whole process, text output.",
            large_lock::PACKAGES
        ),
        rows: Vec::new(),
        bars: Vec::new(),
    };
    for source in advisories::sources(setting)? {
        let cache = setting.emptied(&format!("cache-{}", source.key()))?;
        source.import(setting, &cache)?;
        let mut time = Series::default();
        let mut memory = 0;
        for _ in 0..RUNS {
            let mut command = setting.holdfast(&cache);
            command.arg("check").arg(&project);
            let run = run(command)?;
            time.push(run.wall);
            memory = memory.max(run.memory);
        }
        section.rows.push(Row::time(
            format!("`holdfast check`, {}", source.name),
            &time,
        ));
        section.rows.push(Row::fact(
            "… the most memory that was resident",
            megabytes(memory),
        ));
        section.bars.push(Bar {
            name: format!("time, {}", source.name),
            measured: time.median() * 1000.0,
            limit: Limit::AtMost(20.0),
            unit: Unit::Milliseconds,
        });
        section.bars.push(Bar {
            name: format!("memory, {}", source.name),
            measured: as_megabytes(memory),
            limit: Limit::AtMost(60.0),
            unit: Unit::Megabytes,
        });
    }
    Ok(section)
}

/// Bytes in MB (10⁶ bytes), to compare them with a bar.
#[expect(
    clippy::cast_precision_loss,
    reason = "memory in bytes has fewer than 53 bits"
)]
pub(super) fn as_megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
