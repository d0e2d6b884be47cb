//! A cluster of one's own: made, repeated, started and stopped, closed to everybody else.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use nix::unistd::{Uid, User};
use pgbackman_core::catalogue::schema::SCHEMA_VERSION;
use pgbackman_core::config::{Config, Environment};
use pgbackman_core::conninfo::{ConnectTarget, DEFAULT_TIMEOUT, Session, connect};
use pgbackman_tests::base::{Account, TempRoot};
use pgbackman_tests::namespace;
use pgbackman_tests::postgres::Version;
use pgbackman_tests::sandbox::{Output, run};

use super::{DEADLINE, directory, embedded, setup};

fn config(dir: &Path) -> Config {
    Config::load(Some(&dir.join("pgbackman.conf")), &environment()).unwrap()
}

fn environment() -> Environment {
    Environment::new(Uid::effective().as_raw(), "tester")
}

/// The catalogue as a program with this configuration reaches it.
async fn catalogue(dir: &Path) -> Session {
    let target = ConnectTarget::catalogue(&config(dir));
    connect(&target, &environment(), DEFAULT_TIMEOUT)
        .await
        .unwrap()
}

async fn ask(session: &Session, sql: &str) -> String {
    session.query_one(sql, &[]).await.unwrap().get(0)
}

/// `psql` as another user of this machine.
fn psql_as(user: &User, dir: &Path, role: &str, dbname: &str) -> Output {
    let mut command = Command::new(Version::Installed.bin_dir().join("psql"));
    command
        .args([
            "-X",
            "-w",
            "-A",
            "-t",
            "-c",
            "SELECT session_user",
            "-U",
            role,
            "-d",
            dbname,
            "-h",
        ])
        .arg(dir.join("run"))
        .env_clear()
        .current_dir("/")
        .uid(user.uid.as_raw())
        .gid(user.gid.as_raw());
    run(&mut command, b"", DEADLINE)
}

fn user(name: &str) -> User {
    User::from_name(name).unwrap().unwrap()
}

#[tokio::test]
async fn a_catalogue_is_made_used_repeated_stopped_and_started() {
    let root = TempRoot::new("em");
    let dir = directory(&root);
    let said = embedded(&root, &dir, &["--backup-server", "vault.example.net"]).success();
    assert!(said.contains("[Done] The embedded catalogue in"), "{said}");
    assert!(said.contains("--install-autostart"), "{said}");

    // What was made is complete and sound.
    let read = config(&dir);
    assert_eq!(read.backup_server.fqdn(), "vault.example.net");
    assert_eq!(read.backup_server.backup_roots, [dir.join("backups")]);
    assert_eq!(read.backup_server.program_dir, root.path());
    let session = catalogue(&dir).await;
    let settings = "SELECT string_agg(setting, ' ' ORDER BY name) FROM pg_settings \
                    WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit', 'data_checksums')";
    assert_eq!(ask(&session, settings).await, "on on on on");
    assert_eq!(ask(&session, "SHOW listen_addresses").await, "");
    assert_eq!(ask(&session, "SHOW server_encoding").await, "UTF8");
    let locale = "SELECT datcollate::text FROM pg_database WHERE datname = current_database()";
    assert_eq!(ask(&session, locale).await, "C.UTF-8");
    let version = "SELECT max(version)::text FROM pgbackman_version";
    assert_eq!(ask(&session, version).await, SCHEMA_VERSION.to_string());
    let default =
        "SELECT value FROM pgsql_node_default_config WHERE parameter = 'pgnode_backup_partition'";
    let expected = dir.join("backups/pgsql_node_%%pgnode%%");
    assert_eq!(ask(&session, default).await, expected.to_string_lossy());
    session
        .batch_execute(
            "INSERT INTO backup_server (hostname, domain_name) VALUES ('kept', 'example.net')",
        )
        .await
        .unwrap();
    session.close().await;

    // Once more changes nothing, and what an operator wrote stays.
    let conf = dir.join("pgbackman.conf");
    let edited = format!("{}\n# edited\n", fs::read_to_string(&conf).unwrap());
    fs::write(&conf, &edited).unwrap();
    let said = embedded(&root, &dir, &[]).success();
    assert!(
        !said.contains("was created") && !said.contains("was made"),
        "{said}"
    );
    assert_eq!(fs::read_to_string(&conf).unwrap(), edited);
    let session = catalogue(&dir).await;
    assert_eq!(
        ask(
            &session,
            "SELECT string_agg(hostname::text, ',') FROM backup_server"
        )
        .await,
        "kept"
    );
    session.close().await;

    let said = embedded(&root, &dir, &["--status"]).success();
    assert!(
        said.contains("is running: process") && said.contains("It responds"),
        "{said}"
    );
    embedded(&root, &dir, &["--stop"]).success();
    let said = embedded(&root, &dir, &["--status"]).failure();
    assert!(said.contains("is stopped"), "{said}");
    embedded(&root, &dir, &["--stop"]).success();
    embedded(&root, &dir, &["--start"]).success();
    embedded(&root, &dir, &["--start"]).success();
    catalogue(&dir).await.close().await;

    let said = embedded(&root, &dir, &["--port", "5499"]).failure();
    assert!(said.contains("has port 5432"), "{said}");
    embedded(&root, &dir, &["--stop"]).success();
}

