//! The five fields of a cron schedule, as Debian's cron reads them (traps 16, 21).
//!
//! Beside them: one field ([`cron_field`]), the minutes at which a schedule is due ([`schedule_runs`], [`missed_runs`]), the start
//! that cron gave a run ([`cron_start`]), intervals to draw a schedule from ([`cron_interval`]), times of `at` and time zones.

pub mod at_time;
pub mod cron_field;
pub mod cron_interval;
pub mod cron_start;
pub mod missed_runs;
pub mod schedule_runs;
pub mod time_zone;

use std::fmt;

use chrono::{
    DateTime, Datelike, Days, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone,
};

use crate::domain::schedule::cron_field::{Field, FieldValues};

/// A field that cron would refuse, with its name, value and what is allowed.
pub type ScheduleError = cron_field::FieldError;

/// A checked schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Minute, hour, day of month, month, day of week, as typed.
    fields: [String; 5],
    /// What they name, in the same order.
    values: [FieldValues; 5],
}

/// How far ahead or back a run is looked for: the 29th of February comes at least every eight years, and falls on each
/// weekday within forty.
const HORIZON_DAYS: u64 = 41 * 366;

/// Fixed-time jobs that a forward jump of the clock skipped are made up for up to this jump (cron's `3*MINUTE_COUNT`).
const CAUGHT_UP_MINUTES: i64 = 180;

/// Minutes of a day.
const MINUTES_OF_A_DAY: i64 = 24 * 60;

impl Schedule {
    /// Reads the five fields: exactly what Debian's cron 3.0pl1 accepts, without what it accepts and then does not do
    /// (see [`FieldValues::parse`]). Blanks, newlines and empty fields are refused.
    pub fn parse(fields: [&str; 5]) -> Result<Self, ScheduleError> {
        let mut values = [FieldValues::parse(Field::Minute, fields[0])?; 5];
        for (position, field) in Field::ALL.into_iter().enumerate().skip(1) {
            values[position] = FieldValues::parse(field, fields[position])?;
        }
        Ok(Self {
            fields: fields.map(str::to_owned),
            values,
        })
    }

    /// The fields in crontab order.
    pub fn fields(&self) -> &[String; 5] {
        &self.fields
    }

    /// The five fields for a crontab, with numbers where names were typed.
    pub fn in_numbers(&self) -> String {
        let numbers = Field::ALL
            .iter()
            .zip(&self.fields)
            .map(|(field, text)| cron_field::in_numbers(*field, text));
        numbers.collect::<Vec<_>>().join(" ")
    }

    /// The shortest time between two of its times on days that follow each other; a day where there is only one.
    pub fn shortest_distance(&self) -> TimeDelta {
        let minutes: Vec<i64> = self.values[1]
            .iter()
            .flat_map(|hour| {
                let minutes = self.values[0].iter();
                minutes.map(move |minute| i64::from(hour) * 60 + i64::from(minute))
            })
            .collect();
        let over_midnight = minutes
            .first()
            .zip(minutes.last())
            .map(|(first, last)| first + MINUTES_OF_A_DAY - last);
        let shortest = minutes
            .windows(2)
            .map(|pair| pair[1] - pair[0])
            .chain(over_midnight)
            .min();
        TimeDelta::minutes(shortest.unwrap_or(MINUTES_OF_A_DAY))
    }

    /// Whether the schedule names this minute of local time; seconds are ignored.
    ///
    /// With both day fields restricted either one is enough; one that begins with `*` (`*/2` too) must match as well as
    /// the other (trap 21).
    pub fn matches(&self, local: NaiveDateTime) -> bool {
        use chrono::Timelike;
        self.matches_date(local.date())
            && self.values[0].contains(local.minute())
            && self.values[1].contains(local.hour())
    }

    /// Whether the schedule names this date.
    pub(super) fn matches_date(&self, date: NaiveDate) -> bool {
        let [_, _, day, month, weekday] = &self.values;
        let on_day = day.contains(date.day());
        let on_weekday = weekday.contains(date.weekday().num_days_from_sunday());
        let on_date = if day.star || weekday.star {
            on_day && on_weekday
        } else {
            on_day || on_weekday
        };
        month.contains(date.month()) && on_date
    }

