//! The program itself: daemon, one pass, signals, the catalogue away.

use std::os::unix::net::UnixDatagram;
use std::os::unix::process::CommandExt as _;

use nix::sys::signal::Signal;
use nix::unistd::{Uid, User};
use pgbackman_tests::proxy::Proxy;
use pgbackman_tests::wait;

use super::support::{DEADLINE, Site, noon};

#[test]
fn the_daemon_is_ready_after_a_pass_makes_another_on_hup_and_ends_in_order() {
    let mut site = Site::new();
    site.sandbox
        .configure("pgbackman_maintenance", "maintenance_interval", "3600");
    let definition = site.define("shop");
    let [old, new] = [1, 2].map(|day| site.backup(definition, noon(day)));
    let path = site.sandbox.path().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(DEADLINE)).unwrap();
    site.own(&path);
    let mut command = site.sandbox.command("pgbackman_maintenance");
    command.env("NOTIFY_SOCKET", &path);
    let said = site.sandbox.path().join("said");
    let mut daemon = pgbackman_tests::sandbox::Daemon::spawn(&mut command, &said);
    let mut buffer = [0; 256];
    loop {
        let length = manager.recv(&mut buffer).unwrap();
        if &buffer[..length] == b"READY=1" {
            break;
        }
    }
    assert_eq!(site.entries(), [new]);
    assert!(
        daemon.said().contains(&format!("deleted backup {old} ")),
        "{}",
        daemon.said()
    );
    // A second one does not start.
    let second = site.sandbox.run("pgbackman_maintenance", ["--cron"]);
    assert_eq!(second.code, 7, "{}", second.stderr);
    let newer = site.backup(definition, noon(3));
    daemon.signal(Signal::SIGHUP);
    wait::until(DEADLINE, "the pass after HUP", || {
        (site.entries() == [newer]).then_some(())
    });
    assert_eq!(daemon.terminate(DEADLINE), 0, "{}", daemon.said());
}

#[test]
fn started_as_root_it_works_as_the_jobs_user() {
    if !Uid::effective().is_root() {
        // Everything is the caller's then, and there is no other user to become.
        return;
    }
    let site = Site::new();
    let definition = site.define("shop");
    let [_, new] = [1, 2].map(|day| site.backup(definition, noon(day)));
    // Something that only root may remove keeps its entry.
    let roots = site.dump_dir();
    std::os::unix::fs::chown(&roots, Some(0), Some(0)).unwrap();
    assert_eq!(site.pass(noon(60)).code, 1);
    assert_eq!(site.entries().len(), 2);
    site.own(&roots);
    let mut command = site.command(noon(60));
    let user = User::from_name(site.sandbox.os_user()).unwrap().unwrap();
    command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
    Site::run(&mut command, &["--cron"]).success();
    site.assert_left(&[new]);
}

#[test]
fn trap_29_without_the_catalogue_nothing_is_deleted_and_the_daemon_goes_on_when_it_is_back() {
    let mut site = Site::new();
    let definition = site.define("shop");
    let backups = [1, 2].map(|day| site.backup(definition, noon(day)));
    let cluster = site.sandbox.catalogue().cluster();
    let mut proxy = Proxy::unix(cluster);
    let (host, port) = (proxy.host().to_owned(), proxy.port());
    site.sandbox.reach_catalogue_at(&host, port);
    proxy.refuse();
    let said = site.pass(noon(60));
    assert_eq!(said.code, 4, "{}", said.stderr);
    site.assert_left(&backups);
    let mut daemon = site.sandbox.spawn("pgbackman_maintenance", [""; 0]);
    wait::until(DEADLINE, "the daemon waiting", || {
        (!daemon.said().is_empty()).then_some(())
    });
    proxy.accept();
    wait::until(DEADLINE, "the pass", || {
        (site.entries().len() == 1).then_some(())
    });
    assert_eq!(daemon.terminate(DEADLINE), 0);
    site.assert_left(&backups[1..]);
}

#[test]
fn a_clock_that_runs_ahead_expires_nothing() {
    let site = Site::new();
    let definition = site.define("shop");
    let backups = [chrono::TimeDelta::hours(2), chrono::TimeDelta::hours(1)]
        .map(|ago| site.backup(definition, chrono::Utc::now() - ago));
    // The real program with the machine's clock a year ahead is what this stands for: the catalogue's is compared.
    let mut command = site.command(chrono::Utc::now() + chrono::TimeDelta::days(365));
    command.env("PGBACKMAN_TEST_CLOCK_IS_REAL", "1");
    let said = Site::run(&mut command, &["--cron"]);
    assert_eq!(said.code, 1);
    assert!(
        said.stderr.contains("differ by more than ten minutes"),
        "{}",
        said.stderr
    );
    site.assert_left(&backups);
}
