//! The kinds of values of parameters: the texts that each accepts, its description in help, and whether blanks around
//! an answer are part of it.
//!
//! The checks here consider only the text; checks that need the catalogue or a node are made when the command runs.

mod checks;
mod fault;
#[cfg(test)]
mod tests;

use checks::{
    code, domain, email, encryption, extra_parameters, hostname, listed, number, yes_or_no,
};
use chrono::{DateTime, Local};
use pgbackman_core::domain::backup::database_selection::{DatabaseSelection, parse_exceptions};
use pgbackman_core::domain::backup::extra_parameters::ExtraParametersError;
use pgbackman_core::domain::ids::{
    BckId, DefId, InvalidId, RestoreDefId, RestoreId, RunId, SnapshotId,
};
use pgbackman_core::domain::pg_version::PgMajor;
use pgbackman_core::domain::schedule::at_time::{self, AtTimeError};
use pgbackman_core::domain::schedule::cron_field::{Field, FieldError, FieldValues};
use pgbackman_core::domain::schedule::cron_interval::CronInterval;
use pgbackman_core::domain::status::{
    BackupCode, ExecutionStatus, JobStatus, ServerStatus, UnknownCode,
};
use pgbackman_core::domain::text::selector::{Selector, SelectorError};
use thiserror::Error;

use crate::error::CommandError;

pub use checks::FORCE;
pub use fault::Fault;

