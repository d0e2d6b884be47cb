//! Inspects what the job user can do: connect to servers, write to directories, find client programs.
//!
//! Root can access much that this user cannot, so a process of that user makes the checks: this program, started
//! again with [`MARK`] as its first argument, reads [`Questions`] from standard input and writes [`Answers`].

use std::io::{self, Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use chrono::{DateTime, Utc};
use pgbackman_core::catalogue::schema::version;
use pgbackman_core::clock::{Clock as _, SystemClock};
use pgbackman_core::config::{Config, ConfigError, Environment, trust};
use pgbackman_core::conninfo::{self, ConnectTarget, Session};
use pgbackman_core::domain::pg_version::PgMajor;
use pgbackman_core::error::{ProgramError, with_causes};
use pgbackman_core::node::{databases, identity};
use pgbackman_core::pgtools::bindir::{self, BindirError, Search, Wanted};
use pgbackman_core::sys::privilege::{self, PrivilegeError, User};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::unreached::Unreached;
use super::{PROGRAM, failure};

/// The first argument of the process that makes the checks.
pub(super) const MARK: &str = "__look-as-job-user";

/// Timeout of one server.
const PATIENCE: Duration = Duration::from_secs(10);

/// The search path for programs, as in a job of cron.
const PATH: &str = "/usr/bin:/bin";

/// The checks that the job user makes.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Questions {
    /// The configuration that the programs use.
    pub(super) config: Option<PathBuf>,
    /// Whether it can connect to the catalogue.
    pub(super) catalogue: bool,
    /// Whether it can connect to these servers, and has client programs for them.
    pub(super) nodes: Vec<Node>,
    /// The catalogue's directories of client programs: release and directory.
    pub(super) bin_dirs: Vec<(String, PathBuf)>,
    /// Whether it can write to these directories.
    pub(super) directories: Vec<PathBuf>,
    /// A role to create on the first of the nodes, if it is missing.
    pub(super) make_role: Option<String>,
}

/// A PostgreSQL server.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Node {
    /// Its name, address, or socket directory.
    pub(super) host: String,
    /// Its port.
    pub(super) port: u16,
    /// The role that takes the backups.
    pub(super) user: String,
}

/// The results, in the order of the questions.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Answers {
    /// The catalogue, or why it is unavailable.
    pub(super) catalogue: Option<Result<Inspection, Unreached>>,
    /// Each server, or why it is unavailable.
    pub(super) nodes: Vec<Result<Inspection, Unreached>>,
    /// Whether the role was created.
    pub(super) made_role: bool,
    /// Why a directory cannot be written to, or `None`.
    pub(super) directories: Vec<Option<String>>,
}

/// A server that responded.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Inspection {
    /// The address of the connection.
    pub(super) place: String,
    /// Its release.
    pub(super) release: String,
    /// How far its clock is ahead of this machine's, in milliseconds; uncertain by half of the round-trip time.
    pub(super) ahead: i64,
    /// Its databases that can be dumped.
    pub(super) databases: Vec<String>,
    /// The client programs for it: release and directory, or why there are none.
    pub(super) client: Option<Result<String, String>>,
    /// Whether the role may read everything: a superuser.
    pub(super) superuser: bool,
    /// A warning about a connection pooler, if there is one.
    pub(super) pooled: Option<String>,
}

