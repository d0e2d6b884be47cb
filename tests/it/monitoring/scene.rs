//! A backup server with definitions and backups, as the catalogue would have them.

use pgbackman_tests::sandbox::{Output, Sandbox};

/// Names that break what is not written with care.
pub(super) const HOSTILE: [&str; 6] = [
    "quo\"te's",
    "back\\slash",
    "new\nline",
    "pipe|=;,{}",
    "<b>&amp;$(id)",
    "\u{2028}tab\t\u{1b}[31m",
];

/// Registers the server, and a RUNNING node, about whose failures somebody is notified.
pub(super) fn register(sandbox: &Sandbox<'_>) {
    sql(
        sandbox,
        "SELECT register_backup_server('backup01', 'example.net', 'RUNNING', ''), \
             register_pgsql_node('pg1', 'example.net', 5432, 'postgres', 'RUNNING', ''); \
         UPDATE pgsql_node_config SET value = 'dba@example.net' WHERE parameter = 'logs_email'",
    );
}

pub(super) fn sql(sandbox: &Sandbox<'_>, sql: &str) -> String {
    sandbox.catalogue().psql(sql)
}

/// The daemons that every server needs, heard of now, with nothing to complain of, and room on disk.
pub(super) fn healthy_daemons(sandbox: &Sandbox<'_>) {
    sql(
        sandbox,
        r#"SELECT note_sign_of_life(1, d, '2.0.0', 1, '1 hour', '5 min', '{"failing": 0, "pending_files": 0, "refused_files": 0}', NULL)
           FROM unnest('{control,maintenance}'::text[]) AS d;
           SELECT note_partition_space(1, '[{"path": "/srv/pgbackman", "total_bytes": 1000, "free_bytes": 500, "node_ids": [1]}]', '{}', NULL)"#,
    );
}

/// A definition, registered a month ago, that runs at a minute of its own once a day; `age` is an interval.
pub(super) fn define(sandbox: &Sandbox<'_>, dbname: &str) -> i64 {
    define_at(sandbox, dbname, "0 4 * * *")
}

pub(super) fn define_at(sandbox: &Sandbox<'_>, dbname: &str, schedule: &str) -> i64 {
    let fields: Vec<String> = schedule
        .split(' ')
        .map(|field| format!("'{field}'"))
        .collect();
    let said = sql(
        sandbox,
        &format!(
            "INSERT INTO backup_definition (backup_server_id, pgsql_node_id, dbname, minutes_cron, hours_cron, \
                 day_month_cron, month_cron, weekday_cron, backup_code, job_status, registered) \
             VALUES (1, 1, {}, {}, 'FULL', 'ACTIVE', now() - interval '30 days') RETURNING def_id",
            literal(dbname),
            fields.join(", "),
        ),
    );
    // What it queued is worked off.
    sql(sandbox, "DELETE FROM job_queue");
    said.parse().unwrap()
}

/// A run that began so long ago and took a minute; the newest backup of its definition.
pub(super) fn backup(sandbox: &Sandbox<'_>, definition: i64, ago: &str, status: &str) {
    sql(
        sandbox,
        &format!(
            "INSERT INTO backup_catalog (def_id, backup_server_id, pgsql_node_id, dbname, started, finished, duration, \
                 pg_dump_file, pg_dump_file_size, pg_dump_roles_file_size, global_log_file, execution_status, execution_method) \
             SELECT def_id, 1, 1, dbname, now() - interval '{ago}', now() - interval '{ago}' + interval '1 min', \
                 interval '1 min', '/srv/x', 1000, 24, '/log', '{status}', 'CRON' \
             FROM backup_definition WHERE def_id = {definition}"
        ),
    );
}

pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// `pgbackman_status_info` with these words.
pub(super) fn status_info(sandbox: &Sandbox<'_>, words: &[&str]) -> Output {
    sandbox.run("pgbackman_status_info", words.iter().copied())
}
