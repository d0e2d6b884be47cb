//! Nodes that are reached through a connection pooler, with a real PgBouncer.

use pgbackman_core::conninfo::{ConnectTarget, Environment, SessionOptions};
use pgbackman_tests::pooler::Pooler;
use pgbackman_tests::postgres::{Cluster, Version};

use super::{TIMEOUT, refusal};
use crate::dump::support::Lab;
use crate::restore::support::RestoreLab;

/// What a pooler has to ignore so that sessions with options get through. Its own DISCARD ALL is switched off: what our sessions
/// leave would stay.
const IGNORING: &str =
    "ignore_startup_parameters = options,extra_float_digits\nserver_reset_query =\n";
const ADVICE: &str = "register the PostgreSQL server itself as the node, not its pooler";

fn env() -> Environment {
    Environment::new(0, "tester")
}

fn through(pooler: &Pooler, dbname: &str) -> ConnectTarget {
    let directory = pooler.socket_dir().to_string_lossy().into_owned();
    ConnectTarget::node(directory, pooler.port(), Cluster::SUPERUSER, dbname)
}

/// What an application gets from the pooler: as many sessions at once as there may be processes of ours.
async fn assert_no_traces(pooler: &Pooler, dbname: &str) {
    let mut sessions = Vec::new();
    for _ in 0..6 {
        let (client, connection) = tokio_postgres::Config::new()
            .host_path(pooler.socket_dir())
            .port(pooler.port())
            .user("app")
            .dbname(dbname)
            .connect(tokio_postgres::NoTls)
            .await
            .unwrap();
        tokio::spawn(connection);
        client.batch_execute("BEGIN").await.unwrap();
        for (setting, value) in [
            ("search_path", "\"$user\", public"),
            ("row_security", "on"),
            ("statement_timeout", "0"),
            ("idle_in_transaction_session_timeout", "0"),
        ] {
            let rows = client
                .simple_query(&format!("SHOW {setting}"))
                .await
                .unwrap();
            let found = rows.iter().find_map(|message| match message {
                tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
                _ => None,
            });
            assert_eq!(found.as_deref(), Some(value), "{setting}");
        }
        sessions.push(client);
    }
}

#[tokio::test]
async fn a_pooler_that_takes_no_options_is_refused_with_advice() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    let pooler = Pooler::start(cluster, "");
    let said = refusal(&through(&pooler, database.name()), &env())
        .await
        .to_string();
    assert!(
        said.contains("register the PostgreSQL server itself"),
        "{said}"
    );
}

#[tokio::test]
async fn a_pooler_of_transactions_is_refused_whatever_its_order_and_keeps_no_setting() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    for order in [
        "",
        "server_round_robin = 1\nmin_pool_size = 2\n",
        "server_round_robin = 1\nmin_pool_size = 5\n",
        "default_pool_size = 1\n",
    ] {
        for mode in ["transaction", "statement"] {
            let pooler = Pooler::start(cluster, &format!("{IGNORING}pool_mode = {mode}\n{order}"));
            for _ in 0..3 {
                let target = through(&pooler, database.name());
                let error = refusal(&target, &env()).await;
                let said = error.to_string();
                assert!(said.contains("(transaction pooling)"), "{order}: {said}");
                assert!(said.contains(ADVICE) && !error.may_pass(), "{said}");
            }
            if order.is_empty() && mode == "transaction" {
                assert_no_traces(&pooler, database.name()).await;
            }
        }
    }
}

#[tokio::test]
async fn a_pooler_of_sessions_is_used_with_a_warning_and_gets_them_back_as_they_were() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    let pooler = Pooler::start(cluster, &format!("{IGNORING}pool_mode = session\n"));
    let options = SessionOptions {
        statement_timeout: Some(TIMEOUT),
        settings: vec![("row_security".to_owned(), "off".to_owned())],
        ..SessionOptions::named("pgbackman-tests")
    };
    let target = through(&pooler, database.name()).with_options(options);
    for is_dropped in [false, true, false] {
        let session = pgbackman_core::conninfo::connect(&target, &env(), TIMEOUT)
            .await
            .unwrap();
        let warning = session.pooler_warning().unwrap();
        assert!(warning.contains(ADVICE), "{warning}");
        for (setting, value) in [
            ("search_path", "pg_catalog,pg_temp"),
            ("row_security", "off"),
            ("statement_timeout", "20s"),
        ] {
            let show = format!("SHOW {setting}");
            let row = session.query_one(&show, &[]).await.unwrap();
            assert_eq!(row.get::<_, String>(0), value, "{setting}");
        }
        if is_dropped {
            // As where an error ends the work with it.
            drop(session);
            assert_no_traces(&pooler, database.name()).await;
        } else {
            session.close().await;
        }
    }
    assert_no_traces(&pooler, database.name()).await;
}

