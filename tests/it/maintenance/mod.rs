//! `pgbackman_maintenance`: what it deletes, and above all what it does not.

mod bad_rows;
mod daemon;
mod daily_look;
mod damage;
mod databases;
mod fourth_file;
mod hanging_deletion;
mod kept;
mod kills;
mod leftovers;
mod marks;
mod pending;
mod pending_believed;
mod retention;
mod shared_files;
pub(crate) mod support;
