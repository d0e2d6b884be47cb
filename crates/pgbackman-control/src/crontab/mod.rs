//! The crontabs: what is in them, where they lie, and the cron that reads them.

pub mod cron;
pub mod crontabs;
pub mod node_crontab;
pub mod plan;
pub mod user_crontab;
