//! The parameters and forms of `clone_database`.

use crate::declaration::defaults::{NODE, SERVER};
use crate::declaration::spec::{Asked, DefaultSource, Form, Parameter};
use crate::registration::databases;
use crate::restore;
use crate::values::kind::Kind;

/// Additional help.
pub(super) const DETAILS: &str = "\
A snapshot (FULL, kept for one day) is taken at the given time, and restored automatically when it has succeeded.
show_clones shows the status. Source and target are checked first, as for a restore. Roles that the target lacks are
created, and existing ones are used unchanged. An existing database with the target's name is renamed: the dialogue asks for
the new name; on the line, give it as an additional word.

DBname #all_databases#, or an empty DBname, clones every database of the node except postgres, template0 and template1, each
under its own name. In the dialogue you can skip databases that cannot or should not be cloned. On the line, either all
clones are registered or none, and the new names of existing databases are a list of old=new. To cancel a clone that has not
begun, delete its snapshot or restore definition.";

/// The parameters, in the order of the prompts.
pub(super) const PARAMETERS: &[Parameter] = &[
    Parameter::new(
        NODE,
        "PgSQL node NodeID / FQDN",
        Kind::Node,
        "PgSQL node of the source database",
    )
    .default(DefaultSource::Empty)
    .check(databases::check_node),
    Parameter::new(
        "dbname",
        "DBname",
        Kind::Databases,
        "Database to clone; #all_databases# or empty for all",
    )
    .default(DefaultSource::Empty)
    .check(databases::check_names),
    Parameter::new(
        "target_node",
        "Target NodeID / FQDN",
        Kind::Node,
        "PgSQL node to copy the database to",
    )
    .default(DefaultSource::Empty)
    .check(restore::check_node),
    Parameter::new(
        "target_dbname",
        "Target DBname",
        Kind::Text,
        "Name of the copy; empty for the same name",
    )
    .default(DefaultSource::Empty),
    Parameter::new(
        "at_time",
        "AT timestamp",
        Kind::AtTime,
        "When the snapshot is taken",
    )
    .default(DefaultSource::Text("now")),
    Parameter::new(
        SERVER,
        "Backup server SrvID / FQDN",
        Kind::Server,
        "Backup server that takes the snapshot and restores it",
    )
    .default(DefaultSource::BackupServer),
    Parameter::new(
        "extra_parameters",
        "Extra parameters",
        Kind::RestoreParameters,
        "Additional options for pg_restore, and --map-role old=new",
    )
    .default(DefaultSource::Empty)
    .check(restore::check_parameters),
    Parameter::new(
        "renamed_dbname",
        "Rename existing database to",
        Kind::Text,
        "New name of an existing database with the target's name; for several databases a list of old=new",
    )
    .default(DefaultSource::Empty)
    .asked(Asked::Never),
];

/// Seven words, and eight with the name for an existing database.
pub(super) const FORMS: &[Form] = &[
    Form::Words(&[
        NODE,
        "dbname",
        "target_node",
        "target_dbname",
        "at_time",
        SERVER,
        "extra_parameters",
    ]),
    Form::Words(&[
        NODE,
        "dbname",
        "target_node",
        "target_dbname",
        "at_time",
        SERVER,
        "extra_parameters",
        "renamed_dbname",
    ]),
];
