//! `register_restore_definition`

use std::borrow::Cow;
use std::path::PathBuf;

use chrono::{DateTime, Local, Utc};
use pgbackman_core::catalogue::nodes::servers;
use pgbackman_core::catalogue::restores::restorable::{self, RestorableBackup};
use pgbackman_core::catalogue::restores::restore_definitions::{self, NewRestoreDefinition};
use pgbackman_core::domain::ids::{BckId, InvalidId};
use pgbackman_core::domain::node::PgsqlNode;
use pgbackman_core::domain::restore::restore_check::{Finding, Reuse, roles_to_restore};
use pgbackman_core::domain::restore::restore_parameters::{self, RestoreParameters};
use pgbackman_core::domain::restore::target_facts::TargetFacts;
use pgbackman_core::domain::schedule::at_time;
use pgbackman_core::domain::server::BackupServer;
use pgbackman_core::domain::status::BackupCode;
use pgbackman_core::domain::text::shown;

use super::parameters::{EXTRA_PARAMETERS, RENAMED_DBNAME, ROLES_TO_USE};
use crate::declaration::defaults::{BCKID, NODE};
use crate::declaration::spec::{Command, DefaultSource, Form, Parameter, Spec, Subject};
use crate::dialogue::prompt;
use crate::error::CommandError;
use crate::registration;
use crate::registration::{refusals, single_run, warnings};
use crate::restore::{self, Answered, BackupServerLook, Case, ContentsOf, SettingsOf};
use crate::session::shell::{Shell, advise};
use crate::values::answers::Answers;
use crate::values::kind::Kind;

/// The question before anything is registered.
const CONFIRMATION: &str = "Are all values correct (yes/no)";

/// How to resolve conflicts on the line.
const ANSWERS: &str = "To resolve this, add two parameters: the new name of the existing database, and the existing \
    roles to use (names separated by commas, or all).";

/// Additional help.
const DETAILS: &str = "\
Every type of backup can be restored: FULL, SCHEMA (without rows), RDS (without roles and settings), DATA (rows into an
existing database with the tables), CLUSTER (a whole node; leave DBname empty). The backup and the target are checked before
anything is registered, and the results are shown.

An existing database is renamed, never dropped. Existing roles are used unchanged. The dialogue asks about both.
With five words, the restore is registered if there is no conflict. Two more words resolve conflicts: the new name of the
existing database (or \"\"), and the existing roles to use (names separated by commas, or all).";

const PARAMETERS: &[Parameter] = &[
    Parameter::new(
        "at_time",
        "AT timestamp",
        Kind::AtTime,
        "Time of the restore",
    )
    .default(DefaultSource::InAMinute)
    .check(single_run::check),
    Parameter::new(
        BCKID,
        "BckID",
        Kind::BckId,
        "Backup to restore, as listed by show_backup_catalog",
    )
    .default(DefaultSource::Empty)
    .check(check_backup),
    Parameter::new(
        NODE,
        "Target NodeID / FQDN",
        Kind::Node,
        "PgSQL node to restore to",
    )
    .default(DefaultSource::Empty)
    .check(restore::check_node),
    Parameter::new(
        "target_dbname",
        "Target DBname",
        Kind::Text,
        "Name of the restored database; empty for the code CLUSTER",
    )
    .default(DefaultSource::BackupDbname)
    .check(check_dbname),
    EXTRA_PARAMETERS,
    RENAMED_DBNAME,
    ROLES_TO_USE,
];

const FORMS: &[Form] = &[
    Form::Words(&["at_time", BCKID, NODE, "target_dbname", "extra_parameters"]),
    Form::Words(&[
        "at_time",
        BCKID,
        NODE,
        "target_dbname",
        "extra_parameters",
        "renamed_dbname",
        "roles_to_use",
    ]),
];

/// `register_restore_definition`
#[derive(Debug)]
pub(super) struct RegisterRestoreDefinition {
    at_time: String,
    backup: BckId,
    node: String,
    target_dbname: String,
    extra_parameters: String,
    answered: Answered,
    prompted: bool,
}

impl Command for RegisterRestoreDefinition {
    const SPEC: &'static Spec = &Spec {
        name: "register_restore_definition",
        subject: Subject::Restores,
        summary: "Schedules a restore",
        details: DETAILS,
        example: "register_restore_definition \"2026-11-21 22:00\" 12 pg-node02.example.net Orders \"\" Orders_old all",
        parameters: PARAMETERS,
        forms: FORMS,
        // Confirmed only once, together with the findings.
        confirmation: None,
        filters: false,
    };

    fn read(answers: &Answers) -> Result<Self, CommandError> {
        Self::of_backup(answers.parse(BCKID)?, answers)
    }

    fn check(&self, shell: &Shell) -> Result<(), CommandError> {
        let prepared = self.prepare(shell)?;
        prepared.case(self).settle(shell, &self.answered)
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        let prepared = self.prepare(shell)?;
        let case = prepared.case(&self);
        let answered = if self.prompted {
            case.ask(shell, Reuse::None)?
        } else {
            case.settle(shell, &self.answered)?;
            self.answered.clone()
        };
        let new = self.definition(&prepared, answered);
        let values = self.values(shell, &new, &prepared);
        restore::accepted(shell, "Restore definition accepted", &values)?;
        if self.prompted {
            prompt::confirm(shell, CONFIRMATION)?;
        }
        shell.write(async |session| restore_definitions::register(&**session, &new).await)?;
        shell.done(&["Restore definition registered.".to_owned()])?;
        warnings::silent_control(shell, &prepared.server, "restore")
    }
}

