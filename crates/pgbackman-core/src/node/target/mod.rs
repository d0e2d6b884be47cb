//! What a node is like that something is to be restored on ([`TargetFacts`]).

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::Path;

use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Row};

use super::{Asking, NodeError, identity, raw_names};
use crate::domain::locale::LocaleProvider;
use crate::domain::pg_version::PgRelease;
use crate::domain::restore::backup_needs::BackupNeeds;
use crate::domain::restore::target_facts::{AvailableExtension, TargetFacts, TargetUser};
use crate::pgtools::quote::literal;
use crate::sys::free_space::free_space;

const WHAT: &str = "the requirements of a restore";

/// Locales of libc that every machine has.
const EVERYWHERE: [&str; 2] = ["C", "POSIX"];

/// The server's function that says that a locale, which it has found, does not go with the encoding of the database that
/// the question is asked in (PostgreSQL: `pg_locale.c`, `dbcommands.c`).
const LOCALE_IS_FOUND: &str = "check_encoding_locale_matches";

/// Reads everything but [`TargetFacts::free_space`] and [`TargetFacts::tables_in_target`], on a connection to any database
/// of the node that is in no transaction. `needs` says which encodings and locales are asked for.
pub async fn facts(
    client: &mut Client,
    needs: Option<&BackupNeeds>,
) -> Result<TargetFacts, NodeError> {
    let release = identity::release(&*client).await?;
    let in_recovery = identity::is_in_recovery(&*client).await?;
    let databases = needs.map_or(&[][..], |needs| &needs.databases);
    let encodings = databases.iter().map(|one| one.encoding.clone()).collect();
    let wanted: BTreeSet<String> = databases
        .iter()
        .flat_map(|one| [one.collate.clone(), one.ctype.clone()])
        .collect();
    let of_icu: BTreeSet<String> = databases
        .iter()
        .filter(|one| one.provider == LocaleProvider::Icu)
        .filter_map(|one| one.locale.clone())
        .collect();
    let mut facts = raw_names::reading(&*client, async |client| {
        Ok(TargetFacts {
            release,
            in_recovery,
            user: user(client).await?,
            databases: shared_names(
                client,
                "SELECT pg_catalog.textsend(datname::pg_catalog.text) FROM pg_catalog.pg_database",
            )
            .await?,
            invalid_databases: shared_names(
                client,
                "SELECT pg_catalog.textsend(datname::pg_catalog.text) FROM pg_catalog.pg_database \
                 WHERE datconnlimit OPERATOR(pg_catalog.=) -2",
            )
            .await?,
            roles: shared_names(
                client,
                "SELECT pg_catalog.textsend(rolname::pg_catalog.text) FROM pg_catalog.pg_roles",
            )
            .await?,
            tablespaces: shared_names(
                client,
                "SELECT pg_catalog.textsend(spcname::pg_catalog.text) FROM pg_catalog.pg_tablespace",
            )
            .await?,
            providers: providers(client, release).await?,
            encodings: self::encodings(client, &encodings).await?,
            extensions: extensions(client, release).await?,
            locales: known_locales(client, release, &wanted).await?,
            icu_locales: BTreeMap::new(),
            prepared: prepared(client).await?,
            free_space: None,
            tables_in_target: None,
        })
    })
    .await?;
    if in_recovery {
        return Ok(facts);
    }
    for locale in wanted {
        if !facts.locales.contains_key(&locale)
            && !locale.is_empty()
            && let Some(there) = probe(client, LocaleProvider::Libc, &locale).await?
        {
            facts.locales.insert(locale, there);
        }
    }
    // Somebody may have removed the locales that initdb has imported.
    if !of_icu.is_empty()
        && !facts.providers.contains(&LocaleProvider::Icu)
        && icu_query(release.version_num()).is_some()
        && probe(client, LocaleProvider::Icu, ROOT_LOCALE).await? == Some(true)
    {
        facts.providers.insert(LocaleProvider::Icu);
    }
    if facts.providers.contains(&LocaleProvider::Icu) {
        for locale in of_icu {
            if let Some(there) = probe(client, LocaleProvider::Icu, &locale).await? {
                facts.icu_locales.insert(locale, there);
            }
        }
    }
    Ok(facts)
}

/// Bytes that are free where the data of a server on this machine lie (or those of a tablespace), if `host` can only mean
/// this machine, the server has such a tablespace, and the role and this process may know.
pub async fn free_space_here(client: &Client, host: &str, tablespace: Option<&str>) -> Option<u64> {
    if !is_this_machine(host) {
        return None;
    }
    let directory = match tablespace {
        Some(name) => location(client, name).await?,
        None => data_directory(client).await?,
    };
    free_space(Path::new(&directory)).ok()
}

