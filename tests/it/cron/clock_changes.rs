//! What cron does when clocks change, against what the domain says: with a time zone whose clock changes in a minute.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use chrono::{
    DateTime, Datelike as _, FixedOffset, NaiveDate, NaiveDateTime, Offset, TimeDelta, TimeZone,
    Timelike as _, Utc,
};
use pgbackman_core::domain::schedule::Schedule;
use pgbackman_tests::{namespace, wait};

use super::lab::{Lab, line};

/// A zone whose clock changes once: from so many minutes ahead of UTC to so many, at a minute of UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Change {
    at: NaiveDateTime,
    before: i32,
    after: i32,
}

/// An offset of a [`Change`].
#[derive(Debug, Clone, Copy)]
struct Side {
    change: Change,
    minutes: i32,
}

impl Offset for Side {
    fn fix(&self) -> FixedOffset {
        FixedOffset::east_opt(self.minutes * 60).unwrap()
    }
}

impl TimeZone for Change {
    type Offset = Side;

    fn from_offset(side: &Side) -> Self {
        side.change
    }

    fn offset_from_local_date(&self, date: &NaiveDate) -> chrono::LocalResult<Side> {
        self.offset_from_local_datetime(&date.and_time(chrono::NaiveTime::MIN))
    }

    fn offset_from_local_datetime(&self, local: &NaiveDateTime) -> chrono::LocalResult<Side> {
        let side = |minutes| Side {
            change: *self,
            minutes,
        };
        let before = *local - TimeDelta::minutes(self.before.into()) < self.at;
        let after = *local - TimeDelta::minutes(self.after.into()) >= self.at;
        match (before, after) {
            (true, true) => chrono::LocalResult::Ambiguous(side(self.before), side(self.after)),
            (true, false) => chrono::LocalResult::Single(side(self.before)),
            (false, true) => chrono::LocalResult::Single(side(self.after)),
            (false, false) => chrono::LocalResult::None,
        }
    }

    fn offset_from_utc_date(&self, date: &NaiveDate) -> Side {
        self.offset_from_utc_datetime(&date.and_time(chrono::NaiveTime::MIN))
    }

    fn offset_from_utc_datetime(&self, utc: &NaiveDateTime) -> Side {
        Side {
            change: *self,
            minutes: if *utc < self.at {
                self.before
            } else {
                self.after
            },
        }
    }
}

impl Change {
    /// The same as a `TZ` string. One side is UTC, the other is called summer time; summer's other end is months away.
    fn posix(&self) -> String {
        let local = self.at + TimeDelta::minutes(self.before.into());
        let now = format!(
            "J{}/{}",
            day_of_common_year(local.date()),
            local.format("%H:%M:%S")
        );
        let other = format!("J{}/0", (day_of_common_year(local.date()) + 180) % 365 + 1);
        let (summer, start, end) = if self.before == 0 {
            (self.after, now, other)
        } else {
            (self.before, other, now)
        };
        format!("WIN0SUM-0:{summer:02},{start},{end}")
    }

    /// The minutes of UTC in `[from, to)` in which the schedule runs.
    fn runs(
        &self,
        schedule: &Schedule,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> BTreeSet<String> {
        let mut runs = BTreeSet::new();
        let mut last = (from - TimeDelta::seconds(1)).with_timezone(self);
        while let Some(next) = schedule.next_after(&last).filter(|next| *next < to) {
            runs.insert(minute(next.with_timezone(&Utc)));
            last = next;
        }
        runs
    }
}

/// The day's number, where 29 February has none (POSIX: the form `Jn` of `TZ`).
fn day_of_common_year(date: NaiveDate) -> u32 {
    date.ordinal() - u32::from(date.leap_year() && date.month() > 2)
}

/// A minute as the jobs write it.
fn minute(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M").to_string()
}

/// Runs cron over the change of the clock, from the first full minute on until some minutes after it, with jobs at the
/// given distances in minutes from the change by the clock on the wall, as fixed times and as wildcards.
fn compare(
    minutes_until: i64,
    before: i32,
    after: i32,
    distances: &[i64],
    minutes_afterwards: i64,
) {
    if !namespace::available() {
        return;
    }
    let mut lab = Lab::new();
    let start = Utc::now()
        .with_second(0)
        .and_then(|time| time.with_nanosecond(0))
        .unwrap()
        + TimeDelta::minutes(1);
    let change = Change {
        at: (start + TimeDelta::minutes(minutes_until)).naive_utc(),
        before,
        after,
    };
    let wall = change.at + TimeDelta::minutes(before.into());
    let mut schedules = vec![
        ["*"; 5].map(str::to_owned),
        ["*/2", "*", "*", "*", "*"].map(str::to_owned),
    ];
    for distance in distances {
        let time = wall + TimeDelta::minutes(*distance);
        let (minute, hour) = (time.minute().to_string(), time.hour().to_string());
        for fields in [
            [minute.clone(), hour.clone()],
            [minute, "*".to_owned()],
            ["*".to_owned(), hour],
        ] {
            let [minute, hour] = fields;
            schedules.push([minute, hour, "*".to_owned(), "*".to_owned(), "*".to_owned()]);
        }
    }
    let parsed: Vec<_> = schedules
        .iter()
        .map(|fields| Schedule::parse(fields.each_ref().map(String::as_str)).unwrap())
        .collect();
    let lines = schedules.iter().enumerate().map(|(number, fields)| {
        line(
            fields.each_ref().map(String::as_str),
            &lab.words("stamp", &number.to_string()),
        )
    });
    lab.install("clock", &lines.collect::<String>());
    assert!(
        Utc::now() < start - TimeDelta::seconds(1),
        "the minute is too near; cron must have started before it"
    );
    lab.start_cron_in(&change.posix());

    let end = start + TimeDelta::minutes(minutes_until + minutes_afterwards);
    let last = minute(end - TimeDelta::minutes(1));
    let stamps = |number: usize| -> Vec<String> {
        let text = fs::read_to_string(lab.trace(&number.to_string())).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    };
    wait::until(
        Duration::from_secs(580),
        format!("the job of {last}"),
        || stamps(0).contains(&last).then_some(()),
    );
    lab.wait_until_idle();

    for (number, schedule) in parsed.iter().enumerate() {
        let ran: Vec<_> = stamps(number)
            .into_iter()
            .filter(|minute| *minute <= last)
            .collect();
        let expected: Vec<_> = change.runs(schedule, start, end).into_iter().collect();
        assert_eq!(
            ran,
            expected,
            "{schedule} around {change:?}, TZ={}",
            change.posix()
        );
    }
}

#[test]
fn trap_21_a_fixed_time_that_the_clock_skips_is_run_shortly_after() {
    // From 8 minutes ahead: cron takes a jump of up to five minutes for its own lateness.
    compare(1, 0, 8, &[-1, 0, 3, 7, 8, 9], 2);
}

#[test]
fn trap_21_a_fixed_time_that_the_clock_repeats_is_run_once() {
    // By two minutes: cron does not notice that one and the same minute comes twice.
    compare(2, 2, 0, &[-2, -1, 0, 1, 2], 3);
}
