//! `show_clones`

use pgbackman_core::catalog::reports;

use crate::answers::Answers;
use crate::error::CommandError;
use crate::filters::{DBNAME, NODE, SERVER, TypedFilter};
use crate::shell::Shell;
use crate::spec::{Command, Form, Spec};

/// `show_clones`
#[derive(Debug)]
pub(super) struct ShowClones {
    filter: TypedFilter,
}

impl Command for ShowClones {
    const SPEC: &'static Spec = &Spec {
        name: "show_clones",
        summary: "Lists clones of databases and their status",
        details: "The status is SNAPSHOT WAITING, SNAPSHOT RUNNING, RESTORE WAITING, RESTORE RUNNING, SUCCEEDED, WARNING or \
                  ERROR with the reason. The filters for nodes and databases match both source and target.",
        example: "show_clones all pg-node02.example.net all",
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
        shell.show_list(&reports::clones(&self.filter.resolve(shell)?))
    }
}
