//! Both changes of the clock: what cron starts, and what runs stand for.

use std::thread;

use chrono::{DateTime, TimeDelta, Utc};
use pgbackman_core::domain::schedule::cron_start::CronStart;

use super::lab::{CRONS, Definition, Start, Time, first_minute, run, zone};

/// Fixed times and wildcards in, before and after the hour that is skipped and that comes twice. Of two minutes in that hour only: cron
/// rests ten seconds after each of them when it makes up for them, and half a minute later the witness could not tell which minute that was.
const SCHEDULES: [&str; 11] = [
    "59 1 * * *",
    "0 2 * * *",
    "30 2 * * *",
    "0,30 2 * * *",
    "30 1-4 * * *",
    "30 * * * *",
    "*/30 2 * * *",
    "0 3 * * *",
    "5 3 * * *",
    "0,5 3 * * *",
    "0,30 2 * mar,oct sun",
];

#[test]
fn c9_summer_time_begins() {
    let time = Time {
        local: "2026-03-29 01:57:30",
        minutes: 15,
        speed: 15,
    };
    compare(time, |cron, index, started| {
        // cron starts each of the skipped times; that is why runs note what they stand for.
        if SCHEDULES[index] == "0,30 2 * * *" {
            assert_eq!(started, 2, "{cron}");
        }
    });
}

#[test]
fn c9_summer_time_ends() {
    let time = Time {
        local: "2026-10-25 01:57:30",
        minutes: 128,
        speed: 30,
    };
    compare(time, |_, _, _| ());
}

/// Runs every cron over a change; `extra` is told how often each definition was started.
fn compare(time: Time, extra: impl Fn(&str, usize, usize) + Sync) {
    let definitions = SCHEDULES.map(|schedule| Definition::new("shop", schedule));
    thread::scope(|scope| {
        for cron in CRONS {
            let (definitions, extra) = (&definitions, &extra);
            scope.spawn(move || {
                let starts = run(cron, time, definitions);
                for (index, definition) in definitions.iter().enumerate() {
                    let starts: Vec<_> = starts
                        .iter()
                        .filter(|start| start.definition == index)
                        .collect();
                    extra(cron.0, index, starts.len());
                    let backups = backups(definition, &starts);
                    let due = due(definition, time);
                    assert_eq!(backups, due, "{cron:?}: {}", definition.schedule);
                }
                eprintln!("{}: {} starts from {} on", cron.0, starts.len(), time.local);
            });
        }
    });
}

/// The minutes in which the domain says that the definition runs.
fn due(definition: &Definition, time: Time) -> Vec<DateTime<Utc>> {
    let first = first_minute(time.local);
    let end = first + TimeDelta::minutes(i64::try_from(time.minutes).unwrap());
    let mut due = Vec::new();
    let mut last = (first - TimeDelta::seconds(1)).with_timezone(&zone());
    while let Some(next) = definition.schedule.next_after(&last) {
        if next >= end {
            break;
        }
        due.push(next.with_timezone(&Utc));
        last = next;
    }
    due
}

/// The minutes in which these starts make backups, each of which is done before the next start: of those that stand for no other's time.
fn backups(definition: &Definition, starts: &[&Start]) -> Vec<DateTime<Utc>> {
    let mut minutes = Vec::new();
    let mut earlier: Option<CronStart> = None;
    for start in starts {
        let schedule = start.args.cron_schedule.as_ref().unwrap();
        assert_eq!(schedule.in_numbers(), definition.schedule.in_numbers());
        let now = CronStart::now(
            schedule,
            &zone(),
            start.clock,
            "boot".to_owned(),
            start.uptime,
        );
        let repeated = earlier
            .as_ref()
            .is_some_and(|earlier| now.is_repetition_of(earlier, schedule));
        if !repeated {
            earlier = Some(now);
            minutes.push(start.minute);
        }
    }
    minutes
}
