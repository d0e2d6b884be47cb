//! Intervals as PostgreSQL reads them: it is asked, because nothing else reads all it reads.

use tokio_postgres::GenericClient;

use crate::catalogue::error::{CatalogError, sql};

/// SQLSTATE class 22, "data exception": the text is no interval, or too great for one.
const DATA_EXCEPTION: &str = "22";

/// Whether PostgreSQL reads the text as an interval that is longer than none. A number without a unit is none: it would be
/// seconds, and a retention of `7` would let every backup go (trap 16b).
pub async fn is_duration(client: &impl GenericClient, text: &str) -> Result<bool, CatalogError> {
    let action = "check an interval";
    let answer = client
        .query_one(
            r"SELECT $1::text::interval > interval '0' AND $1::text !~ '^\s*[-+]?[0-9.]*\s*$'",
            &[&text],
        )
        .await
        .and_then(|row| row.try_get(0))
        .map_err(sql(action));
    match answer {
        Err(error)
            if error
                .refusal()
                .is_some_and(|refusal| refusal.sqlstate.starts_with(DATA_EXCEPTION)) =>
        {
            Ok(false)
        }
        answer => answer,
    }
}
