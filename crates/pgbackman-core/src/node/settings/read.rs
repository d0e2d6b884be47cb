//! Reads the settings of the database a client is connected to.

use tokio_postgres::{GenericClient, Row};

use super::super::acl::AclEntry;
use super::super::raw_names::{self, Names};
use super::super::shared_text::{SharedSettings, SharedText, SharedTexts};
use super::super::{Asking, NodeError, databases};
use super::database::{DatabaseSettings, Locale, RoleSettings, SettingsOfAllRoles};
use super::inside::Inside;
use crate::domain::locale::LocaleProvider;
use crate::domain::pg_version::PgRelease;

const WHAT: &str = "the database's settings";

/// Reads everything about the database but its contents, in the client's transaction.
pub async fn read(
    client: &impl GenericClient,
    release: PgRelease,
) -> Result<DatabaseSettings, NodeError> {
    raw_names::reading_names(client, async |client, names| {
        read_as_sent(client, release, names).await
    })
    .await
}

/// Reads what is set for every role in every database.
pub async fn of_all_roles(client: &impl GenericClient) -> Result<SettingsOfAllRoles, NodeError> {
    raw_names::reading(client, async |client| {
        let sql = include_str!("../sql/settings/settings_of_all_roles.sql");
        let row = client.query_opt(sql, &[]).await.asking(WHAT)?;
        let mut texts = SharedTexts::of(client).await?;
        let settings = match row {
            Some(row) => {
                let elements = row.try_get(0).asking(WHAT)?;
                texts.settings("every role", false, elements).await?
            }
            None => SharedSettings::default(),
        };
        Ok(SettingsOfAllRoles {
            settings: settings.anywhere,
            inside: settings.inside,
            database: databases::current(client).await?.name,
            notes: texts.notes,
        })
    })
    .await
}

async fn read_as_sent(
    client: &impl GenericClient,
    release: PgRelease,
    names: Names,
) -> Result<DatabaseSettings, NodeError> {
    let sql = attributes_query(release.version_num());
    let row = client.query_one(&sql, &[]).await.asking(WHAT)?;
    let mut database = from_row(&row, names)?;
    let mut texts = SharedTexts::of(client).await?;
    let comment: Option<Vec<u8>> = row.try_get("comment").asking(WHAT)?;
    let seen = texts.seen_name(&database.name, names).await?;
    texts.is_inside_possible = seen.is_some() && !database.name.contains(['\n', '\r']);
    database.inside.name = seen.unwrap_or_default();
    if let Some(comment) = comment {
        match texts.text("the comment on the database", comment).await? {
            Some(SharedText::Anywhere(text)) => database.comment = Some(text),
            Some(SharedText::Inside(text)) => database.inside.comment = Some(text),
            None => {}
        }
    }
    if row.try_get("has_privileges").asking(WHAT)? {
        database.privileges = Some(privileges(client).await?);
    }
    labels(client, &mut database, &mut texts).await?;
    settings(client, &mut database, &mut texts, names).await?;
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
    include_str!("../sql/settings/database_attributes.sql")
        .replace("/* provider */", provider)
        .replace("/* locale */", locale)
        .replace("/* rules */", rules)
}

fn from_row(row: &Row, names: Names) -> Result<DatabaseSettings, NodeError> {
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
    columns(row, provider, names).asking(WHAT)
}

fn columns(
    row: &Row,
    provider: Option<LocaleProvider>,
    names: Names,
) -> Result<DatabaseSettings, tokio_postgres::Error> {
    Ok(DatabaseSettings {
        name: row.try_get("datname")?,
        owner: row.try_get("owner")?,
        encoding: row.try_get("encoding")?,
        names,
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
        inside: Inside::default(),
        notes: Vec::new(),
    })
}

async fn privileges(client: &impl GenericClient) -> Result<Vec<AclEntry>, NodeError> {
    let rows = client
        .query(include_str!("../sql/settings/database_privileges.sql"), &[])
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
    database: &mut DatabaseSettings,
    texts: &mut SharedTexts<'_, C>,
) -> Result<(), NodeError> {
    let rows = client
        .query(include_str!("../sql/settings/database_labels.sql"), &[])
        .await
        .asking(WHAT)?;
    for row in rows {
        let (provider, label) = (row.try_get(0).asking(WHAT)?, row.try_get(1).asking(WHAT)?);
        let what = "a security label of the database";
        match texts.text(what, label).await? {
            Some(SharedText::Anywhere(label)) => database.labels.push((provider, label)),
            Some(SharedText::Inside(label)) => database.inside.labels.push((provider, label)),
            None => {}
        }
    }
    Ok(())
}

async fn settings<C: GenericClient>(
    client: &C,
    database: &mut DatabaseSettings,
    texts: &mut SharedTexts<'_, C>,
    names: Names,
) -> Result<(), NodeError> {
    let rows = client
        .query(include_str!("../sql/settings/database_settings.sql"), &[])
        .await
        .asking(WHAT)?;
    for row in rows {
        let role: Option<String> = row.try_get(0).asking(WHAT)?;
        let elements: Vec<Vec<u8>> = row.try_get(1).asking(WHAT)?;
        let of = match &role {
            Some(role) => format!("the role \"{role}\" in the database"),
            None => "the database".to_owned(),
        };
        let settings = texts.settings(&of, false, elements).await?;
        let Some(role) = role else {
            database.settings.extend(settings.anywhere);
            database.inside.settings.extend(settings.inside);
            continue;
        };
        if !settings.inside.is_empty() {
            match texts.seen_name(&role, names).await? {
                Some(seen) => database.inside.role_settings.push((seen, settings.inside)),
                None => texts.notes.push(format!(
                    "left out, because the name of the role \"{role}\" is not valid in the database's encoding: its \
                     settings in the database that are outside ASCII"
                )),
            }
        }
        database.role_settings.push(RoleSettings {
            role,
            settings: settings.anywhere,
        });
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
