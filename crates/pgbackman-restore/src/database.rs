//! The new database: made as the backup's settings file says, under the name that is wanted, with nobody in it meanwhile.

use std::io;
use std::time::Duration;

use pgbackman_core::conninfo::Session;
use pgbackman_core::domain::pg_version::PgMajor;
use pgbackman_core::domain::restore::backup_needs::DatabaseNeeds;
use pgbackman_core::domain::restore::restore_parameters::RestoreParameters;
use pgbackman_core::handoff::run::Renamed;
use pgbackman_core::job::failure::{Failure, doing};
use pgbackman_core::node::{databases, rename};
use pgbackman_core::pgtools::quote::{identifier, literal};
use pgbackman_core::pgtools::scripts::settings_script::{self, DatabaseScript, Wanted};

use uuid::Uuid;

use crate::run::log::RestoreLog;

/// The first version in which not everybody may create objects in the schema public, which belongs to the database's owner.
pub(crate) const CLOSED_PUBLIC: PgMajor = PgMajor::new(15);

/// What makes everybody else unable to create objects in the schema public.
pub(crate) const CLOSE_PUBLIC: &str = "REVOKE CREATE ON SCHEMA public FROM PUBLIC;";

/// How long the sessions of a database may take to end before the restore gives up.
const SESSIONS_END: Duration = Duration::from_secs(30);

/// The statements for the new database: from the settings file; where there is none (RDS, or a file that is lost) from what
/// the backup's manifest knows; else as the server makes databases.
pub(crate) fn script(
    name: &str,
    settings: Option<&str>,
    needs: Option<&DatabaseNeeds>,
    parameters: &RestoreParameters,
    warnings: &mut Vec<String>,
) -> Result<DatabaseScript, Failure> {
    let map = |role: &str| {
        let new = parameters.mapped(role);
        (new != role).then(|| new.to_owned())
    };
    let wanted = Wanted {
        name,
        map: &map,
        owner: !parameters.no_owner(),
        privileges: !parameters.no_privileges(),
        tablespace: !parameters.no_tablespaces(),
    };
    let from_needs = needs.map(create_as);
    let text = match (settings, &from_needs) {
        (Some(text), _) => text,
        (None, Some(text)) => text,
        (None, None) => {
            warnings.push(
                "the backup does not contain the encoding and locale of its database: the database is created with \
                 this server's defaults"
                    .to_owned(),
            );
            "CREATE DATABASE x WITH TEMPLATE = template0;"
        }
    };
    let script = settings_script::read(text.as_bytes(), &wanted)
        .map_err(doing("read the backup's settings file"))?;
    if script.create.is_none() {
        return Err(Failure::failed(
            "the backup's settings file has no CREATE DATABASE; the target was not changed",
        ));
    }
    Ok(script)
}

fn create_as(needs: &DatabaseNeeds) -> String {
    let mut text = format!(
        "CREATE DATABASE x WITH TEMPLATE = template0 ENCODING = {} LOCALE_PROVIDER = {} LC_COLLATE = {} LC_CTYPE = {}",
        literal(&needs.encoding),
        needs.provider,
        literal(&needs.collate),
        literal(&needs.ctype)
    );
    if let Some(locale) = &needs.locale {
        let option = match needs.provider {
            pgbackman_core::domain::locale::LocaleProvider::Icu => "ICU_LOCALE",
            _ => "BUILTIN_LOCALE",
        };
        text.extend([" ", option, " = ", &literal(locale)]);
    }
    if let Some(tablespace) = &needs.tablespace {
        text.extend([" TABLESPACE = ", &identifier(tablespace)]);
    }
    text.push(';');
    text
}

/// Renames a database that is there.
pub(crate) async fn rename_existing(
    session: &Session,
    renamed: &Renamed,
    log: &RestoreLog,
) -> Result<(), Failure> {
    log.say(format!(
        "end the sessions of \"{}\" and rename it to \"{}\"",
        renamed.from, renamed.to
    ));
    rename::rename(session, &renamed.from, &renamed.to, SESSIONS_END)
        .await
        .map_err(|error| {
            Failure::failed(format!(
                "could not rename the existing database \"{}\" to \"{}\": {error}",
                renamed.from, renamed.to
            ))
        })
}

/// The name under which a run makes its database: whatever has it is this run's.
pub(crate) fn mark(run: Uuid) -> String {
    format!("pgbackman_{}", run.simple())
}

/// The same for one of the databases of a script.
pub(crate) fn mark_of_one(run: Uuid, number: usize) -> String {
    format!("{}_{number}", mark(run))
}

