//! What commands answer programs with (`json2`): every answer fits its schema, and says what the list for people says.

use std::path::Path;

use boon::{Compiler, SchemaIndex, Schemas};
use chrono::{DateTime, Utc};
use pgbackman_shell::commands::{self, Answer};
use pgbackman_shell::declaration::spec::Spec;
use pgbackman_shell::output::Type;
use pgbackman_shell::values::kind::Kind;
use pgbackman_tests::demo_fleet::DemoFleet;
use pgbackman_tests::sandbox::Sandbox;
use serde_json::Value;

use super::formats::HOSTILE;
use super::scene;
use super::strict::with_words;

/// The committed schemas, and each command's.
struct Contract {
    schemas: Schemas,
    answers: Vec<(Answer, SchemaIndex)>,
}

impl Contract {
    fn read() -> Self {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/schemas");
        let mut schemas = Schemas::new();
        let mut compiler = Compiler::new();
        compiler.enable_format_assertions();
        let answers = commands::answers().into_iter().map(|answer| {
            let file = directory.join(format!("{}.json", answer.spec.name));
            let index = compiler
                .compile(file.to_str().unwrap(), &mut schemas)
                .unwrap_or_else(|error| panic!("{}: {error:#}", file.display()));
            (answer, index)
        });
        let answers = answers.collect();
        Self { schemas, answers }
    }

    #[track_caller]
    fn check(&self, name: &str, index: SchemaIndex, value: &Value) {
        if let Err(error) = self.schemas.validate(value, index) {
            panic!("{name}: {error:#}\n{value:#}");
        }
    }
}

/// The command, for everything there is.
fn line(spec: &Spec) -> String {
    match spec.name {
        "set" => "set".to_owned(),
        _ => with_words(spec, "all"),
    }
}

fn run(sandbox: &Sandbox<'_>, format: &str, command: &str) -> Value {
    let output = sandbox
        .run("pgbackman", ["-o", format, "-C", command])
        .success();
    serde_json::from_str(&output).unwrap_or_else(|error| panic!("{command}: {error}: {output}"))
}

/// The rows of a command for programs, which fit its schema; none where the one thing it shows does not exist.
fn rows(sandbox: &Sandbox<'_>, contract: &Contract, answer: &(Answer, SchemaIndex)) -> Vec<Value> {
    let (answer, index) = answer;
    let value = run(sandbox, "json2", &line(answer.spec));
    contract.check(answer.spec.name, *index, &value);
    value["rows"].as_array().unwrap().clone()
}

/// A duration as lists show it, in seconds.
fn seconds_of(shown: &str) -> Option<i64> {
    let (days, clock) = shown.split_once(", ").unwrap_or(("0", shown));
    let days: i64 = days.split(' ').next()?.parse().ok()?;
    let parts: Vec<i64> = clock
        .split(':')
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    let [hours, minutes, seconds] = parts[..] else {
        return None;
    };
    Some(((days * 24 + hours) * 60 + minutes) * 60 + seconds)
}

/// Says whether a value for programs is the one that a list shows; nothing where the list shows another form of it.
fn same(kind: Type, shown: &str, value: &Value) -> Option<bool> {
    match kind {
        Type::Text => Some(value == shown),
        Type::Integer => Some(value.as_i64() == shown.parse().ok()),
        Type::Time => {
            let shown = DateTime::parse_from_str(shown, "%Y-%m-%d %H:%M:%S%:z").ok()?;
            let value = DateTime::parse_from_rfc3339(value.as_str()?).ok()?;
            Some(value.timestamp() == shown.timestamp())
        }
        Type::Seconds => {
            let shown = seconds_of(shown)?;
            #[allow(clippy::cast_precision_loss)] // small numbers
            Some((value.as_f64()? - shown as f64).abs() <= 0.5)
        }
        Type::Boolean => Some(value.as_bool() == shown.parse().ok()),
        Type::Texts => {
            let texts: Option<Vec<&str>> = value.as_array()?.iter().map(Value::as_str).collect();
            Some(texts?.join(", ") == shown)
        }
        Type::Bytes | Type::Parameter(_) => None,
    }
}

