//! `show_restores_in_progress`

use pgbackman_core::catalog::reports;

use crate::answers::Answers;
use crate::error::CommandError;
use crate::shell::Shell;
use crate::spec::{Command, Spec};

/// `show_restores_in_progress`
#[derive(Debug)]
pub(super) struct ShowRestoresInProgress;

impl Command for ShowRestoresInProgress {
    const SPEC: &'static Spec = &Spec {
        name: "show_restores_in_progress",
        summary: "Lists the restores in progress",
        details: "",
        example: "show_restores_in_progress",
        parameters: &[],
        forms: &[],
        confirmation: None,
        filters: false,
    };

    fn read(_: &Answers) -> Result<Self, CommandError> {
        Ok(Self)
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        shell.show_list(&reports::restores_in_progress())
    }
}
