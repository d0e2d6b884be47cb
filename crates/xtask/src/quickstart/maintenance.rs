//! A pass of maintenance, that says before what it would delete.

use std::process::Command;

use crate::installation::{Layout, Shell};
use crate::process::{output, shown};
use crate::task::{Result, TaskError, say, step};

/// Shows a dry run, makes the pass, and looks whether the snapshots are gone and the other backups are not.
///
/// # Errors
///
/// When maintenance fails, deletes too much, or too little.
pub(super) fn show(shell: Shell<'_>, layout: &Layout, snapshots: usize) -> Result<()> {
    step("maintenance: a dry run, and the pass itself");
    shell.show(&["show_retention", "1"])?;
    let said = run(layout, "--dry-run")?;
    print!("\n{said}");
    let announced = said.matches("would delete backup").count();
    if announced != snapshots {
        return Err(TaskError::new(format!(
            "maintenance would delete {announced} backups instead of {snapshots}"
        )));
    }
    run(layout, "--cron")?;
    let words = ["show_backup_catalog", "all", "all", "all", "all", "all"];
    let left = shell.json(&words)?.matches("\"bck_id\"").count();
    if left != 2 {
        return Err(TaskError::new(format!(
            "{left} backups remain instead of 2"
        )));
    }
    shell.show(&words)?;
    say(&format!(
        "deleted {snapshots}, with all files; the others are kept"
    ));
    Ok(())
}

fn run(layout: &Layout, how: &str) -> Result<String> {
    let mut program = Command::new(layout.program("pgbackman_maintenance"));
    program
        .env("PGPASSFILE", layout.password_file())
        .arg("--config")
        .arg(layout.config())
        .arg(how);
    say(&shown(&program));
    output(&mut program)
}
