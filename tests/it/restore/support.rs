//! A backup server with a source and a target, backups taken by `pgbackman_dump`, and restores as control starts them.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use pgbackman_core::domain::ids::{NodeId, RestoreDefId};
use pgbackman_core::domain::node::PgsqlNode;
use pgbackman_core::domain::restore::restore_job::RestoreJob;
use pgbackman_core::domain::status::{BackupCode, ServerStatus};
use pgbackman_core::handoff::cache::{self, NodeCache, ServerCache};
use pgbackman_core::sys::directory::Directory;
use pgbackman_core::sys::privilege::Owner;
use pgbackman_tests::postgres::Cluster;
use pgbackman_tests::sandbox::{Output, Sandbox, run};

use crate::dump::support::{DEADLINE, Lab, literal};

/// A backup server whose node is the source, and a target.
pub(crate) struct RestoreLab<'c> {
    pub(crate) lab: Lab<'c>,
    pub(crate) target: &'c Cluster,
    pub(crate) target_id: NodeId,
}

/// A backup in the catalogue.
#[derive(Debug, Clone)]
pub(crate) struct Backup {
    pub(crate) id: i64,
    pub(crate) code: BackupCode,
    pub(crate) dbname: String,
    pub(crate) dump_file: PathBuf,
    pub(crate) roles_file: Option<PathBuf>,
    pub(crate) settings_file: Option<PathBuf>,
    pub(crate) manifest_file: Option<PathBuf>,
    pub(crate) checksum: Option<String>,
    pub(crate) release: String,
}

impl<'c> RestoreLab<'c> {
    /// The target may be the source itself.
    pub(crate) fn new(source: &'c Cluster, target: &'c Cluster) -> Self {
        Self::of(Lab::new(source), target)
    }

    pub(crate) fn of(lab: Lab<'c>, target: &'c Cluster) -> Self {
        let target_id = if std::ptr::eq(lab.node, target) {
            lab.node_id
        } else {
            register_node(&lab, target)
        };
        Self {
            lab,
            target,
            target_id,
        }
    }

    pub(crate) fn sandbox(&self) -> &Sandbox<'c> {
        &self.lab.sandbox
    }

    /// The same backup server and source, with another target.
    #[cfg(feature = "every-version")]
    pub(crate) fn onto(mut self, target: &'c Cluster) -> Self {
        let known = self.sandbox().catalogue().psql(&format!(
            "SELECT node_id FROM pgsql_node WHERE hostname = {} AND pgport = {}",
            literal(&target.socket_dir().display().to_string()),
            target.port()
        ));
        self.target_id = match known.trim() {
            "" => register_node(&self.lab, target),
            id => id.parse().unwrap(),
        };
        self.target = target;
        self
    }

    /// Takes a backup of the source.
    #[track_caller]
    pub(crate) fn backup(&self, dbname: &str, code: &str) -> Backup {
        self.backup_that_exits(0, dbname, code)
    }

    /// A backup whose run ends with this exit status.
    pub(super) fn backup_that_exits(&self, exit: i32, dbname: &str, code: &str) -> Backup {
        let job = self.lab.define(dbname, code);
        let output = job.run();
        assert_eq!(
            output.code,
            exit,
            "{}\n{}",
            output.stderr,
            self.sandbox().log()
        );
        self.catalogued(&format!("def_id = {}", job.id), dbname, code)
    }

    /// A backup that the catalogue has.
    pub(crate) fn catalogued(&self, condition: &str, dbname: &str, code: &str) -> Backup {
        let row = self.sandbox().catalogue().psql(&format!(
            "SELECT json_build_object('id', bck_id, 'dump', pg_dump_file, 'roles', pg_dump_roles_file, 'settings', \
             pg_dump_dbconfig_file, 'manifest', manifest_file, 'checksum', checksum, 'release', pg_dump_release) \
             FROM backup_catalog WHERE {condition}"
        ));
        let row: serde_json::Value = serde_json::from_str(row.trim()).unwrap();
        let path = |key: &str| row[key].as_str().map(PathBuf::from);
        Backup {
            id: row["id"].as_i64().unwrap(),
            code: code.parse().unwrap(),
            dbname: dbname.to_owned(),
            dump_file: path("dump").unwrap(),
            roles_file: path("roles"),
            settings_file: path("settings"),
            manifest_file: path("manifest"),
            checksum: row["checksum"].as_str().map(str::to_owned),
            release: row["release"].as_str().unwrap().to_owned(),
        }
    }

    /// A restore of it into a database of this name.
    pub(crate) fn restore<'l>(&'l self, backup: &Backup, dbname: &str) -> Restore<'l, 'c> {
        Restore {
            lab: self,
            backup: backup.clone(),
            dbname: dbname.to_owned(),
            renamed: None,
            extra: String::new(),
            roles: Vec::new(),
            user: Cluster::SUPERUSER.to_owned(),
            host: self.target.socket_dir().display().to_string(),
            port: self.target.port(),
        }
    }

    /// The last restore in the catalogue, as columns.
    pub(crate) fn last_result(&self) -> BTreeMap<String, String> {
        let said = self.sandbox().catalogue().psql(
            "SELECT row_to_json(c) FROM (SELECT restore_def, execution_status AS status, error_message AS message, renamed_dbname \
             AS renamed, role_list::text AS roles, restore_log_file AS log, target_pgsql_node_release AS release, run_uuid \
             FROM restore_catalog ORDER BY restore_id DESC LIMIT 1) AS c",
        );
        let row: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(said.trim()).unwrap();
        row.into_iter()
            .map(|(key, value)| match value {
                serde_json::Value::String(text) => (key, text),
                serde_json::Value::Null => (key, String::new()),
                other => (key, other.to_string()),
            })
            .collect()
    }

    /// How many restores the catalogue has.
    pub(crate) fn results(&self) -> usize {
        let said = self
            .sandbox()
            .catalogue()
            .psql("SELECT count(*) FROM restore_catalog");
        said.trim().parse().unwrap()
    }

    /// The target's databases.
    pub(crate) fn databases(&self) -> Vec<String> {
        let said = self.target.psql(
            "postgres",
            "SELECT json_agg(datname ORDER BY datname) FROM pg_database",
        );
        serde_json::from_str(said.trim()).unwrap()
    }
}

