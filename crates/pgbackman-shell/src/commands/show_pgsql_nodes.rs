//! `show_pgsql_nodes`

use pgbackman_core::catalog::reports;

use crate::answers::Answers;
use crate::error::CommandError;
use crate::shell::Shell;
use crate::spec::{Command, Spec};

/// `show_pgsql_nodes`
#[derive(Debug)]
pub(super) struct ShowPgsqlNodes;

impl Command for ShowPgsqlNodes {
    const SPEC: &'static Spec = &Spec {
        name: "show_pgsql_nodes",
        summary: "Lists the PgSQL nodes",
        details: "",
        example: "show_pgsql_nodes",
        parameters: &[],
        forms: &[],
        confirmation: None,
        filters: false,
    };

    fn read(_: &Answers) -> Result<Self, CommandError> {
        Ok(Self)
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        shell.show_list(&reports::pgsql_nodes())
    }
}
