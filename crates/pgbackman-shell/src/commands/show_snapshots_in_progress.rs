//! `show_snapshots_in_progress`

use pgbackman_core::catalog::reports;

use crate::answers::Answers;
use crate::error::CommandError;
use crate::shell::Shell;
use crate::spec::{Command, Spec};

/// `show_snapshots_in_progress`
#[derive(Debug)]
pub(super) struct ShowSnapshotsInProgress;

impl Command for ShowSnapshotsInProgress {
    const SPEC: &'static Spec = &Spec {
        name: "show_snapshots_in_progress",
        summary: "Lists the snapshots in progress",
        details: "",
        example: "show_snapshots_in_progress",
        parameters: &[],
        forms: &[],
        confirmation: None,
        filters: false,
    };

    fn read(_: &Answers) -> Result<Self, CommandError> {
        Ok(Self)
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        shell.show_list(&reports::snapshots_in_progress())
    }
}