/// The findings before the dialogue continues.
struct Prepared {
    at_time: DateTime<Utc>,
    parameters: RestoreParameters,
    backup: RestorableBackup,
    source: PgsqlNode,
    server: BackupServer,
    node: PgsqlNode,
    look: BackupServerLook,
    target: TargetFacts,
    chosen: Vec<Finding>,
    settings: Vec<Finding>,
}

impl Prepared {
    fn case<'p>(&'p self, command: &'p RegisterRestoreDefinition) -> Case<'p> {
        Case {
            what: "restore definition",
            answers: ANSWERS,
            backup: &self.backup.facts,
            target: &self.target,
            target_dbname: &command.target_dbname,
            parameters: &self.parameters,
            installed: self.look.installed.as_deref(),
            taken: true,
            chosen: &self.chosen,
            settings: &self.settings,
        }
    }
}

impl RegisterRestoreDefinition {
    /// Creates the restore of a backup from the answers.
    ///
    /// # Errors
    /// For an invalid list of roles.
    pub(super) fn of_backup(backup: BckId, answers: &Answers) -> Result<Self, CommandError> {
        Ok(Self {
            at_time: answers.text("at_time").to_owned(),
            backup,
            node: answers.text(NODE).to_owned(),
            target_dbname: answers.text("target_dbname").to_owned(),
            extra_parameters: answers.text("extra_parameters").to_owned(),
            answered: Answered::read(answers.text("renamed_dbname"), answers.text("roles_to_use"))?,
            prompted: answers.were_prompted(),
        })
    }

    /// Inspects the backup, the backup server and the target.
    fn prepare(&self, shell: &Shell) -> Result<Prepared, CommandError> {
        let at_time = single_run::time(shell, &self.at_time, self.prompted)?;
        let parameters = restore_parameters::check(&self.extra_parameters, None)
            .map_err(|error| CommandError::Invalid(error.to_string()))?;
        let mut backup = backup(shell, &self.backup.to_string())?;
        let node = shell.node(&self.node)?;
        check_scope(backup.facts.code, &self.target_dbname)?;
        refuse_existing(shell, &node, &self.target_dbname, at_time)?;
        shell.dialogue("[Processing restore data]")?;
        let server = shell.read(async |session| servers::by_id(&**session, backup.server).await)?;
        let source = shell.node(&backup.node.to_string())?;
        let look = BackupServerLook::new(shell, &server)?;
        backup.facts.files = look.files(&backup.paths);
        let look_into =
            (backup.facts.code == BackupCode::Data).then_some(self.target_dbname.as_str());
        let target = restore::target(shell, &node, backup.facts.needs.as_ref(), look_into)?;
        // The first of its files is the archive.
        let archive = backup.paths.first().map(PathBuf::as_path);
        let chosen = restore::chosen(&backup.facts, archive, &parameters);
        let settings = SettingsOf {
            backup: &backup.facts,
            parameters: &parameters,
            target_dbname: &self.target_dbname,
            node: &node,
            target: &target,
        };
        let mut settings = settings.of_files(shell, &backup)?;
        let contents = ContentsOf {
            backup: &backup,
            parameters: &parameters,
            node: &node,
            target: &target,
        };
        settings.extend(contents.findings(shell)?);
        Ok(Prepared {
            at_time,
            parameters,
            backup,
            source,
            server,
            node,
            look,
            target,
            chosen,
            settings,
        })
    }

    /// A name for an existing database is kept only if there is one.
    fn definition(&self, prepared: &Prepared, answered: Answered) -> NewRestoreDefinition {
        let Prepared { backup, target, .. } = prepared;
        NewRestoreDefinition {
            at_time: prepared.at_time,
            server: prepared.server.id,
            target: prepared.node.id,
            backup: backup.id,
            target_dbname: self.target_dbname.clone(),
            renamed_dbname: answered.renamed.filter(|_| {
                // For CLUSTER it is a list that names the databases itself.
                backup.facts.code == BackupCode::Cluster
                    || target.databases.contains(&self.target_dbname)
            }),
            extra_parameters: self.extra_parameters.clone(),
            roles: roles_to_restore(&backup.facts, target, &prepared.parameters),
        }
    }

