//! The catalogue away: said, tried again, and the shell stays.

use std::time::Duration;

use pgbackman_tests::postgres::{Cluster, StopMode, Version};
use pgbackman_tests::proxy::Proxy;
use pgbackman_tests::pty::Pty;
use pgbackman_tests::sandbox::Sandbox;

const DEADLINE: Duration = Duration::from_secs(30);
const PROMPT: &str = "[pgbackman]$ ";

#[test]
fn a_connection_that_ended_is_made_again_with_the_next_command() {
    let cluster = Cluster::shared(Version::Installed);
    let mut sandbox = Sandbox::on(cluster);
    let proxy = Proxy::unix(cluster);
    sandbox.reach_catalogue_at(proxy.host(), proxy.port());
    let mut pty = Pty::spawn(&sandbox.command("pgbackman"), 24, 80);
    pty.expect(PROMPT, DEADLINE);
    pty.send("show_backup_servers\r");
    pty.expect("SrvID", DEADLINE);
    pty.expect(PROMPT, DEADLINE);
    proxy.cut();
    pty.send("show_backup_servers\r");
    pty.expect("[WARNING]: The connection to the catalogue ", DEADLINE);
    pty.expect("SrvID", DEADLINE);
    pty.expect(PROMPT, DEADLINE);
    pty.send("quit\r");
    assert_eq!(pty.wait(DEADLINE), Some(0));
}

#[test]
fn the_shell_stays_while_the_catalogue_is_down_and_goes_on_when_it_is_back() {
    let cluster = Cluster::shared(Version::Installed);
    let mut sandbox = Sandbox::on(cluster);
    let mut proxy = Proxy::unix(cluster);
    sandbox.reach_catalogue_at(proxy.host(), proxy.port());
    proxy.refuse();
    let mut pty = Pty::spawn(&sandbox.command("pgbackman"), 24, 80);
    pty.expect("[ERROR]: The catalogue database is unavailable", DEADLINE);
    pty.expect(PROMPT, DEADLINE);
    pty.send("show_backup_servers\r");
    pty.expect("[ERROR]: The catalogue database is unavailable", DEADLINE);
    pty.expect(PROMPT, DEADLINE);
    pty.send("help shortcuts\r");
    pty.expect("Shortcuts of commands:", DEADLINE);
    proxy.accept();
    pty.send("show_backup_servers\r");
    pty.expect("SrvID", DEADLINE);
}

#[test]
fn ctrl_c_leaves_a_catalogue_that_does_not_answer() {
    let cluster = Cluster::shared(Version::Installed);
    let mut sandbox = Sandbox::on(cluster);
    let proxy = Proxy::unix(cluster);
    sandbox.reach_catalogue_at(proxy.host(), proxy.port());
    let mut pty = Pty::spawn(&sandbox.command("pgbackman"), 24, 80);
    pty.expect(PROMPT, DEADLINE);
    sandbox
        .shell("register_backup_server backup01 '' ''")
        .success();
    sandbox.catalogue().psql("ALTER TABLE backup_server RENAME TO backup_server_away; CREATE VIEW backup_server AS SELECT a.* FROM backup_server_away AS a, pg_sleep(600)");
    sandbox
        .catalogue()
        .psql("ALTER VIEW backup_server OWNER TO pgbackman_role_rw");
    pty.send("update_backup_server 1 x\r");
    sandbox_waits_for_sleep(&sandbox);
    pty.send("\x03");
    pty.expect("[ABORTED] Command interrupted by the user.", DEADLINE);
    pty.expect(PROMPT, DEADLINE);
    pgbackman_tests::wait::until(DEADLINE, "the end of the query on the server", || {
        (!is_sleeping(&sandbox)).then_some(())
    });
}

/// Waits until the server works on what the shell asked.
fn sandbox_waits_for_sleep(sandbox: &Sandbox<'_>) {
    pgbackman_tests::wait::until(DEADLINE, "the shell's query", || {
        is_sleeping(sandbox).then_some(())
    });
}

