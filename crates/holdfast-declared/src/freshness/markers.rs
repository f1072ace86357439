//! Whether two environment markers mean the same.
//!
//! uv writes markers in a form of its own: `python_version < '3.11'` becomes
//! `python_full_version < '3.11'`, `platform_system == 'Windows'` becomes `sys_platform == 'win32'`.
//! Instead of following its simplifications, both markers are tried on machines: every kind that one
//! of them mentions, each on both sides of every version that one of them mentions.

use std::collections::BTreeSet;
use std::str::FromStr as _;

use pep440_rs::{Operator, Version, VersionSpecifier};

use crate::pep508::{Marker, MarkerOperator, Operand};

/// Machines that are tried at most. Beyond, evenly many of them are left out.
const TRIED: usize = 4096;

/// Systems with the three ways in which markers name them. Only these go together.
const SYSTEMS: &[(&str, &str, &str)] = &[
    ("linux", "posix", "Linux"),
    ("darwin", "posix", "Darwin"),
    ("win32", "nt", "Windows"),
    ("freebsd", "posix", "FreeBSD"),
    ("cygwin", "posix", "CYGWIN"),
    ("emscripten", "posix", "Emscripten"),
    ("ios", "posix", "iOS"),
    ("android", "posix", "Android"),
];

/// A machine as markers see it.
#[derive(Clone)]
struct Machine<'m> {
    system: (&'m str, &'m str, &'m str),
    python: &'m str,
    machine: &'m str,
    implementation: (&'m str, &'m str),
    extra: &'m str,
    other: &'m str,
}

/// Whether two markers hold on the same machines; an absent one always holds.
pub(super) fn agree(left: Option<&Marker>, right: Option<&Marker>) -> bool {
    if left == right {
        return true;
    }
    let mut mentioned = Mentioned::default();
    for marker in [left, right].into_iter().flatten() {
        mentioned.collect(marker);
    }
    let machines = mentioned.machines();
    let holds = |marker: Option<&Marker>, machine: &Machine<'_>| {
        marker.is_none_or(|marker| holds(marker, machine))
    };
    machines.visit(|machine| holds(left, machine) == holds(right, machine))
}

/// What markers compare with.
#[derive(Default)]
struct Mentioned {
    systems: BTreeSet<String>,
    pythons: BTreeSet<Vec<u64>>,
    machines: BTreeSet<String>,
    implementations: BTreeSet<String>,
    extras: BTreeSet<String>,
    others: BTreeSet<String>,
}

impl Mentioned {
    /// The reader of markers limits their depth.
    fn collect(&mut self, marker: &Marker) {
        match marker {
            Marker::All(parts) | Marker::Any(parts) => {
                for part in parts {
                    self.collect(part);
                }
            }
            Marker::Compare { left, right, .. } => match (left, right) {
                (Operand::Variable(variable), Operand::Text(text))
                | (Operand::Text(text), Operand::Variable(variable)) => self.note(variable, text),
                _ => {}
            },
        }
    }

    fn note(&mut self, variable: &str, text: &str) {
        match variable {
            "python_version" | "python_full_version" | "implementation_version" => {
                // `in '3.10 3.11'` has several
                for word in text.split([' ', ',']) {
                    let version = Version::from_str(word.trim_end_matches(".*"));
                    self.pythons.extend(version.map(|it| it.release().to_vec()));
                }
            }
            "sys_platform" | "os_name" | "platform_system" => {
                self.systems.insert(text.to_owned());
            }
            "platform_machine" => {
                self.machines.insert(text.to_owned());
            }
            "platform_python_implementation" | "implementation_name" => {
                self.implementations.insert(text.to_owned());
            }
            "extra" => {
                self.extras.insert(text.to_owned());
            }
            _ => {
                self.others.insert(text.to_owned());
            }
        }
    }

