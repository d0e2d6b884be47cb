//! The main job, end to end: from the shell through cron to a restored database.

mod bad_rows;
mod first_steps;
mod hostile_names;
mod main_job;
mod many_definitions;
mod missed_runs;
mod operation;
pub(crate) mod scene;
mod unprivileged;
