//! Whether the backup will fit where it is to be written: one that will not is not begun, since a full disk stops every other
//! dump too. What the runs that are running are still going to write there is not free.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;

use pgbackman_core::catalogue::backups::Kind;
use pgbackman_core::config::DumpSection;
use pgbackman_core::domain::backup::dump_estimate::{self, Asked, Estimate, Previous};
use pgbackman_core::domain::backup::extra_parameters::ExtraParameters;
use pgbackman_core::domain::text::size::Size;
use pgbackman_core::handoff::{manifest, run};
use pgbackman_core::sys::free_space::free_space;
use pgbackman_core::sys::lock::FileLock;
use tokio::time::{Instant, sleep};

use crate::app::catalogue;
use crate::backup::take::Backup;
use crate::source::Source;
use pgbackman_core::job::failure::Failure;

/// How long a run waits until others that begin have found out whether they fit. It takes each of them a moment.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// What a backup will take. As long as this lives no other run of the backup server finds out whether it fits.
pub(crate) struct Room {
    /// Bytes, where anything is known.
    pub(crate) expected: Option<u64>,
    _turn: Option<FileLock>,
}

impl Backup<'_> {
    /// Refuses what will not fit. What is not known refuses nothing, but for a disk that is full already.
    pub(crate) async fn check_room(
        &self,
        source: &Source,
        extra: &ExtraParameters,
        root: &Path,
    ) -> Result<Room, Failure> {
        if !self.config.dump.check_disk_space {
            return Ok(Room {
                expected: None,
                _turn: None,
            });
        }
        let directory = &self.directories.dump_directory;
        let asked = Asked {
            code: self.args.code,
            extra,
            database: source.size,
            databases: source.databases,
        };
        let estimate = dump_estimate::estimate(&asked, self.previous().await);
        let room = Room {
            expected: Some(estimate.bytes()).filter(|bytes| *bytes > 0),
            _turn: turn(&run::room_lock(root)).await,
        };
        let free = match free_space(directory) {
            Ok(free) => free,
            Err(error) => {
                tracing::warn!(
                    "could not read the free space of {}: {error}",
                    directory.display()
                );
                return Ok(room);
            }
        };
        let awaited = fs::metadata(directory)
            .and_then(|found| run::still_to_come(root, self.args.origin, found.dev()))
            .unwrap_or_else(|error| {
                warn_unread(
                    &run::directory(root),
                    "the space that other runs will need",
                    &error,
                );
                0
            });
        let disk = Disk { free, awaited };
        tracing::debug!(
            "the backup is expected to take {}: {estimate}; {} are free, {} of which other runs will need",
            Size(estimate.bytes()),
            Size(free),
            Size(awaited)
        );
        if disk.fits(&estimate, &self.config.dump) {
            return Ok(room);
        }
        let place = directory.display().to_string();
        let reason = disk.refusal(&place, &estimate, &self.config.dump);
        Err(Failure::failed(reason))
    }

    /// The last usable backup of this kind: its manifest is next to where the next one will be, so that the catalogue is only
    /// asked where there is none. It may be away.
    async fn previous(&self) -> Option<Previous> {
        let args = self.args;
        let (directory, extra) = (&self.directories.dump_directory, &args.extra_parameters);
        match manifest::newest_of(directory, &args.dbname, args.code, extra) {
            Ok(Some(backup)) => {
                return Some(Previous {
                    bytes: backup.bytes(),
                    database: backup.dbname_size,
                    finished: backup.finished,
                });
            }
            Ok(None) => {}
            Err(error) => warn_unread(directory, "the last backup", &error),
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

fn warn_unread(directory: &Path, what: &str, error: &io::Error) {
    tracing::warn!(
        "could not search {} for {what}: {error}",
        directory.display()
    );
}

/// The right to find out, one run after the other: else two that begin at once would not know of each other. Without it a run
/// continues all the same.
async fn turn(file: &Path) -> Option<FileLock> {
    let until = Instant::now() + PATIENCE;
    loop {
        match FileLock::try_acquire(file) {
            Ok(Some(turn)) => return Some(turn),
            Ok(None) if Instant::now() < until => sleep(PAUSE).await,
            Ok(None) => {
                tracing::warn!(
                    "could not take into account the runs that start at this moment: their lock was not released in \
                     time"
                );
                return None;
            }
            Err(error) => {
                tracing::warn!("{error}");
                return None;
            }
        }
    }
}

/// What there is for a backup.
struct Disk {
    /// What may still be written, bytes.
    free: u64,
    /// What runs that are running are going to write of it.
    awaited: u64,
}

impl Disk {
    fn fits(&self, estimate: &Estimate, section: &DumpSection) -> bool {
        let others = self.awaited.saturating_add(section.disk_space_reserve);
        let needed = estimate.bytes().saturating_add(others);
        // A disk without any room takes no backup, however small. One of which nothing is known begins although others will fill it.
        self.free > 0
            && (needed <= self.free
                || (estimate.bytes() == 0 && section.disk_space_reserve <= self.free))
    }

    fn refusal(&self, directory: &str, estimate: &Estimate, section: &DumpSection) -> String {
        let needs = match estimate.bytes() {
            0 => String::new(),
            bytes => format!(" It is expected to take {} ({estimate}).", Size(bytes)),
        };
        let awaited = match self.awaited {
            0 => String::new(),
            bytes => format!(
                ", of which backups in progress are expected to need another {}",
                Size(bytes)
            ),
        };
        let reserve = match section.disk_space_reserve {
            0 => String::new(),
            bytes => format!(
                ", and {} must remain free (disk_space_reserve)",
                Size(bytes)
            ),
        };
        format!(
            "the backup was not started, because it would not fit on the disk of {directory}: {} are \
             free{awaited}{reserve}.{needs} Free some space (show_disk_space shows what uses it, show_retention when \
             backups expire), or set check_disk_space = \"OFF\" in [pgbackman_dump].",
            Size(self.free)
        )
    }
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
        let disk = |free, awaited| Disk { free, awaited };
        let none = with_reserve(0);
        assert!(disk(1_000, 0).fits(&estimated(1_000), &none));
        assert!(!disk(999, 0).fits(&estimated(1_000), &none));
        assert!(!disk(1_000, 0).fits(&estimated(1_000), &with_reserve(1)));
        assert!(disk(1_000, 400).fits(&estimated(600), &none));
        assert!(!disk(1_000, 401).fits(&estimated(600), &none));
        assert!(!disk(1_000, u64::MAX).fits(&estimated(600), &none));
        assert!(disk(1, 0).fits(&Estimate::Unknown, &none));
        assert!(
            disk(1, 2).fits(&Estimate::Unknown, &none),
            "its size is unknown"
        );
        assert!(!disk(0, 0).fits(&Estimate::Unknown, &none));
        assert!(!disk(u64::MAX - 1, 0).fits(&Estimate::Unknown, &with_reserve(u64::MAX)));
    }

    #[test]
    fn the_refusal_has_the_figures_and_what_to_do() {
        let section = DumpSection {
            disk_space_reserve: 1 << 30,
            ..DumpSection::default()
        };
        let disk = Disk {
            free: 2 << 30,
            awaited: 512 << 20,
        };
        let said = disk.refusal("/srv/b", &estimated(3 << 30), &section);
        for part in [
            "/srv/b",
            "2.0 GB are free, of which backups in progress are expected to need another 512.0 MB",
            "1.0 GB must remain free",
            "take 3.0 GB",
            "24.0 GB",
            "show_disk_space",
            "OFF",
        ] {
            assert!(said.contains(part), "{said}");
        }
    }
}