    fn machines(&self) -> Machines<'_> {
        let mut systems = SYSTEMS.to_vec();
        for name in &self.systems {
            let known =
                |system: &&(&str, &str, &str)| [system.0, system.1, system.2].contains(&&**name);
            if !SYSTEMS.iter().any(|system| known(&system)) {
                systems.push((name, "posix", name));
            }
        }
        let with_other = |names: &'_ BTreeSet<String>| {
            let mut all: Vec<String> = names.iter().cloned().collect();
            all.push(String::new());
            all
        };
        let mut implementations = vec![("CPython", "cpython"), ("PyPy", "pypy")];
        for name in &self.implementations {
            if !implementations
                .iter()
                .any(|it| it.0 == name || it.1 == name)
            {
                implementations.push((name, name));
            }
        }
        if self.implementations.is_empty() {
            implementations.truncate(1);
        }
        Machines {
            systems,
            pythons: self.around(),
            machines: with_other(&self.machines),
            implementations,
            extras: with_other(&self.extras),
            others: with_other(&self.others),
        }
    }

    /// Interpreters on both sides of every version that is mentioned.
    fn around(&self) -> Vec<String> {
        let mut around: BTreeSet<[u64; 3]> = BTreeSet::from([[3, 12, 4]]);
        for release in &self.pythons {
            let at = |position: usize| release.get(position).copied().unwrap_or_default();
            let (major, minor, patch) = (at(0), at(1), at(2));
            for minor in [minor.checked_sub(1), Some(minor), minor.checked_add(1)] {
                for patch in [
                    Some(0),
                    patch.checked_sub(1),
                    Some(patch),
                    patch.checked_add(1),
                ] {
                    if let (Some(minor), Some(patch)) = (minor, patch) {
                        around.insert([major, minor, patch]);
                    }
                }
            }
        }
        around
            .into_iter()
            .map(|[major, minor, patch]| format!("{major}.{minor}.{patch}"))
            .collect()
    }
}

struct Machines<'m> {
    systems: Vec<(&'m str, &'m str, &'m str)>,
    pythons: Vec<String>,
    machines: Vec<String>,
    implementations: Vec<(&'m str, &'m str)>,
    extras: Vec<String>,
    others: Vec<String>,
}

impl Machines<'_> {
    /// Whether `check` holds for all combinations, or evenly many of them.
    fn visit(&self, check: impl Fn(&Machine<'_>) -> bool) -> bool {
        let sizes = [
            self.systems.len(),
            self.pythons.len(),
            self.machines.len(),
            self.implementations.len(),
            self.extras.len(),
            self.others.len(),
        ];
        let total = sizes
            .iter()
            .fold(1_usize, |total, size| total.saturating_mul(*size));
        let mut step = total.div_ceil(TRIED).max(1);
        // a step that shares no factor with a list visits all of its values
        while step > 1
            && sizes
                .iter()
                .any(|size| *size > 1 && step.is_multiple_of(*size))
        {
            step += 1;
        }
        let mut number = 0;
        while number < total {
            if !self.machine(number).is_none_or(|machine| check(&machine)) {
                return false;
            }
            number = number.saturating_add(step);
        }
        true
    }

    /// One combination of all lists, by its number.
    fn machine(&self, mut number: usize) -> Option<Machine<'_>> {
        let mut pick = |size: usize| {
            let position = number.checked_rem(size)?;
            number /= size;
            Some(position)
        };
        Some(Machine {
            system: *self.systems.get(pick(self.systems.len())?)?,
            python: self.pythons.get(pick(self.pythons.len())?)?,
            machine: self.machines.get(pick(self.machines.len())?)?,
            implementation: *self
                .implementations
                .get(pick(self.implementations.len())?)?,
            extra: self.extras.get(pick(self.extras.len())?)?,
            other: self.others.get(pick(self.others.len())?)?,
        })
    }
}

fn holds(marker: &Marker, machine: &Machine<'_>) -> bool {
    match marker {
        Marker::All(parts) => parts.iter().all(|part| holds(part, machine)),
        Marker::Any(parts) => parts.iter().any(|part| holds(part, machine)),
        Marker::Compare {
            left,
            operator,
            right,
        } => {
            let by_version = [left, right].into_iter().any(|side| {
                matches!(
                    side,
                    Operand::Variable(
                        "python_version" | "python_full_version" | "implementation_version"
                    )
                )
            });
            let (left, right) = (machine.text(left), machine.text(right));
            let versions = by_version
                .then(|| compare_versions(&left, *operator, &right))
                .flatten();
            versions.unwrap_or_else(|| compare_texts(&left, *operator, &right))
        }
    }
}

