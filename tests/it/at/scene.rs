//! A backup server with real `atd`, a node to take snapshots of, and control.

use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use pgbackman_control::steps::Step;
use pgbackman_tests::built::built_binary;
use pgbackman_tests::namespace::Namespace;
use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::sandbox::{Daemon, Output, Sandbox};
use pgbackman_tests::wait;
use serde_json::Value;

use crate::e2e::scene::shell_line;

/// How long anything may take before a test fails. `atd` starts a job at once when its time has passed.
pub(super) const DEADLINE: Duration = Duration::from_secs(300);

/// SIGKILL, as shells count it.
pub(super) const KILLED: i32 = 128 + 9;

/// Who runs control.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Account {
    Root,
    /// The jobs' user, with `scheduler = "crontab"`.
    Jobs,
}

/// Everything of one test but control and `atd`, which tests start, stop and kill.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) inside: Namespace,
    pub(super) sandbox: Sandbox<'static>,
    pub(super) node: Cluster,
    pub(super) account: Account,
}

impl Scene {
    /// A registered backup server, and a RUNNING node with the database `shop`.
    pub(super) fn new(account: Account) -> Self {
        let mut sandbox = Sandbox::for_namespace();
        if account == Account::Jobs {
            sandbox.configure("backup_server", "scheduler", "\"crontab\"");
        }
        let node = Cluster::private(Version::Installed);
        node.psql("postgres", "CREATE DATABASE shop");
        let inside = Namespace::around(&sandbox);
        sandbox.catalogue().psql(&format!(
            "SELECT register_backup_server('backup01', 'example.net', 'RUNNING', '');\n\
             SELECT register_pgsql_node('{}', '', {}, '{}', 'RUNNING', '')",
            node.socket_dir().display(),
            node.port(),
            Cluster::SUPERUSER,
        ));
        Self {
            inside,
            sandbox,
            node,
            account,
        }
    }

    pub(super) fn sql(&self, sql: &str) -> String {
        self.sandbox.catalogue().psql(sql)
    }

