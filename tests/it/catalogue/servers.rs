//! Backup servers, nodes, and what definitions they may have.

use std::path::Path;

use pgbackman_core::catalogue::CatalogError;
use pgbackman_core::catalogue::backups::deletions;
use pgbackman_core::catalogue::channels::Channel;
use pgbackman_core::catalogue::definitions::{self, queue};
use pgbackman_core::catalogue::nodes::{self, NewNode, NodeChange};
use pgbackman_core::catalogue::nodes::{config_params, servers};
use pgbackman_core::domain::ids::NodeId;
use pgbackman_core::domain::status::ServerStatus;
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
    // An address with colons may stand in brackets, as where a port follows.
    for name in ["[fe80::1]", "[FE80::1]:5432", "fe80::1:5432"] {
        let node = nodes::resolve(&client, name).await.unwrap();
        assert_eq!(node.fqdn(), "fe80::1");
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
    let stopped = "SELECT pgsql_node_id FROM pgsql_node_stopped";
    let ids = client.query(stopped, &[]).await.unwrap();
    let ids: Vec<i64> = ids.iter().map(|row| row.get(0)).collect();
    assert_eq!(ids, [small.node.get()]);
    change.status = ServerStatus::Running;
    nodes::update(&client, small.node, &change).await.unwrap();
    assert!(client.query(stopped, &[]).await.unwrap().is_empty());
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
