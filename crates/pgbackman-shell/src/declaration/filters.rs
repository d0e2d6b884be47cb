//! The filters of the `show_` lists: parses them into typed lists of IDs, names and statuses.
//!
//! An unknown server, node or definition is an error, as in every other command: an empty list would suggest that it
//! has no backups. A database may be unknown to the catalogue, so its name only selects rows. No text of a filter is
//! ever inserted into SQL (trap 17).

use std::fmt::Display;
use std::str::FromStr;

use pgbackman_core::catalogue::reports::{CatalogFilter, Filter};
use pgbackman_core::domain::ids::{NodeId, ServerId};
use pgbackman_core::domain::text::selector::Selector;

use crate::declaration::spec::{DefaultSource, Parameter};
use crate::error::CommandError;
use crate::session::shell::Shell;
use crate::values::answers::Answers;
use crate::values::kind::Kind;

/// The filter by backup server.
pub const SERVER: Parameter = Parameter::new(
    "server",
    "SrvID / FQDN",
    Kind::ServerFilter,
    "Backup servers to show",
)
.default(DefaultSource::BackupServerOrAll);

/// The filter by PgSQL node.
pub const NODE: Parameter = Parameter::new(
    "node",
    "NodeID / FQDN",
    Kind::NodeFilter,
    "PgSQL nodes to show",
)
.default(DefaultSource::Text("all"));

/// The filter by database.
pub const DBNAME: Parameter = Parameter::new(
    "dbname",
    "DBname",
    Kind::DatabaseFilter,
    "Databases to show",
)
.default(DefaultSource::Text("all"));

/// The filter by the target node of restores.
pub const TARGET_NODE: Parameter = Parameter::new(
    NODE.key,
    "Target NodeID / FQDN",
    Kind::NodeFilter,
    "Target PgSQL nodes to show",
)
.default(DefaultSource::Text("all"));

/// The filter by the target database of restores.
pub const TARGET_DBNAME: Parameter = Parameter::new(
    DBNAME.key,
    "Target DBname",
    Kind::DatabaseFilter,
    "Target databases to show",
)
.default(DefaultSource::Text("all"));

/// The filter by backup definition.
pub const DEFID: Parameter = Parameter::new(
    "defid",
    "DefID",
    Kind::DefIdFilter,
    "Backup definitions whose backups to show",
)
.default(DefaultSource::Text("all"));

/// The filter by status.
pub const STATUS: Parameter = Parameter::new(
    "status",
    "Status",
    Kind::StatusFilter,
    "Execution statuses to show",
)
.default(DefaultSource::Text("all"));

/// Filters as they were typed, split into names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedFilter {
    servers: Selector<String>,
    nodes: Selector<String>,
    dbnames: Selector<String>,
}

impl TypedFilter {
    /// Reads the answers to [`SERVER`], [`NODE`] or [`TARGET_NODE`], and [`DBNAME`] or [`TARGET_DBNAME`].
    ///
    /// # Errors
    /// For an invalid list.
    pub fn read(answers: &Answers) -> Result<Self, CommandError> {
        Ok(Self {
            servers: selector(answers, SERVER.key)?,
            nodes: selector(answers, NODE.key)?,
            dbnames: selector(answers, DBNAME.key)?,
        })
    }

    /// Resolves the names of servers and nodes.
    ///
    /// # Errors
    /// For a name that matches no server or node, or several nodes (trap 15b), or if the catalogue is unavailable.
    pub fn resolve(&self, shell: &Shell) -> Result<Filter, CommandError> {
        Ok(Filter {
            servers: servers(shell, &self.servers)?,
            nodes: existing_nodes(shell, &self.nodes)?,
            dbnames: self.dbnames.as_slice().map(<[_]>::to_vec),
        })
    }
}

/// The filter of `show_backup_catalog`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedCatalogFilter {
    filter: TypedFilter,
    rest: CatalogFilter,
}

