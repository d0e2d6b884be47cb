//! Databases with the catalogue's schema installed.

use std::time::Duration;

use pgbackman_core::catalogue::schema::migrate::{OWNER_ROLE, READER_ROLE, install};

use crate::postgres::{Cluster, TestDatabase};
use crate::wait;

/// The database in each server that the others are copied from: an installation takes longer than a copy.
const TEMPLATE: &str = "catalogue_template";
/// The template while it is being made.
const UNFINISHED: &str = "catalogue_unfinished";
/// Names a file of SQL that is run in every catalogue after its installation: to see a test fail against a function that was
/// broken deliberately, without building anything anew (`tests/README.md`, "Mutations of SQL").
const MUTATION_VARIABLE: &str = "PGBACKMAN_TEST_CATALOGUE_SQL";
/// The advisory lock in the database `postgres` that lets one process at a time make it.
const LOCK: i64 = 0x7062_6d74;

/// A fresh database with the catalogue as a new installation has it, owned by its owner role.
pub fn database(cluster: &Cluster) -> TestDatabase<'_> {
    std::thread::scope(|scope| {
        // The caller may be inside a runtime, which another one must not block.
        let made = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(make_template(cluster));
        });
        made.join()
            .expect("the catalogue could not be installed; see above");
    });
    cluster.database_from(TEMPLATE, OWNER_ROLE)
}

async fn make_template(cluster: &Cluster) {
    let guard = cluster.connect("postgres").await;
    guard
        .execute("SELECT pg_advisory_lock($1)", &[&LOCK])
        .await
        .unwrap();
    let exists = "SELECT 1 FROM pg_database WHERE datname = $1";
    if guard
        .query_opt(exists, &[&TEMPLATE])
        .await
        .unwrap()
        .is_some()
    {
        return;
    }
    for role in [OWNER_ROLE, READER_ROLE] {
        let known = guard
            .query_opt("SELECT 1 FROM pg_roles WHERE rolname = $1", &[&role])
            .await
            .unwrap();
        if known.is_none() {
            guard
                .batch_execute(&format!("CREATE ROLE {role} LOGIN"))
                .await
                .unwrap();
        }
    }
    guard
        .batch_execute(&format!("DROP DATABASE IF EXISTS {UNFINISHED}"))
        .await
        .unwrap();
    guard
        .batch_execute(&format!("CREATE DATABASE {UNFINISHED} OWNER {OWNER_ROLE}"))
        .await
        .unwrap();
    let mut client = cluster.connect_as(UNFINISHED, OWNER_ROLE).await;
    install(&mut client)
        .await
        .unwrap_or_else(|error| panic!("cannot install the catalogue: {error}"));
    mutate(&client).await;
    drop(client);
    let sessions = "SELECT 1 FROM pg_stat_activity WHERE datname = $1";
    wait::until_async(
        Duration::from_secs(20),
        "the end of the installing session",
        || async {
            guard
                .query_opt(sessions, &[&UNFINISHED])
                .await
                .unwrap()
                .is_none()
                .then_some(())
        },
    )
    .await;
    guard
        .batch_execute(&format!("ALTER DATABASE {UNFINISHED} RENAME TO {TEMPLATE}"))
        .await
        .unwrap();
}

async fn mutate(client: &tokio_postgres::Client) {
    let Some(file) = std::env::var_os(MUTATION_VARIABLE) else {
        return;
    };
    let sql = std::fs::read_to_string(&file)
        .unwrap_or_else(|error| panic!("{MUTATION_VARIABLE}={}: {error}", file.display()));
    client
        .batch_execute(&sql)
        .await
        .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
}
