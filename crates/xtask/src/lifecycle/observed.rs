//! What is checked on a machine: the catalogue's rows, and the backups that are there.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::machine::Machine;
use crate::task::Result;

pub(super) const PATIENCE: Duration = Duration::from_secs(240);
pub(super) const BACKUPS: &str = "/srv/pgbackman";
pub(super) const CONFIG: &str = "/etc/pgbackman/pgbackman.conf";

/// What is read of a row of the catalogue.
pub(super) struct Row {
    pub(super) bck_id: String,
    pub(super) dbname: String,
    pub(super) method: String,
    pub(super) status: String,
}

/// What the catalogue answers to a statement, as the reports' role, its fields parted by `|`.
pub(super) fn query(machine: &Machine, sql: &str) -> Result<String> {
    machine.run(
        "runuser",
        &[
            "-u",
            "pgbackman",
            "--",
            "psql",
            "--no-align",
            "--tuples-only",
            "--host=/var/lib/pgbackman-catalogue/run",
            "--username=pgbackman_role_ro",
            "--dbname=pgbackman",
            "--command",
            sql,
        ],
    )
}

/// How many backups of a database SUCCEEDED.
pub(super) fn succeeded(machine: &Machine, database: &str) -> Result<usize> {
    Ok(catalogue(machine)?
        .iter()
        .filter(|row| row.dbname == database && row.status == "SUCCEEDED")
        .count())
}

/// The catalogue's rows.
pub(super) fn catalogue(machine: &Machine) -> Result<Vec<Row>> {
    let said = query(
        machine,
        "SELECT bck_id, dbname, execution_method, execution_status FROM backup_catalog ORDER BY bck_id",
    )?;
    Ok(said
        .lines()
        .filter_map(|line| {
            let mut fields = line.split('|').map(str::to_owned);
            Some(Row {
                bck_id: fields.next()?,
                dbname: fields.next()?,
                method: fields.next()?,
                status: fields.next()?,
            })
        })
        .collect())
}

/// How many backups are below a directory.
pub(super) fn count_manifests(directory: &Path) -> usize {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries
        .map(|entry| {
            let path = entry.path();
            if path.is_dir() {
                count_manifests(&path)
            } else {
                usize::from(path.to_string_lossy().ends_with("-MANIFEST.json"))
            }
        })
        .sum()
}
