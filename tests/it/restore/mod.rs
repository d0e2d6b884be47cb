//! `pgbackman_restore` with real servers, real archives, and real failures.

mod away;
mod clones;
mod counts;
mod creating;
mod encodings;
mod failures;
mod full_disk;
mod icu;
mod kills;
mod lacking;
mod limits;
mod matrix;
mod of_1_x;
mod own_objects;
mod parts;
mod refusals;
mod retry;
mod roles;
mod rows_only;
mod secrets;
mod settings;
pub(crate) mod state;
pub(crate) mod support;
mod versions;
mod views;
mod whole_node;
mod whole_parts;
