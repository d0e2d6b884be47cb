//! `show_restore_details`

use pgbackman_core::catalog::reports;
use pgbackman_core::domain::ids::RestoreId;

use crate::answers::Answers;
use crate::error::CommandError;
use crate::kind::Kind;
use crate::shell::Shell;
use crate::spec::{Command, Form, Parameter, Spec};

/// `show_restore_details`
#[derive(Debug)]
pub(super) struct ShowRestoreDetails {
    restore: RestoreId,
}

impl Command for ShowRestoreDetails {
    const SPEC: &'static Spec = &Spec {
        name: "show_restore_details",
        summary: "Shows the details of a restore",
        details: "",
        example: "show_restore_details 12",
        parameters: &[Parameter::new(
            "restoreid",
            "RestoreID",
            Kind::RestoreId,
            "Restore, as listed by show_restore_catalog",
        )],
        forms: &[Form::Words(&["restoreid"])],
        confirmation: None,
        filters: true,
    };

    fn read(answers: &Answers) -> Result<Self, CommandError> {
        Ok(Self {
            restore: answers.parse("restoreid")?,
        })
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        if shell.show_details(&reports::restore_details(self.restore))? {
            return Ok(());
        }
        Err(CommandError::Invalid(format!(
            "RestoreID [{}] does not exist in the catalogue; show_restore_catalog lists the restores",
            self.restore
        )))
    }
}
