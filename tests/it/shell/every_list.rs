//! Every command that shows something: its formats, for hostile names and for nothing at all, and its filters.

use std::fmt::Write as _;

use pgbackman_shell::commands;
use pgbackman_shell::declaration::spec::Spec;
use pgbackman_shell::line::lexer;
use pgbackman_shell::values::kind::Kind;
use pgbackman_tests::sandbox::Sandbox;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;

use super::fleet::Fleet;
use super::formats::HOSTILE;
use super::scene;
use super::strict::{Shown, with_words};

/// What shows rows; the lines of the session are text in every format.
fn shows() -> impl Iterator<Item = &'static Spec> {
    commands::all()
        .map(|entry| entry.spec)
        .filter(|spec| spec.name.starts_with("show_") && spec.name != "show_history")
}

/// Those that take a filter of databases.
fn lists() -> impl Iterator<Item = &'static Spec> {
    shows().filter(|spec| takes(spec, Kind::DatabaseFilter))
}

fn takes(spec: &Spec, kind: Kind) -> bool {
    spec.parameters
        .iter()
        .any(|parameter| parameter.kind == kind)
}

fn result(spec: &Spec) -> &str {
    spec.name.trim_start_matches("show_")
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names.dedup();
    names
}

/// A name as the only one of a filter, as a word of a line.
fn only(name: &str) -> String {
    lexer::quote(&format!("\"{}\"", name.replace('"', "\"\"")))
}

#[test]
fn trap_15_every_list_shows_hostile_names_as_they_are_in_csv_and_json() {
    let fleet = scene::with_rows_everywhere(&HOSTILE);
    let expected = sorted(HOSTILE.map(str::to_owned).to_vec());
    let mut with_names = 0;
    for spec in shows() {
        let shown = Shown::by(&fleet.sandbox, result(spec), &with_words(spec, "all"));
        assert!(!shown.rows.is_empty(), "{}: nothing to compare", spec.name);
        for key in ["dbname", "target_dbname"] {
            let Some(mut names) = shown.column(key).filter(|_| shown.rows.len() > 1) else {
                continue;
            };
            // The node's own database has no definition either.
            names.retain(|name| name != "postgres");
            assert_eq!(sorted(names), expected, "{} {key}", spec.name);
            with_names += 1;
        }
    }
    assert!(with_names >= 9, "only {with_names} lists had names");
}

#[test]
fn trap_15_a_filter_finds_each_hostile_name_and_nothing_else_in_every_list() {
    let fleet = scene::with_rows_everywhere(&HOSTILE);
    let mut compared = 0;
    for spec in lists() {
        for name in HOSTILE {
            let words = spec
                .parameters
                .iter()
                .map(|parameter| match parameter.kind {
                    Kind::DatabaseFilter => only(name),
                    _ => "all".to_owned(),
                });
            let line: Vec<String> = std::iter::once(spec.name.to_owned()).chain(words).collect();
            let shown = Shown::by(&fleet.sandbox, result(spec), &line.join(" "));
            let names = shown
                .column("dbname")
                .or_else(|| shown.column("target_dbname"))
                .unwrap();
            assert_eq!(sorted(names), [name], "{}", spec.name);
            compared += 1;
        }
    }
    assert!(compared >= 5 * HOSTILE.len(), "{compared}");
}

#[test]
fn nothing_is_an_empty_list_in_every_format() {
    let sandbox = Sandbox::new();
    sandbox
        .shell("register_backup_server backup01 example.net ''")
        .success();
    sandbox
        .shell("register_pgsql_node pg-node01 example.net 5432 postgres STOPPED ''")
        .success();
    let mut empty = Vec::new();
    for spec in shows() {
        let command = with_words(spec, "all");
        let of_one = [Kind::BckId, Kind::RestoreId, Kind::DefId];
        if of_one.iter().any(|kind| takes(spec, *kind)) {
            let said = sandbox.shell(&command).failure();
            assert!(said.contains("does not exist"), "{}: {said}", spec.name);
            continue;
        }
        let shown = Shown::by(&sandbox, result(spec), &command);
        assert!(!shown.keys.is_empty(), "{}", spec.name);
        if shown.rows.is_empty() {
            empty.push(spec.name);
            let table = sandbox.shell(&command).success();
            let borders = table.lines().filter(|line| line.starts_with("+-")).count();
            assert_eq!(borders, 3, "{table}");
        }
    }
    for list in [
        "show_backup_catalog",
        "show_backup_definitions",
        "show_backups_in_progress",
        "show_databases_without_backup_definitions",
        "show_empty_backup_catalogs",
        "show_jobs_queue",
        "show_restore_catalog",
        "show_restore_definitions",
        "show_restores_in_progress",
        "show_snapshot_definitions",
        "show_snapshots_in_progress",
    ] {
        assert!(empty.contains(&list), "{list}: {empty:?}");
    }
}

