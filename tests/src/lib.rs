//! The harness: throw-away clusters, sandboxes, proxies, terminals, namespaces.
//!
//! `tests/README.md` shows how a test uses each of them. Everything here fails loudly: what cannot be set up is a
//! failed test with a message that says what to do, never a test that is left out.

// What the harness cannot set up is a failed test: that is what `unwrap`, `expect` and `panic!` are for here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::missing_panics_doc)]
#![forbid(unsafe_code)]

pub mod base;
pub mod browser;
pub mod built;
pub mod catalogue;
pub mod demo_fleet;
pub mod exposition;
pub mod fakes;
pub mod frozen_disk;
pub mod fuse_disk;
pub mod mail;
pub mod namespace;
pub mod observed;
pub mod pooler;
pub mod postgres;
pub mod processes;
pub mod proxy;
pub mod pty;
pub mod sandbox;
pub mod simulated;
pub mod small_disk;
pub mod wait;
pub mod watchdog;
pub mod web;
