//! Explanations of refusals for operators, above the database's own message: what is already registered, what
//! prevents a deletion, and which command to use. The meaning of the constraints is in
//! `core::catalogue::constraints`; this module looks up the objects.

use pgbackman_core::catalogue::usage::{self, Usage, Used};
use pgbackman_core::domain::ids::{DefId, SnapshotId};
use pgbackman_core::domain::node::PgsqlNode;
use pgbackman_core::domain::server::BackupServer;

use crate::error::CommandError;
use crate::output::cell::printable;
use crate::session::shell::Shell;

/// The error for an object that is already registered.
pub fn taken(what: &str, words: impl Into<String>) -> CommandError {
    CommandError::Explained {
        what: format!("register this {what}"),
        words: words.into(),
        exception: None,
    }
}

/// The same of an answer in a dialogue, which goes on with another answer.
pub fn in_a_dialogue(error: CommandError) -> CommandError {
    match error {
        CommandError::Explained { words, .. } => CommandError::Invalid(format!(
            "{words} Give another answer here, or end the dialogue with Ctrl-C."
        )),
        error => error,
    }
}

/// Why a backup server was not deleted.
pub fn server(shell: &Shell, error: CommandError, server: &BackupServer) -> CommandError {
    let name = server.fqdn();
    in_use(shell, error, &Used::Server(server.id), |usage| {
        let mut steps = Vec::new();
        if usage.definitions > 0 {
            steps.push(format!(
                "move its definitions to another backup server: move_backup_definition from={name} to=[server]"
            ));
        }
        if usage.snapshots > 0 {
            steps.push(format!(
                "delete its snapshots: delete_snapshot_definition_id [SnapshotID] force-deletion (show_snapshot_definitions \
                 server={name} lists them)"
            ));
        }
        if usage.backups > 0 {
            steps.push(
                "wait until its backups expire, or delete them with their definitions: delete_backup_definition_id [DefID] \
                 force-deletion"
                    .to_owned(),
            );
        }
        advise(
            &format!("Backup server {name} has {}", amounts(usage)),
            &steps,
        )
    })
}

/// Why a PgSQL node was not deleted.
pub fn node(shell: &Shell, error: CommandError, node: &PgsqlNode) -> CommandError {
    let name = node.address();
    in_use(shell, error, &Used::Node(node.id), |usage| {
        let mut steps = Vec::new();
        if usage.definitions > 0 {
            steps.push(format!(
                "delete its definitions with their backups: delete_backup_definition_id [DefID] force-deletion \
                 (show_backup_definitions server=all node={name} lists them)"
            ));
        }
        if usage.snapshots > 0 {
            steps.push(format!(
                "delete its snapshots: delete_snapshot_definition_id [SnapshotID] force-deletion (show_snapshot_definitions \
                 server=all node={name} lists them)"
            ));
        }
        steps.push(format!(
            "or stop its backups and keep those that exist: update_pgsql_node {name} status=STOPPED"
        ));
        advise(&format!("PgSQL node {name} has {}", amounts(usage)), &steps)
    })
}

/// Why a backup definition was not deleted.
pub fn definition(shell: &Shell, error: CommandError, id: DefId) -> CommandError {
    in_use(shell, error, &Used::Definitions(vec![id]), |usage| {
        if usage.runs > 0 {
            return format!(
                "A backup of backup definition {id} is running. Try again when it has ended."
            );
        }
        definitions(
            &format!("Backup definition {id} has"),
            "it with its backups",
            "stop it",
            usage,
            &format!("delete_backup_definition_id {id} force-deletion"),
            &format!("update_backup_definition {id} job_status=STOPPED"),
        )
    })
}

/// Why the definitions of a database were not deleted.
pub fn definitions_of(
    shell: &Shell,
    error: CommandError,
    ids: Vec<DefId>,
    command: &str,
    dbname: &str,
) -> CommandError {
    in_use(shell, error, &Used::Definitions(ids), |usage| {
        let dbname = printable(dbname);
        if usage.runs > 0 {
            return format!("A backup of DBname {dbname} is running. Try again when it has ended.");
        }
        definitions(
            &format!("The backup definitions of DBname {dbname} have"),
            "them with their backups",
            "stop each",
            usage,
            &format!("{} force-deletion", printable(command)),
            "update_backup_definition [DefID] job_status=STOPPED",
        )
    })
}

/// Why a snapshot definition was not deleted.
pub fn snapshot(shell: &Shell, error: CommandError, id: SnapshotId) -> CommandError {
    in_use(shell, error, &Used::Snapshot(id), |usage| {
        if usage.runs > 0 {
            return format!("Snapshot {id} is being taken. Try again when it has ended.");
        }
        advise(
            &format!("Snapshot definition {id} has its backup in the catalogue"),
            &[format!(
                "delete both: delete_snapshot_definition_id {id} force-deletion"
            )],
        )
    })
}

fn definitions(
    which_have: &str,
    them: &str,
    stop_them: &str,
    usage: &Usage,
    delete: &str,
    stop: &str,
) -> String {
    advise(
        &format!("{which_have} {}", amounts(usage)),
        &[
            format!("delete {them}: {delete}"),
            format!("or {stop_them} and keep the backups: {stop}"),
        ],
    )
}

/// Explains which objects prevent the deletion, unless the refusal has another reason.
fn in_use(
    shell: &Shell,
    error: CommandError,
    used: &Used,
    words: impl Fn(&Usage) -> String,
) -> CommandError {
    let CommandError::Explained {
        what,
        words: shortly,
        exception,
    } = error
    else {
        return error;
    };
    // If the catalogue cannot be queried any more, the refusal remains.
    let usage = shell.read(async |session| usage::of(&**session, used).await);
    let said = match usage {
        Ok(usage) if usage.definitions + usage.snapshots + usage.backups + usage.runs > 0 => {
            words(&usage)
        }
        _ => shortly,
    };
    CommandError::Explained {
        what,
        words: said,
        exception,
    }
}

fn advise(what: &str, steps: &[String]) -> String {
    let steps = steps.join("; ");
    let mut letters = steps.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string());
    format!("{what}. {}{}", first.unwrap_or_default(), letters.as_str())
}

/// `2 backup definitions and 1 backup`.
fn amounts(usage: &Usage) -> String {
    let amount = |count: i64, what: &str| match count {
        0 => None,
        1 => Some(format!("1 {what}")),
        several => Some(format!("{several} {what}s")),
    };
    let amounts: Vec<String> = [
        amount(usage.definitions, "backup definition"),
        amount(usage.snapshots, "snapshot definition"),
        amount(usage.backups, "backup"),
    ]
    .into_iter()
    .flatten()
    .collect();
    match amounts.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_said_as_people_say_them() {
        let usage = |definitions, snapshots, backups| Usage {
            definitions,
            snapshots,
            backups,
            runs: 0,
        };
        for (usage, text) in [
            (usage(0, 0, 1), "1 backup"),
            (usage(2, 0, 3), "2 backup definitions and 3 backups"),
            (
                usage(1, 1, 12),
                "1 backup definition, 1 snapshot definition and 12 backups",
            ),
        ] {
            assert_eq!(amounts(&usage), text);
        }
        assert_eq!(
            advise("It is", &["do".to_owned(), "or".to_owned()]),
            "It is. Do; or"
        );
    }
}
