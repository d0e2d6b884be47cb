//! Alerts: a condition is raised once, ends once, and is sent by whoever watches its server.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use pgbackman_core::catalogue::alerts::{self, Condition};
use pgbackman_core::domain::ids::AlertId;
use pgbackman_core::domain::status::{AlertChannel, AlertType, ExecutionStatus};
use pgbackman_tests::catalogue;
use pgbackman_tests::postgres::{Cluster, Version};
use tokio_postgres::Client;
use uuid::Uuid;

use super::model::{self, Small, noon};

fn condition(small: &Small, since: DateTime<Utc>) -> Condition {
    Condition {
        kind: AlertType::MissedRun,
        subject: format!("missed {}", small.definition),
        since,
        reference: small.definition.get(),
        backup: None,
        server: small.server,
        node: Some(small.node),
        dbname: "shop".to_owned(),
        status: ExecutionStatus::Error,
        message: "no run".to_owned(),
    }
}

async fn raise(client: &Client, small: &Small, since: DateTime<Utc>) -> Option<AlertId> {
    alerts::raise(client, &condition(small, since), noon(10))
        .await
        .unwrap()
}

async fn resolve(client: &Client, alert: AlertId, reason: &str, as_of: DateTime<Utc>) {
    alerts::resolve(client, &[(alert, reason.to_owned())], as_of)
        .await
        .unwrap();
}

#[tokio::test]
async fn what_has_ended_is_raised_again_only_if_it_began_anew() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let first = raise(&client, &small, noon(5)).await.unwrap();
    for since in [4, 5, 6] {
        assert_eq!(raise(&client, &small, noon(since)).await, None, "it lasts");
    }
    resolve(&client, first, "a run", noon(7)).await;
    for since in [4, 5] {
        assert_eq!(raise(&client, &small, noon(since)).await, None, "{since}");
    }
    let second = raise(&client, &small, noon(5) + TimeDelta::seconds(1)).await;
    assert!(second.is_some_and(|second| second != first));
}

#[tokio::test]
async fn what_has_ended_ends_once() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let alert = raise(&client, &small, noon(5)).await.unwrap();
    resolve(&client, alert, "a run", noon(7)).await;
    resolve(&client, alert, "another run", noon(8)).await;
    let row = client
        .query_one("SELECT resolved, resolution FROM alerts", &[])
        .await
        .unwrap();
    assert_eq!(row.get::<_, DateTime<Utc>>(0), noon(7));
    assert_eq!(row.get::<_, &str>(1), "a run");
}

#[tokio::test]
async fn an_alert_is_sent_for_the_servers_that_were_asked_for_and_for_no_other() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let other = model::server(&client, "backup2").await;
    let alert = raise(&client, &small, noon(5)).await.unwrap();
    let (now, way) = (noon(10), AlertChannel::Webhook);
    alerts::plan(&client, &[small.server], &[way], true, small.server, now)
        .await
        .unwrap();
    let lease = Duration::from_secs(60);
    for (servers, found) in [(vec![other], 0), (vec![other, small.server], 1)] {
        let claim = (Uuid::new_v4(), lease);
        let due = alerts::claim(&client, &servers, way, claim, 10, now)
            .await
            .unwrap();
        assert_eq!(due.len(), found);
        assert!(due.iter().all(|delivery| delivery.alert.id == alert));
    }
}
