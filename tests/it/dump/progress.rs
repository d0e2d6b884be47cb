//! What a run tells of itself while it goes on, and its end when an operator asks for it through the catalogue.

use nix::sys::signal::Signal;
use pgbackman_core::domain::backup::BackupOrigin;
use pgbackman_core::domain::ids::DefId;
use pgbackman_core::handoff::run::path;
use pgbackman_dump::step::Step;
use pgbackman_tests::fakes::FakeTools;
use pgbackman_tests::postgres::{Cluster, Version};
use pgbackman_tests::processes::is_stopped;
use pgbackman_tests::pty::Pty;
use pgbackman_tests::wait::until;

use super::support::{DEADLINE, Lab};

/// A lab whose `pg_dump` has written everything and does not end until `tmp/go` is there.
fn lab_that_waits(cluster: &Cluster) -> Lab<'_> {
    let mut lab = Lab::new(cluster);
    let tools = FakeTools::instead_of(Version::Installed, &mut lab.sandbox);
    let go = lab.sandbox.path().join("tmp/go");
    tools.script(
        "pg_dump",
        &format!(
            "\"$REAL\" \"$@\" || exit\nuntil [ -e '{}' ]; do sleep 0.1; done",
            go.display()
        ),
    );
    lab
}

fn column(lab: &Lab<'_>, column: &str) -> String {
    let statement = format!("SELECT coalesce(({column})::text, '') FROM show_backups_in_progress");
    lab.sandbox.catalogue().psql(&statement).trim().to_owned()
}

fn wait_until_dumping(lab: &Lab<'_>) {
    until(DEADLINE, "a report of what was written", || {
        (column(lab, "\"Phase\" = 'dumping' AND \"Done\" > 0") == "true").then_some(())
    });
}

#[test]
fn finding_8_a_backup_in_progress_shows_phase_bytes_and_time_left() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    database.psql("CREATE TABLE t AS SELECT n, md5(n::text) FROM generate_series(1, 2000) AS n");
    let lab = lab_that_waits(cluster);
    let job = lab.define(database.name(), "FULL");
    let go = lab.sandbox.path().join("tmp/go");
    std::fs::write(&go, "").unwrap();
    job.succeed();
    std::fs::remove_file(&go).unwrap();

    let mut run = job.spawn(&mut job.command());
    wait_until_dumping(&lab);
    // Twice as much is expected: there is something left.
    lab.sandbox.catalogue().psql(
        "CREATE FUNCTION twice() RETURNS trigger LANGUAGE plpgsql AS \
         'BEGIN NEW.bytes_expected := 2 * NEW.bytes_done; RETURN NEW; END'; \
         CREATE TRIGGER twice BEFORE UPDATE ON run_in_progress FOR EACH ROW EXECUTE FUNCTION twice()",
    );
    until(DEADLINE, "a rate and the time that is left", || {
        let known = "\"Rate\" > 0 AND \"Time left\" > interval '0' AND \"Expected\" = 2 * \"Done\"";
        (column(&lab, known) == "true").then_some(())
    });
    let shown = lab.sandbox.shell("show_backups_in_progress").success();
    assert!(
        shown.contains("dumping") && shown.contains(database.name()),
        "{shown}"
    );
    std::fs::write(&go, "").unwrap();
    assert_eq!(run.wait(DEADLINE), 0);
    assert_eq!(column(&lab, "count(*)"), "0");
}

#[test]
fn finding_8_what_is_expected_comes_from_the_last_backup_where_the_run_does_not_know() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    let lab = lab_that_waits(cluster);
    std::fs::write(lab.sandbox.path().join("tmp/go"), "").unwrap();
    let job = lab.define(database.name(), "FULL");
    job.succeed();
    let size =
        lab.catalogued("pg_dump_file_size + pg_dump_roles_file_size + pg_dump_dbconfig_file_size");
    lab.sandbox.catalogue().psql(&format!(
        "SELECT begin_backup_run('00000000-0000-0000-0000-000000000001', {}, NULL, {}, {}, 1, now() - interval '1 hour')",
        job.id, lab.server_id, lab.node_id
    ));
    assert_eq!(column(&lab, "\"Expected\""), size[0]);
    assert_eq!(column(&lab, "\"Phase\""), "no report yet");
    lab.sandbox.catalogue().psql(
        "UPDATE run_in_progress SET phase = 'dumping', bytes_done = 1, reported = now() - interval '2 minutes'",
    );
    assert_eq!(column(&lab, "\"Phase\""), "dumping, silent");
    assert_eq!(column(&lab, "\"Rate\""), "");
}

