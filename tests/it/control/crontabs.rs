//! From the catalogue to the crontab.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use pgbackman_control::steps::Step;
use pgbackman_core::domain::ids::NodeId;
use pgbackman_core::handoff::cache::NodeCache;
use pgbackman_tests::wait;

use super::support::{Backup, DEADLINE};

#[test]
fn a_definition_becomes_a_line_with_all_that_the_dump_needs() {
    let backup = Backup::new();
    let node = backup.node("node1", 5432);
    let id = backup.define(node, "shop");
    let mut control = backup.control();
    backup.wait_until_scheduled(node, &[id]);
    let text = fs::read_to_string(backup.crontab(node)).unwrap();
    let sandbox = &backup.sandbox;
    let line = format!(
        "30 4 * * * {user} {program} --config {config} --node-fqdn node1.example.org --node-id {node} --node-port 5432 \
         --node-user postgres --def-id {id} --dbname shop --backup-code FULL --encryption false --root-backup-dir {root} \
         --cron-schedule '30 4 * * *'",
        user = sandbox.os_user(),
        program = sandbox.bin_dir().join("pgbackman_dump").display(),
        config = sandbox.config_path().display(),
        root = sandbox.backup_root().display(),
    );
    assert_eq!(text.lines().last(), Some(line.as_str()));
    // Nobody has said to whom: nothing is mailed to a stranger's domain.
    assert!(
        !text.contains("MAILTO") && text.contains("# PgSQL node: node1.example.org:5432\n"),
        "{text}"
    );
    let metadata = fs::metadata(backup.crontab(node)).unwrap();
    assert_eq!(metadata.permissions().mode() & 0o7777, 0o644);
    assert_eq!(
        (metadata.uid(), metadata.nlink()),
        (nix::unistd::Uid::effective().as_raw(), 1)
    );
    backup.wait_for_empty_queue();
    assert_eq!(control.terminate(DEADLINE), 0);
}

#[test]
fn trap_24_a_second_definition_right_after_the_first_reaches_the_crontab_at_once() {
    let backup = Backup::new();
    let node = backup.node("node1", 5432);
    let first = backup.define(node, "first");
    let _control = backup.control();
    backup.wait_until_scheduled(node, &[first]);
    let (mut ids, mut slowest) = (vec![first], Duration::ZERO);
    for number in 0..10 {
        ids.push(backup.define(node, &format!("db{number}")));
        let registered = Instant::now();
        backup.wait_until_scheduled(node, &ids);
        slowest = slowest.max(registered.elapsed());
    }
    println!("registration to crontab, the slowest of ten in a row: {slowest:?}");
    // By the notification, and not by the pass that is made every five minutes anyway.
    assert!(slowest < Duration::from_secs(60), "{slowest:?}");
}

#[test]
fn stopping_a_node_empties_its_crontab_and_starting_it_fills_it_again() {
    let backup = Backup::new();
    let node = backup.node("node1", 5432);
    let id = backup.define(node, "shop");
    let _control = backup.control();
    backup.wait_until_scheduled(node, &[id]);
    let set = |status: &str| {
        backup.sql(&format!(
            "SELECT update_pgsql_node({node}, 5433, 'dba', '{status}', '')"
        ))
    };
    set("STOPPED");
    backup.wait_until_scheduled(node, &[]);
    assert!(
        backup.crontab(node).exists(),
        "a stopped node's file stays, without jobs"
    );
    set("RUNNING");
    backup.wait_until_scheduled(node, &[id]);
    let text = fs::read_to_string(backup.crontab(node)).unwrap();
    assert!(text.contains("--node-port 5433 --node-user dba"), "{text}");
}

#[test]
fn f2_a_node_in_a_maintenance_window_keeps_its_lines_and_its_cache_has_the_end() {
    let backup = Backup::new();
    let node = backup.node("node1", 5432);
    let id = backup.define(node, "shop");
    let _control = backup.control();
    backup.wait_until_scheduled(node, &[id]);
    let until = || {
        let root = backup.sandbox.backup_root();
        NodeCache::read(&root, NodeId::new(node))
            .ok()
            .and_then(|cache| cache.window_until)
    };
    let end = "2036-01-01T04:30:00Z";
    backup.sql(&format!(
        "UPDATE pgsql_node SET status = 'STOPPED', window_until = '{end}' WHERE node_id = {node}"
    ));
    wait::until(DEADLINE, "the end of the window in the cache", || {
        (until() == Some(end.parse().unwrap())).then_some(())
    });
    let later = backup.define(node, "crm");
    backup.wait_until_scheduled(node, &[id, later]);
    backup.sql(&format!("SELECT end_maintenance_window({node})"));
    wait::until(DEADLINE, "no window in the cache", || {
        until().is_none().then_some(())
    });
    // An operator's STOPPED empties it.
    backup.sql(&format!(
        "UPDATE pgsql_node SET status = 'STOPPED' WHERE node_id = {node}"
    ));
    backup.wait_until_scheduled(node, &[]);
}

