//! The catalogue goes away while a file runs.

use std::fmt::Write as _;
use std::time::Duration;

use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::proxy::{Mode, Proxy};
use pgbackman_tests::pty::Pty;
use pgbackman_tests::sandbox::Sandbox;
use pgbackman_tests::wait;

use super::{PROGRAM, count, file, run};

const DEADLINE: Duration = Duration::from_secs(30);

/// Registrations of so many servers.
fn servers(number: usize) -> String {
    (0..number).fold(String::new(), |mut commands, n| {
        writeln!(commands, "register_backup_server backup{n} example.net ''").unwrap();
        commands
    })
}

/// The catalogue of the shared server behind a proxy.
fn behind_a_proxy() -> (Sandbox<'static>, Proxy) {
    let cluster = Cluster::shared(Version::Installed);
    let mut sandbox = Sandbox::on(cluster);
    let proxy = Proxy::unix(cluster);
    sandbox.reach_catalogue_at(proxy.host(), proxy.port());
    (sandbox, proxy)
}

/// The number behind a word of the last line.
fn counted(report: &str, what: &str) -> usize {
    let (_, rest) = report.rsplit_once(&format!("{what}: ")).unwrap();
    let digits = rest.chars().take_while(char::is_ascii_digit);
    digits.collect::<String>().parse().unwrap()
}

#[test]
fn what_was_done_before_the_catalogue_went_away_is_counted_truly() {
    let (sandbox, proxy) = behind_a_proxy();
    proxy.set(Mode::CutAfter(24_000));
    let output = run(&sandbox, &[], &servers(400));
    proxy.set(Mode::Pass);
    let done = counted(&output.stdout, "done");
    let failed = counted(&output.stdout, "failed");
    let left = counted(&output.stdout, "not run");
    assert_eq!(output.code, 4, "{}", output.stderr);
    assert!(
        done > 0 && left > 0 && done + failed + left == 400,
        "{}",
        output.stdout
    );
    let rows: usize = count(&sandbox, "backup_server").parse().unwrap();
    // One command at most was on its way when the connection ended.
    assert!(rows == done || rows == done + 1, "{rows} rows, {done} done");
    assert!(
        output.stderr.ends_with(&format!(
            "Stopped: the commands from line {} on were not run.\n",
            401 - left
        )),
        "{}",
        output.stderr
    );
}

/// Keeps registrations of nodes waiting until released. Databases of the shared cluster are copies of one template, so that the
/// table has the same number in all of them.
fn hold(sandbox: &Sandbox<'_>) -> std::process::Child {
    let mut holder = sandbox.catalogue().cluster().command("psql");
    let holder = holder
        .args([
            "--dbname",
            sandbox.catalogue().name(),
            "-c",
            "BEGIN; LOCK TABLE pgsql_node IN SHARE MODE; SELECT pg_sleep(600)",
        ])
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    wait::until(DEADLINE, "the lock", || {
        let locks = sandbox.catalogue().psql(
            "SELECT count(*) FROM pg_locks WHERE relation = 'pgsql_node'::regclass AND mode = 'ShareLock' \
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        );
        (locks.trim() == "1").then_some(())
    });
    holder
}

/// Waits until the program's command waits for the lock.
fn wait_for_the_program(sandbox: &Sandbox<'_>) {
    wait_until_waiting(sandbox, "1");
}

/// Waits until so many commands wait for the lock.
fn wait_until_waiting(sandbox: &Sandbox<'_>, number: &str) {
    wait::until(DEADLINE, "commands that wait for the lock", || {
        let waiting = sandbox.catalogue().psql(
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'pgsql_node'::regclass \
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
        );
        (waiting.trim() == number).then_some(())
    });
}

fn release(sandbox: &Sandbox<'_>, mut holder: std::process::Child) {
    sandbox.catalogue().psql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE query LIKE 'BEGIN; LOCK TABLE%' AND datname = current_database() AND pid <> pg_backend_pid()",
    );
    holder.wait().unwrap();
}

const BLOCKED: &str = "register_backup_server backup01 example.net ''\n\
                       register_pgsql_node pg-node01 example.net 5432 postgres RUNNING ''\n\
                       register_backup_server backup02 example.net ''\n";

#[test]
fn a_command_whose_fate_is_unknown_is_not_repeated_and_the_rest_goes_on() {
    let (sandbox, proxy) = behind_a_proxy();
    let holder = hold(&sandbox);
    let path = file(&sandbox, BLOCKED);
    let output = std::thread::scope(|scope| {
        let run = scope.spawn(|| sandbox.run(PROGRAM, ["-f".as_ref(), path.as_os_str()]));
        wait_for_the_program(&sandbox);
        proxy.cut();
        run.join().unwrap()
    });
    release(&sandbox, holder);
    assert_eq!(output.code, 4, "{}", output.stderr);
    assert!(
        output
            .stdout
            .ends_with("\nCommands: 3, done: 2, failed: 1, not supported: 0, not run: 0\n"),
        "{}{}",
        output.stdout,
        output.stderr
    );
    assert!(
        output
            .stderr
            .contains("The connection ended before the result was known: check whether the change was made before you repeat it"),
        "{}",
        output.stderr
    );
    assert_eq!(count(&sandbox, "backup_server"), "2");
}

#[test]
fn ctrl_c_ends_the_run_and_says_what_was_not_run() {
    let (sandbox, _proxy) = behind_a_proxy();
    let holder = hold(&sandbox);
    let path = file(&sandbox, BLOCKED);
    let mut command = sandbox.command(PROGRAM);
    command.arg("-f").arg(&path);
    let mut pty = Pty::spawn(&command, 24, 80);
    pty.expect("line 2: register_pgsql_node", DEADLINE);
    wait_for_the_program(&sandbox);
    pty.send("\x03");
    pty.expect(
        "line 2: [ABORTED] Command interrupted by the user.",
        DEADLINE,
    );
    pty.expect(
        "Stopped: the commands from line 3 on were not run.",
        DEADLINE,
    );
    pty.expect(
        "Commands: 3, done: 1, failed: 1, not supported: 0, not run: 1",
        DEADLINE,
    );
    assert_eq!(pty.wait(DEADLINE), Some(9));
    // The request to cancel reaches the server a moment later. Released before, the command would be done.
    wait_until_waiting(&sandbox, "0");
    release(&sandbox, holder);
    assert_eq!(count(&sandbox, "pgsql_node"), "0");
}
