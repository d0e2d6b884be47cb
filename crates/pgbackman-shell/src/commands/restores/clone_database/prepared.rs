//! What is found out before a clone is registered.

use chrono::{DateTime, Utc};
use pgbackman_core::catalogue::restores::clones::ClonedDatabase;
use pgbackman_core::domain::node::PgsqlNode;
use pgbackman_core::domain::restore::restore_check::{BackupFacts, Finding};
use pgbackman_core::domain::restore::restore_parameters::RestoreParameters;
use pgbackman_core::domain::restore::target_facts::TargetFacts;
use pgbackman_core::domain::server::BackupServer;

use crate::error::CommandError;
use crate::output::cell::printable;
use crate::restore::{Answered, BackupServerLook, Case};
use crate::session::shell::Shell;

/// How what conflicts is answered on the line.
const ANSWER: &str =
    "One more parameter answers this: the name that the existing database is renamed to.";
const ANSWER_FOR_SEVERAL: &str = "One more parameter answers this: a list of old=new, the names that the existing databases are renamed to.";

/// One database with what was found of its target.
pub(super) struct Copy {
    pub(super) backup: BackupFacts,
    pub(super) target_dbname: String,
    pub(super) target: TargetFacts,
    /// What the target makes of its settings.
    pub(super) settings: Vec<Finding>,
}

/// What was found out before anything is asked.
pub(super) struct Prepared {
    pub(super) at_time: DateTime<Utc>,
    pub(super) parameters: RestoreParameters,
    pub(super) server: BackupServer,
    pub(super) node: PgsqlNode,
    pub(super) target_node: PgsqlNode,
    pub(super) look: BackupServerLook,
    pub(super) copies: Vec<Copy>,
}

impl Copy {
    pub(super) fn clone_of(&self, answered: Answered) -> ClonedDatabase {
        ClonedDatabase {
            dbname: self.backup.dbname.clone(),
            target_dbname: self.target_dbname.clone(),
            renamed_dbname: answered
                .renamed
                .filter(|_| self.target.databases.contains(&self.target_dbname)),
        }
    }
}

impl Prepared {
    /// Says of which of several databases the following is.
    pub(super) fn announce(&self, shell: &Shell, copy: &Copy) -> Result<(), CommandError> {
        if self.copies.len() == 1 {
            return Ok(());
        }
        shell.dialogue(&format!("[DBname {}]", printable(&copy.backup.dbname)))
    }

    pub(super) fn case<'p>(&'p self, copy: &'p Copy) -> Case<'p> {
        Case {
            what: "clone",
            answers: if self.copies.len() > 1 {
                ANSWER_FOR_SEVERAL
            } else {
                ANSWER
            },
            backup: &copy.backup,
            target: &copy.target,
            target_dbname: &copy.target_dbname,
            parameters: &self.parameters,
            installed: self.look.installed.as_deref(),
            taken: false,
            chosen: &[],
            settings: &copy.settings,
        }
    }
}
