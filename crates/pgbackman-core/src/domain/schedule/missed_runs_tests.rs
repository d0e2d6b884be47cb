//! Missed runs against examples, and against cron itself played through minute by minute.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

const GRACE: TimeDelta = TimeDelta::minutes(30);

fn at(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + minute * 60, 0).unwrap()
}

fn ran(from: i64, minutes: i64) -> RunTimes {
    RunTimes {
        started: at(from) + TimeDelta::seconds(2),
        finished: Some(at(from + minutes)),
    }
}

fn hourly(hours: i64) -> Vec<DateTime<Utc>> {
    (0..hours).map(|hour| at(hour * 60)).collect()
}

/// What is told at this minute by a catalogue that was always there.
fn told(expected: &[DateTime<Utc>], runs: &[RunTimes], now: i64) -> Vec<Streak> {
    let expected: Vec<_> = expected
        .iter()
        .copied()
        .filter(|due| *due <= at(now))
        .collect();
    streaks(&expected, runs, |due| due + GRACE <= at(now))
}

#[test]
fn a_run_that_was_not_begun_is_told_when_the_grace_time_is_over_and_not_before() {
    let daily = [at(0), at(1440)];
    let runs = [ran(0, 5)];
    assert_eq!(told(&daily, &runs, 1440), []);
    assert_eq!(told(&daily, &runs, 1469), []);
    let missing = told(&daily, &runs, 1470);
    assert_eq!(missing.len(), 1);
    assert_eq!(
        (missing[0].first, missing[0].count, missing[0].ended_by),
        (at(1440), 1, None)
    );
}

#[test]
fn one_that_is_late_within_its_grace_time_or_at_work_is_not_missed() {
    let daily = [at(0), at(1440)];
    assert_eq!(told(&daily, &[ran(0, 5), ran(1465, 5)], 2000), []);
    // Still at work, and begun in time: the catalogue has no end of it.
    let at_work = RunTimes {
        started: at(1441),
        finished: None,
    };
    assert_eq!(told(&daily, &[ran(0, 5), at_work], 2000), []);
    // The run before it takes a day and a half: no second one begins beside it.
    assert_eq!(told(&daily, &[ran(0, 2160)], 2000), []);
}

#[test]
fn a_later_run_ends_what_is_missed_and_does_not_hide_it() {
    // Cron was unavailable from 00:30 to 03:30; the runs of 1, 2 and 3 o'clock are missing.
    let runs = [ran(0, 5), ran(240, 5), ran(300, 5)];
    let missing = told(&hourly(6), &runs, 330);
    assert_eq!(missing.len(), 1);
    assert_eq!(
        (missing[0].first, missing[0].last, missing[0].count),
        (at(60), at(180), 3)
    );
    assert_eq!(missing[0].ended_by, Some(runs[1].started));
}

#[test]
fn a_late_run_stands_for_its_own_time_alone() {
    // The run of 1 o'clock begins at 1:50; nobody begins that of 2 o'clock.
    let missing = told(&hourly(3), &[ran(0, 5), ran(110, 5)], 160);
    assert_eq!(missing.len(), 1);
    assert_eq!((missing[0].first, missing[0].count), (at(120), 1));
}

#[test]
fn while_results_may_wait_another_grace_time_is_given() {
    let sure = Certainty {
        catalogue_since: Some(at(-9000)),
        importing_since: Some(at(-9000)),
    };
    assert_eq!(sure.told_at(at(0), GRACE), at(30));
    // Who does not watch all the time does not know that it was unavailable.
    let forgetful = Certainty {
        catalogue_since: None,
        ..sure
    };
    assert_eq!(forgetful.told_at(at(0), GRACE), at(30));
    // The catalogue was unavailable when it was due, and came back five hours later.
    let back = Certainty {
        catalogue_since: Some(at(300)),
        ..sure
    };
    assert_eq!(back.told_at(at(0), GRACE), at(330));
    assert_eq!(back.told_at(at(310), GRACE), at(340));
    // Nobody reads what waits on the server, or files wait: one more grace time, not forever.
    let silent = Certainty {
        importing_since: None,
        ..sure
    };
    assert_eq!(silent.told_at(at(0), GRACE), at(60));
    // Maintenance is back: what waits is read soon. One that is started again and again delays no more than that.
    let started = |minute| Certainty {
        importing_since: Some(at(minute)),
        ..sure
    };
    assert_eq!(started(10).told_at(at(0), GRACE), at(40));
    assert_eq!(started(50).told_at(at(0), GRACE), at(60));
    assert_eq!(started(500).told_at(at(0), GRACE), at(60));
}

