//! `pgbackman_setup server`: sets up this machine as a backup server.
//!
//! Each step creates only what is missing, so the command can be repeated; with `--dry-run`, it prints what it would
//! create.

mod configuration;
mod places;
mod services;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use pgbackman_core::catalogue::CatalogError;
use pgbackman_core::catalogue::alerts::heartbeats::{self, DaemonState};
use pgbackman_core::catalogue::nodes::{config_params, servers};
use pgbackman_core::config::{Config, Environment, SYSTEM_PATH, quoted};
use pgbackman_core::conninfo::ConnectTarget;
use pgbackman_core::error::ProgramError;
use pgbackman_core::exit_code::ExitCode;
use pgbackman_core::sys::privilege;
use tokio::runtime::Runtime;

use super::args::{EmbeddedArgs, Format, ServerArgs};
use super::{catalogue, check, embedded, say};
use configuration::Setting;

/// How long daemons that were just started may take until their first heartbeat.
const FIRST_SIGN: Duration = Duration::from_secs(30);
/// The pause between two checks for it.
const PAUSE: Duration = Duration::from_millis(500);

/// How steps are performed: really, or as a dry run.
#[derive(Debug, Clone, Copy)]
struct Steps {
    dry_run: bool,
}

impl Steps {
    /// Performs a step and reports it: `what` continues "Done:" and "Would be done:".
    fn perform(
        self,
        what: &str,
        act: impl FnOnce() -> Result<(), ProgramError>,
    ) -> Result<(), ProgramError> {
        if self.dry_run {
            say(&format!("Would be done: {what}"));
            return Ok(());
        }
        act()?;
        say(&format!("Done: {what}"));
        Ok(())
    }
}

/// Prepares this machine and checks it.
pub(super) fn run(
    args: &ServerArgs,
    config: &Config,
    env: &Environment,
    runtime: &Runtime,
) -> Result<(), ProgramError> {
    if args.check {
        return check::run(args.format, config, env, runtime);
    }
    let steps = Steps {
        dry_run: args.dry_run,
    };
    if !steps.dry_run && !privilege::is_root() {
        return Err(ProgramError::new(
            ExitCode::Refused,
            "only root can create a user, its directories and services",
        )
        .with_hint("other users can use --check and --dry-run"));
    }
    let wanted = Wanted::new(args, config);
    places::account(steps, &wanted.os_user)?;
    places::directories(steps, &wanted, config)?;
    let file = config
        .path
        .clone()
        .unwrap_or_else(|| PathBuf::from(SYSTEM_PATH));
    configuration::write(steps, &file, &wanted.settings(), env)?;
    if steps.dry_run {
        if let Some(dir) = &args.embedded {
            say(&format!(
                "Would be done: a private catalogue is created in {}",
                dir.display()
            ));
        }
        say(
            "Would be done: this backup server is registered, its services are started, and everything is checked",
        );
        return Ok(());
    }
    let config = Config::load(Some(&file), env)
        .map_err(|error| ProgramError::from_error(ExitCode::Configuration, &error))?;
    if let Some(dir) = &args.embedded {
        embedded::run(&embedded_args(dir, &wanted), &config, env, runtime)?;
    }
    runtime.block_on(register(&config, &wanted, env))?;
    if args.no_start {
        say("The services were not changed.");
    } else {
        services::start(steps, &config, args.embedded.as_deref())?;
        runtime.block_on(first_heartbeats(&config, env));
    }
    say("");
    check::run(Format::Text, &config, env, runtime)?;
    say(
        "\nNext: pgbackman_setup node HOST --now (or --local --now for a PostgreSQL server on this machine), or the shell: pgbackman",
    );
    Ok(())
}

