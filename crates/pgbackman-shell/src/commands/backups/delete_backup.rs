//! `delete_backup`

use pgbackman_core::catalogue::backups::expired;
use pgbackman_core::catalogue::restores::restorable;
use pgbackman_core::domain::ids::BckId;

use crate::declaration::spec::{Command, Form, Parameter, Spec, Subject};
use crate::error::CommandError;
use crate::session::shell::Shell;
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
        )],
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
        shell
            .read(async |session| restorable::by_id(&**session, self.backup).await)
            .map(drop)
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        let id = self.backup;
        shell.write(async |session| expired::delete_by_operator(&**session, id).await)?;
        shell.done(&[format!(
            "Backup with BckID: {id} deleted; the next pass of pgbackman_maintenance deletes its files."
        )])
    }
}
