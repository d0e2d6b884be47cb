//! Backups that operators keep whatever their retention says, and the rotation of definitions (`sql/functions/74_…`).

use chrono::{DateTime, Utc};
use tokio_postgres::GenericClient;

use crate::catalogue::error::{CatalogError, sql};
use crate::domain::ids::{BckId, DefId};

/// How long a backup is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// Until it is released.
    Forever,
    /// Until then.
    Time(DateTime<Utc>),
}

/// Of how many days, weeks, months and years the newest SUCCEEDED backup is kept; 0 is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rotation {
    /// Days.
    pub daily: i32,
    /// Weeks, which begin on Monday.
    pub weekly: i32,
    /// Months.
    pub monthly: i32,
    /// Years.
    pub yearly: i32,
}

/// What an operator means by a text: nothing or `forever`, an interval from now on, or a time. `None`: none of these.
pub async fn until(client: &impl GenericClient, text: &str) -> Result<Option<Until>, CatalogError> {
    let action = "read until when a backup is pinned";
    let row = client
        .query_one(
            "SELECT found = 'infinity', nullif(found, 'infinity') FROM pin_end($1, now()) AS found",
            &[&text],
        )
        .await
        .map_err(sql(action))?;
    let forever: Option<bool> = row.try_get(0).map_err(sql(action))?;
    let time: Option<DateTime<Utc>> = row.try_get(1).map_err(sql(action))?;
    Ok(match (forever, time) {
        (Some(true), _) => Some(Until::Forever),
        (_, Some(time)) => Some(Until::Time(time)),
        _ => None,
    })
}

/// Keeps a backup, whoever wants to delete it.
pub async fn keep(
    client: &impl GenericClient,
    backup: BckId,
    until: Until,
    reason: &str,
) -> Result<(), CatalogError> {
    let time = match until {
        Until::Forever => None,
        Until::Time(time) => Some(time),
    };
    client
        .execute(
            "SELECT keep_backup($1, coalesce($2::timestamptz, 'infinity'), $3)",
            &[&backup.get(), &time, &reason],
        )
        .await
        .map_err(sql("keep this backup"))?;
    Ok(())
}

/// Lets retention decide again.
pub async fn release(client: &impl GenericClient, backup: BckId) -> Result<(), CatalogError> {
    client
        .execute("SELECT release_backup($1)", &[&backup.get()])
        .await
        .map_err(sql("release this backup"))?;
    Ok(())
}

/// A definition's rotation.
pub async fn rotation(
    client: &impl GenericClient,
    definition: DefId,
) -> Result<Rotation, CatalogError> {
    let action = "read the retention policy of this backup definition";
    let row = client
        .query_one(
            "SELECT coalesce(keep_daily, 0), coalesce(keep_weekly, 0), coalesce(keep_monthly, 0), coalesce(keep_yearly, 0) \
             FROM backup_definition WHERE def_id = $1",
            &[&definition.get()],
        )
        .await
        .map_err(sql(action))?;
    let read = |column: usize| row.try_get(column).map_err(sql(action));
    Ok(Rotation {
        daily: read(0)?,
        weekly: read(1)?,
        monthly: read(2)?,
        yearly: read(3)?,
    })
}

/// Sets a definition's rotation.
pub async fn set_rotation(
    client: &impl GenericClient,
    definition: DefId,
    rotation: Rotation,
) -> Result<(), CatalogError> {
    client
        .execute(
            "SELECT update_retention_policy($1, $2, $3, $4, $5)",
            &[
                &definition.get(),
                &rotation.daily,
                &rotation.weekly,
                &rotation.monthly,
                &rotation.yearly,
            ],
        )
        .await
        .map_err(sql("update the retention policy of this backup definition"))?;
    Ok(())
}
