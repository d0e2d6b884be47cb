//! The databases of a PgSQL node, as the node itself lists them.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use pgbackman_core::catalogue::definitions;
use pgbackman_core::conninfo::{
    self, ConnectError, ConnectFailure, ConnectTarget, DEFAULT_TIMEOUT, Environment, Session,
};
use pgbackman_core::domain::backup::database_selection::{DatabaseSelection, TEMPLATES};
use pgbackman_core::domain::backup::extra_parameters::{ExtraParameters, Tool};
use pgbackman_core::domain::node::PgsqlNode;
use pgbackman_core::domain::pg_version::PgMajor;
use pgbackman_core::domain::status::BackupCode;
use pgbackman_core::node::NodeError;
use pgbackman_core::node::archive_choice;
use pgbackman_core::node::databases::{self, NodeDatabase};
use pgbackman_core::node::identity;
use pgbackman_core::node::target_fit::FitError;
use thiserror::Error;

use crate::declaration::defaults::NODE;
use crate::error::CommandError;
use crate::output::cell::printable;
use crate::session::progress::Progress;
use crate::session::shell::Shell;
use crate::values::answers::Answers;

/// Databases to connect to: the first, or if the node does not have it, the next.
const CONNECT_TO: [&str; 2] = ["postgres", "template1"];

/// How many nodes are queried at the same time.
const AT_ONCE: usize = 16;

/// SQLSTATE `invalid_catalog_name`: there is no such database.
const NO_SUCH_DATABASE: &str = "3D000";

/// A database that can be backed up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    /// Its name; empty for the whole node.
    pub name: String,
    /// Its OID, where there is one.
    pub oid: Option<u32>,
}

/// The selected databases; one without a name for the whole node.
///
/// # Errors
/// For a name that is not on the node, or if the node or the catalogue is unavailable.
pub fn selected(
    shell: &Shell,
    node: &PgsqlNode,
    selection: &DatabaseSelection,
    exceptions: &[String],
) -> Result<Vec<Database>, CommandError> {
    if *selection == DatabaseSelection::WholeNode {
        return Ok(vec![Database {
            name: String::new(),
            oid: None,
        }]);
    }
    let (on_node, without_text) = listed(shell, node)?;
    if !without_text.is_empty() && !matches!(selection, DatabaseSelection::Names(_)) {
        let named: Vec<String> = without_text
            .iter()
            .map(|name| format!("[{name}]"))
            .collect();
        shell.say(&format!(
            "[WARNING]: These databases are skipped because their names are not UTF-8 and PgBackMan cannot connect to \
             them: {}. Rename them in a session of a database with the encoding in which they were created.",
            named.join(", ")
        ))?;
    }
    let defined =
        shell.read(async |session| definitions::dbnames_defined(&**session, node.id).await)?;
    let names: Vec<String> = on_node
        .iter()
        .map(|database| database.name.clone())
        .collect();
    let wanted = selection
        .resolve(&names, &defined.into_iter().collect(), exceptions)
        .map_err(|missing| no_such_database(&missing.0, node))?;
    let mut by_name: HashMap<String, Database> = on_node
        .into_iter()
        .map(|database| (database.name.clone(), database))
        .collect();
    Ok(wanted
        .iter()
        .filter_map(|name| by_name.remove(name))
        .collect())
}

/// Every database of the node, over one connection.
///
/// # Errors
/// If the node cannot be reached or queried.
pub fn of_node(shell: &Shell, node: &PgsqlNode) -> Result<Vec<Database>, CommandError> {
    Ok(listed(shell, node)?.0)
}

/// The databases, and those that nobody can connect to because their names are not valid text.
fn listed(shell: &Shell, node: &PgsqlNode) -> Result<(Vec<Database>, Vec<String>), CommandError> {
    let environment = shell.catalogue().environment();
    let listed = shell.catalogue().wait(list(environment, node))?;
    let (listed, without_text) = listed.map_err(|reason| CommandError::Failed {
        what: format!("list the databases of the PgSQL node [{}]", node.fqdn()),
        message: reason.to_string(),
        detail: None,
    })?;
    let databases = listed
        .into_iter()
        .map(|database| Database {
            name: database.name,
            oid: Some(database.oid),
        })
        .collect();
    Ok((databases, without_text))
}

