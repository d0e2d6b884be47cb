//! Which boot of the machine this is.
#![forbid(unsafe_code)]

/// The kernel's random identifier of this boot; empty where it cannot be read. A run record with another one is of a run
/// that a reboot has ended.
pub fn id() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .map(|id| id.trim().to_owned())
        .unwrap_or_default()
}
