//! Tries settings on the target before a restore or a clone is registered, with the same checks as the restore
//! (`core::node::target_fit`): the settings in a backup, if this machine has its files and this user may read them,
//! or the current settings of a database to be cloned. Nothing is changed.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use pgbackman_core::catalogue::restores::restorable::RestorableBackup;
use pgbackman_core::conninfo::{Environment, connect_listening};
use pgbackman_core::domain::node::PgsqlNode;
use pgbackman_core::domain::restore::restore_check::{
    BackupFacts, FilesSeen, Finding, Level, Subject, names_of, roles_to_restore,
};
use pgbackman_core::domain::restore::restore_parameters::RestoreParameters;
use pgbackman_core::domain::restore::target_facts::TargetFacts;
use pgbackman_core::domain::status::BackupCode;
use pgbackman_core::node::setting_trial::{Trial, Tried};
use pgbackman_core::node::target;
use pgbackman_core::node::target_fit::{self, Listed, Outcome, Reading, Roles};
use pgbackman_core::pgtools::scripts::settings_script::{self, DatabaseScript, Wanted};
use pgbackman_core::secret::Secret;

use super::source;
use crate::error::CommandError;
use crate::registration::databases::{self, AskError};
use crate::session::shell::Shell;

/// The restore, as far as settings are concerned.
pub struct SettingsOf<'a> {
    /// The backup; its files have been checked to exist.
    pub backup: &'a BackupFacts,
    /// The extra parameters.
    pub parameters: &'a RestoreParameters,
    /// The name of the database on the target.
    pub target_dbname: &'a str,
    /// The target.
    pub node: &'a PgsqlNode,
    /// The facts about it.
    pub target: &'a TargetFacts,
}

impl SettingsOf<'_> {
    /// The settings in this backup's files that would be omitted or refused, and the target's reasons; nothing if the
    /// files cannot be read from here.
    ///
    /// # Errors
    /// If the operator cancels.
    pub fn of_files(
        &self,
        shell: &Shell,
        backup: &RestorableBackup,
    ) -> Result<Vec<Finding>, CommandError> {
        let code = self.backup.code;
        // The settings of a whole node are in its script, which only the restore reads.
        if code == BackupCode::Cluster || self.backup.files != FilesSeen::Present {
            return Ok(Vec::new());
        }
        let read = |path: Option<&Path>| path.map(fs::read_to_string).transpose();
        let files = (
            read(backup.roles_file.as_deref()),
            read(backup.settings_file.as_deref()),
        );
        let (Ok(roles), Ok(settings)) = files else {
            let text = "The settings in the backup were not checked against the target PgSQL node, because its files \
                cannot be read here. The restore checks them before it changes anything.";
            return Ok(vec![finding(Level::Warning, text.to_owned(), None)]);
        };
        if roles.is_none() && settings.is_none() {
            return Ok(Vec::new());
        }
        let settings = settings.filter(|_| code != BackupCode::Data);
        self.of_texts(shell, roles.map(Secret::new).as_ref(), settings.as_deref())
    }

    /// The same for the current settings of a database and its roles on this node.
    ///
    /// # Errors
    /// If the operator cancels.
    pub fn of_database(
        &self,
        shell: &Shell,
        source: &PgsqlNode,
    ) -> Result<Vec<Finding>, CommandError> {
        match source::files(shell, source, &self.backup.dbname)? {
            Ok((roles, settings)) => self.of_texts(shell, Some(&roles), Some(&settings)),
            Err(reason) => Ok(vec![finding(
                Level::Warning,
                format!(
                    "The settings of the database were not checked against the target PgSQL node, because they could \
                     not be read: {reason}."
                ),
                None,
            )]),
        }
    }

    fn of_texts(
        &self,
        shell: &Shell,
        roles: Option<&Secret>,
        settings: Option<&str>,
    ) -> Result<Vec<Finding>, CommandError> {
        let database = settings.and_then(|text| self.database(text));
        let environment = shell.catalogue().environment();
        let judging = self.judge(environment, roles, database);
        Ok(match shell.catalogue().wait(judging)? {
            Ok(outcome) => self.describe(&outcome),
            Err(reason) => vec![finding(
                Level::Warning,
                format!(
                    "Could not check the settings in the backup against the target PgSQL node: {reason}."
                ),
                None,
            )],
        })
    }

    /// The statement that creates the database, as in the restore.
    fn database(&self, text: &str) -> Option<DatabaseScript> {
        let map = |role: &str| {
            let new = self.parameters.mapped(role);
            (new != role).then(|| new.to_owned())
        };
        let wanted = Wanted {
            name: self.target_dbname,
            map: &map,
            owner: !self.parameters.no_owner(),
            privileges: !self.parameters.no_privileges(),
            tablespace: !self.parameters.no_tablespaces(),
        };
        settings_script::read(text.as_bytes(), &wanted).ok()
    }

    async fn judge(
        &self,
        environment: &Environment,
        roles: Option<&Secret>,
        mut database: Option<DatabaseScript>,
    ) -> Result<Outcome, AskError> {
        let (facts, parameters) = (self.backup, self.parameters);
        let missing = roles_to_restore(facts, self.target, parameters);
        let restored: BTreeSet<String> = names_of(facts, parameters).map(str::to_owned).collect();
        let mapped = target_fit::mapped(parameters);
        let files = Roles {
            script: roles,
            mapped: &mapped,
            missing: &missing,
            restored: &restored,
        };
        let (session, mut events) = databases::connect_with(self.node, async |target, timeout| {
            connect_listening(target, environment, timeout).await
        })
        .await?;
        let known = target::parameters(&session).await?;
        let compressions = target::compressions(&session).await?;
        let reading = Reading::of(files, database.as_ref(), &session, self.target).await?;
        let tried = if reading.settings.is_empty() {
            Tried::default()
        } else {
            let trial = Trial {
                session: &session,
                events: &mut events,
                facts: self.target,
                parameters: &known,
            };
            trial
                .of(&reading.settings, &|role| reading.will_exist(role))
                .await?
        };
        session.close().await;
        let listed = Listed {
            parameters: &known,
            compressions: &compressions,
        };
        Ok(reading.fit(tried, listed, database.as_mut())?)
    }

    fn describe(&self, outcome: &Outcome) -> Vec<Finding> {
        let refused = outcome.refused.iter().map(|what| {
            finding(
                Level::Refused,
                format!(
                    "The backup contains something that the target PgSQL node (PostgreSQL {}) does not support: \
                     {what}.",
                    self.target.release.major()
                ),
                Some("Choose a target of that version or newer.".to_owned()),
            )
        });
        let warnings = outcome
            .warnings()
            .map(|what| finding(Level::Warning, sentence(&what), None));
        refused.chain(warnings).collect()
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

/// Formats it as other lines of the dialogue: with a capital letter and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}
