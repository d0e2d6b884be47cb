//! Comments, settings and security labels of roles and databases: texts that belong to the cluster, and whose bytes need not be text
//! in the encoding of the database at hand.
//!
//! They are read as bytes. What is no UTF-8 is taken as the database sees it, and left out with a note where it does not see
//! text either: no data depends on it, and a backup of the database must not.

use tokio_postgres::GenericClient;
use tokio_postgres::error::SqlState;

use super::configuration::Setting;
use super::{Asking, NodeError};

const WHAT: &str = "a comment or a setting";

/// Reads such texts of one database.
pub(super) struct SharedTexts<'c, C> {
    client: &'c C,
    /// The database's encoding.
    encoding: String,
    /// What was left out, in words.
    pub(super) notes: Vec<String>,
}

impl<'c, C: GenericClient> SharedTexts<'c, C> {
    pub(super) async fn of(client: &'c C) -> Result<Self, NodeError> {
        let encoding = super::databases::encoding(client).await?;
        Ok(Self {
            client,
            encoding,
            notes: Vec::new(),
        })
    }

    /// The database's encoding.
    pub(super) fn encoding(&self) -> &str {
        &self.encoding
    }

    /// The text of these bytes; `None`, and a note that names `what`, where they are no text.
    pub(super) async fn text(
        &mut self,
        what: &str,
        bytes: Vec<u8>,
    ) -> Result<Option<String>, NodeError> {
        let bytes = match String::from_utf8(bytes) {
            Ok(text) => return Ok(Some(text)),
            Err(error) => error.into_bytes(),
        };
        let text = if matches!(&*self.encoding, "UTF8" | "SQL_ASCII") {
            None
        } else {
            self.as_the_database_sees(&bytes).await?
        };
        if text.is_none() {
            self.notes.push(left_out(what, &bytes, &self.encoding));
        }
        Ok(text)
    }

    /// The settings among these elements of `setconfig`.
    pub(super) async fn settings(
        &mut self,
        of: &str,
        elements: Vec<Vec<u8>>,
    ) -> Result<Vec<Setting>, NodeError> {
        let mut settings = Vec::new();
        for element in elements {
            let text = self.text(&format!("a setting of {of}"), element).await?;
            settings.extend(text.as_deref().and_then(Setting::from_element));
        }
        Ok(settings)
    }

    /// An error inside a transaction would end it, and the backup's snapshot with it.
    async fn as_the_database_sees(&self, bytes: &[u8]) -> Result<Option<String>, NodeError> {
        let saved = self.client.batch_execute("SAVEPOINT shared_text").await;
        let in_transaction = match saved {
            Ok(()) => true,
            Err(error) if error.code() == Some(&SqlState::NO_ACTIVE_SQL_TRANSACTION) => false,
            Err(error) => return Err(error).asking(WHAT),
        };
        let sql = "SELECT pg_catalog.convert($1::pg_catalog.bytea, $2::pg_catalog.text::pg_catalog.name, 'UTF8')";
        let asked = self.client.query_one(sql, &[&bytes, &self.encoding]).await;
        if in_transaction {
            self.client
                .batch_execute("ROLLBACK TO SAVEPOINT shared_text; RELEASE SAVEPOINT shared_text")
                .await
                .asking(WHAT)?;
        }
        match asked {
            Ok(row) => {
                let converted: Vec<u8> = row.try_get(0).asking(WHAT)?;
                Ok(String::from_utf8(converted).ok())
            }
            Err(error) if error.as_db_error().is_some() => Ok(None),
            Err(error) => Err(error).asking(WHAT),
        }
    }
}

/// Bytes that are no text are shown as `\xfc`.
fn left_out(what: &str, bytes: &[u8], encoding: &str) -> String {
    format!(
        "left out, since its bytes are no text in {encoding}, the encoding of the database: {what}: \"{}\"",
        bytes.escape_ascii()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b2_what_is_left_out_is_named_with_its_bytes() {
        assert_eq!(
            left_out("the comment on the role \"r\"", b"B\xfcro", "UTF8"),
            "left out, since its bytes are no text in UTF8, the encoding of the database: the comment on the role \"r\": \"B\\xfcro\""
        );
    }
}
