//! `pgbackman_setup server`: this machine becomes a backup server.
//!
//! Each step looks first and makes only what is missing, so all of it can be repeated; with `--dry-run` it says what it
//! would make.

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

/// How long daemons that were just started may take until they are heard of.
const FIRST_SIGN: Duration = Duration::from_secs(30);
/// The pause between two looks for it.
const PAUSE: Duration = Duration::from_millis(500);

/// What a step makes, or with `--dry-run` would make.
#[derive(Debug, Clone, Copy)]
struct Steps {
    dry_run: bool,
}

impl Steps {
    /// Does something, and says so: `what` reads on from "Done:" and from "Would be done:".
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
            "only root can make a user, and directories and services for it",
        )
        .with_hint("--check and --dry-run can be called by everybody"));
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
                "Would be done: a private catalogue in {}",
                dir.display()
            ));
        }
        say(
            "Would be done: this backup server is registered, its services are started, everything is checked",
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
        say("The services were left as they are.");
    } else {
        services::start(steps, &config, args.embedded.as_deref())?;
        runtime.block_on(first_heartbeats(&config, env));
    }
    say("");
    check::run(Format::Text, &config, env, runtime)?;
    say("\nNext: pgbackman_setup node HOST --now, or the shell: pgbackman");
    Ok(())
}

/// Waits until the daemons that were just started have told the catalogue that they work. If they do not, the checks that
/// follow say so.
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

/// What is wanted of this backup server: what the arguments say, else what the configuration says.
#[derive(Debug, Clone)]
struct Wanted {
    os_user: String,
    backup_server: Option<String>,
    backup_root: PathBuf,
    /// Where the socket of a private catalogue is.
    socket: Option<PathBuf>,
    /// What the arguments changed.
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

    /// The settings that the configuration has to have.
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

/// A private catalogue as `pgbackman_setup embedded` makes it, for this configuration.
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

/// Registers this backup server, unless the catalogue knows it.
async fn register(config: &Config, wanted: &Wanted, env: &Environment) -> Result<(), ProgramError> {
    let fqdn = config.backup_server.fqdn();
    let session = catalogue::verify(&ConnectTarget::catalogue(config), env)
        .await
        .map_err(|error| {
            if error.hint.is_some() {
                return error;
            }
            error.with_hint(
                "a catalogue on a server: set [pgbackman_database] of the configuration, make it with \
                 `pgbackman_setup database`, and repeat this; a private one on this machine: --embedded",
            )
        })?;
    match servers::resolve(&*session, &fqdn).await {
        Ok(server) => say(&format!(
            "The catalogue knows this backup server: {fqdn} (SrvID {}).",
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
