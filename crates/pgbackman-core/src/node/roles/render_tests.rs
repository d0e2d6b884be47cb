//! The roles file's text, without a server.

use std::collections::BTreeSet;

use super::*;
use crate::node::acl::AclEntry;
use crate::node::configuration::Setting;
use crate::node::roles::{Attributes, InheritSet};
use crate::secret::Secret;

fn role(name: &str) -> Role {
    Role {
        name: name.to_owned(),
        encoded_name: name.as_bytes().to_vec(),
        attributes: Attributes {
            superuser: false,
            inherit: true,
            create_role: false,
            create_db: true,
            login: true,
            replication: false,
            bypass_rls: false,
        },
        connection_limit: -1,
        valid_until: None,
        password: None,
        comment: None,
        labels: Vec::new(),
        settings: Vec::new(),
        database_settings: Vec::new(),
    }
}

fn roles(roles: Vec<Role>, memberships: Vec<Membership>) -> DatabaseRoles {
    DatabaseRoles {
        encoding: "UTF8".to_owned(),
        names: Names::AsTheyAre,
        database: "shop".to_owned(),
        roles,
        memberships,
        shared_privileges: Vec::new(),
        predefined: BTreeSet::from([b"pg_monitor".to_vec()]),
        inside: Vec::new(),
        notes: Vec::new(),
    }
}

#[test]
fn a_role_is_created_with_everything_that_belongs_to_it_unless_it_exists() {
    let role = Role {
        connection_limit: 3,
        valid_until: Some("infinity".to_owned()),
        password: Some(Secret::new("SCRAM-SHA-256$x")),
        comment: Some("it's\nmine".to_owned()),
        labels: vec![("dummy".to_owned(), "secret".to_owned())],
        settings: vec![Setting {
            name: "work_mem".to_owned(),
            value: "1MB".to_owned(),
        }],
        database_settings: vec![Setting {
            name: "app.x".to_owned(),
            value: "y".to_owned(),
        }],
        ..role("O'Brien")
    };
    let sql = file(&roles(vec![role], Vec::new()));
    for expected in [
        "IF NOT EXISTS (SELECT 1 FROM pg_temp.pgbackman_existing_roles WHERE rolname = 'O''Brien') THEN\n    CREATE ROLE \
         \"O'Brien\" WITH NOSUPERUSER INHERIT NOCREATEROLE CREATEDB LOGIN NOREPLICATION CONNECTION LIMIT 3 PASSWORD \
         'SCRAM-SHA-256$x' VALID UNTIL 'infinity';",
        "ALTER ROLE \"O'Brien\" SET \"work_mem\" TO '1MB';",
        "COMMENT ON ROLE \"O'Brien\" IS 'it''s\nmine';",
        "SECURITY LABEL FOR \"dummy\" ON ROLE \"O'Brien\" IS 'secret';",
        "ALTER ROLE \"O'Brien\" IN DATABASE \"shop\" SET \"app.x\" TO 'y';",
        "\\set ON_ERROR_STOP on",
    ] {
        assert!(sql.contains(expected), "{expected} is not in\n{sql}");
    }
    assert!(sql.ends_with("\nCOMMIT;\n"));
}

#[test]
fn trap_15_a_name_cannot_leave_its_block() {
    let sql = file(&roles(
        vec![role("x$pgbackman$; DROP TABLE t; --")],
        Vec::new(),
    ));
    assert!(
        sql.contains("\nDO $pgbackman1$\n") && !sql.contains("\nDO $pgbackman$\n"),
        "{sql}"
    );
}

#[test]
fn trap_32_the_file_is_a_secret() {
    let roles = roles(
        vec![Role {
            password: Some(Secret::new("md5hash")),
            ..role("a")
        }],
        Vec::new(),
    );
    assert!(
        !format!("{roles:?}").contains("md5hash")
            && !format!("{:?}", roles.to_sql()).contains("md5hash")
    );
}

#[test]
fn memberships_keep_their_options_and_their_grantor_where_the_target_can() {
    let membership = Membership {
        role: "r".to_owned(),
        member: "m".to_owned(),
        grantor: Some("g".to_owned()),
        by_bootstrap_superuser: false,
        admin: true,
        options: Some(InheritSet {
            inherit: false,
            set: true,
        }),
    };
    let sql = file(&roles(Vec::new(), vec![membership.clone()]));
    let grant = "GRANT \"r\" TO \"m\" WITH ADMIN TRUE, INHERIT FALSE, SET TRUE";
    assert!(
        sql.contains(&format!("{grant} GRANTED BY \"g\";"))
            && sql.contains(&format!("ELSE\n      {grant};")),
        "{sql}"
    );

    let by_superuser = Membership {
        by_bootstrap_superuser: true,
        ..membership.clone()
    };
    assert!(!file(&roles(Vec::new(), vec![by_superuser.clone()])).contains("GRANTED BY"));

    let old = Membership {
        options: None,
        ..by_superuser
    };
    assert!(
        file(&roles(Vec::new(), vec![old]))
            .contains("GRANT \"r\" TO \"m\" WITH ADMIN OPTION GRANTED BY \"g\";")
    );
}

#[test]
fn privileges_on_shared_objects_are_granted_where_the_target_has_them() {
    let entry = |grantor: &str, grantee: &str, grantable| AclEntry {
        grantor: grantor.to_owned(),
        grantee: Some(grantee.to_owned()),
        privilege: "SET".to_owned(),
        grantable,
    };
    let with_privileges = DatabaseRoles {
        shared_privileges: vec![SharedPrivileges {
            object: SharedObject::Parameter("app.x".to_owned()),
            owner: "postgres".to_owned(),
            entries: vec![entry("a", "b", false), entry("postgres", "a", true)],
        }],
        ..roles(Vec::new(), Vec::new())
    };
    let sql = file(&with_privileges);
    let first = sql
        .find("GRANT SET ON PARAMETER \"app\".\"x\" TO \"a\" WITH GRANT OPTION;")
        .unwrap();
    let second = sql
        .find("SET LOCAL SESSION AUTHORIZATION \"a\";\n    GRANT SET ON PARAMETER")
        .unwrap();
    assert!(first < second);
}

#[test]
fn roles_an_archive_names_are_missing_unless_they_are_in_the_file_or_come_with_the_server() {
    let mut known = role("Müller");
    known.encoded_name = b"M\xfcller".to_vec();
    let roles = roles(vec![known], Vec::new());
    let names = |names: &[&[u8]]| {
        names
            .iter()
            .map(|name| name.to_vec())
            .collect::<BTreeSet<_>>()
    };
    assert!(
        roles
            .missing(&names(&[b"M\xfcller", b"pg_monitor"]))
            .is_empty()
    );
    assert_eq!(roles.missing(&names(&[b"M\xfcller", b"other"])), ["other"]);
    assert_eq!(roles.names(), ["Müller"]);
}
