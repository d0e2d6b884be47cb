//! What the catalogue needs before its schema can be made: roles, the database, the right to create in it. Each function
//! completes what is missing and can be repeated; what it did is returned in words.

use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, GenericClient};

use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::schema::migrate::{OWNER_ROLE, READER_ROLE};
use crate::pgtools::quote::{identifier, literal};

/// Makes the owner's and the reader's role, which can log in and are nothing special otherwise.
///
/// # Errors
///
/// [`CatalogError`] when the connected role may not create roles, or the server is gone.
pub async fn ensure_roles(client: &Client) -> Result<Vec<String>, CatalogError> {
    let mut done = Vec::new();
    for role in [OWNER_ROLE, READER_ROLE] {
        done.extend(ensure_role(client, role).await?);
    }
    // What is made for the owner role is made in its name. Since PostgreSQL 16 who creates a role is a member of it but
    // may not yet act as it (release notes of 16, "Privileges").
    let can_act: bool = client
        .query_one(
            "SELECT pg_catalog.pg_has_role(current_user, $1::pg_catalog.name, \
             CASE WHEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4 OPERATOR(pg_catalog.>=) 160000 THEN 'SET' ELSE 'MEMBER' END)",
            &[&OWNER_ROLE],
        )
        .await
        .and_then(|row| row.try_get(0))
        .map_err(sql("read the administrator's memberships"))?;
    if !can_act {
        let statement = format!("GRANT {} TO CURRENT_USER", identifier(OWNER_ROLE));
        client
            .batch_execute(&statement)
            .await
            .map_err(sql("make the administrator a member of the owner role"))?;
        done.push(format!(
            "the administrator can now act as the role {OWNER_ROLE}"
        ));
    }
    Ok(done)
}

async fn ensure_role(client: &Client, role: &str) -> Result<Vec<String>, CatalogError> {
    let found = client
        .query_opt(
            "SELECT rolcanlogin, rolsuper FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) $1::pg_catalog.text",
            &[&role],
        )
        .await
        .map_err(sql("look for the catalogue's roles"))?;
    let Some(row) = found else {
        let statement = format!("CREATE ROLE {} LOGIN", identifier(role));
        let created = client.batch_execute(&statement).await;
        return match created {
            Ok(()) => Ok(vec![format!("created the role {role}")]),
            // Another setup was faster.
            Err(error) if error.code() == Some(&SqlState::DUPLICATE_OBJECT) => Ok(Vec::new()),
            Err(error) => Err(CatalogError::from_postgres(
                "create the catalogue's roles",
                &error,
            )),
        };
    };
    let can_log_in: bool = row
        .try_get(0)
        .map_err(sql("look for the catalogue's roles"))?;
    let is_superuser: bool = row
        .try_get(1)
        .map_err(sql("look for the catalogue's roles"))?;
    let mut done = Vec::new();
    if !can_log_in {
        let statement = format!("ALTER ROLE {} LOGIN", identifier(role));
        client
            .batch_execute(&statement)
            .await
            .map_err(sql("allow the catalogue's roles to log in"))?;
        done.push(format!("the role {role} can now log in"));
    }
    if is_superuser {
        done.push(format!(
            "WARNING: the role {role} is a superuser, which is not necessary; `ALTER ROLE {role} NOSUPERUSER` changes \
             this"
        ));
    }
    Ok(done)
}

/// Sets a role's password, given as the server stores it (see [`crate::conninfo::scram_secret`]).
///
/// # Errors
///
/// [`CatalogError`] when the connected role may not do that, or the server is gone.
pub async fn set_password(
    client: &Client,
    role: &str,
    scram_secret: &str,
) -> Result<(), CatalogError> {
    let statement = format!(
        "ALTER ROLE {} PASSWORD {}",
        identifier(role),
        literal(scram_secret)
    );
    client
        .batch_execute(&statement)
        .await
        .map_err(sql("set the password of the catalogue's role"))
}

