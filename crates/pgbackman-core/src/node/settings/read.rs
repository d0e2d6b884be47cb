//! Reads the settings of the database a client is connected to.

use tokio_postgres::{GenericClient, Row};

use super::super::acl::AclEntry;
use super::super::shared_text::SharedTexts;
use super::super::{Asking, NodeError, raw_names};
use super::{DatabaseSettings, Locale, LocaleProvider, RoleSettings, SettingsOfAllRoles};
use crate::domain::pg_version::PgRelease;

const WHAT: &str = "the database's settings";

/// Reads everything about the database but its contents, in the client's transaction.
pub async fn read(
    client: &impl GenericClient,
    release: PgRelease,
) -> Result<DatabaseSettings, NodeError> {
    raw_names::reading(client, async |client| read_as_sent(client, release).await).await
}

/// Reads what is set for every role in every database.
pub async fn of_all_roles(client: &impl GenericClient) -> Result<SettingsOfAllRoles, NodeError> {
    raw_names::reading(client, async |client| {
        let sql = include_str!("../sql/settings_of_all_roles.sql");
        let row = client.query_opt(sql, &[]).await.asking(WHAT)?;
        let mut texts = SharedTexts::of(client).await?;
        let settings = match row {
            Some(row) => {
                let elements = row.try_get(0).asking(WHAT)?;
                texts.settings("every role", elements).await?
            }
            None => Vec::new(),
        };
        Ok(SettingsOfAllRoles {
            settings,
            notes: texts.notes,
        })
    })
    .await
}

async fn read_as_sent(
    client: &impl GenericClient,
    release: PgRelease,
) -> Result<DatabaseSettings, NodeError> {
    let sql = attributes_query(release.version_num());
    let row = client.query_one(&sql, &[]).await.asking(WHAT)?;
    let mut database = from_row(&row)?;
    let mut texts = SharedTexts::of(client).await?;
    let comment: Option<Vec<u8>> = row.try_get("comment").asking(WHAT)?;
    if let Some(comment) = comment {
        database.comment = texts.text("the comment on the database", comment).await?;
    }
    if row.try_get("has_privileges").asking(WHAT)? {
        database.privileges = Some(privileges(client).await?);
    }
    database.labels = labels(client, &mut texts).await?;
    settings(client, &mut database, &mut texts).await?;
    database.notes = texts.notes;
    Ok(database)
}

/// The columns for locales by version: ICU since 15, its rules since 16, one column for all providers since 17.
fn attributes_query(version: i32) -> String {
    let (provider, locale, rules) = match version {
        170_000.. => (
            "datlocprovider::pg_catalog.text",
            "datlocale",
            "daticurules",
        ),
        160_000.. => (
            "datlocprovider::pg_catalog.text",
            "daticulocale",
            "daticurules",
        ),
        150_000.. => (
            "datlocprovider::pg_catalog.text",
            "daticulocale",
            "NULL::pg_catalog.text",
        ),
        _ => (
            "NULL::pg_catalog.text",
            "NULL::pg_catalog.text",
            "NULL::pg_catalog.text",
        ),
    };
    include_str!("../sql/database_attributes.sql")
        .replace("/* provider */", provider)
        .replace("/* locale */", locale)
        .replace("/* rules */", rules)
}

fn from_row(row: &Row) -> Result<DatabaseSettings, NodeError> {
    let provider: Option<String> = row.try_get("provider").asking(WHAT)?;
    let provider = match provider {
        None => None,
        Some(letter) => {
            Some(
                LocaleProvider::from_letter(&letter).ok_or_else(|| NodeError::Answer {
                    what: WHAT,
                    reason: format!("the locale provider {letter:?} is unknown"),
                })?,
            )
        }
    };
    columns(row, provider).asking(WHAT)
}

fn columns(
    row: &Row,
    provider: Option<LocaleProvider>,
) -> Result<DatabaseSettings, tokio_postgres::Error> {
    Ok(DatabaseSettings {
        name: row.try_get("datname")?,
        owner: row.try_get("owner")?,
        encoding: row.try_get("encoding")?,
        locale: Locale {
            provider,
            collate: row.try_get("collate")?,
            ctype: row.try_get("ctype")?,
            locale: row.try_get("locale")?,
            icu_rules: row.try_get("rules")?,
        },
        tablespace: row.try_get("tablespace")?,
        connection_limit: row.try_get("datconnlimit")?,
        is_template: row.try_get("datistemplate")?,
        privileges: None,
        comment: None,
        labels: Vec::new(),
        settings: Vec::new(),
        role_settings: Vec::new(),
        notes: Vec::new(),
    })
}

async fn privileges(client: &impl GenericClient) -> Result<Vec<AclEntry>, NodeError> {
    let rows = client
        .query(include_str!("../sql/database_privileges.sql"), &[])
        .await
        .asking(WHAT)?;
    let entry = |row: &Row| {
        Ok(AclEntry {
            grantor: row.try_get("grantor")?,
            grantee: row.try_get("grantee")?,
            privilege: row.try_get("privilege_type")?,
            grantable: row.try_get("is_grantable")?,
        })
    };
    rows.iter()
        .map(entry)
        .collect::<Result<_, _>>()
        .asking(WHAT)
}

async fn labels<C: GenericClient>(
    client: &C,
    texts: &mut SharedTexts<'_, C>,
) -> Result<Vec<(String, String)>, NodeError> {
    let rows = client
        .query(include_str!("../sql/database_labels.sql"), &[])
        .await
        .asking(WHAT)?;
    let mut labels = Vec::new();
    for row in rows {
        let label = row.try_get(1).asking(WHAT)?;
        if let Some(label) = texts
            .text("a security label of the database", label)
            .await?
        {
            labels.push((row.try_get(0).asking(WHAT)?, label));
        }
    }
    Ok(labels)
}

async fn settings<C: GenericClient>(
    client: &C,
    database: &mut DatabaseSettings,
    texts: &mut SharedTexts<'_, C>,
) -> Result<(), NodeError> {
    let rows = client
        .query(include_str!("../sql/database_settings.sql"), &[])
        .await
        .asking(WHAT)?;
    for row in rows {
        let role: Option<String> = row.try_get(0).asking(WHAT)?;
        let elements: Vec<Vec<u8>> = row.try_get(1).asking(WHAT)?;
        let of = match &role {
            Some(role) => format!("the role \"{role}\" in the database"),
            None => "the database".to_owned(),
        };
        let settings = texts.settings(&of, elements).await?;
        match role {
            None => database.settings.extend(settings),
            Some(role) => database.role_settings.push(RoleSettings { role, settings }),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_asked_only_for_columns_it_has() {
        for (version, has, lacks) in [
            (
                90_200,
                "NULL::pg_catalog.text AS provider",
                "datlocprovider",
            ),
            (150_000, "daticulocale", "daticurules"),
            (160_000, "daticurules", "datlocale"),
            (180_000, "datlocale", "daticulocale"),
        ] {
            let sql = attributes_query(version);
            assert!(
                sql.contains(has) && !sql.contains(lacks) && !sql.contains("/*"),
                "{version}: {sql}"
            );
        }
    }
}
