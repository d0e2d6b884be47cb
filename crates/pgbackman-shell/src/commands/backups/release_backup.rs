//! `release_backup`

use pgbackman_core::catalogue::backups::kept;
use pgbackman_core::domain::ids::BckId;

use crate::declaration::spec::{Command, Form, Parameter, Spec, Subject};
use crate::error::CommandError;
use crate::session::shell::Shell;
use crate::values::answers::Answers;
use crate::values::kind::Kind;

/// `release_backup`
#[derive(Debug)]
pub(super) struct ReleaseBackup {
    backup: BckId,
}

impl Command for ReleaseBackup {
    const SPEC: &'static Spec = &Spec {
        name: "release_backup",
        subject: Subject::Backups,
        summary: "Releases a pinned backup, so that retention applies to it again",
        details: "If nothing else requires the backup, the next pass of pgbackman_maintenance deletes it. See \
                  show_retention.",
        example: "release_backup 12",
        parameters: &[Parameter::new(
            "bckid",
            "BckID",
            Kind::BckId,
            "Backup, as listed by show_backup_catalog",
        )],
        forms: &[Form::Words(&["bckid"])],
        confirmation: None,
        filters: false,
    };

    fn read(answers: &Answers) -> Result<Self, CommandError> {
        Ok(Self {
            backup: answers.parse("bckid")?,
        })
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        shell.write(async |session| kept::release(&**session, self.backup).await)?;
        shell.done(&[format!("Backup with BckID: {} released.", self.backup)])
    }
}
