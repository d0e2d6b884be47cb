//! The text of the roles file.
//!
//! Every statement that depends on what the target has is in a DO block, so that the file needs nothing of `psql` but
//! ON_ERROR_STOP. Names never are in comments: a newline in one would end the comment.

use std::fmt::Write as _;

use super::super::acl;
use super::super::raw_names::Names;
use super::memberships::in_grantable_order;
use super::needed::{DatabaseRoles, Membership, Role, SharedObject, SharedPrivileges};
use crate::pgtools::list_setting::Calling;
use crate::pgtools::quote::{identifier, literal};
use crate::secret::Secret;

impl DatabaseRoles {
    /// The file that recreates the roles, for `psql`. It holds password hashes.
    ///
    /// It runs as one transaction and stops at the first error (trap 6). A role that exists already is used as it is:
    /// neither its attributes nor its password nor its settings change, and of memberships between two such roles none is
    /// added.
    pub fn to_sql(&self) -> Secret {
        Secret::new(file(self))
    }
}

/// What stands before the roles.
const HEADER: &str = include_str!("../sql/roles/roles_file_header.sql");

/// The whole file.
pub(super) fn file(roles: &DatabaseRoles) -> String {
    let mut file = String::from(HEADER);
    for role in &roles.roles {
        file.push_str(&do_block(&(only_in(roles, role) + &role_block(role))));
    }
    for membership in in_grantable_order(&roles.memberships) {
        file.push_str(&do_block(&membership_block(membership)));
    }
    for role in &roles.roles {
        if !role.settings.is_empty() || !role.database_settings.is_empty() {
            file.push_str(&do_block(&settings_block(role, &roles.database)));
        }
    }
    for privileges in &roles.shared_privileges {
        file.push_str(&shared_blocks(privileges));
    }
    file.push_str("\nCOMMIT;\n");
    roles.names.declared(file)
}

/// Refuses to make a role under another name: where names are text in the database's encoding, a session of another encoding makes
/// other bytes of them, which the archive does not name.
fn only_in(roles: &DatabaseRoles, role: &Role) -> String {
    if roles.names == Names::AsTheyAre || role.name.is_ascii() {
        return String::new();
    }
    let encoding = &roles.encoding;
    let said = format!(
        "the name of the role {} is encoded in {encoding}, and a session of this database would read another name; run \
         this file in a database with the encoding {encoding}, or restore with --no-owner --no-privileges",
        role.name
    );
    format!(
        "  IF pg_catalog.current_setting('server_encoding') OPERATOR(pg_catalog.<>) {} THEN\n    RAISE EXCEPTION USING MESSAGE = {};\n  END IF;\n",
        literal(encoding),
        literal(&said)
    )
}

/// A DO block around PL/pgSQL statements, in dollar quotes that do not occur in them.
fn do_block(body: &str) -> String {
    let mut tag = "$pgbackman$".to_owned();
    let mut number = 0;
    while body.contains(&tag) {
        number += 1;
        tag = format!("$pgbackman{number}$");
    }
    format!("\nDO {tag}\nBEGIN\n{body}END\n{tag};\n")
}

/// Condition: the role did not exist before this file ran.
fn is_new(name: &str) -> String {
    format!(
        "NOT EXISTS (SELECT 1 FROM pg_temp.pgbackman_existing_roles WHERE rolname = {})",
        literal(name)
    )
}

/// Condition: the role exists now.
fn exists(name: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = {})",
        literal(name)
    )
}

/// One role with its comment and labels.
fn role_block(role: &Role) -> String {
    let name = identifier(&role.name);
    let mut body = format!(
        "  IF {} THEN\n    CREATE ROLE {name} WITH {};\n",
        is_new(&role.name),
        options(role)
    );
    if let Some(comment) = &role.comment {
        line(
            &mut body,
            4,
            &format!("COMMENT ON ROLE {name} IS {}", literal(comment)),
        );
    }
    for (provider, label) in &role.labels {
        let provider = identifier(provider);
        line(
            &mut body,
            4,
            &format!(
                "SECURITY LABEL FOR {provider} ON ROLE {name} IS {}",
                literal(label)
            ),
        );
    }
    body.push_str("  END IF;\n");
    body
}

/// A role's settings, once every role is there: `role` names one.
fn settings_block(role: &Role, database: &str) -> String {
    let name = identifier(&role.name);
    let mut body = format!("  IF {} THEN\n", is_new(&role.name));
    for setting in &role.settings {
        for statement in setting.statements(&format!("ALTER ROLE {name}"), Calling::PlPgSql) {
            line(&mut body, 4, &statement);
        }
    }
    if !role.database_settings.is_empty() {
        // The settings file has them too: usually the database is created after the roles.
        let condition = format!(
            "EXISTS (SELECT 1 FROM pg_catalog.pg_database WHERE datname = {})",
            literal(database)
        );
        let _ = writeln!(body, "    IF {condition} THEN");
        let alter = format!("ALTER ROLE {name} IN DATABASE {}", identifier(database));
        for setting in &role.database_settings {
            for statement in setting.statements(&alter, Calling::PlPgSql) {
                line(&mut body, 6, &statement);
            }
        }
        body.push_str("    END IF;\n");
    }
    body.push_str("  END IF;\n");
    body
}