/// Keys under which the table has more than the value: its ID, size or age beside it.
const COMBINED: [&str; 9] = [
    "backup_server",
    "pgsql_node",
    "target_pgsql_node",
    "db_dump_file",
    "db_roles_dump_file",
    "db_config_dump_file",
    "files",
    "code",
    "free",
];

#[test]
fn every_answer_fits_its_schema_and_says_what_the_list_says() {
    let contract = Contract::read();
    let mut names = HOSTILE.to_vec();
    names.push("123");
    let fleet = scene::with_rows_everywhere(&names);
    let mut compared = [0; 5];
    for answer in &contract.answers {
        let (Answer { spec, fields }, _) = answer;
        let typed = rows(&fleet.sandbox, &contract, answer);
        let shown = run(&fleet.sandbox, "json", &line(spec));
        let (_, shown) = shown.as_object().unwrap().iter().next().unwrap();
        let shown = shown.as_array().unwrap();
        assert_eq!(typed.len(), shown.len(), "{}", spec.name);
        assert!(!typed.is_empty(), "{}: nothing to compare", spec.name);
        for (typed, shown) in typed.iter().zip(shown) {
            for (key, text) in shown.as_object().unwrap() {
                let field = fields.iter().find(|field| field.key == key);
                let field = field.unwrap_or_else(|| panic!("{}: no {key}", spec.name));
                // What is run once stays DEFINED in JSON; JSON 2 says how it ended, and why.
                let runs_once = matches!(
                    spec.name,
                    "show_snapshot_definitions" | "show_restore_definitions"
                );
                if runs_once && key == "status" && text == "DEFINED" {
                    let ends = ["DEFINED", "SUCCEEDED", "WARNING", "ERROR"];
                    let status = typed[key].as_str().unwrap();
                    assert!(ends.contains(&status), "{}: {status}", spec.name);
                    continue;
                }
                if runs_once && key == "problem" {
                    continue;
                }
                let Some(text) = text.as_str().filter(|text| !text.is_empty()) else {
                    // An empty list is known to be empty.
                    let nothing = [Value::Null, Value::Array(Vec::new()), "".into()];
                    let value = &typed[key];
                    assert!(nothing.contains(value), "{} {key}: {value}", spec.name);
                    continue;
                };
                // The format itself is a setting.
                let is_format = spec.name == "set" && text == "json";
                if COMBINED.contains(&key.as_str()) || key == "elapsed_time" || is_format {
                    continue;
                }
                let Some(same) = same(field.kind, text, &typed[key]) else {
                    continue;
                };
                assert!(same, "{} {key}: {text:?} and {}", spec.name, typed[key]);
                let place = match field.kind {
                    Type::Text => 0,
                    Type::Integer => 1,
                    Type::Time => 2,
                    Type::Seconds => 3,
                    _ => 4,
                };
                compared[place] += 1;
            }
        }
    }
    assert!(
        compared[0] > 300
            && compared[1] > 300
            && compared[2] > 60
            && compared[3] > 20
            && compared[4] > 5,
        "{compared:?}"
    );
}

