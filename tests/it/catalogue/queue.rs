//! The queue loses no update, and notifications carry no data.

use std::collections::BTreeSet;
use std::sync::Arc;

use pgbackman_core::catalogue::channels::Channel;
use pgbackman_core::catalogue::definitions::queue;
use pgbackman_core::catalogue::definitions::{self, Deletion, MoveFilter};
use pgbackman_core::domain::ids::{DefId, NodeId, ServerId};
use pgbackman_tests::catalogue;
use pgbackman_tests::postgres::{Cluster, Version};
use tokio_postgres::Client;

use super::model::{self, new_definition};

/// What waits, as (server, node).
async fn waiting(client: &Client, server: ServerId) -> Vec<(ServerId, NodeId)> {
    queue::waiting(client, server)
        .await
        .unwrap()
        .iter()
        .map(|job| (job.server, job.node))
        .collect()
}

/// Control's part: reads the entries, then the definitions, "writes" the crontab, removes the entry it read.
async fn work_off(client: &Client, server: ServerId, crontab: &mut BTreeSet<DefId>) -> usize {
    let jobs = queue::waiting(client, server).await.unwrap();
    for job in &jobs {
        let definitions = definitions::list_for_crontab(client, server, job.node)
            .await
            .unwrap();
        tokio::task::yield_now().await;
        *crontab = definitions.iter().map(|definition| definition.id).collect();
        queue::remove(client, job.id).await.unwrap();
    }
    jobs.len()
}

#[tokio::test]
async fn trap_24_what_is_registered_while_the_crontab_is_written_stays_queued() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let control = model::owner(&database).await;
    let operator = model::owner(&database).await;
    let small = model::small(&control).await;

    model::definition(&operator, small.server, small.node, "first").await;
    let jobs = queue::waiting(&control, small.server).await.unwrap();
    assert_eq!(jobs.len(), 1);
    let seen = definitions::list_for_crontab(&control, small.server, small.node)
        .await
        .unwrap();
    assert_eq!(seen.len(), 2);

    // While control writes the crontab without the third definition.
    let third = model::definition(&operator, small.server, small.node, "second").await;
    assert!(
        !queue::remove(&control, jobs[0].id).await.unwrap(),
        "the entry that was enqueued again was removed"
    );

    let again = queue::waiting(&control, small.server).await.unwrap();
    assert_eq!(again.len(), 1);
    assert!(again[0].id > jobs[0].id);
    let seen = definitions::list_for_crontab(&control, small.server, small.node)
        .await
        .unwrap();
    assert!(seen.iter().any(|definition| definition.id == third));
    assert!(queue::remove(&control, again[0].id).await.unwrap());
    assert!(waiting(&control, small.server).await.is_empty());
}

#[tokio::test]
async fn trap_24_a_registration_that_commits_while_its_entry_is_removed_stays_queued() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let control = model::owner(&database).await;
    let mut operator = model::owner(&database).await;
    let small = model::small(&control).await;
    control
        .execute(
            "SELECT update_job_queue($1, $2)",
            &[&small.server.get(), &small.node.get()],
        )
        .await
        .unwrap();
    let job = queue::waiting(&control, small.server)
        .await
        .unwrap()
        .remove(0);

    // Registered, not committed: the entry's row is locked, and control still sees the old ID.
    let registering = operator.transaction().await.unwrap();
    definitions::register(
        &registering,
        &new_definition(small.server, small.node, "late"),
    )
    .await
    .unwrap();
    assert_eq!(
        queue::waiting(&control, small.server).await.unwrap(),
        std::slice::from_ref(&job)
    );

    let watcher = model::owner(&database).await;
    let (removed, ()) = tokio::join!(queue::remove(&control, job.id), async {
        model::until_somebody_waits(&watcher).await;
        registering.commit().await.unwrap();
    });
    assert!(
        !removed.unwrap(),
        "the entry of the late registration was removed"
    );
    assert_eq!(
        waiting(&control, small.server).await,
        [(small.server, small.node)]
    );
}

/// In each round several sessions change definitions while control works; whatever the last change of a round was, it is
/// in the crontab when the queue is empty.
#[tokio::test]
async fn trap_24_no_update_is_lost_between_sessions_that_change_definitions_at_once() {
    const WRITERS: usize = 3;
    const ROUNDS: usize = 60;
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let control = model::owner(&database).await;
    let small = model::small(&control).await;
    let mut clients = Vec::new();
    for _ in 0..WRITERS {
        clients.push(Arc::new(model::owner(&database).await));
    }
    let mut crontab = BTreeSet::new();
    for round in 0..ROUNDS {
        let mut writers = tokio::task::JoinSet::new();
        for (writer, client) in clients.iter().enumerate() {
            let (client, server, node) = (client.clone(), small.server, small.node);
            writers.spawn(async move {
                let id =
                    model::definition(&client, server, node, &format!("db{writer}_{round}")).await;
                if (writer + round) % 3 == 0 {
                    definitions::delete(&*client, id, Deletion::Plain)
                        .await
                        .unwrap();
                }
            });
        }
        while !writers.is_empty() {
            work_off(&control, small.server, &mut crontab).await;
            while let Some(done) = writers.try_join_next() {
                done.unwrap();
            }
        }
        while work_off(&control, small.server, &mut crontab).await > 0 {}
        let there = definitions::list_for_crontab(&control, small.server, small.node)
            .await
            .unwrap();
        let there: BTreeSet<DefId> = there.iter().map(|definition| definition.id).collect();
        assert_eq!(crontab, there, "round {round}");
    }
    assert_eq!(crontab.len(), 1 + ROUNDS * (WRITERS - 1));
}

