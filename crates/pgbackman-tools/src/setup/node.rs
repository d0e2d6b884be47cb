//! `pgbackman_setup node`: registers a PostgreSQL server and nightly backups of all its databases, through the shell.

use std::path::Path;
use std::process::{Command, Stdio};

use pgbackman_core::catalogue::CatalogError;
use pgbackman_core::catalogue::nodes::{self, servers};
use pgbackman_core::config::{Config, Environment};
use pgbackman_core::conninfo::ConnectTarget;
use pgbackman_core::domain::ids::ServerId;
use pgbackman_core::domain::text::words;
use pgbackman_core::error::ProgramError;
use pgbackman_core::exit_code::ExitCode;
use pgbackman_core::sys::privilege::{self, User};
use tokio::runtime::Runtime;

use super::args::NodeArgs;
use super::inspect::{self, Inspection, Node, Questions};
use super::unreached::Unreached;
use super::{catalogue, failure, first_backups, say};

/// The directory of the socket in PostgreSQL's packages.
const LOCAL_SOCKET: &str = "/var/run/postgresql";
/// The account that runs the server in PostgreSQL's packages, which is also its superuser role.
const SUPERUSER: &str = "postgres";
/// Retention and tag of the first snapshots.
const FIRST_KEPT: &str = "7 days";
pub(super) const FIRST_TAG: &str = "first backup";

/// Checks the server, then registers it.
pub(super) fn run(
    args: &NodeArgs,
    config: &Config,
    env: &Environment,
    runtime: &Runtime,
) -> Result<(), ProgramError> {
    let job_user = privilege::lookup(&config.backup_server.os_user)
        .map_err(|error| ProgramError::from_error(ExitCode::Refused, &error))?;
    let node = Node {
        host: args.host.clone().unwrap_or_else(|| LOCAL_SOCKET.to_owned()),
        port: args.port,
        user: match &args.user {
            Some(user) => user.clone(),
            None if args.local => job_user.name.clone(),
            None => SUPERUSER.to_owned(),
        },
    };
    let (server, known) = runtime.block_on(already_known(&node, config, env))?;
    let seen = reached(args, &node, &job_user, config)?;
    say(&format!(
        "{} can connect to {}:{} as {}: PostgreSQL {}, {} databases.",
        job_user.name,
        node.host,
        node.port,
        node.user,
        seen.release,
        seen.databases.len()
    ));
    if seen.ahead.abs() > 60_000 {
        say(&format!(
            "NOTE: its clock differs from this machine's by {} s.",
            seen.ahead / 1000
        ));
    }
    if let Some(warning) = &seen.pooled {
        say(&format!("WARNING: {warning}"));
    }
    match &seen.client {
        Some(Ok(client)) => say(&format!("pg_dump {client} will take its backups.")),
        Some(Err(reason)) => {
            return Err(ProgramError::new(ExitCode::Refused, reason.clone()));
        }
        None => {}
    }
    for command in commands(&node, server, known, args.now) {
        shell(config, &job_user, &command)?;
    }
    if args.wait {
        return runtime.block_on(first_backups::wait(&node, config, env));
    }
    say(if args.now {
        "\nThe first backups start within a minute. Watch: pgbackman -C 'show_backup_catalog all all all all all'"
    } else {
        "\nThe first backups are taken during the coming night. For the times: pgbackman -C 'show_backup_definitions \
         all all all'"
    });
    Ok(())
}

/// Returns this backup server's ID, and whether the node is registered.
async fn already_known(
    node: &Node,
    config: &Config,
    env: &Environment,
) -> Result<(ServerId, bool), ProgramError> {
    let session = catalogue::verify(&ConnectTarget::catalogue(config), env).await?;
    let known = nodes::resolve(&*session, &format!("{}:{}", node.host, node.port)).await;
    let server = servers::resolve(&*session, &config.backup_server.fqdn())
        .await
        .map_err(|error| catalogue::failed(&error).with_hint("run pgbackman_setup server first"));
    session.close().await;
    let known = match known {
        Ok(_) => true,
        Err(CatalogError::NotFound { .. }) => false,
        Err(error) => return Err(catalogue::failed(&error)),
    };
    Ok((server?.id, known))
}

/// Inspects the server as the job user; on this machine, creates a role for that user first if it is missing.
fn reached(
    args: &NodeArgs,
    node: &Node,
    job_user: &User,
    config: &Config,
) -> Result<Inspection, ProgramError> {
    match try_it(node, job_user, config)? {
        Ok(seen) => Ok(seen),
        Err(unreached) if args.local && privilege::is_root() && unreached.may_lack_role => {
            if !make_role(node, config)? {
                // The role exists, and something else prevents the connection.
                return Err(failed(node, job_user, &unreached));
            }
            say(&format!(
                "Done: the superuser role {} was created on the server; {} may connect as it through the socket",
                node.user, job_user.name
            ));
            try_it(node, job_user, config)?.map_err(|reason| failed(node, job_user, &reason))
        }
        Err(unreached) => Err(failed(node, job_user, &unreached)),
    }
}

fn try_it(
    node: &Node,
    job_user: &User,
    config: &Config,
) -> Result<Result<Inspection, Unreached>, ProgramError> {
    let questions = Questions {
        config: config.path.clone(),
        nodes: vec![node.clone()],
        ..Questions::default()
    };
    inspect::ask(job_user, &questions)?
        .nodes
        .pop()
        .ok_or_else(|| failure("the server was not inspected"))
}

