//! As whom a client comes: by certificate, and bound to the channel.

use pgbackman_core::conninfo::ConnectFailure;

use super::certificates::{Identity, Names};
use super::tls::{Fixture, text};
use super::{ask, connect, refusal};

#[tokio::test]
async fn a_client_certificate_opens_the_door() {
    let server = Fixture::new(
        Names {
            dns: &["db.example.net"],
            ip: &[],
        },
        &["hostssl all amira 127.0.0.1/32 cert"],
    );
    server.cluster.psql("postgres", "CREATE ROLE amira LOGIN");
    let client = server.authority.issue("amira", Names::default());
    server.file(
        ".postgresql/postgresql.crt",
        &client.certificate_pem(),
        0o644,
    );
    server.file(".postgresql/postgresql.key", &client.key_pem(), 0o600);
    server.file(
        ".postgresql/root.crt",
        &server.authority.certificate_pem(),
        0o644,
    );
    let target = server
        .as_host("db.example.net", "verify-full")
        .with_user("amira");
    let session = connect(&target, &server.env()).await;
    assert_eq!(ask(&session, "SELECT current_user::text").await, "amira");

    let without = target.with_setting("sslcertmode", "disable");
    let error = refusal(&without, &server.env()).await;
    assert!(
        matches!(error.failure(), Some(ConnectFailure::Refused { .. })),
        "{error}"
    );
}

#[tokio::test]
async fn trap_33_a_key_that_others_can_read_is_refused() {
    let server = Fixture::new(
        Names {
            dns: &["db.example.net"],
            ip: &[],
        },
        &["hostssl all amira 127.0.0.1/32 cert"],
    );
    server.cluster.psql("postgres", "CREATE ROLE amira LOGIN");
    let client = server.authority.issue("amira", Names::default());
    let certificate = server.file("amira.crt", &client.certificate_pem(), 0o644);
    let key = server.file("amira.key", &client.key_pem(), 0o644);
    let target = server
        .as_host("db.example.net", "require")
        .with_user("amira")
        .with_setting("sslcert", text(&certificate))
        .with_setting("sslkey", text(&key));
    let error = refusal(&target, &server.env()).await;
    assert!(error.to_string().contains("its mode is 0644"), "{error}");
    assert!(
        matches!(error.failure(), Some(ConnectFailure::Settings(_))),
        "{error}"
    );

    server.file("amira.key", &client.key_pem(), 0o600);
    connect(&target, &server.env()).await;

    let stranger = Identity::authority("stranger");
    server.file("amira.key", &stranger.key_pem(), 0o600);
    let error = refusal(&target, &server.env()).await;
    assert!(
        error.to_string().contains("does not match the certificate"),
        "{error}"
    );
}

#[tokio::test]
async fn channel_binding_can_be_demanded() {
    let server = Fixture::new(
        Names {
            dns: &["db.example.net"],
            ip: &[],
        },
        &[
            "host all keyed 127.0.0.1/32 scram-sha-256",
            "host all loose 127.0.0.1/32 trust",
        ],
    );
    server.cluster.psql(
        "postgres",
        "SET password_encryption = 'scram-sha-256'; CREATE ROLE keyed LOGIN PASSWORD 'geheim'; CREATE ROLE loose LOGIN",
    );
    let target = |user: &str, mode: &str| {
        server
            .as_host("db.example.net", mode)
            .with_user(user)
            .with_setting("password", "geheim")
            .with_setting("channel_binding", "require")
    };
    connect(&target("keyed", "require"), &server.env()).await;
    for (user, mode) in [("loose", "require"), ("keyed", "disable")] {
        let error = refusal(&target(user, mode), &server.env()).await;
        assert!(error.to_string().contains("channel binding"), "{error}");
    }
}
