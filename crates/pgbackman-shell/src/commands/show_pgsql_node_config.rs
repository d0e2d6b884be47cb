//! `show_pgsql_node_config`

use pgbackman_core::catalog::reports;

use crate::answers::Answers;
use crate::error::CommandError;
use crate::kind::Kind;
use crate::shell::Shell;
use crate::spec::{Command, Form, Parameter, Spec};

/// `show_pgsql_node_config`
#[derive(Debug)]
pub(super) struct ShowPgsqlNodeConfig {
    node: String,
}

impl Command for ShowPgsqlNodeConfig {
    const SPEC: &'static Spec = &Spec {
        name: "show_pgsql_node_config",
        summary: "Shows the configuration of a PgSQL node",
        details: "",
        example: "show_pgsql_node_config 1",
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
        shell.show_list(&reports::pgsql_node_config(node.id))
    }
}
