//! A small catalogue to try things on: servers, nodes, definitions and results with only what a test cares about.

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, TimeZone as _, Utc};
use pgbackman_core::catalogue::channels::Channel;
use pgbackman_core::catalogue::definitions;
use pgbackman_core::catalogue::nodes::NewNode;
use pgbackman_core::catalogue::nodes::{self, servers};
use pgbackman_core::catalogue::restores::restore_definitions;
use pgbackman_core::catalogue::restores::restore_definitions::RestoreDefinition;
use pgbackman_core::catalogue::runs::at_jobs;
use pgbackman_core::conninfo::{
    AsyncEvent, ConnectTarget, DEFAULT_TIMEOUT, Environment, Session, connect_listening,
};
use pgbackman_core::domain::backup::definition::{NewBackupDefinition, Retention};
use pgbackman_core::domain::backup::{BackupOrigin, BackupPart, BackupResult};
use pgbackman_core::domain::ids::{BckId, DefId, NodeId, RestoreDefId, ServerId};
use pgbackman_core::domain::schedule::Schedule;
use pgbackman_core::domain::status::{
    AtStatus, BackupCode, ExecutionStatus, JobStatus, ServerStatus,
};
use pgbackman_core::sys::at::AtJob;
use pgbackman_tests::postgres::TestDatabase;
use pgbackman_tests::wait::until_async;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_postgres::Client;
use uuid::Uuid;

/// A connection as the programs have it.
pub(crate) async fn owner(database: &TestDatabase<'_>) -> Client {
    database
        .cluster()
        .connect_as(database.name(), "pgbackman_role_rw")
        .await
}

/// A backup server called `name`.example.org.
pub(super) async fn server(client: &Client, name: &str) -> ServerId {
    servers::register(client, name, "example.org", "")
        .await
        .unwrap()
        .id
}

/// A running node called `name`.example.org.
pub(super) async fn node(client: &Client, name: &str) -> NodeId {
    let node = NewNode {
        hostname: name.to_owned(),
        domain: "example.org".to_owned(),
        port: 5432,
        admin_user: "postgres".to_owned(),
        status: ServerStatus::Running,
        remarks: String::new(),
    };
    nodes::register(client, &node).await.unwrap().id
}

/// A FULL definition of `dbname` at 01:41, kept 7 days with redundancy 1; not registered yet.
pub(super) fn new_definition(server: ServerId, node: NodeId, dbname: &str) -> NewBackupDefinition {
    NewBackupDefinition {
        server,
        node,
        dbname: dbname.to_owned(),
        datoid: None,
        schedule: Schedule::parse(["41", "1", "*", "*", "*"]).unwrap(),
        code: BackupCode::Full,
        retention: Retention {
            period: "7 days".to_owned(),
            redundancy: 1,
        },
        extra_parameters: String::new(),
        status: JobStatus::Active,
        remarks: String::new(),
    }
}

/// [`new_definition`], registered.
pub(super) async fn definition(
    client: &Client,
    server: ServerId,
    node: NodeId,
    dbname: &str,
) -> DefId {
    definitions::register(client, &new_definition(server, node, dbname))
        .await
        .unwrap()
}

/// One server, one node, one definition of the database `shop`.
pub(super) struct Small {
    pub(super) server: ServerId,
    pub(super) node: NodeId,
    pub(super) definition: DefId,
}

/// Makes a [`Small`] catalogue and empties its queue.
pub(super) async fn small(client: &Client) -> Small {
    let server = server(client, "backup1").await;
    let node = node(client, "node1").await;
    let definition = definition(client, server, node, "shop").await;
    client.execute("DELETE FROM job_queue", &[]).await.unwrap();
    Small {
        server,
        node,
        definition,
    }
}

/// Noon of a day in November 2026.
pub(super) fn noon(day: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, day, 12, 0, 0).unwrap()
}

/// A SUCCEEDED run of `origin` that took six seconds and finished at `finished`.
pub(super) fn result(small: &Small, origin: BackupOrigin, finished: DateTime<Utc>) -> BackupResult {
    let part = |name: &str, size| BackupPart {
        file: Some(format!("/srv/pgbackman/pgsql_node_1/dump/{name}.sql").into()),
        size: Some(size),
        log: Some(format!("/srv/pgbackman/pgsql_node_1/log/{name}.log").into()),
    };
    BackupResult {
        run_uuid: Uuid::new_v4(),
        origin,
        procpid: 4711,
        server: small.server,
        node: small.node,
        dbname: "shop".to_owned(),
        datoid: Some(16_384),
        code: BackupCode::Full,
        started: finished - chrono::TimeDelta::seconds(6),
        finished,
        dump: part("DATABASE", 2850),
        roles: part("USERS", 533),
        dbconfig: part("DBCONFIG", 572),
        global_log: "/var/log/pgbackman/pgbackman.log".into(),
        status: ExecutionStatus::Succeeded,
        error_message: None,
        role_list: vec!["shop_ro".to_owned(), "shop_rw".to_owned()],
        node_release: Some("15.18".to_owned()),
        pg_dump_release: Some("15.18".to_owned()),
        checksum: Some("00ff".to_owned()),
        dbname_size: Some(8_000_000),
        manifest_file: Some("/srv/pgbackman/pgsql_node_1/dump/shop.manifest.json".into()),
        encrypted: false,
        context: serde_json::json!({"node": "node1.example.org"}),
    }
}

