//! `register_backup_definition`

mod declaration;

use std::collections::BTreeSet;

use declaration::{DETAILS, FORMS, PARAMETERS};
use pgbackman_core::catalogue::definitions;
use pgbackman_core::catalogue::nodes::config_params;
use pgbackman_core::domain::backup::database_selection::{
    DatabaseSelection, WITHOUT_BACKUP_DEFINITIONS, parse_exceptions,
};
use pgbackman_core::domain::backup::definition::{NewBackupDefinition, Retention};
use pgbackman_core::domain::backup::extra_parameters::{ExtraParameters, Tool};
use pgbackman_core::domain::node::PgsqlNode;
use pgbackman_core::domain::server::BackupServer;
use pgbackman_core::domain::status::{BackupCode, JobStatus};

use crate::declaration::chosen_times::ChosenTimes;
use crate::declaration::defaults::{NODE, SERVER};
use crate::declaration::spec::{Command, Spec, Subject};
use crate::declaration::{config_values, definition_parameters};
use crate::error::CommandError;
use crate::registration;
use crate::registration::crontab_check::{CrontabCheck, Job};
use crate::registration::databases::{self, Database};
use crate::registration::refusals;
use crate::registration::warnings;
use crate::session::shell::Shell;
use crate::values::answers::Answers;

/// `register_backup_definition`
#[derive(Debug)]
pub(super) struct RegisterBackupDefinition {
    server: String,
    node: String,
    selection: DatabaseSelection,
    exceptions: Vec<String>,
    times: ChosenTimes,
    code: BackupCode,
    retention: Retention,
    extra_parameters: String,
    status: JobStatus,
    remarks: String,
}

impl Command for RegisterBackupDefinition {
    const SPEC: &'static Spec = &Spec {
        name: "register_backup_definition",
        subject: Subject::Definitions,
        summary: "Schedules regular backups of one, several or all databases of a PgSQL node",
        details: DETAILS,
        example: "register_backup_definition 1 pg-node01.example.net '#all_databases#' Scratch \"\" \"\" \"*\" \"*\" \"*\" \
                  FULL false \"7 days\" 3 \"\" ACTIVE \"Nightly\"",
        parameters: PARAMETERS,
        forms: FORMS,
        confirmation: Some("Are all values correct (yes/no)"),
        filters: false,
    };

    fn read(answers: &Answers) -> Result<Self, CommandError> {
        let invalid = |error: String| CommandError::Invalid(error);
        Ok(Self {
            server: answers.text(SERVER).to_owned(),
            node: answers.text(NODE).to_owned(),
            selection: DatabaseSelection::parse(answers.text("dbname"))
                .map_err(|e| invalid(e.to_string()))?,
            exceptions: parse_exceptions(answers.text("exceptions"))
                .map_err(|e| invalid(e.to_string()))?,
            times: ChosenTimes::read(answers),
            code: answers.parse("code")?,
            retention: definition_parameters::retention(answers)?,
            extra_parameters: answers.text("extra_parameters").to_owned(),
            status: answers.parse("job_status")?,
            remarks: answers.text("remarks").to_owned(),
        })
    }

    fn check(&self, shell: &Shell) -> Result<(), CommandError> {
        self.checked(shell).map(drop)
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        let definitions = match self.checked(shell)? {
            Checked::Definitions(definitions) => definitions,
            Checked::Nothing(node) => return self.nothing_to_do(shell, &node),
        };
        refuse_existing(shell, &definitions)?;
        let twice = self.defined_already(shell, &definitions)?;
        let node = shell.node(&self.node)?;
        let without_schemas = databases::without_schemas(
            shell,
            &node,
            definitions.iter().map(|new| new.dbname.as_str()),
            self.code,
            &self.extra_parameters,
        )?;
        shell
            .write(async |session| definitions::register_all(&**session, &definitions).await)
            .map_err(|error| {
                registration::none_of(error, definitions.len(), "backup definitions was created")
            })?;
        let created = definitions.iter().map(|new| {
            format!(
                "Backup definition for dbname: {} created.",
                registration::shown(&new.dbname)
            )
        });
        shell.done(&created.collect::<Vec<_>>())?;
        for sentence in without_schemas {
            shell.say(&format!("[WARNING]: {sentence}"))?;
        }
        if twice > 0 {
            shell.say(&format!(
                "[WARNING]: {twice} of these databases already had a backup definition. Both definitions remain in effect. \
                 {WITHOUT_BACKUP_DEFINITIONS} selects only databases without one."
            ))?;
        }
        // They differ by minute and hour, which do not decide it.
        if let Some(first) = definitions.first() {
            warnings::never_runs(shell, &first.schedule)?;
        }
        warnings::stopped_node(shell, &node)?;
        warnings::silent_control(shell, &shell.server(&self.server)?, "backup")
    }
}

