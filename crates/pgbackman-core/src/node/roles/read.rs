//! Reads the roles of the database a client is connected to.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::{GenericClient, Row};

use super::super::acl::AclEntry;
use super::super::raw_names::{self, Names};
use super::super::settings::RoleTexts;
use super::super::shared_text::{SharedText, SharedTexts};
use super::super::{Asking, NodeError, databases};
use super::names::{nowhere_else, refuse_names_without_text};
use super::needed::{
    Attributes, DatabaseRoles, InheritSet, Membership, Role, SharedObject, SharedPrivileges,
};
use super::sources;
use crate::domain::pg_version::PgRelease;
use crate::secret::Secret;

const WHAT: &str = "the roles the database needs";

/// What is in the notes when password hashes are hidden from us.
const NO_PASSWORDS: &str =
    "the backup does not contain the passwords of the roles: only a superuser may read them";

/// Reads every role the database needs, in the client's transaction.
pub async fn read(
    client: &impl GenericClient,
    release: PgRelease,
) -> Result<DatabaseRoles, NodeError> {
    raw_names::reading_names(client, async |client, names| {
        read_as_sent(client, release, names).await
    })
    .await
}

async fn read_as_sent(
    client: &impl GenericClient,
    release: PgRelease,
    names: Names,
) -> Result<DatabaseRoles, NodeError> {
    let database = databases::current(client).await?.name;
    let needed = oids(client, &sources::needed_roles(release)).await?;
    let mut texts = SharedTexts::of(client).await?;
    if names == Names::AsTheyAre {
        refuse_names_without_text(client, &needed, texts.encoding()).await?;
    }
    let (predefined_oids, predefined) = predefined(client).await?;
    let own: Vec<u32> = needed
        .iter()
        .copied()
        .filter(|oid| !predefined_oids.contains(oid))
        .collect();
    let with_passwords = may_read_passwords(client).await?;
    let mut inside = BTreeMap::new();
    let mut found = Found {
        texts: &mut texts,
        inside: &mut inside,
    };
    let mut roles = attributes(client, release, &own, with_passwords, &mut found).await?;
    settings(client, &own, &mut roles, &mut found).await?;
    labels(client, &own, &mut roles, &mut found).await?;
    let inside = seen(inside, &roles, &mut texts, names).await?;
    let mut shared_privileges = shared(
        client,
        include_str!("../sql/roles/tablespace_privileges.sql"),
        &own,
        SharedObject::Tablespace,
    )
    .await?;
    if release.version_num() >= 150_000 {
        let sql = include_str!("../sql/roles/parameter_privileges.sql");
        shared_privileges.extend(shared(client, sql, &own, SharedObject::Parameter).await?);
    }
    let mut notes = Vec::new();
    if !with_passwords {
        notes.push(NO_PASSWORDS.to_owned());
    }
    if names == Names::AsTheDatabaseSees {
        let named = roles.values().map(|role| role.name.as_str());
        notes.extend(nowhere_else(client, named, texts.encoding()).await?);
    }
    let encoding = texts.encoding().to_owned();
    notes.append(&mut texts.notes);
    Ok(DatabaseRoles {
        database,
        encoding,
        names,
        roles: roles.into_values().collect(),
        memberships: memberships(client, release, &needed).await?,
        shared_privileges,
        predefined,
        inside,
        notes,
    })
}

/// Texts of roles as they are read.
struct Found<'f, 'c, C> {
    texts: &'f mut SharedTexts<'c, C>,
    /// What only a session of the database can give, by OID.
    inside: &'f mut BTreeMap<u32, RoleTexts>,
}

/// What only a session of the database can give, with the roles as the database sees them.
async fn seen<C: GenericClient>(
    inside: BTreeMap<u32, RoleTexts>,
    roles: &BTreeMap<u32, Role>,
    texts: &mut SharedTexts<'_, C>,
    names: Names,
) -> Result<Vec<RoleTexts>, NodeError> {
    let mut seen = Vec::new();
    for (oid, found) in inside {
        let Some(role) = roles.get(&oid) else {
            continue;
        };
        match texts.seen_name(&role.name, names).await? {
            Some(name) => seen.push(RoleTexts {
                role: name,
                ..found
            }),
            None => texts.notes.push(format!(
                "left out, because the name of the role \"{}\" is not valid in the database's encoding: its comment, \
                 labels and settings that are not valid UTF-8",
                role.name
            )),
        }
    }
    Ok(seen)
}

