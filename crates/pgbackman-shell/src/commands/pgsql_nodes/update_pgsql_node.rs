//! `update_pgsql_node`

use pgbackman_core::catalogue::nodes::{self, NodeChange};

use crate::declaration::spec::{
    Command, DefaultSource, Form, NodeColumn, Parameter, Spec, Subject,
};
use crate::error::CommandError;
use crate::session::shell::Shell;
use crate::values::answers::Answers;
use crate::values::kind::{Kind, server_status};

/// `update_pgsql_node`
#[derive(Debug)]
pub(super) struct UpdatePgsqlNode {
    node: String,
    change: NodeChange,
}

impl Command for UpdatePgsqlNode {
    const SPEC: &'static Spec = &Spec {
        name: "update_pgsql_node",
        subject: Subject::Nodes,
        summary: "Changes the registration of a PgSQL node; starts and stops its backups",
        details: "STOPPED removes all backups of the node from the crontabs; RUNNING puts them back. DOWN is accepted for \
                  STOPPED.",
        example: "update_pgsql_node pg-node01.example.net 5432 postgres STOPPED \"Maintenance until Friday\"",
        parameters: &[
            Parameter::new("node", "NodeID / FQDN", Kind::Node, "The PgSQL node")
                .default(DefaultSource::Empty),
            Parameter::new(
                "pgport",
                "Port",
                Kind::Port,
                "Port on which PostgreSQL listens",
            )
            .default(DefaultSource::NodeRow(NodeColumn::Port)),
            Parameter::new(
                "admin_user",
                "Admin user",
                Kind::Role,
                "Role that takes the backups",
            )
            .default(DefaultSource::NodeRow(NodeColumn::AdminUser)),
            Parameter::new(
                "status",
                "Status",
                Kind::ServerStatus,
                "Whether backups of the node run",
            )
            .default(DefaultSource::NodeRow(NodeColumn::Status))
            .tight(),
            Parameter::new("remarks", "Remarks", Kind::Text, "Free-text comment")
                .default(DefaultSource::NodeRow(NodeColumn::Remarks)),
        ],
        forms: &[Form::Words(&[
            "node",
            "pgport",
            "admin_user",
            "status",
            "remarks",
        ])],
        confirmation: Some("Are all values to update correct (yes/no)"),
        filters: false,
    };

    fn read(answers: &Answers) -> Result<Self, CommandError> {
        Ok(Self {
            node: answers.text("node").to_owned(),
            change: NodeChange {
                port: answers.parse("pgport")?,
                admin_user: answers.text("admin_user").to_owned(),
                status: server_status(answers.text("status"))?,
                remarks: answers.text("remarks").to_owned(),
            },
        })
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        let id = shell.node(&self.node)?.id;
        shell.write(async |session| nodes::update(&**session, id, &self.change).await)?;
        shell.done(&[format!("PgSQL node with NodeID: {id} updated.")])
    }
}
