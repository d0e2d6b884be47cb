//! Objects that `pg_dump` writes wrongly or not at all without a word, because of where they or what they are made from lies.

use tokio_postgres::{Client, Row};

use super::{Asking, NodeError};

const WHAT: &str = "what pg_dump omits";

/// Languages whose handler, or another function of theirs, is in `pg_catalog`: the archive makes them without it.
pub async fn languages_without_handler(client: &Client) -> Result<Vec<String>, NodeError> {
    names(
        client,
        include_str!("sql/left_out/languages_without_handler.sql"),
    )
    .await
}

/// Objects of an operator's own in the server's own schemas, as the server describes them.
pub async fn objects_of_no_schema_that_is_dumped(
    client: &Client,
) -> Result<Vec<String>, NodeError> {
    let sql = include_str!("sql/left_out/objects_of_no_schema_that_is_dumped.sql");
    names(client, sql).await
}

/// Extensions whose owner is neither a superuser nor the session's role, each with its owner.
pub async fn owners_of_extensions(client: &Client) -> Result<Vec<(String, String)>, NodeError> {
    let rows = client
        .query(include_str!("sql/left_out/owners_of_extensions.sql"), &[])
        .await
        .asking(WHAT)?;
    let pair = |row: &Row| Ok((row.try_get("name")?, row.try_get("owner")?));
    rows.iter().map(pair).collect::<Result<_, _>>().asking(WHAT)
}

async fn names(client: &Client, sql: &str) -> Result<Vec<String>, NodeError> {
    let rows = client.query(sql, &[]).await.asking(WHAT)?;
    rows.iter()
        .map(|row| row.try_get(0))
        .collect::<Result<_, _>>()
        .asking(WHAT)
}
