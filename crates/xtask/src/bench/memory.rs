//! How much memory a program takes.

use std::fs;
use std::path::PathBuf;
use std::process::Child;
use std::thread::sleep;
use std::time::Duration;

use crate::task::{Context, Result, TaskError};

/// How often a running program is asked for its memory.
const SAMPLE: Duration = Duration::from_millis(5);

/// The most memory that a program has had resident (`VmHWM` of proc(5), which only grows), in KiB, as seen until its end.
///
/// # Errors
///
/// When the program fails.
pub(super) fn memory_until_end(program: &mut Child) -> Result<u64> {
    let mut peak = 0;
    loop {
        peak = memory_of(program.id()).unwrap_or(0).max(peak);
        let ended = program
            .try_wait()
            .context(|| "could not wait for the program".into())?;
        match ended {
            Some(code) if code.success() => return Ok(peak),
            Some(code) => return Err(TaskError::new(format!("the program ended with {code}"))),
            None => sleep(SAMPLE),
        }
    }
}

/// The most memory that a process has had resident until now, in KiB; `None` where it is gone.
pub(super) fn memory_of(process: u32) -> Option<u64> {
    let status = PathBuf::from(format!("/proc/{process}/status"));
    high_water_mark(&fs::read_to_string(status).ok()?)
}

fn high_water_mark(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_high_water_mark_is_found() {
        let status = "Name:\tpgbackman\nVmHWM:\t   15432 kB\nVmRSS:\t 99 kB\n";
        assert_eq!(high_water_mark(status), Some(15_432));
        assert_eq!(high_water_mark("VmRSS:\t 99 kB\n"), None);
    }
}