fn is_sleeping(sandbox: &Sandbox<'_>) -> bool {
    let count = sandbox.catalogue().psql(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'pgbackman' \
         AND wait_event = 'PgSleep'",
    );
    count.trim() != "0"
}

#[test]
fn a_single_command_says_that_the_catalogue_is_away_and_exits_with_its_code() {
    let cluster = Cluster::private(Version::Installed);
    for role in ["pgbackman_role_rw", "pgbackman_role_ro"] {
        cluster.psql("postgres", &format!("CREATE ROLE {role} LOGIN"));
    }
    let sandbox = Sandbox::on(&cluster);
    cluster.stop(StopMode::Fast);
    let output = sandbox.shell("show_backup_servers");
    assert_eq!(output.code, 4, "{}", output.stderr);
    assert!(
        output
            .stderr
            .starts_with("[ERROR]: The catalogue database is unavailable"),
        "{}",
        output.stderr
    );
    assert_eq!(output.stdout, "");
    assert_eq!(sandbox.shell("help").code, 0);
    cluster.start();
}

#[test]
fn a_server_that_is_started_again_is_found_again() {
    let cluster = Cluster::private(Version::Installed);
    for role in ["pgbackman_role_rw", "pgbackman_role_ro"] {
        cluster.psql("postgres", &format!("CREATE ROLE {role} LOGIN"));
    }
    let sandbox = Sandbox::on(&cluster);
    let mut pty = Pty::spawn(&sandbox.command("pgbackman"), 24, 80);
    pty.expect(PROMPT, DEADLINE);
    pty.send("show_backup_servers\r");
    pty.expect("| SrvID |", DEADLINE);
    pty.expect(PROMPT, DEADLINE);
    cluster.stop(StopMode::Fast);
    pty.send("show_backup_servers\r");
    pty.expect("[WARNING]: The connection to the catalogue ", DEADLINE);
    pty.expect("[ERROR]: The catalogue database is unavailable", DEADLINE);
    pty.expect(PROMPT, DEADLINE);
    cluster.start();
    pty.send("show_pgsql_nodes\r");
    pty.expect("| NodeID |", DEADLINE);
    pty.expect(PROMPT, DEADLINE);
    pty.send("quit\r");
    assert_eq!(pty.wait(DEADLINE), Some(0));
}

#[test]
fn a_change_whose_fate_is_unknown_says_so_and_is_not_repeated() {
    let cluster = Cluster::shared(Version::Installed);
    let mut sandbox = Sandbox::on(cluster);
    let proxy = Proxy::unix(cluster);
    sandbox.reach_catalogue_at(proxy.host(), proxy.port());
    let mut pty = Pty::spawn(&sandbox.command("pgbackman"), 24, 80);
    pty.expect(PROMPT, DEADLINE);
    // Every insertion takes its time, and says that it has begun.
    sandbox.catalogue().psql(
        "CREATE FUNCTION take_time() RETURNS trigger LANGUAGE plpgsql AS \
         $$BEGIN PERFORM pg_sleep(600); RETURN NEW; END$$; \
         CREATE TRIGGER take_time BEFORE INSERT ON backup_server FOR EACH ROW EXECUTE FUNCTION take_time()",
    );
    pty.send("register_backup_server backup01 example.net ''\r");
    sandbox_waits_for_sleep(&sandbox);
    proxy.cut();
    pty.expect(
        "[WARNING]: The connection to the catalogue was lost",
        DEADLINE,
    );
    pty.expect(
        "check whether the change was made before you repeat it",
        DEADLINE,
    );
    pty.expect(PROMPT, DEADLINE);
    pty.send("show_backup_servers\r");
    pty.expect("| SrvID |", DEADLINE);
    // The one that nobody hears of any more still sleeps; a repetition would be a second one.
    let sleeping = sandbox.catalogue().psql(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'",
    );
    assert_eq!(sleeping.trim(), "1");
    sandbox.catalogue().psql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'",
    );
}