    /// The rows of a query in the catalogue, as objects.
    #[track_caller]
    pub(super) fn rows(&self, sql: &str) -> Vec<Value> {
        let said = self.sql(&format!("SELECT row_to_json(q) FROM ({sql}) AS q"));
        said.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Registers a FULL snapshot at `at_time`, an expression of SQL; gives its ID.
    #[track_caller]
    pub(super) fn define(&self, dbname: &str, at_time: &str) -> i64 {
        let dbname = dbname.replace('\'', "''");
        let said = self.sql(&format!(
            "SELECT register_snapshot_definition(1, 1, '{dbname}', {at_time}, 'FULL', '7 days', '', 'Of a test', NULL)"
        ));
        said.parse().unwrap_or_else(|_| panic!("{said}"))
    }

    /// A snapshot whose time has come.
    pub(super) fn define_now(&self, dbname: &str) -> i64 {
        self.define(dbname, "clock_timestamp() - interval '1 minute'")
    }

    /// A snapshot whose time comes long after the test.
    pub(super) fn define_tomorrow(&self, dbname: &str) -> i64 {
        self.define(dbname, "date_trunc('minute', now()) + interval '1 day'")
    }

    /// `status|problem` of a snapshot.
    pub(super) fn status(&self, snapshot: i64) -> String {
        self.sql(&format!(
            "SELECT status || '|' || coalesce(problem, '') FROM snapshot_definition WHERE snapshot_id = {snapshot}"
        ))
    }

    #[track_caller]
    pub(super) fn wait_for_status(&self, snapshot: i64, status: &str) {
        wait::until(
            DEADLINE,
            Told(self, format!("status {status} of snapshot {snapshot}")),
            || {
                self.status(snapshot)
                    .starts_with(&format!("{status}|"))
                    .then_some(())
            },
        );
    }

    /// How often a snapshot has been taken, as the catalogue says.
    pub(super) fn taken(&self, snapshot: i64) -> i64 {
        let count = self.sql(&format!(
            "SELECT count(*) FROM backup_catalog WHERE snapshot_id = {snapshot}"
        ));
        count.parse().unwrap()
    }

    /// Waits until each of the snapshots has been taken, and until the queue is empty but for `left` jobs; then each was
    /// taken once, by `at`, and well.
    #[track_caller]
    pub(super) fn wait_until_taken_once(&self, snapshots: &[i64], left: usize) -> Vec<Value> {
        let what = format!("backups of the snapshots {snapshots:?} and {left} jobs left");
        wait::until(DEADLINE, Told(self, what), || {
            let all = snapshots.iter().all(|snapshot| self.taken(*snapshot) > 0);
            (all && self.queue().len() == left).then_some(())
        });
        let rows: Vec<Value> = snapshots
            .iter()
            .flat_map(|snapshot| {
                assert_eq!(
                    self.taken(*snapshot),
                    1,
                    "snapshot {snapshot}\n{}",
                    self.sandbox.log()
                );
                assert!(self.claim(*snapshot).exists());
                self.rows(&format!(
                    "SELECT * FROM backup_catalog WHERE snapshot_id = {snapshot}"
                ))
            })
            .collect();
        for row in &rows {
            assert_eq!(row["execution_status"], "SUCCEEDED", "{row:#}");
            assert_eq!(row["execution_method"], "AT", "{row:#}");
        }
        rows
    }

    /// The file by which a run claims a snapshot.
    fn claim(&self, snapshot: i64) -> PathBuf {
        self.sandbox
            .backup_root()
            .join(format!("run/snapid{snapshot}.taken"))
    }

    /// A command as the account of control, inside.
    #[track_caller]
    pub(super) fn run(&self, command: &Command) -> Output {
        match self.account {
            Account::Root => self.inside.run(command),
            Account::Jobs => self.inside.run_as_job_user(command),
        }
    }

    fn spawn(&self, command: &Command) -> Daemon {
        match self.account {
            Account::Root => self.inside.spawn(command),
            Account::Jobs => self.inside.spawn_as_job_user(command),
        }
    }

    fn control_command(&self) -> Command {
        let mut command = self.sandbox.command("pgbackman_control");
        command.current_dir(self.sandbox.home());
        command
    }

    /// Runs a command of the shell, each word quoted as an operator would.
    #[track_caller]
    pub(super) fn shell(&self, words: &[&str]) -> Output {
        let mut command = self.sandbox.command("pgbackman");
        command.args(["-C", &shell_line(words)]);
        self.inside.run(&command)
    }

    /// Control, with more in its environment.
    pub(super) fn control(&self, environment: &[(&str, &str)]) -> Daemon {
        let mut command = self.control_command();
        command.envs(environment.iter().copied());
        self.spawn(&command)
    }

    /// Brings everything up to date once.
    pub(super) fn once(&self) -> Output {
        let mut command = self.control_command();
        command.arg("--once");
        self.run(&command)
    }

    /// Control with a directory for the steps it reaches, and an order for one of them.
    pub(super) fn control_at_step(
        &self,
        order: &str,
        step: Step,
        config: Option<PathBuf>,
    ) -> (Daemon, PathBuf) {
        let steps = self
            .sandbox
            .home()
            .join(format!("steps-{:08x}", rand::random::<u32>()));
        let mut mkdir = Command::new("mkdir");
        self.run(mkdir.arg(&steps)).success();
        let pattern = self.control_command();
        let mut command = Command::new(built_binary("pgbackman-test-control-at-step"));
        match config {
            Some(config) => command.arg("--config").arg(config),
            None => command.args(pattern.get_args()),
        };
        for (name, value) in pattern.get_envs() {
            if let Some(value) = value {
                command.env(name, value);
            }
        }
        command
            .env("PGBACKMAN_TEST_STEPS", &steps)
            .env(order, step.name())
            .current_dir(self.sandbox.home());
        (self.spawn(&command), steps)
    }

    /// Control that dies at a step.
    #[track_caller]
    pub(super) fn die_at(&self, step: Step) {
        let (mut control, steps) = self.control_at_step("PGBACKMAN_TEST_DIE_AT", step, None);
        assert_eq!(control.wait(DEADLINE), KILLED, "{step}: {}", control.said());
        assert!(steps.join(step.name()).exists(), "{step} was not hit");
    }

    /// The jobs in the queue: the files' names begin with the queue's letter (`=` while a job runs), the number in five
    /// hexadecimal digits and the time in minutes since 1970 in eight.
    pub(super) fn queue(&self) -> Vec<Job> {
        let mut find = Command::new("find");
        find.args(["/var/spool/cron/atjobs", "-type", "f", "-printf", "%f\n"]);
        let listed = self.inside.run(&find).success();
        let mut jobs: Vec<Job> = listed.lines().filter_map(Job::read).collect();
        jobs.sort_by_key(|job| job.number);
        jobs
    }

    /// The text of a job as it lies in the spool.
    pub(super) fn text(&self, job: &Job) -> String {
        let mut cat = Command::new("cat");
        cat.arg(format!("/var/spool/cron/atjobs/{}", job.file));
        self.inside.run(&cat).success()
    }

    /// Keeps a job's text beyond its run; gives the file.
    pub(super) fn save(&self, job: &Job) -> String {
        let path = self.sandbox.path().join(format!("{}.saved", job.file));
        fs::write(&path, self.text(job)).unwrap();
        path.display().to_string()
    }

    /// The number of jobs that are for a snapshot.
    pub(super) fn jobs_of(&self, snapshot: i64) -> usize {
        let end = format!(" snapshot={snapshot}");
        let jobs = self.queue();
        jobs.iter()
            .filter(|job| self.text(job).trim_end().ends_with(&end))
            .count()
    }

    /// Runs a line of shell inside, as root: what an administrator does to the machine.
    pub(super) fn machine(&self, line: &str) {
        self.inside
            .run(Command::new("sh").args(["-c", line]))
            .success();
    }

    /// The configuration file with another text in it, beside the true one.
    pub(super) fn other_config(&self, name: &str, change: impl Fn(String) -> String) -> PathBuf {
        let path = self.sandbox.path().join(name);
        let text = fs::read_to_string(self.sandbox.config_path()).unwrap();
        fs::write(&path, change(text)).unwrap();
        path
    }
}

/// A job in the spool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Job {
    pub(super) file: String,
    pub(super) number: u32,
    pub(super) minute: i64,
}

impl Job {
    fn read(file: &str) -> Option<Self> {
        let number = u32::from_str_radix(file.get(1..6)?, 16).ok()?;
        let minute = i64::from_str_radix(file.get(6..)?, 16).ok()?;
        Some(Self {
            file: file.to_owned(),
            number,
            minute,
        })
    }
}

/// What is waited for, and once that is in vain, what everybody has said.
pub(super) struct Told<'s>(pub(super) &'s Scene, pub(super) String);

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(scene, what) = self;
        let definitions = scene.sql(
            "SELECT 'snapshot', snapshot_id, dbname, status, problem FROM snapshot_definition UNION ALL \
             SELECT 'restore', restore_def, target_dbname, status, error_message FROM restore_definition",
        );
        writeln!(
            f,
            "{what}. Definitions:\n{definitions}\nQueue: {:?}",
            scene.queue()
        )?;
        writeln!(
            f,
            "Log:\n{}\nSystem's log: {:#?}",
            scene.sandbox.log(),
            scene.inside.syslog()
        )
    }
}