/// The options of CREATE ROLE.
fn options(role: &Role) -> String {
    let attributes = role.attributes;
    let mut options: Vec<String> = [
        (attributes.superuser, "SUPERUSER"),
        (attributes.inherit, "INHERIT"),
        (attributes.create_role, "CREATEROLE"),
        (attributes.create_db, "CREATEDB"),
        (attributes.login, "LOGIN"),
        (attributes.replication, "REPLICATION"),
    ]
    .map(|(granted, name)| {
        if granted {
            name.to_owned()
        } else {
            format!("NO{name}")
        }
    })
    .into();
    if attributes.bypass_rls {
        options.push("BYPASSRLS".to_owned());
    }
    if role.connection_limit != -1 {
        options.push(format!("CONNECTION LIMIT {}", role.connection_limit));
    }
    if let Some(password) = &role.password {
        options.push(format!("PASSWORD {}", literal(password.expose())));
    }
    if let Some(until) = &role.valid_until {
        options.push(format!("VALID UNTIL {}", literal(until)));
    }
    options.join(" ")
}

/// One membership: where one of its two roles is new. The grantor is kept where the target accepts him: before 16 anybody
/// who exists, since then whoever holds the role with ADMIN OPTION.
fn membership_block(membership: &Membership) -> String {
    let (role, member) = (&membership.role, &membership.member);
    let mut grant = format!("GRANT {} TO {}", identifier(role), identifier(member));
    match membership.options {
        Some(options) => {
            let word = |option| if option { "TRUE" } else { "FALSE" };
            let (admin, inherit, set) = (
                word(membership.admin),
                word(options.inherit),
                word(options.set),
            );
            let _ = write!(grant, " WITH ADMIN {admin}, INHERIT {inherit}, SET {set}");
        }
        None if membership.admin => grant.push_str(" WITH ADMIN OPTION"),
        None => {}
    }
    let both_exist = format!("{} AND {}", exists(role), exists(member));
    let mut body = format!(
        "  IF ({} OR {})\n      AND {both_exist} THEN\n",
        is_new(role),
        is_new(member)
    );
    let granted_by_superuser = membership.by_bootstrap_superuser && membership.options.is_some();
    match membership
        .grantor
        .as_deref()
        .filter(|_| !granted_by_superuser)
    {
        Some(grantor) => {
            let _ = writeln!(body, "    IF {} THEN", may_grant(role, grantor));
            line(
                &mut body,
                6,
                &format!("{grant} GRANTED BY {}", identifier(grantor)),
            );
            body.push_str("    ELSE\n");
            line(&mut body, 6, &grant);
            body.push_str("    END IF;\n");
        }
        None => line(&mut body, 4, &grant),
    }
    body.push_str("  END IF;\n");
    body
}

/// Condition: the target lets this role appear as the grantor of that one.
fn may_grant(role: &str, grantor: &str) -> String {
    format!(
        "{}\n        AND (pg_catalog.current_setting('server_version_num')::pg_catalog.int4 < 160000\n          OR EXISTS \
         (SELECT 1 FROM pg_catalog.pg_auth_members a JOIN pg_catalog.pg_roles r ON r.oid = a.roleid\n            JOIN \
         pg_catalog.pg_roles m ON m.oid = a.member\n            WHERE a.admin_option AND r.rolname = {} AND m.rolname = \
         {}))",
        exists(grantor),
        literal(role),
        literal(grantor)
    )
}

/// Privileges on a parameter or tablespace of roles that are new, where the target has the object.
fn shared_blocks(privileges: &SharedPrivileges) -> String {
    let (object, present) = match &privileges.object {
        SharedObject::Parameter(name) => (
            format!("PARAMETER {}", parameter(name)),
            parameter_exists(name),
        ),
        SharedObject::Tablespace(name) => {
            let catalog = "SELECT 1 FROM pg_catalog.pg_tablespace WHERE spcname";
            (
                format!("TABLESPACE {}", identifier(name)),
                format!("EXISTS ({catalog} = {})", literal(name)),
            )
        }
    };
    let mut blocks = String::new();
    for grant in acl::grants(&object, &privileges.owner, &privileges.entries) {
        let grantee = grant.grantee.as_deref().unwrap_or_default();
        let mut body = format!("  IF {} AND {present} THEN\n", is_new(grantee));
        as_grantor(&mut body, grant.grantor.as_deref(), &grant.sql);
        body.push_str("  END IF;\n");
        blocks.push_str(&do_block(&body));
    }
    blocks
}

fn as_grantor(body: &mut String, grantor: Option<&str>, grant: &str) {
    if let Some(grantor) = grantor {
        line(
            body,
            4,
            &format!("SET LOCAL SESSION AUTHORIZATION {}", identifier(grantor)),
        );
    }
    line(body, 4, grant);
    if grantor.is_some() {
        line(body, 4, "SET LOCAL SESSION AUTHORIZATION DEFAULT");
    }
}

/// A parameter's name: `work_mem`, or the parts of `app.x` quoted one by one, as GRANT wants them.
fn parameter(name: &str) -> String {
    name.split('.')
        .map(identifier)
        .collect::<Vec<_>>()
        .join(".")
}

/// Condition: the target knows the parameter; one with a prefix needs no announcement.
fn parameter_exists(name: &str) -> String {
    if name.contains('.') {
        return "true".to_owned();
    }
    format!(
        "EXISTS (SELECT 1 FROM pg_catalog.pg_settings WHERE pg_catalog.lower(name) = {})",
        literal(name)
    )
}

fn line(body: &mut String, indent: usize, statement: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(body, "{:indent$}{statement};", "");
}

#[cfg(test)]
#[path = "render_tests.rs"]
mod tests;
