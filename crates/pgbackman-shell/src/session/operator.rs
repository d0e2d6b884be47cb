//! The operator's identity, which the catalogue records.

use pgbackman_core::sys::privilege;

use crate::error::CommandError;
use crate::session::shell::Shell;

/// The account and the machine: `ann on admin01.example.net`.
///
/// # Errors
/// When the account has no name.
pub(crate) fn name(shell: &Shell) -> Result<String, CommandError> {
    let user = privilege::current_user().map_err(|error| {
        CommandError::Invalid(format!("could not determine the calling user: {error}"))
    })?;
    Ok(format!(
        "{} on {}",
        user.name,
        shell.config().backup_server.fqdn()
    ))
}
