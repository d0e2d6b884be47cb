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
        summary: "Lists alerts, and how far their sending is",
        details: "Those of the last 30 days, and older ones that wait to be sent or whose cause lasts. Sending is WAITING, FAILING \
                  (with what it waits for, when it is tried again and why it failed), SENT, or NOT SENT where no way of sending \
                  was configured.",
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
