//! `pgbackman_setup node --now --wait`.

use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::sandbox::{Daemon, Sandbox};
use pgbackman_tests::wait;

use crate::dump::support::DEADLINE;

/// Starts it for a server with the databases `postgres` and `shop`, and waits until both snapshots are registered.
fn started(sandbox: &Sandbox<'_>, cluster: &Cluster) -> Daemon {
    let (host, domain) = Sandbox::BACKUP_SERVER.split_once('.').unwrap();
    sandbox.shell(&format!("register_backup_server {host} {domain} \"\""));
    cluster.psql("postgres", "CREATE DATABASE shop");
    let socket = cluster.socket_dir().to_string_lossy().into_owned();
    let port = cluster.port().to_string();
    let arguments = ["node", &socket, "--port", &port, "--now", "--wait"];
    let setup = sandbox.spawn("pgbackman_setup", arguments);
    wait::until(DEADLINE, "two snapshots", || {
        let count = sandbox
            .catalogue()
            .psql("SELECT count(*) FROM snapshot_definition");
        (count.trim() == "2").then_some(())
    });
    setup
}

/// As a run of a snapshot registers it.
fn ended(sandbox: &Sandbox<'_>, dbname: &str, status: &str, reason: &str) {
    sandbox.catalogue().psql(&format!(
        "INSERT INTO backup_catalog (
             snapshot_id, backup_server_id, pgsql_node_id, dbname, started, finished, pg_dump_file_size, global_log_file,
             execution_status, execution_method, error_message
         )
         SELECT snapshot_id, 1, 1, dbname, now(), now(), 1048576, '/log', '{status}', 'AT', '{reason}'
         FROM snapshot_definition WHERE dbname = '{dbname}'"
    ));
}

#[test]
fn setup_waits_for_the_first_backups_and_counts_them() {
    let (sandbox, cluster) = (Sandbox::new(), Cluster::private(Version::Installed));
    let mut setup = started(&sandbox, &cluster);
    ended(&sandbox, "shop", "SUCCEEDED", "");
    wait::until(DEADLINE, "one of two", || {
        setup
            .said()
            .contains("1 of 2 first backups taken, 1.0 MB")
            .then_some(())
    });
    ended(&sandbox, "postgres", "SUCCEEDED", "");
    assert_eq!(setup.wait(DEADLINE), 0, "{}", setup.said());
    assert!(setup.said().contains("2 of 2 first backups taken, 2.0 MB"));
}

#[test]
fn setup_fails_where_a_first_backup_did() {
    let (sandbox, cluster) = (Sandbox::new(), Cluster::private(Version::Installed));
    let mut setup = started(&sandbox, &cluster);
    ended(&sandbox, "shop", "ERROR", "the disk is full");
    ended(&sandbox, "postgres", "WARNING", "sequences");
    assert_eq!(setup.wait(DEADLINE), 1, "{}", setup.said());
    let said = setup.said();
    assert!(
        said.contains("1 of 2 first backups failed: database shop: the disk is full"),
        "{said}"
    );
}