#[test]
fn only_users_in_the_map_come_in_and_each_only_as_his_role() {
    if !namespace::available() {
        return;
    }
    let root = TempRoot::new("em");
    let dir = directory(&root);
    let owner = user(if User::from_name("postgres").unwrap().is_some() {
        "postgres"
    } else {
        "nobody"
    });
    let guest = user("daemon");
    let stranger = user("bin");
    embedded(
        &root,
        &dir,
        &[
            "--owner",
            &owner.name,
            "--os-user",
            &owner.name,
            "--allow-user",
            &guest.name,
        ],
    )
    .success();

    for (who, role, dbname) in [
        (&user("root"), "pgbackman_role_rw", "pgbackman"),
        (&user("root"), "postgres", "postgres"),
        (&owner, "pgbackman_role_rw", "pgbackman"),
        (&owner, "postgres", "postgres"),
        (&guest, "pgbackman_role_rw", "pgbackman"),
        (&guest, "pgbackman_role_ro", "pgbackman"),
    ] {
        let said = psql_as(who, &dir, role, dbname).success();
        assert_eq!(said.trim(), role, "{}", who.name);
    }
    for (who, role, dbname, reason) in [
        (
            &stranger,
            "pgbackman_role_rw",
            "pgbackman",
            "Peer authentication failed",
        ),
        (
            &stranger,
            "pgbackman_role_ro",
            "pgbackman",
            "Peer authentication failed",
        ),
        (
            &stranger,
            "postgres",
            "postgres",
            "Peer authentication failed",
        ),
        (
            &guest,
            "postgres",
            "pgbackman",
            "Peer authentication failed",
        ),
        (
            &guest,
            "pgbackman_role_rw",
            "postgres",
            "pg_hba.conf rejects",
        ),
        (&stranger, "bin", "pgbackman", "pg_hba.conf rejects"),
    ] {
        let said = psql_as(who, &dir, role, dbname).failure();
        assert!(said.contains(reason), "{} as {role}: {said}", who.name);
    }
    let rules = fs::read_to_string(dir.join("etc/pg_hba.conf")).unwrap();
    assert!(!rules.contains("trust"), "{rules}");

    // Repeating the setup shuts nobody out.
    embedded(&root, &dir, &[]).success();
    psql_as(&guest, &dir, "pgbackman_role_rw", "pgbackman").success();

    // The cluster's owner can stop and start it, as a unit or cron will; a stranger cannot.
    let as_user = |who: &User, action: &str| {
        let mut command = setup(&root);
        command.args(["embedded", action, "--dir"]).arg(&dir);
        command
            .uid(who.uid.as_raw())
            .gid(who.gid.as_raw())
            .current_dir("/");
        run(&mut command, b"", DEADLINE)
    };
    as_user(&owner, "--stop").success();
    as_user(&owner, "--start").success();
    let said = as_user(&stranger, "--stop").failure();
    assert!(
        said.contains("permission denied") || said.contains("owned by user"),
        "{said}"
    );
}

