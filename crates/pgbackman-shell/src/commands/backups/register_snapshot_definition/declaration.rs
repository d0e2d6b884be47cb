//! The parameters and forms of `register_snapshot_definition`.

use crate::declaration::defaults::{NODE, SERVER};
use crate::declaration::spec::{DefaultSource, Form, Parameter};
use crate::registration::{databases, single_run};
use crate::values::kind::{Kind, NODES_OWN_RELEASE};

/// Additional help.
pub(super) const DETAILS: &str = "\
DBname accepts several names, and the special names #all_databases# (every database of the node except template0 and
template1) and #databases_without_backup_definitions#. Write a name that contains a comma in double quotes.

A time without an offset is in the time zone of the machine on which the shell runs; its resolution is one minute. at starts
the backup on the backup server. show_snapshot_definitions shows whether at has the job or, if not, the reason.

Either all snapshots are registered or none.";

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
    Parameter::new(
        "at_time",
        "AT timestamp",
        Kind::AtTime,
        "When the backups are taken",
    )
    .default(DefaultSource::InAMinute)
    .check(single_run::check)
    .warning(super::in_the_same_minute),
    Parameter::new(
        "code",
        "Backup code",
        Kind::BackupCode,
        "What a backup contains",
    )
    .default(DefaultSource::NodeConfig("backup_code")),
    Parameter::new(
        "retention_period",
        "Retention period",
        Kind::Interval,
        "How long each backup is kept",
    )
    .default(DefaultSource::NodeConfig("retention_period")),
    Parameter::new(
        "extra_parameters",
        "Extra parameters",
        Kind::ExtraParameters,
        "Additional options for pg_dump or pg_dumpall",
    )
    .default(DefaultSource::NodeConfig("extra_backup_parameters"))
    .check(super::check_twice),
    Parameter::new("tag", "Tag", Kind::Text, "Label to find the snapshots by")
        .default(DefaultSource::RandomTag),
    Parameter::new(
        "release",
        "pg_dump/all release",
        Kind::ClientRelease,
        "Client programs to use, if they are to be newer than the PgSQL node",
    )
    .default(DefaultSource::Text(NODES_OWN_RELEASE)),
];

/// Ten words, as 1.2 has them.
pub(super) const FORMS: &[Form] = &[Form::Words(&[
    SERVER,
    NODE,
    "dbname",
    "exceptions",
    "at_time",
    "code",
    "retention_period",
    "extra_parameters",
    "tag",
    "release",
])];
