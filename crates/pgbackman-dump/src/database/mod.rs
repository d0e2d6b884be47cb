//! The backup of one database: archive, roles and settings, with no table lost.

pub(crate) mod archive;
pub(crate) mod lossless;
pub(crate) mod roles;
pub(crate) mod scripts;
