//! The configuration of servers and nodes.

use std::path::Path;

use pgbackman_core::catalogue::backups::deletions;
use pgbackman_core::catalogue::definitions::queue;
use pgbackman_core::catalogue::nodes::config_params;
use pgbackman_core::domain::ids::NodeId;
use pgbackman_core::domain::status::{BackupCode, JobStatus};
use pgbackman_tests::catalogue;
use pgbackman_tests::postgres::{Cluster, Version};
use tokio_postgres::Client;

use super::model;

#[tokio::test]
async fn configuration_is_copied_typed_and_checked() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let config = config_params::node_config(&client, small.node)
        .await
        .unwrap();
    assert_eq!(
        config.backup_partition,
        Path::new("/srv/pgbackman/pgsql_node_1")
    );
    assert_eq!(config.crontab_file, Path::new("/etc/cron.d/pgsql_node_1"));
    assert_eq!(
        (
            config.retention.period.as_str(),
            config.retention.redundancy
        ),
        ("7 days", 1)
    );
    assert_eq!(config.automatic_deletion_retention, "14 days");
    assert_eq!(
        (
            config.minutes_interval.as_str(),
            config.hours_interval.as_str()
        ),
        ("01-59", "01-06")
    );
    assert_eq!(
        (config.backup_code, config.job_status),
        (BackupCode::Full, JobStatus::Active)
    );
    let server = config_params::server_config(&client, small.server)
        .await
        .unwrap();
    assert_eq!(server.root_backup_partition, Path::new("/srv/pgbackman"));
    assert_eq!(server.bin_dirs.len(), 16);
    assert!(
        config_params::node_config(&client, NodeId::new(99))
            .await
            .is_err()
    );

    let set = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
    for (name, value) in [
        ("retention_period", "7 dayz"),
        ("retention_period", "-1 days"),
        ("automatic_deletion_retention", "1"),
        ("retention_redundancy", "-1"),
        ("retention_redundancy", "two"),
        ("pgport", "0"),
        ("pgport", "65536"),
        ("encryption", "true"),
        ("pgsql_node_status", "DOWN"),
        ("backup_job_status", "DELETED"),
        ("backup_code", "CONFIG"),
        ("backup_code", "full"),
        ("pgnode_crontab_file", "relative"),
        ("pgnode_backup_partition", "/"),
        ("logs_email", "a@b\n* * * * * root id"),
        ("nosuch", "x"),
    ] {
        let error = config_params::update_node(&client, small.node, &set(name, value))
            .await
            .unwrap_err();
        let refusal = error
            .refusal()
            .unwrap_or_else(|| panic!("{name}={value}: {error}"));
        assert!(
            refusal.message.contains(name) && refusal.detail.is_some(),
            "{refusal:?}"
        );
    }
    // All or none.
    let both = [set("retention_redundancy", "4"), set("pgport", "x")].concat();
    assert!(
        config_params::update_node(&client, small.node, &both)
            .await
            .is_err()
    );
    assert_eq!(
        config_params::node_config(&client, small.node)
            .await
            .unwrap(),
        config
    );
}

#[tokio::test]
async fn a_changed_configuration_is_queued_and_old_paths_are_remembered() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let other_node = model::node(&client, "node2").await;
    let other_server = model::server(&client, "backup2").await;
    client.execute("DELETE FROM job_queue", &[]).await.unwrap();
    let change = [
        ("pgnode_crontab_file", "/etc/cron.d/other"),
        ("pgnode_backup_partition", "/srv/other"),
        ("logs_email", "ops@example.org"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    config_params::update_node(&client, small.node, &change)
        .await
        .unwrap();
    for server in [small.server, other_server] {
        let waiting = queue::waiting(&client, server).await.unwrap();
        assert_eq!(
            waiting.iter().map(|job| job.node).collect::<Vec<_>>(),
            [small.node]
        );
        let former = deletions::former_crontabs(&client, server).await.unwrap();
        assert_eq!(former.len(), 1);
        assert_eq!(
            (former[0].node, former[0].path.as_path()),
            (small.node, Path::new("/etc/cron.d/pgsql_node_1"))
        );
    }
    assert_eq!(
        former_directories(&client, small.node).await,
        ["/srv/pgbackman/pgsql_node_1"]
    );
    // Two nodes never share a crontab file.
    let error = config_params::update_node(&client, other_node, &change[..1])
        .await
        .unwrap_err();
    assert!(
        error
            .refusal()
            .unwrap()
            .message
            .contains("another PgSQL node")
    );

    // Back to the old paths: nothing of them is former any more.
    let back = [
        ("pgnode_crontab_file", "/etc/cron.d/pgsql_node_1"),
        ("pgnode_backup_partition", "/srv/pgbackman/pgsql_node_1"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    config_params::update_node(&client, small.node, &back)
        .await
        .unwrap();
    let former = deletions::former_crontabs(&client, small.server)
        .await
        .unwrap();
    assert_eq!(
        former
            .iter()
            .map(|one| one.path.as_path())
            .collect::<Vec<_>>(),
        [Path::new("/etc/cron.d/other")]
    );
    deletions::remove_former_crontab(&client, small.server, &former[0])
        .await
        .unwrap();
    assert_eq!(
        deletions::former_crontabs(&client, small.server)
            .await
            .unwrap(),
        []
    );
    assert_eq!(
        former_directories(&client, small.node).await,
        ["/srv/other"]
    );

    client.execute("DELETE FROM job_queue", &[]).await.unwrap();
    let root = [("root_backup_partition".to_owned(), "/data".to_owned())];
    config_params::update_server(&client, small.server, &root)
        .await
        .unwrap();
    assert_eq!(
        queue::waiting(&client, small.server).await.unwrap().len(),
        2
    );
    assert_eq!(queue::waiting(&client, other_server).await.unwrap(), []);
    assert!(
        config_params::update_server(
            &client,
            small.server,
            &[("root_backup_partition".into(), "x".into())]
        )
        .await
        .is_err()
    );
}

#[tokio::test]
async fn v2_a_release_that_came_after_the_catalogue_has_a_directory() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let set = async |name: &str, value: &str| {
        let changes = [(name.to_owned(), value.to_owned())];
        config_params::update_server(&client, small.server, &changes).await
    };
    set("pgsql_bin_20", "/opt/20/bin").await.unwrap();
    set("pgsql_bin_20", "/opt/twenty/bin").await.unwrap();
    let server = config_params::server_config(&client, small.server)
        .await
        .unwrap();
    assert_eq!(server.bin_dirs["20"], Path::new("/opt/twenty/bin"));
    for unknown in [
        "pgsql_bin_9_7",
        "pgsql_bin_",
        "pgsql_bin_020",
        "pgsql_bin_20x",
    ] {
        assert!(set(unknown, "/opt/bin").await.is_err(), "{unknown}");
    }
}

/// The backup directories that a node had before.
async fn former_directories(client: &Client, node: NodeId) -> Vec<String> {
    let statement =
        "SELECT path FROM former_backup_directory WHERE pgsql_node_id = $1::bigint ORDER BY path";
    let rows = client.query(statement, &[&node.get()]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}
