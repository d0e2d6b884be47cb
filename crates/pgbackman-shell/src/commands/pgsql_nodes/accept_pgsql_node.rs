//! `accept_pgsql_node`

use pgbackman_core::catalogue::nodes::missing_databases;

use crate::declaration::spec::{Command, Form, Parameter, Spec, Subject};
use crate::error::CommandError;
use crate::session::shell::Shell;
use crate::values::answers::Answers;
use crate::values::kind::Kind;

/// `accept_pgsql_node`
#[derive(Debug)]
pub(super) struct AcceptPgsqlNode {
    node: String,
}

impl Command for AcceptPgsqlNode {
    const SPEC: &'static Spec = &Spec {
        name: "accept_pgsql_node",
        subject: Subject::Nodes,
        summary: "Confirms that the current state of a PgSQL node is correct",
        details: "Confirms that the cluster at the node's address is the right one and that missing databases were dropped. \
                  Their definitions become DELETED, and their backups are deleted after the node's quarantine. If the \
                  question concerns the node's directory, the current directory is accepted, and backups that are missing \
                  in it count as lost. show_pgsql_node_questions lists the open questions.",
        example: "accept_pgsql_node pg-node01.example.net",
        parameters: &[Parameter::new(
            "node",
            "NodeID / FQDN",
            Kind::Node,
            "The PgSQL node",
        )],
        forms: &[Form::Words(&["node"])],
        confirmation: Some("Is this PgSQL node as it should be? (yes/no)"),
        filters: false,
    };

    fn read(answers: &Answers) -> Result<Self, CommandError> {
        Ok(Self {
            node: answers.text("node").to_owned(),
        })
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        let id = shell.node(&self.node)?.id;
        let answered =
            shell.write(async |session| missing_databases::accept(&**session, id).await)?;
        if answered == 0 {
            return Err(CommandError::Invalid(format!(
                "There are no open questions about the PgSQL node with NodeID: {id}; show_pgsql_node_questions lists \
                 them"
            )));
        }
        shell.done(&[format!(
            "PgSQL node with NodeID: {id} accepted as it is, questions answered: {answered}."
        )])
    }
}
