//! Pauses of replay on a standby.

use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use pgbackman_core::domain::pg_version::PgRelease;
use pgbackman_core::node::replay_pause::{self, Pause, Release};
use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::wait;
use tokio_postgres::Client;

const TIMEOUT: Duration = Duration::from_secs(20);

/// A primary with its standby.
struct Pair {
    primary: Cluster,
    standby: Cluster,
}

impl Pair {
    fn new(version: Version) -> Self {
        let primary = Cluster::private(version);
        let standby = primary.standby();
        Self { primary, standby }
    }

    async fn session(&self) -> (Client, PgRelease) {
        let client = self
            .standby
            .connect(replay_pause::COORDINATION_DATABASES[0])
            .await;
        let release = super::release(&client).await;
        (client, release)
    }

    fn is_paused(&self) -> bool {
        self.standby
            .psql("postgres", "SELECT pg_get_wal_replay_pause_state()")
            == "paused"
    }

    /// Whether what the primary writes now arrives.
    fn replays(&self) -> bool {
        let replayed = "SELECT pg_last_wal_replay_lsn()";
        let before = self.standby.psql("postgres", replayed);
        self.primary.psql(
            "postgres",
            "CREATE TABLE IF NOT EXISTS t (n int); INSERT INTO t VALUES (1)",
        );
        if self.is_paused() {
            return self.standby.psql("postgres", replayed) != before;
        }
        self.primary.wait_for_replay(&self.standby);
        true
    }
}

/// Ends a session as a killed dump's ends, and waits until the server has noticed.
fn end_session(pair: &Pair, client: Client) {
    let locks = "SELECT count(DISTINCT pid) FROM pg_locks WHERE locktype = 'advisory'";
    let before = pair.standby.psql("postgres", locks);
    drop(client);
    wait::until(TIMEOUT, "the end of the dead run's session", || {
        (pair.standby.psql("postgres", locks) < before).then_some(())
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn trap_28_replay_stands_still_until_it_is_released() {
    for version in Version::ALL {
        let pair = Pair::new(version);
        let (client, release) = pair.session().await;
        assert_eq!(
            replay_pause::pause(&client, release, TIMEOUT)
                .await
                .unwrap(),
            Pause::Made
        );
        assert!(pair.is_paused() && !pair.replays());
        assert_eq!(
            replay_pause::release(&client, release).await.unwrap(),
            Release::Resumed
        );
        assert!(pair.replays());
        assert_eq!(
            replay_pause::release(&client, release).await.unwrap(),
            Release::NothingToDo
        );

        let on_primary = pair.primary.connect("postgres").await;
        let paused = replay_pause::pause(&on_primary, release, TIMEOUT)
            .await
            .unwrap();
        assert_eq!(paused, Pause::NotAStandby);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn trap_28a_the_last_dump_that_needs_the_pause_ends_it() {
    let pair = Pair::new(Version::Installed);
    let (first, release) = pair.session().await;
    let (second, _) = pair.session().await;
    assert_eq!(
        replay_pause::pause(&first, release, TIMEOUT).await.unwrap(),
        Pause::Made
    );
    assert_eq!(
        replay_pause::pause(&second, release, TIMEOUT)
            .await
            .unwrap(),
        Pause::Shared
    );
    assert_eq!(
        replay_pause::release(&first, release).await.unwrap(),
        Release::StillNeeded
    );
    assert!(!pair.replays());
    assert_eq!(
        replay_pause::release(&second, release).await.unwrap(),
        Release::Resumed
    );
    assert!(pair.replays());
}

#[tokio::test(flavor = "multi_thread")]
async fn trap_28a_a_pause_that_somebody_else_made_stays() {
    let pair = Pair::new(Version::V18);
    pair.standby
        .psql("postgres", "SELECT pg_wal_replay_pause()");
    let (client, release) = pair.session().await;
    assert_eq!(
        replay_pause::pause(&client, release, TIMEOUT)
            .await
            .unwrap(),
        Pause::Foreign
    );
    assert_eq!(
        replay_pause::release(&client, release).await.unwrap(),
        Release::NothingToDo
    );
    assert!(pair.is_paused());
}

#[tokio::test(flavor = "multi_thread")]
async fn trap_28_a_dead_runs_pause_is_ended_unless_another_dump_needs_it() {
    let pair = Pair::new(Version::Installed);
    let (dead, release) = pair.session().await;
    let (living, _) = pair.session().await;
    let (recovery, _) = pair.session().await;
    replay_pause::pause(&dead, release, TIMEOUT).await.unwrap();
    replay_pause::pause(&living, release, TIMEOUT)
        .await
        .unwrap();
    end_session(&pair, dead);
    assert!(
        pair.is_paused(),
        "a killed dump cannot resume replay itself"
    );
    let recovered = replay_pause::resume_after_crash(&recovery, release)
        .await
        .unwrap();
    assert_eq!(recovered, Release::StillNeeded);
    assert!(pair.is_paused());
    assert_eq!(
        replay_pause::release(&living, release).await.unwrap(),
        Release::Resumed
    );

    replay_pause::pause(&living, release, TIMEOUT)
        .await
        .unwrap();
    end_session(&pair, living);
    let recovered = replay_pause::resume_after_crash(&recovery, release)
        .await
        .unwrap();
    assert_eq!(recovered, Release::Resumed);
    assert!(pair.replays());
    let again = replay_pause::resume_after_crash(&recovery, release)
        .await
        .unwrap();
    assert_eq!(again, Release::NothingToDo);
}

/// The process that replays stands still itself, so that it cannot take notice of the request.
#[tokio::test(flavor = "multi_thread")]
async fn trap_28_a_pause_that_is_only_requested_is_waited_for_and_given_up_in_time() {
    let pair = Pair::new(Version::Installed);
    let (client, release) = pair.session().await;
    let startup = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'startup'";
    let startup = Pid::from_raw(pair.standby.psql("postgres", startup).parse().unwrap());
    kill(startup, Signal::SIGSTOP).unwrap();
    let error = replay_pause::pause(&client, release, Duration::from_secs(1))
        .await
        .unwrap_err()
        .to_string();
    kill(startup, Signal::SIGCONT).unwrap();
    assert!(
        error.contains("the pause of replay on the standby did not happen within 1 s"),
        "{error}"
    );
    assert!(pair.replays(), "the request for a pause was left behind");
}
