//! A backup server whose control is under test.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use pgbackman_control::steps::Step;
use pgbackman_tests::built::built_binary;
use pgbackman_tests::sandbox::{Daemon, Output, Sandbox};
use pgbackman_tests::wait;

/// How long anything may take before a test fails.
pub(super) const DEADLINE: Duration = Duration::from_secs(30);

/// A registered backup server in a sandbox.
pub(super) struct Backup<'c> {
    pub(super) sandbox: Sandbox<'c>,
    pub(super) server: i64,
}

impl Backup<'static> {
    pub(super) fn new() -> Self {
        Self::register(Sandbox::new())
    }
}

impl<'c> Backup<'c> {
    /// Registers the sandbox's backup server.
    pub(super) fn register(sandbox: Sandbox<'c>) -> Self {
        let mut backup = Self { sandbox, server: 0 };
        backup.server = backup
            .number("SELECT register_backup_server('backup01', 'example.net', 'RUNNING', '')");
        backup
    }

    pub(super) fn sql(&self, sql: &str) -> String {
        self.sandbox.catalogue().psql(sql)
    }

    pub(super) fn number(&self, sql: &str) -> i64 {
        let said = self.sql(sql);
        said.parse()
            .unwrap_or_else(|_| panic!("not a number: {said:?} from {sql}"))
    }

    /// Registers a RUNNING node.
    pub(super) fn node(&self, hostname: &str, port: u16) -> i64 {
        self.number(&format!(
            "SELECT register_pgsql_node('{hostname}', 'example.org', {port}, 'postgres', 'RUNNING', '')"
        ))
    }

    /// Registers an ACTIVE definition of code FULL at 04:30.
    pub(super) fn define(&self, node: i64, dbname: &str) -> i64 {
        self.define_with(node, dbname, "30", "", "")
    }

    pub(super) fn define_with(
        &self,
        node: i64,
        dbname: &str,
        minute: &str,
        extra: &str,
        remarks: &str,
    ) -> i64 {
        self.number(&format!(
            "INSERT INTO backup_definition (backup_server_id, pgsql_node_id, dbname, minutes_cron, hours_cron, \
                 backup_code, extra_backup_parameters, job_status, remarks) \
             VALUES ({}, {node}, {}, {}, '4', 'FULL', {}, 'ACTIVE', {}) RETURNING def_id",
            self.server,
            literal(dbname),
            literal(minute),
            literal(extra),
            literal(remarks),
        ))
    }

    pub(super) fn set_node_config(&self, node: i64, parameter: &str, value: &str) {
        self.sql(&format!(
            "SELECT set_pgsql_node_config({node}, ARRAY[{}], ARRAY[{}])",
            literal(parameter),
            literal(value)
        ));
    }

    /// What waits in the queue, as node and job ID.
    pub(super) fn queue(&self) -> BTreeMap<i64, i64> {
        let rows = self.sql("SELECT pgsql_node_id || ' ' || id FROM job_queue");
        rows.lines()
            .map(|row| {
                let (node, id) = row.split_once(' ').unwrap();
                (node.parse().unwrap(), id.parse().unwrap())
            })
            .collect()
    }

    pub(super) fn crontab(&self, node: i64) -> PathBuf {
        self.sandbox
            .crontab_dir()
            .join(format!("pgsql_node_{node}"))
    }

    pub(super) fn control(&self) -> Daemon {
        self.sandbox.spawn("pgbackman_control", [""; 0])
    }

    pub(super) fn once(&self) -> Output {
        self.sandbox.run("pgbackman_control", ["--once"])
    }

    /// The definitions that stand in all crontab files of the sandbox, by node, in the order of the files.
    pub(super) fn scheduled(&self, node: i64) -> Vec<i64> {
        let node = node.to_string();
        let lines = jobs(&self.sandbox.crontab_dir());
        let of_node = lines
            .iter()
            .filter(|line| flag(line, "--node-id") == Some(&node));
        of_node
            .map(|line| flag(line, "--def-id").unwrap().parse().unwrap())
            .collect()
    }

    #[track_caller]
    pub(super) fn wait_until_scheduled(&self, node: i64, definitions: &[i64]) {
        wait::until(
            DEADLINE,
            format!("definitions {definitions:?} in the crontab of node {node}"),
            || (self.scheduled(node) == definitions).then_some(()),
        );
    }

    #[track_caller]
    pub(super) fn wait_for_empty_queue(&self) {
        wait::until(DEADLINE, "an empty queue", || {
            self.queue().is_empty().then_some(())
        });
    }

    #[track_caller]
    pub(super) fn wait_for_log(&self, text: &str) {
        wait::until(DEADLINE, format!("{text:?} in the log"), || {
            self.sandbox.log().contains(text).then_some(())
        });
    }

    /// Control with a directory for the steps it reaches, and orders for one of them.
    pub(super) fn at_step(&self, order: &str, step: Step) -> (Command, PathBuf) {
        let steps = self
            .sandbox
            .path()
            .join(format!("steps-{:08x}", rand::random::<u32>()));
        fs::create_dir(&steps).unwrap();
        let mut command = Command::new(built_binary("pgbackman-test-control-at-step"));
        let pattern = self.sandbox.command("pgbackman_control");
        command
            .args(pattern.get_args())
            .current_dir(self.sandbox.path());
        for (name, value) in pattern.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
            .env("PGBACKMAN_TEST_STEPS", &steps)
            .env(order, step.name());
        (command, steps)
    }

    pub(super) fn spawn(&self, mut command: Command) -> Daemon {
        let said = self
            .sandbox
            .path()
            .join(format!("said-{:08x}", rand::random::<u32>()));
        Daemon::spawn(&mut command, &said)
    }
}

/// All job lines of all files that cron would read in a directory.
pub(super) fn jobs(directory: &Path) -> Vec<String> {
    let mut paths: Vec<PathBuf> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| !path.file_name().unwrap().to_string_lossy().contains('.'))
        .collect();
    paths.sort();
    let mut jobs = Vec::new();
    for path in paths {
        // A file may go while the directory is being read.
        let text = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            text.is_empty() || text.ends_with('\n'),
            "cut off: {}",
            path.display()
        );
        jobs.extend(
            text.lines()
                .filter(|line| line.contains("pgbackman_dump "))
                .map(str::to_owned),
        );
    }
    jobs
}

/// The word after a flag, where neither needs quoting.
fn flag<'l>(line: &'l str, name: &str) -> Option<&'l str> {
    let mut words = line.split(' ');
    words.find(|word| *word == name)?;
    words.next()
}

/// An SQL literal.
pub(super) fn literal(text: &str) -> String {
    format!(
        "E'{}'",
        text.replace('\\', "\\\\")
            .replace('\'', "''")
            .replace('\n', "\\n")
            .replace('\r', "\\r")
    )
}
