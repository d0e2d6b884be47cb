//! What the programs that `cron` and `at` start have in common: where they work, how long they may, how they run client
//! programs, and how they say why they failed.
#![forbid(unsafe_code)]

pub mod bar;
pub mod bounds;
pub mod cancellation;
pub mod catalogue;
pub mod command_line;
pub mod directories;
pub mod environment;
pub mod failure;
pub mod hook;
pub mod life;
pub mod lock_patience;
pub mod older_servers;
pub mod outcome;
pub mod progress;
pub mod start;
pub mod telling;
pub mod tool;
