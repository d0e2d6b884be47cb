//! A backup definition of a test, and its run.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::Command;

use pgbackman_core::domain::ids::DefId;
use pgbackman_tests::sandbox::{Daemon, Output, run};

use super::support::{DEADLINE, Lab};

/// A backup definition and its command line.
pub(crate) struct Job<'l, 'c> {
    pub(crate) lab: &'l Lab<'c>,
    pub(crate) id: DefId,
    pub(crate) dbname: String,
    pub(crate) code: String,
    pub(crate) extra: String,
    pub(crate) user: String,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) root: PathBuf,
}

impl<'l, 'c> Job<'l, 'c> {
    /// A definition that is registered already.
    pub(crate) fn known(lab: &'l Lab<'c>, id: DefId, dbname: &str, code: &str) -> Self {
        Self {
            lab,
            id,
            dbname: dbname.to_owned(),
            code: code.to_owned(),
            extra: String::new(),
            user: "postgres".to_owned(),
            host: lab.node.socket_dir().display().to_string(),
            port: lab.node.port(),
            root: lab.sandbox.backup_root(),
        }
    }
}

impl Job<'_, '_> {
    /// The arguments of its crontab line, without `--config`.
    pub(crate) fn args(&self) -> Vec<String> {
        let mut args: Vec<String> = [
            ("--node-fqdn", self.host.clone()),
            ("--node-id", self.lab.node_id.to_string()),
            ("--node-port", self.port.to_string()),
            ("--node-user", self.user.clone()),
            ("--def-id", self.id.to_string()),
            ("--backup-code", self.code.clone()),
            ("--encryption", "false".to_owned()),
            ("--root-backup-dir", self.root.display().to_string()),
        ]
        .into_iter()
        .flat_map(|(flag, value)| [flag.to_owned(), value])
        .collect();
        if !self.dbname.is_empty() {
            args.push(format!("--dbname={}", self.dbname));
        }
        if !self.extra.is_empty() {
            args.push(format!("--extra-backup-parameters={}", self.extra));
        }
        args
    }

    /// The program as the jobs' user, ready to run.
    pub(crate) fn command(&self) -> Command {
        let mut command = self.lab.sandbox.job_command("pgbackman_dump");
        command.args(self.args());
        command
    }

    /// The same program, which sends itself a signal (`KILL`, `STOP`) at a step.
    pub(crate) fn observed(&self, signal: &str, step: &str) -> Command {
        let mut command = self.lab.sandbox.job_command("pgbackman_dump_observed");
        command
            .args(self.args())
            .env("PGBACKMAN_TEST_AT", step)
            .env("PGBACKMAN_TEST_SIGNAL", signal);
        command
    }

    /// A command as cron and `at` start it: without a terminal.
    pub(crate) fn detached(&self, command: &Command) -> Command {
        let owner = fs::metadata(self.lab.sandbox.backup_root()).unwrap();
        let mut detached = Command::new("setsid");
        detached
            .arg("--wait")
            .arg(command.get_program())
            .args(command.get_args())
            .current_dir(self.lab.sandbox.home());
        if nix::unistd::Uid::effective().is_root() {
            detached.uid(owner.uid()).gid(owner.gid());
        }
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => detached.env(name, value),
                None => detached.env_remove(name),
            };
        }
        detached
    }

    /// Runs it to its end.
    #[track_caller]
    pub(crate) fn run(&self) -> Output {
        run(&mut self.command(), b"", DEADLINE)
    }

    /// Runs it; the backup must be SUCCEEDED.
    #[track_caller]
    pub(crate) fn succeed(&self) {
        let output = self.run();
        assert_eq!(
            output.code,
            0,
            "{}\n{}",
            output.stderr,
            self.lab.sandbox.log()
        );
    }

    /// Starts it and goes on.
    pub(crate) fn spawn(&self, command: &mut Command) -> Daemon {
        let said = self
            .lab
            .sandbox
            .path()
            .join(format!("said-{:08x}", rand::random::<u32>()));
        Daemon::spawn(command, &said)
    }
}
