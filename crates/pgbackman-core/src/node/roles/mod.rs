//! Every role a database needs, and the file that recreates them (`docs/spec/backups.md`, "What a backup consists of").

mod memberships;
mod names;
mod needed;
mod read;
mod render;
mod sources;

pub use self::needed::{
    Attributes, DatabaseRoles, InheritSet, Membership, Role, SharedObject, SharedPrivileges,
};
pub use self::read::read;
