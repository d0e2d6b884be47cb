//! `delete_snapshot_definition_id`

use pgbackman_core::catalogue::definitions::snapshots;
use pgbackman_core::catalogue::definitions::{self, Deletion};
use pgbackman_core::domain::ids::SnapshotId;

use crate::declaration::forced_deletion;
use crate::declaration::spec::{Command, Form, Parameter, Spec, Subject};
use crate::error::CommandError;
use crate::registration::refusals;
use crate::session::shell::Shell;
use crate::values::answers::Answers;
use crate::values::kind::{FORCE, Kind};

/// The key of the snapshot.
const SNAPSHOT: &str = "snapshot";

/// `delete_snapshot_definition_id`
#[derive(Debug)]
pub(super) struct DeleteSnapshotDefinitionId {
    snapshot: SnapshotId,
    deletion: Deletion,
}

impl Command for DeleteSnapshotDefinitionId {
    const SPEC: &'static Spec = &Spec {
        name: "delete_snapshot_definition_id",
        subject: Subject::Snapshots,
        summary: "Deletes a snapshot definition",
        details: "If the snapshot has not been taken, it is removed from the queue of at. The command is refused while the \
                  catalogue contains the backup of the snapshot, or while it is running. With force-deletion the backup is \
                  deleted too, regardless of its retention: its row immediately, its files in the next pass of \
                  pgbackman_maintenance. It is still refused while a registered or running restore needs the backup, or \
                  while it is pinned.",
        example: "delete_snapshot_definition_id 7",
        parameters: &[
            Parameter::new(
                SNAPSHOT,
                "SnapshotID",
                Kind::SnapshotId,
                "Snapshot definition, as listed by show_snapshot_definitions",
            ),
            forced_deletion::parameter(consequences),
        ],
        forms: &[Form::Words(&[SNAPSHOT]), Form::Words(&[SNAPSHOT, FORCE])],
        confirmation: Some("Are you sure you want to delete this snapshot definition? (yes/no)"),
        filters: false,
    };

    fn read(answers: &Answers) -> Result<Self, CommandError> {
        Ok(Self {
            snapshot: answers.parse(SNAPSHOT)?,
            deletion: forced_deletion::read(answers)?,
        })
    }

    fn check(&self, shell: &Shell) -> Result<(), CommandError> {
        shell
            .read(async |session| snapshots::by_id(&**session, self.snapshot).await)
            .map(drop)
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        let id = self.snapshot;
        shell
            .write(async |session| snapshots::delete(&**session, id, self.deletion).await)
            .map_err(|error| refusals::snapshot(shell, error, id))?;
        let ending = forced_deletion::ending(self.deletion);
        shell.done(&[format!("Snapshot definition for SnapshotID: {id} {ending}")])
    }
}

fn consequences(shell: &Shell, answers: &Answers) -> Result<Vec<String>, CommandError> {
    if forced_deletion::read(answers)? == Deletion::Plain {
        return Ok(Vec::new());
    }
    let id = answers.parse(SNAPSHOT)?;
    let found =
        shell.read(async |session| definitions::consequences_of_snapshot(&**session, id).await)?;
    Ok(forced_deletion::warnings(&found))
}
