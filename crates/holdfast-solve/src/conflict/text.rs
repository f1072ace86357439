//! A conflict, for a person to read: who asks for what, what is refused and why, and the way out.

use std::fmt;

use super::{Chain, Conflict, RefusedPackage, SourceArchive, TooYoung, UnknownPackage};

impl fmt::Display for Conflict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for refused in &self.refused {
            write!(formatter, "{refused}")?;
        }
        for unknown in &self.unknown {
            write!(formatter, "{unknown}")?;
        }
        self.write_too_young(formatter)?;
        self.write_kept(formatter)?;
        if self.is_without_reason() {
            match self.declared.as_slice() {
                [chain] => writeln!(formatter, "no release satisfies {chain}")?,
                chains => {
                    writeln!(formatter, "the declarations contradict each other")?;
                    for chain in chains {
                        writeln!(formatter, "  {chain}")?;
                    }
                }
            }
        }
        if self.is_without_reason() || (!self.kept.is_empty() && self.kept_refused.is_empty()) {
            writeln!(formatter, "\nthe solver says:\n{}", self.solver)?;
        }
        Ok(())
    }
}

impl Conflict {
    fn write_kept(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.kept.is_empty() {
            return Ok(());
        }
        let names: Vec<String> = self.kept.iter().map(|name| format!("`{name}`")).collect();
        writeln!(
            formatter,
            "what is asked for does not fit with {}, kept as locked",
            names.join(", "),
        )?;
        for kept in &self.kept_refused {
            writeln!(
                formatter,
                "  `{}` has `{} {}`, which is refused: {}",
                kept.environment,
                kept.package,
                kept.version,
                kept.reasons.join(", "),
            )?;
        }
        writeln!(
            formatter,
            "  way out: lock all environments together, without `-e`"
        )
    }

    fn write_too_young(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for young in &self.too_young {
            write!(formatter, "{young}")?;
        }
        if self.too_young.iter().any(|young| young.uploaded.is_some()) {
            writeln!(
                formatter,
                "  way out: wait, relax the requirement, or set a shorter `holding-period` under `[lock]` in holdfast.toml"
            )?;
        } else if !self.too_young.is_empty() {
            writeln!(
                formatter,
                "  way out: an index that tells upload times, or `holding-period = 0` under `[lock]` in holdfast.toml"
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for TooYoung {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.uploaded {
            Some(uploaded) => writeln!(
                formatter,
                "`{} {}` would fit, but was uploaded on {} and is inside the holding period",
                self.package,
                self.version,
                uploaded.strftime("%Y-%m-%d"),
            ),
            None => writeln!(
                formatter,
                "`{} {}` would fit, but its index does not tell when it was uploaded, so that it cannot be told whether it is past the holding period",
                self.package, self.version,
            ),
        }
    }
}

impl fmt::Display for UnknownPackage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.index {
            Some(index) => writeln!(
                formatter,
                "the index `{index}`, which `{}` belongs to, does not have it",
                self.package
            )?,
            None => writeln!(formatter, "no index has `{}`", self.package)?,
        }
        for chain in &self.chains {
            writeln!(formatter, "  asked for by {chain}")?;
        }
        for holder in &self.holders {
            writeln!(formatter, "  asked for by `{holder}`")?;
        }
        match &self.index {
            Some(index) => writeln!(
                formatter,
                "  way out: publish it there, or mend `packages` of `[indexes.{index}]` in holdfast.toml"
            ),
            None => writeln!(
                formatter,
                "  way out: mend its name, or name the index that has it under `[indexes]` in holdfast.toml"
            ),
        }
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "`{}` ({}:{})",
            self.requirement, self.location.file, self.location.line
        )?;
        for package in &self.through {
            write!(formatter, " → {package}")?;
        }
        Ok(())
    }
}

impl fmt::Display for RefusedPackage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_what(formatter)?;
        for (reason, versions) in &self.reasons {
            writeln!(formatter, "  refused {versions}: {reason}")?;
        }
        match (&self.first_good, &self.last_good) {
            (Some(version), _) => writeln!(
                formatter,
                "  way out: let the requirement admit {version} or newer"
            )?,
            (None, Some(version)) => {
                writeln!(formatter, "  way out: let the requirement admit {version}")?;
            }
            (None, None) => {}
        }
        let ids: Vec<String> = self
            .advisories()
            .map(|id| format!("--allow {id}"))
            .collect();
        if !ids.is_empty() {
            // more than a few are nothing to type
            let allow = match ids.len() {
                1..=4 => format!("`{}`", ids.join(" ")),
                count => format!("`--allow ID` for each of these {count}"),
            };
            return writeln!(
                formatter,
                "  way out: let it through with {allow}, or a waiver in holdfast.toml"
            );
        }
        if !self
            .reasons
            .iter()
            .any(|(reason, _)| reason.starts_with("no wheel"))
        {
            return writeln!(formatter, "  way out: a waiver in holdfast.toml");
        }
        match self.source {
            SourceArchive::Present => writeln!(
                formatter,
                "  way out: `allow-build = [\"{}\"]` under `[lock]` in holdfast.toml",
                self.package
            ),
            SourceArchive::Absent => writeln!(
                formatter,
                "  way out: other `platforms` in holdfast.toml, which its wheels are made for"
            ),
        }
    }
}

impl RefusedPackage {
    /// What is asked for, by whom, and what is wrong with all of it.
    fn write_what(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let after = match (&self.first_good, &self.last_good) {
            (Some(version), _) => format!("; the first without is {version}"),
            (None, Some(version)) => format!("; the newest without is {version}"),
            (None, None) => ", and there is no other".to_owned(),
        };
        let what = if self.advisories().count() == self.reasons.len() {
            "has a known vulnerability"
        } else if self.advisories().next().is_some() {
            "has a known vulnerability or is refused"
        } else {
            "is refused"
        };
        let mut chains = self.chains.iter();
        match chains.next() {
            Some(chain) if chain.through.is_empty() => {
                writeln!(formatter, "{chain}: every release that fits {what}{after}")?;
            }
            Some(chain) => writeln!(
                formatter,
                "`{}`: every release that fits {what}{after}\n  asked for by {chain}",
                self.package,
            )?,
            None => writeln!(
                formatter,
                "`{}`: every release that fits {what}{after}",
                self.package
            )?,
        }
        for chain in chains {
            writeln!(formatter, "  also asked for by {chain}")?;
        }
        Ok(())
    }

    /// The advisories among the reasons: identifiers such as `PYSEC-2023-175`.
    fn advisories(&self) -> impl Iterator<Item = &str> {
        self.reasons
            .iter()
            .map(|(reason, _)| reason.as_str())
            .filter(|reason| reason.contains('-') && !reason.contains(' '))
    }
}
