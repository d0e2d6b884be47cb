//! Reading names that belong to the cluster, not to the database.
//!
//! Names and comments of roles and databases are stored once for all databases, as the bytes that whoever made them sent,
//! usually UTF-8. A database of another encoding takes them for its own: the role `Müller` is `MÃ¼ller` when asked from a
//! LATIN1 database, and a roles file with that name would create another role. So they are read without any conversion, and
//! as the database sees them only where that gives no UTF-8 (a cluster that is LATIN1 throughout).

use tokio_postgres::GenericClient;

use super::{Asking, NodeError};

const WHAT: &str = "names in their own encoding";

/// How names arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Names {
    /// As the bytes that they are.
    AsTheyAre,
    /// As the database sees them, in UTF-8.
    AsTheDatabaseSees,
}

impl Names {
    /// This text of SQL with the client encoding in which a server makes the same names of it again. A session of a database in
    /// another encoding would convert bytes that are to stay what they are.
    pub(super) fn declared(self, sql: String) -> String {
        match self {
            Self::AsTheyAre if !sql.is_ascii() => sql.replacen(DECLARED, DECLARED_RAW, 1),
            Self::AsTheyAre | Self::AsTheDatabaseSees => sql,
        }
    }
}

/// What the headers of our files declare.
const DECLARED: &str = "SET client_encoding TO 'UTF8';";
/// What they declare where names are bytes.
const DECLARED_RAW: &str = "SET client_encoding TO 'SQL_ASCII';";

/// Whether a file of ours declares that its names are bytes, which no server may convert.
pub fn are_bytes(file: &str) -> bool {
    file.lines().any(|line| line == DECLARED_RAW)
}

/// Lets the session's server take names as the bytes that they are, if its database has an encoding of its own.
///
/// # Errors
/// When the server cannot be asked.
pub async fn take_as_bytes(client: &impl GenericClient) -> Result<(), NodeError> {
    let encoding = super::databases::encoding(client).await?;
    if encoding == UTF8 {
        return Ok(());
    }
    set_client_encoding(client, UNCONVERTED).await
}

/// The names among these bytes, which are UTF-8 or text in the encoding of the session's database. Nobody can name the others in
/// that session, and they must not keep anybody from naming these.
pub(super) async fn readable(
    client: &impl GenericClient,
    names: Vec<Vec<u8>>,
) -> Result<Vec<String>, NodeError> {
    let mut encoding = None;
    let mut texts = Vec::with_capacity(names.len());
    for name in names {
        let bytes = match String::from_utf8(name) {
            Ok(text) => {
                texts.push(text);
                continue;
            }
            Err(error) => error.into_bytes(),
        };
        let encoding = match &mut encoding {
            Some(encoding) => encoding,
            none => none.insert(super::databases::encoding(client).await?),
        };
        texts.extend(converted_bytes(client, &bytes, (encoding, UTF8)).await?);
    }
    Ok(texts)
}

/// Reads without conversion, and where that gives no UTF-8 once more as the database sees the names. The first error is the
/// one that is reported: after it the transaction takes no command any more.
pub(super) async fn reading<C: GenericClient, T>(
    client: &C,
    read: impl AsyncFn(&C) -> Result<T, NodeError>,
) -> Result<T, NodeError> {
    reading_names(client, async |client, _| read(client).await).await
}

/// The same for a reader that wants to know how names arrive.
pub(super) async fn reading_names<C: GenericClient, T>(
    client: &C,
    read: impl AsyncFn(&C, Names) -> Result<T, NodeError>,
) -> Result<T, NodeError> {
    let before = client_encoding(client).await?;
    // A session with a database whose encoding cannot be converted converts nothing ever.
    let never_converts = before == UNCONVERTED;
    if !never_converts {
        set_client_encoding(client, UNCONVERTED).await?;
    }
    let result = read(client, Names::AsTheyAre).await;
    let undecodable = result.as_ref().is_err_and(is_undecodable);
    if never_converts {
        return result;
    }
    if undecodable || result.is_ok() {
        set_client_encoding(client, &before).await?;
    }
    if undecodable {
        read(client, Names::AsTheDatabaseSees).await
    } else {
        result
    }
}

/// How the session's database, of this encoding, sees a name that is stored as UTF-8. `None`: it sees no name.
///
/// # Errors
/// When the server cannot be asked.
pub async fn as_seen(
    client: &impl GenericClient,
    encoding: &str,
    name: &str,
) -> Result<Option<String>, NodeError> {
    converted(client, name, (encoding, UTF8)).await
}

/// The name, in UTF-8, that is stored where the session's database, of this encoding, sees this one. `None`: what is stored is no
/// UTF-8.
///
/// # Errors
/// When the server cannot be asked.
pub async fn as_stored(
    client: &impl GenericClient,
    encoding: &str,
    seen: &str,
) -> Result<Option<String>, NodeError> {
    converted(client, seen, (UTF8, encoding)).await
}

async fn converted(
    client: &impl GenericClient,
    name: &str,
    (from, to): (&str, &str),
) -> Result<Option<String>, NodeError> {
    if name.is_ascii() || is_never_converted(from, to) {
        return Ok(Some(name.to_owned()));
    }
    converted_bytes(client, name.as_bytes(), (from, to)).await
}

fn is_never_converted(from: &str, to: &str) -> bool {
    from == to
        || NEVER_CONVERTED
            .iter()
            .any(|never| [from, to].contains(never))
}

/// `None`: no text comes of it.
async fn converted_bytes(
    client: &impl GenericClient,
    bytes: &[u8],
    (from, to): (&str, &str),
) -> Result<Option<String>, NodeError> {
    if is_never_converted(from, to) {
        return Ok(None);
    }
    let sql = "SELECT pg_catalog.convert($1::pg_catalog.bytea, $2::pg_catalog.text::pg_catalog.name, $3::pg_catalog.text::pg_catalog.name)";
    match client.query_one(sql, &[&bytes, &from, &to]).await {
        Ok(row) => {
            let bytes: Vec<u8> = row.try_get(0).asking(WHAT)?;
            Ok(String::from_utf8(bytes).ok())
        }
        Err(error) if error.as_db_error().is_some() => Ok(None),
        Err(error) => Err(error).asking(WHAT),
    }
}

/// The encoding in which names usually are.
const UTF8: &str = "UTF8";

/// The encoding of sessions in which every byte comes as it is.
const UNCONVERTED: &str = "SQL_ASCII";

/// Encodings of databases with whose sessions nothing is converted: see `conninfo` for the second one.
const NEVER_CONVERTED: [&str; 2] = [UNCONVERTED, "MULE_INTERNAL"];

async fn client_encoding(client: &impl GenericClient) -> Result<String, NodeError> {
    const SQL: &str = "SELECT pg_catalog.current_setting('client_encoding')";
    let row = client.query_one(SQL, &[]).await.asking(WHAT)?;
    row.try_get(0).asking(WHAT)
}

async fn set_client_encoding(client: &impl GenericClient, encoding: &str) -> Result<(), NodeError> {
    const SQL: &str = "SELECT pg_catalog.set_config('client_encoding', $1, false)";
    client
        .query_one(SQL, &[&encoding])
        .await
        .map(drop)
        .asking(WHAT)
}

/// Whether an answer could not be read for another reason than the server's or the connection's: it is not UTF-8.
fn is_undecodable(error: &NodeError) -> bool {
    matches!(error, NodeError::Query { source, .. } if source.as_db_error().is_none() && !source.is_closed())
}
