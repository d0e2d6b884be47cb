//! Declarations of commands, with the parameters that several of them share, and everything that is derived from
//! them.

pub mod chosen_times;
pub mod config_values;
pub mod defaults;
pub mod definition_parameters;
pub mod filters;
pub mod forced_deletion;
pub mod help;
pub mod list_command;
pub mod only_defaults;
pub mod registry;
pub mod spec;
