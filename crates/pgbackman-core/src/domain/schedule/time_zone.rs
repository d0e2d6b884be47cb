//! A time zone as a list of its changes: what the catalogue says of a backup server's, for schedules.

use std::sync::Arc;

use chrono::{
    DateTime, FixedOffset, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, Offset, TimeZone,
    Utc,
};

/// A time zone within a window: offsets, and since when each holds. Before the first change its offset holds, too.
///
/// PostgreSQL knows the names of time zones ([`crate::catalogue::nodes::time_zones`]), and is asked for what they are: no second list of them
/// is carried along, which would grow old.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(Arc<[(DateTime<Utc>, FixedOffset)]>);

/// An offset with the zone it is of.
#[derive(Debug, Clone)]
pub struct ZoneOffset {
    zone: Zone,
    offset: FixedOffset,
}

impl Offset for ZoneOffset {
    fn fix(&self) -> FixedOffset {
        self.offset
    }
}

impl Zone {
    /// A zone of these changes, which must be in order. None at all is UTC.
    pub fn new(changes: impl IntoIterator<Item = (DateTime<Utc>, FixedOffset)>) -> Self {
        Self(changes.into_iter().collect())
    }

    /// UTC.
    pub fn utc() -> Self {
        Self::new([])
    }

    fn offset_at(&self, utc: NaiveDateTime) -> FixedOffset {
        let later = self
            .0
            .partition_point(|(since, _)| since.naive_utc() <= utc);
        self.0
            .get(later.saturating_sub(1))
            .map_or_else(|| Utc.fix(), |(_, offset)| *offset)
    }

    fn with(&self, offset: FixedOffset) -> ZoneOffset {
        ZoneOffset {
            zone: self.clone(),
            offset,
        }
    }

    /// The moments of UTC at which the clock shows this local time, in order.
    fn moments(&self, local: NaiveDateTime) -> Vec<(NaiveDateTime, FixedOffset)> {
        let offsets = self.0.iter().map(|(_, offset)| *offset);
        let mut moments: Vec<_> = offsets
            .chain(self.0.is_empty().then(|| Utc.fix()))
            .filter_map(|offset| Some((local.checked_sub_offset(offset)?, offset)))
            .filter(|(utc, offset)| self.offset_at(*utc) == *offset)
            .collect();
        moments.sort_unstable_by_key(|(utc, _)| *utc);
        moments.dedup();
        moments
    }
}

impl TimeZone for Zone {
    type Offset = ZoneOffset;

    fn from_offset(offset: &ZoneOffset) -> Self {
        offset.zone.clone()
    }

    fn offset_from_local_date(&self, local: &NaiveDate) -> MappedLocalTime<ZoneOffset> {
        self.offset_from_local_datetime(&local.and_time(NaiveTime::MIN))
    }

    fn offset_from_local_datetime(&self, local: &NaiveDateTime) -> MappedLocalTime<ZoneOffset> {
        match self.moments(*local).as_slice() {
            [] => MappedLocalTime::None,
            [(_, offset)] => MappedLocalTime::Single(self.with(*offset)),
            [(_, first), .., (_, last)] => {
                MappedLocalTime::Ambiguous(self.with(*first), self.with(*last))
            }
        }
    }

    fn offset_from_utc_date(&self, utc: &NaiveDate) -> ZoneOffset {
        self.offset_from_utc_datetime(&utc.and_time(NaiveTime::MIN))
    }

