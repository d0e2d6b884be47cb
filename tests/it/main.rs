//! Every test that needs a server, cron, atd, real files or signals: one binary, one folder per area.
//!
//! How to write one stands in `tests/README.md`. A test of a trap carries the trap's number in its name.

// In tests a broken expectation is a failed test: that is what `unwrap` and `expect` are for here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::missing_panics_doc)]
#![forbid(unsafe_code)]

mod alerts;
mod at;
mod bulk;
#[cfg(feature = "by-hand")]
mod by_hand;
mod catalogue;
mod connect;
mod control;
mod cron;
#[cfg(feature = "crons")]
mod crons;
mod documents;
mod dump;
mod e2e;
#[cfg(feature = "every-version")]
mod every_version;
#[cfg(feature = "fuse")]
mod fuse;
mod generated;
mod harness;
mod legacy;
mod maintenance;
mod monitoring;
mod node;
mod report;
mod restore;
mod roundtrip;
mod setup;
mod shell;
mod verify;
