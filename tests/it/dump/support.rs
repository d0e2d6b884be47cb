//! A backup server with one node, ready for `pgbackman_dump`: what control would have prepared.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, chown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use pgbackman_core::domain::ids::{NodeId, ServerId};
use pgbackman_core::domain::text::hex::sha256_hex;
use pgbackman_core::handoff::cache::{self, NodeCache, ServerCache};
use pgbackman_core::handoff::manifest::Manifest;
use pgbackman_core::handoff::pending;
use pgbackman_core::sys::directory::Directory;
use pgbackman_core::sys::privilege::Owner;
use pgbackman_tests::postgres::Cluster;
use pgbackman_tests::sandbox::Sandbox;
use uuid::Uuid;

use super::job::Job;
use super::waiting::waiting_below;

/// How long a run may take before its test fails.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// A backup server with one node.
pub(crate) struct Lab<'c> {
    pub(crate) sandbox: Sandbox<'c>,
    pub(crate) node: &'c Cluster,
    pub(crate) server_id: ServerId,
    pub(crate) node_id: NodeId,
}

impl<'c> Lab<'c> {
    /// The catalogue in the shared server, the node being `node`.
    pub(crate) fn new(node: &'c Cluster) -> Self {
        Self::of(Sandbox::new(), node)
    }

    /// With this sandbox.
    pub(crate) fn of(sandbox: Sandbox<'c>, node: &'c Cluster) -> Self {
        let (hostname, domain) = Sandbox::BACKUP_SERVER.split_once('.').unwrap();
        let host = node.socket_dir().display();
        let catalogue = sandbox.catalogue();
        let server = catalogue.psql(&format!(
            "SELECT register_backup_server('{hostname}', '{domain}', 'RUNNING', '')"
        ));
        let registered = catalogue.psql(&format!(
            "SELECT register_pgsql_node('{host}', '', {}, 'postgres', 'RUNNING', '')",
            node.port()
        ));
        let lab = Self {
            server_id: server.trim().parse().unwrap(),
            node_id: registered.trim().parse().unwrap(),
            sandbox,
            node,
        };
        lab.prepare_directories();
        lab.write_caches();
        lab
    }

    fn prepare_directories(&self) {
        let root = self.sandbox.backup_root();
        for directory in [
            cache::directory(&root),
            pending::directory(&root),
            self.partition(),
            self.dump_dir(),
            self.log_dir(),
        ] {
            fs::DirBuilder::new()
                .mode(0o700)
                .create(&directory)
                .unwrap();
            self.give_to_jobs(&directory);
        }
    }

    /// Gives a path to whoever owns the backup root.
    pub(crate) fn give_to_jobs(&self, path: &Path) {
        let owner = fs::metadata(self.sandbox.backup_root()).unwrap();
        chown(path, Some(owner.uid()), Some(owner.gid())).unwrap();
    }

    /// Writes both caches as control does, of a directory without a mark.
    pub(crate) fn write_caches(&self) {
        self.write_caches_with(None);
    }

    /// The same of a node in a maintenance window.
    pub(crate) fn write_caches_in_window(&self, until: DateTime<Utc>) {
        self.write_caches_of(None, Some(until));
    }

    /// The same with the mark of the node's directory.
    pub(crate) fn write_caches_with(&self, directory_mark: Option<Uuid>) {
        self.write_caches_of(directory_mark, None);
    }

    fn write_caches_of(&self, directory_mark: Option<Uuid>, window_until: Option<DateTime<Utc>>) {
        let root = self.sandbox.backup_root();
        let server = ServerCache {
            version: cache::VERSION,
            server_id: self.server_id,
            fqdn: Sandbox::BACKUP_SERVER.to_owned(),
            root_backup_partition: root.clone(),
            bin_dirs: BTreeMap::new(),
        };
        let node = NodeCache {
            version: cache::VERSION,
            node_id: self.node_id,
            fqdn: self.node.socket_dir().display().to_string(),
            port: self.node.port(),
            admin_user: "postgres".to_owned(),
            backup_partition: self.partition(),
            server_id: self.server_id,
            server_fqdn: Sandbox::BACKUP_SERVER.to_owned(),
            directory_mark,
            system_identifier: None,
            window_until,
        };
        let cache_dir = Directory::open_trusted(&cache::directory(&root)).unwrap();
        let meta = fs::metadata(&root).unwrap();
        let owner = Some(Owner {
            uid: meta.uid(),
            gid: meta.gid(),
        });
        server.write(&cache_dir, owner).unwrap();
        node.write(&cache_dir, owner).unwrap();
    }

    pub(crate) fn partition(&self) -> PathBuf {
        self.sandbox
            .backup_root()
            .join(format!("pgsql_node_{}", self.node_id))
    }

    pub(crate) fn dump_dir(&self) -> PathBuf {
        self.partition().join("dump")
    }

    pub(crate) fn log_dir(&self) -> PathBuf {
        self.partition().join("log")
    }

    /// A definition of this code for a database (`""` for CLUSTER), registered in the catalogue.
    pub(crate) fn define(&self, dbname: &str, code: &str) -> Job<'_, 'c> {
        self.define_with(dbname, code, "")
    }

    /// The same with extra parameters.
    pub(crate) fn define_with(&self, dbname: &str, code: &str, extra: &str) -> Job<'_, 'c> {
        let id = self.sandbox.catalogue().psql(&format!(
            "INSERT INTO backup_definition (backup_server_id, pgsql_node_id, dbname, backup_code, retention_period, \
             retention_redundancy, extra_backup_parameters, job_status, minutes_cron, hours_cron) \
             SELECT {}, {}, {}, '{code}', '7 days', 1, {}, 'ACTIVE', count(*) % 60, count(*) / 60 \
             FROM backup_definition RETURNING def_id",
            self.server_id,
            self.node_id,
            literal(dbname),
            literal(extra)
        ));
        let id = id.lines().next().unwrap().trim().parse().unwrap();
        Job {
            extra: extra.to_owned(),
            ..Job::known(self, id, dbname, code)
        }
    }