/// Runs the checks as that user; only root and that user can do so.
pub(super) fn ask(user: &User, questions: &Questions) -> Result<Answers, ProgramError> {
    let unanswered = |reason: String| {
        failure(format!(
            "could not determine what user {} can access: {reason}",
            user.name
        ))
    };
    let mut command = Command::new("/proc/self/exe");
    command
        .args([MARK, &user.name])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .current_dir("/");
    as_of_user(&mut command, user);
    let text = serde_json::to_vec(questions).map_err(|error| unanswered(error.to_string()))?;
    let mut child = command
        .spawn()
        .map_err(|error| unanswered(error.to_string()))?;
    if let Some(mut input) = child.stdin.take() {
        // A process that ended early reports the reason itself.
        let _ = input.write_all(&text);
    }
    let output = child
        .wait_with_output()
        .map_err(|error| unanswered(error.to_string()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(unanswered(said.trim().to_owned()));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| unanswered(error.to_string()))
}

/// The environment of a job of that user, if it is another user.
fn as_of_user(command: &mut Command, user: &User) {
    if user.owner != privilege::current_owner() {
        command
            .env_clear()
            .env("PATH", PATH)
            .env("HOME", &user.home)
            .env("LOGNAME", &user.name);
    }
}

/// Makes a command run as that user; only root can run one as another user.
pub(super) fn become_user(command: &mut Command, user: &User) {
    if privilege::is_root() && user.owner != privilege::current_owner() {
        command
            .uid(user.owner.uid)
            .gid(user.owner.gid)
            .current_dir("/");
        as_of_user(command, user);
    }
}

/// Runs the checks if this is the process for them: first it switches to the user in its second argument.
pub(super) fn answering(mut arguments: impl Iterator<Item = String>) -> Option<ExitCode> {
    if arguments.nth(1).as_deref() != Some(MARK) {
        return None;
    }
    let name = arguments.next().unwrap_or_default();
    Some(match answer(&name) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    })
}

