//! `register_pgsql_node`

use pgbackman_core::catalogue::nodes::{self, NewNode};

use crate::declaration::spec::{Command, DefaultSource, Form, Parameter, Spec, Subject};
use crate::error::CommandError;
use crate::registration::host::{self, Host};
use crate::registration::{databases, refusals, warnings};
use crate::session::shell::Shell;
use crate::values::answers::Answers;
use crate::values::kind::{Kind, server_status};

/// `register_pgsql_node`
#[derive(Debug)]
pub(super) struct RegisterPgsqlNode {
    node: NewNode,
}

impl Command for RegisterPgsqlNode {
    const SPEC: &'static Spec = &Spec {
        name: "register_pgsql_node",
        subject: Subject::Nodes,
        summary: "Registers a PgSQL node: a PostgreSQL server whose databases are backed up",
        details: "A host name with dots is treated as an FQDN: the part after the first dot is its domain, unless you \
            give another one. A host name that is an IP address, an absolute socket directory, or ends in a dot has \
            no domain. Two nodes may have the same name and different ports; refer to them with the port \
            (pg-node01.example.net:5433). The backup servers must be able to connect as the admin user. Put passwords \
            into the .pgpass file of the user that runs the backups.",
        example: "register_pgsql_node pg-node01 example.net 5432 postgres RUNNING \"Production\"",
        parameters: &[
            Parameter::new(
                "hostname",
                "Hostname",
                Kind::Hostname,
                "Host name of the machine, or its FQDN",
            )
            .default(DefaultSource::Empty),
            Parameter::new("domain", "Domain", Kind::Domain, "Domain of the machine")
                .default(DefaultSource::NodeDefault("domain")),
            Parameter::new(
                "pgport",
                "Port",
                Kind::Port,
                "Port on which PostgreSQL listens",
            )
            .default(DefaultSource::NodeDefault("pgport")),
            Parameter::new(
                "admin_user",
                "Admin user",
                Kind::Role,
                "Role that takes the backups",
            )
            .default(DefaultSource::NodeDefault("admin_user"))
            .warning(unreachable),
            Parameter::new(
                "status",
                "Status",
                Kind::ServerStatus,
                "Whether backups of the node run",
            )
            .default(DefaultSource::NodeDefault("pgsql_node_status"))
            .tight(),
            Parameter::new("remarks", "Remarks", Kind::Text, "Free-text comment")
                .default(DefaultSource::Empty)
                .told(host::told),
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
                status: server_status(answers.text("status"))?,
                remarks: answers.text("remarks").to_owned(),
            },
        })
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        let NewNode {
            hostname,
            domain,
            port,
            ..
        } = &self.node;
        // A refused INSERT would take an ID all the same.
        let registered = shell
            .read(async |session| nodes::registered(&**session, hostname, domain, *port).await)?;
        if let Some(node) = registered {
            return Err(refusals::taken(
                "PgSQL node",
                format!(
                    "PgSQL node {} is already registered (NodeID {}).",
                    node.address(),
                    node.id
                ),
            ));
        }
        let node = shell.write(async |session| nodes::register(&**session, &self.node).await)?;
        shell.done(&[format!("PgSQL node {} registered.", node.fqdn())])?;
        warnings::stopped_node(shell, &node)
    }
}

/// Whether the node answers. It may be registered before it does, and from where it cannot be reached; a script is not held
/// up.
fn unreachable(shell: &Shell, answers: &Answers) -> Result<Vec<String>, CommandError> {
    if !shell.is_terminal() {
        return Ok(Vec::new());
    }
    let name = Host::read(answers).fqdn();
    let port = answers.parse("pgport")?;
    databases::unreachable_at(shell, &name, port, answers.text("admin_user"))
}
