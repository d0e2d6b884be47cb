//! What lies in `docs/monitoring` for Grafana and Prometheus, and the chapter of the manual, against what the exporter says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use pgbackman_tests::exposition::{self, Family};
use serde_json::Value;

use super::exporter::text_of_everything;

pub(super) fn documents() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs")
}

fn read(name: &str) -> String {
    fs::read_to_string(documents().join(name)).unwrap()
}

/// Programs that texts name beside metrics.
const PROGRAMS: [&str; 5] = [
    "pgbackman_control",
    "pgbackman_exporter",
    "pgbackman_maintenance",
    "pgbackman_status_info",
    "pgbackman_zabbix_autodiscovery",
];

/// What Prometheus adds to every sample.
const ADDED: [&str; 2] = ["instance", "job"];

/// The words of a text, as names are written.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty())
}

/// Every word in a text that begins as our metrics do. `pgbackman_` alone is put together with a label.
fn metrics_in(text: &str) -> BTreeSet<String> {
    words(text)
        .filter(|word| word.starts_with("pgbackman_") && *word != "pgbackman_")
        .filter(|word| !PROGRAMS.contains(word))
        .map(str::to_owned)
        .collect()
}

/// A panel's question.
pub(super) struct Panel {
    /// What it is called.
    pub(super) title: String,
    /// `stat`, `table`, ….
    #[cfg_attr(not(feature = "promtool"), allow(dead_code))]
    pub(super) kind: String,
    /// What Prometheus is asked, for all servers and nodes.
    pub(super) query: String,
    unit: String,
    /// Labels that it shows.
    shown: BTreeSet<String>,
}

/// The panels of the dashboard, each of which asks one thing.
pub(super) fn panels() -> Vec<Panel> {
    let dashboard: Value =
        serde_json::from_str(&read("monitoring/grafana-dashboard.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let read = panels.iter().map(|panel| {
        let target = &panel["targets"][0];
        assert_eq!(panel["targets"].as_array().unwrap().len(), 1, "{panel}");
        let legend = text(&target["legendFormat"]);
        let in_legend = legend
            .split("{{")
            .skip(1)
            .map(|rest| rest.split_once("}}").unwrap().0.to_owned());
        let renamed = &panel["transformations"][0]["options"]["renameByName"];
        let columns = renamed
            .as_object()
            .into_iter()
            .flat_map(|names| names.keys());
        Panel {
            title: text(&panel["title"]),
            kind: text(&panel["type"]),
            query: text(&target["expr"])
                .replace("$server", ".*")
                .replace("$node", ".*"),
            unit: text(&panel["fieldConfig"]["defaults"]["unit"]),
            shown: in_legend
                .chain(columns.filter(|name| *name != "Value").cloned())
                .collect(),
        }
    });
    read.collect()
}

/// The alert rules: their expression, and the labels in what they say.
fn rules() -> Vec<(String, BTreeSet<String>)> {
    let text = read("monitoring/alert-rules.yml");
    let rules = text.split("- alert: ").skip(1).map(|rule| {
        let (_, rest) = rule.split_once("expr: ").unwrap();
        let end = rest
            .find("\n        for:")
            .or(rest.find("\n        labels:"));
        let said = rest.split("$labels.").skip(1);
        let labels = said.map(|rest| words(rest).next().unwrap().to_owned());
        (rest[..end.unwrap()].to_owned(), labels.collect())
    });
    rules.collect()
}

/// What stands in parentheses after each `word` of an expression.
fn lists_after(expression: &str, word: &str, ends: (char, char)) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = expression;
    while let Some((_, after)) = rest.split_once(word) {
        rest = after;
        let inner = after.trim_start().strip_prefix(ends.0);
        found.extend(
            inner
                .and_then(|inner| inner.split_once(ends.1))
                .map(|(list, _)| list.to_owned()),
        );
    }
    found
}

/// The labels that an expression's result has: those of its first metric, unless they are summed away.
fn labels_of(expression: &str, exported: &BTreeMap<String, Family>) -> BTreeSet<String> {
    let summed = ["sum", "count", "min", "max"]
        .iter()
        .any(|name| expression.trim_start_matches('(').starts_with(name));
    let by = lists_after(expression, " by ", ('(', ')'));
    match by.first() {
        Some(list) => words(list).map(str::to_owned).collect(),
        None if summed || expression.starts_with("absent") => BTreeSet::new(),
        None => {
            let metric = words(expression)
                .find_map(|word| exported.get(word))
                .unwrap();
            let own = metric.samples[0].0.keys().cloned();
            own.chain(ADDED.map(str::to_owned)).collect()
        }
    }
}

