//! What `/proc` says of processes (proc(5)).

use std::fs;

use nix::unistd::Pid;

/// Whether a process exists and is more than an exit status that nobody has asked for.
pub fn is_running(pid: Pid) -> bool {
    stat_of(pid).is_some_and(|stat| stat.is_running(pid))
}

/// Whether a process stands still because of a signal.
pub fn is_stopped(pid: Pid) -> bool {
    stat_of(pid).is_some_and(|stat| stat.state == "T")
}

/// The direct children of a process.
pub fn children_of(parent: Pid) -> Vec<Pid> {
    processes(|_, stat| stat.parent == parent)
}

/// Whether anything of a process group still runs, and so may still hold a lock.
pub fn is_group_running(leader: Pid) -> bool {
    !processes(|pid, stat| stat.group == leader && stat.is_running(pid)).is_empty()
}

/// The first fields of `/proc/<pid>/stat`.
struct Stat {
    state: String,
    parent: Pid,
    group: Pid,
}

impl Stat {
    /// The name of the program, in parentheses, may have anything in it.
    fn read(line: &str) -> Option<Self> {
        let mut fields = line.rsplit(')').next()?.split_whitespace();
        let state = fields.next()?.to_owned();
        let mut process = || fields.next()?.parse().ok().map(Pid::from_raw);
        Some(Self {
            state,
            parent: process()?,
            group: process()?,
        })
    }

    /// The first thread of a process has the state of a dead one as soon as it has ended, whatever the others still hold.
    fn is_running(&self, pid: Pid) -> bool {
        let threads = || fs::read_dir(format!("/proc/{pid}/task")).map_or(0, Iterator::count);
        !matches!(self.state.as_str(), "Z" | "X") || threads() > 1
    }
}

fn stat_of(pid: Pid) -> Option<Stat> {
    Stat::read(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

fn processes(is_wanted: impl Fn(Pid, &Stat) -> bool) -> Vec<Pid> {
    let Ok(entries) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok().map(Pid::from_raw))
        .filter(|pid| stat_of(*pid).is_some_and(|stat| is_wanted(*pid, &stat)))
        .collect()
}
