//! The settings file's text, without a server.

use super::*;
use crate::node::acl::AclEntry;
use crate::node::configuration::Setting;
use crate::node::raw_names::Names;
use crate::node::settings::{Inside, RoleSettings};

fn database(name: &str) -> DatabaseSettings {
    DatabaseSettings {
        name: name.to_owned(),
        owner: "bob".to_owned(),
        encoding: "UTF8".to_owned(),
        names: Names::AsTheyAre,
        locale: Locale {
            provider: None,
            collate: "C".to_owned(),
            ctype: "C.UTF-8".to_owned(),
            locale: None,
            icu_rules: None,
        },
        tablespace: None,
        connection_limit: -1,
        is_template: false,
        privileges: None,
        comment: None,
        labels: Vec::new(),
        settings: Vec::new(),
        role_settings: Vec::new(),
        inside: Inside::default(),
        notes: Vec::new(),
    }
}

/// The statements after the header.
fn statements(database: &DatabaseSettings) -> String {
    file(database).strip_prefix(HEADER).unwrap().to_owned()
}

#[test]
fn trap_9a_owner_limit_and_settings_are_kept_and_names_are_quoted() {
    let full = DatabaseSettings {
        tablespace: Some("Fast".to_owned()),
        connection_limit: 7,
        is_template: true,
        comment: Some("it's".to_owned()),
        labels: vec![("dummy".to_owned(), "l".to_owned())],
        settings: vec![Setting {
            name: "search_path".to_owned(),
            value: "a, \"B\"".to_owned(),
        }],
        role_settings: vec![RoleSettings {
            role: "Al".to_owned(),
            settings: vec![Setting {
                name: "work_mem".to_owned(),
                value: "1MB".to_owned(),
            }],
        }],
        ..database("Orders")
    };
    assert_eq!(
        statements(&full),
        "CREATE DATABASE \"Orders\" WITH TEMPLATE = template0 OWNER = \"bob\" ENCODING = 'UTF8' LC_COLLATE = 'C' LC_CTYPE = \
         'C.UTF-8' TABLESPACE = \"Fast\";\n\
         ALTER DATABASE \"Orders\" CONNECTION LIMIT 7;\n\
         ALTER DATABASE \"Orders\" SET \"search_path\" TO 'a', 'B';\n\
         ALTER ROLE \"Al\" IN DATABASE \"Orders\" SET \"work_mem\" TO '1MB';\n\
         COMMENT ON DATABASE \"Orders\" IS 'it''s';\n\
         SECURITY LABEL FOR \"dummy\" ON DATABASE \"Orders\" IS 'l';\n\
         ALTER DATABASE \"Orders\" WITH IS_TEMPLATE true;\n"
    );
}

#[test]
fn each_locale_provider_has_options_of_its_own() {
    let with = |provider, locale: &str, rules: Option<&str>| {
        let mut database = database("d");
        database.locale.provider = Some(provider);
        database.locale.locale = Some(locale.to_owned());
        database.locale.icu_rules = rules.map(str::to_owned);
        statements(&database)
    };
    let icu = with(LocaleProvider::Icu, "de-AT", Some("& V < W"));
    assert!(
        icu.contains(" LOCALE_PROVIDER = icu ")
            && icu.contains(" ICU_LOCALE = 'de-AT' ICU_RULES = '& V < W';")
    );
    assert!(
        with(LocaleProvider::Libc, "", None).contains("'UTF8' LOCALE_PROVIDER = libc LC_COLLATE")
    );
    let builtin = with(LocaleProvider::Builtin, "C.UTF-8", None);
    assert!(
        builtin.contains(" LOCALE_PROVIDER = builtin ")
            && builtin.contains(" BUILTIN_LOCALE = 'C.UTF-8';")
    );
}

#[test]
fn privileges_replace_the_default_ones_and_keep_their_grantors() {
    let entry = |grantor: &str, grantee: Option<&str>, grantable| AclEntry {
        grantor: grantor.to_owned(),
        grantee: grantee.map(str::to_owned),
        privilege: "CONNECT".to_owned(),
        grantable,
    };
    let sql = statements(&DatabaseSettings {
        privileges: Some(vec![entry("bob", Some("a"), true), entry("a", None, false)]),
        ..database("d")
    });
    assert!(sql.ends_with(
        "REVOKE ALL ON DATABASE \"d\" FROM PUBLIC;\n\
         REVOKE ALL ON DATABASE \"d\" FROM \"bob\";\n\
         GRANT CONNECT ON DATABASE \"d\" TO \"a\" WITH GRANT OPTION;\n\
         SET SESSION AUTHORIZATION \"a\";\n\
         GRANT CONNECT ON DATABASE \"d\" TO PUBLIC;\n\
         RESET SESSION AUTHORIZATION;\n"
    ));
}

#[test]
fn trap_9b_a_database_that_is_there_gets_its_owner_and_what_follows() {
    let sql = DatabaseSettings {
        connection_limit: 7,
        ..database("postgres")
    }
    .for_existing();
    assert_eq!(
        sql,
        "ALTER DATABASE \"postgres\" OWNER TO \"bob\";\nALTER DATABASE \"postgres\" CONNECTION LIMIT 7;\n"
    );
}

#[test]
fn a_database_every_cluster_has_is_completed() {
    let sql = statements(&database("postgres"));
    assert!(
        sql.starts_with("SELECT 'CREATE DATABASE \"postgres\" WITH"),
        "{sql}"
    );
    assert!(
        sql.contains("\\gexec\nALTER DATABASE \"postgres\" OWNER TO \"bob\";\n"),
        "{sql}"
    );
}
