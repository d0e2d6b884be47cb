//! `show_daemons`

use pgbackman_core::catalog::reports;

use crate::answers::Answers;
use crate::error::CommandError;
use crate::shell::Shell;
use crate::spec::{Command, Spec};

/// `show_daemons`
#[derive(Debug)]
pub(super) struct ShowDaemons;

impl Command for ShowDaemons {
    const SPEC: &'static Spec = &Spec {
        name: "show_daemons",
        summary: "Shows whether the daemons of the backup servers work",
        details: "State is alive, late (it should have been heard of again), stopped (as it should be) or never (control and \
                  maintenance, which every backup server needs). The note says what it could not do when it was heard of last.",
        example: "show_daemons",
        parameters: &[],
        forms: &[],
        confirmation: None,
        filters: false,
    };

    fn read(_: &Answers) -> Result<Self, CommandError> {
        Ok(Self)
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        shell.show_list(&reports::daemons())
    }
}