/// The tables that an operator's line may change, as one number.
fn contents(fleet: &Fleet) -> String {
    fleet.query(
        "SELECT md5(string_agg(row, '|' ORDER BY row)) FROM (
             SELECT t::text AS row FROM backup_definition AS t UNION ALL
             SELECT t::text FROM snapshot_definition AS t UNION ALL
             SELECT t::text FROM restore_definition AS t UNION ALL
             SELECT t::text FROM backup_catalog AS t UNION ALL
             SELECT t::text FROM restore_catalog AS t UNION ALL
             SELECT t::text FROM catalog_entries_to_delete AS t
         ) AS rows",
    )
}

/// Texts that would mean something if SQL or a list were made of them; in double quotes each is one name, and the prefix
/// keeps it from being an ID or a name that exists.
fn names_of_nothing(cases: u32) -> Vec<String> {
    let values = prop_oneof![
        any::<String>(),
        "['\";$\\\\%_() \\n\\r\\t-]{1,12}",
        Just("' OR '1'='1".to_owned()),
        Just("x'; DELETE FROM backup_definition; --".to_owned()),
        Just("$1".to_owned()),
        Just("%".to_owned()),
    ];
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(cases));
    (0..cases)
        .map(|_| values.new_tree(&mut runner).unwrap().current())
        .filter(|value| !value.contains('\0'))
        .map(|value| only(&format!("~{value}")))
        .collect()
}

#[test]
fn trap_17_a_filter_that_matches_nothing_shows_nothing_or_is_refused_whatever_it_contains() {
    let fleet = scene::with_rows_everywhere(&["shop"]);
    let before = contents(&fleet);
    // One session for all cases: a process for each would be most of the test's time.
    let mut script = String::from("set output_format=json\n");
    let (mut expected, mut refused) = (Vec::new(), 0);
    for name in names_of_nothing(60) {
        for spec in lists() {
            let filters = spec.parameters.iter().map(|parameter| parameter.kind);
            let of_names = filters.enumerate().filter(|(_, kind)| {
                matches!(
                    kind,
                    Kind::ServerFilter | Kind::NodeFilter | Kind::DatabaseFilter
                )
            });
            for (place, kind) in of_names {
                script.push_str(spec.name);
                for position in 0..spec.parameters.len() {
                    let word = if position == place {
                        name.as_str()
                    } else {
                        "all"
                    };
                    let _ = write!(script, " {word}");
                }
                script.push('\n');
                // A server or node must exist; a database may exist without the catalogue knowing of it.
                if kind == Kind::DatabaseFilter {
                    expected.push(format!("{{\"{}\": []}}", result(spec)));
                } else {
                    refused += 1;
                }
            }
        }
    }
    assert!(expected.len() > 60 * 6 && refused > 60 * 8, "{refused}");
    let output = fleet
        .sandbox
        .run_with_input("pgbackman", ["--keep-going"], script.as_bytes());
    let shown: Vec<&str> = output.stdout.lines().skip(1).collect();
    assert_eq!(shown, expected, "{}", output.stderr);
    let errors = output
        .stderr
        .matches("does not exist in the catalogue")
        .count();
    assert_eq!(errors, refused, "{}", output.stderr);
    assert_ne!(output.code, 0);
    assert_eq!(contents(&fleet), before);
}

#[test]
fn trap_17_what_matches_nothing_is_neither_moved_nor_deleted_whatever_it_contains() {
    let fleet = scene::with_rows_everywhere(&["shop"]);
    let before = contents(&fleet);
    let names = names_of_nothing(60);
    let mut script = String::new();
    for name in &names {
        let _ = write!(
            script,
            "move_backup_definition 1 2 all {name} \"\"\n\
             move_backup_definition 1 2 {name} all \"\"\n\
             delete_backup_definition_dbname 2 {name} force-deletion\n"
        );
    }
    let output = fleet
        .sandbox
        .run_with_input("pgbackman", ["--keep-going"], script.as_bytes());
    assert_eq!(output.stdout, "");
    let said = |what: &str| output.stderr.matches(what).count();
    assert_eq!(said("No backup definition was moved"), names.len());
    assert_eq!(said("No backup definition was deleted"), names.len());
    assert_eq!(said("[ERROR]"), 3 * names.len(), "{}", output.stderr);
    assert_ne!(output.code, 0);
    assert_eq!(contents(&fleet), before);
}