/// Makes the database under its mark; returns its OID. The session has the mark as its application name, so that whoever puts
/// the target right knows whether it is still at it.
pub(crate) async fn make(
    session: &Session,
    script: &DatabaseScript,
    name: &str,
    mark: &str,
    log: &RestoreLog,
) -> Result<u32, Failure> {
    let find = async |name: &str| {
        databases::find(&**session, name)
            .await
            .map_err(Failure::failed)
    };
    if find(name).await?.is_some() {
        return Err(Failure::failed(format!(
            "somebody else has created a database \"{name}\" on the target in the meantime; it was not changed"
        )));
    }
    let trying = || format!("create the database \"{name}\"");
    let create = create_under(script, mark).map_err(doing(trying()))?;
    log.say(format!("run {create}"));
    session
        .batch_execute(&format!("SET application_name TO {}", literal(mark)))
        .await
        .map_err(doing(trying()))?;
    session
        .batch_execute(&create)
        .await
        .map_err(doing(trying()))?;
    find(mark)
        .await?
        .map(|database| database.oid)
        .ok_or_else(|| {
            Failure::failed(format!(
                "the database \"{name}\" disappeared right after it was created"
            ))
        })
}

/// The statement that makes it, with another name.
fn create_under(script: &DatabaseScript, mark: &str) -> io::Result<String> {
    let statement = format!("{};", script.create.as_deref().unwrap_or_default());
    let wanted = Wanted {
        name: mark,
        map: &|_| None,
        owner: true,
        privileges: true,
        tablespace: true,
    };
    let read = settings_script::read(statement.as_bytes(), &wanted)?;
    Ok(read.create.unwrap_or_default())
}

/// Gives the new database, whose OID is written down by now, its name.
pub(crate) async fn give_name(
    session: &Session,
    mark: &str,
    name: &str,
    log: &RestoreLog,
) -> Result<(), Failure> {
    log.say(format!("rename \"{mark}\" to \"{name}\""));
    rename::rename(session, mark, name, SESSIONS_END)
        .await
        .map_err(|error| {
            Failure::failed(format!(
                "could not rename the new database to \"{name}\": {error}"
            ))
        })
}

/// Gives it settings and privileges, in one transaction; then, for a superuser, lets nobody else in until contents are there.
/// Returns the connection limit that it is to have.
pub(crate) async fn settle(
    session: &Session,
    script: &DatabaseScript,
    name: &str,
    keep_out: bool,
    log: &RestoreLog,
) -> Result<i32, Failure> {
    const DOING: &str = "read the new database's connection limit";
    if !script.settings.is_empty() {
        let text = format!("{};", script.settings.join(";\n"));
        log.say(format!("run in one transaction:\n{text}"));
        let settled = session
            .batch_execute(&format!("BEGIN;\n{text}\nCOMMIT"))
            .await;
        if settled.is_err() {
            let _already_undone = session.batch_execute("ROLLBACK").await;
        }
        // What the file sets for the session is not to last.
        let _best_effort = session.batch_execute("SET search_path TO DEFAULT").await;
        settled.map_err(doing(format!(
            "apply the settings and privileges of the database \"{name}\""
        )))?;
    }
    let row = session
        .query_one(
            "SELECT datconnlimit FROM pg_catalog.pg_database WHERE datname OPERATOR(pg_catalog.=) $1::pg_catalog.text",
            &[&name],
        )
        .await
        .map_err(doing(DOING))?;
    let limit = row.try_get(0).map_err(doing(DOING))?;
    if keep_out {
        limit_connections(session, name, 0).await?;
    }
    Ok(limit)
}

/// Sets how many sessions of others a database takes.
pub(crate) async fn limit_connections(
    session: &Session,
    name: &str,
    limit: i32,
) -> Result<(), Failure> {
    session
        .batch_execute(&format!(
            "ALTER DATABASE {} WITH CONNECTION LIMIT {limit}",
            identifier(name)
        ))
        .await
        .map_err(doing(format!("set the connection limit of \"{name}\"")))
}

/// Makes the schema public of a new database what it is since 15: the database owner's, in which nobody else may create objects.
/// What the archive says of it comes on top of that.
pub(crate) async fn close_public(session: &Session, log: &RestoreLog) -> Result<(), Failure> {
    const DOING: &str = "set the owner and privileges of the new database's schema public";
    let row = session
        .query_one(
            "SELECT pg_catalog.pg_get_userbyid(datdba)::pg_catalog.text FROM pg_catalog.pg_database \
             WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database()",
            &[],
        )
        .await
        .map_err(doing(DOING))?;
    let owner: String = row.try_get(0).map_err(doing(DOING))?;
    let sql = format!(
        "ALTER SCHEMA public OWNER TO {}; {CLOSE_PUBLIC}",
        identifier(&owner)
    );
    log.say(format!("run in the new database: {sql}"));
    session.batch_execute(&sql).await.map_err(doing(DOING))
}

/// Makes schemas in the new database that its contents need and the archive does not have.
pub(crate) async fn make_schemas(
    session: &Session,
    schemas: &[String],
    log: &RestoreLog,
) -> Result<(), Failure> {
    for schema in schemas {
        let sql = format!("CREATE SCHEMA {}", identifier(schema));
        log.say(format!("run in the new database: {sql}"));
        session
            .batch_execute(&sql)
            .await
            .map_err(doing(format!("create the schema \"{schema}\"")))?;
    }
    Ok(())
}
