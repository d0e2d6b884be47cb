//! The parameters and forms of `register_backup_definition`.

use pgbackman_core::domain::backup::database_selection::DatabaseSelection;
use pgbackman_core::domain::schedule::cron_field::Field;

use crate::declaration::defaults::{NODE, SERVER};
use crate::declaration::definition_parameters::{
    cron, extra_parameters, job_status, remarks, retention_period, retention_redundancy,
};
use crate::declaration::spec::{Asked, DefaultSource, Form, Parameter};
use crate::registration::databases;
use crate::values::answers::Answers;
use crate::values::kind::Kind;

/// Whether the minute and the hour are prompted for: not for several databases, each of which gets its own.
pub(super) fn is_for_one(answers: &Answers) -> bool {
    DatabaseSelection::parse(answers.text("dbname"))
        .is_ok_and(|selection| !selection.may_be_several())
}

/// Additional help.
pub(super) const DETAILS: &str = "DBname accepts several names, and the special names #all_databases# (every database of the node except template0 and
template1) and #databases_without_backup_definitions#. Write a name that contains a comma in double quotes. For several
databases, the minute and hour of each are chosen at random from the node's intervals unless they are given.

Either all definitions are registered or none. The form with fifteen words is that of 1.0 and has no exceptions.";

/// The parameters, in the order of the prompts.
pub(super) const PARAMETERS: &[Parameter] = &[
    Parameter::new(
        SERVER,
        "Backup server SrvID / FQDN",
        Kind::Server,
        "Backup server that takes the backups",
    )
    .default(DefaultSource::BackupServer),
    Parameter::new(
        NODE,
        "PgSQL node NodeID / FQDN",
        Kind::Node,
        "PgSQL node of the databases",
    )
    .default(DefaultSource::Empty)
    .warning(databases::unreachable),
    Parameter::new(
        "dbname",
        "DBname",
        Kind::Databases,
        "Databases to back up; empty for the code CLUSTER",
    )
    .default(DefaultSource::Empty)
    .check(databases::check_names),
    Parameter::new(
        "exceptions",
        "DBname exceptions",
        Kind::DatabaseExceptions,
        "Databases to leave out",
    )
    .default(DefaultSource::Empty),
    cron(
        Field::Minute,
        DefaultSource::RandomIn("backup_minutes_interval"),
    )
    .asked(Asked::When(is_for_one)),
    cron(
        Field::Hour,
        DefaultSource::RandomIn("backup_hours_interval"),
    )
    .asked(Asked::When(is_for_one)),
    cron(
        Field::DayOfMonth,
        DefaultSource::NodeConfig("backup_day_month_cron"),
    ),
    cron(Field::Month, DefaultSource::NodeConfig("backup_month_cron")),
    cron(
        Field::DayOfWeek,
        DefaultSource::NodeConfig("backup_weekday_cron"),
    ),
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
        "Whether backups are encrypted; not available yet",
    )
    .default(DefaultSource::NodeConfig("encryption")),
    retention_period(DefaultSource::NodeConfig("retention_period")),
    retention_redundancy(DefaultSource::NodeConfig("retention_redundancy")),
    extra_parameters(
        "Extra parameters",
        DefaultSource::NodeConfig("extra_backup_parameters"),
    )
    .check(super::check_twice),
    job_status(DefaultSource::NodeConfig("backup_job_status")),
    remarks(DefaultSource::Empty),
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
