//! The built programs, under their real names in the sandbox.

use std::fs;
use std::path::Path;

use crate::built::built_binary;

/// Program's name, and the binary of this package that is the same program.
const PROGRAMS: [(&str, &str); 17] = [
    ("pgbackman", "pgbackman-test-shell"),
    ("pgbackman-bulk-update", "pgbackman-test-bulk-update"),
    ("pgbackman_control", "pgbackman-test-control"),
    ("pgbackman_dump", "pgbackman-test-dump"),
    ("pgbackman_dump_observed", "pgbackman-test-dump-observed"),
    ("pgbackman_restore", "pgbackman-test-restore"),
    (
        "pgbackman_restore_observed",
        "pgbackman-test-restore-observed",
    ),
    ("pgbackman_maintenance", "pgbackman-test-maintenance"),
    (
        "pgbackman_maintenance_observed",
        "pgbackman-test-maintenance-observed",
    ),
    ("pgbackman_report", "pgbackman-test-report"),
    ("pgbackman_setup", "pgbackman-test-setup"),
    ("pgbackman_status_info", "pgbackman-test-status-info"),
    (
        "pgbackman_zabbix_autodiscovery",
        "pgbackman-test-zabbix-autodiscovery",
    ),
    ("pgbackman_verify", "pgbackman-test-verify"),
    ("pgbackman_exporter", "pgbackman-test-exporter"),
    ("pgbackman_alerts", "pgbackman-test-alerts"),
    (
        "pgbackman_alerts_observed",
        "pgbackman-test-alerts-observed",
    ),
];

/// Puts all programs into `bin_dir`.
pub(super) fn install(bin_dir: &Path) {
    for (name, binary) in PROGRAMS {
        place_binary(binary, &bin_dir.join(name));
    }
}

/// Puts the twins in the place of those programs that cron and `at` start: they take their clock from the environment
/// (`crate::simulated`), which the real ones do not.
pub(super) fn install_with_clocks(bin_dir: &Path) {
    for (name, binary) in [
        ("pgbackman_dump", "pgbackman-test-dump-observed"),
        ("pgbackman_restore", "pgbackman-test-restore-observed"),
        ("pgbackman_control", "pgbackman-test-control-at-step"),
        (
            "pgbackman_maintenance",
            "pgbackman-test-maintenance-observed",
        ),
    ] {
        fs::remove_file(bin_dir.join(name)).unwrap();
        place_binary(binary, &bin_dir.join(name));
    }
}

/// Puts a binary of this package at `target`, where it may be already, as a hard link: binaries are large, there are many
/// sandboxes, and a program that is being copied cannot be started ("text file busy") while any process that another
/// thread has just forked still has the copy open.
pub fn place_binary(binary: &str, target: &Path) {
    let built = built_binary(binary);
    if let Err(error) = fs::hard_link(&built, target) {
        assert!(
            target.exists(),
            "cannot link {} to {}: {error}",
            built.display(),
            target.display()
        );
    }
}
