//! CSV and JSON read back by strict parsers, and filters that hold anything.

use std::fmt::Write as _;

use pgbackman_shell::lexer;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use serde_json::Value;

use super::fleet::{Fleet, quote, register};

/// Names that have gone wrong somewhere (trap 15).
pub(super) const HOSTILE: [&str; 14] = [
    "Orders",
    "two words",
    "it's",
    "say \"x\"",
    "back\\slash",
    "$(touch x)",
    "a;b",
    "50%",
    "-leading",
    "line\nbreak",
    "a,b",
    "all",
    "*",
    "Ørsta 日本 ΑΒΓ",
];

/// The rows of a CSV text by RFC 4180: CRLF after every record, quotes doubled inside quotes and nowhere else.
fn csv_rows(text: &str) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut row = Vec::new();
    let mut chars = text.chars().peekable();
    while chars.peek().is_some() {
        let mut field = String::new();
        if chars.next_if_eq(&'"').is_some() {
            loop {
                match chars.next().expect("a quote is not closed") {
                    '"' if chars.next_if_eq(&'"').is_some() => field.push('"'),
                    '"' => break,
                    c => field.push(c),
                }
            }
        } else {
            while let Some(c) = chars.next_if(|c| !matches!(c, ',' | '\r' | '\n')) {
                assert_ne!(c, '"', "a quote in a field without quotes: {text}");
                field.push(c);
            }
        }
        row.push(field);
        match chars.next().expect("the last record ends in CRLF") {
            ',' => {}
            '\r' => {
                assert_eq!(chars.next(), Some('\n'));
                rows.push(std::mem::take(&mut row));
            }
            other => panic!("{other:?} behind a field: {text}"),
        }
    }
    assert!(row.is_empty());
    rows
}

#[test]
fn trap_15_hostile_names_survive_registration_and_every_format() {
    let fleet = Fleet::with_databases(&HOSTILE);
    let registration = register(
        "#all_databases#",
        &[(3, "postgres"), (15, "re\"mark, 100%\nsecond line")],
    );
    let done = fleet.shell(&registration);
    assert_eq!(done.lines().count(), HOSTILE.len(), "{done}");

    let mut expected = HOSTILE.map(str::to_owned).to_vec();
    expected.sort();
    let sorted = |mut names: Vec<String>| {
        names.sort();
        names
    };

    let json: Value = serde_json::from_str(
        &fleet
            .sandbox
            .run(
                "pgbackman",
                ["-o", "json", "-C", "show_backup_definitions all all all"],
            )
            .success(),
    )
    .unwrap();
    let rows = json["backup_definitions"].as_array().unwrap();
    assert_eq!(
        sorted(
            rows.iter()
                .map(|row| row["dbname"].as_str().unwrap().to_owned())
                .collect()
        ),
        expected
    );
    assert!(rows.iter().all(|row| {
        row.as_object()
            .unwrap()
            .values()
            .all(|value| value.is_string() || value.is_null())
    }));

    let csv = fleet
        .sandbox
        .run(
            "pgbackman",
            ["-o", "csv", "-C", "show_backup_definitions all all all"],
        )
        .success();
    let rows = csv_rows(&csv);
    let column = rows[0].iter().position(|key| key == "dbname").unwrap();
    assert_eq!(
        sorted(rows[1..].iter().map(|row| row[column].clone()).collect()),
        expected
    );
    assert!(rows.iter().all(|row| row.len() == rows[0].len()));

    let table = fleet.shell("show_backup_definitions all all all");
    assert_eq!(
        table.lines().filter(|line| line.starts_with("| 0")).count(),
        HOSTILE.len(),
        "{table}"
    );
    assert!(table.contains("line\\nbreak"), "{table}");
}

#[test]
fn trap_15_a_filter_finds_each_hostile_name_and_nothing_else() {
    let fleet = Fleet::with_databases(&HOSTILE);
    fleet.shell(&register("#all_databases#", &[(3, "postgres")]));
    for name in HOSTILE {
        let in_list = format!("\"{}\"", name.replace('"', "\"\""));
        let command = format!("show_backup_definitions all all {}", quote(&in_list));
        let json = fleet
            .sandbox
            .run("pgbackman", ["-o", "json", "-C", &command])
            .success();
        let found: Value = serde_json::from_str(&json).unwrap();
        let rows = found["backup_definitions"].as_array().unwrap();
        assert_eq!(rows.len(), 1, "{name:?}: {json}");
        assert_eq!(rows[0]["dbname"], name);
    }
}

#[test]
fn an_empty_list_is_an_empty_list_in_every_format() {
    let fleet = Fleet::new();
    for list in [
        "show_backup_definitions all all all",
        "show_backup_catalog all all all all all",
        "show_jobs_queue",
    ] {
        let json = fleet
            .sandbox
            .run("pgbackman", ["-o", "json", "-C", list])
            .success();
        let value: Value = serde_json::from_str(&json).unwrap();
        let (_, rows) = value.as_object().unwrap().iter().next().unwrap();
        assert_eq!(rows, &Value::Array(Vec::new()), "{list}");
        let csv = fleet
            .sandbox
            .run("pgbackman", ["-o", "csv", "-C", list])
            .success();
        assert_eq!(csv_rows(&csv).len(), 1, "{csv}");
    }
}

#[test]
fn trap_17_a_filter_that_matches_nothing_shows_nothing_whatever_it_contains() {
    let fleet = Fleet::with_databases(&["shop"]);
    fleet.shell(&register("shop", &[]));
    let everything = fleet.query("SELECT count(*) FROM backup_definition");
    let values = prop_oneof![
        any::<String>(),
        "['\";$\\\\%_() \\n\\r\\t-]{1,12}",
        Just("' OR '1'='1".to_owned()),
        Just("x'; DELETE FROM backup_definition; --".to_owned()),
        Just("$1".to_owned()),
    ];
    // One session for all cases: a process for each would be most of the test's time.
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(200));
    let mut script = String::from("set output_format=json\n");
    let mut lists = 0;
    let strategy = (values.clone(), values.clone(), values);
    for _ in 0..200 {
        let (server, node, dbname) = strategy.new_tree(&mut runner).unwrap().current();
        if [&server, &node, &dbname]
            .iter()
            .any(|value| value.contains('\0'))
        {
            continue;
        }
        // In double quotes any text is one name; the prefix keeps it from being an ID or a name that exists.
        let name = |text: &str| lexer::quote(&format!("\"~{}\"", text.replace('"', "\"\"")));
        let (server, node, dbname) = (name(&server), name(&node), name(&dbname));
        let _ = write!(
            script,
            "show_backup_definitions {server} all all\nshow_backup_definitions all {node} all\n\
             show_backup_definitions all all {dbname}\n"
        );
        lists += 3;
    }
    let output = fleet
        .sandbox
        .run_with_input("pgbackman", ["--keep-going"], script.as_bytes());
    let empty = output
        .stdout
        .matches("{\"backup_definitions\": []}")
        .count();
    assert_eq!(empty, lists, "{}\n{}", output.stdout, output.stderr);
    assert_eq!(
        fleet.query("SELECT count(*) FROM backup_definition"),
        everything
    );
    assert_eq!(output.code, 0, "{}", output.stderr);
}
