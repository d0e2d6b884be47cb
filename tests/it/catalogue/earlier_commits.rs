//! Catalogues that an earlier, unreleased commit made under this version's number: refused with words, or made whole.

use std::path::Path;

use pgbackman_core::catalogue::schema::migrate::{self, MigrateError, Schema};
use pgbackman_core::catalogue::schema::version::{self, VersionMismatch};
use pgbackman_core::catalogue::schema::{RELEASED_VERSION, SCHEMA_VERSION};
use pgbackman_tests::catalogue;
use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::sandbox::Sandbox;

use super::model;

/// What the last installation or upgrade noted of its functions becomes that of another commit.
const OTHER_FUNCTIONS: &str = "DO $$ BEGIN EXECUTE format('COMMENT ON TABLE pgbackman_version IS %L', \
     regexp_replace(obj_description('pgbackman_version'::regclass), 'functions .*', 'functions 0')); END $$;";

/// As [`OTHER_FUNCTIONS`], of the tables.
const OTHER_TABLES: &str = "DO $$ BEGIN EXECUTE format('COMMENT ON TABLE pgbackman_version IS %L', \
     regexp_replace(obj_description('pgbackman_version'::regclass), 'tables [0-9a-f]*', 'tables 0')); END $$;";

#[tokio::test]
async fn item_8_no_column_of_a_table_can_be_missing_unnoticed() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let mut client = model::owner(&database).await;
    let rows = client
        .query(
            "SELECT c.relname::text, count(*), \
                    string_agg(format('ALTER TABLE %I RENAME %I TO %I;', c.relname, a.attname, a.attname || '_1'), '') \
             FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
             WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> 'pgbackman_version' \
             GROUP BY 1",
            &[],
        )
        .await
        .unwrap();
    assert!(rows.len() > 35, "only {} tables", rows.len());
    for row in rows {
        let (table, columns): (String, i64) = (row.get(0), row.get(1));
        let transaction = client.transaction().await.unwrap();
        transaction.batch_execute(row.get(2)).await.unwrap();
        let found = migrate::status(&transaction).await.unwrap();
        transaction.rollback().await.unwrap();
        let Schema::Unusable { found } = found else {
            panic!("without the columns of {table} the catalogue is {found:?}")
        };
        let named = match columns {
            1..=3 => {
                found.matches(&format!("{table}.")).count() == usize::try_from(columns).unwrap()
            }
            _ => found.contains(&format!("it lacks {columns} columns, including {table}.")),
        };
        assert!(named, "{table} has {columns} columns: {found}");
    }
    assert_eq!(migrate::status(&client).await.unwrap(), Schema::Current);
}

#[tokio::test]
async fn item_8_a_catalogue_with_other_tables_under_this_number_is_refused_and_left_as_it_is() {
    for (change, said) in [
        (
            "DROP TABLE file_look CASCADE",
            "columns, including file_look.backup_server_id",
        ),
        (OTHER_TABLES, "its tables differ from those"),
    ] {
        let database = catalogue::database(Cluster::shared(Version::Installed));
        database.psql(change);
        let mut client = model::owner(&database).await;
        let mismatch = version::check(&client).await.unwrap_err().to_string();
        assert!(
            mismatch.contains(said) && mismatch.contains("earlier, unreleased state"),
            "{mismatch}"
        );
        for attempt in [
            migrate::upgrade(&mut client).await,
            migrate::install(&mut client).await,
        ] {
            let error = attempt.unwrap_err();
            assert!(matches!(error, MigrateError::Refused { .. }), "{error}");
            assert!(error.to_string().contains(said), "{error}");
        }
    }
}

#[tokio::test]
async fn item_8_functions_and_views_of_another_commit_are_made_anew_by_an_upgrade() {
    for change in [
        OTHER_FUNCTIONS,
        "COMMENT ON TABLE pgbackman_version IS NULL;",
    ] {
        let database = catalogue::database(Cluster::shared(Version::Installed));
        database.psql(&format!("{change} DROP VIEW show_daemons"));
        let mut client = model::owner(&database).await;
        let mismatch = version::check(&client).await.unwrap_err();
        assert!(
            matches!(mismatch, VersionMismatch::OtherFunctions),
            "{mismatch}"
        );
        assert!(matches!(
            migrate::install(&mut client).await,
            Err(MigrateError::Refused { .. })
        ));
        assert!(migrate::upgrade(&mut client).await.unwrap().changed);
        version::check(&client).await.unwrap();
        database.psql("SELECT count(*) FROM show_daemons");
        assert!(!migrate::upgrade(&mut client).await.unwrap().changed);
    }
}

