//! What the role of the programs can put among the catalogue's objects does not run in an administrator's session (case S1).

use pgbackman_core::catalogue::schema::migrate::{self, MigrateError, Schema};
use pgbackman_tests::catalogue;
use pgbackman_tests::postgres::{Cluster, TestDatabase, Version};

use super::legacy::{self, Legacy};
use super::model;

/// Functions that note when they run as a superuser.
const EVIL: &str = "
    CREATE TABLE witness (who text);
    GRANT ALL ON witness TO PUBLIC;
    CREATE FUNCTION evil() RETURNS int LANGUAGE plpgsql IMMUTABLE SECURITY INVOKER AS $$
    begin
        if (select rolsuper from pg_catalog.pg_roles where rolname = session_user) then
            insert into public.witness values (session_user);
        end if;
        return 10;
    end $$;
    CREATE FUNCTION evil_row() RETURNS trigger LANGUAGE plpgsql AS $$ begin perform public.evil(); return new; end $$;
    CREATE FUNCTION evil_pair(oid, regnamespace) RETURNS bool LANGUAGE plpgsql AS
        $$ begin perform public.evil(); return $1 operator(pg_catalog.=) $2::oid; end $$;";

/// What is planted, and words of the refusal.
const PLANTED: [(&str, &str); 12] = [
    (
        "ALTER TABLE pgbackman_version RENAME TO pgbackman_version_real;
         CREATE VIEW pgbackman_version AS SELECT registered, evil() AS version, tag FROM pgbackman_version_real",
        "view public.pgbackman_version (it is no plain table)",
    ),
    (
        "CREATE TRIGGER planted BEFORE INSERT OR UPDATE ON backup_server_default_config FOR EACH ROW EXECUTE FUNCTION evil_row()",
        "trigger planted on table public.backup_server_default_config (it calls a function",
    ),
    (
        "CREATE RULE planted AS ON INSERT TO pgbackman_version DO ALSO SELECT evil()",
        "rule planted on table public.pgbackman_version (the catalogue has no rules)",
    ),
    (
        "CREATE POLICY planted ON pgbackman_version USING (evil() > 0)",
        "policy planted on table public.pgbackman_version (",
    ),
    (
        "ALTER TABLE backup_code ALTER COLUMN description SET DEFAULT evil()::text",
        "default value for column description of table public.backup_code (it uses the function public.evil())",
    ),
    (
        "ALTER TABLE pgbackman_version ADD CONSTRAINT planted CHECK (evil() > 0)",
        "constraint planted on table public.pgbackman_version (it uses the function public.evil())",
    ),
    (
        "CREATE INDEX planted ON pgbackman_version ((evil() + version))",
        "index public.planted (it uses the function public.evil())",
    ),
    (
        "CREATE DOMAIN planted AS int CHECK (evil() > 0); ALTER TABLE pgbackman_version ADD COLUMN x planted",
        "table public.pgbackman_version (its column x is of the type",
    ),
    (
        "CREATE OPERATOR public.= (LEFTARG = oid, RIGHTARG = regnamespace, FUNCTION = evil_pair)",
        "operator public.=(oid,regnamespace) (it could take the place of one of PostgreSQL's)",
    ),
    (
        "CREATE FUNCTION lower(varchar) RETURNS text LANGUAGE sql AS 'SELECT evil()::text'",
        "(it has the name of one of PostgreSQL's)",
    ),
    (
        "CREATE TABLE planted () INHERITS (pgbackman_version)",
        "table public.planted (it inherits from a table of the catalogue",
    ),
    (
        "DROP VIEW IF EXISTS show_backup_servers CASCADE; CREATE TABLE show_backup_servers (x int DEFAULT evil())",
        "table public.show_backup_servers (it is no plain view)",
    ),
];

/// The same, at a table that only a newer catalogue has.
const PLANTED_NOW: (&str, &str) = (
    "CREATE TRIGGER planted BEFORE INSERT OR UPDATE ON file_look FOR EACH ROW EXECUTE FUNCTION evil_row()",
    "trigger planted on table public.file_look (it calls a function",
);

/// Runs as the role of the programs.
async fn as_programs(database: &TestDatabase<'_>, sql: &str) {
    let owner = model::owner(database).await;
    owner.batch_execute(sql).await.unwrap();
}

fn witnesses(database: &TestDatabase<'_>) -> String {
    let said = database.cluster().psql(
        database.name(),
        "SELECT pg_catalog.count(*) FROM public.witness",
    );
    said.trim().to_owned()
}

fn refused(error: &MigrateError, words: &str) {
    let MigrateError::Planted { objects } = error else {
        panic!("{words}: {error}");
    };
    assert!(
        objects.iter().any(|object| object.contains(words)),
        "{words}: {objects:?}"
    );
}

