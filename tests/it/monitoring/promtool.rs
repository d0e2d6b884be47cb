//! What Prometheus's own tool says: `cargo xtask test --monitoring`.

use std::fs::File;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use super::dashboards::{Panel, documents, panels};
use super::exporter::text_of_everything;

fn clean(said: &Output) {
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&said.stdout),
        String::from_utf8_lossy(&said.stderr)
    );
    assert!(said.status.success(), "{text}");
}

#[test]
fn promtool_finds_nothing_in_the_metrics() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("metrics");
    std::fs::write(&file, text_of_everything()).unwrap();
    let said = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::from(File::open(&file).unwrap()))
        .output()
        .unwrap();
    clean(&said);
    assert!(said.stdout.is_empty() && said.stderr.is_empty(), "{said:?}");
}

#[test]
fn promtool_finds_nothing_in_the_rules_and_they_fire_when_they_should() {
    let rules = documents().join("monitoring/alert-rules.yml");
    clean(
        &Command::new("promtool")
            .args(["check", "rules"])
            .arg(&rules)
            .output()
            .unwrap(),
    );
    let tests = documents().join("monitoring/alert-rules.test.yml");
    clean(
        &Command::new("promtool")
            .args(["test", "rules"])
            .arg(tests)
            .output()
            .unwrap(),
    );
}

/// What each panel with a single number shows, of a catalogue that answers and of one that is away.
fn of_single_numbers(up: u8, expected: &dyn Fn(&Panel) -> Value) -> Value {
    let asked: Vec<Value> = panels()
        .iter()
        .filter(|panel| panel.kind == "stat" && panel.title != "Catalogue")
        .map(
            |panel| json!({"expr": panel.query, "eval_time": "1m", "exp_samples": expected(panel)}),
        )
        .collect();
    assert!(asked.len() > 4);
    json!({
        "interval": "1m",
        "input_series": [{"series": "pgbackman_up{instance=\"b1\"}", "values": format!("{up}x5")}],
        "promql_expr_test": asked,
    })
}

#[test]
fn promtool_understands_the_dashboard_and_what_is_not_known_is_not_shown_as_nought() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &Value| {
        let file = directory.path().join(name);
        std::fs::write(&file, content.to_string()).unwrap();
        file
    };
    let rules: Vec<Value> = panels()
        .iter()
        .enumerate()
        .map(|(number, panel)| json!({"record": format!("panel:{number}"), "expr": panel.query}))
        .collect();
    let rules = write(
        "rules.yml",
        &json!({"groups": [{"name": "dashboard", "rules": rules}]}),
    );
    clean(
        &Command::new("promtool")
            .args(["check", "rules"])
            .arg(&rules)
            .output()
            .unwrap(),
    );
    let nothing_wrong = |_: &Panel| json!([{"labels": "{}", "value": 0}]);
    let tests = [
        of_single_numbers(1, &nothing_wrong),
        of_single_numbers(0, &|_| json!([])),
    ];
    let tests = write(
        "tests.yml",
        &json!({"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": tests}),
    );
    clean(
        &Command::new("promtool")
            .args(["test", "rules"])
            .arg(tests)
            .output()
            .unwrap(),
    );
}
