//! When cron runs a line, against what the domain says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use chrono::{Datelike as _, Local, NaiveDateTime, Timelike as _};
use pgbackman_core::domain::schedule::Schedule;
use pgbackman_tests::namespace;
use pgbackman_tests::wait;

use super::lab::{Lab, TWO_MINUTES, line};

/// Schedules around a moment: what matches it, what just does not, alone and combined.
fn schedules_around(now: NaiveDateTime) -> Vec<[String; 5]> {
    let names = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
    let months = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    let weekday = now.weekday().num_days_from_sunday();
    let other_weekday = (weekday + 3) % 7;
    let other_day = if now.day() > 15 {
        now.day() - 10
    } else {
        now.day() + 10
    };
    let days = [
        "*".to_owned(),
        "*/2".to_owned(),
        "*/3".to_owned(),
        now.day().to_string(),
        other_day.to_string(),
        format!("{},{}", now.day(), other_day),
    ];
    let sunday_as_seven = if weekday == 0 { 7 } else { weekday };
    let weekdays = [
        "*".to_owned(),
        "*/2".to_owned(),
        weekday.to_string(),
        sunday_as_seven.to_string(),
        other_weekday.to_string(),
        names[weekday as usize].to_owned(),
        names[other_weekday as usize].to_uppercase(),
        "0-6".to_owned(),
        "1-7".to_owned(),
        "5-7".to_owned(),
    ];
    let mut schedules = Vec::new();
    for day in &days {
        for weekday in &weekdays {
            schedules.push([
                "*".into(),
                "*".into(),
                day.clone(),
                "*".into(),
                weekday.clone(),
            ]);
        }
    }
    let month = months[now.month0() as usize].to_owned();
    let other_month = months[(now.month0() as usize + 6) % 12].to_owned();
    for (minutes, hours, month) in [
        ("*/1".to_owned(), "*".to_owned(), month.clone()),
        ("*/2".to_owned(), "*".to_owned(), month.clone()),
        ("1-59/2".to_owned(), "*".to_owned(), month.clone()),
        ("0-59/3,1-59/3".to_owned(), "*".to_owned(), "*".to_owned()),
        ("*".to_owned(), format!("{}-23", now.hour()), month),
        (
            "*".to_owned(),
            ((now.hour() + 12) % 24).to_string(),
            "*".to_owned(),
        ),
        ("*".to_owned(), "*".to_owned(), other_month),
        ("*".to_owned(), "0-23/24".to_owned(), "*".to_owned()),
    ] {
        schedules.push([minutes, hours, "*".into(), month, "*".into()]);
    }
    schedules
}

#[test]
fn trap_21_cron_runs_a_line_in_the_minutes_that_the_schedule_names() {
    if !namespace::available() {
        return;
    }
    let mut lab = Lab::new();
    let schedules = schedules_around(Local::now().naive_local());
    let content: String = schedules
        .iter()
        .enumerate()
        .map(|(number, fields)| {
            let fields = fields.each_ref().map(String::as_str);
            line(fields, &lab.words("stamp", &number.to_string()))
        })
        .collect();
    lab.install(
        "schedules",
        &(lab.each_minute("stamp", "witness") + &content),
    );
    lab.start_cron();
    // Two minutes, because some schedules name every other one.
    wait::until(TWO_MINUTES, "two minutes of cron", || {
        let minutes = fs::read_to_string(lab.trace("witness")).unwrap_or_default();
        (minutes.lines().count() >= 2).then_some(())
    });
    lab.wait_until_idle();

    let minutes_of = |trace: &str| -> BTreeSet<String> {
        let text = fs::read_to_string(lab.trace(trace)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    };
    let witnessed = minutes_of("witness");
    let mut outcomes = BTreeMap::new();
    for (number, fields) in schedules.iter().enumerate() {
        let schedule = Schedule::parse(fields.each_ref().map(String::as_str)).unwrap();
        let expected: BTreeSet<_> = witnessed
            .iter()
            .filter(|minute| {
                schedule.matches(NaiveDateTime::parse_from_str(minute, "%Y-%m-%dT%H:%M").unwrap())
            })
            .cloned()
            .collect();
        assert_eq!(minutes_of(&number.to_string()), expected, "{fields:?}");
        *outcomes.entry(expected.len()).or_insert(0) += 1;
    }
    // The table must try both answers, or it shows nothing.
    assert!(
        outcomes[&0] > 5 && outcomes[&1] >= 2 && outcomes[&2] > 20,
        "{outcomes:?}"
    );
}
