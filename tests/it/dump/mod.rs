//! `pgbackman_dump`: success, failure, kills, limits, the catalogue away.

mod away;
mod codes;
mod cron_starts;
mod failures;
mod full_disk;
mod harmless_changes;
pub(crate) mod hooks;
mod job;
pub(crate) mod kills;
mod left_out;
mod limits;
mod lost_tables;
mod marks;
mod names;
mod needs;
mod progress;
mod requested;
mod retries;
mod room;
mod secrets;
mod standby;
pub(crate) mod support;
mod verdicts;
pub(crate) mod waiting;
mod windows;
