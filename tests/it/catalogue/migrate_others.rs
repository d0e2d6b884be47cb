//! Objects of others in a catalogue that is upgraded.

use pgbackman_core::catalogue::schema::migrate::{self, MigrateError};
use pgbackman_tests::postgres::{Cluster, Version};

use super::legacy::{self, Legacy};
use super::migrate::schema;
use super::model;

#[tokio::test]
async fn views_of_others_and_rights_survive_an_upgrade() {
    let cluster = Cluster::shared(Version::Installed);
    let database = legacy::database(cluster, Legacy::V3);
    let role = format!("report_{}", database.name());
    database.psql(&format!(
        "CREATE ROLE {role}; CREATE SCHEMA report AUTHORIZATION pgbackman_role_rw;
         CREATE VIEW report.\"by Day\" WITH (security_barrier=true) AS
             SELECT \"DBname\", \"Finished\"::date AS day, get_backup_server_fqdn(backup_server_id) AS server
             FROM show_backup_catalog;
         CREATE VIEW report.days AS SELECT DISTINCT day FROM report.\"by Day\";
         COMMENT ON VIEW report.days IS 'the operator''s';
         ALTER VIEW report.\"by Day\" OWNER TO pgbackman_role_rw;
         ALTER VIEW report.days OWNER TO pgbackman_role_rw;
         GRANT SELECT ON report.days, show_backup_servers TO {role};
         GRANT SELECT (\"DBname\") ON show_backup_catalog TO {role} WITH GRANT OPTION;
         GRANT SELECT ON backup_definition TO {role};
         REVOKE EXECUTE ON FUNCTION delete_pgsql_node_to_delete FROM PUBLIC"
    ));
    let rights = "SELECT array_agg(right_text ORDER BY right_text) FROM (
        SELECT table_schema || '.' || table_name || ' ' || privilege_type || ' ' || is_grantable AS right_text
        FROM information_schema.role_table_grants WHERE grantee LIKE 'report_%'
        UNION ALL
        SELECT table_name || '.' || column_name || ' ' || privilege_type || ' ' || is_grantable
        FROM information_schema.role_column_grants
        WHERE grantee LIKE 'report_%' AND table_name <> 'backup_definition'
        UNION ALL
        SELECT concat_ws('|', pg_get_viewdef(oid), reloptions, obj_description(oid), relowner::regrole)
        FROM pg_class WHERE relnamespace = 'report'::regnamespace) AS x";
    let mut client = model::owner(&database).await;
    let superuser = database.connect().await;
    let before: Vec<String> = superuser.query_one(rights, &[]).await.unwrap().get(0);
    assert!(before.len() > 5, "{before:?}");

    migrate::upgrade(&mut client).await.unwrap();
    let after: Vec<String> = superuser.query_one(rights, &[]).await.unwrap().get(0);
    assert_eq!(after, before);
    let days: i64 = superuser
        .query_one("SELECT count(*) FROM report.days", &[])
        .await
        .unwrap()
        .get(0);
    assert!(days > 0);
    drop(database);
    cluster.psql("postgres", &format!("DROP ROLE {role}"));
}

#[tokio::test]
async fn what_cannot_be_saved_is_named_and_nothing_changes() {
    let cluster = Cluster::shared(Version::Installed);
    let cases = [
        (
            "CREATE MATERIALIZED VIEW my_numbers AS SELECT \"DBname\" FROM show_backup_catalog",
            "my_numbers",
        ),
        (
            "CREATE VIEW my_view AS SELECT \"DBname\" FROM show_backup_catalog",
            "my_view",
        ),
        (
            "CREATE FUNCTION my_function(show_backup_servers) RETURNS integer LANGUAGE sql AS 'SELECT 1'",
            "my_function",
        ),
        (
            "CREATE TABLE my_table (server text DEFAULT get_backup_server_fqdn(1))",
            "my_table",
        ),
    ];
    for (change, name) in cases {
        let database = legacy::database(cluster, Legacy::V3);
        // By the superuser: a plain view then belongs to a role that the owner role has no right over.
        database.psql(change);
        let before = schema(&database);
        let mut client = model::owner(&database).await;
        let error = migrate::upgrade(&mut client).await.unwrap_err();
        assert!(matches!(error, MigrateError::Dependents { .. }), "{error}");
        assert!(error.to_string().contains(name), "{error}");
        assert_eq!(schema(&database), before);
    }
}

#[tokio::test]
async fn a_view_that_cannot_be_made_again_undoes_the_upgrade() {
    let cluster = Cluster::shared(Version::Installed);
    let database = legacy::database(cluster, Legacy::V3);
    // 1.2's function is gone afterwards, and the view needs it.
    database.psql(
        "CREATE VIEW my_ports AS SELECT get_pgsql_node_dsn(1) AS dsn, \"FQDN\" FROM show_pgsql_nodes; \
         ALTER VIEW my_ports OWNER TO pgbackman_role_rw",
    );
    let before = schema(&database);
    let mut client = model::owner(&database).await;
    let error = migrate::upgrade(&mut client).await.unwrap_err();
    assert!(matches!(error, MigrateError::Dependents { .. }), "{error}");
    assert!(error.to_string().contains("my_ports"), "{error}");
    assert_eq!(schema(&database), before);
}
