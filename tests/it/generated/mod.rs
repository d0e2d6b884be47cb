//! Databases that chance has made, of everything that PostgreSQL has, dumped and restored: the verdict of every restore is that of
//! comparing the `pg_dump`s of both sides. A false ERROR takes a good restore away; a false SUCCEEDED is believed.
//!
//! `PGBACKMAN_TEST_SEED` chooses one database; `PGBACKMAN_TEST_CLASS` makes it of the classes whose names contain a word.

mod classes;
#[cfg(feature = "long")]
mod long;
mod maker;
mod subject;
mod sweep;

use pgbackman_tests::postgres::{Cluster, Version};

pub(crate) use self::maker::NODE;
pub(crate) use self::subject::Subject;
#[cfg(feature = "every-version")]
pub(crate) use self::subject::{drop_database, encoding};
use crate::restore::support::RestoreLab;

/// How many of the classes a small database has.
pub(crate) const SMALL: f64 = 0.4;
/// One that has them all.
const WHOLE: f64 = 1.0;

#[test]
fn b1_the_verdict_is_that_of_pg_dump_on_15() {
    verdicts(Version::Installed, &[(1, WHOLE)]);
}

#[test]
fn b1_the_verdict_is_that_of_pg_dump_on_16() {
    verdicts(Version::V16, &[(2, SMALL)]);
}

#[test]
fn b1_the_verdict_is_that_of_pg_dump_on_17() {
    verdicts(Version::V17, &[(5, SMALL)]);
}

#[test]
fn b1_the_verdict_is_that_of_pg_dump_on_18() {
    verdicts(Version::V18, &[(1, WHOLE)]);
}

/// Restores the databases of these seeds beside themselves.
fn verdicts(version: Version, seeds: &[(u64, f64)]) {
    let cluster = Cluster::private(version);
    cluster.psql_script("postgres", NODE);
    let lab = RestoreLab::new(&cluster, &cluster);
    let asked = std::env::var("PGBACKMAN_TEST_SEED").map(|seed| [(seed.parse().unwrap(), WHOLE)]);
    let seeds = asked.as_ref().map_or(seeds, |one| one.as_slice());
    let mut wrong = Vec::new();
    for (seed, size) in seeds {
        let subject = Subject::build(&lab, *seed, *size);
        wrong.extend(subject.verdict_is_right().err());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