/// Refuses what is defined already as soon as the answers decide it, and before those that follow are given.
fn check_twice(shell: &Shell, answers: &Answers, value: &str) -> Result<(), CommandError> {
    let mut answers = answers.clone();
    answers.push("extra_parameters", value, true);
    answers.push("job_status", JobStatus::Active.as_str(), false);
    match RegisterBackupDefinition::read(&answers)?.checked(shell)? {
        Checked::Definitions(definitions) => {
            refuse_existing(shell, &definitions).map_err(refusals::in_a_dialogue)
        }
        Checked::Nothing(_) => Ok(()),
    }
}

/// Says which definitions there are already. A refused INSERT would take IDs all the same.
fn refuse_existing(shell: &Shell, definitions: &[NewBackupDefinition]) -> Result<(), CommandError> {
    let existing =
        shell.read(async |session| definitions::existing(&**session, definitions).await)?;
    let Some((id, dbname)) = existing.first() else {
        return Ok(());
    };
    let words = format!(
        "Backup definition {id} already backs up {} at the same times and with the same backup code and extra \
         parameters. Choose another minute, or change that definition (update_backup_definition {id}).",
        registration::shown(dbname)
    );
    let error = refusals::taken("backup definition", words);
    Err(registration::none_of(
        error,
        definitions.len(),
        "backup definitions was created",
    ))
}

/// What is left to be done after everything has been checked.
enum Checked {
    /// These definitions are to be registered.
    Definitions(Vec<NewBackupDefinition>),
    /// No database of the node is left.
    Nothing(PgsqlNode),
}

impl RegisterBackupDefinition {
    /// Finds the databases and checks everything that can be checked before the catalogue is told.
    fn checked(&self, shell: &Shell) -> Result<Checked, CommandError> {
        registration::check_scope(&self.selection, self.code)?;
        ExtraParameters::parse(&self.extra_parameters, Tool::for_code(self.code), None)
            .map_err(|error| CommandError::Invalid(error.to_string()))?;
        config_values::check_interval(shell, &self.retention.period)?;
        let server = shell.server(&self.server)?;
        let node = shell.node(&self.node)?;
        let databases = databases::selected(shell, &node, &self.selection, &self.exceptions)?;
        if databases.is_empty() {
            return Ok(Checked::Nothing(node));
        }
        let definitions = self.definitions(shell, &server, &node, &databases)?;
        CrontabCheck::read(shell, &server, &node)?.check(definitions.iter().map(Job::of))?;
        Ok(Checked::Definitions(definitions))
    }

    /// How many databases of a selection of all have a definition already.
    fn defined_already(
        &self,
        shell: &Shell,
        definitions: &[NewBackupDefinition],
    ) -> Result<usize, CommandError> {
        let (Some(first), DatabaseSelection::All) = (definitions.first(), &self.selection) else {
            return Ok(0);
        };
        let node = first.node;
        let defined: BTreeSet<String> = shell
            .read(async |session| definitions::dbnames_defined(&**session, node).await)?
            .into_iter()
            .collect();
        let again = definitions
            .iter()
            .filter(|new| defined.contains(&new.dbname));
        Ok(again.count())
    }

    /// A selection that no database is left of: an error, except where everything has its definition already.
    fn nothing_to_do(&self, shell: &Shell, node: &PgsqlNode) -> Result<(), CommandError> {
        let fqdn = node.fqdn();
        if self.selection == DatabaseSelection::WithoutDefinitions {
            return shell.done(&[format!(
                "No backup definition created: every database of the PgSQL node [{fqdn}] already has one."
            )]);
        }
        Err(CommandError::Invalid(format!(
            "No backup definition created: the exceptions exclude every database of the PgSQL node [{fqdn}]"
        )))
    }

    fn definitions(
        &self,
        shell: &Shell,
        server: &BackupServer,
        node: &PgsqlNode,
        databases: &[Database],
    ) -> Result<Vec<NewBackupDefinition>, CommandError> {
        let config =
            shell.read(async |session| config_params::node_config(&**session, node.id).await)?;
        let several = self.selection.may_be_several();
        databases
            .iter()
            .map(|database| {
                Ok(NewBackupDefinition {
                    server: server.id,
                    node: node.id,
                    dbname: database.name.clone(),
                    datoid: database.oid,
                    schedule: self.times.schedule(shell, several, &config)?,
                    code: self.code,
                    retention: self.retention.clone(),
                    extra_parameters: self.extra_parameters.clone(),
                    status: self.status,
                    remarks: self.remarks.clone(),
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::declaration::is_for_one;
    use super::*;

    fn answers(dbname: &str, code: &str) -> Answers {
        let mut answers = Answers::default();
        for (key, value) in [
            ("dbname", dbname),
            ("code", code),
            ("retention_redundancy", "1"),
            ("job_status", "active"),
        ] {
            answers.push(key, value, true);
        }
        answers
    }

    #[test]
    fn minute_and_hour_are_asked_for_a_single_database_only() {
        for (dbname, asked) in [
            ("x", true),
            ("", true),
            ("a,b", false),
            ("#all_databases#", false),
            ("\"a,b\"", true),
        ] {
            assert_eq!(is_for_one(&answers(dbname, "FULL")), asked, "{dbname}");
        }
    }
}
