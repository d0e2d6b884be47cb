//! The only place for the operating system: files, directories, processes, users, cron, the service manager.

pub mod at;
pub mod atomic_file;
pub mod boot;
pub mod cron_service;
pub mod crontab;
pub mod directory;
pub mod entries;
pub mod free_space;
pub mod lock;
pub mod no_replace;
pub mod noticed;
pub mod notify;
pub mod privilege;
pub mod process;
pub mod programs;
pub mod running;
pub mod signal;
pub mod terminal;
pub mod time_zone;
