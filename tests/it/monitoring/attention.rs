//! Never silent about nothing running (issue 14): each reason for which a backup would not be there is a concern of the check
//! and of the exporter, and all is well only without any.

use pgbackman_tests::sandbox::Sandbox;

use super::scene::{backup, define, define_at, healthy_daemons, register, sql, status_info};

/// What the check says, and whether the exporter agrees that something needs attention.
fn line(sandbox: &Sandbox<'_>) -> (i32, String) {
    let said = status_info(sandbox, &["--check"]);
    let file = sandbox.home().join("pgbackman.prom");
    let words = ["--textfile", file.to_str().unwrap()];
    sandbox.run("pgbackman_exporter", words).success();
    let metrics = std::fs::read_to_string(&file).unwrap();
    let is_well = said.code == 0;
    let concerns: u64 = metrics
        .lines()
        .filter(|line| line.starts_with("pgbackman_concerns{"))
        .map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap())
        .sum();
    assert_eq!(concerns == 0, is_well, "{}{metrics}", said.stdout);
    (said.code, said.stdout.trim_end().to_owned())
}

/// A server, a node and a definition as they should be.
fn well() -> (Sandbox<'static>, i64) {
    let sandbox = Sandbox::new();
    register(&sandbox);
    healthy_daemons(&sandbox);
    let definition = define(&sandbox, "shop");
    backup(&sandbox, definition, "1 min", "SUCCEEDED");
    assert_eq!(line(&sandbox).0, 0, "{:?}", line(&sandbox));
    (sandbox, definition)
}

/// Each statement makes something that the check must name with these words, and that the second one mends.
#[test]
fn f1_every_reason_for_which_nothing_is_backed_up_is_named() {
    let (sandbox, _) = well();
    for (broken, words, mended) in [
        (
            "UPDATE pgsql_node SET status = 'STOPPED'",
            "PgSQL node pg1.example.net:5432 is STOPPED: 1 ACTIVE backup definition on it does not run",
            "UPDATE pgsql_node SET status = 'RUNNING'",
        ),
        (
            "UPDATE backup_definition SET day_month_cron = '31', month_cron = '2'",
            "DefID 1 (shop on pg1.example.net:5432) never runs: no date matches its schedule",
            "UPDATE backup_definition SET day_month_cron = '*', month_cron = '*'",
        ),
        (
            "SELECT note_node_databases(1, '{shop,crm,postgres}', now())",
            "1 database on pg1.example.net:5432 without a backup definition: crm",
            "SELECT note_node_databases(1, '{shop}', now())",
        ),
        (
            "UPDATE pgsql_node_config SET value = '' WHERE parameter = 'logs_email'",
            "nobody is notified of failed backups of pg1.example.net:5432",
            "UPDATE pgsql_node_config SET value = 'dba@example.net' WHERE parameter = 'logs_email'",
        ),
        (
            "UPDATE pgsql_node_config SET value = 'example@example.org' WHERE parameter = 'logs_email'",
            "nobody is notified of failed backups of pg1.example.net:5432",
            r#"SELECT note_sign_of_life(1, 'alerts', '2.0.0', 1, '1 hour', '5 min', '{"failing": 0, "channels": 1}', NULL)"#,
        ),
        (
            r#"SELECT note_sign_of_life(1, 'alerts', '2.0.0', 1, '1 hour', '5 min', '{"failing": 0, "channels": 0}', NULL)"#,
            "nobody is notified of failed backups of pg1.example.net:5432",
            "UPDATE pgsql_node_config SET value = 'dba@example.net' WHERE parameter = 'logs_email'",
        ),
        (
            r#"SELECT note_partition_space(1, '[{"path": "/srv/pgbackman", "total_bytes": 1000, "free_bytes": 0, "node_ids": [1]}]', '{}', NULL)"#,
            "/srv/pgbackman on backup01.example.net is full",
            r#"SELECT note_partition_space(1, '[{"path": "/srv/pgbackman", "total_bytes": 1000, "free_bytes": 500, "node_ids": [1]}]', '{}', NULL)"#,
        ),
        (
            "SELECT note_sign_of_life(1, 'control', '2.0.0', 1, '1 hour', '5 min', '{}', now() - interval '1 hour')",
            "control on backup01.example.net last sent a heartbeat 20",
            "SELECT note_sign_of_life(1, 'control', '2.0.0', 1, '1 hour', '5 min', '{}', NULL)",
        ),
        (
            "UPDATE backup_catalog SET started = now() - interval '3 days', finished = now() - interval '3 days'; \
             UPDATE pgsql_node SET status_since = now()",
            "DefID 1 (shop on pg1.example.net:5432) was last backed up 20",
            "UPDATE backup_catalog SET started = now(), finished = now()",
        ),
    ] {
        sql(&sandbox, broken);
        let (code, said) = line(&sandbox);
        assert!(code > 0 && said.contains(words), "{broken}: {said}");
        sql(&sandbox, mended);
        let (code, said) = line(&sandbox);
        assert_eq!(code, 0, "{mended}: {said}");
    }
}

