//! Daemons that say that they work, and how much room there is.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, TimeDelta, TimeZone as _, Utc};
use pgbackman_core::catalogue::alerts::heartbeats::{
    self, Daemon, DaemonLife, DaemonState, Facts, LATE_AFTER, Sign,
};
use pgbackman_core::catalogue::backups::partition_space::{self, SeenSpace};
use pgbackman_core::catalogue::nodes::servers;
use pgbackman_core::domain::ids::{NodeId, ServerId};
use pgbackman_tests::postgres::{Cluster, StopMode, Version};
use pgbackman_tests::sandbox::Sandbox;
use pgbackman_tests::{catalogue, wait};
use tokio_postgres::Client;

const DEADLINE: Duration = Duration::from_secs(120);

fn noon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 21, 12, 0, 0).unwrap()
}

fn sign(server: ServerId, daemon: Daemon, procpid: u32) -> Sign {
    Sign {
        server,
        daemon,
        procpid,
        uptime: Duration::from_secs(3600),
        next_within: LATE_AFTER,
        facts: Facts {
            pending_files: Some(2),
            ..Facts::default()
        },
    }
}

async fn life(client: &Client, daemon: Daemon, as_of: DateTime<Utc>) -> DaemonLife {
    let lives = heartbeats::list(client, None, Some(as_of)).await.unwrap();
    lives
        .into_iter()
        .find(|life| life.daemon == daemon)
        .unwrap()
}

#[tokio::test]
async fn a_daemon_that_is_silent_too_long_is_late_and_one_that_was_stopped_is_not() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = database.connect().await;
    let server = servers::register(&client, "backup01", "example.net", "")
        .await
        .unwrap()
        .id;
    let known = heartbeats::list(&client, Some(server), None).await.unwrap();
    let expected = [Daemon::Control, Daemon::Maintenance];
    assert_eq!(
        known.iter().map(|life| life.daemon).collect::<Vec<_>>(),
        expected
    );
    assert!(known.iter().all(|life| life.state == DaemonState::Never));

    let control = sign(server, Daemon::Control, 100);
    heartbeats::note(&client, &control, Some(noon()))
        .await
        .unwrap();
    let at = |after: TimeDelta| life(&client, Daemon::Control, noon() + after);
    let limit = TimeDelta::from_std(LATE_AFTER).unwrap();
    let alive = at(limit).await;
    assert_eq!(alive.state, DaemonState::Alive);
    assert_eq!(alive.started, Some(noon() - TimeDelta::hours(1)));
    assert_eq!(alive.next_within, Some(limit));
    assert_eq!(alive.facts, control.facts);
    assert_eq!(
        at(limit + TimeDelta::seconds(1)).await.state,
        DaemonState::Late
    );

    // One that has been replaced says nothing about the other.
    let later = Some(noon() + TimeDelta::minutes(1));
    heartbeats::note_end(&client, server, Daemon::Control, 99, later)
        .await
        .unwrap();
    assert_eq!(at(TimeDelta::minutes(2)).await.state, DaemonState::Alive);
    heartbeats::note_end(&client, server, Daemon::Control, 100, later)
        .await
        .unwrap();
    let stopped = at(TimeDelta::days(2)).await;
    assert_eq!(
        (stopped.state, stopped.stopped),
        (DaemonState::Stopped, later)
    );
    heartbeats::note(
        &client,
        &sign(server, Daemon::Control, 101),
        Some(noon() + TimeDelta::days(2)),
    )
    .await
    .unwrap();
    assert_eq!(at(TimeDelta::days(2)).await.state, DaemonState::Alive);
    assert_eq!(
        life(&client, Daemon::Maintenance, noon()).await.state,
        DaemonState::Never
    );
}

#[tokio::test]
async fn free_space_is_kept_day_by_day_and_not_for_ever() {
    let database = catalogue::database(Cluster::shared(Version::Installed));
    let client = database.connect().await;
    let server = servers::register(&client, "backup01", "example.net", "")
        .await
        .unwrap()
        .id;
    let space = |path: &str, free_bytes: u64| SeenSpace {
        path: path.to_owned(),
        total_bytes: 1000,
        free_bytes,
        node_ids: vec![NodeId::new(7)],
    };
    let note = async |spaces: &[SeenSpace], unseen: &[&str], at: DateTime<Utc>| {
        let unseen: Vec<String> = unseen.iter().map(ToString::to_string).collect();
        partition_space::note(&client, server, spaces, &unseen, Some(at))
            .await
            .unwrap();
    };
    let listed = async || {
        let spaces = partition_space::list(&client, Some(server)).await.unwrap();
        let short =
            |space: partition_space::PartitionSpace| (space.path, space.free_bytes, space.observed);
        spaces.into_iter().map(short).collect::<Vec<_>>()
    };
    let (later, next_day) = (noon() + TimeDelta::hours(1), noon() + TimeDelta::days(1));
    note(&[space("/a", 500), space("/b", 50)], &[], noon()).await;
    note(&[space("/a", 100), space("/b", 50)], &[], later).await;
    // Nobody can look at /b now: what is known of it stays, as old as it is.
    note(&[space("/a", 300)], &["/b"], later).await;
    assert_eq!(
        listed().await,
        [("/a".to_owned(), 300, later), ("/b".to_owned(), 50, later)]
    );
    // It is used no longer.
    note(&[space("/a", 200)], &[], next_day).await;
    assert_eq!(listed().await, [("/a".to_owned(), 200, next_day)]);

    let days = async |from: DateTime<Utc>| {
        let days = partition_space::history(&client, server, from.date_naive())
            .await
            .unwrap();
        let short = |day: partition_space::SpaceOnDay| {
            (day.path, day.day, day.free_bytes, day.least_free_bytes)
        };
        days.into_iter().map(short).collect::<Vec<_>>()
    };
    let day = |day| NaiveDate::from_ymd_opt(2026, 11, day).unwrap();
    let expected = [
        ("/a".to_owned(), day(21), 300, 100),
        ("/a".to_owned(), day(22), 200, 200),
        ("/b".to_owned(), day(21), 50, 50),
    ];
    assert_eq!(days(noon()).await, expected);
    note(&[space("/a", 200)], &[], noon() + TimeDelta::days(401)).await;
    let left = days(noon()).await;
    assert_eq!(left.len(), 2, "{left:?}");
    assert_eq!(left[0].1, day(22));
}