impl Machine<'_> {
    fn text(&self, operand: &Operand) -> String {
        let text = match operand {
            Operand::Text(text) => text,
            Operand::Variable(variable) => match *variable {
                "sys_platform" => self.system.0,
                "os_name" => self.system.1,
                "platform_system" => self.system.2,
                "python_full_version" | "implementation_version" => self.python,
                "python_version" => {
                    let end = self.python.rfind('.').unwrap_or(self.python.len());
                    self.python.get(..end).unwrap_or(self.python)
                }
                "platform_machine" => self.machine,
                "platform_python_implementation" => self.implementation.0,
                "implementation_name" => self.implementation.1,
                "extra" => self.extra,
                _ => self.other,
            },
        };
        text.to_owned()
    }
}

/// A comparison of versions; nothing where one side is none.
fn compare_versions(left: &str, operator: MarkerOperator, right: &str) -> Option<bool> {
    let operator = match operator {
        MarkerOperator::Equal | MarkerOperator::Identical => "==",
        MarkerOperator::NotEqual => "!=",
        MarkerOperator::Less => "<",
        MarkerOperator::LessEqual => "<=",
        MarkerOperator::Greater => ">",
        MarkerOperator::GreaterEqual => ">=",
        MarkerOperator::Compatible => "~=",
        MarkerOperator::In | MarkerOperator::NotIn => return None,
    };
    let specifier: VersionSpecifier = format!("{operator}{right}").parse().ok()?;
    let version: Version = left.parse().ok()?;
    // `>` leaves out later releases of a version with a suffix only; here there are none
    debug_assert!(*specifier.operator() != Operator::ExactEqual);
    Some(specifier.contains(&version))
}

fn compare_texts(left: &str, operator: MarkerOperator, right: &str) -> bool {
    match operator {
        MarkerOperator::Equal | MarkerOperator::Identical => left == right,
        MarkerOperator::NotEqual => left != right,
        MarkerOperator::In => right.contains(left),
        MarkerOperator::NotIn => !right.contains(left),
        MarkerOperator::Less => left < right,
        MarkerOperator::LessEqual => left <= right,
        MarkerOperator::Greater => left > right,
        MarkerOperator::GreaterEqual | MarkerOperator::Compatible => left >= right,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agree_on(left: &str, right: &str) -> bool {
        let marker = |text: &str| (!text.is_empty()).then(|| Marker::parse(text).unwrap());
        agree(marker(left).as_ref(), marker(right).as_ref())
    }

    #[test]
    fn other_spellings_mean_the_same() {
        for (left, right) in [
            ("python_version < '3.11'", "python_full_version < '3.11'"),
            ("python_version > '3.10'", "python_full_version >= '3.11'"),
            (
                "python_version == '3.10'",
                "python_full_version == '3.10.*'",
            ),
            ("platform_system == 'Windows'", "sys_platform == 'win32'"),
            ("os_name == 'nt'", "sys_platform == 'win32'"),
            (
                "platform_machine == 'arm64'",
                "platform_machine == \"arm64\"",
            ),
            (
                "sys_platform == 'linux' and python_version >= '3.8'",
                "python_full_version >= '3.8' and sys_platform == 'linux'",
            ),
            (
                "(sys_platform == 'linux' or sys_platform == 'darwin') and extra == 'x'",
                "(extra == 'x' and sys_platform == 'darwin') or (extra == 'x' and sys_platform == 'linux')",
            ),
            (
                "implementation_name == 'pypy'",
                "platform_python_implementation == 'PyPy'",
            ),
            ("", ""),
        ] {
            assert!(agree_on(left, right), "{left} and {right}");
        }
    }

    #[test]
    fn other_meanings_are_told_apart() {
        for (left, right) in [
            ("python_version < '3.11'", "python_version < '3.12'"),
            (
                "python_full_version < '3.11.2'",
                "python_full_version < '3.11.3'",
            ),
            ("sys_platform == 'linux'", "sys_platform == 'darwin'"),
            ("sys_platform == 'linux'", ""),
            ("extra == 'a'", "extra == 'b'"),
            (
                "platform_machine == 'arm64'",
                "platform_machine == 'x86_64'",
            ),
            ("sys_platform == 'haiku'", "sys_platform == 'sunos5'"),
            ("platform_release > '1'", "platform_release > '2'"),
        ] {
            assert!(!agree_on(left, right), "{left} and {right}");
        }
    }
}
