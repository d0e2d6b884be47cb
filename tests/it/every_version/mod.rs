//! Every release of PostgreSQL from 12 to 19 backed up, and restored on every other: `cargo xtask test --matrix`.
//!
//! The clients are those of 15 to 19: a node of 12 to 14 is dumped by 15's. Where 19 could not be had, the tests from 19 fail, and the
//! others have one target less.

mod builtins;
mod catalogue;
mod cells;
mod generated;
mod likeness;
mod newer;
mod source;

use pgbackman_tests::postgres::{Cluster, Version};

use self::source::Source;
use crate::restore::support::RestoreLab;

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

#[test]
fn from_19() {
    from(19);
}

/// Backs up a node of this version with every code, and restores it on a node of each version.
fn from(major: u32) {
    let node = Cluster::private(Version::Server(major));
    let targets = targets();
    let source = Source::build(&node);
    let lab = cells::restore_everywhere(source, &targets);
    newer::restore_everywhere(lab, &targets);
}

/// A node of each version.
fn targets() -> Vec<Cluster> {
    Version::servers()
        .into_iter()
        .map(Cluster::private)
        .collect()
}

/// A node as source and target, with the clients of every release.
fn lab(node: &Cluster) -> RestoreLab<'_> {
    with_every_client(RestoreLab::new(node, node))
}

/// The same backup server, with the clients of every release.
fn with_every_client(mut lab: RestoreLab<'_>) -> RestoreLab<'_> {
    let clients: Vec<_> = Version::ALL
        .into_iter()
        .chain([Version::newest_clients()])
        .map(Version::bin_dir)
        .collect();
    let clients = serde_json::to_string(&clients).unwrap();
    lab.lab
        .sandbox
        .configure("backup_server", "bin_dirs", &clients);
    lab
}
