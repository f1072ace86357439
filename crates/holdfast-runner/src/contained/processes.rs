//! Which processes belong to a run, what they use, and their end. proc(5).

use std::collections::{BTreeMap, BTreeSet};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, SysconfVar, getpid, sysconf};

/// How the processes of a run are told from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Members {
    /// All that this process sees: it is the first of a namespace.
    Everyone,
    /// Those that descend from this process, which inherits orphans.
    Descendants,
}

/// What the processes of a run use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Usage {
    /// Processes.
    pub(super) processes: u32,
    /// Their threads.
    pub(super) threads: u32,
    /// Bytes that are resident.
    pub(super) memory: u64,
}

/// What `/proc/PID/stat` says of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stat {
    parent: i32,
    is_dead: bool,
    threads: u32,
    /// Pages that are resident.
    resident: u64,
}

impl Members {
    /// The processes that run, without this one and the dead.
    pub(super) fn running(self) -> Vec<i32> {
        self.stats(&visible()).into_keys().collect()
    }

    /// What they use, where `memory` bytes and `processes` are allowed.
    ///
    /// Pages that processes share are counted in each, unless that is more than is allowed: then
    /// each page is counted once, which takes the kernel longer. Where there are far more processes
    /// than are allowed, there is time to count them and for nothing else.
    pub(super) fn usage(self, memory: u64, processes: u32) -> Usage {
        let visible = visible();
        let mut usage = Usage {
            processes: count(visible.len()),
            ..Usage::default()
        };
        if self == Self::Everyone && usage.processes / 2 > processes {
            return usage;
        }
        let stats = self.stats(&visible);
        usage.processes = count(stats.len());
        let page = page();
        for stat in stats.values() {
            usage.threads = usage.threads.saturating_add(stat.threads);
            usage.memory = usage
                .memory
                .saturating_add(stat.resident.saturating_mul(page));
        }
        if usage.memory > memory && usage.processes > 1 && usage.processes <= processes {
            let shares: Option<u64> = stats.keys().map(|process| share(*process)).sum();
            usage.memory = shares.unwrap_or(usage.memory);
        }
        usage
    }

    /// Kills them all, until none is left.
    pub(super) fn kill(self) {
        if self == Self::Everyone {
            // one call for all of them, whatever they start meanwhile
            let _ = kill(Pid::from_raw(-1), Signal::SIGKILL);
            return;
        }
        // who is stopped starts nothing; orphans come to this process, so none gets away
        for signal in [Signal::SIGSTOP, Signal::SIGKILL] {
            let mut known = BTreeSet::new();
            loop {
                let now: BTreeSet<i32> = self.running().into_iter().collect();
                let new: Vec<i32> = now.difference(&known).copied().collect();
                if new.is_empty() {
                    break;
                }
                for process in &new {
                    let _ = kill(Pid::from_raw(*process), signal);
                }
                known.extend(new);
            }
        }
    }

    fn stats(self, visible: &[i32]) -> BTreeMap<i32, Stat> {
        let own = getpid().as_raw();
        let mut all = BTreeMap::new();
        for process in visible {
            let stat = fs_err::read(format!("/proc/{process}/stat"));
            if let Some(stat) = stat.ok().and_then(|bytes| parse(&bytes)) {
                all.insert(*process, stat);
            }
        }
        if self == Self::Descendants {
            descend(own, &mut all);
        }
        all.retain(|process, stat| *process != own && !stat.is_dead);
        all
    }
}

/// All processes that this one sees.
fn visible() -> Vec<i32> {
    fs_err::read_dir("/proc").map_or_else(
        |_| Vec::new(),
        |entries| {
            entries
                .flatten()
                .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
                .collect()
        },
    )
}

/// Bytes of a page of memory.
fn page() -> u64 {
    sysconf(SysconfVar::PAGE_SIZE)
        .ok()
        .flatten()
        .and_then(|size| u64::try_from(size).ok())
        .unwrap_or(4096)
}

/// Leaves those that descend from a process.
fn descend(from: i32, all: &mut BTreeMap<i32, Stat>) {
    let mut children: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
    for (process, stat) in &*all {
        children.entry(stat.parent).or_default().push(*process);
    }
    let mut found = BTreeSet::new();
    let mut open = vec![from];
    while let Some(process) = open.pop() {
        for child in children.remove(&process).unwrap_or_default() {
            found.insert(child);
            open.push(child);
        }
    }
    all.retain(|process, _| found.contains(process));
}

/// `12 (a name) with) S 1 …`: the name ends at the last bracket.
fn parse(bytes: &[u8]) -> Option<Stat> {
    let end = bytes.iter().rposition(|byte| *byte == b')')?;
    let rest = std::str::from_utf8(bytes.get(end + 1..)?).ok()?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    Some(Stat {
        is_dead: matches!(*fields.first()?, "Z" | "X" | "x"),
        parent: fields.get(1)?.parse().ok()?,
        threads: fields.get(17)?.parse().ok()?,
        resident: fields.get(21)?.parse().ok()?,
    })
}

/// A process's resident bytes, of shared pages its share.
fn share(process: i32) -> Option<u64> {
    let Ok(text) = fs_err::read_to_string(format!("/proc/{process}/smaps_rollup")) else {
        // it has ended since
        return Some(0);
    };
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"));
    let Some(line) = line else { return Some(0) };
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_with_brackets_does_not_disturb() {
        let stat =
            parse(b"7 (a) S 9 (b)) Z 3 7 7 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 5 0 1 2 42 1 1 1 1 0")
                .unwrap();
        assert_eq!((stat.parent, stat.threads, stat.resident), (3, 5, 42));
        assert!(stat.is_dead);
    }

    #[test]
    fn descendants_are_found_however_deep() {
        let stat = |parent| Stat {
            parent,
            is_dead: false,
            threads: 1,
            resident: 1,
        };
        let mut all = BTreeMap::from([
            (1, stat(0)),
            (2, stat(1)),
            (3, stat(2)),
            (4, stat(1)),
            (5, stat(4)),
        ]);
        descend(2, &mut all);
        assert_eq!(all.into_keys().collect::<Vec<_>>(), [3]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            parse(&bytes);
        }
    }
}
