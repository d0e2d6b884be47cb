//! Crontabs: what Debian's cron 3.0pl1 reads, and how values get through it and the shell unharmed.
//!
//! This is the only place where text for cron is made (traps 14, 16, 18, 18a, 19). Everything here is pure; the files are
//! written by control.
#![forbid(unsafe_code)]

mod block;
mod dump_line;
mod environment;
mod file;
mod line;
mod quote;
#[cfg(test)]
mod test_cron;

pub use block::{BlockError, UserCrontab, replace_block};
pub use dump_line::{DumpLineProblem, dump_line};
pub use environment::{PLACEHOLDER, mailto_value};
pub use file::{
    CrontabFile, FileOrigin, Header, InvalidFileName, JOBS_PER_FILE, check_file_name, file_path,
    identify, render, same_jobs,
};
pub use line::{JobLine, LONGEST_COMMAND, LineProblem, job_line};
pub use quote::cron_word;
