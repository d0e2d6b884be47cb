//! A backup server with backups as `pgbackman_dump` leaves them, real files included, at times of the test's choosing.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};
use nix::unistd::User;
use pgbackman_core::domain::backup::{BackupOrigin, BackupPart, BackupResult};
use pgbackman_core::domain::ids::{DefId, NodeId, ServerId};
use pgbackman_core::domain::status::{BackupCode, ExecutionStatus};
use pgbackman_core::domain::text::hex::sha256_hex;
use pgbackman_core::handoff::directory_mark;
use pgbackman_core::handoff::manifest::{Manifest, ManifestFile, Part};
use pgbackman_tests::sandbox::{Output, Sandbox, run};
use uuid::Uuid;

/// How long anything may take before a test fails.
pub(crate) const DEADLINE: Duration = Duration::from_secs(120);

/// Noon of a day of November 2020: long before any real clock.
pub(crate) fn noon(day: i64) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2020, 11, 1, 12, 0, 0).unwrap() + TimeDelta::days(day - 1)
}

/// What `SIGKILL` makes of an exit status, as `Output` counts.
pub(crate) const KILLED: i32 = 128 + 9;

pub(crate) struct Site<'c> {
    pub(crate) sandbox: Sandbox<'c>,
    pub(crate) server: i64,
    pub(crate) node: i64,
}

impl Site<'static> {
    /// A registered server and a node that is not asked for its databases.
    pub(crate) fn new() -> Self {
        Self::on(Sandbox::new())
    }
}

impl<'c> Site<'c> {
    pub(crate) fn on(sandbox: Sandbox<'c>) -> Self {
        let mut site = Self {
            sandbox,
            server: 0,
            node: 0,
        };
        site.server =
            site.number("SELECT register_backup_server('backup01', 'example.net', 'RUNNING', '')");
        site.node = site.node("node1", 5432, "STOPPED");
        for name in ["run", "pending_updates"] {
            site.directory(&site.sandbox.backup_root().join(name));
        }
        site
    }

    /// Registers a node, with its directories.
    pub(crate) fn node(&self, hostname: &str, port: u16, status: &str) -> i64 {
        let node = self.number(&format!(
            "SELECT register_pgsql_node('{hostname}', 'example.org', {port}, 'postgres', '{status}', '')"
        ));
        let partition = self.partition(node);
        for directory in [
            partition.clone(),
            partition.join("dump"),
            partition.join("log"),
        ] {
            self.directory(&directory);
        }
        self.mark(node);
        node
    }

    /// Marks a node's directory, as control does when it makes it.
    pub(crate) fn mark(&self, node: i64) {
        let (partition, mark) = (self.partition(node), Uuid::new_v4());
        self.file(
            &partition.join(directory_mark::FILE_NAME),
            format!("{mark}\n").as_bytes(),
        );
        self.sql(&format!(
            "SELECT record_directory_mark({}, {node}, '{}', '{mark}')",
            self.server,
            partition.display()
        ));
    }

    pub(crate) fn partition(&self, node: i64) -> PathBuf {
        self.sandbox
            .backup_root()
            .join(format!("pgsql_node_{node}"))
    }

    pub(crate) fn dump_dir(&self) -> PathBuf {
        self.partition(self.node).join("dump")
    }

    pub(crate) fn log_dir(&self) -> PathBuf {
        self.partition(self.node).join("log")
    }

    pub(crate) fn pending_dir(&self) -> PathBuf {
        self.sandbox.backup_root().join("pending_updates")
    }

    pub(crate) fn sql(&self, sql: &str) -> String {
        self.sandbox.catalogue().psql(sql)
    }

    pub(crate) fn number(&self, sql: &str) -> i64 {
        let said = self.sql(sql);
        said.parse()
            .unwrap_or_else(|_| panic!("not a number: {said:?} from {sql}"))
    }

    /// A definition with a period of seven days and a redundancy of one.
    pub(crate) fn define(&self, dbname: &str) -> i64 {
        self.define_on(self.node, dbname)
    }

