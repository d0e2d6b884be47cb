//! Names in a script of the whole node: whether servers will take them from it as they are.
//!
//! Names of roles, databases and tablespaces belong to the cluster, and are kept as the bytes that whoever made them sent
//! (`raw_names`). `pg_dumpall` writes each database in that database's encoding and says so (`SET client_encoding`), also
//! for what makes the database, which is run in the session of another one: where that has another encoding the server
//! converts the name, makes a database of another name, and the script ends with an error at its `\connect` (measured with
//! 15 to 18 as clients, 12 to 18 as servers). Without any conversion, by the client encoding SQL_ASCII, every byte stays what
//! it is. The server still refuses bytes that the encoding of the session's database does not have.

use std::collections::BTreeSet;

use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Row};

use super::{Asking, NodeError, raw_names};

const WHAT: &str = "the names in a script of the whole node";

/// Encodings in which several bytes make a character, and not all sequences of bytes are text. In every other one they are.
const MULTIBYTE: [&str; 8] = [
    "EUC_CN",
    "EUC_JIS_2004",
    "EUC_JP",
    "EUC_KR",
    "EUC_TW",
    "JOHAB",
    "MULE_INTERNAL",
    "UTF8",
];

/// In which encoding `pg_dumpall` is to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScriptEncoding {
    /// The one encoding that all databases have.
    OfAll(String),
    /// Every byte as it is.
    Unconverted,
}

impl ScriptEncoding {
    /// As `PGCLIENTENCODING` has it. Without it a `client_encoding` of the role, of a database or of the server's
    /// configuration would decide.
    pub fn name(&self) -> &str {
        match self {
            Self::OfAll(encoding) => encoding,
            Self::Unconverted => "SQL_ASCII",
        }
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptNames {
    /// How the script is to be written.
    pub encoding: ScriptEncoding,
    /// What no server takes from any script, in words.
    pub refused: Vec<String>,
}

/// One text of the script and the encoding of a session in which it is run.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Text {
    what: String,
    name: Vec<u8>,
    content: Vec<u8>,
    encoding: String,
}

/// Reads them on a session with the database that `pg_dumpall` connects to first, which is in no transaction.
///
/// # Errors
/// When the node cannot be asked.
pub async fn read(client: &Client) -> Result<ScriptNames, NodeError> {
    let texts = raw_names::reading(client, texts).await?;
    let encodings: BTreeSet<&str> = texts.iter().map(|text| text.encoding.as_str()).collect();
    let mut of_databases = encodings.into_iter();
    let encoding = match (of_databases.next(), of_databases.next()) {
        (Some(only), None) => ScriptEncoding::OfAll(only.to_owned()),
        _ => ScriptEncoding::Unconverted,
    };
    let mut refused = Vec::new();
    for text in texts.iter().filter(|text| !text.is_ascii()) {
        if !is_text(client, &text.content, &text.encoding).await? {
            refused.push(text.refusal());
        }
    }
    Ok(ScriptNames { encoding, refused })
}

impl Text {
    fn is_ascii(&self) -> bool {
        self.content.is_ascii()
    }

    /// Bytes that are no UTF-8 are shown as `\xfc`.
    fn refusal(&self) -> String {
        let name = match std::str::from_utf8(&self.name) {
            Ok(name) => name.to_owned(),
            Err(_) => self.name.escape_ascii().to_string(),
        };
        format!(
            "the {} \"{name}\" is not valid {}",
            self.what, self.encoding
        )
    }
}

async fn texts(client: &Client) -> Result<Vec<Text>, NodeError> {
    let rows = client
        .query(include_str!("sql/names_in_a_script.sql"), &[])
        .await
        .asking(WHAT)?;
    let text = |row: &Row| {
        Ok(Text {
            what: row.try_get("what")?,
            name: row.try_get("name")?,
            content: row.try_get("content")?,
            encoding: row.try_get("encoding")?,
        })
    };
    rows.iter().map(text).collect::<Result<_, _>>().asking(WHAT)
}

/// Whether these bytes are text in a server's encoding.
async fn is_text(client: &Client, bytes: &[u8], encoding: &str) -> Result<bool, NodeError> {
    if encoding == "UTF8" {
        return Ok(std::str::from_utf8(bytes).is_ok());
    }
    if !MULTIBYTE.contains(&encoding) {
        return Ok(true);
    }
    let asked = client
        .query_one(
            "SELECT pg_catalog.length($1::pg_catalog.bytea, $2::pg_catalog.text::pg_catalog.name)",
            &[&bytes, &encoding],
        )
        .await;
    match asked {
        Ok(_) => Ok(true),
        Err(error) if error.code() == Some(&SqlState::CHARACTER_NOT_IN_REPERTOIRE) => Ok(false),
        Err(error) => Err(error).asking(WHAT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_text_can_be_read() {
        let refusal = |name: &[u8]| {
            Text {
                what: "role".into(),
                name: name.into(),
                content: name.into(),
                encoding: "EUC_JP".into(),
            }
            .refusal()
        };
        assert_eq!(
            refusal(b"M\xfcller"),
            "the role \"M\\xfcller\" is not valid EUC_JP"
        );
        assert_eq!(
            refusal("Müller".as_bytes()),
            "the role \"Müller\" is not valid EUC_JP"
        );
    }
}
