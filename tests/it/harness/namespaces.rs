//! Inside a namespace cron and atd run for real; outside nothing changes.

use std::fs;
use std::process::Command;
use std::time::Duration;

use pgbackman_tests::namespace::{self, Namespace};
use pgbackman_tests::sandbox::Sandbox;
use pgbackman_tests::wait;

fn command(program: &str, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args);
    command
}

#[test]
fn a_namespace_has_its_own_user_and_crontabs_and_leaves_the_machines_alone() {
    if !namespace::available() {
        return;
    }
    let passwd = fs::read("/etc/passwd").unwrap();
    let cron_d: Vec<_> = fs::read_dir("/etc/cron.d")
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    let sandbox = Sandbox::for_namespace_without_catalogue();
    let inside = Namespace::around(&sandbox);

    fs::write(sandbox.crontab_dir().join("seen"), "# nothing\n").unwrap();
    assert_eq!(
        inside.run(&command("ls", &["/etc/cron.d"])).success(),
        "seen\n"
    );
    assert_eq!(
        inside.run_as_job_user(&command("whoami", &[])).success(),
        "pgbackman\n"
    );
    let processes = inside
        .run(&command("sh", &["-c", "echo /proc/[0-9]*"]))
        .success();
    assert!(
        processes.split_whitespace().count() <= 3,
        "only its own processes: {processes}"
    );

    assert_eq!(fs::read("/etc/passwd").unwrap(), passwd);
    let now: Vec<_> = fs::read_dir("/etc/cron.d")
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(now, cron_d);
    assert!(!std::path::Path::new("/dev/log").exists() || fs::symlink_metadata("/dev/log").is_ok());
}

#[test]
fn everything_inside_ends_with_the_namespace() {
    if !namespace::available() {
        return;
    }
    let sandbox = Sandbox::for_namespace_without_catalogue();
    let inside = Namespace::around(&sandbox);
    let marker = format!("8{:09}", rand::random::<u32>() % 1_000_000_000);
    let sleeping = || {
        let found = Command::new("pgrep")
            .args(["-f", &format!("^sleep {marker}")])
            .output()
            .unwrap();
        found.status.success()
    };
    let detached = format!("setsid sleep {marker} < /dev/null > /dev/null 2>&1 &");
    inside.run(&command("sh", &["-c", &detached])).success();
    wait::until(Duration::from_secs(10), "the process inside", || {
        sleeping().then_some(())
    });
    drop(inside);
    wait::until(Duration::from_secs(10), "its end", || {
        (!sleeping()).then_some(())
    });
}

#[test]
fn cron_and_at_run_jobs_as_the_jobs_user() {
    if !namespace::available() {
        return;
    }
    let sandbox = Sandbox::for_namespace_without_catalogue();
    let inside = Namespace::around(&sandbox);
    let (by_cron, by_at) = (sandbox.home().join("by_cron"), sandbox.home().join("by_at"));
    let line = format!("* * * * * pgbackman id -un > {}\n", by_cron.display());
    fs::write(sandbox.crontab_dir().join("job"), line).unwrap();
    let _cron = inside.start_cron();
    let _atd = inside.start_atd();
    let mut at = command("/usr/bin/at", &["now"]);
    at.env("SHELL", "/bin/sh");
    let submitted = pgbackman_tests::sandbox::run(
        &mut inside.enter_as_job_user(&at),
        format!("id -un > {}\n", by_at.display()).as_bytes(),
        Duration::from_secs(20),
    );
    assert!(submitted.stderr.contains("job "), "{submitted:?}");
    for file in [by_cron, by_at] {
        let what = format!("{} (log: {:#?})", file.display(), inside.syslog());
        let user = wait::until(Duration::from_secs(90), what, || {
            fs::read_to_string(&file)
                .ok()
                .filter(|text| !text.is_empty())
        });
        assert_eq!(user, "pgbackman\n");
    }
}
