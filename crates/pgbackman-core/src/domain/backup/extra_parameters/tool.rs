//! The programs that take extra parameters.

use crate::domain::status::BackupCode;

/// The program that gets the parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tool {
    /// `pg_dump`, for every code but CLUSTER.
    PgDump,
    /// `pg_dumpall`, for CLUSTER.
    PgDumpall,
    /// `pg_restore`: see [`crate::domain::restore::restore_parameters`].
    PgRestore,
}

impl Tool {
    /// The tool that takes backups of a code.
    pub const fn for_code(code: BackupCode) -> Self {
        match code {
            BackupCode::Cluster => Self::PgDumpall,
            _ => Self::PgDump,
        }
    }

    /// The program's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PgDump => "pg_dump",
            Self::PgDumpall => "pg_dumpall",
            Self::PgRestore => "pg_restore",
        }
    }
}
