//! A backup server that is prepared and checked, and a node that is registered with its backups.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::sandbox::Sandbox;
use serde_json::Value;

/// The checks of the sandbox's backup server, which always lack cron and its daemons here.
#[track_caller]
fn checks(sandbox: &Sandbox<'_>) -> Vec<Value> {
    let out = sandbox.run("pgbackman_setup", ["server", "--check", "--format", "json"]);
    let document: Value = serde_json::from_str(&out.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", out.stdout, out.stderr));
    let checks = document["checks"].as_array().unwrap().clone();
    let worst = if checks.iter().any(|check| check["level"] == "ERROR") {
        ("ERROR", 1)
    } else if checks.iter().any(|check| check["level"] == "WARNING") {
        ("WARNING", 8)
    } else {
        ("OK", 0)
    };
    assert_eq!(
        (document["status"].as_str(), out.code),
        (Some(worst.0), worst.1)
    );
    checks
}

/// The only finding of a check about something whose name contains `of`.
#[track_caller]
fn finding<'a>(checks: &'a [Value], check: &str, of: &str) -> &'a Value {
    let found: Vec<&Value> = checks
        .iter()
        .filter(|finding| finding["check"] == check)
        .filter(|finding| finding["of"].as_str().unwrap().contains(of))
        .collect();
    assert_eq!(found.len(), 1, "{check} {of} in {checks:#?}");
    found[0]
}

#[track_caller]
fn assert_finding(checks: &[Value], check: &str, of: &str, level: &str, found: &str) {
    let finding = finding(checks, check, of);
    assert_eq!(finding["level"], level, "{finding:#}");
    let text = finding["found"].as_str().unwrap();
    assert!(text.contains(found), "{finding:#}");
    assert_eq!(finding["do"].is_null(), level == "OK", "{finding:#}");
}

/// The databases with a definition, and those with a snapshot.
fn registered(sandbox: &Sandbox<'_>) -> String {
    sandbox.catalogue().psql(
        "SELECT (SELECT count(*) FROM pgsql_node), (SELECT count(*) FROM backup_definition), \
         (SELECT count(*) FROM snapshot_definition)",
    )
}

#[test]
fn a_server_that_nobody_registered_is_prepared_once_and_stays_so() {
    let mut sandbox = Sandbox::new();
    let elsewhere = sandbox.path().join("elsewhere/backups");
    let place = elsewhere.to_string_lossy().into_owned();
    // What the catalogue says has to be allowed here.
    sandbox.configure("output", "default_output_format", "\"csv\"");
    let unregistered = checks(&sandbox);
    assert_finding(
        &unregistered,
        "catalogue",
        "",
        "ERROR",
        Sandbox::BACKUP_SERVER,
    );
    let config = fs::read_to_string(sandbox.config_path()).unwrap();

    let dry = sandbox
        .run(
            "pgbackman_setup",
            ["server", "--dry-run", "--backup-root", &place],
        )
        .success();
    assert!(dry.contains("Would be done: the directory"), "{dry}");
    assert!(!dry.contains("\nDone: "), "{dry}");
    assert!(!elsewhere.exists());
    assert_eq!(fs::read_to_string(sandbox.config_path()).unwrap(), config);
    assert_eq!(
        sandbox
            .catalogue()
            .psql("SELECT count(*) FROM backup_server"),
        "0"
    );

    if !nix::unistd::Uid::effective().is_root() {
        let refused = sandbox.run("pgbackman_setup", ["server", "--no-start"]);
        assert_eq!(refused.code, 6, "{}", refused.stderr);
        return;
    }
    let args = ["server", "--no-start", "--backup-root", &place];
    let first = sandbox.run("pgbackman_setup", args).stdout;
    for done in [
        "Done: the directory",
        "Done: the configuration",
        "Done: this backup server was registered",
    ] {
        assert!(first.contains(done), "{done} in\n{first}");
    }
    let mode = elsewhere.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o700);
    let written = fs::read_to_string(sandbox.config_path()).unwrap();
    assert!(
        written.contains(&format!("backup_roots = [\"{place}\"]"))
            && written.contains("default_output_format = \"csv\""),
        "{written}"
    );
    assert_eq!(
        sandbox.catalogue().psql(
            "SELECT value FROM backup_server_config WHERE parameter = 'root_backup_partition'"
        ),
        place
    );

    let second = sandbox.run("pgbackman_setup", args).stdout;
    assert!(!second.contains("Done: "), "{second}");
    assert_eq!(fs::read_to_string(sandbox.config_path()).unwrap(), written);
    let prepared = checks(&sandbox);
    assert_finding(&prepared, "catalogue", "", "OK", "SrvID");
    assert_finding(&prepared, "jobs", "", "OK", "can connect to the catalogue");
    assert_finding(&prepared, "backups", &place, "OK", "MiB free");
    assert_finding(&prepared, "clock", "catalogue", "OK", "ms");
    assert_finding(&prepared, "daemon", "control", "ERROR", "has never run");
}

