//! `pgbackman_restore` with real servers, real archives, and real failures.

mod away;
mod failures;
mod kills;
mod legacy;
mod matrix;
mod of_1_x;
mod parts;
mod refusals;
mod secrets;
mod support;
mod versions;