    fn values(
        &self,
        shell: &Shell,
        new: &NewRestoreDefinition,
        prepared: &Prepared,
    ) -> [(&'static str, String); 12] {
        let Prepared {
            backup,
            source,
            server,
            node,
            ..
        } = prepared;
        let target_dbname = if new.target_dbname.is_empty() {
            Cow::Borrowed(BackupCode::Cluster.as_str())
        } else {
            Cow::Borrowed(new.target_dbname.as_str())
        };
        [
            ("AT time", at_time::shown(new.at_time, &Local)),
            ("BckID to restore", new.backup.to_string()),
            (
                "Source PgSQL node",
                format!("[{}] {}", source.id, source.address()),
            ),
            (
                "Source DBname",
                registration::shown(&backup.facts.dbname).into_owned(),
            ),
            ("Backup finished", finished(backup.finished, shell.now())),
            ("Backup size", backup.size.to_string()),
            ("Roles to restore", new.roles.join(", ")),
            (
                "Backup server",
                format!("[{}] {}", server.id, server.fqdn()),
            ),
            (
                "Target PgSQL node",
                format!("[{}] {}", node.id, node.address()),
            ),
            ("Target DBname", target_dbname.into_owned()),
            ("Extra restore parameters", self.extra_parameters.clone()),
            (
                "Existing database will be renamed to",
                new.renamed_dbname.clone().unwrap_or_default(),
            ),
        ]
    }
}

/// When the backup finished, and its age.
fn finished(time: Option<DateTime<Utc>>, now: DateTime<Utc>) -> String {
    time.map_or_else(String::new, |time| {
        let age = shown::span(now - time);
        format!("{}, {age} ago", at_time::shown(time, &Local))
    })
}

/// A CLUSTER backup does not belong to a single database.
fn check_scope(code: BackupCode, target_dbname: &str) -> Result<(), CommandError> {
    if code == BackupCode::Cluster && !target_dbname.is_empty() {
        return Err(CommandError::Invalid(
            "A backup with the code CLUSTER restores a whole PgSQL node; leave Target DBname empty"
                .to_owned(),
        ));
    }
    Ok(())
}

/// Checks in a dialogue that the backup exists.
fn check_backup(shell: &Shell, _: &Answers, id: &str) -> Result<(), CommandError> {
    backup(shell, id).map(drop)
}

/// Checks in a dialogue that the target's name suits the backup.
fn check_dbname(shell: &Shell, answers: &Answers, dbname: &str) -> Result<(), CommandError> {
    check_scope(backup(shell, answers.text(BCKID))?.facts.code, dbname)?;
    check_twice(shell, answers, dbname)
}

/// Refuses a second restore to a database in one minute as soon as the target's name decides it.
pub(super) fn check_twice(
    shell: &Shell,
    answers: &Answers,
    dbname: &str,
) -> Result<(), CommandError> {
    let at_time = single_run::time(shell, answers.text("at_time"), true)?;
    let node = shell.node(answers.text(NODE))?;
    refuse_existing(shell, &node, dbname, at_time).map_err(refusals::in_a_dialogue)
}

/// Says which restore there is already. A refused INSERT would take an ID all the same.
fn refuse_existing(
    shell: &Shell,
    node: &PgsqlNode,
    dbname: &str,
    at_time: DateTime<Utc>,
) -> Result<(), CommandError> {
    let existing = shell.read(async |session| {
        restore_definitions::in_minute(&**session, node.id, dbname, at_time).await
    })?;
    let Some(id) = existing else {
        return Ok(());
    };
    Err(refusals::taken(
        "restore definition",
        format!(
            "Restore definition {id} restores to {} on PgSQL node {} in this minute already. Choose another minute or another name.",
            registration::shown(dbname),
            node.address()
        ),
    ))
}

fn backup(shell: &Shell, id: &str) -> Result<RestorableBackup, CommandError> {
    let id: BckId = id
        .parse()
        .map_err(|error: InvalidId| CommandError::Invalid(error.to_string()))?;
    let found = shell.read(async |session| restorable::by_id(&**session, id).await);
    let found = found.map_err(|error| advise(error, "show_backup_catalog lists the backups"))?;
    let standing = shell.read(async |session| restorable::standing(&**session, id).await)?;
    match standing.deleting_since {
        Some(since) => Err(CommandError::Invalid(format!(
            "Backup {id} cannot be restored: it is being deleted since {}. show_backup_catalog lists the other backups.",
            at_time::shown(since, &Local)
        ))),
        None => Ok(found),
    }
}
