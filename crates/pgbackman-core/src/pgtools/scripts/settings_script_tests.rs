//! Settings files for another name.

use super::*;
use crate::domain::locale::LocaleProvider;
use crate::node::acl::AclEntry;
use crate::node::configuration::Setting;
use crate::node::raw_names::Names;
use crate::node::settings::{DatabaseSettings, Inside, Locale, RoleSettings};

const HOSTILE: &str = "odd \"db\"; DROP DATABASE x; -- it's \\";

fn database(name: &str) -> DatabaseSettings {
    let setting = |text: &str| Setting::from_element(text).unwrap();
    DatabaseSettings {
        name: name.to_owned(),
        owner: "database".to_owned(),
        encoding: "UTF8".to_owned(),
        names: Names::AsTheyAre,
        locale: Locale {
            provider: Some(LocaleProvider::Icu),
            collate: "nb_NO.UTF-8".to_owned(),
            ctype: "C".to_owned(),
            locale: Some("nb".to_owned()),
            icu_rules: None,
        },
        tablespace: Some("fast".to_owned()),
        connection_limit: 4,
        is_template: true,
        privileges: Some(vec![
            AclEntry {
                grantor: "database".to_owned(),
                grantee: Some("a role".to_owned()),
                privilege: "CONNECT".to_owned(),
                grantable: true,
            },
            AclEntry {
                grantor: "a role".to_owned(),
                grantee: None,
                privilege: "CONNECT".to_owned(),
                grantable: false,
            },
        ]),
        comment: Some(format!("on \"{name}\"; database \"{name}\"")),
        labels: Vec::new(),
        settings: vec![setting("search_path=\"database\", public")],
        inside: Inside::default(),
        notes: Vec::new(),
        role_settings: vec![RoleSettings {
            role: "in database".to_owned(),
            settings: vec![setting("work_mem=1MB")],
        }],
    }
}

fn wanted<'a>(name: &'a str, map: &'a dyn Fn(&str) -> Option<String>) -> Wanted<'a> {
    Wanted {
        name,
        map,
        owner: true,
        privileges: true,
        tablespace: true,
    }
}

#[test]
fn trap_9a_the_file_of_one_database_makes_another_and_nothing_else_changes() {
    for (source, target) in [
        ("shop", HOSTILE),
        (HOSTILE, "Shop"),
        ("postgres", "copy"),
        ("a", "template1"),
    ] {
        let original = database(source);
        let renamed = DatabaseSettings {
            name: target.to_owned(),
            ..original.clone()
        };
        let keep = |_: &str| None;
        let read_as_target = read(original.to_sql().as_bytes(), &wanted(target, &keep)).unwrap();
        let mut expected = read(renamed.to_sql().as_bytes(), &wanted(target, &keep)).unwrap();
        // A comment is text, in which no name is replaced.
        let comment = expected
            .settings
            .iter_mut()
            .find(|statement| statement.starts_with("COMMENT"))
            .unwrap();
        let quoted = identifier(target);
        assert!(comment.starts_with(&format!("COMMENT ON DATABASE {quoted} IS ")));
        *comment = read_as_target
            .settings
            .iter()
            .find(|statement| statement.starts_with("COMMENT"))
            .unwrap()
            .clone();
        let always_there = |name: &str| ["postgres", "template1"].contains(&name);
        if always_there(source) == always_there(target) {
            assert_eq!(read_as_target, expected, "{source} {target}");
        } else {
            assert_eq!(read_as_target.create, expected.create, "{source} {target}");
        }
        let create = read_as_target.create.unwrap();
        assert!(
            create.starts_with(&format!(
                "CREATE DATABASE {quoted} WITH TEMPLATE = template0 OWNER = \"database\" ENCODING = 'UTF8'"
            )),
            "{create}"
        );
        let options = read_as_target.options;
        assert_eq!(options.owner.as_deref(), Some("database"));
        assert_eq!(options.provider.as_deref(), Some("icu"));
        assert_eq!(options.collate.as_deref(), Some("nb_NO.UTF-8"));
        assert_eq!(options.locale.as_deref(), Some("nb"));
        assert_eq!(options.tablespace.as_deref(), Some("fast"));
        assert_eq!(
            read_as_target.roles.into_iter().collect::<Vec<_>>(),
            ["a role", "database", "in database"]
        );
    }
}

#[test]
fn roles_are_mapped_and_owner_privileges_and_tablespace_left_out() {
    let sql = database("shop").to_sql();
    let map = |name: &str| (name != "in database").then(|| format!("new {name}"));
    let read_mapped = read(sql.as_bytes(), &wanted("shop", &map)).unwrap();
    let all = read_mapped.settings.join("\n");
    assert!(
        read_mapped
            .create
            .unwrap()
            .contains("OWNER = \"new database\"")
    );
    for expected in [
        "TO \"new a role\" WITH GRANT OPTION",
        "SET SESSION AUTHORIZATION \"new a role\"",
        "FROM \"new database\"",
        "ALTER ROLE \"in database\" IN DATABASE \"shop\" SET",
        "SET \"search_path\" TO 'database', 'public'",
    ] {
        assert!(all.contains(expected), "{expected}: {all}");
    }
    let keep = |_: &str| None;
    let bare = Wanted {
        owner: false,
        privileges: false,
        tablespace: false,
        ..wanted("shop", &keep)
    };
    let read_bare = read(sql.as_bytes(), &bare).unwrap();
    let create = read_bare.create.unwrap();
    assert!(
        !create.contains("OWNER")
            && !create.contains("TABLESPACE")
            && create.contains("LC_CTYPE = 'C'"),
        "{create}"
    );
    let all = read_bare.settings.join("\n");
    assert!(
        !all.contains("GRANT") && !all.contains("AUTHORIZATION"),
        "{all}"
    );
    assert!(all.contains("CONNECTION LIMIT 4"), "{all}");
}

#[test]
fn the_file_of_1_x_is_understood() {
    let sql = "-- \n-- PgBackMan \n--\n\nBEGIN;\n\nCREATE DATABASE hr WITH TEMPLATE = template0 ENCODING = 'UTF8' \
               LOCALE_PROVIDER = libc LOCALE = 'C.UTF-8';\n\nCOMMIT;\n\n-- completed\n--\n";
    let keep = |_: &str| None;
    let read = read(sql.as_bytes(), &wanted("Other", &keep)).unwrap();
    assert_eq!(
        read.create.unwrap(),
        "CREATE DATABASE \"Other\" WITH TEMPLATE = template0 ENCODING = 'UTF8' LOCALE_PROVIDER = libc LOCALE = 'C.UTF-8'"
    );
    assert!(read.settings.is_empty());
    assert_eq!(read.options.ctype.as_deref(), Some("C.UTF-8"));
}

#[test]
fn what_is_run_inside_the_database_stands_apart_as_it_is() {
    for name in ["plain", "od'd \"d\u{fc}\""] {
        let mut database = database(name);
        database.inside = Inside {
            name: "seen".to_owned(),
            comment: Some("B\u{fc}cher".to_owned()),
            ..Inside::default()
        };
        let script = read(
            database.to_sql().as_bytes(),
            &Wanted {
                name: "copy",
                map: &|_| None,
                owner: true,
                privileges: true,
                tablespace: true,
            },
        )
        .unwrap();
        assert_eq!(
            script.inside,
            ["COMMENT ON DATABASE \"seen\" IS 'B\u{fc}cher'"]
        );
        let settings = script.settings.join("\n");
        assert!(!settings.contains("B\u{fc}cher"), "{settings}");
        assert!(settings.contains("ALTER DATABASE \"copy\""), "{settings}");
    }
}
