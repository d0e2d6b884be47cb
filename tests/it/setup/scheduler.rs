//! Which cron the check of a backup server finds.

use pgbackman_tests::namespace::{self, Namespace};
use pgbackman_tests::sandbox::Sandbox;
use pgbackman_tests::wait;

const DEADLINE: std::time::Duration = std::time::Duration::from_secs(30);

#[test]
fn c9_the_check_names_the_cron_of_its_own_system_and_not_one_beside_it() {
    if !namespace::available() {
        return;
    }
    let sandbox = Sandbox::for_namespace_without_catalogue();
    let mut check = sandbox.command("pgbackman_setup");
    check.args(["server", "--check"]);
    let inside = Namespace::around(&sandbox);
    let before = inside.run(&check).stdout;
    assert!(
        before.contains("[ERROR]: scheduler cron: no cron runs on this system"),
        "{before}"
    );
    // The machine may have a cron of its own, or none.
    let of_the_machine = || {
        let found = sandbox.run("pgbackman_setup", ["server", "--check"]).stdout;
        let lines = found
            .lines()
            .filter(|line| line.contains(" scheduler cron: "));
        let levels: Vec<String> = lines
            .map(|line| line.split(": ").next().unwrap().to_owned())
            .collect();
        levels
    };
    let outside = of_the_machine();
    let _cron = inside.start_cron();
    wait::until(DEADLINE, "a check that names the cron", || {
        let found = inside.run(&check).stdout;
        // Its package, with the version.
        found
            .contains("[OK]: scheduler cron: cron 3.0pl1-")
            .then_some(())
    });
    assert_eq!(of_the_machine(), outside, "its process is seen there, too");
}