    /// The first run after a point in time; `None` for a date that never comes (31 February).
    ///
    /// When clocks change, cron runs jobs with `*` at the start of minutes or hours by the clock on the wall (not in the
    /// hour that is skipped, twice in the one that repeats), and all others once: at the end of the jump where their time
    /// was skipped, the first time where it repeats.
    pub fn next_after<Tz: TimeZone>(&self, after: &DateTime<Tz>) -> Option<DateTime<Tz>> {
        let start = after.naive_local().date().checked_sub_days(Days::new(1))?;
        let mut dates = (0..HORIZON_DAYS).map_while(|days| start.checked_add_days(Days::new(days)));
        dates.find_map(|date| {
            self.runs_near(date, 1, &after.timezone())
                .into_iter()
                .filter(|run| run > after)
                .min()
        })
    }

    /// The last run before a point in time; the rules are those of [`Self::next_after`].
    pub fn previous_before<Tz: TimeZone>(&self, before: &DateTime<Tz>) -> Option<DateTime<Tz>> {
        let start = before.naive_local().date().checked_add_days(Days::new(1))?;
        let mut dates = (0..HORIZON_DAYS).map_while(|days| start.checked_sub_days(Days::new(days)));
        dates.find_map(|date| {
            self.runs_near(date, -1, &before.timezone())
                .into_iter()
                .filter(|run| run < before)
                .max()
        })
    }

    /// The runs of a date, and of its neighbour in the direction of the search: a clock set back over midnight puts a
    /// date's last runs after the first ones of the next.
    fn runs_near<Tz: TimeZone>(
        &self,
        date: NaiveDate,
        neighbour: i64,
        zone: &Tz,
    ) -> Vec<DateTime<Tz>> {
        if !self.matches_date(date) {
            return Vec::new();
        }
        let mut runs = self.runs_on(date, zone);
        let beside = date.checked_add_signed(TimeDelta::days(neighbour));
        if let Some(beside) = beside.filter(|beside| self.matches_date(*beside)) {
            runs.extend(self.runs_on(beside, zone));
        }
        runs
    }

    /// The runs that belong to a date of local time, if the schedule names it.
    pub(super) fn runs_on<Tz: TimeZone>(&self, date: NaiveDate, zone: &Tz) -> Vec<DateTime<Tz>> {
        let wildcard = self.values[0].star || self.values[1].star;
        let times = self.values[1]
            .iter()
            .flat_map(|hour| self.values[0].iter().map(move |minute| (hour, minute)));
        times
            .filter_map(|(hour, minute)| {
                NaiveTime::from_hms_opt(u32::from(hour), u32::from(minute), 0)
            })
            .flat_map(|time| {
                let local = date.and_time(time);
                if wildcard {
                    on_the_wall(zone, local)
                } else {
                    once(zone, local).into_iter().collect()
                }
            })
            .collect()
    }
}

/// `m h dom mon dow`, as the shell shows it.
impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.fields.join(" "))
    }
}

/// Every moment at which the clock on the wall shows this time: none, one or two.
fn on_the_wall<Tz: TimeZone>(zone: &Tz, local: NaiveDateTime) -> Vec<DateTime<Tz>> {
    match zone.from_local_datetime(&local) {
        LocalResult::None => Vec::new(),
        LocalResult::Single(run) => vec![run],
        LocalResult::Ambiguous(first, second) => vec![first, second],
    }
}

/// The one moment at which a fixed-time job of this local time runs.
fn once<Tz: TimeZone>(zone: &Tz, local: NaiveDateTime) -> Option<DateTime<Tz>> {
    (0..=CAUGHT_UP_MINUTES).find_map(|minutes| {
        let local = local.checked_add_signed(TimeDelta::minutes(minutes))?;
        zone.from_local_datetime(&local).earliest()
    })
}

#[cfg(test)]
#[path = "schedule_tests.rs"]
mod tests;
