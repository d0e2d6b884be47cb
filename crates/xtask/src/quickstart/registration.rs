//! What an operator types.

use std::process::Command;

use super::sample;
use crate::installation::{Account, Shell};
use crate::process::output;
use crate::task::{Result, TaskError, say, step};

/// What was registered to be backed up, and when cron is due.
#[derive(Debug, Clone)]
pub(super) struct Definitions {
    /// The time that is in the crontab, for messages.
    pub(super) due: String,
}

/// Registers a FULL and a CLUSTER backup for the next minute but one, or the next if that is still far enough away.
///
/// # Errors
///
/// When the shell refuses something.
pub(super) fn definitions(shell: Shell<'_>, account: &Account) -> Result<Definitions> {
    step("registering backup definitions, for cron to run soon");
    // control needs a moment to write the crontab, and cron reads it at the full minute.
    let due = output(Command::new("date").args(["--date", "+75 seconds", "+%M %H %H:%M"]))?;
    let words: Vec<&str> = due.split_whitespace().collect();
    let [minute, hour, shown] = words.as_slice() else {
        return Err(TaskError::new(format!(
            "unexpected output of `date`: {due:?}"
        )));
    };
    if account.has_namespace() {
        say(&format!("cron will start both at {shown}"));
    }
    for (database, code) in [(sample::DATABASE, "FULL"), ("", "CLUSTER")] {
        shell.show(&[
            "register_backup_definition",
            "1",
            "1",
            database,
            "",
            minute,
            hour,
            "*",
            "*",
            "*",
            code,
            "false",
            "7 days",
            "1",
            "",
            "ACTIVE",
            "created by the quickstart",
        ])?;
    }
    shell.show(&["show_backup_definitions", "all", "all", "all"])?;
    Ok(Definitions {
        due: (*shown).to_owned(),
    })
}
