//! Schedules against cron's own rules, with a clock that jumps.

use chrono::{FixedOffset, MappedLocalTime, NaiveDate, Offset, Timelike, Utc, Weekday};
use proptest::prelude::*;

use super::*;

/// Central European clocks of 2026: forward on 29 March (02:00 → 03:00), back on 25 October (03:00 → 02:00).
#[derive(Debug, Clone, Copy)]
struct Cet;

#[derive(Debug, Clone, Copy)]
struct CetOffset(i32);

impl Offset for CetOffset {
    fn fix(&self) -> FixedOffset {
        FixedOffset::east_opt(self.0 * 3600).unwrap()
    }
}

fn summer_starts() -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2026, 3, 29)
        .unwrap()
        .and_hms_opt(1, 0, 0)
        .unwrap()
}

fn summer_ends() -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2026, 10, 25)
        .unwrap()
        .and_hms_opt(1, 0, 0)
        .unwrap()
}

impl TimeZone for Cet {
    type Offset = CetOffset;

    fn from_offset(_: &CetOffset) -> Self {
        Self
    }

    fn offset_from_local_date(&self, local: &NaiveDate) -> MappedLocalTime<CetOffset> {
        self.offset_from_local_datetime(&local.and_time(NaiveTime::MIN))
    }

    fn offset_from_local_datetime(&self, local: &NaiveDateTime) -> MappedLocalTime<CetOffset> {
        let fits = |hours: i32| {
            let offset =
                self.offset_from_utc_datetime(&(*local - TimeDelta::hours(i64::from(hours))));
            offset.0 == hours
        };
        match (fits(2), fits(1)) {
            (true, true) => MappedLocalTime::Ambiguous(CetOffset(2), CetOffset(1)),
            (true, false) => MappedLocalTime::Single(CetOffset(2)),
            (false, true) => MappedLocalTime::Single(CetOffset(1)),
            (false, false) => MappedLocalTime::None,
        }
    }

    fn offset_from_utc_date(&self, utc: &NaiveDate) -> CetOffset {
        self.offset_from_utc_datetime(&utc.and_time(NaiveTime::MIN))
    }

    fn offset_from_utc_datetime(&self, utc: &NaiveDateTime) -> CetOffset {
        CetOffset(if (summer_starts()..summer_ends()).contains(utc) {
            2
        } else {
            1
        })
    }
}

