//! Definitions against examples; the changes of the clock among them.

use chrono::FixedOffset;
use pgbackman_core::domain::ids::{BckId, DefId, NodeId, ServerId};

use super::*;

fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn watched(fields: &str) -> Watched {
    let fields: Vec<String> = fields.split(' ').map(str::to_owned).collect();
    Watched {
        id: DefId::new(12),
        server: ServerId::new(1),
        node: NodeId::new(3),
        node_fqdn: "pg1.example.net".to_owned(),
        dbname: "shop".to_owned(),
        fields: fields.try_into().unwrap(),
        since: time("2026-01-01T00:00:00Z"),
        problem: None,
        retention: TimeDelta::days(7),
        last_run: None,
        last_success: None,
    }
}

fn oslo() -> Zone {
    let hours = |hours: i32| FixedOffset::east_opt(hours * 3600).unwrap();
    Zone::new([
        (time("2025-10-26T01:00:00Z"), hours(1)),
        (time("2026-03-29T01:00:00Z"), hours(2)),
        (time("2026-10-25T01:00:00Z"), hours(1)),
    ])
}

fn began(text: &str) -> RunTimes {
    let started = time(text);
    RunTimes {
        started,
        finished: Some(started + TimeDelta::minutes(5)),
    }
}

/// What is missing, with a grace time of half an hour and a catalogue that was always there.
fn missing(watched: &Watched, runs: &[RunTimes], now: &str) -> Vec<Finding> {
    let last_run = runs.iter().map(|run| run.started).max();
    let watched = Watched {
        last_run: watched.last_run.max(last_run),
        ..watched.clone()
    };
    let long_ago = time("2026-01-01T00:00:00Z");
    let certainty = Certainty {
        catalogue_since: Some(long_ago),
        importing_since: Some(long_ago),
    };
    missed(
        &watched,
        &oslo(),
        runs,
        certainty,
        None,
        (TimeDelta::minutes(30), time(now)),
    )
}

#[test]
fn a_missed_run_is_said_with_the_time_on_the_servers_wall() {
    let definition = watched("0 4 * * *");
    let runs = [began("2026-07-01T02:00:03Z")];
    assert_eq!(missing(&definition, &runs, "2026-07-02T02:29:00Z"), []);
    let found = missing(&definition, &runs, "2026-07-02T02:30:00Z");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].condition.subject, "missed:12");
    assert_eq!(
        found[0].condition.message,
        "No backup began at 2026-07-02 04:00 +02:00, when cron should have started it (schedule 0 4 * * *); the \
         previous run began at 2026-07-01 04:00 +02:00"
    );
    // The next day it is still the same one, from then on.
    let found = missing(&definition, &runs, "2026-07-03T12:00:00Z");
    assert_eq!(found[0].condition.since, time("2026-07-02T02:00:00Z"));
    assert!(found[0].condition.message.contains("nor at 1 later times"));
}

#[test]
fn trap_21_neither_the_hour_that_is_skipped_nor_the_one_that_comes_twice_is_missed() {
    let definition = watched("30 2 * * *");
    // Spring: 02:30 does not exist, and cron makes up for it at 03:00, which is 01:00 UTC.
    let spring = [began("2026-03-28T01:30:01Z"), began("2026-03-29T01:00:01Z")];
    assert_eq!(missing(&definition, &spring, "2026-03-29T20:00:00Z"), []);
    assert_eq!(
        missing(&definition, &spring[..1], "2026-03-29T20:00:00Z").len(),
        1
    );
    // Autumn: 02:30 comes twice, and a fixed time runs the first time only.
    let autumn = [began("2026-10-24T00:30:01Z"), began("2026-10-25T00:30:01Z")];
    assert_eq!(missing(&definition, &autumn, "2026-10-25T20:00:00Z"), []);
    // With UTC's clock the same runs would be missed: the zone matters.
    let last_run = Some(autumn[1].started);
    let in_utc = missed(
        &Watched {
            last_run,
            ..definition
        },
        &Zone::utc(),
        &autumn,
        Certainty {
            catalogue_since: Some(time("2026-01-01T00:00:00Z")),
            importing_since: Some(time("2026-01-01T00:00:00Z")),
        },
        None,
        (TimeDelta::minutes(30), time("2026-10-25T20:00:00Z")),
    );
    assert_eq!(in_utc.len(), 1);
}

#[test]
fn nothing_was_due_before_the_definition_or_its_node_was_there() {
    let mut definition = watched("0 4 * * *");
    definition.since = time("2026-07-02T02:00:30Z");
    assert_eq!(missing(&definition, &[], "2026-07-02T20:00:00Z"), []);
    assert_eq!(missing(&definition, &[], "2026-07-03T02:29:00Z"), []);
    let found = missing(&definition, &[], "2026-07-03T02:31:00Z");
    assert!(
        found[0]
            .condition
            .message
            .ends_with("; no backup has ever begun")
    );
}