async fn oids(client: &impl GenericClient, sql: &str) -> Result<Vec<u32>, NodeError> {
    let rows = client.query(sql, &[]).await.asking(WHAT)?;
    rows.iter()
        .map(|row| row.try_get(0))
        .collect::<Result<_, _>>()
        .asking(WHAT)
}

/// OIDs and encoded names of the roles that come with the server.
async fn predefined(
    client: &impl GenericClient,
) -> Result<(BTreeSet<u32>, BTreeSet<Vec<u8>>), NodeError> {
    let rows = client
        .query(include_str!("../sql/roles/predefined_roles.sql"), &[])
        .await
        .asking(WHAT)?;
    let pair = |row: &Row| Ok((row.try_get(0)?, row.try_get(2)?));
    let pairs: Vec<(u32, Vec<u8>)> = rows
        .iter()
        .map(pair)
        .collect::<Result<_, _>>()
        .asking(WHAT)?;
    Ok(pairs.into_iter().unzip())
}

async fn may_read_passwords(client: &impl GenericClient) -> Result<bool, NodeError> {
    let sql = "SELECT pg_catalog.has_table_privilege('pg_catalog.pg_authid', 'SELECT')";
    client
        .query_one(sql, &[])
        .await
        .asking(WHAT)?
        .try_get(0)
        .asking(WHAT)
}

/// The roles by OID.
async fn attributes<C: GenericClient>(
    client: &C,
    release: PgRelease,
    oids: &[u32],
    with_passwords: bool,
    found: &mut Found<'_, '_, C>,
) -> Result<BTreeMap<u32, Role>, NodeError> {
    let (catalog, password) = if with_passwords {
        ("pg_catalog.pg_authid", "r.rolpassword")
    } else {
        ("pg_catalog.pg_roles", "NULL::pg_catalog.text")
    };
    let bypass_rls = if release.version_num() >= 90_500 {
        "r.rolbypassrls"
    } else {
        "false"
    };
    let sql = include_str!("../sql/roles/role_attributes.sql")
        .replace("/* catalog */", catalog)
        .replace("/* password */", password)
        .replace("/* bypass_rls */", bypass_rls);
    let rows = client.query(&sql, &[&oids]).await.asking(WHAT)?;
    let mut roles = BTreeMap::new();
    for row in rows {
        let (oid, mut role) = role_from_row(&row).asking(WHAT)?;
        let comment: Option<Vec<u8>> = row.try_get("comment").asking(WHAT)?;
        if let Some(comment) = comment {
            let what = format!("the comment on the role \"{}\"", role.name);
            match found.texts.of_role(&what, comment).await? {
                Some(SharedText::Anywhere(text)) => role.comment = Some(text),
                Some(SharedText::Inside(text)) => {
                    found.inside.entry(oid).or_default().comment = Some(text);
                }
                None => {}
            }
        }
        roles.insert(oid, role);
    }
    Ok(roles)
}

fn role_from_row(row: &Row) -> Result<(u32, Role), tokio_postgres::Error> {
    let password: Option<String> = row.try_get("password")?;
    let role = Role {
        name: row.try_get("rolname")?,
        encoded_name: row.try_get("encoded")?,
        attributes: Attributes {
            superuser: row.try_get("rolsuper")?,
            inherit: row.try_get("rolinherit")?,
            create_role: row.try_get("rolcreaterole")?,
            create_db: row.try_get("rolcreatedb")?,
            login: row.try_get("rolcanlogin")?,
            replication: row.try_get("rolreplication")?,
            bypass_rls: row.try_get("rolbypassrls")?,
        },
        connection_limit: row.try_get("rolconnlimit")?,
        valid_until: row.try_get("valid_until")?,
        password: password.map(Secret::new),
        comment: None,
        labels: Vec::new(),
        settings: Vec::new(),
        database_settings: Vec::new(),
    };
    Ok((row.try_get("oid")?, role))
}

