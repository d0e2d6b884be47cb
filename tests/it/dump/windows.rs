//! Maintenance windows (first day, 2): cron's runs end without a backup until the window is over, and begin again on time, whether the
//! catalogue is available or not.

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use pgbackman_tests::postgres::{Cluster, StopMode, Version};
use pgbackman_tests::sandbox::Sandbox;

use super::cron_starts::by_cron;
use super::support::Lab;

fn at(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[test]
fn f2_a_window_ends_on_time_while_the_catalogue_is_unavailable() {
    let catalogue = Cluster::private(Version::Installed);
    let node = Cluster::shared(Version::Installed);
    let database = node.database();
    let lab = Lab::of(Sandbox::on(&catalogue), node);
    let job = lab.define(database.name(), "FULL");
    let now = Utc::now().trunc_subsecs(0);
    let end = now + TimeDelta::hours(2);
    lab.sandbox.catalogue().psql(&format!(
        "SELECT start_maintenance_window({}, '{}', 'A new disk')",
        lab.node_id,
        at(end)
    ));
    lab.write_caches_in_window(end);
    let backups = || lab.assert_only_complete_backups().len();
    let silent = |time: DateTime<Utc>| {
        let output = by_cron(&job, &at(time));
        // cron mails whatever is printed.
        assert_eq!(
            (output.code, output.stdout.as_str(), output.stderr.as_str()),
            (0, "", "")
        );
        assert!(lab.records().is_empty());
        assert_eq!(backups(), 0);
    };
    silent(now);
    assert!(lab.catalogued("execution_status").is_empty());
    let log = lab.sandbox.log();
    assert!(log.contains("in a maintenance window until 20"), "{log}");
    catalogue.stop(StopMode::Fast);
    silent(end - TimeDelta::minutes(1));
    let output = by_cron(&job, &at(end));
    assert_eq!(backups(), 1, "{}{}", output.stderr, lab.sandbox.log());
    catalogue.start();
    // Nobody has written the cache anew since an operator ended the window.
    lab.sandbox
        .catalogue()
        .psql(&format!("SELECT end_maintenance_window({})", lab.node_id));
    let output = by_cron(&job, &at(now + TimeDelta::minutes(5)));
    assert_eq!(backups(), 2, "{}{}", output.stderr, lab.sandbox.log());
    // By hand a backup is taken at any time.
    lab.sandbox.catalogue().psql(&format!(
        "SELECT start_maintenance_window({}, '{}', '')",
        lab.node_id,
        at(end)
    ));
    job.succeed();
    assert_eq!(backups(), 3);
}
