//! Who may do what, and what functions run with.

use pgbackman_core::catalogue::nodes::config_params;
use pgbackman_tests::catalogue;
use pgbackman_tests::postgres::{Cluster, Version};

use super::model;

#[tokio::test]
async fn every_function_pins_its_search_path() {
    for version in Version::ALL {
        let database = catalogue::database(Cluster::shared(version));
        let client = database.connect().await;
        let rows = client
            .query(
                "SELECT oid::regprocedure::text, proconfig FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
                &[],
            )
            .await
            .unwrap();
        assert!(rows.len() > 60, "only {} functions", rows.len());
        for row in rows {
            let mut settings: Vec<String> = row.get::<_, Option<_>>(1).unwrap_or_default();
            // Others are about the time zone of periods, or the planner.
            settings.retain(|setting| setting.starts_with("search_path="));
            assert_eq!(
                settings,
                ["search_path=public, pg_temp"],
                "{}",
                row.get::<_, &str>(0)
            );
        }
    }
}

#[tokio::test]
async fn everything_belongs_to_the_owner_role() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = database.connect().await;
    let rows = client
        .query(
            "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace \
             AND relowner <> 'pgbackman_role_rw'::regrole \
             UNION ALL SELECT proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace \
             AND proowner <> 'pgbackman_role_rw'::regrole",
            &[],
        )
        .await
        .unwrap();
    assert!(rows.is_empty(), "{rows:?}");
}

#[tokio::test]
async fn the_reader_reads_everything_and_writes_nothing() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    model::small(&client).await;
    let reader = database
        .cluster()
        .connect_as(database.name(), "pgbackman_role_ro")
        .await;
    let rows = reader
        .query(
            "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')",
            &[],
        )
        .await
        .unwrap();
    assert!(rows.len() > 45, "only {} tables and views", rows.len());
    for row in &rows {
        let name: &str = row.get(0);
        reader
            .query(&format!("SELECT * FROM \"{name}\""), &[])
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    for statement in [
        "INSERT INTO backup_server (hostname, domain_name) VALUES ('x', 'y')",
        "SELECT delete_backup_server(1)",
        "SELECT update_job_queue(1, 1)",
        "DELETE FROM backup_definition",
        "UPDATE pgsql_node SET remarks = 'x'",
    ] {
        let error = reader.execute(statement, &[]).await.unwrap_err();
        assert_eq!(
            error.code().map(tokio_postgres::error::SqlState::code),
            Some("42501"),
            "{statement}: {error:?}"
        );
    }
}

#[tokio::test]
async fn the_reader_sees_no_secret_and_views_show_none_to_anybody() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    database.psql(
        "INSERT INTO pgsql_node_config (node_id, parameter, value) VALUES (1, 'gpg_passphrase', 'hunter2');
         INSERT INTO backup_server_config (server_id, parameter, value) VALUES (1, 'smtp_PASSWORD', 'hunter2');
         INSERT INTO pgsql_node_default_config (parameter, value) VALUES ('api_token', 'hunter2');
         INSERT INTO backup_server_default_config (parameter, value) VALUES ('ssh_key', 'hunter2')",
    );
    let reader = database
        .cluster()
        .connect_as(database.name(), "pgbackman_role_ro")
        .await;
    let tables = [
        "pgsql_node_config",
        "backup_server_config",
        "pgsql_node_default_config",
        "backup_server_default_config",
        "show_pgsql_node_config",
        "show_backup_server_config",
    ];
    for table in tables {
        let text = format!(
            "SELECT count(*), count(*) FILTER (WHERE t::text LIKE '%hunter2%') FROM {table} AS t"
        );
        let row = reader.query_one(&text, &[]).await.unwrap();
        assert!(row.get::<_, i64>(0) > 5, "{table}");
        assert_eq!(row.get::<_, i64>(1), 0, "{table}");
        if table.starts_with("show") {
            assert_eq!(
                client.query_one(&text, &[]).await.unwrap().get::<_, i64>(1),
                0,
                "{table}"
            );
        }
    }
    // The programs do see it.
    let parameters = config_params::node_parameters(&client, small.node)
        .await
        .unwrap();
    assert!(
        parameters
            .iter()
            .any(|parameter| parameter.value == "hunter2")
    );
}

#[tokio::test]
async fn a_function_is_not_led_astray_by_temporary_objects() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    client
        .batch_execute("CREATE TEMP TABLE backup_server (LIKE backup_server); SET search_path = pg_temp, public")
        .await
        .unwrap();
    let id: i32 = client
        .query_one(
            "SELECT public.register_backup_server('b', 'd', 'RUNNING', '')",
            &[],
        )
        .await
        .unwrap()
        .get(0);
    assert_eq!(
        client
            .query(
                "SELECT FROM public.backup_server WHERE server_id = $1",
                &[&id]
            )
            .await
            .unwrap()
            .len(),
        1
    );
}
