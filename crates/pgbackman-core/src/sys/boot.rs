//! Which boot of the machine this is.
#![forbid(unsafe_code)]

/// The kernel's random identifier of this boot; empty where it cannot be read. A run record with another one is of a run
/// that a reboot has ended.
pub fn id() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .map(|id| id.trim().to_owned())
        .unwrap_or_default()
}

/// Whole seconds since the boot, those included in which the machine slept: by a clock that nobody sets.
pub fn uptime() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/uptime").ok()?;
    text.split(['.', ' ']).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_machine_has_been_up_for_a_while() {
        assert!(super::uptime().is_some_and(|seconds| seconds > 0));
        assert!(!super::id().is_empty());
    }
}
