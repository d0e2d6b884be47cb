//! What is not given to `at`, and what is said about it.

use pgbackman_tests::namespace;

use super::scene::{Account, Scene};

/// The reason for which a snapshot ends as ERROR.
#[track_caller]
fn refusal(scene: &Scene, snapshot: i64) -> String {
    // C13: what is refused was not done.
    scene.once().failure();
    let said = scene.status(snapshot);
    let reason = said
        .strip_prefix("ERROR|")
        .unwrap_or_else(|| panic!("{said}"));
    assert_eq!(scene.queue(), [], "{reason}");
    reason.to_owned()
}

#[test]
fn an_account_that_may_not_use_at_is_told() {
    if !namespace::available() {
        return;
    }
    let scene = Scene::new(Account::Jobs);
    scene.once().success();
    scene.machine("echo pgbackman >> /etc/at.deny");
    // Nothing waits, and nothing is wrong.
    scene.once().success();
    let snapshot = scene.define_tomorrow("shop");
    let said = refusal(&scene, snapshot);
    assert!(
        said.contains("\"pgbackman\"") && said.contains("/etc/at.deny"),
        "{said}"
    );
    scene.machine("echo alias > /etc/at.deny");
    scene.once().success();
    assert_eq!(scene.queue(), [], "an error is final");
}

#[test]
fn what_the_local_configuration_forbids_is_not_run() {
    if !namespace::available() {
        return;
    }
    let scene = Scene::new(Account::Root);
    let set = |parameter: &str, value: &str| {
        scene.sql(&format!(
            "UPDATE backup_server_config SET value = '{value}' WHERE server_id = 1 AND parameter = '{parameter}'"
        ));
    };
    let program = scene.sandbox.bin_dir().join("pgbackman_dump");
    set("pgbackman_dump", "/usr/bin/touch");
    let snapshot = scene.define_now("shop");
    // The crontab's part of the pass fails for the same reason.
    scene.once();
    let said = scene.status(snapshot);
    assert!(
        said.starts_with("ERROR|") && said.contains("program_dir"),
        "{said}"
    );
    set("pgbackman_dump", &program.display().to_string());

    scene.sql(&format!(
        "UPDATE snapshot_definition SET status = 'WAITING', problem = NULL, pg_dump_release = '9x' WHERE snapshot_id = {snapshot}"
    ));
    let said = refusal(&scene, snapshot);
    assert!(said.contains("\"9x\""), "{said}");
    scene.sql(&format!(
        "UPDATE snapshot_definition SET status = 'WAITING', backup_code = 'CONFIG' WHERE snapshot_id = {snapshot}"
    ));
    let said = refusal(&scene, snapshot);
    assert!(said.contains("CONFIG"), "{said}");
}
