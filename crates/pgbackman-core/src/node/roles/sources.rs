//! The query for the roles that a database needs.
//!
//! `pg_shdepend` is the first source: the server keeps it complete for every role that could be dropped, and for this
//! database alone, so that the cost does not depend on the others. It does not know roles that cannot be dropped (the
//! bootstrap superuser, predefined roles), and a subscription's owner only as the cluster's; those, and whatever a damaged
//! `pg_shdepend` lacks, come from the owners and privileges in the catalogs. For most roles either would do. Built from constants; the only thing that varies is the server's version.

use crate::domain::pg_version::PgRelease;

/// Objects below this OID came with the server (`FirstNormalObjectId`); they count only where their privileges were
/// changed.
const FIRST_NORMAL_OID: &str = "16384";

/// A column that names the owner of each row's object: first version, catalog, column.
const OWNERS: &[(i32, &str, &str)] = &[
    (0, "pg_class", "relowner"),
    (0, "pg_proc", "proowner"),
    (0, "pg_type", "typowner"),
    (0, "pg_namespace", "nspowner"),
    (0, "pg_operator", "oprowner"),
    (0, "pg_opclass", "opcowner"),
    (0, "pg_opfamily", "opfowner"),
    (0, "pg_conversion", "conowner"),
    (0, "pg_collation", "collowner"),
    (0, "pg_language", "lanowner"),
    (0, "pg_foreign_data_wrapper", "fdwowner"),
    (0, "pg_foreign_server", "srvowner"),
    (0, "pg_extension", "extowner"),
    (0, "pg_ts_dict", "dictowner"),
    (0, "pg_ts_config", "cfgowner"),
    (0, "pg_largeobject_metadata", "lomowner"),
    (0, "pg_default_acl", "defaclrole"),
    (90_300, "pg_event_trigger", "evtowner"),
    (100_000, "pg_statistic_ext", "stxowner"),
    (100_000, "pg_publication", "pubowner"),
];

/// A column of privileges: first version, catalog, column.
const PRIVILEGES: &[(i32, &str, &str)] = &[
    (0, "pg_class", "relacl"),
    (0, "pg_proc", "proacl"),
    (0, "pg_type", "typacl"),
    (0, "pg_namespace", "nspacl"),
    (0, "pg_language", "lanacl"),
    (0, "pg_foreign_data_wrapper", "fdwacl"),
    (0, "pg_foreign_server", "srvacl"),
    (0, "pg_largeobject_metadata", "lomacl"),
];

/// The server's own dependencies of this database on roles: objects in it (`dbid`), and the database itself.
const DEPENDENCIES: &str = include_str!("../sql/roles/roles_from_dependencies.sql");

/// Owner of the database, and everybody in its privileges.
const DATABASE: &str = include_str!("../sql/roles/roles_of_database.sql");

/// Owners of the tablespaces in use, and everybody in their privileges.
const TABLESPACES: &str = include_str!("../sql/roles/roles_of_tablespaces.sql");

/// Grantees and grantors of column privileges.
const COLUMNS: &str = include_str!("../sql/roles/roles_of_columns.sql");

/// Grantees of default privileges; the roles whose they are, are their owners.
const DEFAULT_PRIVILEGES: &str = include_str!("../sql/roles/roles_of_default_privileges.sql");

/// Roles of row security policies (since 9.5).
const POLICIES: &str = include_str!("../sql/roles/roles_of_policies.sql");

/// Roles with settings of their own in this database.
const SETTINGS: &str = include_str!("../sql/roles/roles_with_settings.sql");

/// Owner of the schema `public`: since 15 any but `pg_database_owner` is one that somebody gave it, and the archive names
/// it.
const SCHEMA_PUBLIC: &str = include_str!("../sql/roles/owner_of_schema_public.sql");

/// Owners of the database's subscriptions (since 10), which belong to the cluster's catalogs.
const SUBSCRIPTIONS: &str = include_str!("../sql/roles/owners_of_subscriptions.sql");

/// Roles with a user mapping; the catalog itself shows its options to superusers only, the view does not.
const USER_MAPPINGS: &str = include_str!("../sql/roles/roles_of_user_mappings.sql");

/// The query: OIDs of all roles the database needs, with those they are members of, transitively, and who granted that.
pub(super) fn needed_roles(release: PgRelease) -> String {
    let version = release.version_num();
    let mut sources: Vec<String> = [
        DEPENDENCIES,
        DATABASE,
        TABLESPACES,
        COLUMNS,
        DEFAULT_PRIVILEGES,
        USER_MAPPINGS,
        SETTINGS,
    ]
    .map(str::to_owned)
    .into();
    if version >= 90_500 {
        sources.push(POLICIES.to_owned());
    }
    if version >= 100_000 {
        sources.push(SUBSCRIPTIONS.to_owned());
    }
    if version >= 150_000 {
        sources.push(SCHEMA_PUBLIC.to_owned());
    }
    let present = |since: &i32| version >= *since;
    sources.extend(
        OWNERS
            .iter()
            .filter(|(since, ..)| present(since))
            .map(|(_, catalog, owner)| owners(catalog, owner)),
    );
    let granted = PRIVILEGES.iter().filter(|(since, ..)| present(since));
    sources.extend(granted.map(|(_, catalog, acl)| privileges(catalog, acl, version)));
    include_str!("../sql/roles/needed_roles.sql")
        .replace("/* sources */", &sources.join("\nUNION\n"))
}

fn owners(catalog: &str, owner: &str) -> String {
    format!(
        "SELECT {owner} FROM pg_catalog.{catalog} WHERE oid OPERATOR(pg_catalog.>=) {FIRST_NORMAL_OID}"
    )
}

/// Grantees and grantors; objects that came with the server only where their privileges are no longer the initial ones
/// (known since 9.6).
fn privileges(catalog: &str, acl: &str, version: i32) -> String {
    let changed = if version >= 90_600 {
        include_str!("../sql/roles/privileges_changed.sql")
            .replace("/* catalog */", catalog)
            .replace("/* acl */", acl)
    } else {
        "false".to_owned()
    };
    format!(
        "SELECT pg_catalog.unnest(ARRAY[(a.item).grantee, (a.item).grantor])\nFROM (SELECT \
         pg_catalog.aclexplode({acl}) AS item FROM pg_catalog.{catalog} o WHERE {acl} IS NOT NULL AND (o.oid OPERATOR(pg_catalog.>=) \
         {FIRST_NORMAL_OID} OR {changed})) a"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_asked_only_for_catalogs_it_has() {
        let query = |release: &str| needed_roles(release.parse().unwrap());
        assert!(!query("9.2.24").contains("pg_policy") && query("9.5.25").contains("pg_policy"));
        assert!(
            !query("9.2.24").contains("pg_event_trigger")
                && query("9.3.25").contains("pg_event_trigger")
        );
        assert!(
            !query("9.5.25").contains("pg_init_privs") && query("9.6.24").contains("pg_init_privs")
        );
        assert!(
            !query("9.6.24").contains("pg_publication")
                && query("10.23").contains("pg_publication")
        );
        assert!(!query("18.4").contains("/*"), "a placeholder was left");
    }
}
