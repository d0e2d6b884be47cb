//! Whether the target has the encoding and the locale that the new database is to have, found out without changing anything.

use pgbackman_core::domain::pg_version::PgMajor;
use pgbackman_core::job::failure::{Failure, doing};
use pgbackman_core::pgtools::quote::literal;
use pgbackman_core::pgtools::settings_script::CreateOptions;
use tokio_postgres::error::SqlState;

use crate::target::Target;

/// The first version with a builtin provider.
const BUILTIN: PgMajor = PgMajor::new(17);
/// The first version whose databases may have ICU's locales.
const ICU: PgMajor = PgMajor::new(15);

/// What of the options the target cannot give, in words.
pub(crate) async fn lacking(
    target: &Target,
    options: &CreateOptions,
) -> Result<Vec<String>, Failure> {
    let mut lacking = Vec::new();
    if let Some(encoding) = &options.encoding
        && !knows_encoding(target, encoding).await?
    {
        lacking.push(format!("the target does not know the encoding {encoding}"));
    }
    if let Some(tablespace) = &options.tablespace
        && !target.tablespaces.contains(tablespace)
    {
        lacking.push(format!(
            "the target has no tablespace \"{tablespace}\": create it, or restore with --no-tablespaces"
        ));
    }
    let major = target.release.major();
    match options.provider.as_deref() {
        Some("icu") if major < ICU => {
            lacking.push(format!(
                "a database of PostgreSQL {major} cannot have an ICU locale"
            ));
        }
        Some("builtin") if major < BUILTIN => {
            lacking.push(format!(
                "a database of PostgreSQL {major} cannot have a builtin locale"
            ));
        }
        Some("icu") => {
            let locale = options.locale.as_deref().unwrap_or_default();
            lacking.extend(
                refused(
                    target,
                    &format!("provider = icu, locale = {}", literal(locale)),
                    "ICU locale",
                    locale,
                )
                .await?,
            );
        }
        _ => {}
    }
    for (kind, name) in [
        ("LC_COLLATE", &options.collate),
        ("LC_CTYPE", &options.ctype),
    ] {
        if let Some(name) = name {
            let definition = format!("lc_collate = {0}, lc_ctype = {0}", literal(name));
            lacking.extend(refused(target, &definition, kind, name).await?);
        }
    }
    Ok(lacking)
}

async fn knows_encoding(target: &Target, encoding: &str) -> Result<bool, Failure> {
    const DOING: &str = "ask the target for an encoding";
    let row = target
        .session
        .query_one(
            "SELECT pg_catalog.pg_char_to_encoding($1) OPERATOR(pg_catalog.>=) 0",
            &[&encoding],
        )
        .await
        .map_err(doing(DOING))?;
    row.try_get(0).map_err(doing(DOING))
}

/// Makes a collation of the locale in a transaction that is not committed: the server then loads the locale.
async fn refused(
    target: &Target,
    definition: &str,
    kind: &str,
    name: &str,
) -> Result<Option<String>, Failure> {
    if name.is_empty() {
        return Ok(None);
    }
    let session = &target.session;
    let said = session
        .batch_execute(&format!(
            "BEGIN; CREATE COLLATION pg_temp.pgbackman_probe ({definition})"
        ))
        .await;
    let rolled_back = session.batch_execute("ROLLBACK").await;
    rolled_back.map_err(doing("end a transaction on the target"))?;
    match said {
        Ok(()) => Ok(None),
        // The locale exists, for another encoding than that of the database we are connected to.
        Err(error) if is_about_encoding(&error) => Ok(None),
        Err(error) if error.as_db_error().is_some() => {
            let reason = error
                .as_db_error()
                .map_or_else(String::new, |server| server.message().to_owned());
            Ok(Some(format!(
                "the target cannot give the database its {kind} {name:?}: {reason}; install the locale there"
            )))
        }
        Err(error) => Err(doing("ask the target for a locale")(error)),
    }
}

fn is_about_encoding(error: &tokio_postgres::Error) -> bool {
    error.as_db_error().is_some_and(|server| {
        server.message().contains("encoding") && *server.code() != SqlState::UNDEFINED_FILE
    })
}
