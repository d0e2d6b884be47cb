//! `show_restore_definitions`

use pgbackman_core::catalog::reports;

use crate::answers::Answers;
use crate::error::CommandError;
use crate::filters::{SERVER, TARGET_DBNAME, TARGET_NODE, TypedFilter};
use crate::shell::Shell;
use crate::spec::{Command, Form, Spec};

/// `show_restore_definitions`
#[derive(Debug)]
pub(super) struct ShowRestoreDefinitions {
    filter: TypedFilter,
}

impl Command for ShowRestoreDefinitions {
    const SPEC: &'static Spec = &Spec {
        name: "show_restore_definitions",
        summary: "Lists restore definitions",
        details: "Filters are combined with AND. Write a name that contains a comma in double quotes: '\"a,b\",c'.",
        example: "show_restore_definitions all pg-node01.example.net all",
        parameters: &[SERVER, TARGET_NODE, TARGET_DBNAME],
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
        shell.show_list(&reports::restore_definitions(&self.filter.resolve(shell)?))
    }
}
