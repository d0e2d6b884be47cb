//! `delete_restore_definition_id`

use pgbackman_core::catalogue::restores::restore_definitions;
use pgbackman_core::domain::ids::RestoreDefId;

use crate::declaration::spec::{Command, Form, Parameter, Spec, Subject};
use crate::error::CommandError;
use crate::session::shell::Shell;
use crate::values::answers::Answers;
use crate::values::kind::Kind;

/// `delete_restore_definition_id`
#[derive(Debug)]
pub(super) struct DeleteRestoreDefinitionId {
    restore: RestoreDefId,
}

impl Command for DeleteRestoreDefinitionId {
    const SPEC: &'static Spec = &Spec {
        name: "delete_restore_definition_id",
        subject: Subject::Restores,
        summary: "Cancels a restore that has not started",
        details: "Its job is removed from the queue of at, and the backup may expire again. This does not stop a running \
                  restore. A restore that has ended keeps its entry in the catalogue.",
        example: "delete_restore_definition_id 3",
        parameters: &[Parameter::new(
            "restore_def",
            "RestoreDef",
            Kind::RestoreDef,
            "Restore definition to delete",
        )],
        forms: &[Form::Words(&["restore_def"])],
        confirmation: Some("Are you sure you want to delete this restore definition? (yes/no)"),
        filters: false,
    };

    fn read(answers: &Answers) -> Result<Self, CommandError> {
        Ok(Self {
            restore: answers.parse("restore_def")?,
        })
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        shell.write(async |session| restore_definitions::delete(&**session, self.restore).await)?;
        shell.done(&[format!(
            "Restore definition for RestoreDef: {} deleted.",
            self.restore
        )])
    }
}
