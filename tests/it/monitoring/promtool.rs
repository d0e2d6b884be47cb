//! What Prometheus's own tool says: `cargo xtask test --monitoring`.

use std::fs::File;
use std::process::{Command, Output, Stdio};

use super::dashboards::documents;
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
