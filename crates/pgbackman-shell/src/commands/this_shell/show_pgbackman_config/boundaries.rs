//! What the local configuration allows and requires: directories and accounts of a backup server, TLS, timeouts.

use std::path::PathBuf;

use pgbackman_core::config::{Config, SslMode};

use super::values::{line, optional, typed};
use crate::output::Entry;

/// At the end, so that the columns of CSV keep their positions.
pub(super) fn entries(config: &Config) -> Vec<Entry> {
    let (server, database, dump) = (&config.backup_server, &config.database, &config.dump);
    vec![
        Entry::Heading("BACKUP SERVER".to_owned()),
        line("OS user", "os_user", &server.os_user),
        line("Scheduler", "scheduler", server.scheduler.as_str()),
        line("Program dir", "program_dir", server.program_dir.display()),
        line("Backup roots", "backup_roots", paths(&server.backup_roots)),
        line("Crontab dirs", "crontab_dirs", paths(&server.crontab_dirs)),
        line("Bin dirs", "bin_dirs", paths(&server.bin_dirs)),
        Entry::Separator,
        Entry::Heading("CONNECTIONS AND LIMITS".to_owned()),
        line(
            "SSL mode",
            "ssl_mode",
            optional(database.sslmode.map(SslMode::as_str)),
        ),
        line(
            "SSL root certificate",
            "ssl_root_certificate",
            optional(database.sslrootcert.as_ref().map(|file| file.display())),
        ),
        line(
            "Node SSL mode",
            "node_ssl_mode",
            optional(dump.node_sslmode.map(SslMode::as_str)),
        ),
        line(
            "Node SSL root certificate",
            "node_ssl_root_certificate",
            optional(dump.node_sslrootcert.as_ref().map(|file| file.display())),
        ),
        typed("Pause timeout", "pause_timeout", dump.pause_timeout),
        typed(
            "Lock wait timeout",
            "lock_wait_timeout",
            dump.lock_wait_timeout,
        ),
        line("Yield to DDL", "yield_to_ddl", dump.yield_to_ddl),
        typed("Max duration", "max_duration", dump.max_duration),
    ]
}

fn paths(paths: &[PathBuf]) -> String {
    let paths: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    paths.join(", ")
}
