//! How much data could be lost: the age of the newest usable backup of each database, as measured.

use chrono::{DateTime, Utc};
use pgbackman_core::catalogue::runs::run_history::{EndedRun, ReportedDefinition};

/// The ages of the newest usable backups of all definitions that cron should run.
#[derive(Debug, Clone, Default)]
pub struct Losing {
    /// The ages in seconds, counted from the start of the backup, since it contains the data of that time.
    ages: Vec<i64>,
    /// The definition whose newest usable backup is oldest, and that backup.
    pub oldest: Option<(ReportedDefinition, EndedRun)>,
    /// Number of definitions without a usable backup during the period.
    pub without: u32,
}

impl Losing {
    /// Adds a definition with its newest usable backup.
    pub fn add(
        &mut self,
        definition: &ReportedDefinition,
        newest: Option<&EndedRun>,
        now: DateTime<Utc>,
    ) {
        if !definition.is_scheduled {
            return;
        }
        let Some(newest) = newest else {
            self.without += 1;
            return;
        };
        self.ages.push((now - newest.started).num_seconds().max(0));
        let is_older = |(_, other): &(ReportedDefinition, EndedRun)| newest.started < other.started;
        if self.oldest.as_ref().is_none_or(is_older) {
            self.oldest = Some((definition.clone(), newest.clone()));
        }
    }

    /// The greatest age, in seconds.
    pub fn greatest(&self) -> Option<i64> {
        self.ages.iter().copied().max()
    }

    /// The median age, in seconds.
    pub fn half(&self) -> Option<i64> {
        let mut ages = self.ages.clone();
        ages.sort_unstable();
        ages.get(ages.len().saturating_sub(1) / 2).copied()
    }
}

/// An age in a suitable unit: `25 min`, `7 h`, `3 days`; rounded up, since less was not measured.
pub fn age(seconds: i64) -> String {
    let up = |unit: i64| (seconds + unit - 1) / unit;
    match seconds {
        ..5_400 => format!("{} min", up(60)),
        5_400..345_600 => format!("{} h", up(3_600)),
        _ => format!("{} days", up(86_400)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_in_the_unit_that_fits() {
        for (seconds, shown) in [
            (0, "0 min"),
            (61, "2 min"),
            (5_399, "90 min"),
            (5_400, "2 h"),
            (93_600, "26 h"),
            (345_599, "96 h"),
            (345_600, "4 days"),
            (345_601, "5 days"),
        ] {
            assert_eq!(age(seconds), shown, "{seconds}");
        }
    }

    #[test]
    fn half_of_the_definitions_are_not_older() {
        let losing = |ages: &[i64]| Losing {
            ages: ages.to_vec(),
            ..Losing::default()
        };
        assert_eq!(losing(&[]).half(), None);
        assert_eq!(losing(&[5]).half(), Some(5));
        assert_eq!(losing(&[9, 1, 5]).half(), Some(5));
        assert_eq!(losing(&[9, 1, 5, 6]).half(), Some(5));
        assert_eq!(losing(&[9, 1]).greatest(), Some(9));
    }
}
