//! `show_pgsql_node_questions`

use pgbackman_core::catalog::reports;

use crate::answers::Answers;
use crate::error::CommandError;
use crate::shell::Shell;
use crate::spec::{Command, Spec};

/// `show_pgsql_node_questions`
#[derive(Debug)]
pub(super) struct ShowPgsqlNodeQuestions;

impl Command for ShowPgsqlNodeQuestions {
    const SPEC: &'static Spec = &Spec {
        name: "show_pgsql_node_questions",
        summary: "Lists the open questions of maintenance about PgSQL nodes",
        details: "Maintenance asks if another cluster responds at a node's address, or if most of its databases are missing \
                  at once. Use accept_pgsql_node to confirm that this is correct. Questions whose cause has disappeared are \
                  no longer listed.",
        example: "show_pgsql_node_questions",
        parameters: &[],
        forms: &[],
        confirmation: None,
        filters: false,
    };

    fn read(_: &Answers) -> Result<Self, CommandError> {
        Ok(Self)
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        shell.show_list(&reports::pgsql_node_questions())
    }
}