/// Why the checks could not be made.
#[derive(Debug, Error)]
enum Unanswered {
    /// There is no such user, or this process may not switch to it.
    #[error(transparent)]
    User(#[from] PrivilegeError),
    /// The questions or the answers could not be transferred.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The questions or the answers are not valid JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// The configuration is invalid.
    #[error("{}", with_causes(.0))]
    Config(#[from] ConfigError),
    /// The server on which a role was to be created failed.
    #[error(transparent)]
    Role(#[from] Unreached),
}

fn answer(name: &str) -> Result<(), Unanswered> {
    let user = privilege::lookup(name)?;
    privilege::drop_to(&user)?;
    let mut text = String::new();
    io::stdin().read_to_string(&mut text)?;
    let questions: Questions = serde_json::from_str(&text)?;
    let env = Environment::of_process();
    let config = Config::load(questions.config.as_deref(), &env)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let answers = runtime.block_on(answers(&questions, &config, &env))?;
    io::stdout().write_all(&serde_json::to_vec(&answers)?)?;
    Ok(())
}

async fn answers(
    questions: &Questions,
    config: &Config,
    env: &Environment,
) -> Result<Answers, Unreached> {
    let mut answers = Answers::default();
    if let (Some(role), Some(node)) = (&questions.make_role, questions.nodes.first()) {
        answers.made_role = make_role(node, role, env).await?;
    }
    if questions.catalogue {
        answers.catalogue = Some(catalogue(config, env).await);
    }
    // All at once, so that a server that hangs does not delay the others.
    answers.nodes = futures_util::future::join_all(
        questions
            .nodes
            .iter()
            .map(|node| look_at(node, questions, config, env)),
    )
    .await;
    answers.directories = questions
        .directories
        .iter()
        .map(|directory| unwritable(directory))
        .collect();
    Ok(answers)
}

async fn catalogue(config: &Config, env: &Environment) -> Result<Inspection, Unreached> {
    let session = connect(ConnectTarget::catalogue(config), env).await?;
    let checked = version::check(&session)
        .await
        .map_err(|error| Unreached::of(&error));
    let seen = seen(&session).await;
    session.close().await;
    checked.and(seen)
}

/// Inspects a server through a connection to the database `postgres` or, if that is missing, `template1`.
async fn look_at(
    node: &Node,
    questions: &Questions,
    config: &Config,
    env: &Environment,
) -> Result<Inspection, Unreached> {
    let target = |dbname: &str| {
        ConnectTarget::node(node.host.as_str(), node.port, node.user.as_str(), dbname)
    };
    let session = match connect(target("postgres"), env).await {
        Err(unreached) if unreached.lacks_database => connect(target("template1"), env).await?,
        session => session?,
    };
    let found = seen(&session).await;
    let release = identity::release(&*session).await;
    session.close().await;
    let mut found = found?;
    if let Ok(release) = release {
        let client = client_for(release.major(), questions, config).await;
        found.client = Some(client.map_err(|error| error.to_string()));
    }
    Ok(found)
}

async fn connect(target: ConnectTarget, env: &Environment) -> Result<Session, Unreached> {
    let target = target.with_application_name(PROGRAM);
    Ok(conninfo::connect(&target, env, PATIENCE).await?)
}

async fn seen(session: &Session) -> Result<Inspection, Unreached> {
    let before = SystemClock.now();
    let row = session
        .query_one(
            "SELECT pg_catalog.clock_timestamp(), \
             (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) CURRENT_USER)",
            &[],
        )
        .await
        .map_err(|error| Unreached::of(&error))?;
    let after = SystemClock.now();
    let theirs: DateTime<Utc> = row.try_get(0).map_err(|error| Unreached::of(&error))?;
    let release = identity::release(&**session)
        .await
        .map_err(|error| Unreached::of(&error))?;
    let databases = databases::list(&**session)
        .await
        .map_err(|error| Unreached::of(&error))?;
    Ok(Inspection {
        place: session.place().to_owned(),
        release: release.to_string(),
        ahead: (theirs - (before + (after - before) / 2)).num_milliseconds(),
        databases: databases
            .into_iter()
            .filter(|database| database.allows_connections && !database.is_template)
            .map(|database| database.name)
            .collect(),
        client: None,
        pooled: session.pooler_warning(),
        superuser: row.try_get::<_, Option<bool>>(1).ok().flatten() == Some(true),
    })
}

async fn client_for(
    server: PgMajor,
    questions: &Questions,
    config: &Config,
) -> Result<String, BindirError> {
    let section = &config.backup_server;
    let configured: Vec<(PgMajor, PathBuf)> = questions
        .bin_dirs
        .iter()
        .filter_map(|(release, directory)| Some((release.parse().ok()?, directory.clone())))
        .collect();
    let search = Search {
        configured: &configured,
        installed: &trust::existing_bin_dirs(section),
        trusted: &|directory| trust::check_bin_dir(section, directory),
    };
    let wanted = Wanted {
        server,
        asked: None,
    };
    bindir::find(&search, wanted)
        .await
        .map(|client| format!("{} in {}", client.release, client.bindir.display()))
}

/// Creates a superuser role, unless it exists; returns whether it did. Called as the operating system user of
/// PostgreSQL's superuser on this machine.
async fn make_role(node: &Node, role: &str, env: &Environment) -> Result<bool, Unreached> {
    let target = ConnectTarget::node(
        node.host.as_str(),
        node.port,
        env.user_name().unwrap_or("postgres"),
        "postgres",
    );
    let session = connect(target, env).await?;
    let known = session
        .query_opt(
            "SELECT 1 FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) $1",
            &[&role],
        )
        .await
        .map_err(|error| Unreached::of(&error))?
        .is_some();
    if !known {
        let statement = format!(
            "CREATE ROLE {} LOGIN SUPERUSER",
            pgbackman_core::pgtools::quote::identifier(role)
        );
        session
            .batch_execute(&statement)
            .await
            .map_err(|error| Unreached::of(&error))?;
    }
    session.close().await;
    Ok(!known)
}

/// Why no file can be created in a directory.
fn unwritable(directory: &Path) -> Option<String> {
    let probe = directory.join(format!(".pgbackman_setup-{}", std::process::id()));
    let made = std::fs::File::options()
        .write(true)
        .create_new(true)
        .open(&probe);
    match made {
        Ok(_) => {
            // A remaining file would be empty, and its name says which program created it.
            let _ = std::fs::remove_file(&probe);
            None
        }
        Err(error) => Some(error.to_string()),
    }
}
