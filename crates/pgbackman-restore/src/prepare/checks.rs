//! Judges the restore by what is known of backup and target: as the shell's dialogue does, by the same function and in the same
//! words ([`restore_check`]), but with what only the files and this machine tell.

use std::collections::BTreeSet;

use pgbackman_core::domain::pg_version::PgRelease;
use pgbackman_core::domain::restore::restore_check::{
    self, BackupFacts, FilesSeen, Finding, Level, Request, Reuse,
};
use pgbackman_core::domain::restore::restore_parameters::RestoreParameters;
use pgbackman_core::domain::status::ExecutionStatus;
use pgbackman_core::job::failure::{Failure, doing};
use pgbackman_core::pgtools::archive_list::ArchiveList;

use crate::backup::inputs::Inputs;
use crate::target::UNTOUCHED;

/// What is known of the backup before its archive is read.
pub(crate) fn facts(inputs: &Inputs<'_>) -> BackupFacts {
    let (backup, wanted) = (inputs.restore.backup, inputs.wanted);
    let recorded = backup.recorded();
    BackupFacts {
        damage: None,
        code: backup.code,
        status: recorded.map_or(ExecutionStatus::Succeeded, |one| one.status),
        error_message: recorded.and_then(|one| one.error_message.clone()),
        dbname: inputs.restore.args.source_dbname.clone(),
        roles: wanted.roles.clone(),
        made_by: backup.made_by,
        source: recorded.and_then(|one| one.node_release.as_deref()?.parse().ok()),
        files: FilesSeen::Present,
        has_manifest: backup.is_described(),
        needs: Some(wanted.needs.clone()),
        contents: None,
    }
}

/// Everything that was found; what would fail, or has no answer, refuses the restore.
pub(crate) fn judge(
    inputs: &Inputs<'_>,
    backup: &BackupFacts,
    parameters: &RestoreParameters,
    installed: &[PgRelease],
) -> Result<Vec<Finding>, Failure> {
    let (args, target) = (inputs.restore.args, &inputs.restore.target.facts);
    let request = Request {
        target_dbname: &args.target_dbname,
        renamed_dbname: args.renamed_dbname.as_deref(),
        // Whoever has registered the restore has agreed to it.
        reuse: &Reuse::All,
        may_make: args.roles.as_deref(),
        parameters,
        installed: Some(installed),
    };
    let findings = if backup.has_manifest {
        restore_check::check(backup, target, &request)
    } else {
        // Nobody says how such a backup ended.
        restore_check::check_target(backup, target, &request)
    };
    let refused: Vec<&Finding> = findings
        .iter()
        .filter(|finding| finding.level >= Level::Conflict)
        .collect();
    if refused.is_empty() {
        return Ok(findings);
    }
    for finding in &findings {
        inputs.restore.log.say(finding.to_string());
    }
    Err(failure(&in_sentences(&refused)))
}

/// Refuses what only the backup's own files tell: `text` and `advice` are sentences, as a [`Finding`]'s are.
pub(crate) fn refuse(text: &str, advice: &str) -> Failure {
    failure(&format!("{text} {advice}"))
}

fn failure(sentences: &str) -> Failure {
    Failure::failed(format!("refused, and {UNTOUCHED}. {sentences}"))
}

/// What was found, with what to do about it, each advice once.
fn in_sentences(refused: &[&Finding]) -> String {
    let mut sentences: Vec<&str> = refused.iter().map(|one| one.text.as_str()).collect();
    for advice in refused.iter().filter_map(|one| one.advice.as_deref()) {
        if !sentences.contains(&advice) {
            sentences.push(advice);
        }
    }
    sentences.join(" ")
}

/// The tables of these entries that the target's database does not have.
pub(crate) async fn lacking_tables(
    inputs: &Inputs<'_>,
    list: &ArchiveList,
) -> Result<Vec<String>, Failure> {
    const DOING: &str = "list the target's tables";
    let session = inputs
        .restore
        .target
        .server
        .connect(&inputs.restore.args.target_dbname, inputs.restore.env)
        .await
        .map_err(Failure::failed)?;
    let rows = session
        .query(
            "SELECT n.nspname, c.relname FROM pg_catalog.pg_class AS c \
             JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace",
            &[],
        )
        .await
        .map_err(doing(DOING))?;
    let mut tables = BTreeSet::new();
    for row in &rows {
        let read = |at: usize| -> Result<String, Failure> {
            let name: String = row.try_get(at).map_err(doing(DOING))?;
            // As the list shows a name with a line break.
            Ok(name.replace(['\n', '\r'], " "))
        };
        tables.insert((read(0)?, read(1)?));
    }
    session.close().await;
    Ok(list.tables_missing(&|schema, name| tables.contains(&(schema.to_owned(), name.to_owned()))))
}
