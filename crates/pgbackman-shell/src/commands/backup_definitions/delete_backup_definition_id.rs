//! `delete_backup_definition_id`

use pgbackman_core::catalogue::definitions::{self, Deletion};

use crate::declaration::defaults::DEFINITION;
use crate::declaration::forced_deletion;
use crate::declaration::spec::{Command, Form, Parameter, Spec, Subject};
use crate::error::CommandError;
use crate::registration::refusals;
use crate::session::shell::Shell;
use crate::values::answers::Answers;
use crate::values::kind::{FORCE, Kind};

/// `delete_backup_definition_id`
#[derive(Debug)]
pub(super) struct DeleteBackupDefinitionId {
    definition: String,
    deletion: Deletion,
}

impl Command for DeleteBackupDefinitionId {
    const SPEC: &'static Spec = &Spec {
        name: "delete_backup_definition_id",
        subject: Subject::Definitions,
        summary: "Deletes a backup definition",
        details: "The command is refused while the catalogue contains backups of the definition, or while it is running. \
                  With force-deletion the backups are deleted too, regardless of their retention: their rows immediately, \
                  their files in the next pass of pgbackman_maintenance. It is still refused while a registered or running \
                  restore needs one of them, or while one of them is pinned.",
        example: "delete_backup_definition_id 12 force-deletion",
        parameters: &[
            Parameter::new(
                DEFINITION,
                "DefID",
                Kind::DefId,
                "Backup definition, as listed by show_backup_definitions",
            ),
            forced_deletion::parameter(consequences),
        ],
        forms: &[
            Form::Words(&[DEFINITION]),
            Form::Words(&[DEFINITION, FORCE]),
        ],
        confirmation: Some("Are you sure you want to delete this backup definition? (yes/no)"),
        filters: false,
    };

    fn read(answers: &Answers) -> Result<Self, CommandError> {
        Ok(Self {
            definition: answers.text(DEFINITION).to_owned(),
            deletion: forced_deletion::read(answers)?,
        })
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        let id = shell.definition(&self.definition)?.id;
        shell
            .write(async |session| definitions::delete(&**session, id, self.deletion).await)
            .map_err(|error| refusals::definition(shell, error, id))?;
        let ending = forced_deletion::ending(self.deletion);
        shell.done(&[format!("Backup definition for DefID: {id} {ending}")])
    }
}

fn consequences(shell: &Shell, answers: &Answers) -> Result<Vec<String>, CommandError> {
    if forced_deletion::read(answers)? == Deletion::Plain {
        return Ok(Vec::new());
    }
    let id = shell.definition(answers.text(DEFINITION))?.id;
    let found = shell.read(async |session| definitions::consequences(&**session, id).await)?;
    Ok(forced_deletion::warnings(&found))
}