/// One minute of a machine on which cron starts what is due unless it is unavailable or a run continues, each run after a delay.
fn play(
    interval: i64,
    away: &BTreeSet<i64>,
    delays: &[i64],
    lengths: &[i64],
    minutes: i64,
) -> (Vec<DateTime<Utc>>, Vec<RunTimes>, Vec<DateTime<Utc>>) {
    let (mut expected, mut runs, mut missed) = (Vec::new(), Vec::<RunTimes>::new(), Vec::new());
    for (number, minute) in (0..minutes)
        .step_by(usize::try_from(interval).unwrap())
        .enumerate()
    {
        expected.push(at(minute));
        if away.contains(&minute) {
            let at_work = runs
                .last()
                .is_some_and(|run| run.finished.unwrap() > at(minute));
            if !at_work {
                missed.push(at(minute));
            }
            continue;
        }
        let delay = delays[number % delays.len()] % interval;
        let length = 1 + lengths[number % lengths.len()];
        if runs
            .last()
            .is_none_or(|run| run.finished.unwrap() <= at(minute))
        {
            runs.push(ran(minute + delay, length));
        }
    }
    (expected, runs, missed)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever cron did: exactly what it was kept from is told.
    #[test]
    fn exactly_what_cron_was_kept_from_is_missed(
        interval in 5_i64..200, from in 0_i64..2000, hours in 0_i64..20,
        delays in prop::collection::vec(0_i64..180, 1..5), lengths in prop::collection::vec(0_i64..300, 1..5),
    ) {
        let away: BTreeSet<i64> = (from..from + hours * 60).collect();
        let (expected, runs, missed) = play(interval, &away, &delays, &lengths, 3000);
        let found = streaks(&expected, &runs, |_| true);
        let mut times = Vec::new();
        for streak in &found {
            let within: Vec<_> = expected.iter().copied()
                .filter(|due| (streak.first..=streak.last).contains(due)).collect();
            prop_assert_eq!(within.len(), streak.count);
            times.extend(within);
            let next = runs.iter().map(|run| run.started).find(|started| *started >= streak.first);
            prop_assert_eq!(streak.ended_by, next);
        }
        prop_assert_eq!(&not_begun(&expected, &runs, |_| true), &missed);
        // What the last run alone says of now is what all of them say.
        let last: Vec<RunTimes> = runs.last().copied().into_iter().collect();
        let open = |runs: &[RunTimes]| {
            let now = at(3000) + GRACE + GRACE;
            let expected: Vec<_> = expected.iter().copied()
                .filter(|due| runs.last().is_none_or(|run| *due >= run.started - TOLERANCE)).collect();
            streaks(&expected, runs, |due| due + GRACE <= now).into_iter().find(|streak| streak.ended_by.is_none())
        };
        prop_assert_eq!(open(&last), found.iter().copied().find(|streak| streak.ended_by.is_none()));
        // A run that begins late is long enough to answer the times that fall into it, in the play as in the judgement.
        prop_assert_eq!(times, missed);
    }
}

