//! Whether the backup itself can be restored.

use super::{BackupFacts, FilesSeen, Finding};
use crate::domain::status::{BackupCode, ExecutionStatus};

pub(super) fn check(backup: &BackupFacts) -> Vec<Finding> {
    let mut findings = vec![status(backup)];
    if backup.code == BackupCode::Config {
        findings.push(Finding::refused(
            "The backup has the code CONFIG, which no version supports.",
            "Choose another backup.",
        ));
    }
    match &backup.files {
        FilesSeen::Present => {}
        FilesSeen::Elsewhere => findings.push(Finding::warning(
            "The backup's files cannot be checked from here; the restore checks them before it changes anything.",
        )),
        FilesSeen::Gone(paths) => {
            let paths: Vec<_> = paths.iter().map(|path| path.display().to_string()).collect();
            findings.push(Finding::refused(
                format!("The backup's files are missing: {}.", paths.join(", ")),
                "Choose another backup.",
            ));
        }
    }
    if let Some(damage) = &backup.damage {
        findings.push(
            Finding::warning(format!(
                "The backup's files were damaged at the last check: {damage}."
            ))
            .advise(
                "Choose another backup, unless the files have been repaired since then: the restore checks them again \
                 before it changes anything.",
            ),
        );
    }
    if !backup.has_manifest {
        findings.push(Finding::warning(
            "The backup has no manifest (PgBackMan 1.x): its files cannot be verified before the restore reads them.",
        ));
    }
    findings
}

fn status(backup: &BackupFacts) -> Finding {
    let reason = backup
        .error_message
        .as_deref()
        .unwrap_or("the reason is unknown");
    match backup.status {
        ExecutionStatus::Succeeded => Finding::ok("The backup is complete (SUCCEEDED)."),
        ExecutionStatus::Warning => {
            Finding::warning(format!("The backup ended with a WARNING: {reason}"))
        }
        ExecutionStatus::Error => Finding::refused(
            format!("The backup ended with an ERROR and cannot be restored: {reason}"),
            "Choose a backup that SUCCEEDED: show_backup_catalog lists them.",
        ),
    }
}
