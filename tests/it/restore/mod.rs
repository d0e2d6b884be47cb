//! `pgbackman_restore` with real servers, real archives, and real failures.

mod matrix;
mod support;