const SURE: Certainty = Certainty {
    catalogue_since: None,
    importing_since: Some(DateTime::<Utc>::MIN_UTC),
};

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// What is missing at a time of a schedule that has been in force since then, whose last run took an hour.
fn now_missing(
    fields: [&str; 5],
    since: &str,
    began: Option<&str>,
    now: &str,
) -> (usize, Option<DateTime<Utc>>) {
    let schedule = Schedule::parse(fields).unwrap();
    let timetable = Timetable {
        schedule: &schedule,
        zone: &Zone::utc(),
        since: utc(since),
    };
    let run = began.map(|began| RunTimes {
        started: utc(began),
        finished: Some(utc(began) + TimeDelta::hours(1)),
    });
    let runs: Vec<RunTimes> = run.into_iter().collect();
    let missed = missing_now(&timetable, &runs, SURE, GRACE, utc(now));
    (missed.count, missed.first)
}

const DAILY: [&str; 5] = ["30", "4", "*", "*", "*"];
const LONG_AGO: &str = "2020-01-01T00:00:00Z";

#[test]
fn what_is_missing_now_is_counted_from_the_last_run_on() {
    let began = Some("2026-11-20T04:30:01Z");
    let first = Some(utc("2026-11-21T04:30:00Z"));
    let missed = |now| now_missing(DAILY, LONG_AGO, began, now);
    assert_eq!(missed("2026-11-21T04:59:59Z"), (0, None));
    assert_eq!(missed("2026-11-21T05:00:00Z"), (1, first));
    assert_eq!(missed("2026-11-23T12:00:00Z"), (3, first));
    // Begun in its minute, by a clock that is a little slow, or late.
    for began in [
        "2026-11-21T04:29:31Z",
        "2026-11-21T04:30:59Z",
        "2026-11-21T09:00:00Z",
    ] {
        let missed = now_missing(DAILY, LONG_AGO, Some(began), "2026-11-21T12:00:00Z");
        assert_eq!(missed, (0, None), "{began}");
    }
    // Of years only the last days are counted.
    assert_eq!(
        now_missing(DAILY, LONG_AGO, None, "2026-11-21T12:00:00Z").0,
        8
    );
}

#[test]
fn nothing_was_due_before_the_schedule_was_in_force() {
    let began = Some("2026-11-10T04:30:01Z");
    let missed = |since, now| now_missing(DAILY, since, began, now).0;
    // The node was STOPPED for ten days, and is RUNNING again.
    assert_eq!(missed("2026-11-20T12:00:00Z", "2026-11-20T20:00:00Z"), 0);
    assert_eq!(missed("2026-11-20T12:00:00Z", "2026-11-21T04:59:00Z"), 0);
    assert_eq!(missed("2026-11-20T12:00:00Z", "2026-11-21T05:00:00Z"), 1);
    // Control and cron need a moment.
    assert_eq!(missed("2026-11-21T04:28:01Z", "2026-11-21T12:00:00Z"), 0);
    assert_eq!(missed("2026-11-21T04:28:00Z", "2026-11-21T12:00:00Z"), 1);
}

#[test]
fn a_rare_run_is_missed_also_after_months() {
    let yearly = ["0", "1", "1", "2", "*"];
    let missed = |began| now_missing(yearly, LONG_AGO, began, "2026-11-21T12:00:00Z");
    let first = Some(utc("2026-02-01T01:00:00Z"));
    assert_eq!(missed(Some("2025-02-01T01:00:01Z")), (1, first));
    assert_eq!(missed(Some("2026-02-01T01:00:01Z")), (0, None));
    let never = ["0", "0", "31", "2", "*"];
    assert_eq!(
        now_missing(never, LONG_AGO, None, "2026-11-21T12:00:00Z"),
        (0, None)
    );
}

#[test]
fn where_results_may_wait_what_is_missing_now_waits_too() {
    let schedule = Schedule::parse(DAILY).unwrap();
    let timetable = Timetable {
        schedule: &schedule,
        zone: &Zone::utc(),
        since: utc("2026-11-21T00:00:00Z"),
    };
    let unsure = Certainty {
        importing_since: None,
        ..SURE
    };
    let missed = |now| missing_now(&timetable, &[], unsure, GRACE, utc(now)).count;
    assert_eq!(missed("2026-11-21T05:29:59Z"), 0);
    assert_eq!(missed("2026-11-21T05:30:00Z"), 1);
}
