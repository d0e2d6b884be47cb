//! How much cron reads of one file.

use std::path::Path;

use chrono::{Datelike as _, Utc};
use pgbackman_core::domain::ids::NodeId;
use pgbackman_core::sys::crontab::{Header, render};
use pgbackman_tests::namespace;

use super::lab::{Lab, line};

/// Fields of a day that is months away.
fn not_soon() -> [String; 5] {
    let month = (Utc::now().month0() + 6) % 12 + 1;
    [
        "0".to_owned(),
        "0".to_owned(),
        "1".to_owned(),
        month.to_string(),
        "*".to_owned(),
    ]
}

/// So many lines, of which only the first and the last run now.
fn lines(lab: &Lab, count: usize, name: &str) -> Vec<String> {
    let later = not_soon();
    let idle = line(
        later.each_ref().map(String::as_str),
        &lab.words("record", "never"),
    );
    let mut lines = vec![idle; count];
    lines[0] = lab.each_minute("record", &format!("{name}-first"));
    lines[count - 1] = lab.each_minute("record", &format!("{name}-last"));
    lines
}

#[test]
fn trap_18a_cron_ignores_a_file_of_more_than_ten_thousand_lines_whole() {
    if !namespace::available() {
        return;
    }
    let mut lab = Lab::new();
    lab.install("large", &lines(&lab, 10_003, "large").concat());
    lab.install("overlarge", &lines(&lab, 10_012, "overlarge").concat());
    lab.start_cron();

    lab.wait_for(&["large-first", "large-last"]);

    assert_eq!(Vec::from_iter(lab.traces()), ["large-first", "large-last"]);
}

#[test]
fn trap_18a_the_first_and_the_last_of_ten_thousand_rendered_jobs_run() {
    if !namespace::available() {
        return;
    }
    let mut lab = Lab::new();
    let header = Header {
        node_id: NodeId::new(1),
        node: "node1.example.org:5432",
        server: "backup01.example.org",
        mailto: "dba@example.org",
        generated: Utc::now(),
    };
    let files = render(
        Path::new("pgsql_node_1"),
        &header,
        &lines(&lab, 10_000, "node"),
    );
    assert_eq!(files.len(), 2);
    for file in files {
        lab.install(file.path.to_str().unwrap(), &file.content);
    }
    lab.start_cron();

    lab.wait_for(&["node-first", "node-last"]);

    assert_eq!(Vec::from_iter(lab.traces()), ["node-first", "node-last"]);
}
