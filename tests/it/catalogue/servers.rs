//! Backup servers, nodes and their configuration.

use std::path::Path;

use pgbackman_core::catalog::channels::Channel;
use pgbackman_core::catalog::nodes::{self, NewNode, NodeChange};
use pgbackman_core::catalog::{
    CatalogError, config_params, definitions, deletions, queue, servers,
};
use pgbackman_core::domain::ids::NodeId;
use pgbackman_core::domain::status::{BackupCode, JobStatus, ServerStatus};
use pgbackman_tests::catalogue;
use pgbackman_tests::postgres::{Cluster, Version};
use tokio_postgres::Client;

use super::model;

async fn register(
    client: &Client,
    hostname: &str,
    domain: &str,
    port: u16,
    status: ServerStatus,
) -> NodeId {
    let node = NewNode {
        hostname: hostname.to_owned(),
        domain: domain.to_owned(),
        port,
        admin_user: "postgres".to_owned(),
        status,
        remarks: String::new(),
    };
    nodes::register(client, &node).await.unwrap().id
}

#[tokio::test]
async fn names_are_stored_and_found_as_operators_mean_them() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let server = servers::register(&client, "PG-Backup01", "Example.NET", "Main")
        .await
        .unwrap();
    assert_eq!(server.fqdn(), "pg-backup01.example.net");
    assert_eq!(
        servers::resolve(&client, "pg-BACKUP01.example.net")
            .await
            .unwrap(),
        server
    );
    assert_eq!(servers::resolve(&client, "00001").await.unwrap(), server);
    assert!(matches!(
        servers::resolve(&client, "nosuch").await,
        Err(CatalogError::NotFound { .. })
    ));

    // What takes no domain keeps none: an address, a socket directory (which has its case), a name with a dot.
    for (hostname, fqdn) in [
        ("10.1.2.3", "10.1.2.3"),
        ("FE80::1", "fe80::1"),
        ("/var/run/Sockets", "/var/run/Sockets"),
        ("Db.Example.Com.", "db.example.com"),
    ] {
        let id = register(
            &client,
            hostname,
            "example.org",
            5432,
            ServerStatus::Running,
        )
        .await;
        let node = nodes::resolve(&client, fqdn).await.unwrap();
        assert_eq!(
            (node.id, node.fqdn(), node.domain.as_str()),
            (id, fqdn.to_owned(), "")
        );
    }
    assert!(matches!(
        nodes::resolve(&client, "/var/run/sockets").await,
        Err(CatalogError::NotFound { .. })
    ));
    for hostname in ["", ".", "a\nb"] {
        assert!(
            servers::register(&client, hostname, "x", "").await.is_err(),
            "{hostname:?}"
        );
    }
}

#[tokio::test]
async fn trap_15b_an_ambiguous_node_is_an_error_that_lists_the_candidates() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let first = register(&client, "node1", "example.org", 5432, ServerStatus::Running).await;
    let second = register(&client, "node1", "example.org", 5433, ServerStatus::Running).await;
    let error = nodes::resolve(&client, "Node1.example.org")
        .await
        .unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, CatalogError::Ambiguous { .. }), "{text}");
    for candidate in [
        "node1.example.org:5432 (NodeID 1)",
        "node1.example.org:5433 (NodeID 2)",
    ] {
        assert!(text.contains(candidate), "{text}");
    }
    assert_eq!(
        nodes::resolve(&client, "node1.EXAMPLE.org:5433")
            .await
            .unwrap()
            .id,
        second
    );
    assert_eq!(
        nodes::resolve(&client, &first.to_string())
            .await
            .unwrap()
            .id,
        first
    );
    // The SQL function says the same.
    let said = client
        .query_one("SELECT get_pgsql_node_id('node1.example.org')", &[])
        .await
        .unwrap_err();
    assert!(said.as_db_error().unwrap().message().contains("ambiguous"));
    // Another node with the same name and port is refused.
    let again = NewNode {
        hostname: "NODE1".to_owned(),
        domain: "example.org".to_owned(),
        port: 5433,
        admin_user: "x".to_owned(),
        status: ServerStatus::Running,
        remarks: String::new(),
    };
    let error = nodes::register(&client, &again).await.unwrap_err();
    assert_eq!(
        error.refusal().unwrap().constraint.as_deref(),
        Some("pgsql_node_pkey")
    );
}