#[test]
fn the_database_123_is_a_string_and_its_numbers_are_numbers() {
    let fleet = scene::with_rows_everywhere(&["123"]);
    fleet.query(
        "UPDATE backup_catalog SET pg_dump_file_size = 1649267441664, pg_dump_roles_file_size = 5,
             duration = interval '1 day 00:00:06.25', finished = '2026-11-21 04:48:12.5+00',
             role_list = ARRAY['a, b', '123']
         WHERE bck_id = 1",
    );
    let row = |command: &str| run(&fleet.sandbox, "json2", command)["rows"][0].clone();
    let listed = row("show_backup_catalog all all 123 all ERROR");
    assert_eq!(listed["bck_id"], 1);
    assert_eq!(listed["dbname"], "123");
    assert_eq!(listed["size"], 1_649_267_441_669_i64);
    assert_eq!(listed["duration"], 86_406.25);
    assert_eq!(
        DateTime::parse_from_rfc3339(listed["finished"].as_str().unwrap()),
        DateTime::parse_from_rfc3339("2026-11-21T04:48:12.5+00:00")
    );
    let details = row("show_backup_details 1");
    assert_eq!(details["db_dump_size"], 1_649_267_441_664_i64);
    assert_eq!(details["role_list"], serde_json::json!(["a, b", "123"]));
    assert_eq!(details["retention_redundancy"], 1);
    assert_eq!(details["snapshot_id"], Value::Null);
    let config = run(&fleet.sandbox, "json2", "show_pgsql_node_config 1");
    let value = |parameter: &str| {
        let rows = config["rows"].as_array().unwrap();
        let row = rows.iter().find(|row| row["parameter"] == parameter);
        row.unwrap()["value"].clone()
    };
    assert_eq!(value("pgport"), 5432);
    assert_eq!(value("encryption"), false);
    assert_eq!(value("retention_period"), "7 days");
    let definition = row("show_backup_definitions all all all");
    assert_eq!(definition["remarks"], "123");
    // `set` changes the format as `-o` does.
    let script = "set output_format=json2\nshow_backup_servers\n";
    let output = fleet
        .sandbox
        .run_with_input("pgbackman", [""; 0], script.as_bytes());
    assert!(
        output
            .stdout
            .contains("{\"version\": 1, \"rows\": [\n  {\"srv_id\": 1, "),
        "{}",
        output.stdout
    );
}

#[test]
fn the_schemas_refuse_what_is_not_of_the_declared_type() {
    let contract = Contract::read();
    let refused = |command: &str, row: Value| {
        let found = contract
            .answers
            .iter()
            .find(|(answer, _)| answer.spec.name == command);
        let (answer, index) = found.unwrap();
        let mut whole: Value = answer
            .fields
            .iter()
            .map(|field| (field.key.to_owned(), Value::Null))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let document = |row: &Value| serde_json::json!({"version": 1, "rows": [row]});
        contract.check(command, *index, &document(&whole));
        for (key, value) in row.as_object().unwrap() {
            whole[key] = value.clone();
        }
        contract
            .schemas
            .validate(&document(&whole), *index)
            .is_err()
    };
    for row in [
        serde_json::json!({"bck_id": "000000012"}),
        serde_json::json!({"dbname": 123}),
        serde_json::json!({"size": "118 MB"}),
        serde_json::json!({"finished": "2026-11-21 04:45:12+00:00"}),
        serde_json::json!({"duration": "0:00:06"}),
    ] {
        assert!(refused("show_backup_catalog", row.clone()), "{row}");
    }
    for row in [
        serde_json::json!({"parameter": "pgport", "value": "5432"}),
        serde_json::json!({"parameter": "domain", "value": 5432}),
    ] {
        assert!(refused("show_pgsql_node_config", row.clone()), "{row}");
    }
}

/// Whether a command shows one thing, which has to exist.
fn of_one(spec: &Spec, kinds: &[Kind]) -> bool {
    spec.parameters
        .iter()
        .any(|parameter| kinds.contains(&parameter.kind))
}

#[test]
fn the_answers_of_a_fleet_and_of_an_empty_catalogue_fit_too() {
    let contract = Contract::read();
    let sandbox = Sandbox::new();
    DemoFleet::forty(6, Utc::now()).write_into(sandbox.catalogue());
    let mut filled = 0;
    let single = [Kind::BckId, Kind::RestoreId];
    for answer in &contract.answers {
        if !of_one(answer.0.spec, &single) && !asks_nodes(answer.0.spec) {
            filled += usize::from(!rows(&sandbox, &contract, answer).is_empty());
        }
    }
    assert!(filled >= 12, "{filled}");
    let empty = Sandbox::new();
    let single = [
        Kind::BckId,
        Kind::RestoreId,
        Kind::DefId,
        Kind::Server,
        Kind::Node,
    ];
    for answer in &contract.answers {
        if !of_one(answer.0.spec, &single) {
            rows(&empty, &contract, answer);
        }
    }
}

/// Whether a command asks the nodes, which nobody plays in a made-up fleet.
fn asks_nodes(spec: &Spec) -> bool {
    spec.name == "show_databases_without_backup_definitions"
}
