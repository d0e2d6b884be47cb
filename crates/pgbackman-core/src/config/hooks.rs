//! `[pgbackman_hooks]`: programs that run before and after backups and restores.

use std::time::Duration;

use super::file::Section;
use super::{alert_values, value};

/// `[pgbackman_hooks]`: programs that run before and after each backup and restore, each with its arguments; none where the list
/// is empty. Nothing but this file can name them.
#[derive(Debug, Clone)]
pub struct HooksSection {
    /// Before a backup.
    pub before_backup: Vec<String>,
    /// After a backup, however it ended.
    pub after_backup: Vec<String>,
    /// Before a restore.
    pub before_restore: Vec<String>,
    /// After a restore, however it ended.
    pub after_restore: Vec<String>,
    /// Whether a backup is not begun when the hook before it fails.
    pub before_backup_required: bool,
    /// Whether a restore is not begun when the hook before it fails.
    pub before_restore_required: bool,
    /// How long each may run.
    pub hook_timeout: Duration,
}

impl Default for HooksSection {
    fn default() -> Self {
        Self {
            before_backup: Vec::new(),
            after_backup: Vec::new(),
            before_restore: Vec::new(),
            after_restore: Vec::new(),
            before_backup_required: false,
            before_restore_required: false,
            hook_timeout: Duration::from_secs(5 * 60),
        }
    }
}

/// Reads the section.
pub(super) fn read(section: &Section<'_>) -> HooksSection {
    let default = HooksSection::default();
    let command = |key| section.or(key, Vec::new(), alert_values::command);
    HooksSection {
        before_backup: command("before_backup"),
        after_backup: command("after_backup"),
        before_restore: command("before_restore"),
        after_restore: command("after_restore"),
        before_backup_required: section.or(
            "before_backup_required",
            default.before_backup_required,
            value::switch,
        ),
        before_restore_required: section.or(
            "before_restore_required",
            default.before_restore_required,
            value::switch,
        ),
        hook_timeout: section.or("hook_timeout", default.hook_timeout, value::duration),
    }
}
