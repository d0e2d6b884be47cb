//! Where passwords and settings come from.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use pgbackman_core::config::{Config, Environment};
use pgbackman_core::conninfo::{ConnectFailure, ConnectTarget};
use pgbackman_tests::postgres::{Cluster, Version};

use super::{ask, connect, environment, over_socket, over_tcp, refusal};

fn write(path: &Path, content: &str, mode: u32) {
    fs::write(path, content).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[tokio::test]
async fn a_password_file_is_used_and_ignored_when_others_can_read_it() {
    let cluster = Cluster::shared(Version::Installed);
    let home = tempfile::tempdir().unwrap();
    let line = format!(
        "# for the tests\n127.0.0.1:{}:*:{}:{}\n",
        cluster.port(),
        Cluster::SUPERUSER,
        Cluster::PASSWORD
    );
    let file = home.path().join(".pgpass");
    write(&file, &line, 0o600);
    let env = environment(home.path());
    connect(&over_tcp(cluster), &env).await;

    write(&file, &line, 0o644);
    let error = refusal(&over_tcp(cluster), &env).await;
    let text = error.to_string();
    assert!(
        text.contains("the server requires a password, and none was found"),
        "{text}"
    );
    assert!(
        text.contains(".pgpass was ignored: its mode is 0644"),
        "{text}"
    );
    assert!(!text.contains(Cluster::PASSWORD), "trap 32: {text}");

    let elsewhere = home.path().join("elsewhere");
    write(&elsewhere, &line, 0o600);
    let named = env.with_var("PGPASSFILE", elsewhere.to_string_lossy());
    connect(&over_tcp(cluster), &named).await;
}

#[tokio::test]
async fn f22_a_refusal_by_peer_says_whom_to_run_the_program_as() {
    let cluster = Cluster::options(Version::Installed)
        .hba("local all backup_admin peer")
        .start();
    cluster.psql("postgres", "CREATE ROLE backup_admin LOGIN");
    let home = tempfile::tempdir().unwrap();
    let env = environment(home.path());
    let directory = cluster.socket_dir().to_string_lossy().into_owned();
    let target = ConnectTarget::node(directory, cluster.port(), "backup_admin", "postgres");
    let text = refusal(&target, &env).await.to_string();
    let hint = "this program runs as the operating system user \"tester\"; if the server authenticates by user (peer), run it as the user that \
                may connect as \"backup_admin\": su - backup_admin, or su - pgbackman on a backup server";
    assert!(text.contains(hint), "{text}");
    // A database that does not exist is another matter.
    connect(&over_socket(&cluster), &env).await;
    let target = ConnectTarget::node(
        cluster.socket_dir().to_string_lossy(),
        cluster.port(),
        Cluster::SUPERUSER,
        "nowhere",
    );
    let text = refusal(&target, &env).await.to_string();
    assert!(!text.contains("peer"), "{text}");
}

#[tokio::test]
async fn trap_32_a_wrong_password_is_not_repeated_anywhere() {
    let cluster = Cluster::shared(Version::Installed);
    let home = tempfile::tempdir().unwrap();
    let env = environment(home.path()).with_var("PGPASSWORD", "wr0ng-geheim");
    let target = over_tcp(cluster);
    let error = refusal(&target, &env).await;
    assert!(
        matches!(error.failure(), Some(ConnectFailure::Refused { .. })),
        "{error}"
    );
    let shown = format!("{error} {error:?} {target:?} {env:?}");
    assert!(!shown.contains("wr0ng-geheim"), "{shown}");
}

#[tokio::test]
async fn the_environment_names_the_server_and_the_configuration_wins() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    let home = tempfile::tempdir().unwrap();
    let env = environment(home.path())
        .with_var("PGHOST", cluster.socket_dir().to_string_lossy())
        .with_var("PGPORT", cluster.port().to_string())
        .with_var("PGUSER", Cluster::SUPERUSER)
        .with_var("PGDATABASE", database.name())
        .with_var("PGOPTIONS", "-c statement_timeout=4321");
    let config = |text: &str| Config::parse(text, Path::new("/test.conf"), &env).unwrap();
    let session = connect(&ConnectTarget::catalogue(&config("")), &env).await;
    assert_eq!(
        ask(&session, "SELECT current_database()::text").await,
        database.name()
    );
    assert_eq!(ask(&session, "SHOW statement_timeout").await, "4321ms");

    let own = config("[pgbackman_database]\ndbname = \"postgres\"\n");
    let session = connect(&ConnectTarget::catalogue(&own), &env).await;
    assert_eq!(
        ask(&session, "SELECT current_database()::text").await,
        "postgres"
    );
}

#[tokio::test]
async fn a_service_file_stands_between_configuration_and_environment() {
    let cluster = Cluster::shared(Version::Installed);
    let home = tempfile::tempdir().unwrap();
    let service = format!(
        "[backup]\nhost={}\nport={}\nuser={}\ndbname=template1\n",
        cluster.socket_dir().display(),
        cluster.port(),
        Cluster::SUPERUSER
    );
    fs::write(home.path().join(".pg_service.conf"), &service).unwrap();
    let env = environment(home.path())
        .with_var("PGSERVICE", "backup")
        .with_var("PGHOST", "nowhere.invalid");
    let target = ConnectTarget::like_psql(None, None, None, None);
    let session = connect(&target, &env).await;
    assert_eq!(
        ask(&session, "SELECT current_database()::text").await,
        "template1"
    );
    let session = connect(&target.clone().with_dbname("postgres"), &env).await;
    assert_eq!(
        ask(&session, "SELECT current_database()::text").await,
        "postgres"
    );

    let system = home.path().join("system");
    fs::create_dir(&system).unwrap();
    fs::rename(
        home.path().join(".pg_service.conf"),
        system.join("pg_service.conf"),
    )
    .unwrap();
    let env = env.with_var("PGSYSCONFDIR", system.to_string_lossy());
    connect(&target, &env).await;

    let error = refusal(&target, &env.with_var("PGSERVICE", "absent")).await;
    assert!(
        error
            .to_string()
            .contains("the service `absent` is defined in none of"),
        "{error}"
    );
}

#[tokio::test]
async fn a_refusal_says_what_was_tried_on_what_and_why() {
    let cluster = Cluster::shared(Version::Installed);
    let env = Environment::new(0, "tester");
    let target = over_socket(cluster).with_dbname("no such \"database\"");
    let error = refusal(&target, &env).await;
    let socket = cluster
        .socket_dir()
        .join(format!(".s.PGSQL.{}", cluster.port()));
    assert_eq!(
        error.to_string(),
        format!(
            "could not connect to database \"no such \"database\"\" as \"postgres\": socket {}: the server refused the \
             connection: database \"no such \"database\"\" does not exist",
            socket.display()
        )
    );
    assert!(!error.may_pass());
}
