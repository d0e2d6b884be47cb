//! Snapshots and restores: the jobs of `at`.

pub(crate) mod argv;
pub mod jobs;
pub(crate) mod of_1_x;
pub mod plan;
