//! `show_backup_details`

use pgbackman_core::catalog::reports;
use pgbackman_core::domain::ids::BckId;

use crate::answers::Answers;
use crate::error::CommandError;
use crate::kind::Kind;
use crate::shell::Shell;
use crate::spec::{Command, Form, Parameter, Spec};

/// `show_backup_details`
#[derive(Debug)]
pub(super) struct ShowBackupDetails {
    backup: BckId,
}

impl Command for ShowBackupDetails {
    const SPEC: &'static Spec = &Spec {
        name: "show_backup_details",
        summary: "Shows the details of a backup",
        details: "",
        example: "show_backup_details 12",
        parameters: &[Parameter::new(
            "bckid",
            "BckID",
            Kind::BckId,
            "Backup, as listed by show_backup_catalog",
        )],
        forms: &[Form::Words(&["bckid"])],
        confirmation: None,
        filters: true,
    };

    fn read(answers: &Answers) -> Result<Self, CommandError> {
        Ok(Self {
            backup: answers.parse("bckid")?,
        })
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        if shell.show_details(&reports::backup_details(self.backup))? {
            return Ok(());
        }
        Err(CommandError::Invalid(format!(
            "BckID [{}] does not exist in the catalogue; show_backup_catalog lists the backups",
            self.backup
        )))
    }
}
