//! The catalogue on a server that is there already.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use pgbackman_tests::base::TempRoot;
use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::sandbox::{Output, run};

use super::{DEADLINE, setup};

/// A configuration that names a cluster's TCP port, and the files beside it.
struct Fixture {
    cluster: Cluster,
    root: TempRoot,
}

impl Fixture {
    fn new(version: Version) -> Self {
        let root = TempRoot::new("db");
        // A server that has never heard of PgBackMan.
        let cluster = Cluster::private(version);
        let names = cluster.psql(
            "postgres",
            "SELECT format('DROP ROLE %I;', rolname) FROM pg_roles WHERE rolname LIKE 'pgbackman%'",
        );
        cluster.psql("postgres", &names);
        let fixture = Self { cluster, root };
        fixture.write(
            "pgbackman.conf",
            &format!(
                "[pgbackman_database]\nhost = \"127.0.0.1\"\nport = {}\n",
                fixture.cluster.port()
            ),
            0o644,
        );
        fixture
    }

    fn write(&self, name: &str, text: &str, mode: u32) -> PathBuf {
        let path = self.root.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    #[track_caller]
    fn run(&self, args: &[&str]) -> Output {
        let mut command = setup(&self.root);
        command
            .arg("database")
            .arg("--config")
            .arg(self.root.path().join("pgbackman.conf"))
            .args(["--admin-user", Cluster::SUPERUSER])
            .args(args)
            .env("PGPASSFILE", self.root.path().join("pgpass"));
        run(&mut command, b"", DEADLINE)
    }

    fn password_file(&self, lines: &str) {
        self.write("pgpass", lines, 0o600);
    }
}

/// One value.
fn value(cluster: &Cluster, dbname: &str, sql: &str) -> String {
    cluster.psql(dbname, sql).trim().to_owned()
}

#[test]
fn roles_database_and_schema_are_made_and_the_second_time_nothing_is() {
    for version in Version::ALL {
        let server = Fixture::new(version);
        let admin = format!("*:*:*:{}:{}\n", Cluster::SUPERUSER, Cluster::PASSWORD);
        server.password_file(&admin);
        let secret = server.write("secret", "geheim geheim\nnot this line\n", 0o600);
        let secret = secret.to_str().unwrap();

        let said = server.run(&["--password-file", secret]).success();
        assert!(
            said.contains("created the role pgbackman_role_rw"),
            "{said}"
        );
        assert!(said.contains("created the database pgbackman"), "{said}");
        assert!(
            said.contains("[Done] The database pgbackman is a complete catalogue."),
            "{said}"
        );
        assert!(
            said.contains("the programs cannot connect to the catalogue yet"),
            "{said}"
        );
        assert!(!said.contains("geheim"), "trap 32: {said}");
        let owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'pgbackman'";
        assert_eq!(
            value(&server.cluster, "postgres", owner),
            "pgbackman_role_rw"
        );
        let foreign = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace \
                       AND pg_get_userbyid(relowner) <> 'pgbackman_role_rw'";
        assert_eq!(value(&server.cluster, "pgbackman", foreign), "0");
        let powers = "SELECT string_agg(format('%s %s %s', rolcanlogin, rolsuper, rolcreaterole), ',') \
                      FROM pg_roles WHERE rolname LIKE 'pgbackman%'";
        assert_eq!(value(&server.cluster, "postgres", powers), "t f f,t f f");

        // With the password in the file the programs' own connection works, which proves the SCRAM secret.
        server.password_file(&format!("{admin}*:*:*:pgbackman_role_rw:geheim geheim\n"));
        let said = server.run(&[]).success();
        assert!(
            said.contains("The programs can connect to the catalogue at host 127.0.0.1"),
            "{said}"
        );
        assert!(
            !said.contains("was created") && !said.contains("was made"),
            "{said}"
        );
        assert!(
            !server.cluster.log().contains("geheim"),
            "trap 32: the server's log has the password"
        );
    }
}

#[test]
fn what_is_half_there_is_completed() {
    let server = Fixture::new(Version::Installed);
    server.password_file(&format!(
        "*:*:*:{}:{}\n",
        Cluster::SUPERUSER,
        Cluster::PASSWORD
    ));
    server
        .cluster
        .psql("postgres", "CREATE ROLE pgbackman_role_rw NOLOGIN");
    server.cluster.psql("postgres", "CREATE DATABASE pgbackman");
    server
        .cluster
        .psql("pgbackman", "REVOKE ALL ON SCHEMA public FROM PUBLIC");
    let said = server.run(&[]).success();
    assert!(
        said.contains("the role pgbackman_role_rw can now log in"),
        "{said}"
    );
    assert!(
        said.contains("from postgres to pgbackman_role_rw"),
        "{said}"
    );
    assert!(said.contains("complete catalogue"), "{said}");
}

#[test]
fn an_administrator_who_is_no_superuser_can_do_it() {
    for version in Version::ALL {
        let server = Fixture::new(version);
        server.cluster.psql(
            "postgres",
            "CREATE ROLE landlord LOGIN CREATEROLE CREATEDB PASSWORD 'landlord'",
        );
        server.password_file("*:*:*:landlord:landlord\n");
        let hba = server.cluster.data_dir().join("pg_hba.conf");
        let rules = fs::read_to_string(&hba).unwrap();
        fs::write(
            &hba,
            format!("host all landlord 127.0.0.1/32 scram-sha-256\n{rules}"),
        )
        .unwrap();
        server.cluster.psql("postgres", "SELECT pg_reload_conf()");
        let mut command = setup(&server.root);
        command
            .args(["database", "--admin-user", "landlord", "--config"])
            .arg(server.root.path().join("pgbackman.conf"))
            .env("PGPASSFILE", server.root.path().join("pgpass"));
        let said = run(&mut command, b"", DEADLINE).success();
        assert!(said.contains("complete catalogue"), "{version}: {said}");
    }
}

#[test]
fn a_database_of_something_else_and_a_newer_catalogue_are_refused() {
    let server = Fixture::new(Version::Installed);
    server.password_file(&format!(
        "*:*:*:{}:{}\n",
        Cluster::SUPERUSER,
        Cluster::PASSWORD
    ));
    server.cluster.psql("postgres", "CREATE DATABASE pgbackman");
    server
        .cluster
        .psql("pgbackman", "CREATE TABLE letters (n int)");
    let said = server.run(&[]).failure();
    assert!(said.contains("letters"), "{said}");

    server.cluster.psql("pgbackman", "DROP TABLE letters");
    server.run(&[]).success();
    server.cluster.psql(
        "pgbackman",
        "INSERT INTO pgbackman_version (version, tag) VALUES (99, 'v_3_0_0')",
    );
    let said = server.run(&["--upgrade"]).failure();
    assert!(said.contains("[99:v_3_0_0]"), "{said}");
}

#[test]
fn a_catalogue_of_1_2_is_upgraded_only_when_that_is_asked_for() {
    let server = Fixture::new(Version::Installed);
    server.password_file(&format!(
        "*:*:*:{}:{}\n",
        Cluster::SUPERUSER,
        Cluster::PASSWORD
    ));
    let cluster = &server.cluster;
    cluster.psql("postgres", "CREATE ROLE pgbackman_role_rw LOGIN");
    cluster.psql("postgres", "CREATE ROLE pgbackman_role_ro LOGIN");
    cluster.psql(
        "postgres",
        "CREATE DATABASE pgbackman OWNER pgbackman_role_rw",
    );
    for script in ["10_tables", "20_views", "30_functions", "40_rows"] {
        let file = format!(
            "{}/../sql/tests/legacy/{script}.sql",
            env!("CARGO_MANIFEST_DIR")
        );
        cluster.psql_script("pgbackman", &fs::read_to_string(file).unwrap());
    }
    let rows = "SELECT count(*) FROM backup_catalog";
    let before = value(cluster, "pgbackman", rows);
    assert_ne!(before, "0");

    let said = server.run(&[]);
    assert_eq!(said.code, 5, "{said:?}");
    assert!(
        said.stderr
            .contains("the catalogue has version [3:v_1_2_0]"),
        "{}",
        said.stderr
    );
    assert!(
        said.stderr.contains("repeat this command with --upgrade"),
        "{}",
        said.stderr
    );
    assert_eq!(
        value(
            cluster,
            "pgbackman",
            "SELECT max(version) FROM pgbackman_version"
        ),
        "3"
    );

    let said = server.run(&["--upgrade"]).success();
    assert!(
        said.contains("the catalogue was upgraded from version 3 to 13"),
        "{said}"
    );
    assert_eq!(value(cluster, "pgbackman", rows), before);
    let said = server.run(&["--upgrade"]).success();
    assert!(!said.contains("upgraded"), "{said}");
}

#[test]
fn a_password_file_that_others_can_read_is_refused_before_anything_is_done() {
    let server = Fixture::new(Version::Installed);
    server.password_file(&format!(
        "*:*:*:{}:{}\n",
        Cluster::SUPERUSER,
        Cluster::PASSWORD
    ));
    let secret = server.write("secret", "geheim\n", 0o644);
    let said = server.run(&["--password-file", secret.to_str().unwrap()]);
    assert_eq!(said.code, 6);
    assert!(said.stderr.contains("its mode is 0644"), "{}", said.stderr);
    let roles = "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'pgbackman%'";
    assert_eq!(value(&server.cluster, "postgres", roles), "0");
}

#[test]
fn a_server_that_cannot_be_reached_has_an_exit_code_of_its_own() {
    let server = Fixture::new(Version::Installed);
    let said = server.run(&[]);
    assert_eq!(said.code, 4);
    assert!(
        said.stderr
            .contains("the server requires a password, and none was found"),
        "{}",
        said.stderr
    );
}

/// What the programs' role planted among the catalogue's objects is refused before anything of it is read or run (case S1).
#[test]
fn s1_a_catalogue_on_a_server_is_neither_completed_nor_upgraded_where_something_was_planted() {
    let server = Fixture::new(Version::Installed);
    let admin = format!("*:*:*:{}:{}\n", Cluster::SUPERUSER, Cluster::PASSWORD);
    server.password_file(&admin);
    let secret = server.write("secret", "geheim\n", 0o600);
    server.password_file(&format!("{admin}*:*:*:pgbackman_role_rw:geheim\n"));
    server
        .run(&["--password-file", secret.to_str().unwrap()])
        .success();
    let planted = "SET ROLE pgbackman_role_rw; \
        CREATE TABLE witness (who text); GRANT ALL ON witness TO PUBLIC; \
        CREATE FUNCTION evil() RETURNS int LANGUAGE plpgsql AS $$ begin \
            if session_user operator(pg_catalog.=) 'postgres' then insert into public.witness values (session_user); end if; \
            return 11; end $$; ";
    for (object, words) in [
        (
            "ALTER TABLE pgbackman_version RENAME TO pgbackman_version_real; \
             CREATE VIEW pgbackman_version AS SELECT registered, evil() AS version, tag FROM pgbackman_version_real",
            "view public.pgbackman_version (it is no plain table)",
        ),
        (
            "ALTER VIEW show_backup_servers RENAME TO away; CREATE TABLE show_backup_servers (x int DEFAULT evil())",
            "table public.show_backup_servers (it is no plain view)",
        ),
    ] {
        value(&server.cluster, "postgres", "DROP DATABASE IF EXISTS kept");
        value(
            &server.cluster,
            "postgres",
            "CREATE DATABASE kept TEMPLATE pgbackman OWNER pgbackman_role_rw",
        );
        value(&server.cluster, "pgbackman", &format!("{planted}{object}"));
        for args in [&[][..], &["--upgrade", "--no-dump"]] {
            let said = server.run(args);
            assert_eq!(said.code, 6, "{}", said.stderr);
            assert!(said.stderr.contains(words), "{}", said.stderr);
            let ran = value(&server.cluster, "pgbackman", "SELECT count(*) FROM witness");
            assert_eq!(ran, "0", "{args:?}");
        }
        value(
            &server.cluster,
            "postgres",
            "DROP DATABASE pgbackman WITH (FORCE)",
        );
        value(
            &server.cluster,
            "postgres",
            "ALTER DATABASE kept RENAME TO pgbackman",
        );
    }
    server.run(&["--upgrade", "--no-dump"]).success();
}
