//! The built programs, under their real names in the sandbox.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;

use crate::base::{base_dir, built_binary};

/// Program's name, and the binary of this package that is the same program.
const PROGRAMS: [(&str, &str); 16] = [
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
    ("pgbackman_exporter", "pgbackman-test-exporter"),
    ("pgbackman_alerts", "pgbackman-test-alerts"),
    (
        "pgbackman_alerts_observed",
        "pgbackman-test-alerts-observed",
    ),
];

/// How long a copy of a build is kept.
const A_DAY: Duration = Duration::from_secs(86_400);

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
    if fs::hard_link(&built, target).is_err() && !target.exists() {
        // The build directory is on another file system: one copy per build, linked from then on.
        let copy = copy_of(&built, binary);
        if let Err(error) = fs::hard_link(&copy, target) {
            assert!(
                target.exists(),
                "cannot link {} to {}: {error}",
                copy.display(),
                target.display()
            );
        }
    }
}

/// A copy of a binary beside the sandboxes, named by the build it was made from.
fn copy_of(built: &Path, binary: &str) -> std::path::PathBuf {
    let meta = fs::metadata(built).unwrap();
    let copies = base_dir().join("programs");
    fs::create_dir_all(&copies).unwrap();
    let copy = copies.join(format!(
        "{binary}-{}-{}-{}",
        meta.len(),
        meta.mtime(),
        meta.mtime_nsec()
    ));
    if !copy.exists() {
        let making = copies.join(format!("{binary}.{}", std::process::id()));
        fs::copy(built, &making).unwrap();
        fs::rename(&making, &copy).unwrap();
        remove_old_copies(&copies);
    }
    copy
}

/// Removes copies of builds that nobody tests any more. What sandboxes have linked stays until they go.
fn remove_old_copies(copies: &Path) {
    for entry in fs::read_dir(copies).unwrap().flatten() {
        let age = entry
            .metadata()
            .and_then(|meta| meta.modified())
            .map(|made| made.elapsed());
        if age.is_ok_and(|age| age.is_ok_and(|age| age > A_DAY)) {
            let _ = fs::remove_file(entry.path());
        }
    }
}
