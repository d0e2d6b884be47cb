//! Names of roles that are no text for everybody.

use tokio_postgres::GenericClient;

use super::super::{Asking, NodeError};

const WHAT: &str = "the names of the roles";

/// A role whose name is no text can be named in no file, and one of another name would be another role.
pub(super) async fn refuse_names_without_text(
    client: &impl GenericClient,
    needed: &[u32],
    encoding: &str,
) -> Result<(), NodeError> {
    if !matches!(encoding, "UTF8" | "SQL_ASCII") {
        // Then the database sees a text in any bytes, or says why not.
        return Ok(());
    }
    let rows = client
        .query(include_str!("../sql/roles/names_of_roles.sql"), &[&needed])
        .await
        .asking(WHAT)?;
    for row in rows {
        let name: Vec<u8> = row.try_get(0).asking(WHAT)?;
        if std::str::from_utf8(&name).is_err() {
            return Err(NodeError::Answer {
                what: WHAT,
                reason: format!(
                    "the name of the role \"{}\", which the database needs, is not valid UTF-8; rename the role in a \
                     database with the encoding in which it was created",
                    name.escape_ascii()
                ),
            });
        }
    }
    Ok(())
}

/// What an operator must know where roles are named in the encoding of the database and a restore to a node like this one makes them
/// in a session of another.
pub(super) async fn nowhere_else(
    client: &impl GenericClient,
    roles: impl Iterator<Item = &str>,
    encoding: &str,
) -> Result<Option<String>, NodeError> {
    let named: Vec<String> = roles
        .filter(|name| !name.is_ascii())
        .map(|name| format!("\"{name}\""))
        .collect();
    if named.is_empty() {
        return Ok(None);
    }
    let row = client
        .query_opt(include_str!("../sql/roles/where_roles_are_made.sql"), &[])
        .await
        .asking(WHAT)?;
    let Some(row) = row else { return Ok(None) };
    let (made_in, its_encoding): (String, String) =
        (row.try_get(0).asking(WHAT)?, row.try_get(1).asking(WHAT)?);
    Ok((its_encoding != encoding).then(|| {
        format!(
            "the backup cannot be restored as it is to a node like this one: the names of these roles are only valid \
             in {encoding}, but a restore creates roles in the database {made_in}, which has the encoding \
             {its_encoding}: {}; give the roles names in ASCII (ALTER ROLE … RENAME TO, in a session of a database \
             that has the encoding {encoding}), or restore with --no-owner --no-privileges",
            named.join(", ")
        )
    }))
}