/// Registers the target, and writes its cache and directories as control does.
fn register_node(lab: &Lab<'_>, target: &Cluster) -> NodeId {
    let registered = lab.sandbox.catalogue().psql(&format!(
        "SELECT register_pgsql_node('{}', '', {}, 'postgres', 'RUNNING', '')",
        target.socket_dir().display(),
        target.port()
    ));
    let node_id: NodeId = registered.trim().parse().unwrap();
    let root = lab.sandbox.backup_root();
    let partition = root.join(format!("pgsql_node_{node_id}"));
    for directory in [
        partition.clone(),
        partition.join("dump"),
        partition.join("log"),
    ] {
        fs::DirBuilder::new()
            .mode(0o700)
            .create(&directory)
            .unwrap();
        lab.give_to_jobs(&directory);
    }
    let server = ServerCache::read(&root, Sandbox::BACKUP_SERVER).unwrap();
    let cache = NodeCache {
        version: cache::VERSION,
        node_id,
        fqdn: target.socket_dir().display().to_string(),
        port: target.port(),
        admin_user: "postgres".to_owned(),
        backup_partition: partition,
        server_id: server.server_id,
        server_fqdn: Sandbox::BACKUP_SERVER.to_owned(),
        directory_mark: None,
        system_identifier: None,
        window_until: None,
    };
    let cache_dir = Directory::open_trusted(&cache::directory(&root)).unwrap();
    let meta = fs::metadata(&root).unwrap();
    let owner = Some(Owner {
        uid: meta.uid(),
        gid: meta.gid(),
    });
    cache.write(&cache_dir, owner).unwrap();
    node_id
}

