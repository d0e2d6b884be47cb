//! What a restored database shares with the one that was backed up: the restore is a WARNING that says so.

use pgbackman_tests::postgres::{Cluster, Version};

use super::support::RestoreLab;

#[test]
fn slots_of_subscriptions_and_jobs_of_pg_cron_are_named() {
    let cluster = Cluster::private(Version::Installed);
    cluster.psql("postgres", "CREATE DATABASE shop");
    // The table of pg_cron, which need not be there for a job to come along.
    for sql in [
        "CREATE SCHEMA cron",
        "CREATE TABLE cron.job (jobid int, active boolean)",
        "INSERT INTO cron.job VALUES (1, false)",
        "CREATE SUBSCRIPTION lonely CONNECTION 'host=nowhere' PUBLICATION p WITH (connect = false, slot_name = NONE)",
    ] {
        cluster.psql("shop", sql);
    }
    let lab = RestoreLab::new(&cluster, &cluster);
    lab.restore(&lab.backup("shop", "FULL"), "quiet").run();
    let said = lab.last_result()["message"].clone();
    assert!(
        !said.contains("slot") && !said.contains("pg_cron"),
        "{said}"
    );

    for sql in [
        "INSERT INTO cron.job VALUES (2, true), (3, true)",
        "CREATE SUBSCRIPTION sub CONNECTION 'host=nowhere' PUBLICATION p WITH (connect = false, slot_name = 'their_slot')",
    ] {
        cluster.psql("shop", sql);
    }
    let output = lab.restore(&lab.backup("shop", "FULL"), "clone").run();
    let result = lab.last_result();
    assert_eq!(output.code, 8, "{result:#?}");
    for words in [
        "share their slots with the subscriptions of the original database: sub (their_slot); before you drop one of them, run \
         ALTER SUBSCRIPTION … SET (slot_name = NONE)",
        "the jobs of pg_cron were restored, too (2 active), and run here as well",
    ] {
        assert!(result["message"].contains(words), "{words}: {result:#?}");
    }
}