/// Fails if an expression names a metric, or selects by a label, that is not there.
fn assert_answered(what: &str, expression: &str, exported: &BTreeMap<String, Family>) {
    let named = metrics_in(expression);
    assert!(!named.is_empty(), "{what} asks for nothing: {expression}");
    for name in named {
        let family = exported
            .get(&name)
            .unwrap_or_else(|| panic!("{what} asks for {name}, which the exporter does not say"));
        let labels: BTreeSet<&String> = family
            .samples
            .iter()
            .flat_map(|sample| sample.0.keys())
            .collect();
        for selection in lists_after(expression, &name, ('{', '}')) {
            for condition in selection.split(',') {
                let label = words(condition).next().unwrap().to_owned();
                assert!(
                    labels.contains(&label),
                    "{what}: {name} has no label {label}"
                );
            }
        }
        for label in lists_after(expression, " by ", ('(', ')'))
            .iter()
            .flat_map(|list| words(list))
        {
            assert!(
                labels.contains(&label.to_owned()),
                "{what}: {name} has no label {label}"
            );
        }
    }
}

/// The unit that a metric's name tells of.
fn unit_of(expression: &str) -> &'static str {
    let counted = expression.trim_start_matches('(').starts_with("count");
    let name = metrics_in(expression).into_iter().next().unwrap();
    match name {
        _ if counted => "short",
        // One amount as a share of another.
        _ if expression.contains(" / ") => "percentunit",
        name if name.ends_with("_bytes") => "bytes",
        name if name.ends_with("_timestamp_seconds") => "dateTimeAsIso",
        name if name.ends_with("_seconds") => "s",
        _ => "short",
    }
}

#[test]
fn dashboard_rules_and_manual_name_the_exporters_metrics_and_labels() {
    let exported = exposition::read(&text_of_everything()).unwrap();
    let (panels, rules) = (panels(), rules());
    assert!(panels.len() > 15 && rules.len() > 10);
    for panel in &panels {
        assert_answered(&panel.title, &panel.query, &exported);
        assert_eq!(panel.unit, unit_of(&panel.query), "{}", panel.title);
        let labels = labels_of(&panel.query, &exported);
        let lacking: Vec<_> = panel.shown.difference(&labels).collect();
        assert!(
            lacking.is_empty(),
            "{} cannot show {lacking:?}",
            panel.title
        );
    }
    for (expression, said) in &rules {
        assert_answered("a rule", expression, &exported);
        let labels = labels_of(expression, &exported);
        let lacking: Vec<_> = said.difference(&labels).collect();
        assert!(lacking.is_empty(), "{expression} cannot tell {lacking:?}");
    }
    for list in lists_after(
        &read("monitoring/grafana-dashboard.json"),
        "label_values",
        ('(', ')'),
    ) {
        let (metric, label) = list.split_once(", ").unwrap();
        assert!(exported[metric].samples[0].0.contains_key(label), "{list}");
    }
    let exported: BTreeSet<String> = exported.into_keys().collect();
    let manual = metrics_in(&read("manual/monitoring.md"));
    let untold: Vec<&String> = exported.difference(&manual).collect();
    assert!(untold.is_empty(), "the manual does not tell of {untold:?}");
}

#[test]
fn every_rule_is_in_the_manual_and_has_been_tried() {
    let names: Vec<String> = read("monitoring/alert-rules.yml")
        .lines()
        .filter_map(|line| Some(line.trim().strip_prefix("- alert: ")?.to_owned()))
        .collect();
    let manual = read("manual/monitoring.md");
    let tried = read("monitoring/alert-rules.test.yml");
    for name in names {
        assert!(
            manual.contains(&format!("`{name}`")),
            "the manual does not tell of {name}"
        );
        // Once where it says something, and once where it does not.
        let times: Vec<&str> = tried
            .split("- alertname: ")
            .skip(1)
            .filter(|test| words(test).next() == Some(&name))
            .collect();
        let fires = |test: &&&str| test.contains("exp_alerts");
        assert!(
            times.iter().any(|test| fires(&test)),
            "{name} was never seen to fire"
        );
        assert!(
            !times.iter().all(|test| fires(&test)),
            "{name} was never seen to be silent"
        );
    }
}