#[tokio::test]
async fn trap_16a_a_stopped_node_can_be_saved_again_and_status_is_told() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let (session, mut events) = model::listening(&database, &Channel::GENERAL).await;
    let mut change = NodeChange {
        port: 5432,
        admin_user: "postgres".to_owned(),
        status: ServerStatus::Stopped,
        remarks: String::new(),
    };
    nodes::update(&client, small.node, &change).await.unwrap();
    nodes::update(&client, small.node, &change).await.unwrap();
    assert_eq!(
        deletions::stopped_nodes(&client).await.unwrap(),
        [small.node]
    );
    change.status = ServerStatus::Running;
    nodes::update(&client, small.node, &change).await.unwrap();
    assert_eq!(deletions::stopped_nodes(&client).await.unwrap(), []);
    let told: Vec<String> = model::heard(&session, &mut events)
        .await
        .into_iter()
        .map(|(channel, _)| channel)
        .collect();
    assert_eq!(
        told,
        [
            "channel_pgsql_node_running",
            "channel_pgsql_node_stopped",
            "channel_pgsql_node_stopped"
        ]
    );
    assert_eq!(
        queue::waiting(&client, small.server).await.unwrap().len(),
        1
    );

    // The port is in every crontab line; what control notes of the cluster is not.
    client.execute("DELETE FROM job_queue", &[]).await.unwrap();
    nodes::record_seen(&client, small.node, "7000000000000000001", "15")
        .await
        .unwrap();
    assert_eq!(queue::waiting(&client, small.server).await.unwrap(), []);
    assert_eq!(model::heard(&session, &mut events).await, []);
    let seen = nodes::by_id(&client, small.node).await.unwrap();
    assert_eq!(
        seen.system_identifier.as_deref(),
        Some("7000000000000000001")
    );
    change.port = 6543;
    nodes::update(&client, small.node, &change).await.unwrap();
    assert_eq!(
        queue::waiting(&client, small.server).await.unwrap().len(),
        1
    );
}

#[tokio::test]
async fn a_deleted_node_leaves_what_there_is_to_clean_up() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let other = model::server(&client, "backup2").await;
    let set = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
    config_params::update_node(
        &client,
        small.node,
        &set("pgnode_backup_partition", "/srv/new"),
    )
    .await
    .unwrap();

    let error = nodes::delete(&client, small.node).await.unwrap_err();
    assert_eq!(
        error.refusal().unwrap().constraint.as_deref(),
        Some("backup_definition_pgsql_node_id_fkey")
    );
    let error = servers::delete(&client, small.server).await.unwrap_err();
    assert_eq!(
        error.refusal().unwrap().constraint.as_deref(),
        Some("backup_definition_backup_server_id_fkey")
    );
    // What was refused changed nothing.
    assert_eq!(
        deletions::nodes_to_delete(&client, small.server)
            .await
            .unwrap(),
        []
    );
    assert!(
        config_params::node_config(&client, small.node)
            .await
            .is_ok()
    );

    definitions::delete(&client, small.definition, definitions::Deletion::Plain)
        .await
        .unwrap();
    nodes::delete(&client, small.node).await.unwrap();
    for server in [small.server, other] {
        let left = deletions::nodes_to_delete(&client, server).await.unwrap();
        assert_eq!(left.len(), 1);
        assert_eq!(left[0].node, small.node);
        assert_eq!(left[0].fqdn.as_deref(), Some("node1.example.org"));
        assert_eq!(
            left[0].crontab_file.as_deref(),
            Some(Path::new("/etc/cron.d/pgsql_node_1"))
        );
        assert_eq!(
            left[0].backup_partition.as_deref(),
            Some(Path::new("/srv/new"))
        );
        assert_eq!(
            left[0].former_backup_partitions,
            [Path::new("/srv/pgbackman/pgsql_node_1")]
        );
    }
    deletions::remove_node_to_delete(&client, other, small.node)
        .await
        .unwrap();
    assert_eq!(
        deletions::nodes_to_delete(&client, other).await.unwrap(),
        []
    );
    assert!(
        nodes::delete(&client, small.node).await.is_err(),
        "deleted twice"
    );
    servers::delete(&client, small.server).await.unwrap();
    assert!(matches!(
        servers::by_id(&client, small.server).await,
        Err(CatalogError::NotFound { .. })
    ));
}

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
        deletions::former_directories(&client, small.node)
            .await
            .unwrap(),
        [Path::new("/srv/pgbackman/pgsql_node_1")]
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
        deletions::former_directories(&client, small.node)
            .await
            .unwrap(),
        [Path::new("/srv/other")]
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
async fn trap_29c_what_cannot_be_backed_up_is_not_registered() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    for (dbname, code, encryption, minutes) in [
        ("a", "FULL", true, "1"),
        ("a", "CONFIG", false, "1"),
        ("", "FULL", false, "1"),
        ("a", "FULL", false, "1\n* * * * * root id"),
        ("a", "FULL", false, "1 2"),
        ("a", "FULL", false, ""),
    ] {
        let error = client
            .execute(
                "SELECT register_backup_definition($1, $2, $3, $4, '1', '*', '*', '*', $5, $6, '7 days', 1, '', 'ACTIVE', '')",
                &[&small.server.get(), &small.node.get(), &dbname, &minutes, &code, &encryption],
            )
            .await
            .unwrap_err();
        assert_eq!(
            error.code().unwrap().code(),
            "22023",
            "{dbname} {code} {encryption} {minutes:?}: {error:?}"
        );
    }
    // An old definition that was registered before can still be moved and stopped.
    database.psql(
        "SET session_replication_role = replica; UPDATE backup_definition SET encryption = true, minutes_cron = '99 77'",
    );
    let other = model::server(&client, "backup2").await;
    let moved = definitions::move_to_server(
        &client,
        small.server,
        other,
        &definitions::MoveFilter::default(),
    )
    .await;
    assert_eq!(moved.unwrap(), [small.definition]);
    client
        .execute("UPDATE backup_definition SET job_status = 'STOPPED'", &[])
        .await
        .unwrap();
}
