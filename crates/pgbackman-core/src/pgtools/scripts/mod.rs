//! The scripts of SQL that belong to a backup beside its archive: roles, settings, and what is run after the contents.

pub mod after_script;
pub mod inside_script;
pub mod roles_script;
pub mod script_end;
pub mod settings_script;
