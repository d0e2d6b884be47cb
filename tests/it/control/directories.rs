//! Directories, caches, and what the catalogue may not decide.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, symlink};

use nix::unistd::{Uid, User};
use pgbackman_core::domain::ids::NodeId;
use pgbackman_core::handoff::cache::{NodeCache, ServerCache};
use pgbackman_core::handoff::directory_mark;
use pgbackman_tests::sandbox::Sandbox;
use pgbackman_tests::wait;

use super::support::{Backup, DEADLINE};

#[test]
fn trap_31_directories_and_caches_belong_to_the_jobs_user_alone() {
    let backup = Backup::new();
    let node = backup.node("node1", 5432);
    backup.once().success();
    let root = backup.sandbox.backup_root();
    let owner = User::from_name(backup.sandbox.os_user())
        .unwrap()
        .unwrap()
        .uid;
    let directories = ["cache_dir", "pending_updates", "run"].map(str::to_owned);
    let of_node = ["", "/dump", "/log"].map(|part| format!("pgsql_node_{node}{part}"));
    for name in directories.iter().chain(&of_node) {
        let metadata = fs::metadata(root.join(name)).unwrap();
        assert!(metadata.is_dir(), "{name}");
        assert_eq!(
            (metadata.mode() & 0o7777, Uid::from_raw(metadata.uid())),
            (0o700, owner),
            "{name}"
        );
    }
    for name in [
        format!("backup_server_{}.cache", Sandbox::BACKUP_SERVER),
        format!("pgsql_node_{node}.cache"),
    ] {
        let metadata = fs::metadata(root.join("cache_dir").join(&name)).unwrap();
        assert_eq!(
            (metadata.mode() & 0o7777, Uid::from_raw(metadata.uid())),
            (0o600, owner),
            "{name}"
        );
    }
}

#[test]
fn caches_say_what_the_catalogue_says_and_follow_it() {
    let backup = Backup::new();
    let node = backup.node("node1", 5432);
    let mut control = backup.control();
    let root = backup.sandbox.backup_root();
    let read = || NodeCache::read(&root, NodeId::new(node)).ok();
    let cache = wait::until(DEADLINE, "the node's cache", read);
    assert_eq!(
        (cache.fqdn.as_str(), cache.port),
        ("node1.example.org", 5432)
    );
    assert_eq!(
        cache.backup_partition,
        root.join(format!("pgsql_node_{node}"))
    );
    let server = wait::until(DEADLINE, "the server's cache", || {
        ServerCache::read(&root, Sandbox::BACKUP_SERVER).ok()
    });
    assert_eq!(
        (
            i64::from(server.server_id.get()),
            &server.root_backup_partition
        ),
        (backup.server, &root)
    );
    // A node without a single definition on this server: it is known all the same.
    backup.sql(&format!(
        "SELECT update_pgsql_node({node}, 5433, 'dba', 'RUNNING', '')"
    ));
    wait::until(DEADLINE, "the new port in the cache", || {
        (read()?.port == 5433).then_some(())
    });
    let moved = root.join("moved");
    backup.set_node_config(
        node,
        "pgnode_backup_partition",
        &moved.display().to_string(),
    );
    wait::until(DEADLINE, "the new directory in the cache", || {
        (read()?.backup_partition == moved).then_some(())
    });
    assert!(moved.join("dump").is_dir());
    assert!(
        root.join(format!("pgsql_node_{node}/dump")).is_dir(),
        "the old backups stay where they are"
    );
    assert_eq!(
        backup.sql("SELECT path FROM former_backup_directory"),
        root.join(format!("pgsql_node_{node}"))
            .display()
            .to_string()
    );
    assert_eq!(control.terminate(DEADLINE), 0);
}

#[test]
fn trap_24_one_nodes_unusable_directory_holds_up_no_other() {
    let backup = Backup::new();
    let (bad, good) = (backup.node("bad", 5432), backup.node("good", 5432));
    let root = backup.sandbox.backup_root();
    fs::write(
        root.join(format!("pgsql_node_{bad}")),
        "a file in its place",
    )
    .unwrap();
    let (one, other) = (backup.define(bad, "shop"), backup.define(good, "shop"));
    let mut control = backup.control();
    backup.wait_until_scheduled(good, &[other]);
    backup.wait_until_scheduled(bad, &[one]);
    wait::until(DEADLINE, "the good node's directory", || {
        root.join(format!("pgsql_node_{good}/dump"))
            .is_dir()
            .then_some(())
    });
    backup.wait_for_log(&format!(
        "files of node {bad} (bad.example.org:5432): could not"
    ));
    fs::remove_file(root.join(format!("pgsql_node_{bad}"))).unwrap();
    wait::until(DEADLINE, "the mended node's directory", || {
        root.join(format!("pgsql_node_{bad}/dump"))
            .is_dir()
            .then_some(())
    });
    assert_eq!(control.terminate(DEADLINE), 0);
}

