//! Parameters that several commands for restores share.

use crate::declaration::spec::{Asked, DefaultSource, Parameter};
use crate::restore;
use crate::values::kind::Kind;

/// Options for `pg_restore`.
pub(super) const EXTRA_PARAMETERS: Parameter = Parameter::new(
    "extra_parameters",
    "Extra parameters",
    Kind::RestoreParameters,
    "Additional options for pg_restore, and --map-role old=new",
)
.default(DefaultSource::NodeConfig("extra_restore_parameters"))
.check(restore::check_parameters);

/// The new name of an existing database.
pub(super) const RENAMED_DBNAME: Parameter = Parameter::new(
    "renamed_dbname",
    "Rename existing database to",
    Kind::Text,
    "New name of an existing database with the target's name",
)
.default(DefaultSource::Empty)
.asked(Asked::Never);

/// Existing roles to use.
pub(super) const ROLES_TO_USE: Parameter = Parameter::new(
    "roles_to_use",
    "Use the existing roles",
    Kind::Text,
    "Existing roles of the target to use: names, or all",
)
.default(DefaultSource::Empty)
.asked(Asked::Never);
