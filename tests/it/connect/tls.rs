//! TLS: whom a connection trusts, and as whom it comes.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use pgbackman_core::conninfo::{
    ConnectFailure, ConnectTarget, DeadlineError, Environment, with_deadline,
};
use pgbackman_tests::built::built_binary;
use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::sandbox::run;

use super::certificates::{Identity, Names};
use super::{ask, connect, environment, refusal};

/// A server with TLS, its authority, and a home directory for the client.
pub(super) struct Fixture {
    pub(super) cluster: Cluster,
    pub(super) authority: Identity,
    home: tempfile::TempDir,
}

impl Fixture {
    /// The server's certificate is for `names`; `hba` comes before the harness's own rules.
    pub(super) fn new(names: Names<'_>, hba: &[&str]) -> Self {
        let authority = Identity::authority("PgBackMan test authority");
        let server = authority.issue("server", names);
        let mut options = Cluster::options(Version::Installed)
            .conf("ssl = on")
            .conf("ssl_ca_file = 'root.crt'")
            .file("server.crt", server.certificate_pem())
            .file("server.key", server.key_pem())
            .file("root.crt", authority.certificate_pem());
        for rule in hba {
            options = options.hba(rule);
        }
        Self {
            cluster: options.start(),
            authority,
            home: tempfile::tempdir().unwrap(),
        }
    }

    pub(super) fn env(&self) -> Environment {
        environment(self.home.path())
    }

