//! Roles that somebody else makes at the same time.

use std::fs;

use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::sandbox::Daemon;
use pgbackman_tests::wait::until;

use super::support::RestoreLab;
use crate::dump::support::DEADLINE;

/// What every restore takes before it makes roles: one of another release must find the same number.
const LOCK: &str = "SELECT pg_advisory_xact_lock(5793672346035252325)";

/// What the restores of a server wait for, by its kind.
const WAITING: &str = "SELECT wait_event FROM pg_stat_activity WHERE application_name LIKE 'pgbackman_restore %' AND wait_event_type = 'Lock'";

#[tokio::test]
async fn roles_that_somebody_makes_meanwhile_are_used() {
    let cluster = Cluster::private(Version::Installed);
    cluster.psql_script("postgres", "CREATE ROLE keeper; CREATE ROLE reader; GRANT reader TO keeper; CREATE DATABASE shop OWNER keeper;");
    let lab = RestoreLab::new(&cluster, &cluster);
    let backup = lab.backup("shop", "FULL");
    // Another restore has the lock; and who knows nothing of it, or has it in another database, is in the middle of it.
    for (database, before, expected) in [
        ("postgres", LOCK, "advisory"),
        ("template1", "SELECT 1", "transactionid"),
    ] {
        cluster.psql_script(
            "postgres",
            "DROP DATABASE shop; DROP ROLE keeper; DROP ROLE reader;",
        );
        let mut other = cluster.connect(database).await;
        let making = other.transaction().await.unwrap();
        making.batch_execute(before).await.unwrap();
        making.batch_execute("CREATE ROLE keeper").await.unwrap();
        let restore = lab.restore(&backup, "shop");
        let id = restore.register();
        let mut running = Daemon::spawn(
            &mut restore.command(id),
            &lab.sandbox().home().join(format!("{database}.out")),
        );
        let waits = until(
            DEADLINE,
            "the restore to wait for who makes the role",
            || {
                let event = cluster.psql("postgres", WAITING);
                (!event.is_empty()).then_some(event)
            },
        );
        assert_eq!(waits, expected);
        making.commit().await.unwrap();
        assert_eq!(running.wait(DEADLINE), 0, "{}", running.said());
        let result = lab.last_result();
        assert_eq!(
            (result["status"].as_str(), result["message"].as_str()),
            ("SUCCEEDED", "")
        );
        let log = fs::read_to_string(&result["log"]).unwrap();
        assert!(
            log.contains("somebody has created \"keeper\" in the meantime"),
            "{log}"
        );
        let owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'shop'";
        assert_eq!(cluster.psql("postgres", owner), "keeper");
    }
}
