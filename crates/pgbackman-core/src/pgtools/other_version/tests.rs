//! What becomes of statements on targets of other versions.

use std::collections::{BTreeMap, BTreeSet};

use super::fit::Script;
use super::statement::fit_of;
use super::*;
use crate::domain::pg_version::PgMajor;
use crate::pgtools::sql_statements::Statements;

fn knows(major: u16) -> Knows {
    let since_17 = |old: &str, new: &str| {
        let names = [Some(old), (major >= 17).then_some(new)];
        names.into_iter().flatten().map(str::to_owned).collect()
    };
    Knows {
        major: PgMajor::new(major),
        parameters: since_17("work_mem", "transaction_timeout"),
        compressions: BTreeSet::from(["lz4".to_owned(), "pglz".to_owned()]),
        roles: since_17("pg_monitor", "pg_maintain"),
        builtins: Box::default(),
        refused_settings: BTreeMap::from([("SET x TO 'bad'".to_owned(), "ERROR: no".to_owned())]),
        mapped_roles: BTreeMap::from([("old".to_owned(), "it's".to_owned())]),
        not_inheriting: BTreeSet::from(["late".to_owned()]),
    }
}

/// A target of this version with a few parameters, on which the role `late` does not inherit.
fn fitted(sql: &str, major: u16) -> Fitted {
    fit_text(sql, &knows(major)).unwrap()
}

