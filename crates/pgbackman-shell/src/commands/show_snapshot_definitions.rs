//! `show_snapshot_definitions`

use pgbackman_core::catalog::reports;

use crate::answers::Answers;
use crate::error::CommandError;
use crate::filters::{DBNAME, NODE, SERVER, TypedFilter};
use crate::shell::Shell;
use crate::spec::{Command, Form, Spec};

/// `show_snapshot_definitions`
#[derive(Debug)]
pub(super) struct ShowSnapshotDefinitions {
    filter: TypedFilter,
}

impl Command for ShowSnapshotDefinitions {
    const SPEC: &'static Spec = &Spec {
        name: "show_snapshot_definitions",
        summary: "Lists snapshot definitions",
        details: "Filters are combined with AND. Write a name that contains a comma in double quotes: '\"a,b\",c'.",
        example: "show_snapshot_definitions all pg-node01.example.net all",
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
        shell.show_list(&reports::snapshot_definitions(&self.filter.resolve(shell)?))
    }
}
