//! Roles, database and schema of a catalogue, created or completed by an administrator.

use std::time::{Duration, Instant};

use pgbackman_core::catalogue::CatalogError;
use pgbackman_core::catalogue::schema::migrate::{self, MigrateError, Schema};
use pgbackman_core::catalogue::schema::version::VersionMismatch;
use pgbackman_core::catalogue::schema::{SCHEMA_TAG, SCHEMA_VERSION};
use pgbackman_core::catalogue::schema::{provision, version};
use pgbackman_core::config::Config;
use pgbackman_core::conninfo::{self, ConnectTarget, DEFAULT_TIMEOUT, Environment, Session};
use pgbackman_core::error::ProgramError;
use pgbackman_core::exit_code::ExitCode;
use pgbackman_core::handoff::upgrade::{self, DumpTo};

use super::{PROGRAM, say};

/// The pause between two attempts to reach a server that is starting.
const PAUSE: Duration = Duration::from_millis(200);

/// Opens an administrator's connection.
pub(super) async fn connect(
    target: &ConnectTarget,
    env: &Environment,
) -> Result<Session, ProgramError> {
    let target = target.clone().with_application_name(PROGRAM);
    conninfo::connect(&target, env, DEFAULT_TIMEOUT)
        .await
        .map_err(|error| ProgramError::from_error(ExitCode::CatalogueUnavailable, &error))
}

/// Connects as [`connect`] does, but waits for a server that is starting.
pub(super) async fn connect_patiently(
    target: &ConnectTarget,
    env: &Environment,
    limit: Duration,
) -> Result<Session, ProgramError> {
    let target = target.clone().with_application_name(PROGRAM);
    let end = Instant::now() + limit;
    loop {
        match conninfo::connect(&target, env, DEFAULT_TIMEOUT).await {
            Err(error) if error.may_pass() && Instant::now() < end => {
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => {
                return Err(ProgramError::from_error(
                    ExitCode::CatalogueUnavailable,
                    &error,
                ));
            }
            Ok(session) => return Ok(session),
        }
    }
}

/// Creates or completes the roles and the database, through any database of the server.
pub(super) async fn provide_database(admin: &Session, dbname: &str) -> Result<(), ProgramError> {
    report(provision::ensure_roles(admin).await)?;
    report(provision::ensure_database(admin, dbname).await)
}

/// Creates or upgrades the schema, through the catalogue's database. `programs` is how the programs connect to it.
/// `upgrade` says whether an older schema is upgraded, and where it is dumped first.
pub(super) async fn provide_schema(
    admin: &mut Session,
    programs: &ConnectTarget,
    upgrade: Option<&DumpTo>,
    config: &Config,
    env: &Environment,
) -> Result<(), ProgramError> {
    report(provision::ensure_rights(admin).await)?;
    let found = inspect(admin).await?;
    match (found, upgrade) {
        (Schema::Older { .. } | Schema::OtherFunctions, Some(to)) => {
            upgrade_schema(admin, programs, config, env, to).await?;
        }
        (Schema::Older { version, tag }, None) => {
            let message = format!(
                "the catalogue has version [{version}:{tag}], but this software needs [{SCHEMA_VERSION}:{SCHEMA_TAG}]"
            );
            return Err(ProgramError::new(ExitCode::VersionMismatch, message).with_hint(
                "stop the older programs on all backup servers, and repeat this command with --upgrade; all rows are \
                 kept",
            ));
        }
        (Schema::OtherFunctions, None) => {
            return Err(ProgramError::from_error(
                ExitCode::VersionMismatch,
                &VersionMismatch::OtherFunctions,
            ));
        }
        _ => {
            let applied = migrate::install(admin)
                .await
                .map_err(|error| ProgramError::from_error(ExitCode::Failure, &error))?;
            if applied.changed {
                say(&format!("the schema was created, version {SCHEMA_VERSION}"));
            }
        }
    }
    version::judge(inspect(admin).await?)
        .map_err(|error| ProgramError::from_error(ExitCode::VersionMismatch, &error))
}

/// Returns the state of the database, without reading objects that others may have created.
async fn inspect(admin: &mut Session) -> Result<Schema, ProgramError> {
    migrate::status_for_administrator(admin)
        .await
        .map_err(|error| {
            let code = match error {
                MigrateError::Planted { .. } => ExitCode::Refused,
                _ => ExitCode::Failure,
            };
            ProgramError::from_error(code, &error)
        })
}

async fn upgrade_schema(
    admin: &mut Session,
    programs: &ConnectTarget,
    config: &Config,
    env: &Environment,
    to: &DumpTo,
) -> Result<(), ProgramError> {
    let upgraded = upgrade::run(admin, programs, config, env, to)
        .await
        .map_err(|error| ProgramError::from_error(ExitCode::Failure, &error))?;
    if let Some(file) = &upgraded.dump {
        say(&format!(
            "the old catalogue was dumped to {}",
            file.display()
        ));
    }
    // Another process may have upgraded it in between.
    if let (true, Some(from)) = (upgraded.applied.changed, upgraded.applied.from) {
        if from == SCHEMA_VERSION {
            say("the catalogue's functions and views were created again");
        } else {
            say(&format!(
                "the catalogue was upgraded from version {from} to {SCHEMA_VERSION}"
            ));
        }
    }
    if let Some(text) = upgraded.imported.describe() {
        say(&text);
    }
    for note in upgraded.notes {
        say(&format!("NOTE: {note}"));
    }
    Ok(())
}

/// Connects as the programs do, and checks the version.
pub(super) async fn verify(
    target: &ConnectTarget,
    env: &Environment,
) -> Result<Session, ProgramError> {
    let session = connect(target, env).await?;
    version::check(&session)
        .await
        .map_err(|error| ProgramError::from_error(ExitCode::VersionMismatch, &error))?;
    Ok(session)
}

pub(super) fn failed(error: &CatalogError) -> ProgramError {
    let code = match error {
        CatalogError::Unavailable { .. } => ExitCode::CatalogueUnavailable,
        _ => ExitCode::Failure,
    };
    ProgramError::from_error(code, error)
}

fn report(done: Result<Vec<String>, CatalogError>) -> Result<(), ProgramError> {
    for line in done.map_err(|error| failed(&error))? {
        say(&line);
    }
    Ok(())
}
