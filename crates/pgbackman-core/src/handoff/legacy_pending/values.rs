//! The fields of a line as typed values.

use std::path::PathBuf;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use uuid::{Builder, Uuid};

use super::layout::{Field, is_nothing};
use super::{Kind, LocalTime, Unreadable, times};
use crate::domain::backup::{BackupOrigin, BackupPart, BackupResult};
use crate::domain::restore::RestoreResult;
use crate::domain::status::BackupCode;

/// What every run's hash begins with: no other UUID of PgBackMan is made from it.
const NAMESPACE: &[u8] = b"pgbackman 1.x pending result";

/// A CLUSTER backup is registered under this database by 1.x (`docs/spec/backups.md`).
const CLUSTER_DBNAME: &str = "template1";

/// The texts of a line by their fields' names.
#[derive(Debug)]
pub(super) struct Values<'a> {
    fields: Vec<(&'static str, &'a str)>,
}

impl<'a> Values<'a> {
    pub(super) fn new(fields: &[Field], texts: Vec<&'a str>) -> Self {
        let names = fields.iter().map(|(name, _)| *name);
        Self {
            fields: names.zip(texts).collect(),
        }
    }

    fn text(&self, name: &str) -> &'a str {
        self.fields
            .iter()
            .find(|(field, _)| *field == name)
            .map_or("", |(_, text)| text)
    }

    /// The text, unless it says that there is none.
    fn some(&self, name: &str) -> Option<&'a str> {
        Some(self.text(name)).filter(|text| !is_nothing(text))
    }

    fn parse<T: FromStr>(&self, name: &'static str) -> Result<T, Unreadable> {
        let text = self.text(name);
        text.parse().map_err(|_| Unreadable::Value {
            name,
            value: text.to_owned(),
        })
    }

    fn parse_some<T: FromStr>(&self, name: &'static str) -> Result<Option<T>, Unreadable> {
        self.some(name).map(|_| self.parse(name)).transpose()
    }

    fn some_text(&self, name: &str) -> Option<String> {
        self.some(name).map(str::to_owned)
    }

    fn some_path(&self, name: &str) -> Option<PathBuf> {
        self.some(name).map(PathBuf::from)
    }

    /// How many paths bear the name of the database that the line is about: 1.x named its files after it.
    pub(super) fn agreement(&self) -> usize {
        let start = match self.some("target database") {
            Some(target) => target,
            None if self.text("dump file").contains("/CLUSTER-") => "CLUSTER",
            None => self.text("database"),
        };
        let start = format!("/{start}-");
        let paths = [
            "dump file",
            "dump log",
            "roles file",
            "roles log",
            "settings file",
            "settings log",
            "restore log",
        ];
        paths
            .iter()
            .filter(|name| self.text(name).contains(&start))
            .count()
    }

    fn part(&self, file: &str, size: &'static str, log: &str) -> Result<BackupPart, Unreadable> {
        let file = self.some_path(file);
        Ok(BackupPart {
            // A size of 0 stood where there was no file.
            size: self.parse_some(size)?.filter(|_| file.is_some()),
            file,
            log: self.some_path(log),
        })
    }

    fn roles(&self) -> Vec<String> {
        let text = self.some("role list").unwrap_or_default();
        let text = text
            .strip_prefix('{')
            .and_then(|text| text.strip_suffix('}'))
            .unwrap_or(text);
        text.split(',')
            .map(|role| role.trim().trim_matches('"'))
            .filter(|role| !role.is_empty())
            .map(str::to_owned)
            .collect()
    }

    fn run(&self, local: LocalTime<'_>) -> Result<(DateTime<Utc>, DateTime<Utc>), Unreadable> {
        let reading = |name| times::time(self.text(name));
        reading("start")
            .zip(reading("end"))
            .zip(times::span(self.text("duration")))
            .and_then(|((start, end), duration)| times::settle(start, end, duration, local))
            .ok_or(Unreadable::Times)
    }
}

/// A backup's result.
pub(super) fn backup(
    line: &str,
    values: &Values<'_>,
    local: LocalTime<'_>,
) -> Result<BackupResult, Unreadable> {
    let origin = match (
        values.parse_some("DefID")?,
        values.parse_some("SnapshotID")?,
    ) {
        (Some(definition), None) => BackupOrigin::Definition(definition),
        (None, Some(snapshot)) => BackupOrigin::Snapshot(snapshot),
        _ => return Err(Unreadable::Origin),
    };
    let (started, finished) = values.run(local)?;
    let dbname = values.text("database").to_owned();
    Ok(BackupResult {
        run_uuid: run_uuid(Kind::Backup, line),
        origin,
        procpid: values.parse("process ID")?,
        server: values.parse("backup server")?,
        node: values.parse("PgSQL node")?,
        datoid: None,
        code: code(values.text("dump file"), &dbname),
        dbname,
        started,
        finished,
        dump: values.part("dump file", "dump size", "dump log")?,
        roles: values.part("roles file", "roles size", "roles log")?,
        dbconfig: values.part("settings file", "settings size", "settings log")?,
        global_log: values.some_path("global log").unwrap_or_default(),
        status: values.parse("status")?,
        error_message: values.some_text("error message"),
        role_list: values.roles(),
        node_release: values.some_text("node's release"),
        pg_dump_release: values.some_text("pg_dump's release"),
        checksum: None,
        dbname_size: None,
        manifest_file: None,
        encrypted: false,
        context: json!({ "from": "a pending file of PgBackMan 1.x" }),
    })
}

/// A restore's result.
pub(super) fn restore(
    line: &str,
    values: &Values<'_>,
    local: LocalTime<'_>,
) -> Result<RestoreResult, Unreadable> {
    let (started, finished) = values.run(local)?;
    Ok(RestoreResult {
        run_uuid: run_uuid(Kind::Restore, line),
        restore: values.parse("RestoreDef")?,
        procpid: values.parse("process ID")?,
        server: values.parse("backup server")?,
        node: values.parse("target node")?,
        source_dbname: values.text("source database").to_owned(),
        target_dbname: values.text("target database").to_owned(),
        renamed_dbname: values.some_text("renamed database"),
        started,
        finished,
        log: values.some_path("restore log"),
        global_log: values.some_path("global log").unwrap_or_default(),
        status: values.parse("status")?,
        error_message: values.some_text("error message"),
        role_list: values.roles(),
        target_release: values.some_text("target's release"),
        backup_release: values.some_text("backup's release"),
        revision: 0,
    })
}

/// The code is in the file's name only. A run that failed before it had one says nothing about it; the catalogue has
/// the code at the definition, and needs none here.
fn code(file: &str, dbname: &str) -> BackupCode {
    let named = BackupCode::ALL.iter().copied().find(|code| {
        file.rsplit('/')
            .next()
            .unwrap_or(file)
            .contains(&format!("-c{code}-"))
    });
    match named {
        Some(code) => code,
        None if dbname == CLUSTER_DBNAME => BackupCode::Cluster,
        None => BackupCode::Full,
    }
}

/// A name for the run that depends on the line alone (RFC 9562, version 8: a hash of one's own choice).
fn run_uuid(kind: Kind, line: &str) -> Uuid {
    let kind: &[u8] = match kind {
        Kind::Backup => b"backup",
        Kind::Restore => b"restore",
    };
    let hash = Sha256::new()
        .chain_update(NAMESPACE)
        .chain_update([0])
        .chain_update(kind)
        .chain_update([0])
        .chain_update(line.as_bytes())
        .finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    Builder::from_custom_bytes(bytes).into_uuid()
}
