//! Restores as they are registered, found by control, and cancelled.

use chrono::{DateTime, Utc};
use pgbackman_core::catalogue::backups::{self, Registration};
use pgbackman_core::catalogue::channels::Channel;
use pgbackman_core::catalogue::definitions::{self, Deletion};
use pgbackman_core::catalogue::restores::restore_definitions::{
    self as restores, NewRestoreDefinition,
};
use pgbackman_core::domain::backup::{BackupOrigin, BackupResult};
use pgbackman_core::domain::ids::{BckId, RestoreDefId};
use pgbackman_core::domain::status::{AtStatus, BackupCode, ExecutionStatus};
use pgbackman_tests::catalogue;
use pgbackman_tests::postgres::{Cluster, Version};
use tokio_postgres::Client;

use super::model::{self, Small, noon, result};

async fn registered(client: &Client, result: &BackupResult) -> BckId {
    match backups::register_result(client, result).await.unwrap() {
        Registration::Registered(id) => id,
        other => panic!("{other:?}"),
    }
}

/// A SUCCEEDED backup of the small catalogue.
async fn backup(client: &Client, small: &Small) -> BckId {
    let origin = BackupOrigin::Definition(small.definition);
    registered(client, &result(small, origin, noon(20))).await
}

fn of(small: &Small, backup: BckId, at_time: DateTime<Utc>) -> NewRestoreDefinition {
    NewRestoreDefinition {
        at_time,
        server: small.server,
        target: small.node,
        backup,
        target_dbname: "Shop 2".to_owned(),
        renamed_dbname: None,
        extra_parameters: String::new(),
        roles: vec!["shop_rw".to_owned()],
    }
}

async fn refusal(client: &Client, new: &NewRestoreDefinition) -> String {
    let error = restores::register(client, new).await.unwrap_err();
    error.refusal().expect("not refused").message.clone()
}

#[tokio::test]
async fn a_restore_waits_with_all_that_its_command_line_needs() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let backup = backup(&client, &small).await;
    let later = restores::register(&client, &of(&small, backup, noon(22)))
        .await
        .unwrap();
    let new = NewRestoreDefinition {
        renamed_dbname: Some("Shop old".to_owned()),
        extra_parameters: "-j 2".to_owned(),
        ..of(&small, backup, noon(21))
    };
    let id = restores::register(&client, &new).await.unwrap();

    let waiting = model::waiting_restores(&client, small.server).await;
    assert_eq!(
        waiting.iter().map(|one| one.id).collect::<Vec<_>>(),
        [id, later]
    );
    let one = &waiting[0];
    assert_eq!(one, &restores::by_id(&client, id).await.unwrap());
    assert_eq!(
        (one.backup, one.server, one.target.id),
        (backup, small.server, small.node)
    );
    assert_eq!(one.target.fqdn(), "node1.example.org");
    assert_eq!(one.target.port, 5432);
    assert_eq!(one.source_dbname, "shop");
    assert_eq!(one.target_dbname, "Shop 2");
    assert_eq!(one.renamed_dbname.as_deref(), Some("Shop old"));
    assert_eq!(one.extra_parameters, "-j 2");
    assert_eq!(one.roles, ["shop_rw"]);
    assert_eq!(one.at_time, noon(21));
    assert_eq!(one.status, AtStatus::Waiting);
    assert_eq!(one.code, BackupCode::Full);
    assert!(one.dump_file.as_ref().unwrap().ends_with("DATABASE.sql"));
    assert!(one.roles_file.as_ref().unwrap().ends_with("USERS.sql"));
    assert!(
        one.dbconfig_file
            .as_ref()
            .unwrap()
            .ends_with("DBCONFIG.sql")
    );
    assert!(one.manifest_file.is_some());
    assert_eq!(one.checksum.as_deref(), Some("00ff"));
    assert_eq!(one.backup_release.as_deref(), Some("15.18"));
    assert_eq!(one.source_release.as_deref(), Some("15.18"));
    assert_eq!(waiting[1].renamed_dbname, None);

    assert!(model::given_to_at(&client, id).await);
    assert!(model::refused_by_at(&client, later, "no at here").await);
    assert_eq!(model::waiting_restores(&client, small.server).await, []);
    assert_eq!(
        restores::by_id(&client, id).await.unwrap().status,
        AtStatus::Defined
    );
    let failed = restores::by_id(&client, later).await.unwrap();
    assert_eq!(failed.status, AtStatus::Error);
    assert_eq!(failed.error_message.as_deref(), Some("no at here"));
    assert!(!model::given_to_at(&client, RestoreDefId::new(99)).await);
}

