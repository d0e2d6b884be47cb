//! Checks, before definitions are registered, that cron can read their lines: one line that cron rejects disables all
//! jobs of the node (trap 18).

use std::path::{Path, PathBuf};

use pgbackman_core::catalogue::nodes::config_params;
use pgbackman_core::config::{SYSTEM_PATH, Scheduler};
use pgbackman_core::domain::backup::BackupOrigin;
use pgbackman_core::domain::backup::definition::NewBackupDefinition;
use pgbackman_core::domain::backup::dump_job::DumpJob;
use pgbackman_core::domain::ids::DefId;
use pgbackman_core::domain::node::PgsqlNode;
use pgbackman_core::domain::schedule::Schedule;
use pgbackman_core::domain::server::BackupServer;
use pgbackman_core::domain::status::BackupCode;
use pgbackman_core::sys::crontab::{DumpLineProblem, dump_line};

use crate::error::CommandError;
use crate::session::shell::Shell;

/// The parts of a crontab line that come from a definition.
#[derive(Debug, Clone, Copy)]
pub struct Job<'d> {
    /// The database; empty for a whole node.
    pub dbname: &'d str,
    /// When it runs.
    pub schedule: &'d Schedule,
    /// What the backup contains.
    pub code: BackupCode,
    /// Additional words for the client program.
    pub extra_parameters: &'d str,
}

impl<'d> Job<'d> {
    /// The job of a definition that is to be registered.
    pub fn of(definition: &'d NewBackupDefinition) -> Self {
        Self {
            dbname: &definition.dbname,
            schedule: &definition.schedule,
            code: definition.code,
            extra_parameters: &definition.extra_parameters,
        }
    }
}

/// The parts of a crontab line that do not come from the definition.
///
/// The control daemon that writes the line may run elsewhere and with a configuration file of another name; it checks
/// the line again, and records at the definition if it had to omit the line.
#[derive(Debug)]
pub struct CrontabCheck {
    node: PgsqlNode,
    program: PathBuf,
    root_directory: PathBuf,
    config: PathBuf,
    user: Option<String>,
}

impl CrontabCheck {
    /// Reads what the lines of a node on a server have in common.
    ///
    /// # Errors
    /// If the catalogue is unavailable.
    pub fn read(
        shell: &Shell,
        server: &BackupServer,
        node: &PgsqlNode,
    ) -> Result<Self, CommandError> {
        let config = shell
            .read(async |session| config_params::server_config(&**session, server.id).await)?;
        let local = shell.config();
        Ok(Self {
            node: node.clone(),
            program: config.pgbackman_dump,
            root_directory: config.root_backup_partition,
            config: local
                .path
                .clone()
                .unwrap_or_else(|| Path::new(SYSTEM_PATH).to_owned()),
            user: (local.backup_server.scheduler == Scheduler::CronD)
                .then(|| local.backup_server.os_user.clone()),
        })
    }

    /// Checks the line of every definition.
    ///
    /// # Errors
    /// For the first line that cron would reject, with the database and the reason.
    pub fn check<'d>(&self, mut jobs: impl Iterator<Item = Job<'d>>) -> Result<(), CommandError> {
        jobs.try_for_each(|definition| {
            self.line(definition).map_err(|reason| {
                CommandError::Invalid(format!(
                    "The backup definition for dbname {:?} is refused: {reason}",
                    definition.dbname
                ))
            })
        })
    }

    /// Checks whether cron can read a definition's line.
    ///
    /// # Errors
    /// The reason why it cannot.
    pub fn line(&self, definition: Job<'_>) -> Result<(), DumpLineProblem> {
        let job = DumpJob {
            program: &self.program,
            config: Some(&self.config),
            node: &self.node,
            // The database assigns the ID; the longest possible one is used here.
            origin: BackupOrigin::Definition(DefId::new(i64::MAX)),
            dbname: definition.dbname,
            code: definition.code,
            encryption: false,
            root_backup_dir: &self.root_directory,
            extra_parameters: definition.extra_parameters,
            pg_dump_release: None,
            requested: None,
        };
        dump_line(&job, definition.schedule, self.user.as_deref()).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use pgbackman_core::domain::ids::NodeId;
    use pgbackman_core::domain::status::ServerStatus;

    use super::*;

    fn check(extra_parameters: &str, dbname: &str) -> Result<(), CommandError> {
        let check = CrontabCheck {
            node: PgsqlNode {
                id: NodeId::new(1),
                hostname: "node1".to_owned(),
                domain: "example.org".to_owned(),
                port: 5432,
                admin_user: "postgres".to_owned(),
                status: ServerStatus::Running,
                remarks: String::new(),
                system_identifier: None,
                window_until: None,
            },
            program: PathBuf::from("/usr/bin/pgbackman_dump"),
            root_directory: PathBuf::from("/srv/pgbackman"),
            config: PathBuf::from("/etc/pgbackman/pgbackman.conf"),
            user: Some("pgbackman".to_owned()),
        };
        check.check(std::iter::once(Job {
            dbname,
            schedule: &Schedule::parse(["1", "2", "*", "*", "*"]).unwrap(),
            code: BackupCode::Full,
            extra_parameters,
        }))
    }

    #[test]
    fn trap_18_a_line_over_crons_limit_is_refused_at_registration() {
        assert!(check("-T log", "Orders").is_ok());
        let Err(CommandError::Invalid(text)) = check(&"-T log ".repeat(150), "Orders") else {
            panic!("accepted")
        };
        assert!(text.contains("998") && text.contains("Orders"), "{text}");
    }

    #[test]
    fn trap_15_hostile_names_make_lines_that_cron_reads() {
        for name in [
            "Orders",
            "a b",
            "it's",
            "\"q\"",
            "b\\s",
            "$(touch x)",
            ";",
            "50%",
            "-lead",
            "a\nb",
            "é".repeat(31).as_str(),
        ] {
            assert!(check("", name).is_ok(), "{name:?}");
        }
    }
}
