//! The start of an interactive session: connects to the catalogue, and offers to upgrade one that is older than the
//! software (`docs/spec/shell.md`, "Version check at start").

use pgbackman_core::catalogue::schema::{SCHEMA_TAG, SCHEMA_VERSION};

use crate::dialogue::prompt;
use crate::error::CommandError;
use crate::session::shell::Shell;

/// Connects to the catalogue. If it is unavailable, the shell starts nevertheless and tries again with each command.
///
/// # Errors
/// If the versions of software and catalogue differ and the catalogue was not upgraded.
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
        "\nA T T E N T I O N\n\nThe PgBackMan database has version: [{found}]\nThis software needs version:       \
         [{needed}]\n\nThe upgrade keeps every row. Afterwards, programs of 1.x can no longer use the database, on \
         any backup server.\nBefore the upgrade, the database is dumped into your home directory.\n"
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