/// Whether a node's name can only mean a server on this machine.
fn is_this_machine(name: &str) -> bool {
    name.starts_with('/')
        || name == "localhost"
        || name
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

async fn location(client: &Client, tablespace: &str) -> Option<String> {
    const SQL: &str = "SELECT pg_catalog.pg_tablespace_location(oid) FROM pg_catalog.pg_tablespace \
                       WHERE spcname OPERATOR(pg_catalog.=) $1::pg_catalog.text::pg_catalog.name";
    client
        .query_opt(SQL, &[&tablespace])
        .await
        .ok()??
        .try_get(0)
        .ok()
}

/// How many prepared transactions each database has that has any.
async fn prepared(client: &Client) -> Result<BTreeMap<String, i64>, NodeError> {
    const SQL: &str = "SELECT pg_catalog.textsend(database::pg_catalog.text), pg_catalog.count(*) \
                       FROM pg_catalog.pg_prepared_xacts GROUP BY database";
    let rows = client.query(SQL, &[]).await.asking(WHAT)?;
    let mut prepared = BTreeMap::new();
    for row in &rows {
        let name: Vec<u8> = row.try_get(0).asking(WHAT)?;
        // Nobody restores over a database that cannot be named.
        for name in raw_names::readable(client, vec![name]).await? {
            prepared.insert(name, row.try_get(1).asking(WHAT)?);
        }
    }
    Ok(prepared)
}

/// The parameters that the server lists, in lower case.
pub async fn parameters(client: &Client) -> Result<BTreeSet<String>, NodeError> {
    names(
        client,
        "SELECT pg_catalog.lower(name) FROM pg_catalog.pg_settings",
    )
    .await
}

/// The compressions of columns that the server was built with; none before 14.
pub async fn compressions(client: &Client) -> Result<BTreeSet<String>, NodeError> {
    names(
        client,
        "SELECT pg_catalog.unnest(enumvals) FROM pg_catalog.pg_settings \
         WHERE name OPERATOR(pg_catalog.=) 'default_toast_compression'",
    )
    .await
}

/// How many tables the database has that the client is connected to, outside the system's schemas.
pub async fn tables(client: &Client) -> Result<u64, NodeError> {
    let row = client
        .query_one(include_str!("../sql/number_of_tables.sql"), &[])
        .await
        .asking("the number of tables")?;
    let number: i64 = row.try_get(0).asking("the number of tables")?;
    Ok(number.unsigned_abs())
}

/// How many tables, views, sequences and the like the database has that the client is connected to, outside the system's schemas.
pub async fn objects(client: &Client) -> Result<u64, NodeError> {
    let row = client
        .query_one(include_str!("../sql/number_of_objects.sql"), &[])
        .await
        .asking("the number of objects")?;
    let number: i64 = row.try_get(0).asking("the number of objects")?;
    Ok(number.unsigned_abs())
}

/// Where the server's data lie on its machine, where the role may know.
async fn data_directory(client: &Client) -> Option<String> {
    const SQL: &str = "SELECT pg_catalog.current_setting('data_directory')";
    client.query_one(SQL, &[]).await.ok()?.try_get(0).ok()
}

async fn user(client: &Client) -> Result<TargetUser, NodeError> {
    const SQL: &str = "SELECT rolname::pg_catalog.text, rolsuper, rolcreaterole, rolcreatedb \
                       FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) current_user";
    let row = client.query_one(SQL, &[]).await.asking(WHAT)?;
    let user = |row: &Row| {
        Ok(TargetUser {
            name: row.try_get(0)?,
            superuser: row.try_get(1)?,
            create_role: row.try_get(2)?,
            create_db: row.try_get(3)?,
        })
    };
    user(&row).asking(WHAT)
}

async fn names(client: &Client, sql: &str) -> Result<BTreeSet<String>, NodeError> {
    client
        .query(sql, &[])
        .await
        .asking(WHAT)?
        .iter()
        .map(|row| row.try_get(0))
        .collect::<Result<_, _>>()
        .asking(WHAT)
}

/// Names that belong to the cluster, as bytes: those that can be named in the session.
async fn shared_names(client: &Client, sql: &str) -> Result<BTreeSet<String>, NodeError> {
    let rows = client.query(sql, &[]).await.asking(WHAT)?;
    let names = rows
        .iter()
        .map(|row| row.try_get(0))
        .collect::<Result<Vec<Vec<u8>>, _>>()
        .asking(WHAT)?;
    let readable = raw_names::readable(client, names).await?;
    Ok(readable.into_iter().collect())
}

/// ICU where the database has its locales: initdb imports them if the server was built with it. It provides databases since
/// 15.
async fn providers(
    client: &Client,
    release: PgRelease,
) -> Result<BTreeSet<LocaleProvider>, NodeError> {
    let mut providers = BTreeSet::from([LocaleProvider::Libc]);
    if let Some(sql) = icu_query(release.version_num()) {
        let row = client.query_one(sql, &[]).await.asking(WHAT)?;
        if row.try_get(0).asking(WHAT)? {
            providers.insert(LocaleProvider::Icu);
        }
    }
    if release.version_num() >= 170_000 {
        providers.insert(LocaleProvider::Builtin);
    }
    Ok(providers)
}

/// The locale that every ICU knows.
const ROOT_LOCALE: &str = "und";

fn icu_query(version: i32) -> Option<&'static str> {
    (version >= 150_000)
        .then_some("SELECT EXISTS (SELECT FROM pg_catalog.pg_collation WHERE collprovider OPERATOR(pg_catalog.=) 'i')")
}

