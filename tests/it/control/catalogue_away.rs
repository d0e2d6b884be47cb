//! Control without its catalogue, and with it again.

use pgbackman_tests::postgres::{Cluster, StopMode, Version};
use pgbackman_tests::sandbox::Sandbox;
use pgbackman_tests::wait;

use super::support::{Backup, DEADLINE};

/// Ends every session of control in the sandbox's catalogue.
fn terminate_sessions(backup: &Backup<'_>) -> i64 {
    backup.number(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
         WHERE datname = current_database() AND application_name = 'pgbackman_control'",
    )
}

#[test]
fn trap_23_no_change_is_lost_when_the_connection_is_killed_again_and_again() {
    let backup = Backup::new();
    let node = backup.node("node1", 5432);
    let mut ids = vec![backup.define(node, "first")];
    let mut control = backup.control();
    backup.wait_until_scheduled(node, &ids);
    let mut killed = 0;
    for number in 0..15 {
        killed += terminate_sessions(&backup);
        // While nobody listens, or just when somebody begins to.
        ids.push(backup.define(node, &format!("db{number}")));
    }
    assert!(killed > 0);
    backup.wait_until_scheduled(node, &ids);
    backup.wait_for_empty_queue();
    // A node registered behind its back gets its channel too.
    killed = terminate_sessions(&backup);
    let other = backup.node("node2", 5432);
    let first = backup.define(other, "shop");
    backup.wait_until_scheduled(other, &[first]);
    let second = backup.define(other, "late");
    backup.wait_until_scheduled(other, &[first, second]);
    assert!(killed > 0);
    assert_eq!(control.terminate(DEADLINE), 0);
}

#[test]
fn trap_23_control_outlives_a_restart_of_the_catalogue_and_looks_at_everything_again() {
    let cluster = Cluster::private(Version::Installed);
    let backup = Backup::register(Sandbox::on(&cluster));
    let node = backup.node("node1", 5432);
    let first = backup.define(node, "first");
    let mut control = backup.control();
    backup.wait_until_scheduled(node, &[first]);
    cluster.stop(StopMode::Fast);
    backup.wait_for_log("lost the connection");
    assert!(control.is_running());
    cluster.start();
    let second = backup.define(node, "second");
    backup.wait_until_scheduled(node, &[first, second]);
    let third = backup.define(node, "third");
    backup.wait_until_scheduled(node, &[first, second, third]);
    assert_eq!(control.terminate(DEADLINE), 0);
}

#[test]
fn control_started_before_the_catalogue_waits_for_it() {
    let cluster = Cluster::private(Version::Installed);
    let backup = Backup::register(Sandbox::on(&cluster));
    let node = backup.node("node1", 5432);
    let id = backup.define(node, "shop");
    cluster.stop(StopMode::Fast);
    let once = backup.once();
    assert_eq!(once.code, 4, "{}", once.stderr);
    let mut control = backup.control();
    wait::until(DEADLINE, "a word about the catalogue", || {
        control.said().contains("could not connect").then_some(())
    });
    cluster.start();
    backup.wait_until_scheduled(node, &[id]);
    assert_eq!(control.terminate(DEADLINE), 0);
}

#[test]
fn control_waits_until_its_server_is_registered() {
    let sandbox = Sandbox::new();
    let once = sandbox.run("pgbackman_control", ["--once"]);
    assert_eq!(once.code, 1);
    assert!(
        once.stderr.contains("not registered as a backup server"),
        "{}",
        once.stderr
    );
    let mut control = sandbox.spawn("pgbackman_control", [""; 0]);
    wait::until(DEADLINE, "a word about it", || {
        control.said().contains("not registered").then_some(())
    });
    let backup = Backup::register(sandbox);
    let node = backup.node("node1", 5432);
    let id = backup.define(node, "shop");
    backup.wait_until_scheduled(node, &[id]);
    assert_eq!(
        control.said().matches("not registered").count(),
        1,
        "it is said once"
    );
    assert_eq!(control.terminate(DEADLINE), 0);
}

#[test]
fn control_refuses_a_catalogue_of_another_version() {
    let backup = Backup::new();
    backup.sql("INSERT INTO pgbackman_version (version, tag) VALUES (99, 'v_99_0_0')");
    let once = backup.once();
    assert_eq!(once.code, 5, "{}", once.stderr);
    assert!(once.stderr.contains("99"), "{}", once.stderr);
}