/// The node's major version.
///
/// # Errors
/// If the node cannot be reached or queried.
pub fn release(shell: &Shell, node: &PgsqlNode) -> Result<PgMajor, CommandError> {
    let environment = shell.catalogue().environment();
    let release = shell.catalogue().wait(async {
        let session = connect(environment, node).await?;
        let release = identity::release(&*session).await?;
        session.close().await;
        Ok::<_, AskError>(release)
    })?;
    let release = release.map_err(|error| CommandError::Failed {
        what: format!("query the version of the PgSQL node [{}]", node.fqdn()),
        message: error.to_string(),
        detail: None,
    })?;
    Ok(release.major())
}

/// The names of the databases of several nodes, without templates, in the order of the nodes; the reason instead if a
/// node does not respond.
///
/// # Errors
/// If the operator cancels.
pub fn of_nodes(
    shell: &Shell,
    nodes: &[PgsqlNode],
) -> Result<Vec<Result<Vec<String>, AskError>>, CommandError> {
    let environment = shell.catalogue().environment();
    let progress = Progress::new(shell, "PgSQL nodes", nodes.len());
    let asked = nodes.iter().map(async |node| {
        let listed = list(environment, node).await;
        progress.step();
        let (databases, _) = listed?;
        Ok(databases
            .into_iter()
            .map(|database| database.name)
            .filter(|name| !TEMPLATES.contains(&name.as_str()))
            .collect())
    });
    let answers = stream::iter(asked).buffered(AT_ONCE).collect();
    shell.catalogue().wait(answers)
}

