//! The listener says "look at everything" whenever something may have been missed.

use std::time::Duration;

use pgbackman_core::catalog::channels::Channel;
use pgbackman_core::catalog::listener::{Event, Listener, Pace};
use pgbackman_core::conninfo::{ConnectTarget, Environment};
use pgbackman_tests::catalogue;
use pgbackman_tests::postgres::{Cluster, StopMode, TestDatabase, Version};
use pgbackman_tests::proxy::{Mode, Proxy};
use tokio::time::timeout;

use super::model;

const DEADLINE: Duration = Duration::from_secs(30);

/// Quick enough for a test.
const PACE: Pace = Pace {
    first_pause: Duration::from_millis(20),
    longest_pause: Duration::from_millis(100),
    probe_every: Duration::from_millis(200),
    probe_limit: Duration::from_millis(500),
};

fn target(database: &TestDatabase<'_>, host: &str, port: u16) -> ConnectTarget {
    ConnectTarget::node(host, port, "pgbackman_role_rw", database.name()).as_catalogue()
}

fn direct(database: &TestDatabase<'_>) -> ConnectTarget {
    let cluster = database.cluster();
    target(
        database,
        cluster.socket_dir().to_str().unwrap(),
        cluster.port(),
    )
}

async fn next(listener: &mut Listener) -> Event {
    timeout(DEADLINE, listener.next())
        .await
        .expect("no event")
        .expect("the listener has ended")
}

/// The next event that is not what is skipped.
async fn next_but(listener: &mut Listener, skip: impl Fn(&Event) -> bool) -> Event {
    loop {
        let event = next(listener).await;
        if !skip(&event) {
            return event;
        }
    }
}

#[tokio::test]
async fn changes_arrive_after_a_first_resync() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let small = model::small(&client).await;
    let own = Channel::Definitions(small.server, small.node);
    let mut listener = Listener::start(
        direct(&database),
        Environment::of_process(),
        Channel::GENERAL,
        PACE,
    );
    assert_eq!(next(&mut listener).await, Event::Resync);

    let node = model::node(&client, "node2").await;
    assert_eq!(
        next(&mut listener).await,
        Event::Notify(Channel::NodeRunning)
    );
    // A channel that nobody listens to is not heard; once it is added, everything has to be looked at again.
    model::definition(&client, small.server, small.node, "a").await;
    listener.set_channels(Channel::GENERAL.into_iter().chain([own]));
    assert_eq!(next(&mut listener).await, Event::Resync);
    model::definition(&client, small.server, small.node, "b").await;
    assert_eq!(next(&mut listener).await, Event::Notify(own));

    listener.set_channels([Channel::NodeDeleted]);
    pgbackman_core::catalog::nodes::delete(&client, node)
        .await
        .unwrap();
    assert_eq!(
        next(&mut listener).await,
        Event::Notify(Channel::NodeDeleted)
    );
}

#[tokio::test]
async fn trap_23_a_terminated_session_listens_again_and_says_resync() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = model::owner(&database).await;
    let mut listener = Listener::start(
        direct(&database),
        Environment::of_process(),
        Channel::GENERAL,
        PACE,
    );
    assert_eq!(next(&mut listener).await, Event::Resync);
    for _ in 0..3 {
        // 57P01 ends the session of the listener.
        let ended = client
            .query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN %' AND datname = current_database()", &[])
            .await
            .unwrap();
        assert!(!ended.is_empty());
        assert!(matches!(next(&mut listener).await, Event::Lost(_)));
        assert_eq!(next(&mut listener).await, Event::Resync);
    }
    model::node(&client, "node1").await;
    assert_eq!(
        next(&mut listener).await,
        Event::Notify(Channel::NodeRunning)
    );
}

#[tokio::test]
async fn trap_29_a_server_that_restarts_or_hangs_is_noticed_and_found_again() {
    let cluster = Cluster::private(Version::Installed);
    let database = catalogue::database(&cluster);
    let mut listener = Listener::start(
        direct(&database),
        Environment::of_process(),
        Channel::GENERAL,
        PACE,
    );
    assert_eq!(next(&mut listener).await, Event::Resync);
    cluster.stop(StopMode::Fast);
    assert!(
        matches!(next(&mut listener).await, Event::Lost(_)),
        "said once"
    );
    cluster.start();
    assert_eq!(next(&mut listener).await, Event::Resync);

    // Silence: neither an answer nor an end of the connection.
    let proxy = Proxy::unix(&cluster);
    let mut listener = Listener::start(
        target(&database, proxy.host(), proxy.port()),
        Environment::of_process(),
        Channel::GENERAL,
        PACE,
    );
    assert_eq!(next(&mut listener).await, Event::Resync);
    proxy.set(Mode::Hang);
    assert!(matches!(next(&mut listener).await, Event::Lost(_)));
    proxy.set(Mode::Pass);
    let found = next_but(&mut listener, |event| matches!(event, Event::Lost(_))).await;
    assert_eq!(found, Event::Resync);
}
