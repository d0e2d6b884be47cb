//! The upgrade as an operator starts it: the dump before it, whose tables it takes over, what interrupts it, and the
//! results it imports.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use pgbackman_tests::fakes::FakeTools;
use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::pty::Pty;
use pgbackman_tests::wait::until;

use super::{OldServer, content};

const DEADLINE: Duration = Duration::from_secs(60);

/// The dumps in a directory.
pub(super) fn dumps(directory: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().contains("pgbackman-catalogue-v3-"))
        .collect();
    found.sort();
    found
}

#[test]
fn the_dump_before_an_upgrade_is_the_way_back() {
    for version in Version::ALL {
        let server = OldServer::of(version);
        let before = server.content();
        let said = server.setup(&["--upgrade"]).success();
        let [dump] = &dumps(&server.sandbox.home())[..] else {
            panic!("{version}: no dump: {said}")
        };
        assert!(
            said.contains(&format!(
                "the old catalogue was dumped to {}",
                dump.display()
            )),
            "{said}"
        );
        assert!(
            said.contains("the catalogue was upgraded from version 3 to 13"),
            "{said}"
        );
        assert_eq!(
            fs::metadata(dump).unwrap().permissions().mode() & 0o777,
            0o600
        );

        let cluster = server.database.cluster();
        let back = cluster.database_from("template0", "pgbackman_role_rw");
        let restored = cluster
            .command("pg_restore")
            .args(["--exit-on-error", "--dbname", back.name()])
            .arg(dump)
            .output()
            .unwrap();
        assert!(restored.status.success(), "{restored:?}");
        assert_eq!(content(cluster, back.name()), before, "{version}");

        // A second run changes nothing, and dumps nothing.
        let after = server.content();
        let said = server.setup(&["--upgrade"]).success();
        assert!(
            !said.contains("upgraded") && !said.contains("dumped"),
            "{said}"
        );
        assert_eq!(server.content(), after);
        assert_eq!(dumps(&server.sandbox.home()).len(), 1);
    }
}

