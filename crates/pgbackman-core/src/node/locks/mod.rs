//! Locks on a node: which a backup needs, and who waits for which.

pub mod lock_waits;
pub mod table_locks;