fn schedule(text: &str) -> Schedule {
    let fields: Vec<&str> = text.split(' ').collect();
    Schedule::parse(fields.try_into().unwrap()).unwrap()
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// The next runs in Central Europe, as UTC `dd HH:MM`.
fn next_in_cet(fields: &str, after: &str, count: usize) -> Vec<String> {
    let schedule = schedule(fields);
    let mut at = utc(after).with_timezone(&Cet);
    (0..count)
        .map(|_| {
            at = schedule.next_after(&at).unwrap();
            at.with_timezone(&Utc).format("%d %H:%M").to_string()
        })
        .collect()
}

#[test]
fn trap_21_two_restricted_day_fields_match_by_either_and_a_star_by_both() {
    let on = |fields: &str, day: u32| {
        schedule(fields).matches(
            NaiveDate::from_ymd_opt(2026, 11, day)
                .unwrap()
                .and_hms_opt(4, 0, 30)
                .unwrap(),
        )
    };
    // 1 November 2026 is a Sunday.
    assert!(on("0 4 13 * 0", 13) && on("0 4 13 * 0", 15) && !on("0 4 13 * 0", 14));
    assert!(on("0 4 */2 * 0", 15) && !on("0 4 */2 * 0", 3) && !on("0 4 */2 * 0", 8));
    assert!(
        on("0 4 1-7 * */7", 1) && !on("0 4 1-7 * */7", 2),
        "*/7 is Sunday, and both must match"
    );
    assert!(
        on("0 4 * * 7", 1) && on("0 4 * * sun", 1) && on("0 4 * * 0", 1) && !on("0 4 * * 1", 1)
    );
}

#[test]
fn trap_21_a_fixed_time_runs_once_when_its_hour_repeats_and_shortly_after_when_it_is_skipped() {
    assert_eq!(
        next_in_cet("30 2 * * *", "2026-10-24T12:00:00Z", 2),
        ["25 00:30", "26 01:30"]
    );
    assert_eq!(
        next_in_cet("30 2 * * *", "2026-03-28T12:00:00Z", 2),
        ["29 01:00", "30 00:30"]
    );
}

#[test]
fn trap_21_a_wildcard_follows_the_clock_on_the_wall() {
    assert_eq!(
        next_in_cet("*/30 2 * * *", "2026-10-24T12:00:00Z", 5),
        ["25 00:00", "25 00:30", "25 01:00", "25 01:30", "26 01:00"]
    );
    assert_eq!(
        next_in_cet("45 * * * *", "2026-03-29T00:50:00Z", 2),
        ["29 01:45", "29 02:45"]
    );
    assert_eq!(
        next_in_cet("*/30 2 * * *", "2026-03-28T12:00:00Z", 1),
        ["30 00:00"]
    );
}

#[test]
fn a_rare_date_is_found_and_an_impossible_one_is_none() {
    let after = utc("2026-11-21T00:00:00Z");
    assert_eq!(
        schedule("0 0 29 2 *").next_after(&after),
        Some(utc("2028-02-29T00:00:00Z"))
    );
    let weekday = schedule("0 0 29 2 */4").next_after(&after).unwrap();
    assert!(matches!(weekday.weekday(), Weekday::Sun | Weekday::Thu));
    assert_eq!(schedule("0 0 31 2 *").next_after(&after), None);
    assert_eq!(schedule("0 0 31 2 *").previous_before(&after), None);
}

#[test]
fn the_fields_stay_as_typed() {
    assert_eq!(
        schedule("05 */2 * JAN-Mar sun").to_string(),
        "05 */2 * JAN-Mar sun"
    );
}

fn element(low: u8, high: u8) -> impl Strategy<Value = String> {
    prop_oneof![
        Just("*".to_owned()),
        (1..70_u8).prop_map(|step| format!("*/{step}")),
        (low..=high).prop_map(|value| value.to_string()),
        (low..=high, low..=high, 1..9_u8).prop_map(|(a, b, step)| format!(
            "{}-{}/{step}",
            a.min(b),
            a.max(b)
        )),
    ]
}

fn any_schedule() -> impl Strategy<Value = Schedule> {
    let fields = Field::ALL.map(|field| {
        let (low, high) = field.bounds();
        prop::collection::vec(element(low, high), 1..3).prop_map(|elements| elements.join(","))
    });
    fields.prop_map(|fields| {
        let texts: Vec<&str> = fields.iter().map(String::as_str).collect();
        Schedule::parse(texts.try_into().unwrap()).unwrap()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn parsing_never_panics(fields in prop::array::uniform5(".{0,12}")) {
        let texts = fields.each_ref().map(String::as_str);
        let _ = Schedule::parse(texts);
    }

    /// Against the slow truth: the first matching minute, in a zone without jumps.
    #[test]
    fn the_next_run_is_the_first_matching_minute(schedule in any_schedule(), seconds in 0..100_000_000_i64) {
        let after = utc("2026-01-01T00:00:00Z") + TimeDelta::seconds(seconds);
        let first = after.with_second(0).unwrap() + TimeDelta::minutes(1);
        let expected = (0..40 * 24 * 60).map(|n| first + TimeDelta::minutes(n))
            .find(|at| schedule.matches(at.naive_utc()));
        let found = schedule.next_after(&after);
        match expected {
            Some(expected) => prop_assert_eq!(found, Some(expected)),
            None => prop_assert!(found.is_none_or(|at| at >= first + TimeDelta::days(40))),
        }
    }

    #[test]
    fn next_and_previous_are_each_others_inverse(schedule in any_schedule(), minutes in 0..600_000_i64) {
        let after = (utc("2026-01-01T00:00:00Z") + TimeDelta::minutes(minutes)).with_timezone(&Cet);
        if let Some(next) = schedule.next_after(&after) {
            prop_assert!(next > after);
            let previous = schedule.previous_before(&next);
            prop_assert!(previous.is_none_or(|previous| previous <= after));
            prop_assert_eq!(schedule.previous_before(&(next + TimeDelta::seconds(1))), Some(next));
        }
    }
}

#[test]
fn the_shortest_distance_counts_over_midnight() {
    for (fields, minutes) in [
        (["0", "2", "*", "*", "*"], 1440),
        (["0,30", "2", "*", "*", "*"], 30),
        (["0", "2,14", "*", "*", "*"], 720),
        (["5,50", "0,23", "*", "*", "*"], 15),
        (["*", "*", "*", "*", "*"], 1),
        (["*/25", "*", "*", "*", "*"], 10),
    ] {
        let schedule = Schedule::parse(fields).unwrap();
        assert_eq!(
            schedule.shortest_distance(),
            TimeDelta::minutes(minutes),
            "{schedule}"
        );
    }
}
