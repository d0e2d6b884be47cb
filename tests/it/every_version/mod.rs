//! Every release of PostgreSQL from 12 to 18 backed up, and restored on every other: `cargo xtask test --matrix`.
//!
//! The clients are those of 15 to 18: a node of 12 to 14 is dumped by 15's.

mod cells;
mod generated;
mod likeness;
mod newer;
mod source;

use pgbackman_tests::postgres::{Cluster, Version};

use self::source::Source;

#[test]
fn from_12() {
    from(12);
}

#[test]
fn from_13() {
    from(13);
}

#[test]
fn from_14() {
    from(14);
}

#[test]
fn from_15() {
    from(15);
}

#[test]
fn from_16() {
    from(16);
}

#[test]
fn from_17() {
    from(17);
}

#[test]
fn from_18() {
    from(18);
}

/// Backs up a node of this version with every code, and restores it on a node of each version.
fn from(major: u32) {
    let node = Cluster::private(Version::Server(major));
    let targets = Version::SERVERS.map(|major| Cluster::private(Version::Server(major)));
    let source = Source::build(&node);
    let lab = cells::restore_everywhere(source, &targets);
    newer::restore_everywhere(lab, &targets);
}