/// Waits for the first heartbeats of the daemons that were just started. If they are missing, the following checks
/// report that.
async fn first_heartbeats(config: &Config, env: &Environment) {
    let end = Instant::now() + FIRST_SIGN;
    let Ok(session) = catalogue::verify(&ConnectTarget::catalogue(config), env).await else {
        return;
    };
    if let Ok(server) = servers::resolve(&*session, &config.backup_server.fqdn()).await {
        while Instant::now() < end {
            let works = heartbeats::list(&*session, Some(server.id), None)
                .await
                .is_ok_and(|daemons| {
                    daemons
                        .iter()
                        .all(|daemon| daemon.state == DaemonState::Alive)
                });
            if works {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
    session.close().await;
}

/// The wanted properties of this backup server: from the arguments, or else from the configuration.
#[derive(Debug, Clone)]
struct Wanted {
    os_user: String,
    backup_server: Option<String>,
    backup_root: PathBuf,
    /// The directory of a private catalogue's socket.
    socket: Option<PathBuf>,
    /// The properties that the arguments changed.
    changed: Vec<&'static str>,
}

impl Wanted {
    fn new(args: &ServerArgs, config: &Config) -> Self {
        let section = &config.backup_server;
        let mut changed = Vec::new();
        for (key, given) in [
            ("os_user", args.os_user.is_some()),
            ("backup_server", args.backup_server.is_some()),
            ("backup_roots", args.backup_root.is_some()),
        ] {
            if given {
                changed.push(key);
            }
        }
        Self {
            os_user: args
                .os_user
                .clone()
                .unwrap_or_else(|| section.os_user.clone()),
            backup_server: args
                .backup_server
                .clone()
                .or_else(|| section.backup_server.clone()),
            backup_root: args.backup_root.clone().unwrap_or_else(|| {
                section
                    .backup_roots
                    .first()
                    .cloned()
                    .unwrap_or_else(|| PathBuf::from("/srv/pgbackman"))
            }),
            socket: args.embedded.as_ref().map(|dir| dir.join("run")),
            changed,
        }
    }

    /// The settings that the configuration must have.
    fn settings(&self) -> Vec<Setting> {
        let path = |path: &Path| quoted(&path.to_string_lossy());
        let mut settings = Vec::new();
        for key in &self.changed {
            let value = match *key {
                "os_user" => quoted(&self.os_user),
                "backup_server" => quoted(self.backup_server.as_deref().unwrap_or_default()),
                _ => format!("[{}]", path(&self.backup_root)),
            };
            settings.push(Setting::new("backup_server", key, value));
        }
        if let Some(socket) = &self.socket {
            settings.push(Setting::new("pgbackman_database", "host", path(socket)));
        }
        settings
    }
}

/// The arguments for a private catalogue of this configuration, as for `pgbackman_setup embedded`.
fn embedded_args(dir: &Path, wanted: &Wanted) -> EmbeddedArgs {
    EmbeddedArgs {
        dir: dir.to_owned(),
        os_user: Some(wanted.os_user.clone()),
        backup_server: wanted.backup_server.clone(),
        backup_root: Some(wanted.backup_root.clone()),
        install_autostart: Some(None),
        without_config: true,
        ..EmbeddedArgs::default()
    }
}

/// Registers this backup server, unless it is registered.
async fn register(config: &Config, wanted: &Wanted, env: &Environment) -> Result<(), ProgramError> {
    let fqdn = config.backup_server.fqdn();
    let session = catalogue::verify(&ConnectTarget::catalogue(config), env)
        .await
        .map_err(|error| {
            if error.hint.is_some() {
                return error;
            }
            error.with_hint(
                "for a catalogue on a server, set [pgbackman_database] of the configuration, create it with \
                 `pgbackman_setup database`, and repeat this command; for a private catalogue on this machine, use \
                 --embedded",
            )
        })?;
    match servers::resolve(&*session, &fqdn).await {
        Ok(server) => say(&format!(
            "This backup server is registered in the catalogue: {fqdn} (SrvID {}).",
            server.id
        )),
        Err(CatalogError::NotFound { .. }) => {
            let (host, domain) = fqdn.split_once('.').unwrap_or((&fqdn, ""));
            let server = servers::register(&*session, host, domain, "")
                .await
                .map_err(|error| catalogue::failed(&error))?;
            config_params::update_server(
                &*session,
                server.id,
                &[(
                    "root_backup_partition".to_owned(),
                    wanted.backup_root.to_string_lossy().into_owned(),
                )],
            )
            .await
            .map_err(|error| catalogue::failed(&error))?;
            say(&format!(
                "Done: this backup server was registered: {fqdn} (SrvID {})",
                server.id
            ));
        }
        Err(error) => return Err(catalogue::failed(&error)),
    }
    session.close().await;
    Ok(())
}
