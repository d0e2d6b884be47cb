//! `show_pgsql_node_stats`

use pgbackman_core::catalog::reports;

use crate::answers::Answers;
use crate::error::CommandError;
use crate::kind::Kind;
use crate::shell::Shell;
use crate::spec::{Command, Form, Parameter, Spec};

/// `show_pgsql_node_stats`
#[derive(Debug)]
pub(super) struct ShowPgsqlNodeStats {
    node: String,
}

impl Command for ShowPgsqlNodeStats {
    const SPEC: &'static Spec = &Spec {
        name: "show_pgsql_node_stats",
        summary: "Shows statistics of a PgSQL node",
        details: "",
        example: "show_pgsql_node_stats 1",
        parameters: &[Parameter::new(
            "node",
            "NodeID / FQDN",
            Kind::Node,
            "The PgSQL node",
        )],
        forms: &[Form::Words(&["node"])],
        confirmation: None,
        filters: true,
    };

    fn read(answers: &Answers) -> Result<Self, CommandError> {
        Ok(Self {
            node: answers.text("node").to_owned(),
        })
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        let node = shell.node(&self.node)?;
        shell
            .show_details(&reports::pgsql_node_stats(node.id))
            .map(drop)
    }
}
