//! The answer of `pgbackman_status_info --check`: the judgement of what needs attention, as a plugin's line.

mod line;

pub use line::Verdict;