/// A sandbox with a registered server.
fn site(sandbox: Sandbox<'_>) -> Sandbox<'_> {
    sandbox
        .catalogue()
        .psql("SELECT register_backup_server('backup01', 'example.net', 'RUNNING', '')");
    sandbox
}

fn wait_for_state(sandbox: &Sandbox<'_>, daemon: &str, state: &str) -> String {
    let query =
        format!("SELECT state || ' ' || facts::text FROM daemons(now()) WHERE daemon = '{daemon}'");
    wait::until(DEADLINE, format!("{daemon} is {state}"), || {
        let said = sandbox.catalogue().psql(&query);
        said.starts_with(state).then_some(said)
    })
}

#[test]
fn control_tells_that_it_works_what_waits_and_how_much_room_there_is() {
    let sandbox = site(Sandbox::new());
    let pending = sandbox.backup_root().join("pending_updates");
    std::fs::create_dir_all(pending.join("refused")).unwrap();
    for name in [
        "backup-1.json",
        "restore-2.json",
        ".hidden.json",
        "refused/backup-3.json",
    ] {
        std::fs::write(pending.join(name), "").unwrap();
    }
    let mut control = sandbox.spawn("pgbackman_control", [""; 0]);
    wait_for_state(&sandbox, "control", "alive");
    let waiting = wait::until(DEADLINE, "control tells what waits", || {
        let said = wait_for_state(&sandbox, "control", "alive");
        said.contains("pending_files").then_some(said)
    });
    assert!(
        waiting.contains(r#""pending_files": 2"#) && waiting.contains(r#""refused_files": 1"#),
        "{waiting}"
    );
    let space = sandbox.catalogue().psql(
        "SELECT path || ' ' || (free_bytes > 0 AND free_bytes <= total_bytes) FROM backup_partition_space",
    );
    assert_eq!(space, format!("{} true", sandbox.backup_root().display()));
    assert_eq!(control.terminate(DEADLINE), 0);
    let told = wait_for_state(&sandbox, "control", "stopped");
    assert!(told.contains("queue_length"), "{told}");
}

#[test]
fn maintenance_tells_that_it_works_and_a_single_pass_holds_for_a_day() {
    let mut sandbox = site(Sandbox::new());
    sandbox.configure("pgbackman_maintenance", "maintenance_interval", "3600");
    let once = sandbox.run("pgbackman_maintenance", ["--cron"]);
    assert_eq!(once.code, 0, "{}", once.stderr);
    let within = "SELECT state || ' ' || next_within FROM daemons(now() + interval '24 hours') WHERE daemon = 'maintenance'";
    assert_eq!(sandbox.catalogue().psql(within), "alive 25:00:00");
    let mut daemon = sandbox.spawn("pgbackman_maintenance", [""; 0]);
    wait::until(DEADLINE, "the daemon's own sign", || {
        let said = sandbox.catalogue().psql(within);
        (said == "late 00:05:00").then_some(())
    });
    assert_eq!(daemon.terminate(DEADLINE), 0, "{}", daemon.said());
    wait_for_state(&sandbox, "maintenance", "stopped");
    // A dry run is no sign of life.
    sandbox
        .run("pgbackman_maintenance", ["--dry-run"])
        .success();
    wait_for_state(&sandbox, "maintenance", "stopped");
}

#[test]
fn a_catalogue_that_is_away_disturbs_no_daemon() {
    let cluster = Cluster::private(Version::Installed);
    let mut sandbox = site(Sandbox::on(&cluster));
    sandbox.configure("pgbackman_maintenance", "maintenance_interval", "1");
    let mut control = sandbox.spawn("pgbackman_control", [""; 0]);
    let mut maintenance = sandbox.spawn("pgbackman_maintenance", [""; 0]);
    for daemon in ["control", "maintenance"] {
        wait_for_state(&sandbox, daemon, "alive");
    }
    cluster.stop(StopMode::Fast);
    for daemon in [&mut control, &mut maintenance] {
        wait::until(DEADLINE, "a word about the catalogue", || {
            daemon.said().contains("could not connect").then_some(())
        });
        assert!(daemon.is_running());
    }
    cluster.start();
    sandbox.catalogue().psql("DELETE FROM daemon_sign_of_life");
    wait_for_state(&sandbox, "control", "alive");
    cluster.stop(StopMode::Fast);
    for daemon in [&mut control, &mut maintenance] {
        assert_eq!(daemon.terminate(DEADLINE), 0, "{}", daemon.said());
    }
}