/// The node's databases, and the names of those that are no text.
/// Why a node, or one of its databases, could not be queried.
#[derive(Debug, Error)]
pub enum AskError {
    /// It cannot be reached.
    #[error(transparent)]
    Unreachable(#[from] ConnectError),
    /// The query failed.
    #[error(transparent)]
    Unanswered(#[from] NodeError),
    /// The result cannot be matched with the backup's files.
    #[error(transparent)]
    Unfit(#[from] FitError),
}

async fn list(
    environment: &Environment,
    node: &PgsqlNode,
) -> Result<(Vec<NodeDatabase>, Vec<String>), AskError> {
    let session = connect(environment, node).await?;
    let listed = databases::list(&*session).await?;
    let without_text = databases::without_text(&*session).await?;
    session.close().await;
    Ok((listed, without_text))
}

/// Connects to a database that every node has.
///
/// # Errors
/// Why the node cannot be reached.
pub async fn connect(environment: &Environment, node: &PgsqlNode) -> Result<Session, ConnectError> {
    connect_with(node, async |target, timeout| {
        conninfo::connect(target, environment, timeout).await
    })
    .await
}

/// Connects with other connection settings.
///
/// # Errors
/// Why the node cannot be reached.
pub async fn connect_with<T>(
    node: &PgsqlNode,
    connect: impl AsyncFn(&ConnectTarget, Duration) -> Result<T, ConnectError>,
) -> Result<T, ConnectError> {
    connect_to(place(node, CONNECT_TO[0]), connect).await
}

async fn connect_to<T>(
    target: ConnectTarget,
    connect: impl AsyncFn(&ConnectTarget, Duration) -> Result<T, ConnectError>,
) -> Result<T, ConnectError> {
    match connect(&target, DEFAULT_TIMEOUT).await {
        Err(error) if has_no_such_database(&error) => {
            connect(&target.with_dbname(CONNECT_TO[1]), DEFAULT_TIMEOUT).await
        }
        connected => connected,
    }
}

/// Checks that the node of a dialogue responds.
///
/// # Errors
/// Why it does not.
pub fn check_node(shell: &Shell, _: &Answers, name: &str) -> Result<(), CommandError> {
    listed(shell, &shell.node(name)?).map(drop)
}

/// Checks whether the node of a dialogue responds, for objects that can also be registered while it does not. In a
/// script, failures are reported when the answers are used.
///
/// # Errors
/// If the operator cancels.
pub fn unreachable(shell: &Shell, answers: &Answers) -> Result<Vec<String>, CommandError> {
    if !shell.is_terminal() {
        return Ok(Vec::new());
    }
    let node = shell.node(answers.text(NODE))?;
    unreachable_at(shell, &node.fqdn(), node.port, &node.admin_user)
}

/// The same for a node that is not registered yet.
///
/// # Errors
/// If the operator cancels.
pub fn unreachable_at(
    shell: &Shell,
    fqdn: &str,
    port: u16,
    user: &str,
) -> Result<Vec<String>, CommandError> {
    let environment = shell.catalogue().environment();
    let place =
        ConnectTarget::node(fqdn, port, user, CONNECT_TO[0]).with_application_name("pgbackman");
    let reached = shell.catalogue().wait(async {
        connect_to(place, async |target, timeout| {
            conninfo::connect(target, environment, timeout).await
        })
        .await?
        .close()
        .await;
        Ok::<_, ConnectError>(())
    })?;
    Ok(reached
        .err()
        .map(|error| {
            let reason = printable(&error.to_string()).into_owned();
            format!("The PgSQL node [{fqdn}:{port}] does not respond: {reason}")
        })
        .into_iter()
        .collect())
}

/// Checks that the databases named in a dialogue exist on its node.
///
/// # Errors
/// The first that does not exist, or that the node is unavailable.
pub fn check_names(shell: &Shell, answers: &Answers, text: &str) -> Result<(), CommandError> {
    let selection =
        DatabaseSelection::parse(text).map_err(|error| CommandError::Invalid(error.to_string()))?;
    if selection == DatabaseSelection::WholeNode {
        return Ok(());
    }
    let node = shell.node(answers.text(NODE))?;
    let names: Vec<String> = of_node(shell, &node)?
        .into_iter()
        .map(|database| database.name)
        .collect();
    selection
        .resolve(&names, &BTreeSet::new(), &[])
        .map(drop)
        .map_err(|missing| no_such_database(&missing.0, &node))
}

fn no_such_database(name: &str, node: &PgsqlNode) -> CommandError {
    CommandError::Invalid(format!(
        "Database [{name}] does not exist in The PgSQL node [{}]",
        node.fqdn()
    ))
}

/// Checks whether a node responds; the inner error is the reason why it does not.
///
/// # Errors
/// If the operator cancels.
pub fn check_reachable(
    shell: &Shell,
    node: &PgsqlNode,
) -> Result<Result<(), ConnectError>, CommandError> {
    let environment = shell.catalogue().environment();
    shell.catalogue().wait(async {
        connect(environment, node).await?.close().await;
        Ok(())
    })
}

fn place(node: &PgsqlNode, dbname: &str) -> ConnectTarget {
    ConnectTarget::node(node.fqdn(), node.port, &node.admin_user, dbname)
        .with_application_name("pgbackman")
}

/// Warnings about a definition with these extra parameters: extensions that would be in the archive without their
/// schemas, and databases that cannot be inspected. At most one sentence per database.
///
/// # Errors
/// If the operator cancels.
pub fn without_schemas<'d>(
    shell: &Shell,
    node: &PgsqlNode,
    dbnames: impl IntoIterator<Item = &'d str>,
    code: BackupCode,
    extra: &str,
) -> Result<Vec<String>, CommandError> {
    let chosen = ExtraParameters::parse(extra, Tool::for_code(code), None).unwrap_or_default();
    if !code.has_objects_of_one_database() || !archive_choice::leaves_out(&chosen) {
        return Ok(Vec::new());
    }
    let environment = shell.catalogue().environment();
    let chosen = &chosen;
    let asked = dbnames.into_iter().map(async |dbname| {
        let look = async {
            let session =
                conninfo::connect(&place(node, dbname), environment, DEFAULT_TIMEOUT).await?;
            let found = archive_choice::extensions_without_schema(&session, chosen).await?;
            session.close().await;
            Ok::<_, AskError>(found)
        };
        let dbname = printable(dbname);
        match look.await {
            Ok(found) if found.is_empty() => None,
            Ok(found) => {
                let named: Vec<String> = found
                    .iter()
                    .map(|(name, schema)| format!("{name} in the schema {schema}"))
                    .collect();
                Some(format!(
                    "Database [{dbname}]: the archive will contain an extension without its schema and cannot be \
                     restored as it is: {}; do not exclude the schema (-N), or exclude the extension as well \
                     (--exclude-extension, since 17).",
                    printable(&named.join("; "))
                ))
            }
            Err(error) => Some(format!(
                "Database [{dbname}]: could not find out whether the archive will contain the schemas of its \
                 extensions: {}.",
                printable(&error.to_string())
            )),
        }
    });
    let answers = stream::iter(asked)
        .buffered(AT_ONCE)
        .filter_map(async |said| said)
        .collect();
    shell.catalogue().wait(answers)
}

fn has_no_such_database(error: &ConnectError) -> bool {
    matches!(error.failure(), Some(ConnectFailure::Refused { code, .. }) if code == NO_SUCH_DATABASE)
}
