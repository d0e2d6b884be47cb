//! Comments, settings and security labels of roles and databases: texts that belong to the cluster, and whose bytes need not be text
//! in the encoding of the database at hand.
//!
//! They are read as bytes, and must be the same bytes after a restore. A server converts what a session sends into the encoding of
//! that session's database, so a text outside ASCII is written as its database sees it, to be run in a session of the new one, which
//! has the same encoding. What is no text there is left out with a note: no data depends on it, and a backup of the database must not.

use std::string::FromUtf8Error;

use tokio_postgres::GenericClient;
use tokio_postgres::error::SqlState;

use super::configuration::Setting;
use super::raw_names::Names;
use super::{Asking, NodeError};

const WHAT: &str = "a comment or a setting";

/// A text, by where its statement gives the same bytes again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SharedText {
    /// In any session; letters outside ASCII in one of a UTF8 database.
    Anywhere(String),
    /// In a session of a database with the encoding of this one, as this one sees it.
    Inside(String),
}

/// Settings of one owner, by where they are set.
#[derive(Debug, Default)]
pub(super) struct SharedSettings {
    /// In any session.
    pub(super) anywhere: Vec<Setting>,
    /// In a session of the database.
    pub(super) inside: Vec<Setting>,
}

/// Parameters whose value names a role, which has the same bytes as the role's name.
const NAMING_A_ROLE: [&str; 2] = ["role", "session_authorization"];

/// Reads such texts of one database.
pub(super) struct SharedTexts<'c, C> {
    client: &'c C,
    /// The database's encoding.
    encoding: String,
    /// Whether a script can have statements that are run in a session of the database: it has to name it.
    pub(super) is_inside_possible: bool,
    /// What was left out, in words.
    pub(super) notes: Vec<String>,
}

impl<'c, C: GenericClient> SharedTexts<'c, C> {
    pub(super) async fn of(client: &'c C) -> Result<Self, NodeError> {
        let encoding = super::databases::encoding(client).await?;
        Ok(Self {
            client,
            encoding,
            is_inside_possible: true,
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
    ) -> Result<Option<SharedText>, NodeError> {
        let as_sent = match String::from_utf8(bytes) {
            Ok(text) if text.is_ascii() => return Ok(Some(SharedText::Anywhere(text))),
            Ok(text) if self.is_inside_possible && self.sees_what_is_sent() => {
                return Ok(Some(SharedText::Inside(text)));
            }
            other => other,
        };
        let bytes = match &as_sent {
            Ok(text) => text.as_bytes(),
            Err(error) => error.as_bytes(),
        };
        if let Some(seen) = self.as_the_database_sees(bytes).await? {
            return Ok(Some(SharedText::Inside(seen)));
        }
        Ok(self.or_noted(what, as_sent))
    }

    /// The same of a text that belongs to a role, and that is run before there is a database: UTF-8 is taken as it is.
    pub(super) async fn of_role(
        &mut self,
        what: &str,
        bytes: Vec<u8>,
    ) -> Result<Option<SharedText>, NodeError> {
        let as_sent = match String::from_utf8(bytes) {
            Ok(text) => return Ok(Some(SharedText::Anywhere(text))),
            Err(error) => error,
        };
        if let Some(seen) = self.as_the_database_sees(as_sent.as_bytes()).await? {
            return Ok(Some(SharedText::Inside(seen)));
        }
        Ok(self.or_noted(what, Err(as_sent)))
    }

    fn or_noted(
        &mut self,
        what: &str,
        as_sent: Result<String, FromUtf8Error>,
    ) -> Option<SharedText> {
        match as_sent {
            Ok(text) => Some(SharedText::Anywhere(text)),
            Err(error) => {
                self.notes
                    .push(left_out(what, error.as_bytes(), &self.encoding));
                None
            }
        }
    }

    /// The settings among these elements of `setconfig`; `of_role`: they belong to a role in every database.
    pub(super) async fn settings(
        &mut self,
        of: &str,
        of_role: bool,
        elements: Vec<Vec<u8>>,
    ) -> Result<SharedSettings, NodeError> {
        let mut settings = SharedSettings::default();
        for element in elements {
            let what = format!("a setting of {of}");
            let text = if of_role || names_a_role(&element) {
                self.of_role(&what, element).await?
            } else {
                self.text(&what, element).await?
            };
            match text {
                Some(SharedText::Anywhere(text)) => {
                    settings.anywhere.extend(Setting::from_element(&text));
                }
                Some(SharedText::Inside(text)) => {
                    settings.inside.extend(Setting::from_element(&text));
                }
                None => {}
            }
        }
        Ok(settings)
    }

    /// A name of a role or database, in a statement that is run in a session of this database. `None`: the database sees no name
    /// in it.
    pub(super) async fn seen_name(
        &self,
        name: &str,
        names: Names,
    ) -> Result<Option<String>, NodeError> {
        if names == Names::AsTheDatabaseSees || name.is_ascii() || self.sees_what_is_sent() {
            return Ok(Some(name.to_owned()));
        }
        self.as_the_database_sees(name.as_bytes()).await
    }

    /// Whether UTF-8 comes through without a conversion.
    fn sees_what_is_sent(&self) -> bool {
        matches!(&*self.encoding, "UTF8" | "SQL_ASCII")
    }

    /// The text that gives exactly these bytes in a session of the database. An error inside a transaction would end it, and the
    /// backup's snapshot with it.
    async fn as_the_database_sees(&self, bytes: &[u8]) -> Result<Option<String>, NodeError> {
        if self.sees_what_is_sent() || !self.is_inside_possible {
            return Ok(None);
        }
        let saved = self.client.batch_execute("SAVEPOINT shared_text").await;
        let in_transaction = match saved {
            Ok(()) => true,
            Err(error) if error.code() == Some(&SqlState::NO_ACTIVE_SQL_TRANSACTION) => false,
            Err(error) => return Err(error).asking(WHAT),
        };
        let sql = include_str!("sql/as_the_database_sees.sql");
        let asked = self.client.query_opt(sql, &[&bytes, &self.encoding]).await;
        if in_transaction {
            self.client
                .batch_execute("ROLLBACK TO SAVEPOINT shared_text; RELEASE SAVEPOINT shared_text")
                .await
                .asking(WHAT)?;
        }
        match asked {
            Ok(None) => Ok(None),
            Ok(Some(row)) => {
                let converted: Vec<u8> = row.try_get(0).asking(WHAT)?;
                Ok(String::from_utf8(converted).ok())
            }
            Err(error) if error.as_db_error().is_some() => Ok(None),
            Err(error) => Err(error).asking(WHAT),
        }
    }
}

fn names_a_role(element: &[u8]) -> bool {
    let name = element.split(|byte| *byte == b'=').next();
    name.is_some_and(|name| {
        NAMING_A_ROLE
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known.as_bytes()))
    })
}

/// Bytes that are no text are shown as `\xfc`.
fn left_out(what: &str, bytes: &[u8], encoding: &str) -> String {
    format!(
        "left out, because it is not valid in {encoding}, the encoding of the database: {what}: \"{}\"",
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
            "left out, because it is not valid in UTF8, the encoding of the database: the comment on the role \"r\": \
             \"B\\xfcro\""
        );
    }
}
