//! The upgrade of a catalogue of PgBackMan 1.2.

use std::fs;
use std::process::Command;

use super::Bench;
use super::catalogue::{DATABASE, OWNER, superuser_files, superuser_sql};
use super::report::Report;
use super::timing::time;
use crate::installation::SUPERUSER;
use crate::process::output;
use crate::task::{Context, Result, TaskError, step};
use crate::workspace;

/// The old catalogue.
const OLD: &str = "pgbackman_1_2";
/// Its backups.
const ROWS: usize = 100_000;
/// What makes it.
const SCRIPTS: [&str; 4] = [
    "10_tables.sql",
    "20_views.sql",
    "30_functions.sql",
    "40_rows.sql",
];

/// The upgrade with the dump before it, and once more when there is nothing to do.
pub(super) fn old_catalogue(bench: &Bench<'_>, report: &mut Report) -> Result<()> {
    step(&format!("a catalogue of PgBackMan 1.2 with {ROWS} backups"));
    create(bench)?;
    let rows = "SELECT count(*), sum(hashtext(bck_id::text || dbname || coalesce(finished::text, ''))::bigint) FROM backup_catalog";
    let before = superuser_sql(bench, OLD, rows)?;
    let mut said = String::new();
    let first = time(|| upgrade(bench).map(|text| said = text))?;
    if !said.contains("was upgraded from version 3") {
        return Err(TaskError::new(format!(
            "unexpected output of the upgrade: {said}"
        )));
    }
    let second = time(|| upgrade(bench).map(|text| said = text))?;
    if said.contains("upgraded") || superuser_sql(bench, OLD, rows)? != before {
        return Err(TaskError::new(format!(
            "unexpected output of the second upgrade ({said}), or rows were lost"
        )));
    }
    report.time(
        &format!("upgrade of {ROWS} backups of 1.2, with the dump before it"),
        first,
        "",
    );
    report.time("the same again, nothing to do", second, "");
    Ok(())
}

/// The database, and the right to connect to it: the embedded catalogue lets programs into its own only.
fn create(bench: &Bench<'_>) -> Result<()> {
    let rules = bench.layout.catalogue().join("etc/pg_hba.conf");
    let failed = || format!("could not change {}", rules.display());
    let text = fs::read_to_string(&rules).context(failed)?;
    let rule = format!("local {OLD} {OWNER} peer map=catalogue\n");
    fs::write(&rules, rule + &text).context(failed)?;
    superuser_sql(bench, DATABASE, "SELECT pg_reload_conf()")?;
    superuser_sql(
        bench,
        DATABASE,
        &format!("CREATE DATABASE {OLD} OWNER {OWNER} TEMPLATE template0"),
    )?;
    let legacy = workspace::root()?.join("sql/tests/legacy");
    superuser_files(bench, OLD, &SCRIPTS.map(|script| legacy.join(script)))?;
    superuser_sql(bench, OLD, &fill())?;
    superuser_sql(bench, OLD, "VACUUM ANALYZE").map(drop)
}

/// A thousand definitions, each with its share of the backups.
fn fill() -> String {
    format!(
        "INSERT INTO backup_definition (backup_server_id, pgsql_node_id, dbname, backup_code, job_status) \
             SELECT 1, 1, 'db' || n, 'FULL', 'ACTIVE' FROM generate_series(1, 1000) AS n; \
         INSERT INTO backup_catalog (def_id, procpid, backup_server_id, pgsql_node_id, dbname, started, finished, duration, \
                 pg_dump_file, pg_dump_file_size, pg_dump_log_file, pg_dump_roles_file, pg_dump_roles_file_size, \
                 pg_dump_roles_log_file, pg_dump_dbconfig_file, pg_dump_dbconfig_file_size, pg_dump_dbconfig_log_file, \
                 global_log_file, execution_status, execution_method, role_list, pgsql_node_release, pg_dump_release) \
             SELECT d.def_id, n, 1, 1, d.dbname, moment, moment + interval '6 s', '6 s', \
                 '/srv/pgbackman/pgsql_node_1/dump/' || d.dbname || '-n1-defid' || d.def_id || '-' || n || '-DATABASE.sql', n, \
                 '/srv/pgbackman/pgsql_node_1/log/' || d.dbname || '-n1-defid' || d.def_id || '-' || n || '-DATABASE.log', \
                 '/srv/pgbackman/pgsql_node_1/dump/' || d.dbname || '-n1-defid' || d.def_id || '-' || n || '-USERS.sql', 533, \
                 '/srv/pgbackman/pgsql_node_1/log/' || d.dbname || '-n1-defid' || d.def_id || '-' || n || '-USERS.log', \
                 '/srv/pgbackman/pgsql_node_1/dump/' || d.dbname || '-n1-defid' || d.def_id || '-' || n || '-DBCONFIG.sql', 572, \
                 '/srv/pgbackman/pgsql_node_1/log/' || d.dbname || '-n1-defid' || d.def_id || '-' || n || '-DBCONFIG.log', \
                 '/var/log/pgbackman/pgbackman.log', \
                 'SUCCEEDED', 'CRON', '{{rw,ro}}', '9.6', '9.6' \
             FROM (SELECT def_id, dbname, row_number() OVER (ORDER BY def_id) AS place FROM backup_definition \
                   WHERE dbname ~ '^db[0-9]+$') AS d, \
                 LATERAL (SELECT now() - n * interval '1 h', n FROM generate_series(1, {ROWS} / 1000) AS n) AS run (moment, n)"
    )
}

/// `pgbackman_setup database --upgrade`, by a configuration that names the old database.
fn upgrade(bench: &Bench<'_>) -> Result<String> {
    let failed = || "could not write a configuration for the upgrade".to_owned();
    let config = fs::read_to_string(bench.layout.config()).context(failed)?;
    let named: String = config
        .lines()
        .map(|line| {
            if line.starts_with("dbname") {
                format!("dbname = \"{OLD}\"\n")
            } else {
                format!("{line}\n")
            }
        })
        .collect();
    let path = bench.layout.catalogue().join("upgrade.conf");
    fs::write(&path, named).context(failed)?;
    let dump = bench.layout.at("tmp/catalogue-of-1.2.dump");
    output(
        Command::new(bench.layout.program("pgbackman_setup"))
            .arg("--config")
            .arg(path)
            .args([
                "database",
                "--admin-user",
                SUPERUSER,
                "--upgrade",
                "--dump-file",
            ])
            .arg(dump),
    )
}