#[test]
fn without_a_dump_there_is_no_upgrade_unless_somebody_says_so() {
    let mut server = OldServer::new();
    let before = server.content();
    let there = server.sandbox.home().join("there");
    fs::write(&there, "mine").unwrap();
    let missing = server.sandbox.home().join("missing/x.dump");
    for (file, reason) in [(&there, "already exists"), (&missing, "No such file")] {
        let said = server.setup(&["--upgrade", "--dump-file", file.to_str().unwrap()]);
        assert_eq!(said.code, 1, "{said:?}");
        assert!(
            said.stderr.contains("could not dump the catalogue") && said.stderr.contains(reason),
            "{}",
            said.stderr
        );
    }
    assert_eq!(fs::read_to_string(&there).unwrap(), "mine");

    let tools = FakeTools::instead_of(Version::Installed, &mut server.sandbox);
    tools.script(
        "pg_dump",
        "[ \"$1\" = --version ] && { echo 'pg_dump (PostgreSQL) 15.18'; exit 0; }\n\
        echo half; echo 'pg_dump: error: could not write: No space left on device' >&2; exit 1",
    );
    let said = server.setup(&["--upgrade"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(
        said.stderr.contains("No space left on device"),
        "{}",
        said.stderr
    );
    assert!(said.stderr.contains("--no-dump"), "{}", said.stderr);
    assert_eq!(dumps(&server.sandbox.home()), Vec::<PathBuf>::new());
    assert_eq!(server.content(), before);

    let said = server.setup(&["--upgrade", "--no-dump"]).success();
    assert!(
        said.contains("upgraded from version 3 to 13") && !said.contains("dumped"),
        "{said}"
    );
    assert_eq!(server.setup(&["--no-dump"]).code, 2);
}

#[test]
fn the_shell_dumps_too_and_upgrades_nothing_where_it_cannot() {
    let server = OldServer::new();
    let mut homeless = server.sandbox.command("pgbackman");
    homeless.env("HOME", server.sandbox.config_path());
    let mut pty = Pty::spawn(&homeless, 24, 400);
    pty.expect("(yes/no): ", DEADLINE);
    pty.send("yes\r");
    pty.expect("could not dump the catalogue", DEADLINE);
    assert_eq!(pty.wait(DEADLINE), Some(5));
    assert_eq!(server.version(), "3");
    let mut pty = Pty::spawn(&server.sandbox.command("pgbackman"), 24, 200);
    pty.expect(
        "Before the upgrade, the database is dumped into your home directory.",
        DEADLINE,
    );
    pty.expect("(yes/no): ", DEADLINE);
    pty.send("yes\r");
    pty.expect("[Done] PgBackMan database dumped to ", DEADLINE);
    pty.expect(
        "[Done] PgBackMan database upgraded from version [3:v_1_2_0]",
        DEADLINE,
    );
    pty.send("quit\r");
    assert_eq!(pty.wait(DEADLINE), Some(0));
    assert_eq!(dumps(&server.sandbox.home()).len(), 1);
}

#[test]
fn a_catalogue_that_a_superuser_installed_comes_to_belong_to_the_owner_role() {
    let owners = "SELECT string_agg(DISTINCT o::regrole::text, ',') FROM ( \
        SELECT relowner FROM pg_class WHERE relnamespace = 'public'::regnamespace \
        UNION ALL SELECT proowner FROM pg_proc WHERE pronamespace = 'public'::regnamespace) AS a (o)";
    let server = OldServer::new();
    let fresh = OldServer::new();
    fresh.setup(&["--upgrade", "--no-dump"]).success();
    let give_away = server.value(
        "SELECT string_agg(format('ALTER %s %s OWNER TO postgres', k, n), ';') FROM ( \
             SELECT CASE relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, oid::regclass::text FROM pg_class \
             WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v') \
             UNION ALL SELECT 'FUNCTION', oid::regprocedure::text FROM pg_proc \
             WHERE pronamespace = 'public'::regnamespace) AS a (k, n)",
    );
    server.database.psql(&give_away);
    assert_eq!(server.value(owners), "postgres");
    server
        .database
        .psql("GRANT ALL ON ALL TABLES IN SCHEMA public TO pgbackman_role_rw");
    let before = server.content();

    // The programs' own role may not do it, and says who may.
    let mut pty = Pty::spawn(&server.sandbox.command("pgbackman"), 24, 4000);
    pty.expect("(yes/no): ", DEADLINE);
    pty.send("yes\r");
    pty.expect("backup_catalog (postgres)", DEADLINE);
    pty.expect(
        "upgrade as a superuser, with `pgbackman_setup database --upgrade`",
        DEADLINE,
    );
    assert_eq!(pty.wait(DEADLINE), Some(5));
    assert_eq!(server.content(), before);

    server.setup(&["--upgrade"]).success();
    assert_eq!(server.value(owners), "pgbackman_role_rw");
    let listed = server.sandbox.shell("show_pgsql_nodes").success();
    assert!(listed.contains("n2.example.net"), "{listed}");
    let new_node = "register_pgsql_node n7 example.net 5432 postgres running ''";
    server.sandbox.shell(new_node).success();
    let schema = |server: &OldServer| -> Vec<String> {
        let without_data = server.content();
        without_data
            .lines()
            .filter(|line| line.contains(" OWNER TO ") || line.starts_with("CREATE "))
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(schema(&server), schema(&fresh));
}

#[test]
fn an_interrupted_upgrade_leaves_the_old_catalogue_usable() {
    let mut server = OldServer::new();
    let mut before = server.content();
    let whole = Instant::now();
    server.setup(&["--upgrade", "--no-dump"]).success();
    let mut whole = whole.elapsed();
    let (mut old, mut new) = (0, 0);
    server = OldServer::new();
    for round in 0..30_u32 {
        let content_then = server.content();
        assert!(before.len() == content_then.len() || round == 0);
        before = content_then;
        // Evenly over the time that the upgrade takes; later rounds come into the gaps of earlier ones.
        let at = whole.mul_f64(f64::from((round * 7) % 30) / 28.0);
        let mut setup = server
            .sandbox
            .command("pgbackman_setup")
            .args(["database", "--admin-user", Cluster::SUPERUSER, "--upgrade"])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(at);
        if setup.try_wait().unwrap().is_some() {
            // The machine has less to do than when this was measured.
            whole = whole.min(at).mul_f64(0.9);
        }
        if round % 3 == 2 {
            server.database.psql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                 WHERE datname = current_database() AND application_name = 'pgbackman_setup'",
            );
            setup.wait().unwrap();
        } else {
            setup.kill().unwrap();
            setup.wait().unwrap();
        }
        until(DEADLINE, "the interrupted session to end", || {
            let left = server.value(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                 AND application_name IN ('pgbackman_setup', 'pg_dump')",
            );
            (left == "0").then_some(())
        });
        if server.version() == "3" {
            old += 1;
            assert!(
                server.content() == before,
                "round {round}: the old catalogue has changed"
            );
        } else {
            new += 1;
            let said = server.sandbox.shell("show_backup_servers");
            assert_eq!(said.code, 0, "{said:?}");
            server = OldServer::new();
            before = server.content();
        }
    }
    assert!(old >= 5, "{old} interrupted, {new} were done");
    // What was interrupted so often is upgraded in the end.
    server.setup(&["--upgrade"]).success();
    assert_eq!(server.version(), "13");
}

#[test]
fn what_1_2_left_on_this_server_is_imported_with_the_upgrade() {
    let server = OldServer::new();
    let pending = server.sandbox.backup_root().join("pending_updates");
    fs::create_dir(&pending).unwrap();
    let good = "3::11992::1::1::template1::2026-06-01 04:05:32.973730::2026-06-01 04:05:33.393014::0:00:00.419284::\
        /srv/p/dump/CLUSTER-n1.example.net-v9_6-defid3-cCLUSTER-20260601T040532.sql.gz::24503::/srv/p/log/c.log::None::0::\
        None::None::0::None::/var/log/p.log::SUCCEEDED::CRON::::::::9.6::9.6\n";
    fs::write(
        pending.join("backup_jobs_pending_log_updates_nodeid_1_11992.log"),
        good,
    )
    .unwrap();
    let bad = pending.join("backup_jobs_pending_log_updates_nodeid_1_5.log");
    fs::write(&bad, &good[..100]).unwrap();
    let said = server.setup(&["--upgrade"]).success();
    assert!(
        said.contains(&format!(
            "NOTE: could not import a result of 1.x, which was not moved: {}",
            bad.display()
        )),
        "{said}"
    );
    // The chapter of the manual shows this run.
    let manual = fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../docs/manual/from-1.2.md"
    ))
    .unwrap();
    let shown = manual
        .split("--admin-user postgres --upgrade\n")
        .nth(1)
        .unwrap();
    let shown = shown.split("```").next().unwrap();
    let place = format!(
        "{}/.s.PGSQL.{}",
        server.database.cluster().socket_dir().display(),
        server.database.cluster().port()
    );
    let said = said
        .replace(&place, "/var/run/postgresql/.s.PGSQL.5432")
        .replace(
            dumps(&server.sandbox.home())[0].to_str().unwrap(),
            "/root/pgbackman-catalogue-v3-20261121T101500.dump",
        )
        .replace(pending.to_str().unwrap(), "/srv/pgbackman/pending_updates")
        .replace(server.database.name(), "pgbackman");
    assert_eq!(said, shown);
    assert_eq!(fs::read_dir(&pending).unwrap().count(), 1);
    assert_eq!(
        server.value("SELECT count(*) FROM backup_catalog WHERE procpid = 11992"),
        "1"
    );
}

