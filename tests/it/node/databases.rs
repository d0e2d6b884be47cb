//! Identity and databases.

use pgbackman_core::node::{databases, identity};
use pgbackman_tests::postgres::{Cluster, Version};

#[tokio::test]
async fn a_server_says_what_it_is() {
    for version in Version::ALL {
        let cluster = Cluster::shared(version);
        let client = cluster.connect("postgres").await;
        let release = super::release(&client).await;
        assert_eq!(release.to_string(), version.release());
        let identifier = identity::system_identifier(&client, release).await.unwrap();
        let expected = cluster.psql(
            "postgres",
            "SELECT system_identifier FROM pg_control_system()",
        );
        assert_eq!(identifier, Some(expected));
        assert!(!identity::is_in_recovery(&client).await.unwrap());
    }
}

#[tokio::test]
async fn trap_15_databases_are_listed_and_found_by_their_exact_names() {
    let cluster = Cluster::private(Version::Installed);
    let names = [
        "Orders",
        "O'Brien",
        "a\"b\\c",
        "$(id);%",
        "-x",
        "two\nlines",
        "äöüäöüäöüäöüäöüäöüäöüäöüäöüäöüx",
    ];
    for name in names {
        cluster.psql(
            "postgres",
            &format!("CREATE DATABASE \"{}\"", name.replace('"', "\"\"")),
        );
    }
    let client = cluster.connect("postgres").await;
    let listed = databases::list(&client).await.unwrap();
    for name in names {
        let found = databases::find(&client, name).await.unwrap().unwrap();
        assert!(listed.contains(&found), "{name}");
        assert!(databases::size(&client, found.oid).await.unwrap() > 1_000_000);
        let inside = cluster.connect(name).await;
        assert_eq!(databases::current(&inside).await.unwrap(), found);
    }
    assert_eq!(listed.len(), names.len() + 3);
    let template = listed
        .iter()
        .find(|database| database.name == "template0")
        .unwrap();
    assert!(template.is_template && !template.allows_connections);
    assert_eq!(databases::find(&client, "orders").await.unwrap(), None);
    let error = databases::size(&client, u32::MAX)
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("the size of the database") && error.contains("4294967295"),
        "{error}"
    );
}