/// Why a text is invalid for a kind, with the text and what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum KindError {
    /// The kind's own check refuses it.
    #[error("{value:?} {fault}; allowed: {}", kind.describe())]
    Refused {
        /// The text.
        value: String,
        /// The problem.
        fault: Fault,
        /// What is allowed.
        kind: Kind,
    },
    /// An invalid field of a schedule, or an invalid interval of its values.
    #[error(transparent)]
    Cron(#[from] FieldError),
    /// An invalid list.
    #[error(transparent)]
    List(#[from] SelectorError),
    /// An invalid ID.
    #[error(transparent)]
    Id(#[from] InvalidId),
    /// An invalid status.
    #[error(transparent)]
    Status(#[from] UnknownCode),
    /// Options that the client program does not accept.
    #[error(transparent)]
    Options(#[from] ExtraParametersError),
    /// An invalid time.
    #[error(transparent)]
    Time(#[from] AtTimeError),
}

impl From<KindError> for CommandError {
    fn from(error: KindError) -> Self {
        Self::Invalid(error.to_string())
    }
}

impl From<Fault> for CommandError {
    fn from(fault: Fault) -> Self {
        Self::Invalid(fault.to_string())
    }
}

/// The kind of a parameter's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text on one line, taken exactly as typed.
    Text,
    /// A host name without its domain, an IP address, or a socket directory.
    Hostname,
    /// A DNS domain; empty for a host name without one.
    Domain,
    /// A TCP port.
    Port,
    /// A role's name, exactly as the node has it.
    Role,
    /// RUNNING or STOPPED; 1.x also took DOWN for STOPPED.
    ServerStatus,
    /// A backup server: its `SrvID` or FQDN.
    Server,
    /// A PgSQL node: its `NodeID`, FQDN, or `FQDN:port`.
    Node,
    /// One database, exactly as its node has it; empty for a whole node.
    Database,
    /// Databases to back up: a list, a special name, or empty.
    Databases,
    /// Databases to leave out.
    DatabaseExceptions,
    /// A field of a cron schedule.
    Cron(Field),
    /// The range from which a random value is chosen for a field of a cron schedule.
    CronInterval(Field),
    /// What a backup contains.
    BackupCode,
    /// Whether backups are encrypted.
    Encryption,
    /// A PostgreSQL interval.
    Interval,
    /// How many backups are kept regardless of their age.
    Redundancy,
    /// Words for `pg_dump` or `pg_dumpall`.
    ExtraParameters,
    /// Words for `pg_restore`.
    RestoreParameters,
    /// ACTIVE or STOPPED.
    JobStatus,
    /// An absolute path.
    Path,
    /// An address for cron's mail.
    Email,
    /// One backup of the catalogue.
    BckId,
    /// One snapshot definition.
    SnapshotId,
    /// One restore definition.
    RestoreDef,
    /// When a snapshot or restore is run, once.
    AtTime,
    /// The major version of the client programs, or [`NODES_OWN_RELEASE`].
    ClientRelease,
    /// One backup definition.
    DefId,
    /// One restore of the catalogue.
    RestoreId,
    /// One run in progress.
    RunId,
    /// Whether a deletion includes the backups: [`FORCE`] on the line, y or n in a dialogue.
    Force,
    /// A filter: backup servers.
    ServerFilter,
    /// A filter: PgSQL nodes.
    NodeFilter,
    /// A filter: databases.
    DatabaseFilter,
    /// A filter: backup definitions.
    DefIdFilter,
    /// A filter: execution statuses.
    StatusFilter,
    /// A setting of the shell, `output_format=csv`.
    Setting,
    /// A command's name.
    CommandName,
    /// The rest of the line, for the operator's own shell.
    ShellCommand,
}

impl Kind {
    /// Description of the accepted texts, for help and the manual.
    pub fn describe(self) -> String {
        let codes = |codes: &[&str]| codes.join(", ");
        match self {
            Self::Text => "any text; #empty# clears it".to_owned(),
            Self::Hostname => {
                "a host name, an IP address, or an absolute socket directory".to_owned()
            }
            Self::Domain => "a DNS domain; #empty# clears it".to_owned(),
            Self::Port => "1 to 65535".to_owned(),
            Self::Role => "the name of a role, as typed".to_owned(),
            Self::ServerStatus => "RUNNING or STOPPED".to_owned(),
            Self::Server => "SrvID or FQDN".to_owned(),
            Self::Node => "NodeID, FQDN, or FQDN:port".to_owned(),
            Self::Database => {
                "a name, as typed; empty for definitions with the code CLUSTER".to_owned()
            }
            Self::Databases => "names separated by commas, as typed; #all_databases#; \
                #databases_without_backup_definitions#; empty for CLUSTER"
                .to_owned(),
            Self::DatabaseExceptions => "names separated by commas, as typed".to_owned(),
            Self::Cron(field) => format!("as in a crontab: {}", field.allowed()),
            Self::CronInterval(field) => {
                format!("a range or list as in a crontab: {}", field.allowed())
            }
            Self::BackupCode => codes(&accepted_codes()),
            Self::Encryption => "false".to_owned(),
            Self::Interval => "a PostgreSQL interval (7 days, 2 weeks, 1 year)".to_owned(),
            Self::Redundancy => "a whole number, 0 or more".to_owned(),
            Self::ExtraParameters | Self::RestoreParameters => {
                "options of the client program, as on its command line; #empty# clears them"
                    .to_owned()
            }
            Self::JobStatus => "ACTIVE or STOPPED".to_owned(),
            Self::Path => "an absolute path within what the local configuration allows".to_owned(),
            Self::Email => "an e-mail address; #empty# clears it".to_owned(),
            Self::BckId => "a BckID from show_backup_catalog".to_owned(),
            Self::SnapshotId => "a SnapshotID from show_snapshot_definitions".to_owned(),
            Self::RestoreDef => "a RestoreDef from show_restore_definitions".to_owned(),
            Self::AtTime => at_time::ALLOWED.to_owned(),
            Self::ClientRelease => {
                format!("a major version of PostgreSQL (9.6, 17); {NODES_OWN_RELEASE}")
            }
            Self::DefId => "a DefID from show_backup_definitions".to_owned(),
            Self::RestoreId => "a RestoreID from show_restore_catalog".to_owned(),
            Self::RunId => {
                "a RunID from show_backups_in_progress or show_restores_in_progress".to_owned()
            }
            Self::Force => format!("{FORCE} on the command line, y or n in a dialogue"),
            Self::ServerFilter => "all, or SrvIDs or FQDNs separated by commas".to_owned(),
            Self::NodeFilter => "all, or NodeIDs or FQDNs separated by commas".to_owned(),
            Self::DatabaseFilter => "all, or names separated by commas, as typed".to_owned(),
            Self::DefIdFilter => "all, or DefIDs separated by commas".to_owned(),
            Self::StatusFilter => {
                let statuses: Vec<_> = ExecutionStatus::ALL
                    .iter()
                    .map(|status| status.as_str())
                    .collect();
                format!("all, or any of {}", codes(&statuses))
            }
            Self::Setting => crate::session::settings::describe(),
            Self::CommandName => "a command, shortcuts, or support".to_owned(),
            Self::ShellCommand => "a command line for your shell".to_owned(),
        }
    }

    /// Checks whether the text can be a value of this kind.
    ///
    /// # Errors
    /// The problem, with the value and what is allowed.
    pub fn check(self, value: &str) -> Result<(), KindError> {
        self.own_check(value).map_err(|fault| KindError::Refused {
            value: value.to_owned(),
            fault,
            kind: self,
        })?;
        match self {
            Self::Cron(field) => FieldValues::parse(field, value).map(drop)?,
            Self::CronInterval(field) => CronInterval::parse(field, value).map(drop)?,
            Self::Databases => DatabaseSelection::parse(value).map(drop)?,
            Self::DatabaseExceptions => parse_exceptions(value).map(drop)?,
            Self::ServerFilter | Self::NodeFilter | Self::DatabaseFilter => {
                Selector::parse(value).map(drop)?;
            }
            Self::DefIdFilter => listed::<DefId, KindError>(value)?,
            Self::StatusFilter => listed::<ExecutionStatus, KindError>(value)?,
            Self::ExtraParameters => extra_parameters(value)?,
            Self::BckId => value.parse::<BckId>().map(drop)?,
            Self::DefId => value.parse::<DefId>().map(drop)?,
            Self::RestoreId => value.parse::<RestoreId>().map(drop)?,
            Self::RunId => value.parse::<RunId>().map(drop)?,
            Self::SnapshotId => value.parse::<SnapshotId>().map(drop)?,
            Self::RestoreDef => value.parse::<RestoreDefId>().map(drop)?,
            // Whether the text is a valid time does not depend on the current time.
            Self::AtTime => at_time::parse(value, DateTime::UNIX_EPOCH, &Local).map(drop)?,
            _ => {}
        }
        Ok(())
    }

    /// The checks of this kind only.
    fn own_check(self, value: &str) -> Result<(), Fault> {
        self.carried(value)?;
        match self {
            Self::Hostname => hostname(value),
            Self::Domain => domain(value),
            Self::Port => number(value, 1, 65_535).ok_or(Fault::Port),
            Self::Role if value.is_empty() => Err(Fault::Empty),
            Self::ServerStatus => server_status(value).map(drop),
            Self::BackupCode => code(value),
            Self::Encryption => encryption(value),
            Self::Server | Self::Node | Self::Interval if value.trim().is_empty() => {
                Err(Fault::Empty)
            }
            Self::Redundancy => number(value, 0, i32::MAX as u64).ok_or(Fault::Redundancy),
            Self::JobStatus => match value.parse() {
                Ok(JobStatus::Active | JobStatus::Stopped) => Ok(()),
                _ => Err(Fault::JobStatus),
            },
            Self::Path if !value.starts_with('/') => Err(Fault::Path),
            Self::Email => email(value),
            Self::Force => yes_or_no(value).map(drop),
            Self::ClientRelease => client_release(value).map(drop),
            _ => Ok(()),
        }
    }

    /// Refuses characters that are not allowed where the value is used: NUL always, and a line break where it has no
    /// meaning. Names may contain one, and so may remarks and parameters, which are encoded in a job's command line;
    /// an e-mail address or a path is written literally to the crontab, where a line break would start another line
    /// (trap 16).
    fn carried(self, value: &str) -> Result<(), Fault> {
        if value.contains('\0') {
            Err(Fault::Nul)
        } else if self.trims() && !self.is_filter() && value.contains(['\n', '\r']) {
            Err(Fault::LineBreak)
        } else {
            Ok(())
        }
    }

    /// Whether the value selects rows of a list; an unknown name then selects nothing, whatever it contains.
    const fn is_filter(self) -> bool {
        matches!(
            self,
            Self::ServerFilter
                | Self::NodeFilter
                | Self::DatabaseFilter
                | Self::DefIdFilter
                | Self::StatusFilter
        )
    }

    /// Whether blanks around an answer are dropped. Names, remarks and parameters are taken exactly as typed.
    pub const fn trims(self) -> bool {
        !matches!(
            self,
            Self::Text
                | Self::Role
                | Self::Database
                | Self::Databases
                | Self::DatabaseExceptions
                | Self::DatabaseFilter
                | Self::ExtraParameters
                | Self::RestoreParameters
                | Self::ShellCommand
        )
    }
}

/// The default release of the client programs.
pub const NODES_OWN_RELEASE: &str = "Same as pgSQL node running dbname";

/// A release of the client programs; `None` for the node's own.
///
/// # Errors
/// For a text that is neither a major version nor [`NODES_OWN_RELEASE`].
pub fn client_release(value: &str) -> Result<Option<PgMajor>, Fault> {
    if value.eq_ignore_ascii_case(NODES_OWN_RELEASE) {
        return Ok(None);
    }
    value.parse().map(Some).map_err(|_| Fault::Release)
}

/// A status of a server or node, DOWN being 1.x's other word for STOPPED.
///
/// # Errors
/// For any other text.
pub fn server_status(value: &str) -> Result<ServerStatus, Fault> {
    if value.eq_ignore_ascii_case("down") {
        return Ok(ServerStatus::Stopped);
    }
    value.parse().map_err(|_| Fault::ServerStatus)
}

/// Whether a deletion includes the backups; without an answer it does not.
///
/// # Errors
/// If the answer is neither yes nor no.
pub fn forced(value: &str) -> Result<bool, Fault> {
    if value.is_empty() {
        return Ok(false);
    }
    yes_or_no(value)
}

/// The codes of definitions: all but CONFIG, which no version ever used (trap 29c).
pub fn accepted_codes() -> Vec<&'static str> {
    BackupCode::ALL
        .iter()
        .filter(|code| **code != BackupCode::Config)
        .map(|code| code.as_str())
        .collect()
}
