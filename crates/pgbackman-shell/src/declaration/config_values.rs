//! The parameters of a backup server's and a PgSQL node's configuration, and their values, checked before anything is
//! written, also against the local trust boundaries (`docs/spec/setup.md`, "What the catalogue may not decide").

use std::path::Path;

use pgbackman_core::catalogue::definitions::intervals;
use pgbackman_core::catalogue::nodes::config_params::ConfigParameter;
use pgbackman_core::config::BackupServerSection;
use pgbackman_core::config::trust::{self, JobProgram, TrustError};
use pgbackman_core::domain::backup::extra_parameters::{ExtraParameters, Tool};
use pgbackman_core::domain::schedule::cron_field::Field;
use pgbackman_core::domain::status::BackupCode;

use crate::error::CommandError;
use crate::session::shell::Shell;
use crate::values::answers::{Answer, Answers};
use crate::values::kind::Kind;

/// What the parameters for directories of client programs begin with (`pgsql_bin_9_6`, `pgsql_bin_15`).
pub const BIN_PREFIX: &str = "pgsql_bin_";

/// A backup server's directory for caches, pending results and the nodes' backups.
pub const ROOT_DIRECTORY: &str = "root_backup_partition";

/// Parameters and their new values.
pub type Changes = Vec<(String, String)>;

/// The kind of value a backup server's parameter takes.
pub fn server_kind(parameter: &str) -> Kind {
    match parameter {
        "domain" => Kind::Domain,
        "admin_user" => Kind::Role,
        "backup_server_status" => Kind::ServerStatus,
        "time_zone" => Kind::Text,
        _ => Kind::Path,
    }
}

/// The kind of value a PgSQL node's parameter takes.
pub fn node_kind(parameter: &str) -> Kind {
    match parameter {
        "backup_minutes_interval" => Kind::CronInterval(Field::Minute),
        "backup_hours_interval" => Kind::CronInterval(Field::Hour),
        "backup_day_month_cron" => Kind::Cron(Field::DayOfMonth),
        "backup_month_cron" => Kind::Cron(Field::Month),
        "backup_weekday_cron" => Kind::Cron(Field::DayOfWeek),
        "backup_code" => Kind::BackupCode,
        "backup_job_status" => Kind::JobStatus,
        "encryption" => Kind::Encryption,
        "retention_period" | "automatic_deletion_retention" => Kind::Interval,
        "retention_redundancy" => Kind::Redundancy,
        "extra_backup_parameters" => Kind::ExtraParameters,
        "extra_restore_parameters" => Kind::RestoreParameters,
        "domain" => Kind::Domain,
        "logs_email" => Kind::Email,
        "admin_user" => Kind::Role,
        "pgport" => Kind::Port,
        "pgsql_node_status" => Kind::ServerStatus,
        "pgnode_backup_partition" | "pgnode_crontab_file" => Kind::Path,
        _ => Kind::Text,
    }
}

/// Extracts the changes of a backup server's configuration from the answers.
///
/// # Errors
/// For an unknown parameter, and for a value that is invalid or not allowed here.
pub fn server_changes(
    shell: &Shell,
    answers: &Answers,
    rows: &[ConfigParameter],
) -> Result<Changes, CommandError> {
    let section = &shell.config().backup_server;
    let changes = given(answers, rows, crate::declaration::defaults::SERVER)?;
    for (parameter, value) in &changes {
        let is_bin = parameter.starts_with(BIN_PREFIX);
        if !(is_bin && value.is_empty()) {
            check(server_kind(parameter), parameter, value)?;
        }
        allow_server_path(section, parameter, value)?;
    }
    Ok(changes)
}

