//! The parameters and forms of `register_backup_definition`.

use pgbackman_core::domain::cron_field::Field;
use pgbackman_core::domain::database_selection::DatabaseSelection;

use crate::answers::Answers;
use crate::defaults::{NODE, SERVER};
use crate::kind::Kind;
use crate::spec::{Asked, DefaultSource, Form, Parameter};

/// Whether the minute and the hour are asked for: not when each of several databases gets its own.
pub(super) fn is_for_one(answers: &Answers) -> bool {
    DatabaseSelection::parse(answers.text("dbname"))
        .is_ok_and(|selection| !selection.may_be_several())
}

/// What an operator must know besides.
pub(super) const DETAILS: &str = "\
DBname takes several names, and the special names #all_databases# (every database of the node but template0 and
template1) and #databases_without_backup_definitions#. A name that contains a comma is written in double quotes. For
several databases minute and hour are drawn for each from the node's intervals, unless they are given.

All definitions are registered together or not at all. Fifteen words are the form of 1.0, without exceptions.";

/// In the order of the prompts.
pub(super) const PARAMETERS: &[Parameter] = &[
    Parameter::new(
        SERVER,
        "Backup server SrvID / FQDN",
        Kind::Server,
        "The backup server that takes the backups",
    )
    .default(DefaultSource::BackupServer),
    Parameter::new(
        NODE,
        "PgSQL node NodeID / FQDN",
        Kind::Node,
        "The PgSQL node the databases are on",
    )
    .default(DefaultSource::Empty),
    Parameter::new(
        "dbname",
        "DBname",
        Kind::Databases,
        "The databases; nothing for the code CLUSTER",
    )
    .default(DefaultSource::Empty),
    Parameter::new(
        "exceptions",
        "DBname exceptions",
        Kind::DatabaseExceptions,
        "Databases to leave out",
    )
    .default(DefaultSource::Empty),
    Parameter::new(
        "minute",
        "Minutes cron",
        Kind::Cron(Field::Minute),
        "The minutes of the schedule",
    )
    .default(DefaultSource::RandomIn("backup_minutes_interval"))
    .asked(Asked::When(is_for_one)),
    Parameter::new(
        "hour",
        "Hours cron",
        Kind::Cron(Field::Hour),
        "The hours of the schedule",
    )
    .default(DefaultSource::RandomIn("backup_hours_interval"))
    .asked(Asked::When(is_for_one)),
    Parameter::new(
        "day_month",
        "Day-month cron",
        Kind::Cron(Field::DayOfMonth),
        "The days of the month",
    )
    .default(DefaultSource::NodeConfig("backup_day_month_cron")),
    Parameter::new(
        "month",
        "Month cron",
        Kind::Cron(Field::Month),
        "The months",
    )
    .default(DefaultSource::NodeConfig("backup_month_cron")),
    Parameter::new(
        "weekday",
        "Weekday cron",
        Kind::Cron(Field::DayOfWeek),
        "The days of the week; together with days of the month, either is enough",
    )
    .default(DefaultSource::NodeConfig("backup_weekday_cron")),
    Parameter::new(
        "code",
        "Backup code",
        Kind::BackupCode,
        "What a backup contains",
    )
    .default(DefaultSource::NodeConfig("backup_code")),
    Parameter::new(
        "encryption",
        "Encryption",
        Kind::Encryption,
        "Whether backups are encrypted; not possible yet",
    )
    .default(DefaultSource::NodeConfig("encryption")),
    Parameter::new(
        "retention_period",
        "Retention period",
        Kind::Interval,
        "How long a backup is kept",
    )
    .default(DefaultSource::NodeConfig("retention_period")),
    Parameter::new(
        "retention_redundancy",
        "Retention redundancy",
        Kind::Redundancy,
        "How many succeeded backups are kept whatever their age",
    )
    .default(DefaultSource::NodeConfig("retention_redundancy")),
    Parameter::new(
        "extra_parameters",
        "Extra parameters",
        Kind::ExtraParameters,
        "Additional options for pg_dump or pg_dumpall",
    )
    .default(DefaultSource::NodeConfig("extra_backup_parameters")),
    Parameter::new(
        "job_status",
        "Job status",
        Kind::JobStatus,
        "Whether the backups are scheduled",
    )
    .default(DefaultSource::NodeConfig("backup_job_status")),
    Parameter::new(
        "remarks",
        "Remarks",
        Kind::Text,
        "What operators should know about it",
    )
    .default(DefaultSource::Empty),
];

/// Sixteen words, and the fifteen of 1.0.
pub(super) const FORMS: &[Form] = &[
    Form::Words(&[
        SERVER,
        NODE,
        "dbname",
        "exceptions",
        "minute",
        "hour",
        "day_month",
        "month",
        "weekday",
        "code",
        "encryption",
        "retention_period",
        "retention_redundancy",
        "extra_parameters",
        "job_status",
        "remarks",
    ]),
    Form::Words(&[
        SERVER,
        NODE,
        "dbname",
        "minute",
        "hour",
        "day_month",
        "month",
        "weekday",
        "code",
        "encryption",
        "retention_period",
        "retention_redundancy",
        "extra_parameters",
        "job_status",
        "remarks",
    ]),
];