#[tokio::test]
async fn a_pooler_without_a_second_session_is_refused() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    let settings = format!("{IGNORING}pool_mode = session\ndefault_pool_size = 1\n");
    let pooler = Pooler::start(cluster, &settings);
    let said = refusal(&through(&pooler, database.name()), &env())
        .await
        .to_string();
    assert!(
        said.contains("it is unknown whether") && said.contains(ADVICE),
        "{said}"
    );
}

#[test]
fn backups_and_restores_say_what_a_pooler_is() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    database.psql("CREATE TABLE t AS SELECT 1 AS n");
    let lab = RestoreLab::of(Lab::new(cluster), cluster);
    let pooler = |mode: &str| Pooler::start(cluster, &format!("{IGNORING}pool_mode = {mode}\n"));
    let (sessions, transactions) = (pooler("session"), pooler("transaction"));
    let host = |pooler: &Pooler| pooler.socket_dir().display().to_string();

    let mut job = lab.lab.define(database.name(), "FULL");
    (job.host, job.port) = (host(&transactions), transactions.port());
    assert_eq!(job.run().code, 1);
    let reason = &lab.lab.catalogued("error_message")[0];
    assert!(reason.contains(ADVICE), "{reason}");

    let mut job = lab.lab.define(database.name(), "FULL");
    (job.host, job.port) = (host(&sessions), sessions.port());
    let output = job.run();
    assert_eq!(output.code, 8, "{}\n{}", output.stderr, lab.sandbox().log());
    let reason = &lab.lab.catalogued("error_message")[1];
    assert!(reason.contains(ADVICE), "{reason}");
    let condition = format!("def_id = {}", job.id);
    let backup = lab.catalogued(&condition, database.name(), "FULL");

    let name = format!("{}_restored", database.name());
    let mut restore = lab.restore(&backup, &name);
    (restore.host, restore.port) = (host(&transactions), transactions.port());
    assert_eq!(restore.run().code, 1);
    let result = lab.last_result();
    assert!(result["message"].contains(ADVICE), "{result:?}");
    assert!(
        result["message"].contains("the target was not changed"),
        "{result:?}"
    );

    (restore.host, restore.port) = (host(&sessions), sessions.port());
    let output = restore.run();
    let result = lab.last_result();
    assert_eq!(output.code, 8, "{}\n{result:#?}", output.stderr);
    assert_eq!(result["status"], "WARNING", "{result:?}");
    assert!(result["message"].contains(ADVICE), "{result:?}");
    assert_eq!(cluster.psql(&name, "SELECT n FROM t").trim(), "1");
    drop(sessions);
    drop(transactions);
    cluster.psql("postgres", &format!("DROP DATABASE {name} WITH (FORCE)"));
}

#[test]
fn a_node_behind_a_pooler_of_transactions_is_not_registered_and_one_of_sessions_with_a_warning() {
    let cluster = Cluster::private(Version::Installed);
    let sandbox = pgbackman_tests::sandbox::Sandbox::new();
    let (host, domain) = pgbackman_tests::sandbox::Sandbox::BACKUP_SERVER
        .split_once('.')
        .unwrap();
    sandbox.shell(&format!("register_backup_server {host} {domain} \"\""));
    let register = |pooler: &Pooler| {
        let (socket, port) = (
            pooler.socket_dir().to_str().unwrap(),
            pooler.port().to_string(),
        );
        sandbox.run("pgbackman_setup", ["node", socket, "--port", &port])
    };
    let nodes = || sandbox.catalogue().psql("SELECT count(*) FROM pgsql_node");
    let transactions = Pooler::start(&cluster, &format!("{IGNORING}pool_mode = transaction\n"));
    let said = register(&transactions);
    assert_eq!(said.code, 1, "{}{}", said.stdout, said.stderr);
    assert!(said.stderr.contains(ADVICE), "{}", said.stderr);
    assert_eq!(nodes().trim(), "0");

    let sessions = Pooler::start(&cluster, &format!("{IGNORING}pool_mode = session\n"));
    let said = register(&sessions).success();
    let warning = said
        .lines()
        .find(|line| line.starts_with("WARNING: "))
        .unwrap();
    assert!(warning.contains(ADVICE), "{said}");
    assert_eq!(nodes().trim(), "1");
    let checked = sandbox.run("pgbackman_setup", ["server", "--check"]);
    assert!(
        checked
            .stdout
            .contains("host and port of the PostgreSQL server itself"),
        "{}",
        checked.stdout
    );
}
