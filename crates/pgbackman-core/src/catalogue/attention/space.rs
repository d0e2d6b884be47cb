//! The file systems that backups go to: how much is free, and when it will be used up.

use chrono::TimeDelta;
use tokio_postgres::GenericClient;

use super::judgement::{Judgement, shown};
use super::{Kind, Level, Limits, Picture};
use crate::catalogue::backups::partition_space::PartitionSpace;
use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::rows::read_all;
use crate::domain::ids::ServerId;

/// Control observes the file systems every minute: one that it has not seen for so long cannot be observed.
const SPACE_IS_OLD: TimeDelta = TimeDelta::minutes(15);

/// When a file system will be full, by the growth of its backups (`disk_forecast`).
#[derive(Debug, Clone, PartialEq)]
pub struct DiskForecast {
    /// The backup server.
    pub server: ServerId,
    /// The path of the file system.
    pub path: String,
    /// In how many days; `None` where the backups do not grow, or nothing is known of it.
    pub days_left: Option<f64>,
}

/// The room on a file system, in bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Room {
    /// Free.
    pub free: f64,
    /// The size of the file system.
    pub total: f64,
    /// In how many days it will be full; `None` where the backups do not grow, or nothing is known of it.
    pub days_left: Option<f64>,
}

impl Room {
    /// With less than a thousandth of its size free it takes no backup any more.
    pub fn is_full(&self) -> bool {
        self.free <= 0.0 || self.free < self.total / 1000.0
    }

    /// Whether somebody should look.
    pub fn level(&self, limits: &Limits) -> Level {
        let full = if self.is_full() {
            Level::Warning
        } else {
            Level::Ok
        };
        full.max(self.by_size(limits)).max(self.by_rate(limits))
    }

    fn percent(&self) -> f64 {
        if self.total > 0.0 {
            self.free * 100.0 / self.total
        } else {
            0.0
        }
    }

    fn by_size(&self, limits: &Limits) -> Level {
        limits.free_percent.of_rest(self.percent())
    }

    fn by_rate(&self, limits: &Limits) -> Level {
        let of_rest = |days| limits.full_in_days.of_rest(days);
        self.days_left.map_or(Level::Ok, of_rest)
    }

    /// What is wrong with it, where its level is not OK.
    fn trouble(&self, limits: &Limits) -> String {
        let days = self.days_left.unwrap_or_default().floor();
        match days {
            _ if self.is_full() => "is full".to_owned(),
            _ if self.by_size(limits) > Level::Ok => format!("has {:.1} % free", self.percent()),
            ..1.0 => "will be full within a day at the current rate".to_owned(),
            1.0 => "will be full in 1 day at the current rate".to_owned(),
            _ => format!("will be full in {days:.0} days at the current rate"),
        }
    }
}

/// The forecast of every file system.
pub(super) async fn forecasts(
    client: &impl GenericClient,
) -> Result<Vec<DiskForecast>, CatalogError> {
    let action = "read when the file systems of the backups will be full";
    let rows = client
        .query(
            "SELECT backup_server_id, path, days_left::float8 FROM disk_forecast(NULL, now())",
            &[],
        )
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| {
        Ok(DiskForecast {
            server: ServerId::new(row.get("backup_server_id")?),
            path: row.get("path")?,
            days_left: row.get("days_left")?,
        })
    })
}

pub(super) fn judge(picture: &Picture, limits: &Limits, judgement: &mut Judgement) {
    let mut least: Option<f64> = None;
    for space in &picture.spaces {
        #[allow(clippy::cast_precision_loss)] // Good enough for a percentage.
        let room = Room {
            free: space.free_bytes as f64,
            total: space.total_bytes as f64,
            days_left: days_left(picture, space),
        };
        let free = room.percent();
        least = Some(least.map_or(free, |least| least.min(free)));
        let place = format!("{} on {}", space.path, space.server_fqdn);
        let level = room.level(limits);
        if level > Level::Ok {
            let what = room.trouble(limits);
            judgement.add(Kind::DiskSpace, level, format!("{place} {what}"));
        }
        if space.observed + SPACE_IS_OLD < picture.now {
            let text = format!(
                "{place} could not be checked since {}",
                shown(space.observed)
            );
            judgement.add(Kind::DiskUnknown, Level::Warning, text);
        }
    }
    if let Some(least) = least {
        judgement.measure_percent("free", least, limits.free_percent);
    }
}

fn days_left(picture: &Picture, space: &PartitionSpace) -> Option<f64> {
    let of_it =
        |forecast: &&DiskForecast| forecast.server == space.server && forecast.path == space.path;
    picture.forecasts.iter().find(of_it)?.days_left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f1_a_file_system_is_judged_by_its_room_and_by_its_rate() {
        let limits = Limits::default();
        for (free, days_left, level, said) in [
            (500.0, None, Level::Ok, ""),
            (500.0, Some(20.0), Level::Ok, ""),
            (
                500.0,
                Some(13.5),
                Level::Warning,
                "will be full in 13 days at the current rate",
            ),
            (
                500.0,
                Some(1.2),
                Level::Warning,
                "will be full in 1 day at the current rate",
            ),
            (
                500.0,
                Some(0.5),
                Level::Warning,
                "will be full within a day at the current rate",
            ),
            (99.0, None, Level::Warning, "has 9.9 % free"),
            (40.0, Some(3.0), Level::Critical, "has 4.0 % free"),
            (0.9, None, Level::Critical, "is full"),
            (0.0, Some(0.0), Level::Critical, "is full"),
        ] {
            let room = Room {
                free,
                total: 1000.0,
                days_left,
            };
            assert_eq!(room.level(&limits), level, "{free} {days_left:?}");
            if level > Level::Ok {
                assert_eq!(room.trouble(&limits), said);
            }
        }
    }
}
