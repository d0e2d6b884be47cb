//! The findings before a clone is registered.

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

/// How to resolve conflicts on the line.
const ANSWER: &str = "To resolve this, add a parameter: the new name of the existing database.";
const ANSWER_FOR_SEVERAL: &str = "To resolve this, add a parameter: a list of old=new with the new names of the \
    existing databases.";

/// One database, with the findings about its target.
pub(super) struct Copy {
    pub(super) backup: BackupFacts,
    pub(super) target_dbname: String,
    pub(super) target: TargetFacts,
    /// The result of its settings on the target.
    pub(super) settings: Vec<Finding>,
}

/// The findings before the dialogue continues.
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
    /// Prints which of several databases the following lines are about.
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