/// The same result with files that no other one names, as those of real runs are: what has a file in common goes together.
pub(super) fn with_files_of_its_own(mut result: BackupResult) -> BackupResult {
    let run = result.run_uuid;
    let own = |path: &mut Option<PathBuf>| {
        *path = path.take().map(|path| {
            path.with_file_name(format!("{run}-{}", path.file_name().unwrap().display()))
        });
    };
    for part in [&mut result.dump, &mut result.roles, &mut result.dbconfig] {
        own(&mut part.file);
        own(&mut part.log);
    }
    own(&mut result.manifest_file);
    result
}

/// A session that listens to `channels`, and what it hears.
pub(super) async fn listening(
    database: &TestDatabase<'_>,
    channels: &[Channel],
) -> (Session, UnboundedReceiver<AsyncEvent>) {
    let cluster = database.cluster();
    let target = ConnectTarget::node(
        cluster.socket_dir().to_str().unwrap(),
        cluster.port(),
        "pgbackman_role_rw",
        database.name(),
    )
    .as_catalogue();
    let (session, events) = connect_listening(&target, &Environment::of_process(), DEFAULT_TIMEOUT)
        .await
        .unwrap();
    for channel in channels {
        session
            .batch_execute(&format!("LISTEN {channel}"))
            .await
            .unwrap();
    }
    (session, events)
}

/// What was heard so far as (channel, payload), sorted; a notification on a channel of the test's own marks the end.
pub(super) async fn heard(
    session: &Session,
    events: &mut UnboundedReceiver<AsyncEvent>,
) -> Vec<(String, String)> {
    session
        .batch_execute("LISTEN the_end; NOTIFY the_end")
        .await
        .unwrap();
    let mut heard = Vec::new();
    loop {
        match events.recv().await.unwrap() {
            AsyncEvent::Notification { channel, .. } if channel == "the_end" => break,
            AsyncEvent::Notification { channel, payload } => heard.push((channel, payload)),
            AsyncEvent::Notice(_) => {}
            AsyncEvent::Closed(reason) => panic!("the session has ended: {reason:?}"),
        }
    }
    heard.sort();
    heard
}

/// Keeps a backup until a time of the test's own: for `kept::keep` it may have passed already.
pub(super) async fn pin(client: &Client, backup: BckId, until: DateTime<Utc>) {
    let statement =
        "UPDATE backup_catalog SET pinned_until = $2, pinned_reason = 'a test' WHERE bck_id = $1";
    let pinned = client
        .execute(statement, &[&backup.get(), &until])
        .await
        .unwrap();
    assert_eq!(pinned, 1);
}

/// Waits until a session of the database waits for a lock.
pub(super) async fn until_somebody_waits(watcher: &Client) {
    let blocked = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    until_async(
        Duration::from_secs(30),
        "a session to wait for another",
        || async { watcher.query_opt(blocked, &[]).await.unwrap() },
    )
    .await;
}

/// The restores of a backup server that wait to be given to `at`, the earliest first.
pub(super) async fn waiting_restores(client: &Client, server: ServerId) -> Vec<RestoreDefinition> {
    let unfinished = at_jobs::unfinished(client, server).await.unwrap();
    let mut waiting = Vec::new();
    for one in unfinished {
        if let (AtJob::Restore(id), AtStatus::Waiting) = (one.job, one.status) {
            waiting.push(restore_definitions::by_id(client, id).await.unwrap());
        }
    }
    waiting
}

/// Notes, as control does, that `at` has a restore; `false` where none waits.
pub(super) async fn given_to_at(client: &Client, id: RestoreDefId) -> bool {
    leaves_waiting(client, id, AtStatus::Defined, None).await
}

/// Notes, as control does, why `at` does not have a restore; `false` where none waits.
pub(super) async fn refused_by_at(client: &Client, id: RestoreDefId, reason: &str) -> bool {
    leaves_waiting(client, id, AtStatus::Error, Some(reason)).await
}

async fn leaves_waiting(
    client: &Client,
    id: RestoreDefId,
    to: AtStatus,
    reason: Option<&str>,
) -> bool {
    at_jobs::change_status(client, AtJob::Restore(id), AtStatus::Waiting, to, reason)
        .await
        .unwrap()
}
