//! `register_pgsql_node`

use pgbackman_core::catalog::nodes::{self, NewNode};

use crate::answers::Answers;
use crate::error::CommandError;
use crate::host::Host;
use crate::kind::{Kind, server_status};
use crate::shell::Shell;
use crate::spec::{Command, DefaultSource, Form, Parameter, Spec};

/// `register_pgsql_node`
#[derive(Debug)]
pub(super) struct RegisterPgsqlNode {
    node: NewNode,
}

impl Command for RegisterPgsqlNode {
    const SPEC: &'static Spec = &Spec {
        name: "register_pgsql_node",
        summary: "Registers a PgSQL node: a PostgreSQL server whose databases are backed up",
        details: "A host name that is an IP address, an absolute socket directory, or ends in a dot takes no domain. Two \
                  nodes may share a name and differ in the port; they are then named with it (pg-node01.example.net:5433). \
                  The backup servers must be able to connect as the admin user: passwords belong into the .pgpass file of \
                  the user that runs the backups.",
        example: "register_pgsql_node pg-node01 example.net 5432 postgres RUNNING \"Production\"",
        parameters: &[
            Parameter::new(
                "hostname",
                "Hostname",
                Kind::Hostname,
                "The machine's host name without its domain",
            )
            .default(DefaultSource::Empty),
            Parameter::new("domain", "Domain", Kind::Domain, "The machine's domain")
                .default(DefaultSource::NodeDefault("domain")),
            Parameter::new(
                "pgport",
                "Port",
                Kind::Port,
                "The port PostgreSQL listens on",
            )
            .default(DefaultSource::NodeDefault("pgport")),
            Parameter::new(
                "admin_user",
                "Admin user",
                Kind::Role,
                "The role that takes the backups",
            )
            .default(DefaultSource::NodeDefault("admin_user")),
            Parameter::new(
                "status",
                "Status",
                Kind::ServerStatus,
                "Whether the node's backups run",
            )
            .default(DefaultSource::NodeDefault("pgsql_node_status"))
            .tight(),
            Parameter::new(
                "remarks",
                "Remarks",
                Kind::Text,
                "What operators should know about it",
            )
            .default(DefaultSource::Empty),
        ],
        forms: &[Form::Words(&[
            "hostname",
            "domain",
            "pgport",
            "admin_user",
            "status",
            "remarks",
        ])],
        confirmation: Some("Are all values correct (yes/no)"),
        filters: false,
    };

    fn read(answers: &Answers) -> Result<Self, CommandError> {
        let Host { hostname, domain } = Host::read(answers);
        Ok(Self {
            node: NewNode {
                hostname,
                domain,
                port: answers.parse("pgport")?,
                admin_user: answers.text("admin_user").to_owned(),
                status: server_status(answers.text("status")).map_err(CommandError::Invalid)?,
                remarks: answers.text("remarks").to_owned(),
            },
        })
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        let node = shell.write(async |session| nodes::register(&**session, &self.node).await)?;
        shell.done(&[format!("PgSQL node {} registered.", node.fqdn())])
    }
}