#[test]
fn what_has_been_told_stays_missing_where_the_catalogue_is_less_sure_now() {
    let definition = watched("0 4 * * *");
    // The catalogue's server was started again after the run of today was told.
    let restarted = Certainty {
        catalogue_since: Some(time("2026-07-02T05:00:00Z")),
        importing_since: None,
    };
    let at = |told: Option<&str>, now| {
        let limits = (TimeDelta::minutes(30), time(now));
        let runs = [began("2026-07-01T02:00:03Z")];
        missed(
            &definition,
            &oslo(),
            &runs,
            restarted,
            told.map(time),
            limits,
        )
    };
    assert_eq!(at(None, "2026-07-02T05:10:00Z"), []);
    let found = at(Some("2026-07-02T02:00:00Z"), "2026-07-02T05:10:00Z");
    assert_eq!(found[0].condition.since, time("2026-07-02T02:00:00Z"));
    assert_eq!(at(None, "2026-07-02T05:30:00Z"), found);
}

#[test]
fn a_run_whose_row_retention_has_deleted_is_remembered() {
    let mut definition = watched("0 4 * * *");
    definition.last_run = Some(time("2026-07-02T02:00:03Z"));
    assert_eq!(missing(&definition, &[], "2026-07-02T20:00:00Z"), []);
    assert_eq!(missing(&definition, &[], "2026-07-03T20:00:00Z").len(), 1);
}

#[test]
fn a_rare_schedule_is_judged_by_its_last_time() {
    let definition = watched("0 4 1 2 *");
    let found = missing(&definition, &[], "2026-07-02T20:00:00Z");
    assert_eq!(found[0].condition.since, time("2026-02-01T03:00:00Z"));
    assert_eq!(
        missing(
            &definition,
            &[began("2026-02-01T03:00:02Z")],
            "2026-07-02T20:00:00Z"
        ),
        []
    );
}

#[test]
fn what_was_made_up_for_is_told_for_a_day_and_as_long_as_rows_are_kept() {
    let mut definition = watched("0 * * * *");
    definition.since = time("2026-07-01T00:30:00Z");
    let runs: Vec<RunTimes> = (1..24)
        .filter(|hour| *hour != 5)
        .map(|hour| began(&format!("2026-07-01T{hour:02}:00:01Z")))
        .collect();
    let found = missing(&definition, &runs, "2026-07-01T23:20:00Z");
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].ended.as_deref(),
        Some("The next run began at 2026-07-01 08:00 +02:00.")
    );
    // Rows of more than six hours ago are gone: nothing is known of that time.
    definition.retention = TimeDelta::hours(6);
    assert_eq!(
        missing(&definition, &runs[17..], "2026-07-01T23:20:00Z"),
        []
    );
}

#[test]
fn what_cron_would_refuse_is_never_begun() {
    let definition = watched("99 4 * * *");
    assert_eq!(missing(&definition, &[], "2026-01-01T00:29:00Z"), []);
    let found = missing(&definition, &[], "2026-01-01T00:31:00Z");
    assert!(
        found[0]
            .condition
            .message
            .contains("cron would reject the schedule"),
        "{found:?}"
    );
}

#[test]
fn a_good_backup_grows_old_and_a_new_definition_has_its_time() {
    let limit = TimeDelta::days(2);
    let mut definition = watched("0 4 * * *");
    definition.last_success = Some(time("2026-07-01T04:00:00Z"));
    assert_eq!(old(&definition, limit, time("2026-07-03T03:59:59Z")), None);
    let found = old(&definition, limit, time("2026-07-03T04:00:00Z")).unwrap();
    assert_eq!(
        found.condition.message,
        "The newest usable backup is of 2026-07-01 04:00 UTC, 2 d ago; the limit is 2 d"
    );
    definition.last_success = None;
    assert_eq!(old(&definition, limit, time("2026-01-02T23:59:59Z")), None);
    assert!(old(&definition, limit, time("2026-01-03T00:00:00Z")).is_some());
}

fn sizes(bytes: &[i64]) -> Sizes {
    Sizes {
        definition: DefId::new(12),
        server: ServerId::new(1),
        node: NodeId::new(3),
        dbname: "shop".to_owned(),
        newest: BckId::new(99),
        finished: time("2026-07-01T04:00:00Z"),
        bytes: bytes.to_vec(),
    }
}

#[test]
fn a_backup_is_small_beside_the_middle_of_those_before_it() {
    const MB: i64 = 1024 * 1024;
    let is_small = |all: &[i64]| small(&sizes(all), 50, 10 * MB).is_some();
    assert!(is_small(&[49 * MB, 100 * MB, 100 * MB, 100 * MB]));
    assert!(
        !is_small(&[50 * MB, 100 * MB, 100 * MB, 100 * MB]),
        "just half is enough"
    );
    assert!(
        !is_small(&[49 * MB, 10 * MB, 90 * MB, 100 * MB, 20 * MB]),
        "the middle counts, not the mean"
    );
    assert!(
        !is_small(&[MB, 100 * MB, 100 * MB]),
        "two predecessors say nothing"
    );
    assert!(
        !is_small(&[1, 9 * MB, 9 * MB, 9 * MB]),
        "little databases vary"
    );
    assert!(
        small(&sizes(&[0, 100 * MB, 100 * MB, 100 * MB]), 0, MB).is_none(),
        "switched off"
    );
    assert!(!is_small(&[i64::MAX, i64::MAX, i64::MAX, i64::MAX]));
    let found = small(
        &sizes(&[12 * MB + 5, 100 * MB, 110 * MB, 90 * MB]),
        50,
        10 * MB,
    )
    .unwrap();
    assert_eq!(
        found.condition.message,
        "The backup with BckID 99 has 12.0 MB, 12 % of 100.0 MB, the median of the 3 backups before it"
    );
}
