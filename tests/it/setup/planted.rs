//! What the role of the programs has put among the catalogue's objects, and the setup program of an administrator (case S1).

use pgbackman_core::config::{Config, Environment};
use pgbackman_core::conninfo::{ConnectTarget, DEFAULT_TIMEOUT, Session, connect};
use pgbackman_tests::base::TempRoot;
use pgbackman_tests::namespace::{self, Namespace};
use pgbackman_tests::sandbox::{Sandbox, run};

use super::{DEADLINE, directory, embedded};

/// A view in the place of a table, whose column is a function that a superuser would not call.
const PLANTED: &str = "
    CREATE FUNCTION evil() RETURNS int LANGUAGE plpgsql AS $$
    begin
        if (select rolsuper from pg_catalog.pg_roles where rolname = current_user) then
            alter role pgbackman_role_ro connection limit 77;
        end if;
        return 11;
    end $$;
    ALTER TABLE pgbackman_version RENAME TO pgbackman_version_real;
    CREATE VIEW pgbackman_version AS SELECT registered, evil() AS version, tag FROM pgbackman_version_real";

/// What is said of it.
const REFUSED: &str = "view public.pgbackman_version (it is no plain table)";

const AS_IT_WAS: &str =
    "DROP VIEW pgbackman_version; ALTER TABLE pgbackman_version_real RENAME TO pgbackman_version";

async fn limit(session: &Session) -> i32 {
    let sql = "SELECT rolconnlimit FROM pg_roles WHERE rolname = 'pgbackman_role_ro'";
    session.query_one(sql, &[]).await.unwrap().get(0)
}

#[tokio::test]
async fn s1_the_embedded_catalogue_is_not_repeated_where_something_was_planted() {
    let root = TempRoot::new("em");
    let dir = directory(&root);
    embedded(&root, &dir, &[]).success();
    let env = Environment::new(nix::unistd::Uid::effective().as_raw(), "tester");
    let config = Config::load(Some(&dir.join("pgbackman.conf")), &env).unwrap();
    let target = ConnectTarget::catalogue(&config);
    let programs = connect(&target, &env, DEFAULT_TIMEOUT).await.unwrap();
    programs.batch_execute(PLANTED).await.unwrap();
    for args in [&[][..], &["--upgrade"]] {
        let said = embedded(&root, &dir, args);
        assert_eq!(said.code, 6, "{}", said.stderr);
        assert!(said.stderr.contains(REFUSED), "{}", said.stderr);
        assert_eq!(limit(&programs).await, -1, "{args:?}");
    }
    programs.batch_execute(AS_IT_WAS).await.unwrap();
    embedded(&root, &dir, &[]).success();
    assert_eq!(limit(&programs).await, -1);
}

/// The same through `pgbackman_setup server --embedded`, which repeats it on a machine's catalogue. Its crontab, users and
/// services are those of a namespace.
#[test]
fn s1_a_server_is_not_prepared_where_something_was_planted() {
    if !namespace::available() {
        return;
    }
    let sandbox = Sandbox::for_namespace();
    let inside = Namespace::around(&sandbox);
    let dir = sandbox.path().join("cat");
    let place = dir.to_str().unwrap();
    let setup = |args: &[&str]| {
        let mut command = sandbox.command("pgbackman_setup");
        run(&mut inside.enter(command.args(args)), b"", DEADLINE)
    };
    // Its own configuration is not wanted: the machine's names the catalogue.
    setup(&["embedded", "--dir", place]).success();
    let psql = |sql: &str| {
        let command = sandbox.bare_command("pgbackman_setup");
        let mut psql = std::process::Command::new("psql");
        psql.args(["-XAtq", "-v", "ON_ERROR_STOP=1", "-h"])
            .arg(dir.join("run"))
            .args(["-U", "pgbackman_role_rw", "-d", "pgbackman", "-c", sql]);
        for (name, value) in command.get_envs() {
            if let Some(value) = value {
                psql.env(name, value);
            }
        }
        run(&mut inside.enter(&psql), b"", DEADLINE).success()
    };
    let limit = "SELECT rolconnlimit FROM pg_roles WHERE rolname = 'pgbackman_role_ro'";
    psql(PLANTED);
    let before = psql(
        "SELECT md5(string_agg(r::text, ' ' ORDER BY r::text)) FROM pgbackman_version_real AS r",
    );
    let said = setup(&["server", "--no-start", "--embedded", place]);
    assert_eq!(said.code, 6, "{}{}", said.stdout, said.stderr);
    assert!(said.stderr.contains(REFUSED), "{}", said.stderr);
    assert_eq!(psql(limit).trim(), "-1");
    assert_eq!(psql("SELECT count(*) FROM backup_server").trim(), "0");
    assert_eq!(
        psql(
            "SELECT md5(string_agg(r::text, ' ' ORDER BY r::text)) FROM pgbackman_version_real AS r"
        ),
        before
    );
    setup(&["embedded", "--dir", place, "--stop"]);
}
