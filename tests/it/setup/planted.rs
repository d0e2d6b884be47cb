//! What the role of the programs has put among the catalogue's objects, and the setup program of an administrator (case S1).

use pgbackman_core::config::{Config, Environment};
use pgbackman_core::conninfo::{ConnectTarget, DEFAULT_TIMEOUT, Session, connect};
use pgbackman_tests::base::TempRoot;

use super::{directory, embedded};

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
        assert!(
            said.stderr
                .contains("view public.pgbackman_version (it is no plain table)"),
            "{}",
            said.stderr
        );
        assert_eq!(limit(&programs).await, -1, "{args:?}");
    }
    programs.batch_execute(AS_IT_WAS).await.unwrap();
    embedded(&root, &dir, &[]).success();
    assert_eq!(limit(&programs).await, -1);
}
