//! The databases of a node.

use tokio_postgres::{GenericClient, Row};

use super::{Asking, NodeError};

/// A database as the server lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeDatabase {
    /// Its name, exactly.
    pub name: String,
    /// Its OID: tells a database that was dropped and made again under its name.
    pub oid: u32,
    /// Whether anybody may connect; `template0` usually says no.
    pub allows_connections: bool,
    /// Whether it is a template.
    pub is_template: bool,
}

const COLUMNS: &str =
    "SELECT datname, oid, datallowconn, datistemplate FROM pg_catalog.pg_database";

/// Every database, templates too, in order of name. A database whose creation or removal was cut short (connection limit
/// -2) is left out: nobody can use it, PostgreSQL says to drop it. So is one whose name is no text in the session
/// ([`without_text`]).
pub async fn list(client: &impl GenericClient) -> Result<Vec<NodeDatabase>, NodeError> {
    Ok(listed(client)
        .await?
        .into_iter()
        .filter_map(Result::ok)
        .collect())
}

/// Databases whose names are no text in the session, with their bytes shown as `\xfc`: nobody can connect to them under a name that
/// PgBackMan could store.
pub async fn without_text(client: &impl GenericClient) -> Result<Vec<String>, NodeError> {
    Ok(listed(client)
        .await?
        .into_iter()
        .filter_map(Result::err)
        .collect())
}

async fn listed(
    client: &impl GenericClient,
) -> Result<Vec<Result<NodeDatabase, String>>, NodeError> {
    const WHAT: &str = "the list of databases";
    let rows = client
        .query(include_str!("sql/databases.sql"), &[])
        .await
        .asking(WHAT)?;
    let database = |row: &Row| {
        let name = match String::from_utf8(row.try_get(0)?) {
            Ok(name) => name,
            Err(error) => return Ok(Err(error.as_bytes().escape_ascii().to_string())),
        };
        Ok(Ok(NodeDatabase {
            name,
            oid: row.try_get(1)?,
            allows_connections: row.try_get(2)?,
            is_template: row.try_get(3)?,
        }))
    };
    rows.iter()
        .map(database)
        .collect::<Result<_, _>>()
        .asking(WHAT)
}

/// The database with this name, where there is one.
pub async fn find(
    client: &impl GenericClient,
    name: &str,
) -> Result<Option<NodeDatabase>, NodeError> {
    const WHAT: &str = "a database's OID";
    let sql = format!("{COLUMNS} WHERE datname OPERATOR(pg_catalog.=) $1::pg_catalog.text");
    let row = client.query_opt(&sql, &[&name]).await.asking(WHAT)?;
    row.as_ref().map(from_row).transpose().asking(WHAT)
}

/// The database the client is connected to.
pub async fn current(client: &impl GenericClient) -> Result<NodeDatabase, NodeError> {
    const WHAT: &str = "the database's OID";
    let sql =
        format!("{COLUMNS} WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database()");
    from_row(&client.query_one(&sql, &[]).await.asking(WHAT)?).asking(WHAT)
}

/// The encoding of the database the client is connected to.
pub async fn encoding(client: &impl GenericClient) -> Result<String, NodeError> {
    const WHAT: &str = "the database's encoding";
    let sql = "SELECT pg_catalog.current_setting('server_encoding')";
    let row = client.query_one(sql, &[]).await.asking(WHAT)?;
    row.try_get(0).asking(WHAT)
}

/// The size of a database on disk, bytes. The server looks at every file of it.
pub async fn size(client: &impl GenericClient, oid: u32) -> Result<u64, NodeError> {
    const WHAT: &str = "the size of the database";
    let row = client
        .query_one(
            "SELECT pg_catalog.pg_database_size($1::pg_catalog.oid)",
            &[&oid],
        )
        .await
        .asking(WHAT)?;
    let bytes: Option<i64> = row.try_get(0).asking(WHAT)?;
    bytes
        .and_then(|bytes| u64::try_from(bytes).ok())
        .ok_or_else(|| NodeError::Answer {
            what: WHAT,
            reason: format!("there is no database with OID {oid}"),
        })
}

/// The sizes on disk of all databases that one can connect to, bytes, and how many they are. The server looks at every file.
pub async fn total_size(client: &impl GenericClient) -> Result<(u64, u64), NodeError> {
    const WHAT: &str = "the size of the databases";
    let row = client
        .query_one(
            "SELECT pg_catalog.sum(pg_catalog.pg_database_size(oid))::pg_catalog.int8, pg_catalog.count(*) \
             FROM pg_catalog.pg_database WHERE datallowconn",
            &[],
        )
        .await
        .asking(WHAT)?;
    let bytes: Option<i64> = row.try_get(0).asking(WHAT)?;
    let databases: i64 = row.try_get(1).asking(WHAT)?;
    Ok((
        bytes.unwrap_or_default().unsigned_abs(),
        databases.unsigned_abs(),
    ))
}

fn from_row(row: &Row) -> Result<NodeDatabase, tokio_postgres::Error> {
    Ok(NodeDatabase {
        name: row.try_get(0)?,
        oid: row.try_get(1)?,
        allows_connections: row.try_get(2)?,
        is_template: row.try_get(3)?,
    })
}
