//! What all PgBackMan programs share.
//!
//! The modules are layers; one never imports a module that is below it in this list (see `ARCHITECTURE.md`):
//! `domain`; `config`, `conninfo`, `secret`, `error`, `exit_code`, `clock`, `telemetry`, `steps`; `sys`; `pgtools`; `archive`;
//! `node`; `catalogue`; `daemon`; `handoff`; `proof`; `job`.

#[cfg(test)]
mod alone;

pub mod domain;

pub mod clock;
pub mod config;
pub mod conninfo;
pub mod error;
pub mod exit_code;
pub mod secret;
pub mod steps;
pub mod telemetry;

pub mod sys;

pub mod pgtools;

pub mod archive;

pub mod node;

pub mod catalogue;

pub mod daemon;

pub mod handoff;

pub mod proof;

pub mod job;

/// The software's version, as `--version` and the shell's banner show it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
