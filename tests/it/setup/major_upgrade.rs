//! The catalogue moves between major versions of PostgreSQL, and back, by the commands of the manual (case B4).

use std::fs;
use std::path::{Path, PathBuf};

use pgbackman_core::config::{Config, Environment};
use pgbackman_core::conninfo::{ConnectTarget, DEFAULT_TIMEOUT, Session, connect};
use pgbackman_core::sys::lock::FileLock;
use pgbackman_tests::base::TempRoot;
use pgbackman_tests::namespace;
use pgbackman_tests::postgres::Version;
use pgbackman_tests::sandbox::Output;
use pgbackman_tests::small_disk::SmallDisk;

use super::{directory, embedded};

/// A catalogue of an older major version, on a machine where a newer one is installed, too.
struct Machine {
    root: TempRoot,
    dir: PathBuf,
}

impl Machine {
    fn new(old: Version) -> Self {
        let root = TempRoot::new("em");
        let dir = directory(&root);
        let machine = Self { root, dir };
        machine
            .setup(&["--bindir", old.bin_dir().to_str().unwrap()])
            .success();
        machine
    }

    fn setup(&self, args: &[&str]) -> Output {
        embedded(&self.root, &self.dir, args)
    }

    /// What is installed, in the words of the configuration.
    fn installed(&self, dirs: &[&Path]) {
        let conf = self.dir.join("pgbackman.conf");
        let dirs: Vec<String> = dirs
            .iter()
            .map(|dir| format!("\"{}\"", dir.display()))
            .collect();
        let line = format!("bin_dirs = [{}]", dirs.join(", "));
        let text = fs::read_to_string(&conf).unwrap();
        let lines: Vec<&str> = text
            .lines()
            .map(|known| {
                if known.starts_with("bin_dirs = ") {
                    line.as_str()
                } else {
                    known
                }
            })
            .collect();
        assert!(lines.contains(&line.as_str()), "{text}");
        fs::write(&conf, lines.join("\n") + "\n").unwrap();
    }

    async fn session(&self) -> Session {
        let env = Environment::new(nix::unistd::Uid::effective().as_raw(), "tester");
        let config = Config::load(Some(&self.dir.join("pgbackman.conf")), &env).unwrap();
        let target = ConnectTarget::catalogue(&config);
        connect(&target, &env, DEFAULT_TIMEOUT).await.unwrap()
    }

    async fn ask(&self, sql: &str) -> String {
        let session = self.session().await;
        let value = session.query_one(sql, &[]).await.unwrap().get(0);
        session.close().await;
        value
    }

    async fn register(&self, host: &str) {
        let session = self.session().await;
        let sql = format!(
            "SELECT register_backup_server('{host}', 'example.net', 'RUNNING', 'ü \\ ''quoted''')"
        );
        session.batch_execute(&sql).await.unwrap();
        session.close().await;
    }

    async fn major(&self) -> String {
        let sql = "SELECT (current_setting('server_version_num')::int / 10000)::text";
        self.ask(sql).await
    }

    async fn servers(&self) -> String {
        let sql = "SELECT coalesce(string_agg(hostname || ' ' || remarks, ', ' ORDER BY hostname), '') FROM backup_server";
        self.ask(sql).await
    }

    #[cfg(feature = "long")]
    async fn upgrade_again(&self, new: Version) {
        fs::remove_dir_all(self.dir.join(format!("data.pg{new}"))).unwrap();
        self.setup(&["--upgrade-major"]).success();
        assert_eq!(self.major().await, new.to_string());
        self.setup(&["--stop"]).success();
    }

    fn entries(&self) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(&self.dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .filter(|name| name.starts_with("data") || name == "upgrade")
            .collect();
        names.sort();
        names
    }
}

#[tokio::test]
async fn b4_the_catalogue_moves_to_a_newer_major_version_and_back() {
    let machine = moves(Version::Installed, Version::V17).await;
    machine.setup(&["--stop"]).success();
}

#[cfg(feature = "long")]
mod long {
    use super::{Version, moves};

    #[tokio::test]
    async fn b4_the_catalogue_moves_from_each_version_to_each_newer_one_and_back() {
        for (at, old) in Version::ALL.into_iter().enumerate() {
            for new in Version::ALL.into_iter().skip(at + 1) {
                moves(old, new).await.upgrade_again(new).await;
            }
        }
    }
}

