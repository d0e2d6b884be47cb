//! The parameters that commands for backup definitions share: their keys, labels and kinds. Only the sources of the
//! defaults differ between commands.

use pgbackman_core::domain::backup::definition::Retention;
use pgbackman_core::domain::schedule::cron_field::Field;

use crate::declaration::spec::{DefaultSource, Parameter};
use crate::error::CommandError;
use crate::values::answers::Answers;
use crate::values::kind::Kind;

/// The keys of the five cron fields, in crontab order.
pub const CRON: [&str; 5] = ["minute", "hour", "day_month", "month", "weekday"];

/// One of the five fields of a schedule.
pub const fn cron(field: Field, default: DefaultSource) -> Parameter {
    let (key, label, help) = match field {
        Field::Minute => (CRON[0], "Minutes cron", "Minutes of the schedule"),
        Field::Hour => (CRON[1], "Hours cron", "Hours of the schedule"),
        Field::DayOfMonth => (CRON[2], "Day-month cron", "Days of the month"),
        Field::Month => (CRON[3], "Month cron", "Months of the schedule"),
        Field::DayOfWeek => (
            CRON[4],
            "Weekday cron",
            "Days of the week; if days of the month are given too, one match is sufficient",
        ),
    };
    Parameter::new(key, label, Kind::Cron(field), help).default(default)
}

/// How long a backup is kept.
pub const fn retention_period(default: DefaultSource) -> Parameter {
    Parameter::new(
        "retention_period",
        "Retention period",
        Kind::Interval,
        "How long each backup is kept",
    )
    .default(default)
}

/// How many backups are kept regardless of their age.
pub const fn retention_redundancy(default: DefaultSource) -> Parameter {
    Parameter::new(
        "retention_redundancy",
        "Retention redundancy",
        Kind::Redundancy,
        "Number of SUCCEEDED backups to keep regardless of their age",
    )
    .default(default)
}

/// Additional words for the client program; commands call them differently.
pub const fn extra_parameters(label: &'static str, default: DefaultSource) -> Parameter {
    Parameter::new(
        "extra_parameters",
        label,
        Kind::ExtraParameters,
        "Additional options for pg_dump or pg_dumpall",
    )
    .default(default)
}

/// Whether the backups are scheduled.
pub const fn job_status(default: DefaultSource) -> Parameter {
    Parameter::new(
        "job_status",
        "Job status",
        Kind::JobStatus,
        "Whether the backups are scheduled",
    )
    .default(default)
}

/// The operator's remarks.
pub const fn remarks(default: DefaultSource) -> Parameter {
    Parameter::new("remarks", "Remarks", Kind::Text, "Free-text comment").default(default)
}

/// Reads the answers to [`retention_period`] and [`retention_redundancy`].
///
/// # Errors
/// When the redundancy is no number.
pub fn retention(answers: &Answers) -> Result<Retention, CommandError> {
    Ok(Retention {
        period: answers.text("retention_period").to_owned(),
        redundancy: answers.parse("retention_redundancy")?,
    })
}