#[test]
fn stopped_and_deleted_definitions_leave_the_crontab() {
    let backup = Backup::new();
    let node = backup.node("node1", 5432);
    let ids = ["a", "b", "c"].map(|dbname| backup.define(node, dbname));
    let _control = backup.control();
    backup.wait_until_scheduled(node, &ids);
    backup.sql(&format!(
        "UPDATE backup_definition SET job_status = 'STOPPED' WHERE def_id = {}",
        ids[0]
    ));
    backup.wait_until_scheduled(node, &ids[1..]);
    backup.sql(&format!(
        "DELETE FROM backup_definition WHERE def_id = {}",
        ids[1]
    ));
    backup.wait_until_scheduled(node, &ids[2..]);
    backup.sql(&format!(
        "UPDATE backup_definition SET job_status = 'ACTIVE' WHERE def_id = {}",
        ids[0]
    ));
    backup.wait_until_scheduled(node, &[ids[0], ids[2]]);
}

#[test]
fn trap_15b_two_nodes_of_one_name_have_a_crontab_each() {
    let backup = Backup::new();
    let (one, other) = (backup.node("node1", 5432), backup.node("node1", 5433));
    let (first, second) = (backup.define(one, "shop"), backup.define(other, "shop"));
    let _control = backup.control();
    backup.wait_until_scheduled(one, &[first]);
    backup.wait_until_scheduled(other, &[second]);
    assert!(
        fs::read_to_string(backup.crontab(other))
            .unwrap()
            .contains("--node-port 5433 ")
    );
    assert!(
        !fs::read_to_string(backup.crontab(one))
            .unwrap()
            .contains("5433")
    );
}

#[test]
fn trap_18_one_bad_definition_is_left_out_and_says_why_until_it_is_mended() {
    let backup = Backup::new();
    let node = backup.node("node1", 5432);
    let good = backup.define(node, "good");
    let bad = backup.define_with(node, "bad", "99", "", "");
    let long = backup.define_with(node, "long", "30", &"-t x ".repeat(300), "");
    let last = backup.define(node, "last");
    let _control = backup.control();
    backup.wait_until_scheduled(node, &[good, last]);
    backup.wait_for_empty_queue();
    let problem = |id: i64| {
        backup.sql(&format!(
            "SELECT problem FROM backup_definition WHERE def_id = {id}"
        ))
    };
    assert!(problem(bad).contains("99"), "{}", problem(bad));
    assert!(problem(long).contains("998"), "{}", problem(long));
    assert_eq!(problem(good), "");
    backup.sql(&format!(
        "UPDATE backup_definition SET minutes_cron = '59' WHERE def_id = {bad}"
    ));
    backup.wait_until_scheduled(node, &[good, bad, last]);
    wait::until(DEADLINE, "no problem", || {
        problem(bad).is_empty().then_some(())
    });
}

#[test]
fn trap_24_trap_18a_ten_thousand_definitions_are_split_and_written_in_seconds() {
    let backup = Backup::new();
    let node = backup.node("node1", 5432);
    let _control = backup.control();
    wait::until(DEADLINE, "the node's cache", || {
        let cache = backup
            .sandbox
            .backup_root()
            .join(format!("cache_dir/pgsql_node_{node}.cache"));
        cache.exists().then_some(())
    });
    backup.sql(&format!(
        "INSERT INTO backup_definition (backup_server_id, pgsql_node_id, dbname, minutes_cron, hours_cron, backup_code, \
             job_status, remarks) \
         SELECT {}, {node}, 'db' || n, '30', '4', 'FULL', 'ACTIVE', '' FROM generate_series(1, 10000) AS n ORDER BY n",
        backup.server
    ));
    let registered = Instant::now();
    backup.wait_for_empty_queue();
    let taken = registered.elapsed();
    println!("a crontab of 10 000 definitions: {taken:?}");
    assert!(taken < Duration::from_secs(60), "{taken:?}");
    let ids: Vec<i64> = backup
        .sql("SELECT def_id FROM backup_definition ORDER BY def_id")
        .lines()
        .map(|id| id.parse().unwrap())
        .collect();
    assert_eq!(ids.len(), 10_000);
    assert_eq!(
        backup.scheduled(node),
        ids,
        "every definition once, in order"
    );
    for name in ["", "_2"] {
        let path = format!("{}{name}", backup.crontab(node).display());
        let lines = fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines < 6000, "{path}: {lines}");
    }
    // One more is seen at once as well.
    let one_more = backup.define(node, "late");
    let registered = Instant::now();
    let expected: Vec<i64> = ids.iter().copied().chain([one_more]).collect();
    backup.wait_until_scheduled(node, &expected);
    println!(
        "one more definition beside 10 000: {:?}",
        registered.elapsed()
    );
}

