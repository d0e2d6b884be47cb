//! What `pg_dumpall` leaves out of its script, written behind it: an operator's own objects on tables of extensions, what `ALTER ROLE ALL SET` has set, and the owner, settings and
//! privileges of the databases that every node has. `pg_dumpall` makes `postgres` and `template1` again only with `--clean`, and
//! leaves out what belongs to the database itself otherwise (measured with 15 to 18).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use pgbackman_core::config::Environment;
use pgbackman_core::domain::backup::extra_parameters::{ExtraParameters, Tool};
use pgbackman_core::domain::pg_version::PgMajor;
use pgbackman_core::node::databases;
use pgbackman_core::node::settings::{self, ALWAYS_THERE, DatabaseSettings, SettingsOfAllRoles};
use pgbackman_core::node::shortcomings::{OwnObject, own_objects_of_extension_tables};
use pgbackman_core::pgtools::own_session;

use crate::args::Args;
use crate::source::{Source, connect_to};
use pgbackman_core::job::failure::Failure;

const BEGINNING: &str = "--\n-- What pg_dumpall leaves out, written by PgBackMan\n--\n\n";

/// What the session of the statements is like, whatever the database before it has set.
const SESSION: &str = "SET client_encoding TO 'UTF8';\nSET standard_conforming_strings TO on;\n\
                       SET default_transaction_read_only TO off;\nSET search_path TO pg_catalog;\n\n";

/// A script ends with this, also for those who restore with a PgBackMan that knows of no appendix.
const END: &str = "\n--\n-- PostgreSQL database cluster dump complete\n--\n\n";

/// What is written, and what an operator must know of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Appendix {
    /// SQL.
    pub(crate) sql: String,
    /// What could not be written.
    pub(crate) notes: Vec<String>,
    /// An operator's own objects on tables of extensions, by database.
    pub(crate) own_objects: OwnObjects,
}

/// An operator's own objects on tables of extensions, by database.
pub(crate) type OwnObjects = BTreeMap<String, Vec<OwnObject>>;

/// Options with which `pg_dumpall` writes no objects.
const WITHOUT_OBJECTS: [&str; 4] = [
    "data-only",
    "globals-only",
    "roles-only",
    "tablespaces-only",
];

/// The first version whose objects on tables of extensions can be told.
const OWN_OBJECTS_SINCE: PgMajor = PgMajor::new(10);

/// Reads it from the node.
pub(crate) async fn read(
    args: &Args,
    env: &Environment,
    source: &Source,
) -> Result<Appendix, Failure> {
    let extra = ExtraParameters::parse(&args.extra_parameters, Tool::PgDumpall, None)
        .map_err(Failure::refused)?;
    let all = settings::of_all_roles(&*source.session)
        .await
        .map_err(Failure::failed)?;
    let there = databases::list(&*source.session)
        .await
        .map_err(Failure::failed)?;
    let left_out: Vec<&str> = extra.values("exclude-database").collect();
    let mut found = Vec::new();
    for name in ALWAYS_THERE {
        // What takes no sessions is passed over, and named with the others that are.
        let takes_sessions = there
            .iter()
            .any(|database| database.name == name && database.allows_connections);
        if takes_sessions && !left_out.contains(&name) {
            found.push(of_database(args, env, source, name).await?);
        }
    }
    let mut notes = all.notes.clone();
    notes.extend(found.iter().flat_map(notes_of));
    let has_objects = source.release.major() >= OWN_OBJECTS_SINCE
        && !WITHOUT_OBJECTS.iter().any(|option| extra.has(option));
    let mut own_objects = OwnObjects::new();
    for database in there
        .iter()
        .filter(|one| has_objects && one.allows_connections)
    {
        if left_out.contains(&database.name.as_str()) {
            continue;
        }
        // Where it cannot be asked that is said when the script is there.
        if let Some(own) = own_objects_of(args, env, &database.name).await {
            own_objects.insert(database.name.clone(), own);
        }
    }
    Ok(Appendix {
        sql: sql(&all, &found, &own_objects, &extra),
        notes,
        own_objects,
    })
}

async fn own_objects_of(args: &Args, env: &Environment, name: &str) -> Option<Vec<OwnObject>> {
    let session = connect_to(args, env, name).await.ok()?;
    let asking = async {
        session
            .batch_execute("SET search_path TO pg_catalog")
            .await
            .ok()?;
        own_objects_of_extension_tables(&session).await.ok()
    };
    let found = asking.await;
    session.close().await;
    found.filter(|objects| !objects.is_empty())
}

async fn of_database(
    args: &Args,
    env: &Environment,
    source: &Source,
    name: &str,
) -> Result<DatabaseSettings, Failure> {
    let session = connect_to(args, env, name).await.map_err(Failure::failed)?;
    let read = settings::read(&*session, source.release).await;
    session.close().await;
    read.map_err(Failure::failed)
}

fn notes_of(database: &DatabaseSettings) -> Vec<String> {
    let tablespace = database.tablespace.as_ref().map(|tablespace| {
        format!(
            "it is in the tablespace {tablespace}; a restore uses the tablespace of the target's database"
        )
    });
    let notes = database.notes.iter().cloned().chain(tablespace);
    notes
        .map(|note| format!("database \"{}\": {note}", database.name))
        .collect()
}

/// The statements. The session that runs them is in one of the databases; about which of them makes no difference.
fn sql(
    of_all: &SettingsOfAllRoles,
    databases: &[DatabaseSettings],
    own: &OwnObjects,
    extra: &ExtraParameters,
) -> String {
    let mut sql = String::from(BEGINNING);
    if let Some(first) = databases.first() {
        let _ = write!(sql, "\\connect {}\n\n", first.name);
    }
    sql.push_str(SESSION);
    for statement in of_all.statements() {
        sql.push_str(&statement);
        sql.push_str(";\n");
    }
    let databases: Vec<DatabaseSettings> = databases
        .iter()
        .map(|database| as_asked(database.clone(), extra))
        .collect();
    for database in &databases {
        sql.push_str(&database.for_existing());
    }
    sql.push_str(&of_all.inside_sql());
    for database in &databases {
        sql.push_str(&database.inside_sql());
    }
    for (database, objects) in own {
        let statements = OwnObject::statements_of(objects);
        sql.push_str(&own_session::own_objects(database, &statements));
    }
    sql.push_str(END);
    sql
}

/// Without what the extra parameters leave out of the whole script.
fn as_asked(mut database: DatabaseSettings, extra: &ExtraParameters) -> DatabaseSettings {
    if extra.has("no-privileges") || extra.has("no-acl") {
        database.privileges = None;
    }
    if extra.has("no-comments") {
        database.comment = None;
        database.inside.comment = None;
    }
    if extra.has("no-security-labels") {
        database.labels.clear();
        database.inside.labels.clear();
    }
    database
}
