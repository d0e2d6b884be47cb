//! The file that is run in the new database after its contents: what an operator has put on tables of extensions, of which
//! `pg_dump` writes nothing (`docs/spec/backups.md`, "What a backup consists of").

use std::io::Write as _;

use pgbackman_core::node::shortcomings::OwnObject;
use pgbackman_core::pgtools::scripts::after_script;

use crate::plan::Plan;
use crate::run::files::write_partial;
use crate::run::progress::Progress;
use crate::step::Step;
use pgbackman_core::job::failure::{Failure, doing};

/// Writes it where there is anything to write; otherwise neither plan nor record know of such a file any longer.
pub(crate) fn write(
    plan: &mut Plan,
    objects: &[OwnObject],
    progress: &mut Progress<'_>,
) -> Result<(), Failure> {
    let Some(part) = plan.after.take() else {
        return Ok(());
    };
    let text = after_script::file(&OwnObject::statements_of(objects));
    if let Some(text) = &text {
        write_partial(&part.artifact, text.as_bytes())?;
        let log = &part.log;
        std::fs::OpenOptions::new()
            .append(true)
            .open(log)
            .and_then(|mut log| {
                writeln!(
                    log,
                    "{} bytes written to {}",
                    text.len(),
                    part.artifact.path().display()
                )
            })
            .map_err(doing(format!("write to the log file {}", log.display())))?;
        plan.after = Some(part);
    }
    // Recovery gives names to what is in the record, and a file that was never written has none to get.
    progress.commit(Step::AfterWritten, |record| {
        record.artifacts = plan.artifacts();
    })
}
