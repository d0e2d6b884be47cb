//! What the target does not support of a backup's contents, found before a restore is registered with the same checks
//! as the restore (`core::pgtools::other_version`), if this machine has the backup's files and this user may read
//! them. Nothing is changed.

use std::collections::HashSet;
use std::io;
use std::path::Path;

use pgbackman_core::archive::{Archive, Entry, look_at_script};
use pgbackman_core::catalogue::restores::restorable::RestorableBackup;
use pgbackman_core::conninfo::Environment;
use pgbackman_core::domain::node::PgsqlNode;
use pgbackman_core::domain::restore::restore_check::{FilesSeen, Finding, Level, Subject};
use pgbackman_core::domain::restore::restore_parameters::RestoreParameters;
use pgbackman_core::domain::restore::target_facts::TargetFacts;
use pgbackman_core::domain::status::BackupCode;
use pgbackman_core::job::failure::some_of;
use pgbackman_core::node::builtins::{self, Origin};
use pgbackman_core::node::target;
use pgbackman_core::pgtools::other_version::{Inspection, Server, statistics_left_out};

use crate::error::CommandError;
use crate::registration::databases::{self, AskError};
use crate::session::shell::Shell;

/// The script of a whole node that is larger than this, compressed, is left to the restore: checking it here would
/// take too long.
const LARGEST_SCRIPT: u64 = 64 * 1024 * 1024;

/// The restore, as far as the backup's contents are concerned.
pub struct ContentsOf<'a> {
    /// The backup; its files have been checked to exist.
    pub backup: &'a RestorableBackup,
    /// The extra parameters.
    pub parameters: &'a RestoreParameters,
    /// The target.
    pub node: &'a PgsqlNode,
    /// The facts about it.
    pub target: &'a TargetFacts,
}

impl ContentsOf<'_> {
    /// What would be refused or omitted; nothing if the files cannot be read from here.
    ///
    /// # Errors
    /// If the operator cancels.
    pub fn findings(&self, shell: &Shell) -> Result<Vec<Finding>, CommandError> {
        let Some(path) = self.backup.paths.first() else {
            return Ok(Vec::new());
        };
        let is_script = self.backup.facts.code == BackupCode::Cluster;
        let is_newer = self.origin().is_newer_than(self.target.release.major());
        if self.backup.facts.files != FilesSeen::Present || (is_script && !is_newer) {
            return Ok(Vec::new());
        }
        let not_looked_at = |reason: &str| {
            let text = format!(
                "Could not check whether the target PgSQL node, whose version is older than that of the backup, \
                 supports everything in the backup: {reason}. The restore checks this before it changes anything."
            );
            is_newer.then(|| finding(Level::Warning, text, None))
        };
        if is_script && std::fs::metadata(path).is_ok_and(|file| file.len() > LARGEST_SCRIPT) {
            let reason = "its script is too large to be checked here";
            return Ok(not_looked_at(reason).into_iter().collect());
        }
        let environment = shell.catalogue().environment();
        let server = match shell.catalogue().wait(self.server(environment))? {
            Ok(server) => server,
            Err(error) => return Ok(not_looked_at(&error.to_string()).into_iter().collect()),
        };
        let seen = if is_script {
            look_at_script(path, &server)
        } else {
            self.inspect(path, &server)
        };
        Ok(match seen {
            Ok(seen) => self.describe(&seen),
            Err(error) => not_looked_at(&error.to_string()).into_iter().collect(),
        })
    }

    fn origin(&self) -> Origin {
        Origin {
            source: self.backup.facts.source,
            made_by: self.backup.facts.made_by,
        }
    }

    async fn server(&self, environment: &Environment) -> Result<Server, AskError> {
        let major = self.target.release.major();
        let session = databases::connect(environment, self.node).await?;
        let compressions = target::compressions(&session).await?;
        let builtins = builtins::for_backup(&session, major, self.origin()).await?;
        session.close().await;
        Ok(Server {
            major,
            compressions,
            builtins,
        })
    }

    fn inspect(&self, path: &Path, server: &Server) -> io::Result<Inspection> {
        let archive = Archive::open(path).map_err(io::Error::other)?;
        let Ok(selection) = archive.select(self.parameters) else {
            // The selection itself is refused.
            return Ok(Inspection::default());
        };
        let selected: HashSet<u32> = selection.entries.into_iter().collect();
        let is_wanted =
            |entry: &Entry| selected.contains(&entry.id) && entry.is_taken(self.parameters);
        archive.inspect(&is_wanted, server)
    }

    fn describe(&self, seen: &Inspection) -> Vec<Finding> {
        let major = self.target.release.major();
        let mut findings = Vec::new();
        if !seen.refused.is_empty() {
            findings.push(finding(
                Level::Refused,
                format!(
                    "The backup contains something that the target PgSQL node (PostgreSQL {major}) does not support: \
                     {}.",
                    some_of(&seen.refused)
                ),
                Some(
                    "Choose a target of that version or newer, or restore parts of the backup without it (-n, -t)."
                        .to_owned(),
                ),
            ));
        }
        if seen.unknown_statistics {
            findings.push(finding(
                Level::Warning,
                format!("Omitted: {}.", statistics_left_out(major)),
                None,
            ));
        }
        findings
    }
}

fn finding(level: Level, text: String, advice: Option<String>) -> Finding {
    Finding {
        level,
        subject: Subject::General,
        text,
        advice,
    }
}