async fn settings<C: GenericClient>(
    client: &C,
    oids: &[u32],
    roles: &mut BTreeMap<u32, Role>,
    found: &mut Found<'_, '_, C>,
) -> Result<(), NodeError> {
    let rows = client
        .query(include_str!("../sql/roles/role_settings.sql"), &[&oids])
        .await
        .asking(WHAT)?;
    for row in rows {
        let elements: Vec<Vec<u8>> = row.try_get(2).asking(WHAT)?;
        let oid = row.try_get(0).asking(WHAT)?;
        let Some(role) = roles.get_mut(&oid) else {
            continue;
        };
        let of = format!("the role \"{}\"", role.name);
        let in_database: bool = row.try_get(1).asking(WHAT)?;
        let settings = found.texts.settings(&of, !in_database, elements).await?;
        if in_database {
            // The settings file has those that are set in a session of the database.
            role.database_settings.extend(settings.anywhere);
            continue;
        }
        role.settings.extend(settings.anywhere);
        if !settings.inside.is_empty() {
            let inside = found.inside.entry(oid).or_default();
            inside.settings.extend(settings.inside);
        }
    }
    Ok(())
}

async fn labels<C: GenericClient>(
    client: &C,
    oids: &[u32],
    roles: &mut BTreeMap<u32, Role>,
    found: &mut Found<'_, '_, C>,
) -> Result<(), NodeError> {
    let rows = client
        .query(include_str!("../sql/roles/role_labels.sql"), &[&oids])
        .await
        .asking(WHAT)?;
    for row in rows {
        let oid = row.try_get(0).asking(WHAT)?;
        if let Some(role) = roles.get_mut(&oid) {
            let what = format!("a security label of the role \"{}\"", role.name);
            let provider = row.try_get(1).asking(WHAT)?;
            let label = row.try_get(2).asking(WHAT)?;
            match found.texts.of_role(&what, label).await? {
                Some(SharedText::Anywhere(label)) => role.labels.push((provider, label)),
                Some(SharedText::Inside(label)) => {
                    let inside = found.inside.entry(oid).or_default();
                    inside.labels.push((provider, label));
                }
                None => {}
            }
        }
    }
    Ok(())
}

async fn memberships(
    client: &impl GenericClient,
    release: PgRelease,
    members: &[u32],
) -> Result<Vec<Membership>, NodeError> {
    let has_options = release.version_num() >= 160_000;
    let options = if has_options {
        "a.inherit_option, a.set_option"
    } else {
        "NULL::pg_catalog.bool AS inherit_option, NULL::pg_catalog.bool AS set_option"
    };
    let sql = include_str!("../sql/roles/role_memberships.sql").replace("/* options */", options);
    let rows = client.query(&sql, &[&members]).await.asking(WHAT)?;
    rows.iter()
        .map(membership_from_row)
        .collect::<Result<_, _>>()
        .asking(WHAT)
}

fn membership_from_row(row: &Row) -> Result<Membership, tokio_postgres::Error> {
    let options: (Option<bool>, Option<bool>) =
        (row.try_get("inherit_option")?, row.try_get("set_option")?);
    Ok(Membership {
        role: row.try_get(0)?,
        member: row.try_get(1)?,
        grantor: row.try_get(2)?,
        by_bootstrap_superuser: row.try_get("by_bootstrap_superuser")?,
        admin: row.try_get("admin_option")?,
        options: options
            .0
            .zip(options.1)
            .map(|(inherit, set)| InheritSet { inherit, set }),
    })
}

/// Privileges on parameters or tablespaces, gathered per object; the rows come in order of object.
async fn shared(
    client: &impl GenericClient,
    sql: &str,
    oids: &[u32],
    object: impl Fn(String) -> SharedObject,
) -> Result<Vec<SharedPrivileges>, NodeError> {
    let rows = client.query(sql, &[&oids]).await.asking(WHAT)?;
    let mut gathered: Vec<SharedPrivileges> = Vec::new();
    for row in &rows {
        let object = object(row.try_get(0).asking(WHAT)?);
        let entry = acl_entry(row).asking(WHAT)?;
        match gathered.last_mut().filter(|last| last.object == object) {
            Some(last) => last.entries.push(entry),
            None => gathered.push(SharedPrivileges {
                object,
                owner: row.try_get("owner").asking(WHAT)?,
                entries: vec![entry],
            }),
        }
    }
    Ok(gathered)
}

fn acl_entry(row: &Row) -> Result<AclEntry, tokio_postgres::Error> {
    Ok(AclEntry {
        grantor: row.try_get("grantor")?,
        grantee: Some(row.try_get("grantee")?),
        privilege: row.try_get("privilege_type")?,
        grantable: row.try_get("is_grantable")?,
    })
}
