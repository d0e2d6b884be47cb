//! `pgbackman_setup embedded`: a private PostgreSQL cluster in a directory, with the catalogue in it.

mod apart;
mod autostart;
mod binaries;
mod cluster;
mod config_file;
mod contents;
mod layout;
mod people;
mod reach;
mod restart;
mod rules;
mod status;
mod upgrade_major;

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::Path;
use std::time::Duration;

use pgbackman_core::catalogue::schema::provision::{Defaults, replace_default};
use pgbackman_core::config::Config;
use pgbackman_core::conninfo::{ConnectTarget, Environment};
use pgbackman_core::error::ProgramError;
use pgbackman_core::exit_code::ExitCode;
use pgbackman_core::handoff::upgrade::DumpTo;
use pgbackman_core::sys::lock::FileLock;
use pgbackman_core::sys::privilege::User;
use tokio::runtime::Runtime;

use super::args::EmbeddedArgs;
use super::{catalogue, failure, say};
use binaries::Binaries;
use cluster::{Cluster, State};
use config_file::Choices;
use layout::Layout;
use people::People;

/// The superuser of the private cluster.
const SUPERUSER: &str = "postgres";

/// The catalogue's database in it.
const DBNAME: &str = "pgbackman";

/// How long a server that a killed setup has started may take until it responds.
const STARTUP: Duration = Duration::from_secs(60);

/// Runs the selected action.
pub(super) fn run(
    args: &EmbeddedArgs,
    config: &Config,
    env: &Environment,
    runtime: &Runtime,
) -> Result<(), ProgramError> {
    let layout = Layout::new(&args.dir)?;
    if args.start {
        return existing(args, config, &layout)?.start();
    }
    if args.stop {
        return existing(args, config, &layout)?.stop();
    }
    if args.status {
        return status::tell(args, config, &layout, env, runtime);
    }
    if args.restart_if_updated {
        let cluster = existing(args, config, &layout)?;
        return restart::if_updated(&cluster, &layout, env, runtime);
    }
    if args.upgrade_major {
        return upgrade_major::run(args, config, &layout, env, runtime);
    }
    if args.undo_upgrade_major {
        return upgrade_major::undo(config, &layout, env, runtime);
    }
    make(args, config, &layout, env, runtime)
}

/// The existing cluster.
fn existing(
    args: &EmbeddedArgs,
    config: &Config,
    layout: &Layout,
) -> Result<Cluster, ProgramError> {
    match State::of(layout)? {
        State::Complete { major, owner } if layout.settings().exists() => {
            people::may_act_as(&owner)?;
            let binaries = Binaries::of_major(args.bindir.as_deref(), config, major)?;
            Ok(Cluster::new(layout, binaries, owner))
        }
        _ => Err(absent(layout)),
    }
}

fn absent(layout: &Layout) -> ProgramError {
    failure(format!(
        "there is no complete embedded catalogue in {}",
        layout.dir().display()
    ))
    .with_hint("create it with the same command and only --dir")
}

/// Creates everything that is missing.
fn make(
    args: &EmbeddedArgs,
    config: &Config,
    layout: &Layout,
    env: &Environment,
    runtime: &Runtime,
) -> Result<(), ProgramError> {
    let state = State::of(layout)?;
    let people = People::resolve(args, config, state.owner(), &rules::let_in_before(layout))?;
    let binaries = match &state {
        State::Complete { major, .. } => {
            Binaries::of_major(args.bindir.as_deref(), config, *major)?
        }
        State::Absent | State::HalfMade => Binaries::newest(args.bindir.as_deref(), config)?,
    };
    let port = rules::port(layout, args.port)?;
    let choices = Choices::new(args, layout, &people, port)?;
    layout.check_socket(port)?;
    reach::check(layout, &people)?;
    make_uppermost(layout, &people)?;
    let _lock = only_one(&layout.lock())?;
    make_directories(layout, &people, &choices)?;

    let cluster = Cluster::new(layout, binaries, people.owner.clone());
    // Another setup may have been running until now.
    cluster.init(&State::of(layout)?)?;
    rules::write(layout, &people, port)?;
    cluster.start_or_reload()?;
    runtime.block_on(fill(args, config, layout, port, &choices, env))?;
    if !args.without_config {
        config_file::write(layout, &choices)?;
        runtime.block_on(prove(layout, env))?;
    }

    say(&format!(
        "[Done] The embedded catalogue in {} is ready: {}.",
        layout.dir().display(),
        cluster.describe()
    ));
    if !args.without_config {
        say(&format!(
            "Its configuration is {}: pass it to every program with --config.",
            layout.config().display()
        ));
    }
    autostart::arrange(args.install_autostart.as_ref(), layout, &people, &choices)
}

/// Creates the directory itself, which the caller owns: its owner could replace the configuration in it.
fn make_uppermost(layout: &Layout, people: &People) -> Result<(), ProgramError> {
    let missing: Vec<&Path> = layout
        .dir()
        .ancestors()
        .take_while(|path| !path.exists())
        .collect();
    for parent in missing.into_iter().rev() {
        ensure_directory(parent, 0o755, &people.caller)?;
    }
    ensure_directory(layout.dir(), 0o755, &people.caller)
}

