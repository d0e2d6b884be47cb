//! The README's promise that a backup is read without PgBackMan: its three commands, in a bare Debian that has PostgreSQL's client
//! programs and jq and nothing else (`cargo xtask test --by-hand`).

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use pgbackman_tests::postgres::{Cluster, Version};

use crate::restore::support::{RestoreLab, content};

/// Names the Debian (`crates/xtask/src/debian/by_hand.rs`).
const VARIABLE: &str = "PGBACKMAN_TEST_BARE_DEBIAN";
/// What the README calls the database.
const DATABASE: &str = "hr";

/// The commands of the README: the block that verifies checksums.
fn commands() -> Vec<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let text = std::fs::read_to_string(file).unwrap();
    let blocks = text.split("```").skip(1).step_by(2);
    let block = blocks.filter(|block| block.contains("sha256sum -c")).last();
    let lines = block
        .unwrap()
        .lines()
        .filter_map(|line| line.strip_prefix("$ "));
    lines.map(str::to_owned).collect()
}

/// Runs a command in the Debian, in a directory of this machine, as a user of the server would.
fn run(debian: &Path, directory: &Path, server: &Cluster, command: &str) -> Output {
    // Mounts of its own: the directory is seen there as /mnt, by nobody else, and until the end of the command.
    let script =
        "mount --bind \"$1\" \"$2/mnt\" && exec chroot \"$2\" /bin/sh -c \"cd /mnt && $3\"";
    Command::new("unshare")
        .args([
            "--mount",
            "--propagation",
            "private",
            "sh",
            "-ec",
            script,
            "sh",
        ])
        .arg(directory)
        .arg(debian)
        .arg(command)
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("PGHOST", "127.0.0.1")
        .env("PGPORT", server.port().to_string())
        .env("PGUSER", Cluster::SUPERUSER)
        .env("PGPASSWORD", Cluster::PASSWORD)
        .output()
        .unwrap()
}

#[test]
fn the_readmes_three_commands_bring_a_backup_back_without_pgbackman() {
    let debian = PathBuf::from(std::env::var_os(VARIABLE).unwrap());
    let (source, target) = (
        Cluster::private(Version::Installed),
        Cluster::private(Version::Installed),
    );
    source.psql_script(
        "postgres",
        &format!(
            "CREATE ROLE clerk; CREATE DATABASE {DATABASE};
             ALTER DATABASE {DATABASE} SET work_mem TO '5MB';
             \\connect {DATABASE}
             CREATE TABLE staff (id integer PRIMARY KEY, name text); ALTER TABLE staff OWNER TO clerk;
             INSERT INTO staff SELECT n, md5(n::text) FROM generate_series(1, 1000) AS n;"
        ),
    );
    let lab = RestoreLab::new(&source, &target);
    let backup = lab.backup(DATABASE, "FULL");
    let directory = backup.dump_file.parent().unwrap();
    let name = backup.dump_file.file_name().unwrap().to_str().unwrap();
    let prefix = name.strip_suffix("-DATABASE.sql").unwrap();

    let there = run(&debian, directory, &target, "ls /usr/bin /usr/sbin");
    let there = String::from_utf8_lossy(&there.stdout).into_owned();
    assert!(there.contains("pg_restore") && !there.contains("pgbackman"));

    let commands = commands();
    assert_eq!(commands.len(), 3, "{commands:?}");
    for command in &commands {
        let command = command.replace("B-", &format!("{prefix}-"));
        let output = run(&debian, directory, &target, &command);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}: {said}");
        if command.starts_with("jq") {
            let verified = String::from_utf8_lossy(&output.stdout);
            assert!(verified.lines().count() >= 4, "{verified}");
            assert!(
                verified.lines().all(|line| line.ends_with(": OK")),
                "{verified}"
            );
        }
    }
    assert_eq!(content(&target, DATABASE), content(&source, DATABASE));
    let of = |cluster: &Cluster, sql: &str| cluster.psql(DATABASE, sql);
    for sql in [
        "SHOW work_mem",
        "SELECT tableowner FROM pg_tables WHERE tablename = 'staff'",
    ] {
        assert_eq!(of(&target, sql), of(&source, sql), "{sql}");
    }
}