    /// One value of the catalogue's backups, in order of registration.
    pub(crate) fn catalogued(&self, column: &str) -> Vec<String> {
        let said = self
            .sandbox
            .catalogue()
            .psql(&format!("SELECT '=' || replace(coalesce(({column})::text, ''), E'\n', ' ') FROM backup_catalog ORDER BY bck_id"));
        said.lines()
            .map(|line| line.strip_prefix('=').unwrap().to_owned())
            .collect()
    }

    /// Status and reason of the only backup in the catalogue.
    pub(crate) fn only_outcome(&self) -> (String, String) {
        let (statuses, reasons) = (
            self.catalogued("execution_status"),
            self.catalogued("error_message"),
        );
        assert_eq!(
            statuses.len(),
            1,
            "{statuses:?} {reasons:?}\n{}",
            self.sandbox.log()
        );
        (statuses[0].clone(), reasons[0].clone())
    }

    /// The names in the dump directory, in order.
    pub(crate) fn dumped(&self) -> Vec<String> {
        names_in(&self.dump_dir())
    }

    /// Who is alive of what runs of this backup server have started: whoever holds a run's lock, and every client program that
    /// writes for it.
    pub(crate) fn alive(&self) -> Vec<String> {
        let run_dir = pgbackman_core::handoff::run::directory(&self.sandbox.backup_root());
        let root = self.sandbox.backup_root().display().to_string();
        let processes = fs::read_dir("/proc")
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let mut alive = Vec::new();
        for process in processes.filter(|path| path.join("cmdline").exists()) {
            let cmdline = fs::read(process.join("cmdline")).unwrap_or_default();
            let cmdline = String::from_utf8_lossy(&cmdline).replace('\0', " ");
            let holds_lock = fs::read_dir(process.join("fd")).is_ok_and(|fds| {
                fds.flatten().any(|fd| {
                    fs::read_link(fd.path()).is_ok_and(|target| target.starts_with(&run_dir))
                })
            });
            if holds_lock || (cmdline.contains("pg_dump") && cmdline.contains(&root)) {
                alive.push(format!("{}: {cmdline}", process.display()));
            }
        }
        alive
    }

    /// Waits until nothing that runs have started is alive.
    #[track_caller]
    pub(crate) fn assert_nobody_survives(&self) {
        let mut last = Vec::new();
        let gone = std::time::Instant::now() + Duration::from_secs(10);
        while std::time::Instant::now() < gone {
            last = self.alive();
            if last.is_empty() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("still alive: {last:#?}");
    }

    /// Every backup the catalogue calls good lies complete on disk, and the other way round; nothing is left of the others.
    #[track_caller]
    pub(crate) fn assert_catalogue_is_true(&self) {
        let on_disk: Vec<String> = self
            .assert_only_complete_backups()
            .iter()
            .map(|manifest| manifest.backup.run_uuid.to_string())
            .collect();
        let statuses = self.catalogued("execution_status");
        let runs = self.catalogued("run_uuid");
        for (run, status) in runs.iter().zip(&statuses) {
            assert_eq!(
                on_disk.contains(run),
                status != "ERROR",
                "run {run} is {status}, on disk: {on_disk:?}"
            );
        }
        for run in &on_disk {
            assert!(
                runs.contains(run),
                "the complete backup of run {run} is not in the catalogue"
            );
        }
        let reasons = self.catalogued("error_message");
        for (status, reason) in statuses.iter().zip(&reasons) {
            assert_eq!(
                status == "SUCCEEDED",
                reason.is_empty(),
                "{status}: {reason}"
            );
        }
    }

    /// The run records that are there.
    pub(crate) fn records(&self) -> Vec<PathBuf> {
        pgbackman_core::handoff::run::list(&self.sandbox.backup_root()).unwrap()
    }

    /// The results that wait for the catalogue.
    pub(crate) fn pending(&self) -> Vec<PathBuf> {
        waiting_below(&self.sandbox.backup_root())
    }

    /// Every manifest in the dump directory is true, and every file there is in one: nothing incomplete has a final name.
    pub(crate) fn assert_only_complete_backups(&self) -> Vec<Manifest> {
        let mut known: Vec<String> = Vec::new();
        let mut manifests = Vec::new();
        for name in self
            .dumped()
            .into_iter()
            .filter(|name| name.ends_with("-MANIFEST.json"))
        {
            let manifest = Manifest::read(&self.dump_dir().join(&name)).unwrap();
            for file in &manifest.files {
                let content = fs::read(self.dump_dir().join(&file.path)).unwrap();
                assert_eq!(content.len() as u64, file.size, "{}", file.path.display());
                assert_eq!(sha256_hex(&content), file.sha256, "{}", file.path.display());
                known.push(
                    file.path
                        .components()
                        .next()
                        .unwrap()
                        .as_os_str()
                        .to_str()
                        .unwrap()
                        .to_owned(),
                );
            }
            known.push(name);
            manifests.push(manifest);
        }
        for name in self.dumped() {
            assert!(
                known.contains(&name),
                "{name} belongs to no complete backup: {:?}",
                self.dumped()
            );
        }
        manifests
    }
}

/// A text as an SQL literal, for the tests' own statements.
pub(crate) fn literal(text: &str) -> String {
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// A name as an SQL identifier, for the tests' own statements.
pub(crate) fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The names in a directory, in order.
pub(crate) fn names_in(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}
