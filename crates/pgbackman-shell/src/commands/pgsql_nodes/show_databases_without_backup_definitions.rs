//! `show_databases_without_backup_definitions`

use pgbackman_core::catalogue::reports::{Align, Column, Field, Type};
use pgbackman_core::catalogue::{definitions, nodes};
use pgbackman_core::domain::node::PgsqlNode;
use pgbackman_core::domain::status::ServerStatus;
use pgbackman_core::domain::text::selector::Selector;

use crate::declaration::filters::{self, NODE};
use crate::declaration::spec::{Command, Form, Parameter, Spec, Subject};
use crate::error::CommandError;
use crate::output::Format;
use crate::registration::databases;
use crate::session::shell::Shell;
use crate::values::answers::Answers;
use crate::values::kind::Kind;

/// The name of the list in JSON.
const RESULT: &str = "databases_without_backup_definitions";

const COLUMNS: [Column; 2] = [
    Column {
        heading: "PgSQL node",
        key: "pgsql_node",
        align: Align::Left,
    },
    Column {
        heading: "DBname",
        key: "dbname",
        align: Align::Left,
    },
];

/// The fields for programs.
pub(super) const FIELDS: [Field; 2] = [
    Field::new("pgsql_node", Type::Text),
    Field::new("dbname", Type::Text),
];

/// `show_databases_without_backup_definitions`
#[derive(Debug)]
pub(super) struct ShowDatabasesWithoutBackupDefinitions {
    nodes: Selector<String>,
}

impl Command for ShowDatabasesWithoutBackupDefinitions {
    const SPEC: &'static Spec = &Spec {
        name: "show_databases_without_backup_definitions",
        subject: Subject::Definitions,
        summary: "Lists databases without a backup definition",
        details: "Queries the PgSQL nodes, all at the same time; with `all`, every node that is RUNNING. The databases of \
                  the nodes that respond are shown even if others do not respond; in that case the command fails and names \
                  those. template0 and template1 are omitted. A CLUSTER definition covers the whole node, and does not \
                  count for its single databases.",
        example: "show_databases_without_backup_definitions all",
        parameters: &[Parameter::new(
            NODE.key,
            NODE.label,
            Kind::NodeFilter,
            "PgSQL nodes to query",
        )],
        forms: &[Form::Words(&["node"])],
        confirmation: None,
        filters: true,
    };

    fn read(answers: &Answers) -> Result<Self, CommandError> {
        Ok(Self {
            nodes: filters::selector(answers, NODE.key)?,
        })
    }

    fn run(self, shell: &mut Shell) -> Result<(), CommandError> {
        let (asked, not_running) = chosen(shell, &self.nodes)?;
        if !not_running.is_empty() {
            let names: Vec<String> = not_running.iter().map(PgsqlNode::fqdn).collect();
            shell.dialogue(&format!(
                "[WARNING]: Skipped PgSQL nodes that are not RUNNING: {}",
                names.join(", ")
            ))?;
        }
        let mut rows = Vec::new();
        let mut unanswered = Vec::new();
        for (node, answer) in asked.iter().zip(databases::of_nodes(shell, &asked)?) {
            match answer {
                Ok(names) => {
                    rows.extend(undefined(shell, &shown(shell, node, &asked), node, names)?);
                }
                Err(reason) => {
                    unanswered.push(format!("[{}:{}] {reason}", node.fqdn(), node.port));
                }
            }
        }
        shell.show_rows(RESULT, &COLUMNS, &FIELDS, &rows)?;
        if unanswered.is_empty() {
            return Ok(());
        }
        Err(CommandError::Failed {
            what: format!(
                "list the databases of {} of {} PgSQL nodes",
                unanswered.len(),
                asked.len()
            ),
            message: unanswered.join("\n         "),
            detail: None,
        })
    }
}

/// The nodes to query, and the nodes that are skipped because they are not RUNNING and were not named.
fn chosen(
    shell: &Shell,
    names: &Selector<String>,
) -> Result<(Vec<PgsqlNode>, Vec<PgsqlNode>), CommandError> {
    let all = shell.read(async |session| nodes::list(&**session).await)?;
    let named = filters::existing_nodes(shell, names)?;
    Ok(match named {
        None => all
            .into_iter()
            .partition(|node| node.status == ServerStatus::Running),
        Some(ids) => {
            let named = all.into_iter().filter(|node| ids.contains(&node.id));
            (named.collect(), Vec::new())
        }
    })
}

/// The name of the node; in a table with its port if another node has the same name.
fn shown(shell: &Shell, node: &PgsqlNode, asked: &[PgsqlNode]) -> String {
    let is_shared = asked
        .iter()
        .any(|other| other.id != node.id && other.fqdn() == node.fqdn());
    if is_shared && shell.format() == Format::Table {
        node.address()
    } else {
        node.fqdn()
    }
}

/// The databases of a node without a definition, as rows.
fn undefined(
    shell: &Shell,
    shown: &str,
    node: &PgsqlNode,
    names: Vec<String>,
) -> Result<Vec<[String; 2]>, CommandError> {
    let defined =
        shell.read(async |session| definitions::dbnames_defined(&**session, node.id).await)?;
    Ok(names
        .into_iter()
        .filter(|name| !defined.contains(name))
        .map(|name| [shown.to_owned(), name])
        .collect())
}
