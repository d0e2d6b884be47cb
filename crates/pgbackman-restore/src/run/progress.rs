//! Where a run is.

use pgbackman_core::handoff::run::RestoreRecord;
use pgbackman_core::job::progress;

use crate::step::Step;

/// The record of this run, and who watches it.
pub(crate) type Progress<'a> = progress::Progress<'a, RestoreRecord, Step>;
