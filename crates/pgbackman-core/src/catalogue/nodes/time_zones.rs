//! The time zones in which the backup servers' cron reads schedules.

use std::collections::BTreeMap;

use chrono::{DateTime, FixedOffset, Utc};
use tokio_postgres::GenericClient;

use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::rows::read_all;
use crate::domain::ids::ServerId;
use crate::domain::schedule::time_zone::Zone;

/// Each backup server's zone, with its changes between two moments: for [`crate::domain::schedule::schedule_runs`] within them.
///
/// It is the zone of the machine, as its control has found it, or else the server's parameter `time_zone`.
pub async fn of_servers(
    client: &impl GenericClient,
    since: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<BTreeMap<ServerId, Zone>, CatalogError> {
    let action = "read the time zones of the backup servers";
    let rows = client
        .query(
            "WITH zones AS (SELECT server_id, backup_server_cron_time_zone(server_id) AS zone FROM backup_server) \
             SELECT z.server_id, c.starts, c.offset_seconds \
             FROM (SELECT zone FROM zones GROUP BY zone) AS one \
             CROSS JOIN LATERAL time_zone_offsets(one.zone, $1::timestamptz - interval '3 days', $2::timestamptz + interval '3 days') AS c \
             JOIN zones AS z ON z.zone = one.zone ORDER BY z.server_id, c.starts",
            &[&since, &until],
        )
        .await
        .map_err(sql(action))?;
    let changes = read_all(&rows, action, |row| {
        let server = ServerId::new(row.get("server_id")?);
        let starts: DateTime<Utc> = row.get("starts")?;
        Ok((server, starts, row.get::<i32>("offset_seconds")?))
    })?;
    let mut zones: BTreeMap<ServerId, Vec<(DateTime<Utc>, FixedOffset)>> = BTreeMap::new();
    for (server, starts, seconds) in changes {
        // PostgreSQL's offsets are below a day.
        if let Some(offset) = FixedOffset::east_opt(seconds) {
            zones.entry(server).or_default().push((starts, offset));
        }
    }
    Ok(zones
        .into_iter()
        .map(|(server, changes)| (server, Zone::new(changes)))
        .collect())
}

/// A zone by its name, with its changes between two moments; none where PostgreSQL knows no such zone.
pub async fn named(
    client: &impl GenericClient,
    zone: &str,
    since: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Option<Zone>, CatalogError> {
    let action = "read a time zone";
    let rows = client
        .query(
            "SELECT c.starts, c.offset_seconds FROM (SELECT $1::text AS name WHERE is_time_zone($1)) AS zone \
             CROSS JOIN LATERAL time_zone_offsets(zone.name, $2::timestamptz - interval '3 days', $3::timestamptz + interval '3 days') AS c \
             ORDER BY c.starts",
            &[&zone, &since, &until],
        )
        .await
        .map_err(sql(action))?;
    let changes = read_all(&rows, action, |row| {
        let starts: DateTime<Utc> = row.get("starts")?;
        Ok((starts, row.get::<i32>("offset_seconds")?))
    })?;
    let changes: Vec<_> = changes
        .into_iter()
        // PostgreSQL's offsets are below a day.
        .filter_map(|(starts, seconds)| Some((starts, FixedOffset::east_opt(seconds)?)))
        .collect();
    Ok((!changes.is_empty()).then(|| Zone::new(changes)))
}

/// The name of each backup server's zone, as in [`of_servers`].
pub async fn names(
    client: &impl GenericClient,
) -> Result<BTreeMap<ServerId, String>, CatalogError> {
    let action = "read the time zones of the backup servers";
    let rows = client
        .query(
            "SELECT server_id, backup_server_cron_time_zone(server_id) AS zone FROM backup_server",
            &[],
        )
        .await
        .map_err(sql(action))?;
    let named = read_all(&rows, action, |row| {
        Ok((ServerId::new(row.get("server_id")?), row.get("zone")?))
    })?;
    Ok(named.into_iter().collect())
}

/// Notes the time zone of a backup server's machine, if the catalogue has another.
pub async fn note_of_machine(
    client: &impl GenericClient,
    server: ServerId,
    zone: &str,
) -> Result<(), CatalogError> {
    client
        .execute(
            "UPDATE backup_server SET machine_time_zone = $2 \
             WHERE server_id = $1 AND machine_time_zone IS DISTINCT FROM $2",
            &[&server.get(), &zone],
        )
        .await
        .map_err(sql("record the time zone of this machine"))?;
    Ok(())
}
