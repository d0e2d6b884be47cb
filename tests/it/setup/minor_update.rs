//! An update of PostgreSQL's package under the running private catalogue (case B4): noticed, told, and healed by a restart.

use std::path::PathBuf;

use nix::sys::signal::Signal;
use pgbackman_core::config::{Config, Environment};
use pgbackman_core::conninfo::{ConnectTarget, DEFAULT_TIMEOUT, Session, connect};
use pgbackman_core::node::identity;
use pgbackman_tests::base::TempRoot;
use pgbackman_tests::postgres::{Installation, Version};
use pgbackman_tests::sandbox::{Daemon, Output, place_binary, run};
use pgbackman_tests::wait::until_async;

use super::{DEADLINE, directory, embedded, setup};

/// The release that is installed in the end.
const NEW: Version = Version::V17;

/// A catalogue that runs another minor release than its programs are by now.
struct Updated {
    root: TempRoot,
    dir: PathBuf,
    installed: Installation,
    old: String,
    new: String,
}

impl Updated {
    fn new() -> Self {
        let (root, new) = (TempRoot::new("em"), NEW.release());
        let (major, minor) = new.split_once('.').unwrap();
        // Which of the two is the later one makes no difference; their names are of one length.
        let minor: u32 = minor.parse().unwrap();
        let old = [minor + 1, minor - 1].map(|minor| format!("{major}.{minor}"));
        let old = old.into_iter().find(|old| old.len() == new.len()).unwrap();
        let installed = Installation::copy(NEW, &root);
        installed.becomes(&new, &old);
        let dir = directory(&root);
        let bin_dir = installed.bin_dir();
        embedded(&root, &dir, &["--bindir", bin_dir.to_str().unwrap()]).success();
        // The configuration that is written keeps the directory.
        let updated = Self {
            root,
            dir,
            installed,
            old,
            new,
        };
        let said = updated.setup(&["--status"]).success();
        for wanted in [
            format!("PostgreSQL {}, as user", updated.old),
            format!("Installed: PostgreSQL {} in", updated.old),
            "It responds".to_owned(),
        ] {
            assert!(said.contains(&wanted), "{wanted}: {said}");
        }
        updated.installed.becomes_original();
        updated
    }

    fn setup(&self, args: &[&str]) -> Output {
        embedded(&self.root, &self.dir, args)
    }

    fn program(&self, binary: &str, name: &str, args: &[&str]) -> Output {
        let program = self.root.path().join(name);
        place_binary(binary, &program);
        let mut command = setup(&self.root);
        let mut command_of = std::process::Command::new(program);
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => command_of.env(name, value),
                None => command_of.env_remove(name),
            };
        }
        command = command_of;
        command.arg("--config").arg(self.dir.join("pgbackman.conf"));
        run(command.args(args), b"", DEADLINE)
    }

    async fn session(&self) -> Option<Session> {
        let env = Environment::new(nix::unistd::Uid::effective().as_raw(), "tester");
        let config = Config::load(Some(&self.dir.join("pgbackman.conf")), &env).unwrap();
        let target = ConnectTarget::catalogue(&config);
        connect(&target, &env, DEFAULT_TIMEOUT).await.ok()
    }

    async fn running(&self) -> Option<String> {
        let session = self.session().await?;
        let release = identity::release(&*session).await.ok()?;
        session.close().await;
        Some(release.to_string())
    }
}

