//! What a crontab says is what runs: arguments and minutes.

use std::collections::BTreeSet;
use std::thread;

use chrono::{DateTime, TimeDelta, Utc};

use super::lab::{CRONS, Definition, EXTRA, Time, first_minute, run, zone};
use crate::cron::HOSTILE_NAMES;

/// Names beside those that the ordinary tests try.
const MORE_NAMES: [&str; 5] = ["%%", "a%b\nc%", "100=25", "#hash # x;", "tab\there%"];

/// Schedules around Monday 30 November 2026, 10:00: twenty that name it, and nine that do not.
const SCHEDULES: [&str; 29] = [
    "* * * * *",
    "0 10 * * *",
    "0 10 30 * *",
    "0 10 * 11 *",
    "0 10 * nov *",
    "0 10 * * mon",
    "0 10 * * 1",
    "*/5 * * * *",
    "0-59/10 9-11 * * *",
    "0,30 10 * * *",
    "0 10 30 * sun",
    "0 10 29 * mon",
    "0 10 1-31 * sun",
    "0 10 29 * 0-6",
    "0 10 29 * 0-7",
    "0 10 * oct-DEC mon-fri",
    "0 10 */29 * mon",
    "0 */2 * * *",
    "0 10 30 nov mon",
    "0 10 * jan,nov *",
    "0 10 29 * sun",
    "0 10 * * sun",
    "0 10 * * 7",
    "0 10 * * 5-7",
    "0 10 * dec *",
    "0 10 */2 * mon",
    "0 11 * * *",
    "0 10 * * sat,sun",
    "1 10 * * mon",
];

#[test]
fn c9_every_cron_runs_each_job_in_its_minutes_with_its_arguments() {
    let names = HOSTILE_NAMES.iter().chain(&MORE_NAMES);
    let mut definitions: Vec<Definition> = names
        .map(|name| Definition::new(name, "0 10 * * *"))
        .collect();
    assert_eq!(definitions.len(), 22);
    definitions.extend(SCHEDULES.map(|schedule| Definition::new("shop", schedule)));
    thread::scope(|scope| {
        for cron in CRONS {
            let definitions = &definitions;
            scope.spawn(move || one(cron, definitions));
        }
    });
}

fn one(cron: (&str, &str, &str), definitions: &[Definition]) {
    // Slow enough for 42 jobs in one of its minutes.
    const TIME: Time = Time {
        local: "2026-11-30 09:57:30",
        minutes: 5,
        speed: 10,
    };
    let starts = run(cron, TIME, definitions);
    let first = first_minute(TIME.local);
    let ten: DateTime<Utc> = "2026-11-30T09:00:00Z".parse().unwrap();
    let mut at_ten = 0;
    for (index, definition) in definitions.iter().enumerate() {
        let ran: Vec<_> = starts
            .iter()
            .filter(|start| start.definition == index)
            .collect();
        let minutes: Vec<_> = ran.iter().map(|start| start.minute).collect();
        let due: Vec<_> = (0..i64::try_from(TIME.minutes).unwrap())
            .map(|minute| first + TimeDelta::minutes(minute))
            .filter(|minute| {
                definition
                    .schedule
                    .matches(minute.with_timezone(&zone()).naive_local())
            })
            .collect();
        assert_eq!(minutes, due, "{cron:?}: {}", definition.schedule);
        at_ten += minutes.iter().filter(|minute| **minute == ten).count();
        for start in ran {
            assert_eq!(start.args.dbname, definition.dbname, "{cron:?}");
            assert_eq!(start.args.extra_parameters, EXTRA, "{cron:?}");
            let schedule = start.args.cron_schedule.as_ref().unwrap().to_string();
            assert_eq!(schedule, definition.schedule.in_numbers(), "{cron:?}");
        }
    }
    assert_eq!(at_ten, 42, "{cron:?}");
    let different: BTreeSet<_> = starts.iter().map(|start| start.definition).collect();
    eprintln!(
        "{}: {at_ten} of 42 jobs at 10:00, {} definitions in all",
        cron.0,
        different.len()
    );
}
