//! The five fields of a cron schedule, as Debian's cron reads them (traps 16, 21).

/// A checked schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Minute, hour, day of month, month, day of week, as typed.
    fields: [String; 5],
}

impl Schedule {
    /// The fields in crontab order.
    pub fn fields(&self) -> &[String; 5] {
        &self.fields
    }
}
