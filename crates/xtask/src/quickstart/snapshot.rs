//! A snapshot: a backup that is taken once, by atd, and kept for so short that maintenance has something to delete.

use super::sample;
use crate::installation::{Account, Shell};
use crate::task::{Result, say, step};

/// How long it is kept.
const KEPT: &str = "1 second";

/// Registers it for now, where there is an atd. Returns how many there are.
///
/// # Errors
///
/// When the shell refuses it.
pub(super) fn register(shell: Shell<'_>, account: &Account) -> Result<usize> {
    if !account.has_namespace() {
        return Ok(0);
    }
    step("a snapshot, for atd to take now");
    shell.show(&[
        "register_snapshot_definition",
        "1",
        "1",
        sample::DATABASE,
        "",
        "now",
        "FULL",
        KEPT,
        "",
        "before the demonstration",
        "",
    ])?;
    say(&format!(
        "it is kept for {KEPT}; maintenance deletes it below"
    ));
    Ok(1)
}
