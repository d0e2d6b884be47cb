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
        summary: "Shows what maintenance asks about PgSQL nodes instead of deleting anything",
        details: "Another cluster answers under a node's name, or most of its databases are missing at once. \
                  accept_pgsql_node says that this is as it should be; what has come right by itself is no longer asked.",
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
