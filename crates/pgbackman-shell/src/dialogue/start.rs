//! What an interactive shell does before its first prompt: it looks for the catalogue, and offers to upgrade one that is
//! older than the software (`docs/spec/shell.md`, "Version check at start").

use pgbackman_core::catalogue::schema::{SCHEMA_TAG, SCHEMA_VERSION};

use crate::dialogue::prompt;
use crate::error::CommandError;
use crate::session::shell::Shell;

/// Connects to the catalogue. One that cannot be reached is no reason to leave: the shell tries again with each command.
///
/// # Errors
/// When software and catalogue do not fit together and nothing was done about it.
pub fn check(shell: &mut Shell) -> Result<(), CommandError> {
    match shell.catalogue().connect() {
        Err(CommandError::Outdated { found, advice }) => offer_upgrade(shell, found, advice),
        Err(error @ CommandError::Version(_)) => Err(error),
        Err(error) => shell.report(&error),
        Ok(()) => Ok(()),
    }
}

fn offer_upgrade(shell: &mut Shell, found: String, advice: String) -> Result<(), CommandError> {
    let needed = format!("{SCHEMA_VERSION}:{SCHEMA_TAG}");
    shell.say(&format!(
        "\nA T T E N T I O N\n\nThe PgBackMan database has version: [{found}]\nThis software needs version:       [{needed}]\n\n\
         The upgrade keeps every row. Programs of 1.x, on any backup server, cannot use the database any more afterwards.\n\
         The database is dumped into your home directory first.\n"
    ))?;
    let question =
        format!("Do you want to upgrade the PgBackMan database to version: [{needed}] (yes/no)");
    match prompt::confirm(shell, &question) {
        Err(CommandError::Aborted) => Err(CommandError::Outdated { found, advice }),
        Err(error) => Err(error),
        Ok(()) => {
            let upgraded = shell.catalogue().upgrade(shell.config())?;
            if let Some(file) = &upgraded.dump {
                shell.done(&[format!("PgBackMan database dumped to {}", file.display())])?;
            }
            shell.done(&[format!(
                "PgBackMan database upgraded from version [{found}] to version [{needed}]"
            )])?;
            if let Some(text) = upgraded.imported.describe() {
                shell.done(&[text])?;
            }
            for note in upgraded.notes {
                shell.say(&format!("[WARNING]: {note}"))?;
            }
            shell.catalogue().connect()
        }
    }
}
