//! Which entries of the archive are restored: what is chosen, with what it needs to be whole; and in words what comes along,
//! what does not come, and what the choice lacks, before anything is changed.

use std::collections::HashSet;

use pgbackman_core::archive::{Archive, Entry, some};
use pgbackman_core::domain::pg_version::PgMajor;
use pgbackman_core::domain::restore::restore_check::Finding;
use pgbackman_core::domain::restore::restore_parameters::RestoreParameters;
use pgbackman_core::domain::status::BackupCode;
use pgbackman_core::job::failure::Failure;
use pgbackman_core::pgtools::archive_list::ArchiveList;
use pgbackman_core::pgtools::other_version;

use crate::archive::rows_only::{Met, Named};
use crate::backup::Backup;
use crate::run::log::RestoreLog;
use crate::target::UNTOUCHED;

/// What is restored of an archive.
#[derive(Debug, Default)]
pub(crate) struct Part {
    /// Its entries, as a list shows them.
    pub(crate) list: ArchiveList,
    /// Their numbers.
    pub(crate) ids: HashSet<u32>,
    /// What was found, for the log and a dry run.
    pub(crate) findings: Vec<Finding>,
    /// What an operator must know: the restore is a WARNING.
    pub(crate) warnings: Vec<String>,
    /// Schemas that something of it is in and that the archive does not make.
    pub(crate) schemas: Vec<String>,
}

/// Selects what the parameters choose, and says in the log what that means. `met` is what the rows meet, where they go into a
/// database that is there; `target` the version it is restored on.
pub(crate) fn select(
    archive: &Archive,
    backup: &Backup,
    parameters: &RestoreParameters,
    met: Option<&Met>,
    target: PgMajor,
    log: &RestoreLog,
) -> Result<Part, Failure> {
    let selection = archive.select(parameters).map_err(|nothing| {
        Failure::failed(format!(
            "{nothing}, and {UNTOUCHED}; pg_restore --list {} shows its entries",
            backup.dump_file.display()
        ))
    })?;
    let mut selected: HashSet<u32> = selection.entries.iter().copied().collect();
    if let Some(met) = met
        && !parameters.exactly()
    {
        selected.extend(positions(archive, &selected, met));
    }
    let is_wanted = |entry: &Entry| selected.contains(&entry.id) && entry.is_taken(parameters);
    let is_restored = |entry: &Entry| is_wanted(entry) && !entry.is_statistics_unknown_to(target);
    let mut part = Part {
        list: archive.list_of(&is_restored),
        ids: archive
            .entries
            .iter()
            .filter(|entry| entry.is_listed() && is_restored(entry))
            .map(|entry| entry.id)
            .collect(),
        ..Part::default()
    };
    if archive
        .entries
        .iter()
        .any(|entry| is_wanted(entry) && !is_restored(entry))
    {
        let left_out = format!("left out: {}", other_version::statistics_left_out(target));
        log.say(left_out.clone());
        part.warnings.push(left_out);
        part.list.leaves_out = true;
    }
    let has_rows = matches!(backup.code, BackupCode::Full | BackupCode::Rds)
        && !parameters.schema_only()
        && parameters.takes_section("data");
    let report = archive.selection_report(&selection, has_rows);
    for (sentence, named) in &report.warnings {
        part.warn(sentence, named, log);
    }
    if !report.along.is_empty() {
        log.say(format!("also restored: {}", report.along.join("; ")));
    }
    part.findings.extend(report.along());
    match met {
        None if !parameters.exactly() => part.lay_schemas(archive, log),
        None => {}
        Some(_)
            if parameters
                .words()
                .iter()
                .any(|word| word == "--disable-triggers") => {}
        Some(met) => {
            let fired = met.fired(&part.list);
            if !fired.is_empty() {
                part.warn(
                    "triggers of the target's tables fire for the restored rows, and may change them or write other \
                     rows (to prevent this, use --disable-triggers)",
                    &fired,
                    log,
                );
            }
        }
    }
    Ok(part)
}

/// The positions of sequences of columns whose rows are restored: an archive of rows alone does not say whose they are.
fn positions(archive: &Archive, selected: &HashSet<u32>, met: &Met) -> Vec<u32> {
    let named = |entry: &Entry| -> Named {
        let clean = |text: &[u8]| String::from_utf8_lossy(text).replace(['\n', '\r'], " ");
        (clean(&entry.schema), clean(&entry.tag))
    };
    let tables: HashSet<Named> = archive
        .entries
        .iter()
        .filter(|entry| selected.contains(&entry.id) && entry.is("TABLE DATA"))
        .map(named)
        .collect();
    let sequences: HashSet<&Named> = met
        .sequences
        .iter()
        .filter(|(table, _)| tables.contains(table))
        .map(|(_, sequence)| sequence)
        .collect();
    archive
        .entries
        .iter()
        .filter(|entry| entry.is("SEQUENCE SET") && sequences.contains(&named(entry)))
        .map(|entry| entry.id)
        .collect()
}

impl Part {
    fn warn(&mut self, sentence: &str, named: &[String], log: &RestoreLog) {
        log.say(format!("{sentence}: {}", named.join("; ")));
        self.warnings.push(format!("{sentence}: {}", some(named)));
    }

    /// Schemas that the restore makes itself.
    fn lay_schemas(&mut self, archive: &Archive, log: &RestoreLog) {
        let is_restored = |entry: &Entry| self.ids.contains(&entry.id);
        let lacking: Vec<(String, String)> = archive
            .schemas_lacking(&is_restored)
            .into_iter()
            .map(|(schema, entry)| {
                (
                    String::from_utf8_lossy(&schema).into_owned(),
                    entry.described(),
                )
            })
            .collect();
        if lacking.is_empty() {
            return;
        }
        let named: Vec<String> = lacking
            .iter()
            .map(|(schema, what)| format!("\"{schema}\" (for {what})"))
            .collect();
        self.schemas = lacking.into_iter().map(|(schema, _)| schema).collect();
        self.warn(
            "the archive does not contain these schemas: the restore creates them, owned by the role that restores, \
             without their privileges",
            &named,
            log,
        );
    }
}
