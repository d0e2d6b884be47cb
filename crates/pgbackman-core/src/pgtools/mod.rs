//! PostgreSQL's client programs: where they are, how they are called, and the SQL text they write and read.
#![forbid(unsafe_code)]

pub mod archive_list;
pub mod archive_roles;
pub mod archive_sequences;
pub mod argv;
pub mod bindir;
pub mod internal_options;
pub mod list_setting;
pub mod other_version;
pub mod own_session;
pub mod quote;
pub mod role_attributes;
pub mod role_map;
pub mod scripts;
pub mod server_programs;
pub mod sql_statements;
pub mod sql_tokens;
