//! The intervals of a node's configuration inside which a definition gets a random minute and hour
//! (`backup_minutes_interval`, `backup_hours_interval`; `docs/spec/catalogue.md`, "Default configuration").

use crate::domain::schedule::cron_field::{Field, FieldError, FieldValues};

/// Values a random one is drawn from: any text cron takes for the field (`01-59`, `22-23,0-5`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CronInterval {
    values: Vec<u8>,
}

impl CronInterval {
    /// Reads `backup_minutes_interval` or `backup_hours_interval`.
    pub fn parse(field: Field, text: &str) -> Result<Self, FieldError> {
        Ok(Self {
            values: FieldValues::parse(field, text)?.iter().collect(),
        })
    }

    /// One of the values, chosen by a random number from the caller, evenly for practical purposes.
    pub fn pick(&self, random: u64) -> u8 {
        let count = u64::try_from(self.values.len()).unwrap_or(1).max(1);
        let position = usize::try_from(random % count).unwrap_or(0);
        self.values.get(position).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_value_of_the_interval_can_be_drawn_and_no_other() {
        let interval = CronInterval::parse(Field::Minute, "01-59").unwrap();
        let drawn: BTreeSet<u8> = (0..1000).map(|random| interval.pick(random)).collect();
        assert_eq!(drawn, (1..=59).collect());
        let night = CronInterval::parse(Field::Hour, "22-23,0-2").unwrap();
        assert_eq!(
            (0..10)
                .map(|random| night.pick(random))
                .collect::<BTreeSet<_>>(),
            [0, 1, 2, 22, 23].into()
        );
        assert!([u64::MAX, 0].iter().all(|random| night.pick(*random) < 24));
    }

    #[test]
    fn an_interval_cron_could_not_use_is_refused() {
        for text in ["", "00-60", "6-1", "1 - 5"] {
            assert!(
                CronInterval::parse(Field::Minute, text).is_err(),
                "{text:?}"
            );
        }
    }
}
