//! Hostile names from their registration to every format.

use serde_json::Value;

use super::fleet::{Fleet, quote, register};
use super::strict::csv_rows;

/// Names that have gone wrong somewhere (trap 15).
pub(super) const HOSTILE: [&str; 15] = [
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
    // 63 bytes, as long as a name may be.
    "øøøøøøøøøøøøøøøøøøøøøøøøøøøøøøøx",
];

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
