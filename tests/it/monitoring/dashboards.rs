//! What lies in `docs/monitoring` for Grafana and Prometheus, and the chapter of the manual, against what the exporter says.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use pgbackman_tests::exposition;
use serde_json::Value;

use super::exporter::text_of_everything;

pub(super) fn documents() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs")
}

/// Programs that texts name beside metrics.
const PROGRAMS: [&str; 5] = [
    "pgbackman_control",
    "pgbackman_exporter",
    "pgbackman_maintenance",
    "pgbackman_status_info",
    "pgbackman_zabbix_autodiscovery",
];

/// Every word in a text that begins as our metrics do. `pgbackman_` alone is put together with a label.
fn metrics_in(text: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.split(|c: char| !is_part(c))
        .filter(|word| word.starts_with("pgbackman_") && *word != "pgbackman_")
        .filter(|word| !PROGRAMS.contains(word))
        .map(str::to_owned)
        .collect()
}

#[test]
fn dashboard_rules_and_manual_name_the_exporters_metrics() {
    let exported: BTreeSet<String> = exposition::read(&text_of_everything())
        .unwrap()
        .into_keys()
        .collect();
    let read = |name: &str| fs::read_to_string(documents().join(name)).unwrap();
    let dashboard = read("monitoring/grafana-dashboard.json");
    let parsed: Value = serde_json::from_str(&dashboard).unwrap();
    assert!(parsed["panels"].as_array().unwrap().len() > 5);
    for (name, text) in [
        ("the dashboard", dashboard),
        ("the rules", read("monitoring/alert-rules.yml")),
    ] {
        let named = metrics_in(&text);
        assert!(named.len() > 5, "{name}: {named:?}");
        let unknown: Vec<&String> = named.difference(&exported).collect();
        assert!(unknown.is_empty(), "{name}: {unknown:?}");
    }
    let manual = metrics_in(&read("manual/monitoring.md"));
    let untold: Vec<&String> = exported.difference(&manual).collect();
    assert!(untold.is_empty(), "the manual does not tell of {untold:?}");
}
