//! Whether the backup itself can be restored.

use super::{BackupFacts, FilesSeen, Finding};
use crate::domain::status::{BackupCode, ExecutionStatus};

pub(super) fn check(backup: &BackupFacts) -> Vec<Finding> {
    let mut findings = vec![status(backup)];
    if backup.code == BackupCode::Config {
        findings.push(Finding::refused(
            "The backup has the code CONFIG, which no version could take.",
            "Choose another backup.",
        ));
    }
    match &backup.files {
        FilesSeen::Present => {}
        FilesSeen::Elsewhere => findings.push(Finding::warning(
            "The backup's files cannot be looked at from here: they are checked before the restore changes anything.",
        )),
        FilesSeen::Gone(paths) => {
            let paths: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
            findings.push(Finding::refused(
                format!("The backup's files are gone: {}.", paths.join(", ")),
                "Choose another backup.",
            ));
        }
    }
    if let Some(damage) = &backup.damage {
        findings.push(
            Finding::warning(format!(
                "The backup's files were damaged when they were last looked at: {damage}."
            ))
            .advise(
                "Choose another backup, unless the files have been repaired since: the restore looks at them again before it changes anything.",
            ),
        );
    }
    if !backup.has_manifest {
        findings.push(Finding::warning(
            "The backup has no manifest (PgBackMan 1.x): whether its files are whole cannot be proven before they are read.",
        ));
    }
    findings
}

fn status(backup: &BackupFacts) -> Finding {
    let reason = backup
        .error_message
        .as_deref()
        .unwrap_or("no reason is known");
    match backup.status {
        ExecutionStatus::Succeeded => Finding::ok("The backup SUCCEEDED."),
        ExecutionStatus::Warning => {
            Finding::warning(format!("The backup ended with a WARNING: {reason}"))
        }
        ExecutionStatus::Error => Finding::refused(
            format!("The backup ended with an ERROR and cannot be restored: {reason}"),
            "Choose a backup that SUCCEEDED: show_backup_catalog lists them.",
        ),
    }
}
