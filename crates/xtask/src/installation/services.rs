//! What keeps running in an installation.

use std::process::Command;

use super::{Account, Layout, account, start_detached};
use crate::process::find_program;
use crate::task::{Result, TaskError, say};

/// Starts `pgbackman_control`.
///
/// # Errors
///
/// When it cannot be started.
pub(crate) fn start_control(layout: &Layout) -> Result<()> {
    let mut control = Command::new(layout.program("pgbackman_control"));
    account::without_libpq_variables(&mut control);
    control.arg("--config").arg(layout.config());
    start_detached(&control, &layout.log().join("control.out"))?;
    say("pgbackman_control");
    Ok(())
}

/// Starts cron and atd in the namespace; where there is none, nothing is started.
///
/// # Errors
///
/// When one of them is not installed, or cannot be started.
pub(crate) fn start_cron_and_atd(layout: &Layout, account: &Account) -> Result<()> {
    if !account.has_namespace() {
        return Ok(());
    }
    // Red Hat's cron is called crond.
    for (name, other_name) in [("cron", "crond"), ("atd", "atd")] {
        let program = find_program(name)
            .or_else(|| find_program(other_name))
            .ok_or_else(|| TaskError::new(format!("{name} is not installed")))?;
        let mut command = Command::new(program);
        command.arg("-f");
        start_detached(&command, &layout.log().join(format!("{name}.out")))?;
        say(&format!("{name}, in the namespace"));
    }
    Ok(())
}
