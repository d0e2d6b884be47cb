//! An hour of operation in which everything goes wrong that does: time is the test's, all else is real but cron's and `atd`'s
//! waiting for the next minute. After every pass the catalogue and the disk are what a simple model says.
//!
//! `PGBACKMAN_TEST_SEED` chooses other schedules, policies and moments.

mod checks;
mod clock;
mod failures;
mod fleet;
#[cfg(feature = "long")]
mod long;
mod model;
mod registration;
mod schedule;
mod story;

use std::collections::BTreeSet;

use pgbackman_tests::namespace;
use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::simulated::set_time;

use clock::{LAST, time};
use fleet::Fleet;
use model::{ERROR, SUCCEEDED};

#[test]
fn an_hour_of_operation_ends_as_the_model_says() {
    if !namespace::available() {
        return;
    }
    an_hour(std::env::var("PGBACKMAN_TEST_SEED").map_or(5, |text| text.parse().unwrap()));
}

fn an_hour(seed: u64) {
    println!("PGBACKMAN_TEST_SEED={seed}");
    // What was committed stays when the server is stopped hard.
    let catalogue = Cluster::options(Version::Installed)
        .conf("synchronous_commit = on")
        .start();
    let mut fleet = Fleet::new(&catalogue, seed);
    for minute in 0..=LAST {
        fleet.break_or_mend(minute);
        if !fleet.failures.catalogue_is_away {
            set_time(fleet.sandbox.catalogue(), time(minute));
        }
        if fleet.operate(minute) {
            fleet.control(time(minute));
        }
        fleet.at(minute);
        fleet.cron(minute);
        fleet.pass_if_due(minute);
    }
    the_third_node_is_gone(&fleet);
    enough_has_happened(&fleet);
    fleet.verify_what_is_left();
    the_newest_stay_for_ever(&mut fleet);
}

fn the_third_node_is_gone(fleet: &Fleet<'_>) {
    assert_eq!(fleet.number("SELECT count(*) FROM pgsql_node"), 2);
    // The other backup server, which does not exist, has not cleaned up.
    let waiting = "SELECT count(*) FROM pgsql_node_to_delete WHERE backup_server_id = 1";
    assert_eq!(fleet.number(waiting), 0);
    assert!(!fleet.sandbox.crontab_dir().join("pgsql_node_3").exists());
    assert!(!fleet.partition(2).exists());
}

/// A seed under which little happens proves little.
fn enough_has_happened(fleet: &Fleet<'_>) {
    let count = |status| {
        fleet
            .model
            .runs
            .values()
            .filter(|run| run.status == status)
            .count()
    };
    let left = (count(SUCCEEDED), count(ERROR));
    println!(
        "runs: {}, gone: {}, left (SUCCEEDED, ERROR): {left:?}, killed: {}",
        fleet.model.count, fleet.model.gone, fleet.killed
    );
    assert!(fleet.model.gone > 50 && left.0 > 40 && left.1 > 0 && fleet.killed > 4);
}

/// A day and three years later nothing has been backed up any more: what retention keeps is still there.
fn the_newest_stay_for_ever(fleet: &mut Fleet<'_>) {
    for minute in [LAST + 24 * 60, LAST + 3 * 366 * 24 * 60] {
        set_time(fleet.sandbox.catalogue(), time(minute));
        fleet.pass(minute);
    }
    let left: BTreeSet<_> = fleet.model.runs.keys().copied().collect();
    assert!(fleet.model.newest_succeeded().is_subset(&left));
    assert!(!left.is_empty());
    fleet.verify_what_is_left();
}
