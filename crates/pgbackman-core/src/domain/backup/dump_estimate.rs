//! How large a backup will be, as far as that can be told before it is taken.
//!
//! The estimate decides whether a dump begins, and a backup that is not taken for a wrong estimate is as bad as a disk that
//! is full: it is therefore what the backup takes if all is as it was, and of a database that was never dumped the least
//! that is likely.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::domain::backup::extra_parameters::ExtraParameters;
use crate::domain::status::BackupCode;
use crate::domain::text::size::Size;

/// What a database takes that nobody has put anything into (PostgreSQL 9.2 to 18: 6 to 8 MB), of which a dump has nothing.
const EMPTY_DATABASE: u64 = 8 << 20;
/// Indexes and dead rows are not dumped, and what is left is compressed: of ordinary databases less than this part is left.
const COMPRESSED: u64 = 8;
/// Without compression.
const UNCOMPRESSED: u64 = 2;
/// A database that has become larger by this factor since its last backup is judged like one without.
const ANOTHER_DATABASE: u64 = 2;

/// The options that choose what is dumped, so that the database's size says little.
const CHOOSING: [&str; 14] = [
    "exclude-database",
    "exclude-extension",
    "exclude-schema",
    "exclude-table",
    "exclude-table-and-children",
    "exclude-table-data",
    "exclude-table-data-and-children",
    "extension",
    "no-blobs",
    "no-large-objects",
    "schema",
    "section",
    "table",
    "table-and-children",
];

/// The last usable backup of the same kind, with the same extra parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Previous {
    /// What all its files take, bytes.
    pub bytes: u64,
    /// The size of the database then, bytes.
    pub database: Option<u64>,
    /// When it was complete.
    pub finished: DateTime<Utc>,
}

/// What is to be dumped.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The backup code.
    pub code: BackupCode,
    /// The extra parameters.
    pub extra: &'a ExtraParameters,
    /// The size on the node of the database, or of all of them for CLUSTER, in bytes.
    pub database: Option<u64>,
    /// How many databases that is.
    pub databases: u64,
}

/// How large the backup will be, and why that is thought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Estimate {
    /// Nothing is known.
    Unknown,
    /// The last backup's size; with the sizes of the database then and now, if it has been changed by them.
    Previous {
        /// What it will take, bytes.
        bytes: u64,
        /// The last backup.
        previous: Previous,
        /// The size of the database now, bytes, if it counted.
        database: Option<u64>,
    },
    /// A part of the database's size.
    Database {
        /// What it will take at least, bytes.
        bytes: u64,
        /// The size of the database now, bytes.
        database: u64,
    },
}

impl Estimate {
    /// What the backup will take, bytes; 0 if nothing is known.
    pub fn bytes(&self) -> u64 {
        match self {
            Self::Unknown => 0,
            Self::Previous { bytes, .. } | Self::Database { bytes, .. } => *bytes,
        }
    }
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("its size is unknown"),
            Self::Previous {
                previous, database, ..
            } => {
                let time = previous.finished.format("%Y-%m-%d %H:%M UTC");
                write!(
                    f,
                    "the last backup, of {time}, uses {}",
                    Size(previous.bytes)
                )?;
                match (database, previous.database) {
                    (Some(now), Some(then)) => write!(
                        f,
                        ", and the data has changed from {} to {}",
                        Size(then),
                        Size(*now)
                    ),
                    _ => Ok(()),
                }
            }
            Self::Database { database, .. } => write!(
                f,
                "there is no earlier backup to compare with; the data uses {}, and a dump is hardly smaller",
                Size(*database)
            ),
        }
    }
}

/// Estimates the size of a backup.
pub fn estimate(asked: &Asked<'_>, previous: Option<Previous>) -> Estimate {
    // The size of the data says nothing about the size of the schema, nor about a chosen part.
    let by_size = asked.code != BackupCode::Schema && !chooses(asked.extra);
    let database = asked.database.filter(|_| by_size);
    let Some(previous) = previous else {
        return first(asked, database);
    };
    let as_it_was = Estimate::Previous {
        bytes: previous.bytes,
        previous,
        database: None,
    };
    let (Some(now), Some(then)) = (database, previous.database.filter(|then| *then > 0)) else {
        return as_it_was;
    };
    // Pages of a few MB more or less are the system's own.
    if now.abs_diff(then) <= EMPTY_DATABASE {
        return as_it_was;
    }
    let mut bytes = scaled(previous.bytes, now, then);
    if now / ANOTHER_DATABASE >= then {
        bytes = bytes.max(first(asked, database).bytes());
    }
    Estimate::Previous {
        bytes,
        previous,
        database: Some(now),
    }
}

