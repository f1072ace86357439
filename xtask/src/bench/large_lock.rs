//! A project whose lock holds 400 packages for one platform: the example's training environment, and
//! as many generated packages as are lacking, shaped like those.

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use holdfast_model::{Locked, LockedPackage, PackageId};

use super::example::Example;
use super::measure::run;
use super::setting::Setting;

/// How many packages the lock holds.
pub(super) const PACKAGES: usize = 400;

const CONFIGURATION: &str = r#"[environments.train]
python = "3.11"
platforms = ["linux-x86_64-glibc2.28"]
requirements = ["requirements/core.in", "requirements/train.in"]
"#;

/// Makes the project and answers its directory.
pub(super) fn prepare(setting: &Setting, example: &Example) -> Result<PathBuf> {
    let project = setting.emptied("large")?;
    super::example::copy(&example.project, &project)?;
    fs_err::remove_dir_all(project.join("advisories"))?;
    fs_err::write(project.join("holdfast.toml"), CONFIGURATION)?;
    let mut lock = setting.holdfast(&example.cache);
    lock.arg("lock").arg(&project);
    run(lock)?;

    let file = project.join("pylock.train.toml");
    let mut locked = holdfast_locked::read(&fs_err::read(&file)?, "pylock.train.toml")?;
    fill(&mut locked)?;
    fs_err::write(&file, holdfast_locked::write(&locked))?;
    Ok(project)
}

/// Adds packages until there are enough.
fn fill(locked: &mut Locked) -> Result<()> {
    let real = locked.packages.clone();
    ensure!(!real.is_empty(), "the example's lock is empty");
    for number in 0..PACKAGES.saturating_sub(real.len()) {
        let model = real
            .get(number % real.len())
            .context("the example's lock is empty")?;
        locked.packages.push(like(model, number));
    }
    locked
        .packages
        .sort_by(|left, right| left.package.cmp(&right.package));
    Ok(())
}

fn like(model: &LockedPackage, number: usize) -> LockedPackage {
    let name = format!("generated-{number:03}");
    let version = format!("1.{}.0", number % 40);
    let mut package = LockedPackage {
        package: PackageId::pypi(&name),
        version: Some(version.clone()),
        direct: Some(false),
        ..model.clone()
    };
    for file in &mut package.files {
        let old = file.name.clone();
        let tags: Vec<&str> = old.splitn(3, '-').skip(2).collect();
        file.name = format!("{}-{version}-{}", name.replace('-', "_"), tags.concat());
        file.url = file.url.take().map(|url| url.replace(&old, &file.name));
    }
    package
}