#[test]
fn what_lies_outside_the_local_boundaries_is_refused_and_reported() {
    let backup = Backup::new();
    let good = backup.node("good", 5432);
    let outside = backup.sandbox.path().join("outside");
    fs::create_dir(&outside).unwrap();
    let (directory, crontab) = (backup.node("directory", 5432), backup.node("crontab", 5432));
    backup.set_node_config(
        directory,
        "pgnode_backup_partition",
        &outside.join("x").display().to_string(),
    );
    backup.set_node_config(
        crontab,
        "pgnode_crontab_file",
        &outside.join("x").display().to_string(),
    );
    let ids = [good, directory, crontab].map(|node| backup.define(node, "shop"));
    let said = backup.once().failure();
    assert!(
        said.contains("backup_roots") && said.contains("crontab_dirs"),
        "{said}"
    );
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
    assert_eq!(backup.scheduled(good), [ids[0]]);
    assert_eq!(
        backup.scheduled(directory),
        [ids[1]],
        "the crontab is not to blame"
    );
    assert!(backup.scheduled(crontab).is_empty());
    let problem = backup.sql(&format!(
        "SELECT problem FROM backup_definition WHERE def_id = {}",
        ids[2]
    ));
    assert!(
        problem.contains("crontab_dirs"),
        "the shell shows it: {problem}"
    );
    assert_eq!(backup.queue().into_keys().collect::<Vec<_>>(), [crontab]);
}

#[test]
fn a_program_that_the_local_configuration_does_not_allow_is_never_scheduled() {
    let backup = Backup::new();
    let node = backup.node("node1", 5432);
    let id = backup.define(node, "shop");
    backup.once().success();
    backup.sql(&format!(
        "UPDATE backup_server_config SET value = '/bin/sh' WHERE server_id = {} AND parameter = 'pgbackman_dump'",
        backup.server
    ));
    backup.define(node, "other");
    let said = backup.once().failure();
    assert!(
        said.contains("/bin/sh") && said.contains("program_dir"),
        "{said}"
    );
    assert_eq!(
        backup.scheduled(node),
        [id],
        "the last good crontab is kept"
    );
}

#[test]
fn a_link_that_the_jobs_user_has_planted_is_not_followed() {
    let backup = Backup::new();
    let node = backup.node("node1", 5432);
    let outside = backup.sandbox.path().join("outside");
    fs::create_dir(&outside).unwrap();
    let root = backup.sandbox.backup_root();
    symlink(&outside, root.join(format!("pgsql_node_{node}"))).unwrap();
    symlink(&outside, root.join("cache_dir")).unwrap();
    backup.once().failure();
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
}

#[test]
fn trap_12_a_nodes_directory_is_marked_and_not_made_again_where_its_file_system_is_not_mounted() {
    let backup = Backup::new();
    let node = backup.node("node1", 5432);
    backup.once().success();
    let partition = backup
        .sandbox
        .backup_root()
        .join(format!("pgsql_node_{node}"));
    let marked = fs::read_to_string(partition.join(directory_mark::FILE_NAME)).unwrap();
    let known = backup.sql("SELECT mark FROM backup_directory_mark");
    assert!(!known.is_empty() && marked.starts_with(&known), "{marked}");
    let cache = NodeCache::read(&backup.sandbox.backup_root(), NodeId::new(node)).unwrap();
    assert_eq!(cache.directory_mark, Some(known.parse().unwrap()));

    let away = partition.with_extension("away");
    fs::rename(&partition, &away).unwrap();
    let said = backup.once();
    assert_ne!(said.code, 0);
    assert!(
        said.stderr.contains("is its file system mounted?"),
        "{}",
        said.stderr
    );
    assert!(!partition.exists());
    // The mount point itself.
    fs::create_dir(&partition).unwrap();
    assert_ne!(backup.once().code, 0);
    assert_eq!(fs::read_dir(&partition).unwrap().count(), 0);

    fs::remove_dir(&partition).unwrap();
    fs::rename(&away, &partition).unwrap();
    backup.once().success();
    assert_eq!(backup.sql("SELECT mark FROM backup_directory_mark"), known);
}

#[test]
fn c13_once_fails_when_it_has_said_that_something_was_not_done() {
    let backup = Backup::new();
    let node = backup.node("node1", 5432);
    let id = backup.define(node, "shop");
    let allowed = backup.crontab(node);
    let set = |path: &str| backup.set_node_config(node, "pgnode_crontab_file", path);
    set("/etc/cron.d/pgsql_node_1");
    let said = backup.once().failure();
    assert!(
        said.contains("is not directly in a crontab directory"),
        "{said}"
    );
    // What is left at the path of before is none of control's: it says so, and does all else.
    set(&allowed.display().to_string());
    let said = backup.once().failure();
    assert!(said.contains("removed no files of node"), "{said}");
    assert_eq!(backup.scheduled(node), [id]);
    backup.once().success();
    // A definition that has no line is not done either.
    backup.sql(
        "SET session_replication_role = replica; UPDATE backup_definition SET minutes_cron = '99'",
    );
    let said = backup.once().failure();
    assert!(said.contains("not in the crontab"), "{said}");
}