/// Extracts the changes of a PgSQL node's configuration from the answers, with codes and statuses as the catalogue
/// writes them.
///
/// # Errors
/// For an unknown parameter, and for a value that is invalid or not allowed here.
pub fn node_changes(
    shell: &Shell,
    answers: &Answers,
    rows: &[ConfigParameter],
) -> Result<Changes, CommandError> {
    let section = &shell.config().backup_server;
    let mut changes = given(answers, rows, crate::declaration::defaults::NODE)?;
    for (parameter, value) in &mut changes {
        let kind = node_kind(parameter);
        check(kind, parameter, value)?;
        allow_node_path(section, parameter, value)?;
        match kind {
            Kind::Interval => check_interval(shell, value)?,
            Kind::BackupCode | Kind::JobStatus => *value = value.to_uppercase(),
            Kind::Encryption => *value = value.to_lowercase(),
            Kind::ServerStatus => {
                *value = crate::values::kind::server_status(value)?.to_string();
            }
            _ => {}
        }
    }
    check_extra_parameters(&changes, rows)?;
    Ok(changes)
}

/// Checks an interval in PostgreSQL, since only PostgreSQL accepts exactly what it accepts.
///
/// # Errors
/// If the interval is invalid, or the catalogue is unavailable.
pub fn check_interval(shell: &Shell, value: &str) -> Result<(), CommandError> {
    if shell.read(async |session| intervals::is_duration(&**session, value).await)? {
        return Ok(());
    }
    Err(CommandError::Invalid(format!(
        "{value:?} is not a valid interval; allowed: {}, longer than zero, with a unit",
        Kind::Interval.describe()
    )))
}

/// The values that were given and differ from the current ones: an unchanged value need not satisfy today's
/// boundaries.
fn given(answers: &Answers, rows: &[ConfigParameter], of: &str) -> Result<Changes, CommandError> {
    let mut changes = Vec::new();
    for Answer { key, value, given } in answers.iter().filter(|answer| answer.key != of) {
        let row = rows.iter().find(|row| row.parameter == *key);
        let current = match row {
            Some(row) => &row.value,
            // The catalogue creates its row with the first value.
            None if of == crate::declaration::defaults::SERVER
                && is_directory_of_a_release(key) =>
            {
                ""
            }
            None => return Err(unknown(key, rows)),
        };
        if *given && current != *value {
            changes.push((key.clone(), value.clone()));
        }
    }
    Ok(changes)
}

/// Whether this is the directory of a release's client programs. Releases may be newer than the catalogue; since 10
/// they have one number.
fn is_directory_of_a_release(parameter: &str) -> bool {
    parameter
        .strip_prefix(BIN_PREFIX)
        .and_then(|number| number.parse().ok())
        .is_some_and(|major: u16| (10..1000).contains(&major))
}

fn unknown(parameter: &str, rows: &[ConfigParameter]) -> CommandError {
    let known: Vec<&str> = rows.iter().map(|row| row.parameter.as_str()).collect();
    CommandError::Invalid(format!(
        "{parameter:?} is not a parameter of this configuration; allowed: {}",
        known.join(", ")
    ))
}

fn check(kind: Kind, parameter: &str, value: &str) -> Result<(), CommandError> {
    kind.check(value)
        .map_err(|reason| CommandError::Invalid(format!("{parameter}: {reason}")))
}

fn allow_server_path(
    section: &BackupServerSection,
    parameter: &str,
    value: &str,
) -> Result<(), CommandError> {
    let path = Path::new(value);
    let allowed = match parameter {
        ROOT_DIRECTORY => trust::check_backup_path(section, path),
        "pgbackman_dump" => trust::check_program(section, JobProgram::Dump, path),
        "pgbackman_restore" => trust::check_program(section, JobProgram::Restore, path),
        "root_cron_file" => trust::check_crontab_path(section, path),
        bin if bin.starts_with(BIN_PREFIX) && !value.is_empty() => {
            trust::check_bin_dir(section, path)
        }
        _ => return Ok(()),
    };
    allowed.map(drop).map_err(|error| forbidden(&error))
}

fn allow_node_path(
    section: &BackupServerSection,
    parameter: &str,
    value: &str,
) -> Result<(), CommandError> {
    let path = Path::new(value);
    let allowed = match parameter {
        "pgnode_backup_partition" => trust::check_backup_path(section, path),
        "pgnode_crontab_file" => trust::check_crontab_path(section, path),
        _ => return Ok(()),
    };
    allowed.map(drop).map_err(|error| forbidden(&error))
}

