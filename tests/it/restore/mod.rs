//! `pgbackman_restore` with real servers, real archives, and real failures.

mod away;
mod clones;
mod failures;
mod full_disk;
mod kills;
mod lacking;
mod legacy;
mod matrix;
mod of_1_x;
mod parts;
mod refusals;
mod retry;
mod secrets;
mod support;
mod versions;
