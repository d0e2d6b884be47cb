//! `release_backup`

use pgbackman_core::catalog::kept;
use pgbackman_core::domain::ids::BckId;

use crate::answers::Answers;
use crate::error::CommandError;
use crate::kind::Kind;
use crate::shell::Shell;
use crate::spec::{Command, Form, Parameter, Spec};

/// `release_backup`
#[derive(Debug)]
pub(super) struct ReleaseBackup {
    backup: BckId,
}

impl Command for ReleaseBackup {
    const SPEC: &'static Spec = &Spec {
        name: "release_backup",
        summary: "Lets retention decide again about a backup that was kept",
        details: "If nothing else keeps it, it goes with the next pass of pgbackman_maintenance; show_retention says.",
        example: "release_backup 12",
        parameters: &[Parameter::new(
            "bckid",
            "BckID",
            Kind::BckId,
            "The backup, as show_backup_catalog numbers it",
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
