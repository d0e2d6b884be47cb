//! `show_alerts`

use pgbackman_core::catalog::reports;

use crate::answers::Answers;
use crate::error::CommandError;
use crate::filters::{DBNAME, NODE, SERVER, TypedFilter};
use crate::shell::Shell;
use crate::spec::{Command, Form, Spec};

/// `show_alerts`
#[derive(Debug)]
pub(super) struct ShowAlerts {
    filter: TypedFilter,
}

impl Command for ShowAlerts {
    const SPEC: &'static Spec = &Spec {
        name: "show_alerts",
        summary: "Lists alerts and their delivery status",
        details: "Shows the alerts of the last 30 days, and older ones that have not been sent or whose cause persists. The \
                  delivery status is WAITING, FAILING (with the channel, the time of the next attempt and the reason), \
                  SENT, or NOT SENT if no channel was configured.",
        example: "show_alerts all all all",
        parameters: &[SERVER, NODE, DBNAME],
        forms: &[Form::Words(&["server", "node", "dbname"])],
        confirmation: None,
        filters: true,
    };

    fn read(answers: &Answers) -> Result<Self, CommandError> {
        Ok(Self {
            filter: TypedFilter::read(answers)?,
        })
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        shell.show_list(&reports::alerts(&self.filter.resolve(shell)?))
    }
}