impl TypedCatalogFilter {
    /// Reads the answers to all five filters.
    ///
    /// # Errors
    /// For an invalid list, ID or status.
    pub fn read(answers: &Answers) -> Result<Self, CommandError> {
        let rest = CatalogFilter {
            filter: Filter::default(),
            definitions: typed(answers, DEFID.key)?,
            statuses: typed(answers, STATUS.key)?,
        };
        Ok(Self {
            filter: TypedFilter::read(answers)?,
            rest,
        })
    }

    /// Resolves the names of servers and nodes.
    ///
    /// # Errors
    /// As for [`TypedFilter::resolve`], and for an ID that no definition has.
    pub fn resolve(self, shell: &Shell) -> Result<CatalogFilter, CommandError> {
        for id in self.rest.definitions.iter().flatten() {
            shell.definition(&id.to_string())?;
        }
        Ok(CatalogFilter {
            filter: self.filter.resolve(shell)?,
            ..self.rest
        })
    }
}

/// Reads the answer to a filter as a list of names.
///
/// # Errors
/// For an invalid list.
pub fn selector(answers: &Answers, key: &str) -> Result<Selector<String>, CommandError> {
    Selector::parse(answers.text(key)).map_err(|error| CommandError::Invalid(error.to_string()))
}

/// Reads the answer to a filter as a list of IDs or statuses; `None` for all.
///
/// # Errors
/// For an invalid element.
pub fn typed<T: FromStr<Err: Display>>(
    answers: &Answers,
    key: &str,
) -> Result<Option<Vec<T>>, CommandError> {
    let parsed = selector(answers, key)?.try_map(|text| text.parse::<T>());
    match parsed.map_err(|error| CommandError::Invalid(error.to_string()))? {
        Selector::All => Ok(None),
        Selector::AnyOf(values) => Ok(Some(values)),
    }
}

/// The backup servers that are named; `None` for all.
///
/// # Errors
/// For a name that no server has, or if the catalogue is unavailable.
pub fn servers(
    shell: &Shell,
    names: &Selector<String>,
) -> Result<Option<Vec<ServerId>>, CommandError> {
    let Some(names) = names.as_slice() else {
        return Ok(None);
    };
    let ids = names
        .iter()
        .map(|name| shell.server(name).map(|server| server.id));
    ids.collect::<Result<_, _>>().map(Some)
}

/// The PgSQL nodes that are named; `None` for all.
///
/// # Errors
/// For a name that no node has, or several nodes (trap 15b), which is ambiguous.
pub fn existing_nodes(
    shell: &Shell,
    names: &Selector<String>,
) -> Result<Option<Vec<NodeId>>, CommandError> {
    let Some(names) = names.as_slice() else {
        return Ok(None);
    };
    let ids = names
        .iter()
        .map(|name| shell.node(name).map(|node| node.id));
    ids.collect::<Result<_, _>>().map(Some)
}

#[cfg(test)]
mod tests {
    use pgbackman_core::domain::ids::DefId;

    use super::*;

    fn answers(pairs: &[(&str, &str)]) -> Answers {
        let mut answers = Answers::default();
        for (key, value) in pairs {
            answers.push(*key, *value, true);
        }
        answers
    }

    #[test]
    fn ids_and_statuses_are_checked_and_all_restricts_nothing() {
        let read =
            TypedCatalogFilter::read(&answers(&[("defid", "1, 00002"), ("status", "*")])).unwrap();
        assert_eq!(
            read.rest.definitions,
            Some(vec![DefId::new(1), DefId::new(2)])
        );
        assert_eq!(read.rest.statuses, None);
        assert!(TypedCatalogFilter::read(&answers(&[("defid", "x")])).is_err());
        assert!(TypedCatalogFilter::read(&answers(&[("status", "DONE")])).is_err());
    }

    #[test]
    fn trap_15_a_filters_names_are_taken_as_typed() {
        let read = TypedFilter::read(&answers(&[("dbname", r#""a,b",Orders,'x"#)])).unwrap();
        let names = ["a,b", "Orders", "'x"].map(str::to_owned).to_vec();
        assert_eq!(read.dbnames, Selector::AnyOf(names));
    }
}
