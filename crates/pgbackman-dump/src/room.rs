//! Whether the backup will fit where it is to be written: one that will not is not begun, since a full disk stops every other
//! dump too.

use std::io;

use pgbackman_core::catalog::backups::Kind;
use pgbackman_core::config::DumpSection;
use pgbackman_core::domain::dump_estimate::{self, Asked, Estimate, Previous};
use pgbackman_core::domain::extra_parameters::ExtraParameters;
use pgbackman_core::domain::size::Size;
use pgbackman_core::handoff::manifest;
use pgbackman_core::sys::free_space::free_space;

use crate::backup::Backup;
use crate::catalogue;
use crate::failure::Failure;
use crate::source::Source;

impl Backup<'_> {
    /// Refuses what will not fit. What is not known refuses nothing, but for a disk that is full already.
    pub(crate) async fn check_room(
        &self,
        source: &Source,
        extra: &ExtraParameters,
    ) -> Result<(), Failure> {
        if !self.config.dump.check_disk_space {
            return Ok(());
        }
        let directory = &self.place.dump_directory;
        let free = match free_space(directory) {
            Ok(free) => free,
            Err(error) => {
                tracing::warn!(
                    "how much is free where {} is cannot be told: {error}",
                    directory.display()
                );
                return Ok(());
            }
        };
        let asked = Asked {
            code: self.args.code,
            extra,
            database: source.size,
            databases: source.databases,
        };
        let estimate = dump_estimate::estimate(&asked, self.previous().await);
        tracing::debug!(
            "the backup is expected to take {}: {estimate}; {} are free",
            Size(estimate.bytes()),
            Size(free)
        );
        if fits(free, &estimate, &self.config.dump) {
            return Ok(());
        }
        Err(Failure::failed(refusal(
            &directory.display().to_string(),
            free,
            &estimate,
            &self.config.dump,
        )))
    }

    /// The last good backup of this kind: its manifest lies beside where the next one will, so that the catalogue is only
    /// asked where there is none. It may be away.
    async fn previous(&self) -> Option<Previous> {
        let args = self.args;
        let (directory, extra) = (&self.place.dump_directory, &args.extra_parameters);
        match manifest::newest_of(directory, &args.dbname, args.code, extra) {
            Ok(Some(backup)) => {
                return Some(Previous {
                    bytes: backup.bytes(),
                    database: backup.dbname_size,
                    finished: backup.finished,
                });
            }
            Ok(None) => {}
            Err(error) => warn_unread(directory, &error),
        }
        let kind = Kind {
            node: args.node_id,
            dbname: &args.dbname,
            code: args.code,
            extra_parameters: extra,
        };
        Box::pin(catalogue::newest_of(self.config, self.env, &kind)).await
    }
}

fn warn_unread(directory: &std::path::Path, error: &io::Error) {
    tracing::warn!(
        "{} was not searched for the last backup: {error}",
        directory.display()
    );
}

fn fits(free: u64, estimate: &Estimate, section: &DumpSection) -> bool {
    let needed = estimate.bytes().saturating_add(section.disk_space_reserve);
    // A disk without any room takes no backup, however small.
    free > 0 && needed <= free
}

fn refusal(directory: &str, free: u64, estimate: &Estimate, section: &DumpSection) -> String {
    let needs = match estimate.bytes() {
        0 => String::new(),
        bytes => format!(" It is expected to take {} ({estimate}).", Size(bytes)),
    };
    let reserve = match section.disk_space_reserve {
        0 => String::new(),
        bytes => format!(", and {} must stay free (disk_space_reserve)", Size(bytes)),
    };
    format!(
        "the backup was not begun, because it would not fit on the disk of {directory}: {} are free{reserve}.{needs} Make \
         room (show_disk_space and show_retention tell what takes it and when it goes), or set check_disk_space = \"OFF\" \
         in [pgbackman_dump].",
        Size(free)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimated(bytes: u64) -> Estimate {
        Estimate::Database {
            bytes,
            database: 8 * bytes,
        }
    }

    #[test]
    fn what_fits_to_the_byte_is_begun() {
        let with_reserve = |disk_space_reserve| DumpSection {
            disk_space_reserve,
            ..DumpSection::default()
        };
        let none = with_reserve(0);
        assert!(fits(1_000, &estimated(1_000), &none));
        assert!(!fits(999, &estimated(1_000), &none));
        assert!(!fits(1_000, &estimated(1_000), &with_reserve(1)));
        assert!(fits(1, &Estimate::Unknown, &none));
        assert!(!fits(0, &Estimate::Unknown, &none));
        assert!(!fits(
            u64::MAX - 1,
            &Estimate::Unknown,
            &with_reserve(u64::MAX)
        ));
    }

    #[test]
    fn the_refusal_has_the_figures_and_what_to_do() {
        let section = DumpSection {
            disk_space_reserve: 1 << 30,
            ..DumpSection::default()
        };
        let said = refusal("/srv/b", 2 << 30, &estimated(3 << 30), &section);
        for part in [
            "/srv/b",
            "2.0 GB are free",
            "1.0 GB must stay free",
            "take 3.0 GB",
            "24.0 GB",
            "show_disk_space",
            "OFF",
        ] {
            assert!(said.contains(part), "{said}");
        }
    }
}