#[tokio::test]
async fn three_hundred_definitions_are_one_entry_and_one_notification() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let channel = Channel::Definitions(small.server, small.node);
    let (session, mut events) = model::listening(&database, &[channel]).await;

    let new: Vec<_> = (0..300)
        .map(|n| new_definition(small.server, small.node, &format!("db{n}")))
        .collect();
    let begun = std::time::Instant::now();
    let ids = definitions::register_all(&client, &new).await.unwrap();
    println!("300 definitions registered in {:?}", begun.elapsed());

    assert_eq!(ids.len(), 300);
    assert!(
        ids.is_sorted(),
        "the IDs are not in the order of the definitions"
    );
    let last = definitions::by_id(&client, ids[299]).await.unwrap();
    assert_eq!(last.dbname, "db299");
    assert_eq!(
        waiting(&client, small.server).await,
        [(small.server, small.node)]
    );
    assert_eq!(
        model::heard(&session, &mut events).await,
        [(channel.to_string(), String::new())]
    );
}

#[tokio::test]
async fn of_several_definitions_all_or_none_are_registered() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let new = |dbname| new_definition(small.server, small.node, dbname);

    let error = definitions::register_all(&client, &[new("a"), new("shop")])
        .await
        .unwrap_err();
    let refusal = error.refusal().expect("not refused by the database");
    assert_eq!(
        refusal.constraint.as_deref(),
        Some("backup_definition_pkey")
    );
    assert!(
        refusal
            .detail
            .as_deref()
            .unwrap_or_default()
            .contains("shop"),
        "{refusal}"
    );
    assert_eq!(
        definitions::dbnames_defined(&client, small.node)
            .await
            .unwrap(),
        ["shop"]
    );
    assert!(waiting(&client, small.server).await.is_empty());
}

#[tokio::test]
async fn changes_queue_and_notify_and_what_control_notes_does_not() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let channel = Channel::Definitions(small.server, small.node);
    let (session, mut events) = model::listening(&database, &[channel]).await;
    let told = [(channel.to_string(), String::new())];

    let problem = Some("cron would refuse it".to_owned());
    definitions::set_problems(&client, &[(small.definition, problem)])
        .await
        .unwrap();
    assert!(waiting(&client, small.server).await.is_empty());
    assert_eq!(model::heard(&session, &mut events).await, []);
    let noted = definitions::by_id(&client, small.definition).await.unwrap();
    assert_eq!(noted.problem.as_deref(), Some("cron would refuse it"));

    let new = new_definition(small.server, small.node, "shop");
    let change = definitions::DefinitionChange {
        schedule: new.schedule,
        retention: new.retention,
        extra_parameters: "--no-owner".to_owned(),
        status: new.status,
        remarks: "x".to_owned(),
    };
    definitions::update(&client, small.definition, &change)
        .await
        .unwrap();
    assert_eq!(
        waiting(&client, small.server).await,
        [(small.server, small.node)]
    );
    assert_eq!(model::heard(&session, &mut events).await, told);

    client.execute("DELETE FROM job_queue", &[]).await.unwrap();
    definitions::delete(&client, small.definition, Deletion::Plain)
        .await
        .unwrap();
    assert_eq!(
        waiting(&client, small.server).await,
        [(small.server, small.node)]
    );
    assert_eq!(model::heard(&session, &mut events).await, told);
}

#[tokio::test]
async fn trap_16a_a_move_says_how_many_and_concerns_both_servers() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let other = model::server(&client, "backup2").await;
    let channels = [
        Channel::Definitions(small.server, small.node),
        Channel::Definitions(other, small.node),
    ];
    let (session, mut events) = model::listening(&database, &channels).await;

    let nothing = MoveFilter {
        dbnames: Some(vec!["nosuch".to_owned()]),
        ..MoveFilter::default()
    };
    assert_eq!(
        definitions::move_to_server(&client, small.server, other, &nothing)
            .await
            .unwrap(),
        []
    );
    assert_eq!(model::heard(&session, &mut events).await, []);

    let moved = definitions::move_to_server(&client, small.server, other, &MoveFilter::default())
        .await
        .unwrap();
    assert_eq!(moved, [small.definition]);
    assert_eq!(waiting(&client, small.server).await.len(), 1);
    assert_eq!(waiting(&client, other).await.len(), 1);
    let told: Vec<String> = model::heard(&session, &mut events)
        .await
        .into_iter()
        .map(|(channel, _)| channel)
        .collect();
    assert_eq!(told, channels.map(|channel| channel.to_string()));
}