    /// A file in the home directory.
    pub(super) fn file(&self, name: &str, content: &[u8], mode: u32) -> PathBuf {
        let path = self.home.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    fn root_certificate(&self) -> PathBuf {
        self.file("root.pem", &self.authority.certificate_pem(), 0o644)
    }

    /// A connection to 127.0.0.1 under another host name.
    pub(super) fn as_host(&self, host: &str, mode: &str) -> ConnectTarget {
        ConnectTarget::node(host, self.cluster.port(), Cluster::SUPERUSER, "postgres")
            .with_setting("hostaddr", "127.0.0.1")
            .with_setting("password", Cluster::PASSWORD)
            .with_setting("sslmode", mode)
    }
}

pub(super) fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

const ENCRYPTED: &str = "SELECT ssl::text FROM pg_stat_ssl WHERE pid = pg_backend_pid()";

#[tokio::test]
async fn trap_33_verify_full_refuses_a_certificate_of_any_other_authority() {
    let server = Fixture::new(
        Names {
            dns: &["db.example.net"],
            ip: &[],
        },
        &[],
    );
    let own = server.root_certificate();
    let target = server.as_host("db.example.net", "verify-full");

    let session = connect(
        &target.clone().with_setting("sslrootcert", text(&own)),
        &server.env(),
    )
    .await;
    assert_eq!(ask(&session, ENCRYPTED).await, "true");

    let other = Identity::authority("another authority");
    let other = server.file("other.pem", &other.certificate_pem(), 0o644);
    for mode in ["verify-full", "verify-ca", "require"] {
        let target = server
            .as_host("db.example.net", mode)
            .with_setting("sslrootcert", text(&other));
        let error = refusal(&target, &server.env()).await;
        assert!(
            matches!(error.failure(), Some(ConnectFailure::Tls(_))),
            "{mode}: {error}"
        );
        assert!(
            error.to_string().contains("certificate verify failed"),
            "{error}"
        );
        assert!(!error.may_pass(), "{error}");
    }
}

/// libpq trusts the root certificate file alone. OpenSSL's default store is made to hold the server's authority, as if it
/// were one of the system's; a process of its own is needed for that, since OpenSSL reads the variable.
#[test]
fn trap_33_the_systems_authorities_are_not_trusted_besides_the_file() {
    let server = Fixture::new(
        Names {
            dns: &["db.example.net"],
            ip: &[],
        },
        &[],
    );
    let own = server.root_certificate();
    let other = Identity::authority("another authority");
    let other = server.file("other.pem", &other.certificate_pem(), 0o644);
    let with = |sslrootcert: &str| {
        let config = format!(
            "[pgbackman_database]\nhost = \"db.example.net\"\nhostaddr = \"127.0.0.1\"\nport = {}\n\
             sslmode = \"verify-full\"\nsslrootcert = \"{sslrootcert}\"\n",
            server.cluster.port()
        );
        let config = server.file("pgbackman.conf", config.as_bytes(), 0o644);
        let mut command = Command::new(built_binary("pgbackman-test-setup"));
        command
            .args(["database", "--admin-user", Cluster::SUPERUSER, "--config"])
            .arg(config)
            .env_clear()
            .env("PGPASSWORD", Cluster::PASSWORD)
            .env("SSL_CERT_FILE", &own)
            .env("SSL_CERT_DIR", "/nonexistent");
        run(&mut command, b"", super::TIMEOUT)
    };
    // The same store is good for `system`: so it does hold the authority.
    let said = with("system");
    assert!(
        said.stdout.contains("connected to host db.example.net"),
        "{said:?}"
    );
    let said = with(&text(&other)).failure();
    assert!(said.contains("certificate verify failed"), "{said}");
}

#[tokio::test]
async fn trap_33_verify_full_wants_the_very_host_and_verify_ca_does_not() {
    let server = Fixture::new(
        Names {
            dns: &["db.example.net"],
            ip: &["127.0.0.1"],
        },
        &[],
    );
    let root = text(&server.root_certificate());
    let wrong = |mode| {
        server
            .as_host("evil.example.net", mode)
            .with_setting("sslrootcert", &root)
    };
    let error = refusal(&wrong("verify-full"), &server.env()).await;
    assert!(
        matches!(error.failure(), Some(ConnectFailure::Tls(_))),
        "{error}"
    );
    assert!(error.to_string().contains("ostname mismatch"), "{error}");
    connect(&wrong("verify-ca"), &server.env()).await;

    // The address, which the certificate names too.
    let by_address = ConnectTarget::node(
        "127.0.0.1",
        server.cluster.port(),
        Cluster::SUPERUSER,
        "postgres",
    )
    .with_setting("password", Cluster::PASSWORD)
    .with_setting("sslmode", "verify-full")
    .with_setting("sslrootcert", &root);
    connect(&by_address, &server.env()).await;
}

#[tokio::test]
async fn verify_full_refuses_an_address_that_the_certificate_does_not_name() {
    let server = Fixture::new(
        Names {
            dns: &["db.example.net"],
            ip: &["192.0.2.7"],
        },
        &[],
    );
    let target = ConnectTarget::node(
        "127.0.0.1",
        server.cluster.port(),
        Cluster::SUPERUSER,
        "postgres",
    )
    .with_setting("sslmode", "verify-full")
    .with_setting("sslrootcert", text(&server.root_certificate()));
    let error = refusal(&target, &server.env()).await;
    assert!(
        matches!(error.failure(), Some(ConnectFailure::Tls(_))),
        "{error}"
    );
}

#[tokio::test]
async fn the_verify_modes_need_a_root_certificate_and_find_the_one_at_home() {
    let server = Fixture::new(
        Names {
            dns: &["db.example.net"],
            ip: &[],
        },
        &[],
    );
    let target = server.as_host("db.example.net", "verify-full");
    let error = refusal(&target, &server.env()).await;
    let wanted = server.home.path().join(".postgresql/root.crt");
    assert!(
        error
            .to_string()
            .contains(&format!("{} does not exist", text(&wanted))),
        "{error}"
    );
    assert!(
        matches!(error.failure(), Some(ConnectFailure::Settings(_))),
        "{error}"
    );

    server.file(
        ".postgresql/root.crt",
        &server.authority.certificate_pem(),
        0o644,
    );
    connect(&target, &server.env()).await;

    let missing = target.with_setting("sslrootcert", "/nonexistent/root.crt");
    let error = refusal(&missing, &server.env()).await;
    assert!(
        error
            .to_string()
            .contains("sslrootcert /nonexistent/root.crt"),
        "{error}"
    );
}

#[tokio::test]
async fn the_modes_choose_between_plain_and_encrypted() {
    let server = Fixture::new(
        Names {
            dns: &["db.example.net"],
            ip: &[],
        },
        &[
            "hostssl all enc 127.0.0.1/32 trust",
            "hostnossl all plain 127.0.0.1/32 trust",
            "hostnossl all enc 127.0.0.1/32 reject",
            "hostssl all plain 127.0.0.1/32 reject",
        ],
    );
    server
        .cluster
        .psql("postgres", "CREATE ROLE enc LOGIN; CREATE ROLE plain LOGIN");
    let encrypted = |user: &'static str, mode: &'static str| {
        let target = server.as_host("db.example.net", mode).with_user(user);
        let env = server.env();
        async move {
            match pgbackman_core::conninfo::connect(&target, &env, super::TIMEOUT).await {
                Ok(session) => ask(&session, ENCRYPTED).await,
                Err(error) => format!("{:?}", error.failure().unwrap()),
            }
        }
    };
    assert_eq!(encrypted("enc", "prefer").await, "true");
    assert_eq!(encrypted("enc", "require").await, "true");
    assert_eq!(encrypted("enc", "allow").await, "true");
    assert!(encrypted("enc", "disable").await.contains("Refused"));
    assert_eq!(encrypted("plain", "disable").await, "false");
    assert_eq!(encrypted("plain", "allow").await, "false");
    assert_eq!(encrypted("plain", "prefer").await, "false");
    assert!(encrypted("plain", "require").await.contains("Refused"));
}

#[tokio::test]
async fn require_refuses_a_server_without_tls() {
    let cluster = Cluster::shared(Version::Installed);
    let home = tempfile::tempdir().unwrap();
    let target = super::over_tcp(cluster)
        .with_setting("password", Cluster::PASSWORD)
        .with_setting("sslmode", "require");
    let error = refusal(&target, &environment(home.path())).await;
    assert!(
        error.to_string().contains("server does not support TLS"),
        "{error}"
    );
}

#[tokio::test]
async fn trap_23_an_encrypted_sessions_query_is_cancelled_too() {
    let server = Fixture::new(
        Names {
            dns: &["db.example.net"],
            ip: &[],
        },
        &[],
    );
    let target = server
        .as_host("db.example.net", "verify-full")
        .with_setting("sslrootcert", text(&server.root_certificate()));
    let session = connect(&target, &server.env()).await;
    let query = session.query("SELECT pg_sleep(600)", &[]);
    let limit = Duration::from_millis(100);
    let error = with_deadline(&session.canceller(), limit, query)
        .await
        .unwrap_err();
    assert!(matches!(error, DeadlineError::Elapsed(_)), "{error}");
    assert_eq!(ask(&session, "SELECT 'still usable'").await, "still usable");
}