/// The statement's words on this version.
pub(super) fn words(sql: &str, major: u16) -> String {
    let fitted = fitted(sql, major);
    assert!(fitted.refused.is_empty(), "{fitted:?}");
    let text = fitted.sql.unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn left_out(sql: &str, major: u16) -> String {
    let fitted = fitted(sql, major);
    assert_eq!((fitted.sql, fitted.refused.len()), (None, 0), "{sql}");
    fitted.left_out.concat()
}

pub(super) fn refused(sql: &str, major: u16) -> String {
    let fitted = fitted(sql, major);
    assert_eq!(fitted.refused.len(), 1, "{sql}: {fitted:?}");
    fitted.refused.concat()
}

#[test]
fn memberships_lose_options_that_say_nothing_and_are_refused_where_they_say_something() {
    let grant = |options: &str| format!("GRANT a TO b{options};");
    for same in ["", " WITH ADMIN OPTION", " GRANTED BY c"] {
        assert_eq!(words(&grant(same), 15), grant(same), "{same}");
    }
    // A grantor of a version before 16 may be somebody who could not be one since.
    assert_eq!(words(&grant(" GRANTED BY c"), 16), "GRANT a TO b ;");
    assert_eq!(
        words(&grant(" WITH ADMIN OPTION GRANTED BY c"), 18),
        "GRANT a TO b WITH ADMIN OPTION ;"
    );
    let of_16 = grant(" WITH ADMIN OPTION, INHERIT TRUE GRANTED BY c");
    assert_eq!(words(&of_16, 16), of_16);
    for (written, older) in [
        (" WITH INHERIT TRUE GRANTED BY c", " GRANTED BY c"),
        (
            " WITH ADMIN OPTION, INHERIT TRUE GRANTED BY \"with\"",
            " WITH ADMIN OPTION GRANTED BY \"with\"",
        ),
        (" WITH ADMIN FALSE, INHERIT TRUE, SET TRUE", ""),
        (" WITH ADMIN TRUE, SET TRUE", " WITH ADMIN OPTION"),
    ] {
        assert_eq!(
            words(&grant(written), 15).replace(" ;", ";"),
            grant(older),
            "{written}"
        );
        assert_eq!(words(&grant(written), 16), grant(written), "{written}");
    }
    assert_eq!(
        words("GRANT a TO late WITH INHERIT FALSE;", 14).replace(" ;", ";"),
        "GRANT a TO late;"
    );
    for differs in [" WITH INHERIT FALSE", " WITH ADMIN OPTION, SET FALSE"] {
        let why = refused(&grant(differs), 15);
        assert!(why.contains("\"b\" in \"a\""), "{why}");
        assert_eq!(words(&grant(differs), 16), grant(differs));
    }
    assert!(refused("GRANT a TO late WITH INHERIT TRUE;", 15).contains("INHERIT TRUE"));
    assert!(left_out("GRANT pg_maintain TO b;", 16).contains("pg_maintain"));
    assert_eq!(
        words("GRANT pg_monitor TO b;", 12),
        "GRANT pg_monitor TO b;"
    );
}

#[test]
fn settings_and_privileges_of_unknown_parameters_are_left_out_and_named() {
    for sql in [
        "ALTER ROLE \"x\" SET transaction_timeout TO '5s';",
        "ALTER DATABASE x SET \"transaction_timeout\" TO '5s';",
        "ALTER ROLE x IN DATABASE y SET transaction_timeout TO '5s';",
    ] {
        assert!(left_out(sql, 16).contains("transaction_timeout of \"x\""));
        assert_eq!(words(sql, 17), sql);
    }
    for sql in [
        "ALTER ROLE x SET \"app.custom\" TO 'y';",
        "ALTER ROLE x SET work_mem TO '1MB';",
        "ALTER DATABASE x SET TABLESPACE fast;",
        "ALTER DATABASE x OWNER TO y;",
        "ALTER ROLE x WITH NOSUPERUSER PASSWORD 'set';",
    ] {
        assert_eq!(words(sql, 12), sql);
    }
    let grant = "GRANT SET ON PARAMETER work_mem TO x;";
    assert!(left_out(grant, 14).contains("PARAMETER work_mem"));
    assert_eq!(words(grant, 15), grant);
    assert!(
        left_out("GRANT SET ON PARAMETER transaction_timeout TO x;", 15)
            .contains("transaction_timeout")
    );
    let prefixed = "REVOKE SET ON PARAMETER app.x FROM y;";
    assert_eq!(words(prefixed, 15), prefixed);
    assert!(left_out("GRANT SET ON PARAMETER \"app\".\"X\" TO y;", 14).contains("PARAMETER app.x"));
    let table = "GRANT SELECT ON TABLE parameter TO x;";
    assert_eq!(words(table, 12), table);
}

#[test]
fn databases_are_made_as_the_target_can() {
    let create =
        "CREATE DATABASE x WITH TEMPLATE = template0 LOCALE_PROVIDER = libc LOCALE = 'C.UTF-8';";
    assert_eq!(words(create, 15), create);
    assert_eq!(
        words(create, 14),
        "CREATE DATABASE x WITH TEMPLATE = template0 LOCALE = 'C.UTF-8';"
    );
    assert_eq!(
        words(create, 12),
        "CREATE DATABASE x WITH TEMPLATE = template0 LC_COLLATE = 'C.UTF-8' LC_CTYPE = 'C.UTF-8';"
    );
    let icu = "CREATE DATABASE \"X\" LOCALE_PROVIDER = icu ICU_LOCALE = 'und' ICU_RULES = '&a<b';";
    assert_eq!(words(icu, 16), icu);
    assert!(refused(icu, 15).contains("\"X\" with rules of ICU (since 16)"));
    assert!(refused(icu, 14).contains("(since 15)"));
    let builtin = "CREATE DATABASE x LOCALE_PROVIDER = 'builtin' BUILTIN_LOCALE = 'C.UTF-8';";
    assert_eq!(words(builtin, 17), builtin);
    assert!(refused(builtin, 16).contains("builtin provider (since 17)"));
}

#[test]
fn v8_statistics_that_a_server_cannot_take_are_left_out_of_a_whole_nodes_script() {
    let call = |function: &str| {
        format!("SELECT * FROM pg_catalog.{function}('version', '180004'::integer);")
    };
    for (function, since) in [
        ("pg_restore_relation_stats", 18),
        ("pg_restore_attribute_stats", 18),
        ("pg_restore_extended_stats", 19),
    ] {
        let sql = call(function);
        assert!(left_out(&sql, since - 1).contains("planner statistics"));
        assert_eq!(words(&sql, since), sql);
        assert_eq!(statistics_since(sql.as_bytes()), Some(PgMajor::new(since)));
    }
    let other = call("set_config");
    assert_eq!(words(&other, 12), other);
    assert_eq!(statistics_since(other.as_bytes()), None);
}

#[test]
fn the_statements_in_a_block_of_ours_are_fitted_where_they_stand() {
    let block = |inner: &str, with_else: &str| {
        format!(
            "DO $pgbackman$ BEGIN IF EXISTS (SELECT 1 WHERE 'a' = 'then') THEN {inner}; ELSE {with_else}; END IF; END $pgbackman$;"
        )
    };
    let written = block(
        "GRANT a TO b WITH ADMIN FALSE, INHERIT TRUE, SET TRUE GRANTED BY c",
        "GRANT a TO b WITH ADMIN TRUE, INHERIT TRUE, SET TRUE",
    );
    assert_eq!(
        words(&written, 15).replace(" ;", ";"),
        block(
            "GRANT a TO b GRANTED BY c",
            "GRANT a TO b WITH ADMIN OPTION"
        )
    );
    assert_eq!(words(&written, 16), written);
    let parameter = block("GRANT SET ON PARAMETER work_mem TO x", "SELECT 1");
    let fitted = fitted(&parameter, 14);
    assert_eq!(fitted.left_out.len(), 1);
    let text = fitted.sql.unwrap();
    assert!(
        text.contains("THEN NULL") && !text.contains("PARAMETER"),
        "{text}"
    );
    // What is in a constant is no statement.
    let password = block(
        "CREATE ROLE x PASSWORD 'GRANT pg_maintain TO x'",
        "SELECT 1",
    );
    assert_eq!(words(&password, 12), password);
    assert_eq!(
        refused(&block("GRANT a TO late WITH INHERIT TRUE", "SELECT 1"), 15)
            .matches("late")
            .count(),
        1
    );
}

#[test]
fn v1_what_stands_for_an_empty_list_becomes_one() {
    let of_pg_dumpall = |sql: &str| {
        let statement = Statements::new(sql.as_bytes())
            .read_next()
            .unwrap()
            .unwrap();
        let mut knows = knows(18);
        knows.parameters.insert("search_path".to_owned());
        match fit(&statement, &knows) {
            Fit::Changed(changes) => String::from_utf8(statement.whole_with(&changes)).unwrap(),
            Fit::Same => "same".to_owned(),
            other => format!("{other:?}"),
        }
    };
    for sql in [
        "ALTER ROLE fc SET search_path TO ;",
        "ALTER ROLE fc SET search_path TO NULL;",
        "ALTER ROLE fc IN DATABASE d SET search_path TO ;",
        "ALTER DATABASE d SET search_path TO NULL;",
    ] {
        let text = of_pg_dumpall(sql);
        let words: Vec<&str> = text.split_whitespace().collect();
        let alter = sql.split(" SET ").next().unwrap();
        assert!(
            words.join(" ").contains(&format!(
                "set_config('search_path', '', false); {alter} SET search_path FROM CURRENT; SELECT pg_catalog.set_config('search_path'"
            )),
            "{text}"
        );
    }
    // A list of one empty name, as it says; of a file of ours it cannot have been meant.
    assert_eq!(
        of_pg_dumpall("ALTER ROLE fc SET search_path TO '';"),
        "same"
    );
    assert_eq!(
        of_pg_dumpall("ALTER ROLE fc SET search_path TO 'a', '';"),
        "same"
    );
    let ours = |sql: &str| {
        let mut knows = knows(18);
        knows
            .parameters
            .insert("local_preload_libraries".to_owned());
        fit_text(sql, &knows).unwrap().sql.unwrap()
    };
    let setting = "ALTER ROLE fc SET \"local_preload_libraries\" TO ''";
    assert!(
        ours(setting)
            .contains("SELECT pg_catalog.set_config('local_preload_libraries', '', false)")
    );
    let block = ours(&format!(
        "DO $x$ BEGIN IF true THEN {setting}; END IF; END $x$"
    ));
    assert!(
        block.contains("PERFORM pg_catalog.set_config('local_preload_libraries', '', true)"),
        "{block}"
    );
    assert!(
        block.contains("FROM CURRENT") && !block.contains("TO ''"),
        "{block}"
    );
}

#[test]
fn v3_a_setting_that_was_refused_is_left_out_with_the_reason() {
    let mut knows = knows(18);
    knows.parameters.insert("x".to_owned());
    let fitted = fit_text("ALTER DATABASE d SET x TO 'bad'", &knows).unwrap();
    assert_eq!(
        (fitted.sql, fitted.left_out.concat()),
        (None, "the setting x of \"d\" (ERROR: no)".to_owned())
    );
    assert!(
        fit_text("ALTER DATABASE d SET x TO 'good'", &knows)
            .unwrap()
            .sql
            .is_some()
    );
}

#[test]
fn v5_strings_in_which_a_backslash_escapes_are_seen() {
    let escaping = |script: &str| {
        inspect(script.as_bytes(), &Server::of(19))
            .unwrap()
            .escaping_strings
    };
    assert!(escaping("SET standard_conforming_strings = off;\n"));
    assert!(!escaping("SET standard_conforming_strings = on;\n"));
}

#[test]
fn a_statement_is_looked_at_from_a_place_on() {
    let statement = Statements::new("IF x THEN GRANT a TO b WITH INHERIT TRUE".as_bytes())
        .read_next()
        .unwrap()
        .unwrap();
    let changed = fit_of(&statement, 3, &knows(15), Script::OurBlock);
    assert!(
        matches!(&changed, Fit::Changed(changes) if changes.iter().all(|(at, _)| (7..10).contains(at))),
        "{changed:?}"
    );
}

#[test]
fn an_archive_shows_what_it_needs_and_the_collations_it_uses() {
    let script = "CREATE TABLE t (a text COLLATE pg_catalog.\"nb-x-icu\", b text COLLATE public.own DEFAULT 'COLLATE pg_catalog.x');\n\
        CREATE UNIQUE INDEX i ON t USING btree (a COLLATE pg_catalog.\"C\") NULLS NOT DISTINCT;\n";
    let seen = inspect(script.as_bytes(), &Server::of(14)).unwrap();
    assert_eq!(
        seen.collations.into_iter().collect::<Vec<_>>(),
        ["C", "nb-x-icu"]
    );
    assert_eq!(seen.refused.len(), 1);
    assert!(
        inspect(script.as_bytes(), &Server::of(15))
            .unwrap()
            .refused
            .is_empty()
    );
}

#[test]
fn a_table_of_which_only_itself_is_changed_is_named_in_full() {
    let sql =
        "ALTER TABLE ONLY public.tm ADD CONSTRAINT k PRIMARY KEY (id, during WITHOUT OVERLAPS);";
    assert_eq!(
        refused(sql, 17),
        "a key WITHOUT OVERLAPS (public.tm) (since 18)"
    );
}
