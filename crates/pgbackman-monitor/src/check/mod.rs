//! The result of `pgbackman_status_info --check`: the problems that need attention, as the line of a plugin.

mod line;

pub use line::Verdict;
