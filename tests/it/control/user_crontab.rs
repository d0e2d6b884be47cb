//! `scheduler = "crontab"`: the block in the user's own crontab, through a crontab(1) that keeps it in a file.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use pgbackman_tests::sandbox::{Output, run};
use pgbackman_tests::wait;

use super::support::{Backup, DEADLINE};

const OWN: &str = "# mine\nMAILTO=me\n0 1 * * * /home/me/job\n";

/// A backup server with a crontab program of its own; the file that holds the crontab.
fn server() -> (Backup<'static>, PathBuf) {
    let mut backup = Backup::new();
    backup
        .sandbox
        .configure("backup_server", "scheduler", "\"crontab\"");
    let (programs, table) = (
        backup.sandbox.path().join("tools"),
        backup.sandbox.path().join("table"),
    );
    fs::create_dir(&programs).unwrap();
    let script = format!(
        "#!/bin/sh\n\
         if [ \"$1\" = -l ]; then\n\
           [ -e {broken} ] && {{ echo 'crontab: spool is locked' >&2; exit 1; }}\n\
           [ -e {table} ] || {{ echo 'no crontab for me' >&2; exit 1; }}\n\
           exec cat {table}\n\
         fi\n\
         [ \"$1\" = - ] && exec cat > {table}\n",
        table = table.display(),
        broken = backup.sandbox.path().join("broken").display(),
    );
    let program = programs.join("crontab");
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    (backup, table)
}

fn command(backup: &Backup<'_>) -> std::process::Command {
    let mut command = backup.sandbox.command("pgbackman_control");
    command.env(
        "PATH",
        format!(
            "{}:/usr/bin:/bin",
            backup.sandbox.path().join("tools").display()
        ),
    );
    command
}

fn once(backup: &Backup<'_>) -> Output {
    run(command(backup).arg("--once"), b"", DEADLINE)
}

#[test]
fn the_block_holds_the_jobs_without_a_user_and_leaves_the_rest_alone() {
    let (backup, table) = server();
    fs::write(&table, OWN).unwrap();
    let nodes = [backup.node("node1", 5432), backup.node("node2", 5432)];
    let ids = nodes.map(|node| backup.define(node, "shop"));
    let mut control = backup.spawn(command(&backup));
    let scheduled = |id: i64| {
        fs::read_to_string(&table)
            .unwrap_or_default()
            .contains(&format!("--def-id {id} "))
    };
    wait::until(DEADLINE, "both jobs", || {
        ids.iter().all(|id| scheduled(*id)).then_some(())
    });
    let text = fs::read_to_string(&table).unwrap();
    assert!(
        text.starts_with(&format!("{OWN}# BEGIN PgBackMan backup01.example.net ")),
        "{text}"
    );
    assert!(
        text.contains(&format!(
            "\n30 4 * * * {}",
            backup.sandbox.bin_dir().display()
        )),
        "{text}"
    );
    backup.wait_for_empty_queue();
    let late = backup.define(nodes[0], "late");
    wait::until(DEADLINE, "the late job", || scheduled(late).then_some(()));
    backup.sql("DELETE FROM backup_definition");
    wait::until(DEADLINE, "the block's end", || {
        (fs::read_to_string(&table).unwrap() == OWN).then_some(())
    });
    assert_eq!(control.terminate(DEADLINE), 0);
    assert!(
        !backup.crontab(nodes[0]).exists(),
        "nothing is written to cron.d"
    );
}

#[test]
fn c10_the_crontab_of_busybox_is_refused_by_name() {
    let (backup, table) = server();
    let node = backup.node("node1", 5432);
    backup.define(node, "shop");
    let tools = backup.sandbox.path().join("tools");
    let busybox = tools.join("busybox");
    // What it says where there is no crontab, as BusyBox 1.37 says it.
    let script =
        "#!/bin/sh\necho \"crontab: can't open 'me': No such file or directory\" >&2\nexit 1\n";
    fs::write(&busybox, script).unwrap();
    fs::set_permissions(&busybox, fs::Permissions::from_mode(0o755)).unwrap();
    fs::remove_file(tools.join("crontab")).unwrap();
    std::os::unix::fs::symlink("busybox", tools.join("crontab")).unwrap();
    let failed = once(&backup).failure();
    assert!(failed.contains("is BusyBox's crontab"), "{failed}");
    assert!(failed.contains("cronie"), "{failed}");
    assert!(!table.exists());
    assert_eq!(backup.queue().len(), 1, "the change stays queued");
}

#[test]
fn a_crontab_that_cannot_be_read_is_not_taken_for_an_empty_one() {
    let (backup, table) = server();
    fs::write(&table, OWN).unwrap();
    let node = backup.node("node1", 5432);
    backup.define(node, "shop");
    let broken = backup.sandbox.path().join("broken");
    fs::write(&broken, "").unwrap();
    let failed = once(&backup).failure();
    assert!(failed.contains("spool is locked"), "{failed}");
    assert_eq!(fs::read_to_string(&table).unwrap(), OWN);
    assert_eq!(backup.queue().len(), 1, "the change stays queued");
    fs::remove_file(&broken).unwrap();
    fs::remove_file(&table).unwrap();
    once(&backup).success();
    assert!(
        fs::read_to_string(&table)
            .unwrap()
            .starts_with("# BEGIN PgBackMan")
    );
    assert!(backup.queue().is_empty());
}
