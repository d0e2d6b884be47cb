//! Discovery among directories of little scripts that say their version.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;

fn not_trusted(path: &Path) -> TrustError {
    TrustError {
        what: "the directory of client programs",
        value: path.to_owned(),
        reason: "not trusted".to_owned(),
        key: "bin_dirs",
        allowed: String::new(),
    }
}

struct Installed(tempfile::TempDir);

impl Installed {
    /// `<root>/<name>/bin/pg_dump` for each pair of name and release.
    fn new(versions: &[(&str, &str)]) -> Self {
        let root = tempfile::tempdir().unwrap();
        for (name, release) in versions {
            let bindir = root.path().join(name).join("bin");
            fs::create_dir_all(&bindir).unwrap();
            let program = bindir.join("pg_dump");
            fs::write(
                &program,
                format!("#!/bin/sh\necho 'pg_dump (PostgreSQL) {release}'\n"),
            )
            .unwrap();
            fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        }
        Self(root)
    }

    fn bindir(&self, name: &str) -> PathBuf {
        self.0.path().join(name).join("bin")
    }

    fn installed(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        entries
            .map(|entry| entry.unwrap().path().join("bin"))
            .collect()
    }

    async fn find(
        &self,
        configured: &[(u16, &str)],
        server: u16,
        asked: Option<u16>,
        distrusted: &str,
    ) -> Result<String, BindirError> {
        let configured: Vec<_> = configured
            .iter()
            .map(|(major, name)| (PgMajor::new(*major), self.bindir(name)))
            .collect();
        let distrusted = self.bindir(distrusted);
        let installed = self.installed();
        let search = Search {
            configured: &configured,
            installed: &installed,
            trusted: &|path| {
                if path == distrusted {
                    Err(not_trusted(path))
                } else {
                    Ok(path.to_owned())
                }
            },
        };
        let wanted = Wanted {
            server: PgMajor::new(server),
            asked: asked.map(PgMajor::new),
        };
        find(&search, wanted).await.map(|tools| {
            assert_eq!(tools.program("psql"), tools.bindir.join("psql"));
            tools.release.to_string()
        })
    }
}

#[tokio::test]
async fn trap_9_the_servers_own_major_is_preferred_and_the_next_newer_serves() {
    let installed = Installed::new(&[("16", "16.14"), ("pgsql-15", "15.18"), ("x", "18.4")]);
    assert_eq!(installed.find(&[], 15, None, "").await.unwrap(), "15.18");
    assert_eq!(installed.find(&[], 14, None, "").await.unwrap(), "15.18");
    assert_eq!(installed.find(&[], 17, None, "").await.unwrap(), "18.4");
    assert_eq!(installed.find(&[], 15, Some(18), "").await.unwrap(), "18.4");
}

#[tokio::test]
async fn the_catalogues_directory_comes_first_where_it_holds_the_version_and_is_trusted() {
    let installed = Installed::new(&[("15", "15.18"), ("own", "15.20"), ("wrong", "16.14")]);
    assert_eq!(
        installed.find(&[(15, "own")], 15, None, "").await.unwrap(),
        "15.20"
    );
    assert_eq!(
        installed
            .find(&[(15, "own")], 15, None, "own")
            .await
            .unwrap(),
        "15.18"
    );
    assert_eq!(
        installed
            .find(&[(15, "wrong")], 15, None, "")
            .await
            .unwrap(),
        "15.18"
    );
    assert_eq!(
        installed
            .find(&[(15, "missing")], 15, None, "")
            .await
            .unwrap(),
        "15.18"
    );
}

#[tokio::test]
async fn what_was_looked_at_is_said() {
    let installed = Installed::new(&[("15", "15.18"), ("evil", "17.1")]);
    let message = installed
        .find(&[(16, "evil")], 16, None, "evil")
        .await
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("not trusted")
            && message.contains("15.18")
            && message.contains("pgsql_bin_16"),
        "{message}"
    );
    let message = installed
        .find(&[], 15, Some(17), "evil")
        .await
        .unwrap_err()
        .to_string();
    assert!(message.contains("version 17 was requested"), "{message}");
    let error = installed.find(&[], 16, Some(15), "").await.unwrap_err();
    assert!(matches!(error, BindirError::CannotServe { .. }), "{error}");
}

#[tokio::test]
async fn every_installed_client_is_listed_once() {
    let found = Installed::new(&[("15", "15.18"), ("16", "16.9"), ("odd", "none")]);
    let all = found.installed();
    let configured = [(PgMajor::new(15), found.bindir("15"))];
    let distrusted = found.bindir("16");
    let search = Search {
        configured: &configured,
        installed: &all,
        trusted: &|path| {
            if path == distrusted {
                Err(not_trusted(path))
            } else {
                Ok(path.to_owned())
            }
        },
    };
    let (tools, refused) = installed(&search).await;
    assert_eq!(tools.len(), 1);
    assert_eq!(tools[0].release.to_string(), "15.18");
    let why: Vec<&WhyNot> = refused.iter().map(|directory| &directory.why).collect();
    assert!(
        matches!(why[..], [WhyNot::NotTrusted(_), WhyNot::NoVersion(_)]),
        "{refused:?}"
    );
}