/// A catalogue that has gone from one version to the other, and back.
async fn moves(old: Version, new: Version) -> Machine {
    let machine = Machine::new(old);
    let (from, to) = (old.to_string(), new.to_string());
    machine.register("before").await;
    let kept = machine.servers().await;
    let queue = "SELECT nextval(pg_get_serial_sequence('backup_server', 'server_id'))::text";
    let next: u64 = machine.ask(queue).await.parse().unwrap();

    // Only the old one is installed.
    let said = machine.setup(&["--upgrade-major"]);
    assert_eq!(said.code, 6, "{}", said.stderr);
    assert!(
        said.stderr
            .contains(&format!("the newest PostgreSQL that was found is {from}")),
        "{}",
        said.stderr
    );
    let new_dir = new.bin_dir();
    let said = machine.setup(&["--upgrade-major", "--bindir", new_dir.to_str().unwrap()]);
    assert_eq!(said.code, 6, "{}", said.stderr);
    assert!(said.stderr.contains("bin_dirs"), "{}", said.stderr);
    machine.installed(&[&old.bin_dir(), &new_dir]);
    let said = machine.setup(&["--status"]).success();
    assert!(
        said.contains(&format!("PostgreSQL {to} is installed too"))
            && said.contains("--upgrade-major"),
        "{said}"
    );

    // A job that runs holds its record.
    let run = machine.dir.join("backups/run");
    fs::create_dir_all(&run).unwrap();
    let record = run.join("defid7.run");
    let job = FileLock::try_acquire(&record).unwrap().unwrap();
    let said = machine.setup(&["--upgrade-major"]);
    assert_eq!(said.code, 7, "{}", said.stderr);
    assert!(
        said.stderr.contains("is running (defid7)"),
        "{}",
        said.stderr
    );
    drop(job);

    let said = machine.setup(&["--upgrade-major"]).success();
    assert!(
        said.contains(&format!(
            "[Done] The catalogue runs on PostgreSQL {}",
            new.release()
        )),
        "{said}"
    );
    assert!(
        said.contains("The rows of both clusters were compared")
            && said.contains("--undo-upgrade-major"),
        "{said}"
    );
    assert_eq!(machine.major().await, to);
    assert_eq!(machine.servers().await, kept);
    assert_eq!(machine.ask(queue).await, (next + 1).to_string());
    assert_eq!(
        machine.entries(),
        ["data".to_owned(), format!("data.pg{from}")]
    );
    let settings = "SELECT string_agg(setting, ' ' ORDER BY name) FROM pg_settings \
                    WHERE name IN ('fsync', 'synchronous_commit', 'data_checksums', 'listen_addresses')";
    assert_eq!(machine.ask(settings).await, "on on  on");
    // Everything goes on as before.
    machine.register("later").await;
    machine.setup(&["--stop"]).success();
    machine.setup(&["--start"]).success();
    machine.setup(&[]).success();
    let said = machine.setup(&["--status"]).success();
    assert!(
        said.contains(&format!("PostgreSQL {}", new.release())),
        "{said}"
    );

    // The way back, without what came later.
    let said = machine.setup(&["--undo-upgrade-major"]).success();
    assert!(
        said.contains(&format!("PostgreSQL {} again", old.release())),
        "{said}"
    );
    assert_eq!(machine.major().await, from);
    assert_eq!(machine.servers().await, kept);
    assert_eq!(
        machine.entries(),
        ["data".to_owned(), format!("data.pg{to}")]
    );
    let said = machine.setup(&["--undo-upgrade-major"]).failure();
    assert!(
        said.contains("there is no cluster of an older major version"),
        "{said}"
    );
    machine
}

#[tokio::test]
async fn b4_an_upgrade_that_fails_leaves_the_catalogue_as_it_was() {
    let machine = Machine::new(Version::Installed);
    machine.installed(&[&Version::Installed.bin_dir(), &Version::V17.bin_dir()]);
    machine.register("before").await;
    // A kept cluster is never written over.
    let kept = machine.dir.join(format!("data.pg{}", Version::Installed));
    fs::create_dir(&kept).unwrap();
    let said = machine.setup(&["--upgrade-major"]);
    assert_eq!(said.code, 6, "{}", said.stderr);
    assert!(said.stderr.contains("already exists"), "{}", said.stderr);
    fs::remove_dir(&kept).unwrap();
    // What a killed one has left is made anew.
    fs::create_dir_all(machine.dir.join("upgrade")).unwrap();
    // Programs that fail: a directory whose pg_dumpall is none.
    let broken = machine.root.path().join("broken/bin");
    fs::create_dir_all(broken.parent().unwrap()).unwrap();
    fs::create_dir(&broken).unwrap();
    let real = Version::V18.bin_dir();
    for entry in fs::read_dir(&real).unwrap() {
        let entry = entry.unwrap();
        if entry.file_name() != "pg_dumpall" {
            std::os::unix::fs::symlink(entry.path(), broken.join(entry.file_name())).unwrap();
        }
    }
    machine.installed(&[&Version::Installed.bin_dir(), &broken]);
    let said = machine.setup(&["--upgrade-major"]).failure();
    assert!(
        said.contains("pg_dumpall of PostgreSQL 18 is missing in"),
        "{said}"
    );
    std::os::unix::fs::symlink("/bin/false", broken.join("pg_dumpall")).unwrap();
    let said = machine.setup(&["--upgrade-major"]).failure();
    assert!(
        said.contains("pg_dumpall failed")
            && said.contains("nothing was changed, and the catalogue is running as before"),
        "{said}"
    );
    assert_eq!(machine.major().await, Version::Installed.to_string());
    assert!(machine.servers().await.starts_with("before"));
    assert_eq!(machine.entries(), ["data"]);
    machine.setup(&["--stop"]).success();
}

#[test]
fn b4_an_upgrade_needs_room() {
    if !namespace::available() {
        return;
    }
    let root = TempRoot::new("em");
    let dir = directory(&root);
    fs::create_dir(&dir).unwrap();
    let _disk = SmallDisk::over(&dir, 200 * 1024);
    let machine = Machine { root, dir };
    let old = Version::Installed.bin_dir();
    machine
        .setup(&["--bindir", old.to_str().unwrap()])
        .success();
    machine.installed(&[&old, &Version::V17.bin_dir()]);
    let said = machine.setup(&["--upgrade-major"]);
    assert_eq!(said.code, 6, "{}", said.stderr);
    assert!(
        said.stderr.contains("MiB free, but the upgrade may need"),
        "{}",
        said.stderr
    );
    machine.setup(&["--status"]).success();
    machine.setup(&["--stop"]).success();
}
