//! The possible values of a kind of parameter, as far as they can be listed.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use pgbackman_core::catalogue::definitions::completion::{self, Known, Numbered};
use pgbackman_core::catalogue::nodes::{self, servers};
use pgbackman_core::domain::ids::NodeId;
use pgbackman_core::domain::node::PgsqlNode;
use pgbackman_core::domain::status::{ExecutionStatus, JobStatus, ServerStatus};

use crate::commands;
use crate::declaration::defaults;
use crate::declaration::help::TOPICS;
use crate::registration::databases;
use crate::session::settings;
use crate::session::shell::Shell;
use crate::values::answers::Answers;
use crate::values::kind::{FORCE, Kind, accepted_codes};

/// Maximum number of IDs that are looked up; type more digits to find others.
const MOST_IDS: i64 = 200;

/// How long the databases of a node are cached.
const REMEMBERED: Duration = Duration::from_secs(30);

/// A candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value {
    /// The text to type.
    pub(super) text: String,
    /// The description in a list.
    pub(super) about: String,
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self {
            text,
            about: String::new(),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<Known> for Value {
    fn from(known: Known) -> Self {
        Self {
            text: known.id,
            about: known.about,
        }
    }
}

/// Whether several values may be given, separated by commas.
pub(super) const fn is_list(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Databases
            | Kind::DatabaseExceptions
            | Kind::DatabaseFilter
            | Kind::ServerFilter
            | Kind::NodeFilter
            | Kind::DefIdFilter
            | Kind::StatusFilter
    )
}

/// Whether values are case-insensitive.
pub(super) const fn ignores_case(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Server
            | Kind::ServerFilter
            | Kind::Node
            | Kind::NodeFilter
            | Kind::BackupCode
            | Kind::Encryption
            | Kind::ServerStatus
            | Kind::JobStatus
            | Kind::StatusFilter
            | Kind::Setting
            | Kind::CommandName
    )
}

/// Finds values through a shell.
pub(super) struct Source {
    shell: Shell,
    /// The databases that a node listed last, and when.
    databases: RefCell<Option<(NodeId, Instant, Vec<String>)>>,
}

impl Source {
    /// Creates a source that queries through this shell.
    pub(super) const fn new(shell: Shell) -> Self {
        Self {
            shell,
            databases: RefCell::new(None),
        }
    }

    /// The shell that it queries through.
    pub(super) const fn shell(&self) -> &Shell {
        &self.shell
    }

    /// The values of a kind that begin with `typed`; keywords are separate, because they must not be quoted.
    pub(super) fn values(&self, kind: Kind, answers: &Answers, typed: &str) -> Values {
        let shell = &self.shell;
        let names = match kind {
            Kind::Server | Kind::ServerFilter => all(server_names(shell)),
            Kind::Node | Kind::NodeFilter => all(node_names(shell)),
            Kind::Databases | Kind::DatabaseExceptions => all(self.databases_of_node(answers)),
            Kind::DatabaseFilter | Kind::Database => all(catalogued(shell, answers)),
            Kind::BackupCode => all(accepted_codes()),
            Kind::Encryption => all(["false"]),
            Kind::ServerStatus => all(ServerStatus::ALL.iter().map(|status| status.as_str())),
            Kind::JobStatus => all([JobStatus::Active.as_str(), JobStatus::Stopped.as_str()]),
            Kind::StatusFilter => all(ExecutionStatus::ALL.iter().map(|status| status.as_str())),
            Kind::BckId => all(ids(shell, Numbered::Backups, typed)),
            Kind::DefId | Kind::DefIdFilter => all(ids(shell, Numbered::BackupDefinitions, typed)),
            Kind::SnapshotId => all(ids(shell, Numbered::SnapshotDefinitions, typed)),
            Kind::RestoreId => all(ids(shell, Numbered::Restores, typed)),
            Kind::RunId => all(ids(shell, Numbered::RunsInProgress, typed)),
            Kind::Force => all([FORCE]),
            Kind::Setting => all(settings::all().iter().flat_map(|(name, values)| {
                values.iter().map(move |value| format!("{name}={value}"))
            })),
            Kind::CommandName => all(commands::all().map(|entry| entry.spec.name).chain(TOPICS)),
            _ => Vec::new(),
        };
        let key_words: &[&str] = match kind {
            Kind::Databases => &["#all_databases#", "#databases_without_backup_definitions#"],
            Kind::ServerFilter
            | Kind::NodeFilter
            | Kind::DatabaseFilter
            | Kind::DefIdFilter
            | Kind::StatusFilter => &["all"],
            _ => &[],
        };
        Values {
            key_words: all(key_words.iter().copied()),
            names,
        }
    }

    /// The databases of the chosen node as the node itself lists them; if it does not respond in time, those in the
    /// catalogue.
    fn databases_of_node(&self, answers: &Answers) -> Vec<String> {
        let Some(node) = chosen_node(&self.shell, answers) else {
            return Vec::new();
        };
        let mut remembered = self.databases.borrow_mut();
        if let Some((of, when, names)) = remembered.as_ref()
            && *of == node.id
            && when.elapsed() < REMEMBERED
        {
            return names.clone();
        }
        match databases::of_node(&self.shell, &node) {
            Ok(found) => {
                let names: Vec<String> = found.into_iter().map(|database| database.name).collect();
                *remembered = Some((node.id, Instant::now(), names.clone()));
                names
            }
            Err(_) => dbnames(&self.shell, Some(&node)),
        }
    }
}

/// The values of a kind.
#[derive(Debug, Default)]
pub(super) struct Values {
    /// Keywords.
    pub(super) key_words: Vec<Value>,
    /// Names and IDs.
    pub(super) names: Vec<Value>,
}

fn all<V: Into<Value>>(values: impl IntoIterator<Item = V>) -> Vec<Value> {
    values.into_iter().map(Into::into).collect()
}

fn ids(shell: &Shell, numbered: Numbered, digits: &str) -> Vec<Known> {
    shell
        .read(async |session| completion::ids(&**session, numbered, digits, MOST_IDS).await)
        .unwrap_or_default()
}

fn server_names(shell: &Shell) -> Vec<String> {
    let servers = shell.read(async |session| servers::list(&**session).await);
    servers
        .unwrap_or_default()
        .iter()
        .map(pgbackman_core::domain::server::BackupServer::fqdn)
        .collect()
}

/// The nodes' names, with their ports where two share a name (trap 15b).
fn node_names(shell: &Shell) -> Vec<String> {
    let nodes = shell
        .read(async |session| nodes::list(&**session).await)
        .unwrap_or_default();
    let shared = |fqdn: &str| nodes.iter().filter(|node| node.fqdn() == fqdn).count() > 1;
    nodes
        .iter()
        .map(|node| {
            let fqdn = node.fqdn();
            if shared(&fqdn) {
                format!("{fqdn}:{}", node.port)
            } else {
                fqdn
            }
        })
        .collect()
}

/// The databases in the catalogue: of the chosen node, or of all nodes.
fn catalogued(shell: &Shell, answers: &Answers) -> Vec<String> {
    dbnames(shell, chosen_node(shell, answers).as_ref())
}

fn dbnames(shell: &Shell, node: Option<&PgsqlNode>) -> Vec<String> {
    let node = node.map(|node| node.id);
    shell
        .read(async |session| completion::dbnames(&**session, node).await)
        .unwrap_or_default()
}

fn chosen_node(shell: &Shell, answers: &Answers) -> Option<PgsqlNode> {
    let answer = answers.get(defaults::NODE)?;
    shell.node(&answer.value).ok()
}