#[tokio::test]
async fn b4_an_update_under_the_running_catalogue_is_told_and_a_restart_heals_it() {
    let updated = Updated::new();
    let (old, new) = (&updated.old, &updated.new);
    let said = updated.setup(&["--status"]);
    assert_eq!(said.code, 8, "{}{}", said.stdout, said.stderr);
    for wanted in [
        format!("PostgreSQL {old}, as user"),
        format!("Installed: PostgreSQL {new} in"),
    ] {
        assert!(said.stdout.contains(&wanted), "{wanted}: {}", said.stdout);
    }
    let problem = format!("the embedded catalogue runs PostgreSQL {old}, but {new} is installed");
    assert!(
        said.stderr.contains(&problem) && said.stderr.contains("--restart-if-updated"),
        "{}",
        said.stderr
    );
    let checked = updated.program(
        "pgbackman-test-setup",
        "pgbackman_setup",
        &["server", "--check"],
    );
    assert!(
        checked.stdout.contains(&format!(
            "[WARNING]: embedded {}: {problem}",
            updated.dir.display()
        )),
        "{}",
        checked.stdout
    );
    let checked = updated.program(
        "pgbackman-test-status-info",
        "pgbackman_status_info",
        &["--check"],
    );
    assert!(checked.stdout.contains(&problem), "{}", checked.stdout);

    // Not while the catalogue is made or upgraded: this is its lock.
    let upgrade = updated.session().await.unwrap();
    let lock = format!("SELECT pg_advisory_lock({})", 0x5067_4261_636b_4d6e_i64);
    upgrade.batch_execute(&lock).await.unwrap();
    let said = updated.setup(&["--restart-if-updated"]);
    assert_eq!(said.code, 7, "{}{}", said.stdout, said.stderr);
    assert_eq!(updated.running().await.as_ref(), Some(old));
    upgrade.close().await;

    let said = updated.setup(&["--restart-if-updated"]).success();
    assert!(
        said.contains(&format!("it runs PostgreSQL {new}; before, it ran {old}")),
        "{said}"
    );
    assert_eq!(updated.running().await.as_ref(), Some(new));
    updated.setup(&["--status"]).success();
    let again = updated.setup(&["--restart-if-updated"]).success();
    assert!(again.contains("no restart is needed"), "{again}");
    // The same release from another file, as a package that was built again.
    updated.installed.becomes_original();
    let said = updated.setup(&["--restart-if-updated"]).success();
    assert!(said.contains("[Done] The server was restarted"), "{said}");
    updated.setup(&["--stop"]).success();
    let said = updated.setup(&["--restart-if-updated"]).success();
    assert!(said.contains("is not running"), "{said}");

    // Without its programs nothing can be done, and that is said with the package's name.
    updated.setup(&["--start"]).success();
    updated.installed.remove();
    let major = new.split_once('.').unwrap().0;
    let said = updated.setup(&["--status"]);
    assert_eq!(said.code, 8, "{}{}", said.stdout, said.stderr);
    let gone = format!("the server programs of PostgreSQL {major} are no longer installed");
    assert!(said.stderr.contains(&gone), "{}", said.stderr);
    assert!(
        said.stderr
            .contains(&format!("apt install postgresql-{major}")),
        "{}",
        said.stderr
    );
    let checked = updated.program(
        "pgbackman-test-setup",
        "pgbackman_setup",
        &["server", "--check"],
    );
    assert!(
        checked.stdout.contains("[ERROR]: embedded "),
        "{}",
        checked.stdout
    );
    let checked = updated.program(
        "pgbackman-test-status-info",
        "pgbackman_status_info",
        &["--check"],
    );
    assert_eq!(checked.code, 2, "{}", checked.stdout);
    assert!(checked.stdout.contains(&gone), "{}", checked.stdout);
    for action in ["--start", "--upgrade-major"] {
        let said = updated.setup(&[action]).failure();
        assert!(
            said.contains(&format!("the server programs of PostgreSQL {major}"))
                && said.contains(&format!("apt install postgresql-{major}")),
            "{action}: {said}"
        );
    }
}

#[tokio::test]
async fn b4_control_restarts_the_catalogue_that_was_updated_under_it() {
    let updated = Updated::new();
    let program = updated.root.path().join("pgbackman_control");
    place_binary("pgbackman-test-control", &program);
    let mut command = std::process::Command::new(program);
    command
        .arg("--config")
        .arg(updated.dir.join("pgbackman.conf"))
        .current_dir("/");
    // It is nobody's backup server: what it does about the catalogue's server does not depend on that.
    updated.installed.becomes(&updated.new, &updated.old);
    let said = updated.root.path().join("said");
    let mut control = Daemon::spawn(&mut command, &said);
    until_async(DEADLINE, "control is connected", async || {
        control
            .said()
            .contains("is not registered as a backup server")
            .then_some(())
    })
    .await;
    assert_eq!(updated.running().await.as_ref(), Some(&updated.old));
    updated.installed.becomes_original();
    // What it does every minute.
    control.signal(Signal::SIGHUP);
    until_async(DEADLINE, "the server runs what is installed", async || {
        (updated.running().await.as_ref() == Some(&updated.new)).then_some(())
    })
    .await;
    assert!(
        control.said().contains("restarting it now"),
        "{}",
        control.said()
    );
    control.terminate(DEADLINE);
    updated.setup(&["--stop"]).success();
}
