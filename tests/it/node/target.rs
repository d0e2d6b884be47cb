//! What a node tells about itself before something is restored on it.

use pgbackman_core::domain::locale::LocaleProvider;
use pgbackman_core::domain::restore::backup_needs::{BackupNeeds, DatabaseNeeds};
use pgbackman_core::node::target;
use pgbackman_tests::postgres::{Cluster, Version};

/// A database with this encoding and locale.
fn needing(encoding: &str, locale: &str) -> DatabaseNeeds {
    DatabaseNeeds {
        name: "x".to_owned(),
        encoding: encoding.to_owned(),
        provider: LocaleProvider::Libc,
        collate: locale.to_owned(),
        ctype: locale.to_owned(),
        locale: None,
        collation_version: None,
        tablespace: None,
    }
}

#[tokio::test]
async fn a_node_says_what_it_is_and_what_it_has() {
    for version in Version::ALL {
        let cluster = Cluster::shared(version);
        let database = cluster.database();
        let mut client = database.connect().await;
        let needs = BackupNeeds {
            databases: vec![
                needing("UTF8", "C.UTF-8"),
                needing("LATIN1", "POSIX"),
                needing("EUC_MARS", "mars_MA.UTF-8"),
            ],
            ..BackupNeeds::default()
        };
        let facts = target::facts(&mut client, Some(&needs)).await.unwrap();
        assert_eq!(facts.release.to_string(), version.release());
        assert!(!facts.in_recovery);
        assert_eq!(facts.user.name, "postgres");
        assert!(facts.user.superuser);
        assert!(facts.databases.contains(database.name()) && facts.databases.contains("template0"));
        assert!(facts.roles.contains("pgbackman_role_rw"));
        assert!(facts.tablespaces.contains("pg_default"));
        assert_eq!(facts.extensions["plpgsql"].default_version, "1.0");
        assert!(facts.providers.contains(&LocaleProvider::Libc));
        let has_builtin = facts.providers.contains(&LocaleProvider::Builtin);
        assert_eq!(has_builtin, version.major() >= 17);
        let known: Vec<_> = facts
            .encodings
            .iter()
            .map(|(name, there)| (&**name, *there))
            .collect();
        assert_eq!(
            known,
            [("EUC_MARS", false), ("LATIN1", true), ("UTF8", true)]
        );
        let known: Vec<_> = facts
            .locales
            .iter()
            .map(|(name, there)| (&**name, *there))
            .collect();
        assert_eq!(
            known,
            [("C.UTF-8", true), ("POSIX", true), ("mars_MA.UTF-8", false)]
        );
        // Nothing is left behind.
        let collations =
            database.psql("SELECT count(*) FROM pg_collation WHERE collname LIKE 'pgbackman%'");
        assert_eq!(collations.trim(), "0");
    }
}

#[tokio::test]
async fn a_locale_that_does_not_go_with_the_database_that_is_asked_is_there_all_the_same() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    let latin = format!("{}_latin", database.name());
    cluster.psql(
        "postgres",
        &format!("CREATE DATABASE \"{latin}\" TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'"),
    );
    let mut client = cluster.connect(&latin).await;
    let needs = BackupNeeds {
        databases: vec![needing("UTF8", "C.UTF-8"), needing("UTF8", "mars_MA")],
        ..BackupNeeds::default()
    };
    let facts = target::facts(&mut client, Some(&needs)).await.unwrap();
    assert_eq!(
        (facts.locales["C.UTF-8"], facts.locales["mars_MA"]),
        (true, false)
    );
    drop(client);
    cluster.psql(
        "postgres",
        &format!("DROP DATABASE \"{latin}\" WITH (FORCE)"),
    );
}

#[tokio::test]
async fn a_role_without_rights_is_told_what_it_may_know() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    let mut client = cluster
        .connect_as(database.name(), "pgbackman_role_ro")
        .await;
    let facts = target::facts(&mut client, None).await.unwrap();
    assert!(!facts.user.superuser && !facts.user.create_role && !facts.user.create_db);
    assert!(facts.databases.contains(database.name()));
    assert_eq!(
        target::free_space_here(&client, "localhost", None).await,
        None
    );
    assert_eq!(target::tables(&client).await.unwrap(), 0);
    database.psql("CREATE TABLE t (n int); CREATE VIEW v AS SELECT 1");
    assert_eq!(target::tables(&client).await.unwrap(), 1);
}

#[tokio::test]
async fn a_standby_is_known_as_one() {
    let primary = Cluster::private(Version::Installed);
    let standby = primary.standby();
    let mut client = standby.connect("postgres").await;
    let needs = BackupNeeds {
        databases: vec![needing("UTF8", "mars_MA")],
        ..BackupNeeds::default()
    };
    let facts = target::facts(&mut client, Some(&needs)).await.unwrap();
    assert!(facts.in_recovery);
    assert!(facts.locales.is_empty(), "a standby cannot try a locale");
}
