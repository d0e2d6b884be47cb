//! The number that `at` gives a job.

use std::fmt;

/// `at`'s number of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobNumber(pub(super) u64);

impl From<u64> for JobNumber {
    fn from(number: u64) -> Self {
        Self(number)
    }
}

impl From<JobNumber> for u64 {
    fn from(number: JobNumber) -> Self {
        number.0
    }
}

impl fmt::Display for JobNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
