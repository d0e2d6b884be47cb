use pgbackman_core::domain::ids::{DefId, NodeId, ServerId};
use pgbackman_core::domain::schedule::Schedule;
use pgbackman_core::domain::status::{BackupCode, JobStatus};

use super::*;

fn utc(text: &str) -> DateTime<Utc> {
    format!("2026-{text}:00Z").parse().unwrap()
}

fn window() -> Window {
    let first = NaiveDate::from_ymd_opt(2026, 11, 1).unwrap();
    Window {
        zone: Zone::utc(),
        zone_name: "UTC".to_owned(),
        now: utc("11-10T12:00"),
        first,
        last: NaiveDate::from_ymd_opt(2026, 11, 10).unwrap(),
        since: beginning(first, &Zone::utc()),
    }
}

/// Every day at half past four, since long ago.
fn definition() -> ReportedDefinition {
    ReportedDefinition {
        id: DefId::new(1),
        due_since: utc("01-01T00:00"),
        server: ServerId::new(1),
        server_fqdn: "backup1.example.org".to_owned(),
        node: NodeId::new(1),
        node_fqdn: "node1.example.org".to_owned(),
        port: 5432,
        dbname: "shop".to_owned(),
        schedule: Some(Schedule::parse(["30", "4", "*", "*", "*"]).unwrap()),
        schedule_text: "30 4 * * *".to_owned(),
        code: BackupCode::Full,
        is_scheduled: true,
        status: JobStatus::Active,
        running_since: None,
    }
}

fn run(started: &str, status: ExecutionStatus) -> EndedRun {
    EndedRun {
        definition: DefId::new(1),
        started: utc(started),
        finished: utc(started) + TimeDelta::minutes(10),
        status,
        bytes: 1000,
        message: None,
    }
}

fn every_day() -> Vec<EndedRun> {
    (1..=10)
        .map(|day| run(&format!("11-{day:02}T04:30"), ExecutionStatus::Succeeded))
        .collect()
}

fn judged(definition: &ReportedDefinition, runs: &[EndedRun]) -> History {
    let by = Judgement {
        zone: &Zone::utc(),
        certainty: Certainty {
            catalogue_since: None,
            importing_since: Some(DateTime::<Utc>::MIN_UTC),
        },
        grace: TimeDelta::minutes(30),
    };
    judge(definition, runs, &window(), &by)
}

#[test]
fn a_day_without_its_run_is_missing_and_a_late_run_is_none() {
    let history = judged(&definition(), &every_day());
    assert_eq!(history.days, [Day::Good; 10]);
    assert_eq!(history.now, Day::Good);

    let mut runs = every_day();
    runs.remove(9);
    runs.remove(3);
    // The machine was asleep, and cron ran it late.
    runs[6].started = utc("11-08T23:59");
    let history = judged(&definition(), &runs);
    assert_eq!(history.counts[&Day::Missing], 2);
    assert_eq!(history.days[3], Day::Missing);
    assert_eq!(history.now, Day::Missing, "that of today");
}

#[test]
fn the_worst_of_a_day_counts_and_the_last_run_says_how_things_stand() {
    let mut runs = every_day();
    runs[4].status = ExecutionStatus::Error;
    runs.insert(5, run("11-05T09:00", ExecutionStatus::Succeeded));
    runs.last_mut().unwrap().status = ExecutionStatus::Warning;
    let history = judged(&definition(), &runs);
    assert_eq!(history.days[4], Day::Failed);
    assert_eq!(
        history.measures[&4],
        Measure {
            bytes: 1000,
            seconds: 600
        }
    );
    assert_eq!(history.now, Day::Warning);
    assert_eq!(history.last_failed.unwrap().started, utc("11-05T04:30"));
    assert_eq!(history.last_good.unwrap().started, utc("11-10T04:30"));
}

#[test]
fn nothing_is_missing_that_was_not_due() {
    let missing = |change: &dyn Fn(&mut ReportedDefinition)| {
        let mut definition = definition();
        change(&mut definition);
        let counts = judged(&definition, &[]).counts;
        counts.get(&Day::Missing).copied().unwrap_or(0)
    };
    assert_eq!(missing(&|_| ()), 10);
    assert_eq!(
        missing(&|definition| definition.due_since = utc("11-08T12:00")),
        2
    );
    assert_eq!(missing(&|definition| definition.is_scheduled = false), 0);
    assert_eq!(missing(&|definition| definition.schedule = None), 0);
    // What goes on has begun.
    assert_eq!(
        missing(&|definition| definition.running_since = Some(utc("11-10T04:30"))),
        9
    );
    // What was due a moment ago may still begin.
    let daily_at = |minute: &'static str| {
        missing(&|definition| {
            definition.schedule = Some(Schedule::parse([minute, "11", "*", "*", "*"]).unwrap());
        })
    };
    assert_eq!(daily_at("31"), 9);
    assert_eq!(daily_at("30"), 10);
    // The machine was off: a time that falls into a run that goes on is answered by it.
    assert_eq!(
        missing(&|definition| definition.running_since = Some(utc("11-08T20:00"))),
        7
    );
}

#[test]
fn a_day_is_one_of_the_pages_zone() {
    let east = chrono::FixedOffset::east_opt(2 * 3600).unwrap();
    let zone = Zone::new([(utc("01-01T00:00"), east)]);
    let window = Window {
        since: beginning(window().first, &zone),
        zone,
        ..window()
    };
    assert_eq!(window.since.to_rfc3339(), "2026-10-31T22:00:00+00:00");
    assert_eq!(
        window.day(utc("11-01T22:30")),
        NaiveDate::from_ymd_opt(2026, 11, 2).unwrap()
    );
    assert_eq!(window.time(utc("11-01T22:30")), "2026-11-02 00:30");
}