/// Creates the role; returns whether it was missing.
fn make_role(node: &Node, config: &Config) -> Result<bool, ProgramError> {
    let superuser = privilege::lookup(SUPERUSER)
        .map_err(|error| ProgramError::from_error(ExitCode::Refused, &error))?;
    let questions = Questions {
        config: config.path.clone(),
        nodes: vec![node.clone()],
        make_role: Some(node.user.clone()),
        ..Questions::default()
    };
    Ok(inspect::ask(&superuser, &questions)?.made_role)
}

fn failed(node: &Node, job_user: &User, reason: &Unreached) -> ProgramError {
    let hint = if node.host.starts_with('/') {
        format!(
            "connections through a socket are authenticated by the account (`peer`): create a superuser role {} on \
             the server and name it with --user, or use --local",
            job_user.name
        )
    } else {
        format!(
            "allow this machine in pg_hba.conf of the server, and put the password into {}/.pgpass, owned by {} and \
             with mode 0600: {}:{}:*:{}:PASSWORD",
            job_user.home.display(),
            job_user.name,
            node.host,
            node.port,
            node.user
        )
    };
    ProgramError::new(
        ExitCode::Failure,
        format!(
            "{} cannot connect to the server: {reason}; nothing was registered",
            job_user.name
        ),
    )
    .with_hint(hint)
}

/// The commands of the shell, word by word. For a registered node, only databases without a definition get one.
fn commands(node: &Node, server: ServerId, known: bool, now: bool) -> Vec<Vec<String>> {
    let words = |words: &[&str]| {
        words
            .iter()
            .map(|&word| word.to_owned())
            .collect::<Vec<_>>()
    };
    // A socket directory or an address has no domain.
    let by_name = node.host.contains(|c: char| c.is_ascii_alphabetic())
        && !node.host.starts_with('/')
        && !node.host.contains(':');
    let (host, domain) = match node.host.split_once('.') {
        Some(parts) if by_name => parts,
        _ => (node.host.as_str(), ""),
    };
    let port = node.port.to_string();
    let name = format!("{}:{port}", node.host);
    let server = server.to_string();
    let mut commands = Vec::new();
    let databases = if known {
        "#databases_without_backup_definitions#"
    } else {
        commands.push(words(&[
            "register_pgsql_node",
            host,
            domain,
            &port,
            &node.user,
            "RUNNING",
            "",
        ]));
        "#all_databases#"
    };
    commands.push(words(&[
        "register_backup_definition",
        &server,
        &name,
        databases,
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "nightly",
    ]));
    if now {
        commands.push(words(&[
            "register_snapshot_definition",
            &server,
            &name,
            "#all_databases#",
            "",
            "",
            "",
            FIRST_KEPT,
            "",
            FIRST_TAG,
            "",
        ]));
    }
    commands
}

/// Runs a command of the shell as the job user, who can connect to the node, and prints it.
fn shell(config: &Config, job_user: &User, command: &[String]) -> Result<(), ProgramError> {
    let line = command
        .iter()
        .map(|word| quoted(word))
        .collect::<Vec<_>>()
        .join(" ");
    say(&format!("[pgbackman]$ {line}"));
    let own = std::env::current_exe().map_err(|error| {
        failure(format!(
            "could not determine the path of this program: {error}"
        ))
    })?;
    let program = own.parent().unwrap_or(Path::new("/")).join("pgbackman");
    let mut run = Command::new(&program);
    inspect::become_user(&mut run, job_user);
    if let Some(path) = &config.path {
        run.arg("--config").arg(path);
    }
    let status = run
        .args(["-C", &line])
        .stdin(Stdio::null())
        .status()
        .map_err(|error| failure(format!("could not run {}: {error}", program.display())))?;
    if status.success() {
        return Ok(());
    }
    Err(failure(
        "this command failed; the commands before it were carried out",
    ))
}

/// Quotes a word for the shell.
fn quoted(word: &str) -> String {
    words::quote_double(word, |c| c.is_alphanumeric() || "_-./:#".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(host: &str) -> Node {
        Node {
            host: host.to_owned(),
            port: 5433,
            user: "postgres".to_owned(),
        }
    }

    #[test]
    fn only_a_name_has_a_domain() {
        let registered =
            |host: &str| commands(&node(host), ServerId::new(1), false, false)[0][1..3].to_vec();
        assert_eq!(registered("pg1.example.net"), ["pg1", "example.net"]);
        assert_eq!(registered("192.0.2.7"), ["192.0.2.7", ""]);
        assert_eq!(registered("fe80::1"), ["fe80::1", ""]);
        assert_eq!(
            registered("/var/run/postgresql"),
            ["/var/run/postgresql", ""]
        );
    }

    #[test]
    fn a_first_backup_is_a_snapshot_of_every_database() {
        let all = commands(&node("pg1"), ServerId::new(1), false, true);
        assert_eq!(all.len(), 3);
        assert_eq!(all[2][0], "register_snapshot_definition");
        assert_eq!(all[1][2], "pg1:5433");
    }

    #[test]
    fn a_node_that_is_known_is_not_registered_again() {
        let all = commands(&node("pg1"), ServerId::new(1), true, false);
        assert_eq!(all.len(), 1);
        assert_eq!(all[0][3], "#databases_without_backup_definitions#");
    }
}
