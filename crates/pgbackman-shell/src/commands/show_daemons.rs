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
        summary: "Lists the daemons of the backup servers and their state",
        details: "The state is alive, late (the heartbeat is overdue), stopped (shut down properly) or never (control and \
                  maintenance, which every backup server needs, have never run). The note shows the errors in the last \
                  heartbeat.",
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
