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

/// The forecast of every file system.
pub(super) async fn forecasts(
    client: &impl GenericClient,
) -> Result<Vec<DiskForecast>, CatalogError> {
    let action = "ask when the file systems of the backups will be full";
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
        let free = percent(space);
        least = Some(least.map_or(free, |least| least.min(free)));
        let place = format!("{} on {}", space.path, space.server_fqdn);
        let by_size = limits.free_percent.of_rest(free);
        let days = days_left(picture, space);
        let by_rate = days.map_or(Level::Ok, |days| limits.full_in_days.of_rest(days));
        if space.free_bytes == 0 {
            let level = by_size.max(Level::Warning);
            judgement.add(Kind::DiskSpace, level, format!("{place} is full"));
        } else if by_size > Level::Ok {
            let text = format!("{place} has {free:.1} % free");
            judgement.add(Kind::DiskSpace, by_size.max(by_rate), text);
        } else if by_rate > Level::Ok {
            let days = days.unwrap_or_default().floor();
            let text = match days {
                ..1.0 => format!("{place} will be full within a day at the present rate"),
                1.0 => format!("{place} will be full in 1 day at the present rate"),
                _ => format!("{place} will be full in {days:.0} days at the present rate"),
            };
            judgement.add(Kind::DiskSpace, by_rate, text);
        }
        if space.observed + SPACE_IS_OLD < picture.now {
            let text = format!(
                "{place} could not be looked at since {}",
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

#[allow(clippy::cast_precision_loss)] // Good enough for a percentage.
fn percent(space: &PartitionSpace) -> f64 {
    if space.total_bytes == 0 {
        return 0.0;
    }
    space.free_bytes as f64 * 100.0 / space.total_bytes as f64
}
