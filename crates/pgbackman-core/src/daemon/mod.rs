//! What the daemons have in common.
//!
//! [`context`] does not change while a daemon runs. [`program`] is a daemon as a process: configuration, account, lock,
//! runtime. [`passes`] is the loop of a daemon that works
//! in passes. [`question`] limits the time of questions to the catalogue. [`service`] reports to the service manager,
//! [`heartbeat`] to the catalogue. [`recovery`] is the process that recovers dead runs.

pub mod context;
pub mod heartbeat;
pub mod passes;
pub mod program;
pub mod question;
pub mod recovery;
pub mod service;