#[tokio::test]
async fn what_cannot_be_restored_is_not_registered() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let origin = BackupOrigin::Definition(small.definition);
    let failed = BackupResult {
        status: ExecutionStatus::Error,
        error_message: Some("disk full".to_owned()),
        ..result(&small, origin, noon(19))
    };
    let failed = registered(&client, &failed).await;
    let warned = BackupResult {
        status: ExecutionStatus::Warning,
        ..result(&small, origin, noon(19))
    };
    let warned = registered(&client, &warned).await;
    let whole = backup(&client, &small).await;
    let elsewhere = NewRestoreDefinition {
        server: model::server(&client, "backup2").await,
        ..of(&small, whole, noon(21))
    };

    assert!(
        refusal(&client, &of(&small, failed, noon(21)))
            .await
            .contains("its status is ERROR")
    );
    assert!(
        refusal(&client, &elsewhere)
            .await
            .contains("are on the backup server with SrvID: 1")
    );
    let absent = of(&small, BckId::new(4711), noon(21));
    assert!(refusal(&client, &absent).await.contains("does not exist"));
    restores::register(&client, &of(&small, warned, noon(21)))
        .await
        .unwrap();
    client
        .execute(
            "INSERT INTO catalog_entries_to_delete (def_id, bck_id, backup_server_id) VALUES ($1, $2, $3)",
            &[&small.definition.get(), &whole.get(), &small.server.get()],
        )
        .await
        .unwrap();
    assert!(
        refusal(&client, &of(&small, whole, noon(21)))
            .await
            .contains("is being deleted")
    );
}

#[tokio::test]
async fn a_backup_does_not_go_between_the_question_and_the_registration() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let mut first = model::owner(&database).await;
    let second = model::owner(&database).await;
    let small = model::small(&second).await;
    let backup = backup(&second, &small).await;

    // A forced deletion that comes while the restore is being registered waits, and then sees it.
    let registering = first.transaction().await.unwrap();
    let id = restores::register(&registering, &of(&small, backup, noon(21)))
        .await
        .unwrap();
    let watcher = model::owner(&database).await;
    let (deleted, ()) = tokio::join!(
        definitions::delete(&second, small.definition, Deletion::Forced),
        async {
            model::until_somebody_waits(&watcher).await;
            registering.commit().await.unwrap();
        }
    );
    let error = deleted.unwrap_err();
    assert!(
        error
            .refusal()
            .unwrap()
            .message
            .contains("needed by a restore"),
        "{error}"
    );
    assert_eq!(
        model::waiting_restores(&second, small.server).await[0].id,
        id
    );

    // And the other way round: the restore comes while the backup is being deleted.
    restores::delete(&second, id).await.unwrap();
    let deleting = first.transaction().await.unwrap();
    definitions::delete(&deleting, small.definition, Deletion::Forced)
        .await
        .unwrap();
    let new = of(&small, backup, noon(21));
    let (registered, ()) = tokio::join!(restores::register(&second, &new), async {
        model::until_somebody_waits(&watcher).await;
        deleting.commit().await.unwrap();
    });
    let error = registered.unwrap_err();
    assert!(
        error.refusal().unwrap().message.contains("does not exist"),
        "{error}"
    );
}

#[tokio::test]
async fn a_waiting_restore_can_be_cancelled_and_one_that_began_cannot() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let backup = backup(&client, &small).await;
    let (session, mut events) = model::listening(&database, &[Channel::RestoreDefined]).await;
    let id = restores::register(&client, &of(&small, backup, noon(21)))
        .await
        .unwrap();
    assert_eq!(model::heard(&session, &mut events).await.len(), 1);
    restores::delete(&client, id).await.unwrap();
    assert_eq!(
        model::heard(&session, &mut events).await.len(),
        1,
        "control is not told to take the job out of the queue"
    );
    assert!(
        restores::delete(&client, id)
            .await
            .unwrap_err()
            .to_string()
            .contains("does not exist")
    );

    let id = restores::register(&client, &of(&small, backup, noon(21)))
        .await
        .unwrap();
    client
        .execute(
            "INSERT INTO run_in_progress (run_uuid, restore_def, backup_server_id, pgsql_node_id, procpid, started) \
             VALUES (gen_random_uuid(), $1, $2, $3, 1, now())",
            &[&id.get(), &small.server.get(), &small.node.get()],
        )
        .await
        .unwrap();
    assert!(
        restores::delete(&client, id)
            .await
            .unwrap_err()
            .to_string()
            .contains("is running")
    );
    client
        .execute("DELETE FROM run_in_progress", &[])
        .await
        .unwrap();
    client
        .execute(
            "INSERT INTO restore_catalog (restore_def, backup_server_id, target_pgsql_node_id, source_dbname, \
                target_dbname, global_log_file, execution_status) VALUES ($1, $2, $3, 'shop', 'shop', '', 'SUCCEEDED')",
            &[&id.get(), &small.server.get(), &i32::try_from(small.node.get()).unwrap()],
        )
        .await
        .unwrap();
    assert!(
        restores::delete(&client, id)
            .await
            .unwrap_err()
            .to_string()
            .contains("has been done")
    );
}

#[tokio::test]
async fn the_result_of_a_restore_that_was_given_up_counts() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let backup = backup(&client, &small).await;
    let mut given_up = Vec::new();
    for hour in [21, 22] {
        let new = of(&small, backup, noon(hour));
        given_up.push(restores::register(&client, &new).await.unwrap());
    }
    client
        .batch_execute("UPDATE restore_definition SET status = 'ERROR', error_message = 'lost'")
        .await
        .unwrap();
    database.psql(&format!(
        "SELECT register_restore_result(gen_random_uuid(), {}, 1, {}, {}, 'shop', 'Shop 2', NULL, now(), now(), '/log', '/log', \
         'SUCCEEDED', NULL, '{{}}', '15', '15')",
        given_up[0], small.server, small.node
    ));
    let standing =
        database.psql("SELECT status, error_message FROM restore_definition ORDER BY restore_def");
    assert_eq!(standing, "DEFINED|\nERROR|lost");
}
