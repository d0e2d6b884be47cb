//! Many more of them: `cargo xtask test --long`.

use std::collections::BTreeSet;

use pgbackman_core::archive::Archive;
use pgbackman_tests::postgres::{Cluster, Version};

use super::subject::{Right, Subject};
use super::sweep::{LeavingOut, is_seen, one_of_each_kind};
use super::{NODE, SMALL, WHOLE, verdicts};
use crate::restore::support::RestoreLab;

/// How much of the classes a database has from which each entry is taken.
const TINY: f64 = 0.2;

/// Small ones and whole ones.
fn many() -> Vec<(u64, f64)> {
    let small = (100..112).map(|seed| (seed, SMALL));
    small.chain((200..204).map(|seed| (seed, WHOLE))).collect()
}

#[test]
fn b1_many_verdicts_are_those_of_pg_dump_on_15() {
    verdicts(Version::Installed, &many());
}

#[test]
fn b1_many_verdicts_are_those_of_pg_dump_on_16() {
    verdicts(Version::V16, &many());
}

#[test]
fn b1_many_verdicts_are_those_of_pg_dump_on_17() {
    verdicts(Version::V17, &many());
}

#[test]
fn b1_many_verdicts_are_those_of_pg_dump_on_18() {
    verdicts(Version::V18, &many());
}

#[test]
fn b1_one_entry_of_each_kind_is_missed_on_every_version() {
    for version in Version::ALL {
        one_of_each_kind(version, 4);
    }
}

#[test]
fn b1_every_single_entry_is_missed_on_15() {
    each_entry(Version::Installed, &[301, 302]);
}

#[test]
fn b1_every_single_entry_is_missed_on_18() {
    each_entry(Version::V18, &[303, 304]);
}

/// Without any one entry, whose lack `pg_dump` shows, a restore is no success.
fn each_entry(version: Version, seeds: &[u64]) {
    let cluster = Cluster::private(version);
    cluster.psql_script("postgres", NODE);
    let mut lab = RestoreLab::new(&cluster, &cluster);
    let leaving_out = LeavingOut::instead_of(version, &mut lab.lab.sandbox);
    let mut wrong = Vec::new();
    for seed in seeds {
        leaving_out.nothing();
        let subject = Subject::build(&lab, *seed, TINY);
        let archive = Archive::open(&subject.backup.dump_file).unwrap();
        for entry in archive.entries.iter().filter(|entry| is_seen(entry)) {
            leaving_out.leave_out(&archive, &BTreeSet::from([entry.id]));
            let judged = subject.restored().unwrap();
            let is_right = match judged.right() {
                Right::Succeeded => judged.status != "ERROR",
                Right::Warning => judged.status != "SUCCEEDED",
                Right::Error => judged.status == "ERROR",
            };
            if !is_right {
                wrong.push(format!(
                    "without {} of seed {seed}: {judged:#?}",
                    entry.shown()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