fn forbidden(error: &TrustError) -> CommandError {
    CommandError::Forbidden(error.to_string())
}

/// The parameters for the client program must suit the default code of new definitions.
fn check_extra_parameters(changes: &Changes, rows: &[ConfigParameter]) -> Result<(), CommandError> {
    let changed = |name: &str| {
        changes
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    let Some(text) = changed("extra_backup_parameters") else {
        return Ok(());
    };
    let stored = rows
        .iter()
        .find(|row| row.parameter == "backup_code")
        .map(|row| row.value.as_str());
    let code = changed("backup_code")
        .or(stored)
        .and_then(|code| code.parse().ok())
        .unwrap_or(BackupCode::Full);
    ExtraParameters::parse(text, Tool::for_code(code), None)
        .map(drop)
        .map_err(|error| CommandError::Invalid(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(pairs: &[(&str, &str)]) -> Vec<ConfigParameter> {
        pairs
            .iter()
            .map(|(parameter, value)| ConfigParameter {
                parameter: (*parameter).to_owned(),
                value: (*value).to_owned(),
                description: String::new(),
            })
            .collect()
    }

    #[test]
    fn v2_a_release_that_came_later_has_a_directory() {
        for (parameter, is) in [
            ("pgsql_bin_19", true),
            ("pgsql_bin_20", true),
            ("pgsql_bin_9_7", false),
            ("pgsql_bin_7", false),
            ("pgsql_bin_x", false),
            ("domain", false),
        ] {
            assert_eq!(is_directory_of_a_release(parameter), is, "{parameter}");
        }
    }

    #[test]
    fn only_what_was_given_and_differs_is_changed() {
        let mut answers = Answers::default();
        answers.push("node", "1", true);
        answers.push("pgport", "5433", true);
        answers.push("domain", "example.org", true);
        answers.push("admin_user", "postgres", false);
        let rows = rows(&[
            ("pgport", "5432"),
            ("domain", "example.org"),
            ("admin_user", "x"),
        ]);
        assert_eq!(
            given(&answers, &rows, "node").unwrap(),
            [("pgport".to_owned(), "5433".to_owned())]
        );
    }

    #[test]
    fn an_unknown_parameter_is_refused_with_the_known_ones() {
        let mut answers = Answers::default();
        answers.push("no_such", "1", true);
        let CommandError::Invalid(text) =
            given(&answers, &rows(&[("pgport", "5432")]), "node").unwrap_err()
        else {
            panic!("another error")
        };
        assert!(
            text.contains("no_such") && text.contains("pgport"),
            "{text}"
        );
    }

    #[test]
    fn paths_outside_the_local_boundaries_are_refused_with_what_is_allowed() {
        let section = BackupServerSection::for_machine("backup1.example.org");
        for (parameter, value) in [
            ("root_backup_partition", "/etc"),
            ("pgbackman_dump", "/tmp/evil"),
            ("pgsql_bin_15", "/tmp"),
        ] {
            let Err(CommandError::Forbidden(text)) = allow_server_path(&section, parameter, value)
            else {
                panic!("{value} was accepted")
            };
            assert!(
                text.contains(value) && text.contains("[backup_server]"),
                "{text}"
            );
        }
        assert!(allow_server_path(&section, "pgsql_bin_15", "/usr/lib/postgresql/15/bin").is_ok());
        assert!(allow_node_path(&section, "pgnode_crontab_file", "/etc/passwd").is_err());
        assert!(
            allow_node_path(
                &section,
                "pgnode_backup_partition",
                "/srv/pgbackman/../../etc"
            )
            .is_err()
        );
    }

    #[test]
    fn default_parameters_are_checked_for_the_default_codes_program() {
        let rows = rows(&[("backup_code", "FULL")]);
        let change = |value: &str| vec![("extra_backup_parameters".to_owned(), value.to_owned())];
        assert!(check_extra_parameters(&change("-T log"), &rows).is_ok());
        assert!(check_extra_parameters(&change("14 days"), &rows).is_err());
        assert!(check_extra_parameters(&change("--file=/etc/x"), &rows).is_err());
    }
}