    pub(crate) fn define_on(&self, node: i64, dbname: &str) -> i64 {
        self.number(&format!(
            "INSERT INTO backup_definition (backup_server_id, pgsql_node_id, dbname, minutes_cron, hours_cron, \
                 backup_code, job_status) \
             VALUES ({}, {node}, '{dbname}', '30', '4', 'FULL', 'ACTIVE') RETURNING def_id",
            self.server
        ))
    }

    /// The jobs' user gets it.
    pub(crate) fn own(&self, path: &Path) {
        let user = User::from_name(self.sandbox.os_user()).unwrap().unwrap();
        let (uid, gid) = (user.uid.as_raw(), user.gid.as_raw());
        // Without root everything belongs to the caller, who is the jobs' user.
        if nix::unistd::Uid::effective().is_root() {
            chown(path, Some(uid), Some(gid)).unwrap();
        }
    }

    pub(crate) fn directory(&self, path: &Path) {
        fs::create_dir_all(path).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o700)).unwrap();
        self.own(path);
    }

    pub(crate) fn file(&self, path: &Path, content: &[u8]) {
        fs::write(path, content).unwrap();
        self.own(path);
    }

    /// The result of a run that finished then, and its files: an archive of two files, roles, settings, three logs, manifest.
    pub(crate) fn files(&self, origin: BackupOrigin, finished: DateTime<Utc>) -> BackupResult {
        let of = match origin {
            BackupOrigin::Definition(id) => format!("defid{id}"),
            BackupOrigin::Snapshot(id) => format!("snapid{id}"),
        };
        let stem = format!(
            "shop-node1.example.org-v15-{of}-cFULL-{}",
            finished.format("%Y%m%dT%H%M%S")
        );
        let (dump, log) = (self.dump_dir(), self.log_dir());
        let archive = format!("{stem}-DATABASE.sql");
        self.directory(&dump.join(&archive));
        let mut listed = Vec::new();
        let mut file = |part, name: String, content: &[u8]| {
            self.file(&dump.join(&name), content);
            listed.push(ManifestFile {
                part,
                path: name.into(),
                size: content.len() as u64,
                sha256: sha256_hex(content),
            });
        };
        file(Part::Database, format!("{archive}/toc.dat"), b"PGDMP");
        file(Part::Database, format!("{archive}/3001.dat.gz"), b"rows");
        file(Part::Roles, format!("{stem}-USERS.sql"), b"CREATE ROLE");
        file(
            Part::Settings,
            format!("{stem}-DBCONFIG.sql"),
            b"CREATE DATABASE",
        );
        let part = |name: &str, size| {
            let log = log.join(format!("{stem}-{name}.log"));
            self.file(&log, b"done");
            BackupPart {
                file: Some(dump.join(format!("{stem}-{name}.sql"))),
                size: Some(size),
                log: Some(log),
            }
        };
        let manifest_file = dump.join(format!("{stem}-MANIFEST.json"));
        let result = BackupResult {
            run_uuid: Uuid::new_v4(),
            origin,
            procpid: 4711,
            server: ServerId::new(self.server.try_into().unwrap()),
            node: NodeId::new(self.node),
            dbname: "shop".to_owned(),
            datoid: Some(16_384),
            code: BackupCode::Full,
            started: finished - TimeDelta::seconds(6),
            finished,
            dump: part("DATABASE", 9),
            roles: part("USERS", 11),
            dbconfig: part("DBCONFIG", 15),
            global_log: "/var/log/pgbackman/pgbackman.log".into(),
            status: ExecutionStatus::Succeeded,
            error_message: None,
            role_list: vec![],
            node_release: Some("15.18".to_owned()),
            pg_dump_release: Some("15.18".to_owned()),
            checksum: None,
            dbname_size: Some(8_000_000),
            manifest_file: Some(manifest_file.clone()),
            encrypted: false,
            context: serde_json::json!({}),
        };
        let manifest = Manifest::new(result.clone(), listed);
        self.file(&manifest_file, &manifest.to_bytes().unwrap());
        result
    }

    /// Registers a result as it is.
    pub(crate) fn register(&self, result: &BackupResult) -> i64 {
        let json = serde_json::to_string(result).unwrap().replace('\'', "''");
        self.number(&format!(
            "SELECT bck_id FROM register_backup_result('{json}')"
        ))
    }

    /// A SUCCEEDED backup with all its files.
    pub(crate) fn backup(&self, definition: i64, finished: DateTime<Utc>) -> i64 {
        let origin = BackupOrigin::Definition(DefId::new(definition));
        self.register(&self.files(origin, finished))
    }

    /// Leaves of a backup what 1.x would have left: no manifest, and no name of the run.
    pub(crate) fn make_of_1_x(&self, entry: i64) {
        let is_manifest = |path: &PathBuf| path.extension() == Some("json".as_ref());
        let manifest = self.files_of(entry).into_iter().find(is_manifest);
        fs::remove_file(manifest.unwrap()).unwrap();
        self.sql(&format!(
            "UPDATE backup_catalog SET manifest_file = NULL, run_uuid = NULL WHERE bck_id = {entry}"
        ));
    }

    /// One pass at a point in time.
    pub(crate) fn pass(&self, now: DateTime<Utc>) -> Output {
        Self::run(&mut self.command(now), &["--cron"])
    }

    /// What one pass would do.
    pub(crate) fn dry_run(&self, now: DateTime<Utc>) -> Output {
        Self::run(&mut self.command(now), &["--dry-run"])
    }

    pub(crate) fn run(command: &mut Command, args: &[&str]) -> Output {
        run(command.args(args), b"", DEADLINE)
    }

    pub(crate) fn command(&self, now: DateTime<Utc>) -> Command {
        let mut command = self.sandbox.command("pgbackman_maintenance_observed");
        command.env("PGBACKMAN_TEST_NOW", now.to_rfc3339());
        command
    }

    /// The entries of the catalogue, in order.
    pub(crate) fn entries(&self) -> Vec<i64> {
        let rows = self.sql("SELECT bck_id FROM backup_catalog ORDER BY bck_id");
        rows.lines().map(|row| row.parse().unwrap()).collect()
    }

    /// The files and directories that a row names, as they are below the node's directory.
    pub(crate) fn files_of(&self, entry: i64) -> BTreeSet<PathBuf> {
        let columns = "pg_dump_file, pg_dump_log_file, pg_dump_roles_file, pg_dump_roles_log_file, \
                       pg_dump_dbconfig_file, pg_dump_dbconfig_log_file, manifest_file";
        let rows = self.sql(&format!(
            "SELECT unnest(ARRAY[{columns}]) FROM backup_catalog WHERE bck_id = {entry}"
        ));
        rows.lines().map(PathBuf::from).collect()
    }

    /// Every path below the node's `dump` and `log`, not looking into archives.
    pub(crate) fn on_disk(&self) -> BTreeSet<PathBuf> {
        let entries = |path: PathBuf| {
            fs::read_dir(path)
                .unwrap()
                .map(|entry| entry.unwrap().path())
        };
        entries(self.dump_dir())
            .chain(entries(self.log_dir()))
            .collect()
    }

    /// Asserts that these entries are left, each with all its files, and nothing else is on disk.
    #[track_caller]
    pub(crate) fn assert_left(&self, expected: &[i64]) {
        assert_eq!(self.entries(), expected, "{}", self.sandbox.log());
        let files: BTreeSet<PathBuf> = expected
            .iter()
            .flat_map(|entry| self.files_of(*entry))
            .collect();
        assert_eq!(self.on_disk(), files);
        for archive in files.iter().filter(|path| path.is_dir()) {
            assert_eq!(
                fs::read_dir(archive).unwrap().count(),
                2,
                "{}",
                archive.display()
            );
        }
    }
}