fn cancel(lab: &Lab<'_>) -> String {
    let run = column(lab, "\"RunID\"");
    lab.sandbox.shell(&format!("cancel_run {run}")).success()
}

#[test]
fn finding_8_a_cancelled_backup_ends_as_error_with_who_asked_and_leaves_nothing() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    database.psql("CREATE TABLE t AS SELECT 1 AS n");
    let lab = lab_that_waits(cluster);
    let job = lab.define(database.name(), "FULL");
    let mut run = job.spawn(&mut job.command());
    wait_until_dumping(&lab);
    let said = cancel(&lab);
    assert!(said.contains("ended with ERROR: cancelled by "), "{said}");
    assert_eq!(run.wait(DEADLINE), 9, "{}", lab.sandbox.log());
    let (status, reason) = lab.only_outcome();
    assert_eq!(status, "ERROR");
    assert!(
        reason.starts_with("cancelled by ") && reason.contains(" on backup01.example.net at 20"),
        "{reason}"
    );
    lab.assert_nobody_survives();
    assert!(lab.dumped().is_empty() && lab.records().is_empty());
    let again = lab.sandbox.shell("cancel_run 1").failure();
    assert!(
        again.contains("Run in progress [1] does not exist"),
        "{again}"
    );
}

#[test]
fn finding_8_a_backup_whose_files_are_complete_is_not_cancelled() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    let lab = Lab::new(cluster);
    let job = lab.define(database.name(), "FULL");
    let mut run = job.spawn(&mut job.observed("STOP", Step::Publishing.name()));
    until(DEADLINE, "a stopped dump", || {
        is_stopped(run.pid()).then_some(())
    });
    lab.sandbox.catalogue().psql(&format!(
        "SELECT begin_backup_run('{}', {}, NULL, {}, {}, 1, now()); \
         UPDATE run_in_progress SET cancel_requested = now(), cancelled_by = 'ann'",
        uuid_of(&lab, job.id),
        job.id,
        lab.server_id,
        lab.node_id
    ));
    run.signal(Signal::SIGCONT);
    assert_eq!(run.wait(DEADLINE), 0, "{}", lab.sandbox.log());
    assert_eq!(lab.only_outcome().0, "SUCCEEDED");
    lab.assert_only_complete_backups();
}

fn uuid_of(lab: &Lab<'_>, definition: DefId) -> String {
    let origin = BackupOrigin::Definition(definition);
    let record = std::fs::read_to_string(path(&lab.sandbox.backup_root(), origin)).unwrap();
    let line = record.lines().rfind(|line| !line.is_empty()).unwrap();
    let record: serde_json::Value = serde_json::from_str(line).unwrap();
    record["result"]["run_uuid"].as_str().unwrap().to_owned()
}

#[test]
fn finding_8_at_a_terminal_a_dump_shows_what_it_does_and_ends_with_one_line_of_result() {
    let cluster = Cluster::shared(Version::Installed);
    let database = cluster.database();
    database.psql("CREATE TABLE t AS SELECT n, md5(n::text) FROM generate_series(1, 2000) AS n");
    let lab = lab_that_waits(cluster);
    let job = lab.define(database.name(), "FULL");
    let go = lab.sandbox.path().join("tmp/go");
    std::fs::write(&go, "").unwrap();
    // Without a terminal nothing is said.
    let output = job.run();
    assert_eq!(
        (output.code, output.stderr.as_str(), output.stdout.as_str()),
        (0, "", "")
    );
    std::fs::remove_file(&go).unwrap();

    let mut terminal = Pty::spawn(&job.command(), 24, 100);
    terminal.expect("dumping", DEADLINE);
    terminal.expect("kB", DEADLINE);
    std::fs::write(&go, "").unwrap();
    terminal.expect("SUCCEEDED, ", DEADLINE);
    terminal.expect(" s, BckID 2", DEADLINE);
    assert_eq!(terminal.wait(DEADLINE), Some(0));
}

#[test]
fn finding_8_at_a_terminal_a_failed_dump_says_why_and_ends_with_its_entry() {
    let cluster = Cluster::shared(Version::Installed);
    let lab = Lab::new(cluster);
    let job = lab.define("no such database", "FULL");
    let mut terminal = Pty::spawn(&job.command(), 24, 100);
    terminal.expect("no such database", DEADLINE);
    terminal.expect("ERROR, ", DEADLINE);
    terminal.expect("BckID 1", DEADLINE);
    assert_eq!(terminal.wait(DEADLINE), Some(1));
}