#[test]
fn a_node_is_registered_when_the_jobs_reach_it_and_not_before() {
    let sandbox = Sandbox::new();
    let (host, domain) = Sandbox::BACKUP_SERVER.split_once('.').unwrap();
    sandbox.shell(&format!("register_backup_server {host} {domain} \"\""));
    // Its own: in the shared one databases come and go between the two registrations.
    let cluster = Cluster::private(Version::Installed);
    let socket = cluster.socket_dir().to_string_lossy().into_owned();
    let port = cluster.port().to_string();

    let refused = sandbox.run("pgbackman_setup", ["node", &socket, "--port", "1"]);
    assert_eq!(refused.code, 1, "{}", refused.stdout);
    assert!(
        refused.stderr.contains("nothing was registered") && refused.stderr.contains("HINT: "),
        "{}",
        refused.stderr
    );
    assert_eq!(registered(&sandbox), "0|0|0");

    let said = sandbox
        .run(
            "pgbackman_setup",
            ["node", &socket, "--port", &port, "--now"],
        )
        .success();
    assert!(said.contains("[pgbackman]$ register_pgsql_node"), "{said}");
    let counts = registered(&sandbox);
    let counts: Vec<u32> = counts.split('|').map(|n| n.parse().unwrap()).collect();
    assert_eq!(counts[0], 1);
    assert!(counts[1] > 0 && counts[1] == counts[2], "{counts:?}");

    let name = format!("{socket}:{port}");
    let fine = checks(&sandbox);
    assert_finding(&fine, "node", &name, "OK", &Version::Installed.release());
    assert_finding(&fine, "client", &name, "OK", "in /");
    assert_finding(&fine, "clock", &name, "OK", "ms");
    let silent = "nobody is notified of failed backups";
    assert_finding(&fine, "alerts", "notification", "WARNING", silent);
    // The same node, as it is found when somebody has registered a port where nobody listens.
    sandbox.catalogue().psql("UPDATE pgsql_node SET pgport = 1");
    let away = checks(&sandbox);
    assert_finding(
        &away,
        "node",
        &format!("{socket}:1"),
        "ERROR",
        "cannot connect",
    );
}

/// What a server says is in its own language: nothing may be decided by it.
#[test]
fn a_node_that_speaks_german_and_has_no_database_postgres_is_registered() {
    let sandbox = Sandbox::new();
    let (host, domain) = Sandbox::BACKUP_SERVER.split_once('.').unwrap();
    sandbox.shell(&format!("register_backup_server {host} {domain} \"\""));
    let cluster = Cluster::private(Version::Installed);
    cluster.psql("postgres", "CREATE DATABASE buero");
    cluster.psql("template1", "DROP DATABASE postgres");
    cluster.restart_speaking("de");
    let german = cluster
        .command("psql")
        .args(["-d", "postgres", "-c", ""])
        .output()
        .unwrap();
    let german = String::from_utf8_lossy(&german.stderr).into_owned();
    assert!(german.contains("existiert nicht"), "{german}");

    let socket = cluster.socket_dir().to_string_lossy().into_owned();
    let port = cluster.port().to_string();
    sandbox
        .run("pgbackman_setup", ["node", &socket, "--port", &port])
        .success();
    assert_eq!(registered(&sandbox), "1|1|0");
}