/// A restore that is asked for.
#[derive(Clone)]
pub(crate) struct Restore<'l, 'c> {
    pub(crate) lab: &'l RestoreLab<'c>,
    pub(crate) backup: Backup,
    pub(crate) dbname: String,
    pub(crate) renamed: Option<String>,
    pub(crate) extra: String,
    pub(crate) roles: Vec<String>,
    pub(crate) user: String,
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Restore<'_, '_> {
    pub(crate) fn renaming(mut self, to: &str) -> Self {
        self.renamed = Some(to.to_owned());
        self
    }

    pub(crate) fn with(mut self, extra: &str) -> Self {
        extra.clone_into(&mut self.extra);
        self
    }

    /// Registers its definition as the shell does, and gives it to `at`.
    pub(crate) fn register(&self) -> RestoreDefId {
        let optional = |value: &Option<String>| value.as_deref().map_or("NULL".to_owned(), literal);
        let catalogue = self.lab.sandbox().catalogue();
        // The key holds the time: two restores within one test must not share it.
        let id = catalogue.psql(&format!(
            "SELECT register_restore_definition(clock_timestamp(), {}, {}, {}, {}, {}, {}, '{{}}')",
            self.lab.lab.server_id,
            self.lab.target_id,
            self.backup.id,
            literal(&self.dbname),
            optional(&self.renamed),
            literal(&self.extra),
        ));
        let id = id.trim().parse().unwrap();
        catalogue.psql(&format!("SELECT update_restore_status({id}, 'DEFINED')"));
        id
    }

    /// The arguments of its job, without `--config`.
    pub(crate) fn args(&self, id: RestoreDefId) -> Vec<String> {
        let node = PgsqlNode {
            id: self.lab.target_id,
            hostname: self.host.clone(),
            domain: String::new(),
            port: self.port,
            admin_user: self.user.clone(),
            status: ServerStatus::Running,
            remarks: String::new(),
            system_identifier: None,
            window_until: None,
        };
        let root = self.lab.sandbox().backup_root();
        let job = RestoreJob {
            program: Path::new("/pgbackman_restore"),
            config: None,
            node: &node,
            restore: id,
            code: self.backup.code,
            dump_file: &self.backup.dump_file,
            roles_file: self.backup.roles_file.as_deref(),
            settings_file: self.backup.settings_file.as_deref(),
            manifest_file: self.backup.manifest_file.as_deref(),
            checksum: self.backup.checksum.as_deref(),
            source_dbname: &self.backup.dbname,
            target_dbname: &self.dbname,
            renamed_dbname: self.renamed.as_deref(),
            extra_parameters: &self.extra,
            roles: &self.roles,
            pg_release: &self.backup.release,
            root_backup_dir: &root,
        };
        job.argv().unwrap().split_off(1)
    }

    /// The program as the jobs' user, ready to run.
    pub(crate) fn command(&self, id: RestoreDefId) -> Command {
        let mut command = self.lab.sandbox().job_command("pgbackman_restore");
        command.args(self.args(id));
        command
    }

    /// The same program, which sends itself a signal at a step.
    pub(crate) fn observed(&self, id: RestoreDefId, signal: &str, step: &str) -> Command {
        let mut command = self.lab.sandbox().job_command("pgbackman_restore_observed");
        command
            .args(self.args(id))
            .env("PGBACKMAN_TEST_AT", step)
            .env("PGBACKMAN_TEST_SIGNAL", signal);
        command
    }

    /// Registers and runs it to its end.
    #[track_caller]
    pub(crate) fn run(&self) -> Output {
        let id = self.register();
        run(&mut self.command(id), b"", DEADLINE)
    }

    /// Runs it; it must be SUCCEEDED.
    #[track_caller]
    pub(crate) fn succeed(&self) {
        let output = self.run();
        let result = self.lab.last_result();
        let log = fs::read_to_string(&result["log"]).unwrap_or_default();
        assert_eq!(output.code, 0, "{}\n{result:#?}\n{log}", output.stderr);
        assert_eq!(result["status"], "SUCCEEDED", "{result:#?}");
        assert_eq!(result["message"], "");
    }

    /// Runs it; it must be refused, for a reason with these words, before anything is changed.
    #[track_caller]
    pub(crate) fn refused(&self, words: &[&str]) {
        let before = everything(self.lab.target);
        let output = self.run();
        assert_ne!(output.code, 0, "it was not refused");
        for word in words {
            assert!(output.stderr.contains(word), "{word}: {}", output.stderr);
        }
        assert_eq!(
            everything(self.lab.target),
            before,
            "the target was changed"
        );
        let result = self.lab.last_result();
        assert_eq!(result["status"], "ERROR");
        for word in words {
            assert!(result["message"].contains(word), "{word}: {result:?}");
        }
    }
}

/// The whole cluster as `pg_dumpall` sees it; databases whose names it refuses are listed.
pub(crate) fn everything(cluster: &Cluster) -> String {
    let globals = crate::roundtrip::globals(cluster);
    let databases = cluster.psql(
        "postgres",
        "SELECT json_agg(row_to_json(d)) FROM (SELECT oid, datname, datallowconn, datconnlimit, datdba, datacl::text \
         FROM pg_database ORDER BY oid) AS d",
    );
    let names = cluster.psql(
        "postgres",
        "SELECT json_agg(datname ORDER BY oid) FROM pg_database WHERE datallowconn",
    );
    let names: Vec<String> = serde_json::from_str(names.trim()).unwrap();
    let contents: Vec<String> = names.iter().map(|name| content(cluster, name)).collect();
    format!("{globals}\n{databases}\n{}", contents.join("\n"))
}

/// What a database holds, as `pg_dump` sees it.
pub(crate) fn content(cluster: &Cluster, dbname: &str) -> String {
    crate::roundtrip::without_keys(&crate::roundtrip::dump_of(cluster, dbname, &[]))
}