#[test]
fn f2_a_maintenance_window_is_no_concern_and_is_said() {
    let (sandbox, definition) = well();
    // Also where a run was due and the only backup is old.
    sql(
        &sandbox,
        "UPDATE backup_catalog SET started = now() - interval '3 days', finished = now() - interval '3 days'; \
         UPDATE pgsql_node SET status = 'STOPPED', window_until = '2036-01-01 04:30Z'",
    );
    let (code, said) = line(&sandbox);
    let window = "PgSQL node pg1.example.net:5432 is in a maintenance window until 2036-01-01 04:30 UTC (1 backup definition)";
    assert!(code == 0 && said.contains(window), "{said}");
    assert!(said.contains(" missed=0;"), "{said}");
    // What an operator has stopped is said beside it.
    sql(
        &sandbox,
        &format!("UPDATE backup_definition SET job_status = 'STOPPED' WHERE def_id = {definition}"),
    );
    let (code, said) = line(&sandbox);
    assert!(code == 1 && said.contains("(1 stopped)"), "{said}");
    sql(
        &sandbox,
        "UPDATE backup_definition SET job_status = 'ACTIVE'; UPDATE pgsql_node SET window_until = NULL",
    );
    let (code, said) = line(&sandbox);
    assert!(code == 1 && said.contains("is STOPPED"), "{said}");
}

#[test]
fn f1_a_definition_without_a_backup_is_not_well() {
    let (sandbox, _) = well();
    let definition = define_at(&sandbox, "new", "0 4 1 1 *");
    sql(
        &sandbox,
        "UPDATE backup_definition SET registered = now() WHERE dbname = 'new'",
    );
    let (code, said) = line(&sandbox);
    assert!(
        code == 1
            && said.contains("DefID 2 (new on pg1.example.net:5432) has no usable backup")
            && said.contains(" without_backup=1;0;;0 "),
        "{said}"
    );
    // One that failed is none either.
    backup(&sandbox, definition, "1 min", "ERROR");
    let (code, said) = line(&sandbox);
    assert!(code == 2 && said.contains("has no usable backup"), "{said}");
    // What an operator has stopped is counted, and is no concern.
    sql(
        &sandbox,
        "UPDATE backup_definition SET job_status = 'STOPPED' WHERE dbname = 'new'",
    );
    let (code, said) = line(&sandbox);
    assert!(code == 0 && said.contains("OK, 1 stopped"), "{said}");
}

#[test]
fn f1_a_disk_that_will_soon_be_full_is_named() {
    let (sandbox, _) = well();
    // 1024 bytes in two days, and 500 free.
    sql(
        &sandbox,
        "UPDATE pgbackman_version SET registered = now() - interval '2 days'",
    );
    let (code, said) = line(&sandbox);
    assert!(
        code == 1
            && said.contains("/srv/pgbackman on backup01.example.net will be full within a day at the current rate"),
        "{said}"
    );
    let said = status_info(&sandbox, &["--check", "--warning-full", "0"]);
    assert_eq!(said.code, 0, "{}", said.stdout);
    // What grows less fills it later.
    sql(&sandbox, "UPDATE backup_catalog SET pg_dump_file_size = 36");
    let (code, said) = line(&sandbox);
    assert_eq!(code, 0, "{said}");
}