#[test]
fn s1_old_results_are_not_imported_with_the_rights_of_the_administrator() {
    let server = OldServer::new();
    let pending = server.sandbox.backup_root().join("pending_updates");
    fs::create_dir(&pending).unwrap();
    let result = "3::11992::1::1::template1::2026-06-01 04:05:32.973730::2026-06-01 04:05:33.393014::0:00:00.419284::\
        /srv/p/dump/x.sql.gz::24503::/srv/p/log/c.log::None::0::None::None::0::None::/var/log/p.log::SUCCEEDED::CRON::::::::9.6::9.6\n";
    let file = pending.join("backup_jobs_pending_log_updates_nodeid_1_11992.log");
    fs::write(file, result).unwrap();
    // A superuser's trigger is trusted, and sees whose session the import is: the catalogue's owner can change what runs in it.
    server.database.psql(
        "CREATE TABLE seen (who text); GRANT ALL ON seen TO PUBLIC; \
         CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS \
             $$ begin insert into public.seen values (session_user); return new; end $$; \
         CREATE TRIGGER see AFTER INSERT ON backup_catalog FOR EACH ROW EXECUTE FUNCTION see()",
    );
    server.setup(&["--upgrade"]).success();
    assert_eq!(
        server.value("SELECT string_agg(DISTINCT who, ' ') FROM seen"),
        "pgbackman_role_rw"
    );
}

#[test]
fn s1_an_old_catalogue_in_which_something_was_planted_is_not_upgraded() {
    let server = OldServer::new();
    server.database.psql(
        "SET ROLE pgbackman_role_rw; CREATE TABLE witness (who text); GRANT ALL ON witness TO PUBLIC; \
         CREATE FUNCTION evil() RETURNS int LANGUAGE plpgsql AS $$ begin \
             if session_user operator(pg_catalog.=) 'postgres' then insert into public.witness values (session_user); end if; \
             return 3; end $$; \
         ALTER TABLE pgbackman_version RENAME TO pgbackman_version_real; \
         CREATE VIEW pgbackman_version AS SELECT registered, evil() AS version, tag FROM pgbackman_version_real",
    );
    let before = server.value("SELECT count(*) FROM pgbackman_version_real");
    for args in [&[][..], &["--upgrade"]] {
        let said = server.setup(args);
        assert_eq!(said.code, 6, "{}", said.stderr);
        let words = "view public.pgbackman_version (it is no plain table)";
        assert!(said.stderr.contains(words), "{}", said.stderr);
        assert_eq!(
            server.value("SELECT count(*) FROM witness"),
            "0",
            "{args:?}"
        );
    }
    assert_eq!(
        server.value("SELECT count(*) FROM pgbackman_version_real"),
        before
    );
    assert_eq!(dumps(&server.sandbox.home()), [] as [PathBuf; 0]);
}
