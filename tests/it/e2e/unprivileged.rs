//! A backup server without root: `scheduler = "crontab"`.

use pgbackman_tests::namespace;
use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::wait;

use super::scene::{DEADLINE, Scene, verify};

const OWN_LINES: &str = "# My own.\n17 3 1 1 * /bin/true\n";

#[test]
fn an_unprivileged_control_keeps_its_block_in_its_users_crontab_and_cron_runs_it() {
    if !namespace::available() {
        return;
    }
    let scene = Scene::unprivileged(OWN_LINES);
    let node = Cluster::private(Version::Installed);
    node.psql("postgres", "CREATE DATABASE shop");
    let name = scene.register_node(&node);
    scene.define(&name, "shop", "FULL").success();

    let backups = scene.wait_for_backups(1);

    verify(&backups[0]);
    let crontab = scene.user_crontab();
    assert!(crontab.starts_with(OWN_LINES), "{crontab}");
    assert_eq!(crontab.matches("pgbackman_dump").count(), 1, "{crontab}");
    assert_eq!(scene.crontab(), "", "nothing in /etc/cron.d");

    scene
        .shell(&[
            "update_pgsql_node",
            &name,
            &node.port().to_string(),
            "postgres",
            "STOPPED",
            "",
        ])
        .success();
    wait::until(DEADLINE, "the end of the block", || {
        (!scene.user_crontab().contains("pgbackman_dump")).then_some(())
    });
    assert!(
        scene.user_crontab().starts_with(OWN_LINES),
        "{}",
        scene.user_crontab()
    );
}