/// Creates the directories in it, each owned by the user who needs it.
fn make_directories(
    layout: &Layout,
    people: &People,
    choices: &Choices,
) -> Result<(), ProgramError> {
    ensure_directory(&layout.etc(), 0o755, &people.caller)?;
    ensure_directory(&layout.run(), 0o755, &people.owner)?;
    ensure_directory(&layout.log(), 0o700, &people.jobs)?;
    if choices.backup_root.starts_with(layout.dir()) {
        ensure_directory(&choices.backup_root, 0o700, &people.jobs)?;
    }
    Ok(())
}

/// Creates a directory, or sets the mode and owner of an existing one.
fn ensure_directory(path: &Path, mode: u32, owner: &User) -> Result<(), ProgramError> {
    let made = fs::create_dir_all(path)
        .and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(mode)))
        .and_then(|()| chown(path, Some(owner.owner.uid), Some(owner.owner.gid)));
    made.map_err(|error| {
        failure(format!(
            "could not create the directory {} for user {}: {error}",
            path.display(),
            owner.name
        ))
    })
}

/// Prevents a second setup of the same directory until this one ends.
fn only_one(lock: &Path) -> Result<FileLock, ProgramError> {
    match FileLock::try_acquire(lock) {
        Ok(Some(lock)) => Ok(lock),
        Ok(None) => {
            let message = format!(
                "another pgbackman_setup, or a process that it started, holds {}",
                lock.display()
            );
            Err(ProgramError::new(ExitCode::AlreadyRunning, message)
                .with_hint("wait until it has ended"))
        }
        Err(error) => Err(ProgramError::from_error(ExitCode::Failure, &error)),
    }
}

/// Creates roles, database and schema, and sets defaults to paths in the directory.
async fn fill(
    args: &EmbeddedArgs,
    config: &Config,
    layout: &Layout,
    port: u16,
    choices: &Choices,
    env: &Environment,
) -> Result<(), ProgramError> {
    let home = DumpTo::home(env);
    let env = plain(env);
    let socket = layout.run().to_string_lossy().into_owned();
    let target = ConnectTarget::node(socket, port, SUPERUSER, "postgres");
    let admin = catalogue::connect_patiently(&target, &env, STARTUP).await?;
    catalogue::provide_database(&admin, DBNAME).await?;
    admin.close().await;
    let mut admin = catalogue::connect(&target.with_dbname(DBNAME), &env).await?;
    let upgrade = args.upgrade.then_some(home);
    let programs = catalogue_target(layout, port);
    catalogue::provide_schema(&mut admin, &programs, upgrade.as_ref(), config, &env).await?;
    admin.close().await;
    // The catalogue's own triggers run with the rights of their owner only.
    let owner = catalogue::connect(&programs, &env).await?;
    for (defaults, parameter, shipped, value) in choices.defaults() {
        replace_default(&*owner, defaults, parameter, shipped, &value)
            .await
            .map_err(|error| catalogue::failed(&error))?;
    }
    owner.close().await;
    Ok(())
}

/// Reads the configuration that was written, as every program does, and connects with it.
async fn prove(layout: &Layout, env: &Environment) -> Result<(), ProgramError> {
    let config = Config::load(Some(&layout.config()), env)
        .map_err(|error| ProgramError::from_error(ExitCode::Configuration, &error))?;
    let session = catalogue::verify(&ConnectTarget::catalogue(&config), &plain(env)).await?;
    session.close().await;
    Ok(())
}

/// The connection of the programs to the catalogue.
fn catalogue_target(layout: &Layout, port: u16) -> ConnectTarget {
    let socket = layout.run().to_string_lossy().into_owned();
    ConnectTarget::node(
        socket,
        port,
        pgbackman_core::catalogue::schema::migrate::OWNER_ROLE,
        DBNAME,
    )
    .as_catalogue()
}

/// The environment without variables and home: a service file or `PG…` variables are meant for other servers.
fn plain(env: &Environment) -> Environment {
    Environment::new(env.uid(), env.user_name().unwrap_or_default())
}

impl Choices {
    /// Sets the defaults of new servers and nodes to paths other than `/srv`, `/etc` and `/usr`.
    fn defaults(&self) -> Vec<(Defaults, &'static str, &'static str, String)> {
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let program = |name: &str| text(&self.program_dir.join(name));
        let node = "pgsql_node_%%pgnode%%";
        vec![
            (
                Defaults::BackupServer,
                "root_backup_partition",
                "/srv/pgbackman",
                text(&self.backup_root),
            ),
            (
                Defaults::BackupServer,
                "pgbackman_dump",
                "/usr/bin/pgbackman_dump",
                program("pgbackman_dump"),
            ),
            (
                Defaults::BackupServer,
                "pgbackman_restore",
                "/usr/bin/pgbackman_restore",
                program("pgbackman_restore"),
            ),
            (
                Defaults::PgsqlNode,
                "pgnode_backup_partition",
                "/srv/pgbackman/pgsql_node_%%pgnode%%",
                text(&self.backup_root.join(node)),
            ),
            (
                Defaults::PgsqlNode,
                "pgnode_crontab_file",
                "/etc/cron.d/pgsql_node_%%pgnode%%",
                text(&self.crontab_dir.join(node)),
            ),
        ]
    }
}