#[test]
fn root_makes_a_cluster_that_is_not_roots() {
    if !namespace::available() {
        return;
    }
    let root = TempRoot::new("em");
    let dir = directory(&root);
    let account = Account::unprivileged();
    let owner = User::from_uid(Uid::from_raw(account.uid)).unwrap().unwrap();
    embedded(
        &root,
        &dir,
        &["--owner", &owner.name, "--os-user", &owner.name],
    )
    .success();
    let facts = |name: &str| {
        let metadata = fs::metadata(dir.join(name)).unwrap();
        (metadata.uid(), metadata.mode() & 0o7777)
    };
    assert_eq!(facts("data"), (account.uid, 0o700));
    assert_eq!(facts("run"), (account.uid, 0o755));
    assert_eq!(facts("backups"), (account.uid, 0o700));
    assert_eq!(facts("log"), (account.uid, 0o700));
    // What decides who comes in, and what runs as root, is root's.
    assert_eq!(facts("."), (0, 0o755));
    assert_eq!(facts("etc"), (0, 0o755));
    assert_eq!(facts("etc/pg_hba.conf"), (0, 0o644));
    assert_eq!(facts("pgbackman.conf"), (0, 0o644));
    let pid = fs::read_to_string(dir.join("data/postmaster.pid")).unwrap();
    let process = format!("/proc/{}", pid.lines().next().unwrap());
    assert_eq!(fs::metadata(process).unwrap().uid(), account.uid);
}

#[test]
fn what_a_broken_setup_left_is_made_anew() {
    let root = TempRoot::new("em");
    let dir = directory(&root);
    fs::create_dir_all(dir.join("data.unfinished/base")).unwrap();
    fs::write(dir.join("data.unfinished/PG_VERSION"), "15\n").unwrap();
    let said = embedded(&root, &dir, &[]).success();
    assert!(said.contains("is incomplete; creating it again"), "{said}");
    assert!(!dir.join("data.unfinished").exists());

    // The settings were not written any more: the same command completes them.
    embedded(&root, &dir, &["--stop"]).success();
    fs::remove_file(dir.join("etc/postgresql.conf")).unwrap();
    let said = embedded(&root, &dir, &["--start"]).failure();
    assert!(said.contains("no complete embedded catalogue"), "{said}");
    embedded(&root, &dir, &[]).success();
    embedded(&root, &dir, &["--stop"]).success();
}

#[test]
fn a_newer_release_is_taken_and_kept() {
    let root = TempRoot::new("em");
    let dir = directory(&root);
    let bindir = Version::V18.bin_dir();
    let bindir = bindir.to_str().unwrap();
    embedded(&root, &dir, &["--bindir", bindir]).success();
    let made = fs::read_to_string(dir.join("data/PG_VERSION")).unwrap();
    assert_eq!(made.trim(), "18");
    // Without --bindir the configuration knows where the programs are.
    embedded(&root, &dir, &["--stop"]).success();
    embedded(&root, &dir, &["--start"]).success();
    let said = embedded(&root, &dir, &["--status"]).success();
    assert!(said.contains("PostgreSQL 18."), "{said}");
    let other = Version::V16.bin_dir();
    let said = embedded(&root, &dir, &["--bindir", other.to_str().unwrap()]).failure();
    assert!(
        said.contains("PostgreSQL 18, which created the cluster"),
        "{said}"
    );
    embedded(&root, &dir, &["--stop"]).success();
}

#[test]
fn what_starts_it_after_a_reboot_is_written_where_it_is_asked_for() {
    let root = TempRoot::new("em");
    let dir = directory(&root);
    let crontab = root.path().join("pgbackman_catalogue");
    let flag = format!("--install-autostart={}", crontab.display());
    embedded(&root, &dir, &[&flag]).success();
    let text = fs::read_to_string(&crontab).unwrap();
    let line = text.lines().last().unwrap();
    let (when, command) = line.split_once(' ').unwrap();
    assert_eq!(when, "@reboot");
    assert_eq!(
        fs::metadata(&crontab).unwrap().permissions().mode() & 0o7777,
        0o644
    );

    // The line's command, run as cron would, starts the server.
    embedded(&root, &dir, &["--stop"]).success();
    let (owner, words) = command.split_once(' ').unwrap();
    let words: Vec<&str> = words.split(' ').collect();
    let owner = user(owner);
    let mut command = Command::new(words[0]);
    command
        .args(&words[1..])
        .env_clear()
        .env("HOME", &owner.dir)
        .current_dir("/");
    if Uid::effective().is_root() {
        command.uid(owner.uid.as_raw()).gid(owner.gid.as_raw());
    }
    run(&mut command, b"", DEADLINE).success();
    embedded(&root, &dir, &["--status"]).success();

    // Repeating changes nothing; another file of that name is not overwritten.
    embedded(&root, &dir, &[&flag]).success();
    fs::write(&crontab, "something else\n").unwrap();
    let said = embedded(&root, &dir, &[&flag]).failure();
    assert!(
        said.contains("already exists with other contents"),
        "{said}"
    );
    embedded(&root, &dir, &["--stop"]).success();
}