/// Makes the database, in UTF-8 and owned by the owner role; one that exists gets that owner.
///
/// # Errors
///
/// [`CatalogError`] when the connected role may not do that, or the server is gone.
pub async fn ensure_database(client: &Client, dbname: &str) -> Result<Vec<String>, CatalogError> {
    let action = "look for the catalogue's database";
    let found = client
        .query_opt(
            "SELECT r.rolname::pg_catalog.text, pg_catalog.pg_encoding_to_char(d.encoding)::pg_catalog.text \
             FROM pg_catalog.pg_database AS d JOIN pg_catalog.pg_roles AS r ON r.oid OPERATOR(pg_catalog.=) d.datdba \
             WHERE d.datname OPERATOR(pg_catalog.=) $1::pg_catalog.text",
            &[&dbname],
        )
        .await
        .map_err(sql(action))?;
    let Some(row) = found else {
        return create_database(client, dbname).await;
    };
    let owner: String = row.try_get(0).map_err(sql(action))?;
    let encoding: String = row.try_get(1).map_err(sql(action))?;
    let mut done = Vec::new();
    if owner != OWNER_ROLE {
        let statement = format!(
            "ALTER DATABASE {} OWNER TO {}",
            identifier(dbname),
            identifier(OWNER_ROLE)
        );
        client
            .batch_execute(&statement)
            .await
            .map_err(sql("transfer the catalogue's database to its owner role"))?;
        done.push(format!(
            "changed the owner of the database {dbname} from {owner} to {OWNER_ROLE}"
        ));
    }
    if encoding != "UTF8" {
        done.push(format!(
            "WARNING: the database {dbname} has the encoding {encoding}; names with characters outside it cannot be \
             registered"
        ));
    }
    Ok(done)
}

async fn create_database(client: &Client, dbname: &str) -> Result<Vec<String>, CatalogError> {
    let statement = format!(
        "CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'",
        identifier(dbname),
        identifier(OWNER_ROLE)
    );
    let created = client.batch_execute(&statement).await;
    // The server's locale may not go with UTF-8; the locale C goes with everything.
    let created = match created {
        Err(error) if error.code() == Some(&SqlState::INVALID_PARAMETER_VALUE) => {
            let with_c = format!("{statement} LC_COLLATE 'C' LC_CTYPE 'C'");
            client.batch_execute(&with_c).await
        }
        other => other,
    };
    match created {
        Ok(()) => Ok(vec![format!("created the database {dbname}")]),
        Err(error) if error.code() == Some(&SqlState::DUPLICATE_DATABASE) => Ok(Vec::new()),
        Err(error) => Err(CatalogError::from_postgres(
            "create the catalogue's database",
            &error,
        )),
    }
}

/// Inside the catalogue's database: lets the owner role create in the schema `public`, which a database made before
/// PostgreSQL 15 may have closed.
///
/// # Errors
///
/// [`CatalogError`] when the connected role may not do that, or the server is gone.
pub async fn ensure_rights(client: &Client) -> Result<Vec<String>, CatalogError> {
    let allowed: bool = client
        .query_one(
            "SELECT pg_catalog.has_schema_privilege($1::pg_catalog.name, 'public', 'CREATE') \
             AND pg_catalog.has_schema_privilege($1::pg_catalog.name, 'public', 'USAGE')",
            &[&OWNER_ROLE],
        )
        .await
        .and_then(|row| row.try_get(0))
        .map_err(sql("read the rights in the schema public"))?;
    if allowed {
        return Ok(Vec::new());
    }
    let statement = format!(
        "GRANT CREATE, USAGE ON SCHEMA public TO {}",
        identifier(OWNER_ROLE)
    );
    client.batch_execute(&statement).await.map_err(sql(
        "allow the owner role to create objects in the schema public",
    ))?;
    Ok(vec![format!(
        "the role {OWNER_ROLE} can now create objects in the schema public"
    )])
}

/// Which of the two lists of defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defaults {
    /// For backup servers.
    BackupServer,
    /// For PgSQL nodes.
    PgsqlNode,
}

/// Replaces a default of new servers or nodes where it is still the value that the schema came with.
///
/// # Errors
///
/// [`CatalogError`] when it may not be changed, or the server is gone.
pub async fn replace_default(
    client: &impl GenericClient,
    defaults: Defaults,
    parameter: &str,
    shipped: &str,
    value: &str,
) -> Result<bool, CatalogError> {
    let statement = match defaults {
        Defaults::BackupServer => {
            "UPDATE backup_server_default_config SET value = $3 WHERE parameter = $1 AND value = $2"
        }
        Defaults::PgsqlNode => {
            "UPDATE pgsql_node_default_config SET value = $3 WHERE parameter = $1 AND value = $2"
        }
    };
    let changed = client
        .execute(statement, &[&parameter, &shipped, &value])
        .await
        .map_err(sql("set the defaults of servers and nodes"))?;
    Ok(changed > 0)
}