#[test]
fn trap_24_a_definition_registered_while_the_crontab_is_being_written_is_not_lost() {
    for step in [
        Step::QueueRead,
        Step::DefinitionsRead,
        Step::CrontabPrepared,
        Step::CrontabWritten,
        Step::ProblemsNoted,
    ] {
        let backup = Backup::new();
        let node = backup.node("node1", 5432);
        let first = backup.define(node, "first");
        let (command, steps) = backup.at_step("PGBACKMAN_TEST_PAUSE_AT", step);
        let _control = backup.spawn(command);
        wait::until(DEADLINE, format!("{step}"), || {
            steps.join(step.name()).exists().then_some(())
        });
        let waiting = backup.queue();
        let second = backup.define(node, "second");
        assert_ne!(waiting, backup.queue(), "the waiting entry has a new ID");
        fs::write(steps.join(format!("{step}.go")), "").unwrap();
        backup.wait_until_scheduled(node, &[first, second]);
        backup.wait_for_empty_queue();
        assert_eq!(backup.scheduled(node), [first, second], "{step}");
    }
}

#[test]
fn trap_25a_a_crontab_that_cannot_be_written_pauses_longer_and_longer_and_blocks_no_other() {
    let mut backup = Backup::new();
    let (crontabs, missing) = (
        backup.sandbox.crontab_dir(),
        backup.sandbox.path().join("cron.missing"),
    );
    let dirs = format!(
        "[{:?}, {:?}]",
        crontabs.display().to_string(),
        missing.display().to_string()
    );
    backup
        .sandbox
        .configure("backup_server", "crontab_dirs", &dirs);
    let (bad, good) = (backup.node("bad", 5432), backup.node("good", 5432));
    backup.set_node_config(
        bad,
        "pgnode_crontab_file",
        &missing.join("pgsql_node").display().to_string(),
    );
    let bad_id = backup.define(bad, "shop");
    let mut control = backup.control();
    let first = backup.define(good, "first");
    backup.wait_until_scheduled(good, &[first]);
    backup.wait_for_log("next attempt in 4 s");
    let attempts = backup.sandbox.log().matches("cron.missing").count();
    assert!(attempts <= 8, "{attempts} attempts in a few seconds");
    let log = backup.sandbox.log();
    let about_it: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("cron.missing"))
        .collect();
    assert!(
        about_it.iter().all(|line| line.contains("node=bad")),
        "each line names the node: {about_it:?}"
    );
    let second = backup.define(good, "second");
    backup.wait_until_scheduled(good, &[first, second]);
    // The other node's change goes when its crontab stands; this one stays queued.
    wait::until(DEADLINE, "a queue of the bad node alone", || {
        backup.queue().keys().copied().eq([bad]).then_some(())
    });
    // Mended: it is written without a restart.
    fs::create_dir(&missing).unwrap();
    let text = wait::until(DEADLINE, "the crontab", || {
        fs::read_to_string(missing.join("pgsql_node")).ok()
    });
    assert!(text.contains(&format!("--def-id {bad_id} ")));
    backup.wait_for_empty_queue();
    assert_eq!(control.terminate(DEADLINE), 0);
}

#[test]
fn an_unchanged_crontab_is_not_rewritten() {
    let backup = Backup::new();
    let node = backup.node("node1", 5432);
    backup.define(node, "shop");
    backup.once().success();
    let before = fs::metadata(backup.crontab(node)).unwrap().ino();
    backup.once().success();
    assert_eq!(fs::metadata(backup.crontab(node)).unwrap().ino(), before);
    // Whoever changes it by hand loses: a full pass compares everything.
    let mut control = backup.control();
    wait::until(DEADLINE, "the connection", || {
        control.said().contains("connected to").then_some(())
    });
    fs::write(
        backup.crontab(node),
        fs::read_to_string(backup.crontab(node)).unwrap() + "# mine\n",
    )
    .unwrap();
    control.signal(Signal::SIGHUP);
    wait::until(DEADLINE, "the file as it was", || {
        (!fs::read_to_string(backup.crontab(node))
            .unwrap()
            .contains("# mine"))
        .then_some(())
    });
    assert_eq!(control.terminate(DEADLINE), 0);
}