    fn offset_from_utc_datetime(&self, utc: &NaiveDateTime) -> ZoneOffset {
        self.with(self.offset_at(*utc))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::schedule::Schedule;
    use crate::domain::schedule::schedule_runs::schedule_runs;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn hours(hours: i32) -> FixedOffset {
        FixedOffset::east_opt(hours * 3600).unwrap()
    }

    /// Central European time in 2026.
    fn oslo() -> Zone {
        Zone::new([
            (utc("2025-10-26T01:00:00Z"), hours(1)),
            (utc("2026-03-29T01:00:00Z"), hours(2)),
            (utc("2026-10-25T01:00:00Z"), hours(1)),
        ])
    }

    fn runs(fields: &str, zone: &Zone, from: &str, until: &str) -> Vec<String> {
        let words: Vec<&str> = fields.split(' ').collect();
        let schedule = Schedule::parse(words.try_into().unwrap()).unwrap();
        schedule_runs(&schedule, zone, utc(from), utc(until))
            .into_iter()
            .map(|run| run.format("%d %H:%M").to_string())
            .collect()
    }

    #[test]
    fn a_zone_without_changes_is_utc_and_one_change_holds_always() {
        assert_eq!(
            Zone::utc().offset_at(utc("2026-01-01T00:00:00Z").naive_utc()),
            hours(0)
        );
        let kolkata = Zone::new([(utc("2026-01-01T00:00:00Z"), hours(5))]);
        assert_eq!(
            kolkata.offset_at(utc("1999-01-01T00:00:00Z").naive_utc()),
            hours(5)
        );
        assert_eq!(
            runs(
                "30 2 * * *",
                &kolkata,
                "2026-05-01T00:00:00Z",
                "2026-05-03T00:00:00Z"
            ),
            ["01 21:30", "02 21:30"]
        );
    }

    #[test]
    fn trap_21_a_fixed_time_is_due_once_when_its_hour_repeats_and_shortly_after_when_it_is_skipped()
    {
        let due = |fields, from, until| runs(fields, &oslo(), from, until);
        let (autumn, spring) = (
            ("2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z"),
            ("2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z"),
        );
        assert_eq!(
            due("30 2 * * *", autumn.0, autumn.1),
            ["25 00:30", "26 01:30"]
        );
        assert_eq!(
            due("30 2 * * *", spring.0, spring.1),
            ["29 01:00", "30 00:30"]
        );
        assert_eq!(
            due("10,50 2 * * *", spring.0, spring.1),
            ["29 01:00", "30 00:10", "30 00:50"],
            "what was skipped at once is made up for at once"
        );
        assert_eq!(
            due("*/30 2 * * *", autumn.0, autumn.1),
            [
                "25 00:00", "25 00:30", "25 01:00", "25 01:30", "26 01:00", "26 01:30"
            ]
        );
        assert_eq!(
            due("*/30 2 * * *", spring.0, spring.1),
            ["30 00:00", "30 00:30"]
        );
    }

    #[test]
    fn a_window_has_its_beginning_and_not_its_end() {
        let due = |from, until| runs("0 4 * * *", &Zone::utc(), from, until);
        assert_eq!(
            due("2026-05-01T04:00:00Z", "2026-05-02T04:00:00Z"),
            ["01 04:00"]
        );
        assert_eq!(
            due("2026-05-01T04:00:01Z", "2026-05-02T04:00:01Z"),
            ["02 04:00"]
        );
        assert!(due("2026-05-02T00:00:00Z", "2026-05-01T00:00:00Z").is_empty());
        assert!(
            runs(
                "0 0 31 2 *",
                &oslo(),
                "2026-01-01T00:00:00Z",
                "2027-01-01T00:00:00Z"
            )
            .is_empty()
        );
    }

    /// A zone whose clock goes back over midnight, as in 2022 in Santiago's.
    #[test]
    fn a_clock_set_back_over_midnight_keeps_the_order() {
        let santiago = Zone::new([
            (utc("2025-09-07T04:00:00Z"), hours(-3)),
            (utc("2026-04-05T03:00:00Z"), hours(-4)),
        ]);
        assert_eq!(
            runs(
                "*/30 0,23 * * *",
                &santiago,
                "2026-04-05T01:00:00Z",
                "2026-04-05T05:00:00Z"
            ),
            [
                "05 02:00", "05 02:30", "05 03:00", "05 03:30", "05 04:00", "05 04:30"
            ]
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        /// Windows that follow each other have together what their union has, and `next_after` finds each run.
        #[test]
        fn windows_add_up_and_agree_with_the_next_run(
            minute in 0..60_u8, hour in 0..24_u8, star in any::<bool>(), start in 0..500_000_i64, cut in 0..20_000_i64,
        ) {
            let hour = if star { format!("*/{}", hour.max(1)) } else { hour.to_string() };
            let schedule = Schedule::parse([&minute.to_string(), &hour, "*", "*", "*"]).unwrap();
            let from = utc("2026-01-01T00:00:00Z") + chrono::TimeDelta::minutes(start);
            let (middle, until) = (from + chrono::TimeDelta::minutes(cut), from + chrono::TimeDelta::minutes(20_000));
            let whole = schedule_runs(&schedule, &oslo(), from, until);
            let mut parts = schedule_runs(&schedule, &oslo(), from, middle);
            parts.extend(schedule_runs(&schedule, &oslo(), middle, until));
            prop_assert_eq!(&whole, &parts);
            let mut found = Vec::new();
            let mut at = (from - chrono::TimeDelta::seconds(1)).with_timezone(&oslo());
            while let Some(next) = schedule.next_after(&at).filter(|next| *next < until) {
                found.push(next.with_timezone(&Utc));
                at = next;
            }
            prop_assert_eq!(whole, found);
        }
    }
}
