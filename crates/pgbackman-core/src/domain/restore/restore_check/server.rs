//! Whether the target takes a restore at all, which client does it, and whether the connecting role may.

use super::{BackupFacts, Finding, Request};
use crate::domain::pg_version::{PgMajor, PgRelease};
use crate::domain::restore::restore_client::{self, Choice, NoClient};
use crate::domain::restore::restore_parameters::RestoreParameters;
use crate::domain::restore::target_facts::TargetFacts;
use crate::domain::status::BackupCode;

pub(super) fn check(
    backup: &BackupFacts,
    target: &TargetFacts,
    request: &Request<'_>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    if target.in_recovery {
        findings.push(Finding::refused(
            "The target PgSQL node is a standby: it is read-only.",
            "Choose its primary.",
        ));
    }
    findings.push(version(backup, target));
    let written = backup
        .needs
        .as_ref()
        .is_some_and(|needs| needs.escaping_strings);
    let made_by = backup.made_by.map(PgRelease::major);
    findings.extend(strings(written, made_by, target.release.major()));
    findings.extend(client(backup, target, request));
    findings.extend(rights(backup, target));
    if backup.code == BackupCode::Cluster && *request.parameters != RestoreParameters::default() {
        findings.push(Finding::refused(
            "A CLUSTER backup is one script, which always runs completely: it takes no extra parameters.",
            "Omit the extra parameters.",
        ));
    }
    findings
}

/// The first version whose servers read no strings of `standard_conforming_strings = off`, and whose clients write none.
const STANDARD_STRINGS: PgMajor = PgMajor::new(19);

/// Whether the target reads the backup's strings. `escaping`: whether it was taken with `standard_conforming_strings = off`.
pub fn strings(escaping: bool, made_by: Option<PgMajor>, target: PgMajor) -> Option<Finding> {
    let written_so = escaping && made_by.is_none_or(|client| client < STANDARD_STRINGS);
    (written_so && target >= STANDARD_STRINGS).then(|| {
        Finding::refused(
            format!(
                "The backup was taken with standard_conforming_strings = off: PostgreSQL {target} cannot read its \
                 strings."
            ),
            format!(
                "Take a backup with the client programs of PostgreSQL {STANDARD_STRINGS} or newer, which write strings \
                 in another form."
            ),
        )
    })
}

/// The client for a backup that `made_by` has made: of an archive `pg_restore`, of a script `psql`.
///
/// # Errors
/// When no installed client can do it.
pub fn client_for(
    code: BackupCode,
    made_by: PgRelease,
    target: PgMajor,
    installed: &[PgRelease],
) -> Result<Choice, NoClient> {
    if code == BackupCode::Cluster {
        restore_client::for_script(made_by, target, installed)
    } else {
        restore_client::for_archive(made_by, target, installed)
    }
}

fn version(backup: &BackupFacts, target: &TargetFacts) -> Finding {
    match backup.source {
        Some(source) if source.major() > target.release.major() => Finding::warning(format!(
            "The target PgSQL node ({}) has an older version than the backup's node ({source}): features that the \
             older version lacks are omitted or refused.",
            target.release
        )),
        Some(source) => Finding::ok(format!(
            "The target PgSQL node has version {}; the backup's node had version {source}.",
            target.release
        )),
        None => Finding::ok(format!(
            "The target PgSQL node has version {}.",
            target.release
        )),
    }
}

fn client(backup: &BackupFacts, target: &TargetFacts, request: &Request<'_>) -> Vec<Finding> {
    let Some(made_by) = backup.made_by else {
        return vec![Finding::warning(
            "The backup does not contain the release of its pg_dump: whether an installed client can read it is only \
             known during the restore.",
        )];
    };
    let Some(installed) = request.installed else {
        return too_old(made_by, target).unwrap_or_else(|| {
            vec![Finding::warning(
                "The backup server is another machine: its client programs are checked during the restore.",
            )]
        });
    };
    match client_for(backup.code, made_by, target.release.major(), installed) {
        Ok(choice) => chosen(made_by, &choice),
        Err(error) => vec![refusal(&error)],
    }
}

/// What needs no look at the clients.
fn too_old(made_by: PgRelease, target: &TargetFacts) -> Option<Vec<Finding>> {
    let any = [PgRelease::new(
        made_by.major().max(target.release.major()),
        u16::MAX,
    )];
    let error = restore_client::for_archive(made_by, target.release.major(), &any).err()?;
    Some(vec![refusal(&error)])
}

fn refusal(error: &NoClient) -> Finding {
    Finding::refused(
        format!("No installed client can read this backup and restore to the target: {error}."),
        "Install client programs on the backup server, or choose another target.",
    )
}

fn chosen(made_by: PgRelease, choice: &Choice) -> Vec<Finding> {
    let client = choice.client;
    let mut findings = vec![Finding::ok(format!(
        "Client programs {client} can read this backup ({made_by}) and restore to the target."
    ))];
    if !choice.refused_settings.is_empty() {
        findings.push(Finding::warning(format!(
            "They use settings that the target does not have ({}). This is harmless, but the restore will end with a \
             WARNING.",
            choice.refused_settings.join(", ")
        )));
    }
    if let Some(fixed) = client.security_fix_missing() {
        findings.push(Finding::warning(format!(
            "Client programs {client} have known vulnerabilities, fixed in {fixed}."
        )));
    }
    findings
}

/// What the connecting role may do. A database's new owner, and what belongs to it, are a superuser's to give.
fn rights(backup: &BackupFacts, target: &TargetFacts) -> Vec<Finding> {
    let user = &target.user;
    if user.superuser {
        return Vec::new();
    }
    let mut findings = Vec::new();
    if backup.code == BackupCode::Cluster {
        findings.push(Finding::refused(
            format!(
                "The role {} is not a superuser, but restoring a CLUSTER backup requires one.",
                user.name
            ),
            "Change the node's admin user with update_pgsql_node.",
        ));
    } else if backup.code != BackupCode::Data && !user.create_db {
        findings.push(Finding::refused(
            format!("The role {} may not create databases.", user.name),
            format!("Give it the attribute CREATEDB (ALTER ROLE … CREATEDB) as a superuser of the target, {}.",
                "or change the node's admin user with update_pgsql_node"),
        ));
    }
    findings.push(Finding::warning(format!(
        "The role {} is not a superuser: restoring objects of owners whose role it cannot assume will fail. With the \
         extra parameter --no-owner it owns everything itself.",
        user.name
    )));
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_needs_no_client_of_the_version_that_wrote_it_and_an_archive_does() {
        let release = |text: &str| text.parse::<PgRelease>().unwrap();
        let installed = [release("15.20"), release("16.16")];
        let choose = |code| client_for(code, release("18.7"), PgMajor::new(15), &installed);
        let script = choose(BackupCode::Cluster).unwrap();
        assert_eq!(script.client, release("15.20"));
        for &code in BackupCode::ALL {
            let reads = choose(code).is_ok();
            assert_eq!(reads, code == BackupCode::Cluster, "{code}");
        }
    }
}
