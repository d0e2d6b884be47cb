//! `pgbackman_dump`: success, failure, kills, limits, the catalogue away.

mod codes;
mod support;
