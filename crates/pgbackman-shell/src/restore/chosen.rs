//! The effect of selecting a part of a backup, if its archive can be read from here: what is included in addition,
//! and what is not.

use std::path::Path;

use pgbackman_core::archive::Archive;
use pgbackman_core::domain::restore::restore_check::{
    BackupFacts, FilesSeen, Finding, Level, Subject,
};
use pgbackman_core::domain::restore::restore_parameters::RestoreParameters;
use pgbackman_core::domain::status::BackupCode;

/// Reads the archive. The user of the shell may not be allowed to read it: then the restore reports the effect before
/// it starts.
pub fn findings(
    backup: &BackupFacts,
    archive: Option<&Path>,
    parameters: &RestoreParameters,
) -> Vec<Finding> {
    let is_readable = backup.files == FilesSeen::Present && backup.code != BackupCode::Cluster;
    let Some(path) = archive.filter(|_| is_readable && parameters.chooses()) else {
        return Vec::new();
    };
    let Ok(archive) = Archive::open(path) else {
        return Vec::new();
    };
    let finding = |level, text: String, advice| Finding {
        level,
        subject: Subject::General,
        text,
        advice,
    };
    let selection = match archive.select(parameters) {
        Ok(selection) => selection,
        Err(nothing) => {
            let advice = "Choose objects that the archive contains.".to_owned();
            let text = format!("A filter matches nothing: {nothing}.");
            return vec![finding(Level::Refused, text, Some(advice))];
        }
    };
    let rows =
        matches!(backup.code, BackupCode::Full | BackupCode::Rds) && !parameters.schema_only();
    let report = archive.selection_report(&selection, rows);
    let warnings = report.warnings().map(|text| {
        let text = format!("The selection is incomplete: {text}.");
        finding(Level::Warning, text, None)
    });
    report.along().into_iter().chain(warnings).collect()
}
