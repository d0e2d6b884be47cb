//! `restore_latest`

use chrono::TimeDelta;
use pgbackman_core::catalogue::restores::restorable::{self, NewestBackup};
use pgbackman_core::domain::status::BackupCode;
use pgbackman_core::domain::text::size::Size;

use super::parameters::{EXTRA_PARAMETERS, RENAMED_DBNAME, ROLES_TO_USE};
use super::register_restore_definition::{self, RegisterRestoreDefinition};
use crate::declaration::defaults::NODE;
use crate::declaration::spec::{Command, DefaultSource, Form, Parameter, Spec, Subject};
use crate::error::CommandError;
use crate::output::cell::printable;
use crate::registration::single_run;
use crate::restore;
use crate::session::shell::Shell;
use crate::values::answers::Answers;
use crate::values::kind::Kind;

/// The keys of the node and the database whose backup is restored.
const SOURCE_NODE: &str = "source_node";
const DBNAME: &str = "dbname";

const PARAMETERS: &[Parameter] = &[
    Parameter::new(
        SOURCE_NODE,
        "NodeID / FQDN",
        Kind::Node,
        "PgSQL node that was backed up",
    ),
    Parameter::new(
        DBNAME,
        "DBname",
        Kind::Database,
        "Database that was backed up; empty for a backup with the code CLUSTER",
    )
    .default(DefaultSource::Empty),
    Parameter::new(
        "at_time",
        "AT timestamp",
        Kind::AtTime,
        "Time of the restore",
    )
    .default(DefaultSource::InAMinute)
    .check(single_run::check),
    Parameter::new(
        NODE,
        "Target NodeID / FQDN",
        Kind::Node,
        "PgSQL node to restore to",
    )
    .default(DefaultSource::Answer(SOURCE_NODE))
    .check(restore::check_node),
    Parameter::new(
        "target_dbname",
        "Target DBname",
        Kind::Text,
        "Name of the restored database; empty for the code CLUSTER",
    )
    .default(DefaultSource::Answer(DBNAME))
    .check(register_restore_definition::check_twice),
    EXTRA_PARAMETERS,
    RENAMED_DBNAME,
    ROLES_TO_USE,
];

/// `restore_latest`
#[derive(Debug)]
pub(super) struct RestoreLatest {
    node: String,
    dbname: String,
    answers: Answers,
}

impl Command for RestoreLatest {
    const SPEC: &'static Spec = &Spec {
        name: "restore_latest",
        subject: Subject::Restores,
        summary: "Schedules a restore of the newest usable backup of a database",
        details: "Finds the newest usable backup with data (FULL or RDS; CLUSTER without a database) of the database, \
            on whichever backup server, reports it, and continues as register_restore_definition does, with the same \
            checks, questions and summary. Backups that are known to be damaged are skipped. By default the database \
            is restored one minute from now, on the node that was backed up, under its own name; an existing database \
            is renamed.",
        example: "restore_latest pg-node01.example.net Orders target_dbname=Orders_copy roles_to_use=all",
        parameters: PARAMETERS,
        forms: &[
            Form::Words(&[SOURCE_NODE, DBNAME]),
            Form::Words(&[
                SOURCE_NODE,
                DBNAME,
                "at_time",
                NODE,
                "target_dbname",
                "extra_parameters",
            ]),
            Form::Words(&[
                SOURCE_NODE,
                DBNAME,
                "at_time",
                NODE,
                "target_dbname",
                "extra_parameters",
                "renamed_dbname",
                "roles_to_use",
            ]),
        ],
        // Confirmed only once, together with the findings.
        confirmation: None,
        filters: false,
    };

    fn read(answers: &Answers) -> Result<Self, CommandError> {
        Ok(Self {
            node: answers.text(SOURCE_NODE).to_owned(),
            dbname: answers.text(DBNAME).to_owned(),
            answers: answers.clone(),
        })
    }

    fn check(&self, shell: &Shell) -> Result<(), CommandError> {
        let newest = self.newest(shell)?;
        RegisterRestoreDefinition::of_backup(newest.id, &self.answers)?.check(shell)
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        let newest = self.newest(shell)?;
        for line in describe(shell, &newest) {
            shell.dialogue(&printable(&line))?;
        }
        RegisterRestoreDefinition::of_backup(newest.id, &self.answers)?.run(shell)
    }
}

impl RestoreLatest {
    fn newest(&self, shell: &Shell) -> Result<NewestBackup, CommandError> {
        let node = shell.node(&self.node)?;
        let found = shell.read(async |session| {
            restorable::newest_usable(&**session, node.id, &self.dbname).await
        })?;
        found.ok_or_else(|| {
            let what = if self.dbname.is_empty() {
                format!("of the whole node (code {})", BackupCode::Cluster)
            } else {
                format!("with data of the database [{}]", self.dbname)
            };
            CommandError::Invalid(format!(
                "PgSQL node [{}] has no usable backup {what}; show_backup_catalog lists the backups",
                node.fqdn()
            ))
        })
    }
}

/// Prints which backup it is, with a warning if it may be incomplete.
fn describe(shell: &Shell, newest: &NewestBackup) -> Vec<String> {
    let finished = newest.finished.format("%Y-%m-%d %H:%M:%S+00:00");
    let mut lines = vec![format!(
        "[OK]: The newest usable backup has BckID {}: {}, {}, finished {finished} ({} ago), {}.",
        newest.id,
        newest.code,
        newest.status,
        age(shell.now() - newest.finished),
        Size(newest.bytes),
    )];
    if !newest.extra_parameters.is_empty() {
        lines.push(format!(
            "[WARNING]: It was taken with the extra parameters [{}] and may be incomplete.",
            newest.extra_parameters
        ));
    }
    lines
}

/// An age in its largest unit.
fn age(span: TimeDelta) -> String {
    let units = [
        (span.num_days(), "day"),
        (span.num_hours(), "hour"),
        (span.num_minutes(), "minute"),
        (span.num_seconds().max(0), "second"),
    ];
    let (number, unit) = units
        .into_iter()
        .find(|(number, _)| *number > 0)
        .unwrap_or((0, "second"));
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_has_its_largest_unit() {
        for (seconds, said) in [
            (-5, "0 seconds"),
            (1, "1 second"),
            (119, "1 minute"),
            (7_200, "2 hours"),
            (90_000, "1 day"),
        ] {
            assert_eq!(age(TimeDelta::seconds(seconds)), said);
        }
    }
}
