//! What the catalogue itself refuses, whatever a program believes of a node's databases (trap 12a).

use pgbackman_core::catalogue::definitions;
use pgbackman_core::catalogue::nodes::missing_databases::{
    QuestionKind, ask, note_missing, note_present,
};
use pgbackman_core::domain::status::BackupCode;
use pgbackman_tests::catalogue;
use pgbackman_tests::postgres::{Cluster, Version};

use super::model;

#[tokio::test]
async fn trap_12a_what_every_cluster_has_and_a_cluster_itself_never_become_deleted() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let mut ids = vec![small.definition];
    for dbname in ["postgres", "template1"] {
        ids.push(model::definition(&client, small.server, small.node, dbname).await);
    }
    let mut cluster = model::new_definition(small.server, small.node, "");
    cluster.code = BackupCode::Cluster;
    ids.push(definitions::register(&client, &cluster).await.unwrap());
    for pass in 1..=4 {
        let deleted = note_missing(&client, &ids, 3).await.unwrap();
        let expected = if pass == 3 { &ids[..1] } else { &[] };
        assert_eq!(deleted, expected, "pass {pass}");
    }
    let living = "SELECT count(*) FROM backup_definition WHERE job_status = 'ACTIVE'";
    let row = client.query_one(living, &[]).await.unwrap();
    assert_eq!(row.get::<_, i64>(0), 3);
    // Nothing is counted against what cannot be missing.
    let counted = "SELECT missing_passes FROM backup_definition WHERE backup_code = 'CLUSTER'";
    let row = client.query_one(counted, &[]).await.unwrap();
    assert_eq!(row.get::<_, i32>(0), 0);
}

#[tokio::test]
async fn a_stopped_definition_whose_database_was_away_for_a_while_stays_stopped() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let ids = [small.definition];
    database.psql("UPDATE backup_definition SET job_status = 'STOPPED'");
    assert_eq!(note_missing(&client, &ids, 3).await.unwrap(), []);
    assert_eq!(note_present(&client, &ids).await.unwrap(), []);
    let said = database.psql("SELECT job_status, missing_passes FROM backup_definition");
    assert_eq!(said, "STOPPED|0");
}

#[tokio::test]
async fn trap_12a_an_answer_holds_for_just_what_was_asked() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let kind = QuestionKind::MostMissing;
    let asks = async |question: &str| {
        ask(&client, small.server, small.node, kind, question)
            .await
            .unwrap()
    };
    assert!(!asks("3 of 4 are missing").await);
    let accept = "SELECT accept_pgsql_node($1)";
    client.execute(accept, &[&small.node.get()]).await.unwrap();
    assert!(asks("3 of 4 are missing").await);
    assert!(!asks("4 of 4 are missing").await);
    assert!(!asks("3 of 4 are missing").await);
}
