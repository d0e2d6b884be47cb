//! `pgbackman_setup database`: the catalogue on the configured server.

use std::fs;
use std::path::Path;

use pgbackman_core::catalogue::schema::migrate::{OWNER_ROLE, READER_ROLE};
use pgbackman_core::catalogue::schema::provision;
use pgbackman_core::config::Config;
use pgbackman_core::conninfo::{ConnectTarget, Environment, Session, scram_secret};
use pgbackman_core::error::ProgramError;
use pgbackman_core::exit_code::ExitCode;
use pgbackman_core::secret::Secret;

use super::args::DatabaseArgs;
use super::{catalogue, failure, say};

/// Default name of the database.
const DEFAULT_DBNAME: &str = "pgbackman";

/// Creates or completes everything, and checks it.
pub(super) async fn run(
    args: &DatabaseArgs,
    config: &Config,
    env: &Environment,
) -> Result<(), ProgramError> {
    // Refuse whatever can be refused before anything changes.
    let passwords = [
        (OWNER_ROLE, password(args.password_file.as_deref())?),
        (READER_ROLE, password(args.reader_password_file.as_deref())?),
    ];
    let target = administrator(args, config);
    let dbname = config.database.dbname.as_deref().unwrap_or(DEFAULT_DBNAME);

    let admin = catalogue::connect(&target, env).await?;
    say(&format!("connected to {}", admin.place()));
    catalogue::provide_database(&admin, dbname).await?;
    for (role, password) in &passwords {
        set_password(&admin, role, password.as_ref()).await?;
    }
    admin.close().await;

    let mut admin = catalogue::connect(&target.with_dbname(dbname), env).await?;
    let programs = ConnectTarget::catalogue(config);
    let upgrade = args.upgrade(env);
    catalogue::provide_schema(&mut admin, &programs, upgrade.as_ref(), config, env).await?;
    admin.close().await;
    say(&format!(
        "[Done] The database {dbname} is a complete catalogue."
    ));
    try_as_the_programs(config, env).await;
    Ok(())
}

/// The administrator's connection to the server: the configured one, with another role.
fn administrator(args: &DatabaseArgs, config: &Config) -> ConnectTarget {
    let section = &config.database;
    let mut target = ConnectTarget::like_psql(
        args.admin_host.as_deref().or(section.host.as_deref()),
        args.admin_port.or(section.port),
        args.admin_user.as_deref(),
        args.admin_dbname.as_deref(),
    );
    if let (None, Some(address)) = (&args.admin_host, &section.hostaddr) {
        target = target.with_setting("hostaddr", address);
    }
    if let Some(mode) = section.sslmode {
        target = target.with_setting("sslmode", mode.as_str());
    }
    if let Some(file) = &section.sslrootcert {
        target = target.with_setting("sslrootcert", file.to_string_lossy());
    }
    target
}

/// Reads the first line of a password file, which must not be readable by others.
fn password(file: Option<&Path>) -> Result<Option<Secret>, ProgramError> {
    use std::os::unix::fs::MetadataExt as _;
    let Some(file) = file else {
        return Ok(None);
    };
    let unreadable = |error| {
        failure(format!(
            "could not read the password file {}: {error}",
            file.display()
        ))
    };
    let mode = fs::metadata(file).map_err(unreadable)?.mode();
    if mode & 0o077 != 0 {
        let message = format!(
            "the password file {} is refused: its mode is {:04o}, so that other users can read it",
            file.display(),
            mode & 0o7777
        );
        return Err(ProgramError::new(ExitCode::Refused, message)
            .with_hint(format!("chmod 0600 {}", file.display())));
    }
    let text = fs::read_to_string(file).map_err(unreadable)?;
    Ok(Some(Secret::new(text.lines().next().unwrap_or_default())))
}

async fn set_password(
    admin: &Session,
    role: &str,
    password: Option<&Secret>,
) -> Result<(), ProgramError> {
    let Some(password) = password else {
        return Ok(());
    };
    let secret = scram_secret(password)
        .map_err(|error| ProgramError::from_error(ExitCode::Refused, &error))?;
    provision::set_password(admin, role, &secret)
        .await
        .map_err(|error| catalogue::failed(&error))?;
    say(&format!("the password of the role {role} was set"));
    Ok(())
}

/// Reports whether the programs can connect to the catalogue from here. A failure is not an error: the password may
/// still have to be written into a file, and other users may run the programs.
async fn try_as_the_programs(config: &Config, env: &Environment) {
    match catalogue::verify(&ConnectTarget::catalogue(config), env).await {
        Ok(session) => {
            say(&format!(
                "The programs can connect to the catalogue at {}.",
                session.place()
            ));
            session.close().await;
        }
        Err(error) => say(&format!(
            "NOTE: as this user, the programs cannot connect to the catalogue yet: {error}\n      Before you start \
             them, make sure that pg_hba.conf allows the role and that its password is in ~/.pgpass."
        )),
    }
}