async fn encodings(
    client: &Client,
    wanted: &BTreeSet<String>,
) -> Result<BTreeMap<String, bool>, NodeError> {
    let wanted: Vec<&String> = wanted.iter().collect();
    let sql = "SELECT name, pg_catalog.pg_char_to_encoding(name::pg_catalog.name) OPERATOR(pg_catalog.>=) 0 \
               FROM pg_catalog.unnest($1::pg_catalog.text[]) AS name";
    pairs(client, sql, &wanted).await
}

async fn pairs(
    client: &Client,
    sql: &str,
    wanted: &[&String],
) -> Result<BTreeMap<String, bool>, NodeError> {
    let rows = client.query(sql, &[&wanted]).await.asking(WHAT)?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect::<Result<_, _>>()
        .asking(WHAT)
}

/// Of the wanted locales those that the server certainly has: of libc's collations or of a database. The others may have
/// been made after the collations were imported.
async fn known_locales(
    client: &Client,
    release: PgRelease,
    wanted: &BTreeSet<String>,
) -> Result<BTreeMap<String, bool>, NodeError> {
    let wanted: Vec<&String> = wanted.iter().collect();
    let mut known = pairs(client, &locales_query(release.version_num()), &wanted).await?;
    known.extend(
        wanted
            .into_iter()
            .filter(|name| EVERYWHERE.contains(&name.as_str()))
            .map(|name| (name.clone(), true)),
    );
    Ok(known)
}

/// Collations have a provider since 10.
fn locales_query(version: i32) -> String {
    let provider = if version >= 100_000 {
        "c.collprovider OPERATOR(pg_catalog.=) 'c'"
    } else {
        "true"
    };
    include_str!("../sql/known_locales.sql").replace("/* provider */", provider)
}

async fn extensions(
    client: &Client,
    release: PgRelease,
) -> Result<BTreeMap<String, AvailableExtension>, NodeError> {
    let rows = client
        .query(&extensions_query(release.version_num()), &[])
        .await
        .asking(WHAT)?;
    let extension = |row: &Row| {
        let available = AvailableExtension {
            default_version: row.try_get(1)?,
            needs_superuser: row.try_get(2)?,
        };
        Ok((row.try_get(0)?, available))
    };
    rows.iter()
        .map(extension)
        .collect::<Result<_, _>>()
        .asking(WHAT)
}

/// Trusted extensions exist since 13.
fn extensions_query(version: i32) -> String {
    let trusted = if version >= 130_000 {
        "v.trusted"
    } else {
        "false"
    };
    include_str!("../sql/available_extensions.sql").replace("/* trusted */", trusted)
}

/// Tries a collation of this locale, and takes it back: the only way to ask a server whether its machine has a locale.
/// `None` where the role may not try, or the database that the client is connected to has an encoding that ICU has not.
async fn probe(
    client: &mut Client,
    provider: LocaleProvider,
    locale: &str,
) -> Result<Option<bool>, NodeError> {
    let transaction = client.transaction().await.asking(WHAT)?;
    // libc is what a collation is made with that names no provider, and before 10 there is no other.
    let of = match provider {
        LocaleProvider::Icu => "PROVIDER = icu, ",
        LocaleProvider::Libc | LocaleProvider::Builtin => "",
    };
    let sql = format!(
        "CREATE COLLATION pg_temp.pgbackman_probe ({of}LOCALE = {})",
        literal(locale)
    );
    let tried = transaction.batch_execute(&sql).await;
    transaction.rollback().await.asking(WHAT)?;
    let Err(error) = tried else {
        return Ok(Some(true));
    };
    let Some(said) = error.as_db_error() else {
        return Err(error).asking(WHAT);
    };
    Ok(
        if said.code() == &SqlState::INSUFFICIENT_PRIVILEGE
            || said.code() == &SqlState::READ_ONLY_SQL_TRANSACTION
            || (provider == LocaleProvider::Icu
                && said.code() == &SqlState::INVALID_OBJECT_DEFINITION)
        {
            None
        } else {
            Some(said.routine() == Some(LOCALE_IS_FOUND))
        },
    )
}

#[cfg(test)]
mod tests;