#[tokio::test]
async fn item_8_a_catalogue_of_an_unreleased_version_that_grew_is_not_upgraded() {
    let of_10 = "DROP VIEW show_backups_in_progress, show_restores_in_progress; \
                 ALTER TABLE run_in_progress DROP COLUMN run_id, DROP COLUMN phase, DROP COLUMN bytes_done, \
                 DROP COLUMN bytes_expected, DROP COLUMN reported, DROP COLUMN cancel_requested, DROP COLUMN cancelled_by; DROP TABLE requested_run; \
                 ALTER TABLE backup_definition DROP COLUMN retry_times, DROP COLUMN retry_after; DROP VIEW show_maintenance_windows; \
                 DROP TRIGGER end_window_of_running_node ON pgsql_node; \
                 ALTER TABLE pgsql_node DROP COLUMN window_until CASCADE, DROP COLUMN window_reason; \
                 DROP VIEW IF EXISTS file_looks, show_backup_catalog, show_backup_details; DROP TABLE file_look; \
                 DROP INDEX backup_catalog_not_whole_idx; ALTER TABLE backup_catalog DROP COLUMN files_since, \
                 DROP COLUMN files_looked_at, DROP COLUMN files_state, DROP COLUMN files_problem; \
                 UPDATE pgbackman_version SET version = 10, tag = 'v_2_0_0';";
    for (change, said) in [
        // What 0010 got later.
        (
            "ALTER TABLE clone_definition DROP COLUMN finished CASCADE",
            "clone_definition.finished",
        ),
        // What stood in 0010 before it went to a step of its own.
        (
            "ALTER TABLE backup_catalog ADD COLUMN files_looked_at timestamptz",
            "migrations/0011_v_2_0_1.sql",
        ),
    ] {
        let database = catalogue::database(Cluster::shared(Version::Installed));
        database.psql(&format!("{of_10} {change}"));
        let mut client = model::owner(&database).await;
        let error = migrate::upgrade(&mut client).await.unwrap_err();
        assert!(
            matches!(error, MigrateError::Unreleased { version: 10, .. }),
            "{error}"
        );
        assert!(error.to_string().contains(said), "{error}");
        assert!(matches!(
            migrate::status(&client).await.unwrap(),
            Schema::Older { version: 10, .. }
        ));
    }
}

#[test]
fn item_8_shell_and_programs_say_what_the_catalogue_of_another_commit_needs() {
    let sandbox = Sandbox::new();
    sandbox.catalogue().psql(OTHER_FUNCTIONS);
    let answer = sandbox.shell("show_backup_servers");
    assert_eq!(answer.code, 5, "{}", answer.stderr);
    assert!(
        answer.stderr.contains("pgbackman_setup database --upgrade"),
        "{}",
        answer.stderr
    );
    sandbox
        .catalogue()
        .psql("ALTER TABLE backup_catalog DROP COLUMN files_since CASCADE");
    for answer in [
        sandbox.shell("show_backup_servers"),
        sandbox.run("pgbackman_maintenance", ["--cron"]),
    ] {
        let said = [answer.stdout, answer.stderr].concat();
        assert_eq!(answer.code, 5, "{said}");
        assert!(
            said.contains("it lacks the column backup_catalog.files_since"),
            "{said}"
        );
    }
}

#[test]
fn item_8_a_release_makes_the_schema_version_a_released_one() {
    let changelog = Path::new(env!("CARGO_MANIFEST_DIR")).join("../CHANGELOG.md");
    let changelog = std::fs::read_to_string(changelog).unwrap();
    let newest = changelog.lines().find(|line| line.starts_with("## "));
    let is_released = !newest.unwrap().contains("(unreleased)");
    assert!(
        RELEASED_VERSION == SCHEMA_VERSION || !is_released,
        "the newest section of CHANGELOG.md is a release: raise RELEASED_VERSION of core::catalogue::schema to {SCHEMA_VERSION}"
    );
}