#[tokio::test]
async fn s1_what_the_programs_role_planted_is_refused_and_does_not_run() {
    for version in Version::ALL {
        let cluster = Cluster::shared(version);
        for (planted, words) in PLANTED.into_iter().chain([PLANTED_NOW]) {
            let database = catalogue::database(cluster);
            as_programs(&database, EVIL).await;
            as_programs(&database, planted).await;
            let mut administrator = database.connect().await;
            let error = migrate::status_for_administrator(&mut administrator)
                .await
                .unwrap_err();
            refused(&error, words);
            refused(
                &migrate::install(&mut administrator).await.unwrap_err(),
                words,
            );
            assert_eq!(witnesses(&database), "0", "{planted}");
        }
    }
}

#[tokio::test]
async fn s1_a_catalogue_of_1_x_is_looked_at_before_it_is_upgraded() {
    let cluster = Cluster::shared(Version::Installed);
    for (planted, words) in PLANTED {
        // 1.x has this column with a default of its own.
        if words.contains("show_backup_servers") {
            continue;
        }
        let database = legacy::database(cluster, Legacy::V3);
        as_programs(&database, EVIL).await;
        as_programs(&database, planted).await;
        let mut administrator = database.connect().await;
        refused(
            &migrate::upgrade(&mut administrator).await.unwrap_err(),
            words,
        );
        assert_eq!(witnesses(&database), "0", "{planted}");
    }
}

/// Every function of the catalogue, replaced by one of the same name and kind that does something else.
const REPLACED: &str = "
    DO $do$
    DECLARE f record; body text; number int := 0;
    BEGIN
        FOR f IN SELECT p.oid, p.proname, p.proretset, p.prorettype::regtype::text AS result,
                pg_get_function_arguments(p.oid) AS arguments, pg_get_function_result(p.oid) AS returns
            FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.proname !~ '^evil'
                AND p.proowner = 'pgbackman_role_rw'::regrole
        LOOP
            body := CASE WHEN f.result = 'trigger' THEN 'perform public.evil(); return new;'
                WHEN f.proretset OR f.result = 'void' THEN 'perform public.evil(); return;'
                ELSE 'perform public.evil(); return null;' END;
            EXECUTE format('CREATE OR REPLACE FUNCTION public.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L',
                f.proname, f.arguments, f.returns, format('begin %s end', body));
            number := number + 1;
        END LOOP;
        ASSERT number > 50, 'functions that were replaced';
    END $do$";

#[tokio::test]
async fn s1_a_function_of_the_catalogue_that_was_replaced_does_not_run_and_is_gone_with_the_upgrade()
 {
    for version in Version::ALL {
        let database = legacy::database(Cluster::shared(version), Legacy::V3);
        as_programs(&database, EVIL).await;
        as_programs(&database, REPLACED).await;
        let mut administrator = database.connect().await;
        migrate::status_for_administrator(&mut administrator)
            .await
            .unwrap();
        migrate::upgrade(&mut administrator).await.unwrap();
        assert_eq!(witnesses(&database), "0", "{version:?}");
        let left = "SELECT count(*) FROM pg_proc WHERE prosrc ~ 'evil' AND proname !~ '^evil'";
        let left = database.cluster().psql(database.name(), left);
        assert_eq!(left.trim(), "0", "{version:?}");
    }
}

#[tokio::test]
async fn s1_nobody_makes_a_function_between_the_look_and_the_upgrade() {
    let database = legacy::database(Cluster::shared(Version::Installed), Legacy::V3);
    as_programs(&database, EVIL).await;
    let owner = model::owner(&database).await;
    owner
        .batch_execute("SET lock_timeout TO '200ms'")
        .await
        .unwrap();
    let mut administrator = database.connect().await;
    // In the middle of the upgrade, after the look.
    let meanwhile = async |_| {
        for making in [
            "CREATE FUNCTION lower(varchar) RETURNS text LANGUAGE sql AS 'SELECT evil()::text'",
            "CREATE OPERATOR public.= (LEFTARG = oid, RIGHTARG = regnamespace, FUNCTION = evil_pair)",
        ] {
            let error = owner.batch_execute(making).await.unwrap_err();
            let code = error.code().unwrap().code().to_owned();
            if code != "55P03" {
                return Err(format!("{making}: {code}"));
            }
        }
        Ok(())
    };
    migrate::upgrade_saving(&mut administrator, meanwhile)
        .await
        .unwrap();
    assert_eq!(witnesses(&database), "0");
}

#[tokio::test]
async fn s1_a_catalogue_as_we_make_it_is_not_refused_and_neither_is_what_a_superuser_added() {
    for version in Version::ALL {
        let database = catalogue::database(Cluster::shared(version));
        let mut administrator = database.connect().await;
        administrator
            .batch_execute(
                "CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end';
                 CREATE TRIGGER noted AFTER INSERT ON pgbackman_version FOR EACH ROW EXECUTE FUNCTION noted()",
            )
            .await
            .unwrap();
        let found = migrate::status_for_administrator(&mut administrator)
            .await
            .unwrap();
        assert_eq!(found, Schema::Current);
    }
}