/// Of what was never dumped.
fn first(asked: &Asked<'_>, database: Option<u64>) -> Estimate {
    let Some(database) = database else {
        return Estimate::Unknown;
    };
    let data = database.saturating_sub(EMPTY_DATABASE.saturating_mul(asked.databases));
    let part = if is_uncompressed(asked.extra) {
        UNCOMPRESSED
    } else {
        COMPRESSED
    };
    Estimate::Database {
        bytes: data / part,
        database,
    }
}

fn chooses(extra: &ExtraParameters) -> bool {
    CHOOSING.iter().any(|option| extra.has(option))
}

fn is_uncompressed(extra: &ExtraParameters) -> bool {
    extra
        .values("compress")
        .last()
        .is_some_and(|value| value == "0" || value == "none")
}

fn scaled(bytes: u64, now: u64, then: u64) -> u64 {
    let scaled = u128::from(bytes) * u128::from(now) / u128::from(then.max(1));
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::backup::extra_parameters::Tool;

    const GB: u64 = 1 << 30;

    fn parsed(text: &str) -> ExtraParameters {
        ExtraParameters::parse(text, Tool::PgDump, None).unwrap()
    }

    fn bytes(
        code: BackupCode,
        extra: &str,
        database: Option<u64>,
        previous: Option<(u64, Option<u64>)>,
    ) -> u64 {
        let asked = Asked {
            code,
            extra: &parsed(extra),
            database,
            databases: 1,
        };
        let previous = previous.map(|(bytes, database)| Previous {
            bytes,
            database,
            finished: "2026-11-20T04:45:00Z".parse().unwrap(),
        });
        estimate(&asked, previous).bytes()
    }

    #[test]
    fn a_backup_is_as_large_as_the_last_one_for_as_large_a_database() {
        let full = |now, previous| bytes(BackupCode::Full, "", now, Some(previous));
        assert_eq!(full(Some(100 * GB), (10 * GB, Some(100 * GB))), 10 * GB);
        assert_eq!(full(Some(150 * GB), (10 * GB, Some(100 * GB))), 15 * GB);
        assert_eq!(full(Some(10 * GB), (10 * GB, Some(100 * GB))), GB);
        assert_eq!(full(None, (10 * GB, Some(100 * GB))), 10 * GB);
        assert_eq!(full(Some(100 * GB), (10 * GB, None)), 10 * GB);
        assert_eq!(full(Some(100 * GB), (10 * GB, Some(0))), 10 * GB);
    }

    #[test]
    fn a_few_pages_more_change_nothing_and_a_database_that_was_filled_is_a_new_one() {
        let full = |now, previous| bytes(BackupCode::Full, "", Some(now), Some(previous));
        assert_eq!(full(13 << 20, (2_000, Some(7 << 20))), 2_000);
        // 2 kB of an empty database say nothing about 80 GB.
        let filled = full(80 * GB + EMPTY_DATABASE, (2_000, Some(7 << 20)));
        assert_eq!(filled, 10 * GB);
        // What was hardly compressible before is so now.
        assert_eq!(full(40 * GB, (10 * GB, Some(10 * GB))), 40 * GB);
    }

    #[test]
    fn of_a_database_never_dumped_a_part_is_expected() {
        let first = |code, extra: &str| bytes(code, extra, Some(80 * GB + EMPTY_DATABASE), None);
        assert_eq!(first(BackupCode::Full, ""), 10 * GB);
        assert_eq!(first(BackupCode::Data, "-j 4"), 10 * GB);
        assert_eq!(first(BackupCode::Rds, "-Z 9"), 10 * GB);
        assert_eq!(first(BackupCode::Full, "-Z 0"), 40 * GB);
        assert_eq!(first(BackupCode::Full, "--compress=none"), 40 * GB);
        assert_eq!(first(BackupCode::Schema, ""), 0);
        assert_eq!(first(BackupCode::Full, "-T log"), 0);
        assert_eq!(bytes(BackupCode::Full, "", None, None), 0);
        assert_eq!(bytes(BackupCode::Full, "", Some(7 << 20), None), 0);
    }

    #[test]
    fn where_a_part_is_chosen_only_the_last_backup_counts() {
        for (code, extra) in [(BackupCode::Full, "-T log"), (BackupCode::Schema, "")] {
            assert_eq!(
                bytes(code, extra, Some(900 * GB), Some((GB, Some(GB)))),
                GB,
                "{code} {extra}"
            );
        }
    }

    #[test]
    fn it_says_what_it_goes_by() {
        let asked = Asked {
            code: BackupCode::Full,
            extra: &parsed(""),
            database: Some(150 * GB),
            databases: 1,
        };
        let previous = Previous {
            bytes: 10 * GB,
            database: Some(100 * GB),
            finished: "2026-11-20T04:45:00Z".parse().unwrap(),
        };
        assert_eq!(
            estimate(&asked, Some(previous)).to_string(),
            "the last backup, of 2026-11-20 04:45 UTC, uses 10.0 GB, and the data has changed from 100.0 GB to 150.0 GB"
        );
    }
}
