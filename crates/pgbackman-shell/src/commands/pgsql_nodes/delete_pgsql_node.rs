//! `delete_pgsql_node`

use pgbackman_core::catalogue::nodes;

use crate::declaration::spec::{Command, Form, Parameter, Spec, Subject};
use crate::error::CommandError;
use crate::registration::refusals;
use crate::session::shell::Shell;
use crate::values::answers::Answers;
use crate::values::kind::Kind;

/// `delete_pgsql_node`
#[derive(Debug)]
pub(super) struct DeletePgsqlNode {
    node: String,
}

impl Command for DeletePgsqlNode {
    const SPEC: &'static Spec = &Spec {
        name: "delete_pgsql_node",
        subject: Subject::Nodes,
        summary: "Deletes a PgSQL node from the catalogue",
        details: "The command is refused while the catalogue contains definitions or backups of the node. This cannot be \
                  forced. The backup servers then remove the node's crontab and cache, and its directories if they are \
                  empty.",
        example: "delete_pgsql_node pg-node01.example.net",
        parameters: &[Parameter::new(
            "node",
            "NodeID / FQDN",
            Kind::Node,
            "PgSQL node to delete",
        )],
        forms: &[Form::Words(&["node"])],
        confirmation: Some("Are you sure you want to delete this server? (yes/no)"),
        filters: false,
    };

    fn read(answers: &Answers) -> Result<Self, CommandError> {
        Ok(Self {
            node: answers.text("node").to_owned(),
        })
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        let node = shell.node(&self.node)?;
        shell
            .write(async |session| nodes::delete(&**session, node.id).await)
            .map_err(|error| refusals::node(shell, error, &node))?;
        shell.done(&["PgSQL node deleted.".to_owned()])
    }
}
