use chrono::FixedOffset;

use super::*;
use crate::domain::schedule::time_zone::Zone;

/// Its clock skips 02:00 to 03:00 on 29 March and repeats that hour on 25 October.
fn oslo() -> Zone {
    let change = |at: &str, hours: i32| {
        let offset = FixedOffset::east_opt(hours * 3600).unwrap();
        (at.parse().unwrap(), offset)
    };
    Zone::new([
        change("2025-10-26T01:00:00Z", 1),
        change("2026-03-29T01:00:00Z", 2),
        change("2026-10-25T01:00:00Z", 1),
    ])
}

fn schedule(text: &str) -> Schedule {
    let fields: Vec<&str> = text.split(' ').collect();
    Schedule::parse(fields.try_into().unwrap()).unwrap()
}

fn start(text: &str, started: &str, uptime: u64) -> CronStart {
    let started: DateTime<Utc> = format!("{started}Z").parse().unwrap();
    CronStart::now(&schedule(text), &oslo(), started, "boot".to_owned(), uptime)
}

/// Whether the second of two starts, at these times of UTC and seconds after the boot, is a repetition.
fn repeated(text: &str, first: (&str, u64), second: (&str, u64)) -> bool {
    let (first, second) = (
        start(text, first.0, first.1),
        start(text, second.0, second.1),
    );
    second.is_repetition_of(&first, &schedule(text))
}

#[test]
fn c9_the_times_of_a_skipped_hour_are_stood_for_once() {
    // 02:00 to 03:00 is skipped at 01:00 UTC; cron starts what was skipped one after the other.
    let (text, first) = ("0,30 2 * * *", ("2026-03-29T01:00:00", 1000));
    assert!(repeated(text, first, ("2026-03-29T01:00:10", 1010)));
    assert!(repeated(text, first, ("2026-03-29T01:00:59", 1059)));
    // Where many definitions are skipped, much later.
    assert!(repeated(text, first, ("2026-03-29T01:05:00", 1300)));
    // The next day is another time.
    assert!(!repeated(text, first, ("2026-03-30T00:00:00", 83_800)));
}

#[test]
fn c9_each_of_a_schedules_own_times_is_started() {
    for (text, first, second) in [
        (
            "0,30 2 * * *",
            ("2026-03-28T01:00:00", 1),
            ("2026-03-28T01:30:00", 1801),
        ),
        // The first one late, the second in time.
        (
            "0,30 2 * * *",
            ("2026-03-28T01:25:00", 1501),
            ("2026-03-28T01:30:00", 1801),
        ),
        (
            "0,1 2 * * *",
            ("2026-03-28T01:00:40", 41),
            ("2026-03-28T01:01:00", 61),
        ),
        (
            "0,30 2-4 * * *",
            ("2026-03-29T01:00:00", 1),
            ("2026-03-29T01:30:00", 1801),
        ),
        // The hour that comes twice.
        (
            "*/30 2 * * *",
            ("2026-10-25T00:00:00", 1),
            ("2026-10-25T01:00:00", 3601),
        ),
        (
            "30 * * * *",
            ("2026-10-25T00:30:00", 1),
            ("2026-10-25T01:30:00", 3601),
        ),
    ] {
        assert!(!repeated(text, first, second), "{text}");
    }
}

#[test]
fn c9_a_clock_that_jumps_loses_no_run() {
    let text = "0,30 2 * * *";
    let first = ("2026-03-28T01:30:00", 5000);
    // Set back by three hours, and the same minute again, three hours later.
    assert!(!repeated(text, first, ("2026-03-28T01:30:00", 15_800)));
    // Set back by less than that: what was started then is no later start.
    assert!(!repeated(text, first, ("2026-03-28T01:29:50", 5010)));
    // Set forward.
    assert!(!repeated(text, first, ("2026-03-29T01:30:00", 5060)));
    // Of another boot.
    let later = CronStart {
        boot_id: "other".to_owned(),
        ..start(text, "2026-03-28T01:30:20", 5)
    };
    assert!(!later.is_repetition_of(&start(text, first.0, 3), &schedule(text)));
    assert!(!repeated(text, first, ("2026-03-28T01:30:10", 12)));
}

#[test]
fn c9_a_schedule_that_was_changed_and_a_cron_in_another_zone_lose_no_run() {
    let before = start("0 2 * * *", "2026-03-28T01:00:00", 100);
    let after = start("5 2 * * *", "2026-03-28T01:05:00", 400);
    assert!(!after.is_repetition_of(&before, &schedule("5 2 * * *")));
    // cron works by UTC, this process by the clock of Oslo: all of them stand for a time of the evening before.
    for (first, second) in [(0, 1), (1, 2)] {
        let at = |minute: u64| (format!("2026-03-28T00:0{minute}:00"), minute * 60);
        let ((first, up), (second, later)) = (at(first), at(second));
        assert!(!repeated("0-2 0 * * *", (&first, up), (&second, later)));
    }
}

#[test]
fn a_start_twice_in_one_minute_is_one_whatever_the_schedule() {
    let at = |second: u64| (format!("2026-03-28T01:00:{second:02}"), second);
    for text in ["0 2 * * *", "* * * * *", "0,1 2 * * *", "0 2 31 2 *"] {
        let ((first, up), (second, later)) = (at(1), at(50));
        assert!(repeated(text, (&first, up), (&second, later)), "{text}");
    }
}
