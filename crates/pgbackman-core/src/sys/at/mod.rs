//! Jobs for `at`: their text, and the queue that `at`, `atq` and `atrm` keep.
//!
//! This is the only place where text for `at` is made (traps 14, 22). [`script`] quotes an argument vector for the shell
//! that `atd` starts and says whose the job is ([`Marker`]); [`At`] hands the text over and finds it again.
#![forbid(unsafe_code)]

mod error;
mod job_number;
mod marker;
mod of_1_x;
mod queue;
mod script;

pub use error::AtError;
pub use job_number::JobNumber;
pub use marker::{AtJob, Marker, UnusableCatalogue};
pub use of_1_x::JobOf1x;
pub use queue::{At, QueuedJob, Submitted};
pub use script::{JobEnvironment, LONGEST_ARGUMENT, ScriptProblem, script, sh_word};
