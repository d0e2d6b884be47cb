//! The catalogue's code tables as enums. A code that is not in the table is an error, never a default.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A text that is not a code of the named code table.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{value:?} is not a valid {kind}; allowed: {allowed}")]
pub struct UnknownCode {
    /// What was expected, in words.
    pub kind: &'static str,
    /// The text as it was given.
    pub value: String,
    /// The codes of the table, comma-separated.
    pub allowed: String,
}

macro_rules! codes {
    ($(#[$doc:meta])* $name:ident, $kind:literal { $($(#[$vdoc:meta])* $variant:ident = $code:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $code)] $variant),+
        }

        impl $name {
            /// Every code of the table, in its order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code as the catalogue has it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        /// Case-insensitive, as the shell takes codes and statuses (`docs/spec/shell.md`).
        impl FromStr for $name {
            type Err = UnknownCode;

            fn from_str(text: &str) -> Result<Self, UnknownCode> {
                Self::ALL.iter().copied().find(|code| code.as_str().eq_ignore_ascii_case(text)).ok_or_else(|| UnknownCode {
                    kind: $kind,
                    value: text.to_owned(),
                    allowed: Self::ALL.iter().map(|code| code.as_str()).collect::<Vec<_>>().join(", "),
                })
            }
        }
    };
}

codes!(
    /// `server_status`: whether a backup server or PgSQL node takes part.
    ServerStatus, "server status" {
        /// Jobs run.
        Running = "RUNNING",
        /// No jobs run.
        Stopped = "STOPPED",
    }
);
codes!(
    /// `backup_code`: what a backup contains (`docs/spec/backups.md`). CONFIG exists in 1.x's table and is refused
    /// (trap 29c).
    BackupCode, "backup code" {
        /// Schema, data, roles, settings.
        Full = "FULL",
        /// Schema, roles, settings.
        Schema = "SCHEMA",
        /// Data, roles, settings.
        Data = "DATA",
        /// All databases of a node with `pg_dumpall`.
        Cluster = "CLUSTER",
        /// Never used by any version; kept because old rows may name it.
        Config = "CONFIG",
        /// As FULL without roles and settings, for managed servers without superuser.
        Rds = "RDS",
    }
);
codes!(
    /// `job_definition_status`: whether a backup definition is scheduled.
    JobStatus, "job status" {
        /// Stands in the crontab.
        Active = "ACTIVE",
        /// Does not.
        Stopped = "STOPPED",
        /// Its database is gone; its backups wait for the end of the quarantine.
        Deleted = "DELETED",
    }
);
codes!(
    /// `at_definition_status`: how far a snapshot or restore definition has come.
    AtStatus, "AT status" {
        /// Registered, not yet given to `at`.
        Waiting = "WAITING",
        /// Given to `at`.
        Defined = "DEFINED",
        /// Could not be given to `at`.
        Error = "ERROR",
    }
);
codes!(
    /// `job_execution_status`: how a backup or restore ended.
    ExecutionStatus, "execution status" {
        /// Complete and usable.
        Succeeded = "SUCCEEDED",
        /// Not usable.
        Error = "ERROR",
        /// Usable, with something an operator must know.
        Warning = "WARNING",
    }
);
codes!(
    /// `job_execution_method`: who started a backup.
    ExecutionMethod, "execution method" {
        /// cron, for a backup definition.
        Cron = "CRON",
        /// `at`, for a snapshot.
        At = "AT",
    }
);

impl BackupCode {
    /// Whether the backup has a roles file and a settings file beside the database's (`docs/spec/backups.md`).
    pub const fn has_roles_and_settings(self) -> bool {
        matches!(self, Self::Full | Self::Schema | Self::Data)
    }

    /// Whether the backup has the objects of one database, and so may have a file of what is run after its contents.
    pub const fn has_objects_of_one_database(self) -> bool {
        matches!(self, Self::Full | Self::Schema | Self::Rds)
    }
}

codes!(
    /// `alert_type`: what an alert is about.
    AlertType, "alert type" {
        /// A backup of a definition failed, or ended with a warning.
        BackupDef = "Backup-def",
        /// A snapshot failed, or ended with a warning.
        SnapshotDef = "Snapshot-def",
        /// A restore failed.
        RestoreDef = "Restore-def",
        /// Maintenance asks about a node.
        PgsqlNode = "PgSQL-node",
        /// A backup that cron should have started was not begun.
        MissedRun = "Missed-run",
        /// The newest usable backup is too old.
        OldBackup = "Old-backup",
        /// A backup is suspiciously small.
        SmallBackup = "Small-backup",
        /// A database has no definition.
        NoDefinition = "No-definition",
        /// A daemon has not been heard of.
        Daemon = "Daemon",
        /// Files of backups are missing or have another size.
        DamagedBackup = "Damaged-backup",
        /// The files of backups were not looked at.
        UnseenBackup = "Unseen-backup",
    }
);
codes!(
    /// By which way alerts are sent (`alert_delivery.channel`).
    AlertChannel, "alert channel" {
        /// A mail.
        Smtp = "smtp",
        /// A POST of JSON.
        Webhook = "webhook",
        /// A program that reads JSON.
        Command = "command",
    }
);
codes!(
    /// What is said about an alert (`alert_delivery.message`).
    AlertMessage, "message of an alert" {
        /// That there is something.
        Raised = "raised",
        /// That it is over.
        Resolved = "resolved",
    }
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_in_any_case_and_written_in_upper_case() {
        assert_eq!("full".parse(), Ok(BackupCode::Full));
        assert_eq!(BackupCode::Rds.to_string(), "RDS");
        let error = "FULLISH".parse::<BackupCode>().unwrap_err();
        assert_eq!(error.allowed, "FULL, SCHEMA, DATA, CLUSTER, CONFIG, RDS");
    }
}
