//! `delete_backup`

use chrono::Local;
use pgbackman_core::catalogue::backups::expired;
use pgbackman_core::catalogue::restores::restorable::{self, Standing};
use pgbackman_core::domain::ids::{BckId, InvalidId};
use pgbackman_core::domain::schedule::at_time;

use crate::declaration::spec::{Command, Form, Parameter, Spec, Subject};
use crate::error::CommandError;
use crate::registration;
use crate::session::shell::{Shell, advise};
use crate::values::answers::Answers;
use crate::values::kind::Kind;

/// `delete_backup`
#[derive(Debug)]
pub(super) struct DeleteBackup {
    backup: BckId,
}

impl Command for DeleteBackup {
    const SPEC: &'static Spec = &Spec {
        name: "delete_backup",
        subject: Subject::Backups,
        summary: "Deletes a backup before the end of its retention period",
        details: "The backup can no longer be restored. The next pass of pgbackman_maintenance on its backup server \
            deletes the files, then the row. The command is refused if the backup is pinned, if a registered or \
            running restore needs it, if the redundancy or the rotation of its definition needs it (the newest usable \
            backup is always needed), and if it shares files with another backup.",
        example: "delete_backup 12",
        parameters: &[Parameter::new(
            "bckid",
            "BckID",
            Kind::BckId,
            "Backup, as listed by show_backup_catalog",
        )
        .check(|shell, _, id| existing(shell, parsed(id)?).map(drop))
        .told(described)
        .warning(only_one)],
        forms: &[Form::Words(&["bckid"])],
        confirmation: Some("Are you sure you want to delete this backup? (yes/no)"),
        filters: false,
    };

    fn read(answers: &Answers) -> Result<Self, CommandError> {
        Ok(Self {
            backup: answers.parse("bckid")?,
        })
    }

    fn check(&self, shell: &Shell) -> Result<(), CommandError> {
        existing(shell, self.backup).map(drop)
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        let id = self.backup;
        existing(shell, id)?;
        shell.write(async |session| expired::delete_by_operator(&**session, id).await)?;
        shell.done(&[format!(
            "Backup with BckID: {id} deleted; the next pass of pgbackman_maintenance deletes its files."
        )])
    }
}

fn parsed(id: &str) -> Result<BckId, CommandError> {
    id.parse()
        .map_err(|error: InvalidId| CommandError::Invalid(error.to_string()))
}

/// How the backup stands, or that there is none of that ID.
fn existing(shell: &Shell, id: BckId) -> Result<Standing, CommandError> {
    let found = shell.read(async |session| restorable::standing(&**session, id).await);
    found.map_err(|error| advise(error, "show_backup_catalog lists the backups"))
}

/// What is about to be deleted.
fn described(shell: &Shell, answers: &Answers) -> Result<Vec<String>, CommandError> {
    let id = parsed(answers.text("bckid"))?;
    let backup = shell.read(async |session| restorable::by_id(&**session, id).await)?;
    let node = shell.node(&backup.node.to_string())?;
    let finished = backup
        .finished
        .map_or_else(String::new, |time| at_time::shown(time, &Local));
    Ok(vec![
        format!("DBname: {}", registration::shown(&backup.facts.dbname)),
        format!("PgSQL node: [{}] {}", node.id, node.address()),
        format!("Finished: {finished}"),
        format!("Size: {}", backup.size),
        format!("Status: {}", backup.facts.status),
    ])
}

/// That nothing of the database is left afterwards.
fn only_one(shell: &Shell, answers: &Answers) -> Result<Vec<String>, CommandError> {
    let id = parsed(answers.text("bckid"))?;
    Ok(if existing(shell, id)?.is_the_only_one {
        vec![
            "This is the only usable backup of the database; afterwards the database cannot be restored."
                .to_owned(),
        ]
    } else {
        Vec::new()
    })
}
