//! A fleet and its last days, made up: for what shows fleets. The same seed makes the same fleet.

use chrono::{DateTime, Duration, DurationRound as _, TimeDelta, Utc};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};

use pgbackman_core::domain::text::size::Size;

use crate::postgres::TestDatabase;

/// What is to be made up.
#[derive(Debug, Clone)]
pub struct DemoFleet {
    /// What chance depends on.
    pub seed: u64,
    /// The days before now.
    pub days: i64,
    /// The databases' names.
    pub databases: Vec<String>,
    /// When the fleet is looked at.
    pub now: DateTime<Utc>,
}

/// What the names of 40 databases are made of.
const SUBJECTS: [&str; 10] = [
    "shop",
    "billing",
    "crm",
    "Orders",
    "wiki",
    "metrics",
    "hr",
    "warehouse",
    "auth",
    "mail",
];
const STAGES: [&str; 4] = ["", "_archive", "_staging", "-eu"];
/// How long a run may take, in seconds.
const MAX_DURATION: i64 = 28_800;

/// A failed run: how long it took, in seconds, and why. Only the disk of the second server is nearly full.
fn failure(plan: &Plan, bytes: i64, random: &mut StdRng) -> (i64, String) {
    let node = plan.node;
    match random.random_range(0..if plan.server == 2 { 4 } else { 3 }) {
        0 => (
            1,
            format!("could not connect to the PgSQL node: connection refused (pg{node}.example.net:5432)"),
        ),
        1 => (
            63,
            "pg_dump ended with exit status 1: pg_dump: error: query failed: ERROR:  canceling statement due to lock timeout"
                .to_owned(),
        ),
        2 => (
            MAX_DURATION,
            format!("timed out while trying to dump the database: the run took longer than max_duration \
                     ({MAX_DURATION} s)"),
        ),
        _ => (
            1,
            format!(
                "the backup was not started, because it would not fit on the disk of \
                 /srv/pgbackman/pgsql_node_{node}/dump: {} are free. It is expected to take {}.",
                Size(bytes.unsigned_abs() / 10 * 7),
                Size(bytes.unsigned_abs()),
            ),
        ),
    }
}

impl DemoFleet {
    /// 40 databases over 90 days.
    pub fn forty(seed: u64, now: DateTime<Utc>) -> Self {
        let databases = STAGES.iter().flat_map(|stage| {
            SUBJECTS
                .iter()
                .map(move |subject| format!("{subject}{stage}"))
        });
        Self {
            seed,
            days: 90,
            databases: databases.collect(),
            now,
        }
    }

    /// Writes it into an empty catalogue: two backup servers, four nodes, a definition for each database, its runs, what
    /// retention has deleted of them, disks, and databases without a definition.
    pub fn write_into(&self, catalogue: &TestDatabase<'_>) {
        let mut random = StdRng::seed_from_u64(self.seed);
        let began = self.now - TimeDelta::days(self.days + 30);
        catalogue.psql(
            "SELECT register_backup_server('backup1', 'example.net', 'RUNNING', ''), register_backup_server('backup2', 'example.net', 'RUNNING', '');
             SELECT register_pgsql_node('pg' || n, 'example.net', 5432, 'postgres', 'RUNNING', '') FROM generate_series(1, 4) AS n",
        );
        let mut runs: Vec<Value> = Vec::new();
        for (number, dbname) in (0_i64..).zip(&self.databases) {
            let plan = Plan::of(number, &mut random);
            catalogue.psql(&format!(
                "INSERT INTO backup_definition (def_id, registered, backup_server_id, pgsql_node_id, dbname, minutes_cron, hours_cron, weekday_cron,
                     backup_code, retention_period, retention_redundancy, job_status)
                 VALUES ({}, '{began}', {}, {}, {}, '{}', '{}', '{}', '{}', '14 days', 2, 'ACTIVE')",
                number + 1, plan.server, plan.node, quoted(dbname), plan.minute, plan.hours, plan.weekday, plan.code
            ));
            runs.extend(plan.runs(number + 1, dbname, self, &mut random));
        }
        self.insert(catalogue, &runs, began);
    }

    fn insert(&self, catalogue: &TestDatabase<'_>, runs: &[Value], began: DateTime<Utc>) {
        let now = self.now;
        catalogue.psql("ALTER TABLE backup_catalog DISABLE TRIGGER alert_about_backup");
        // A command's argument has a greatest length.
        for some in runs.chunks(300) {
            let document = quoted(&Value::from(some.to_vec()).to_string());
            catalogue.psql(&format!(
                "INSERT INTO backup_catalog (def_id, backup_server_id, pgsql_node_id, dbname, started, finished, duration, pg_dump_file_size,
                     global_log_file, execution_status, execution_method, error_message, run_uuid)
                 SELECT r.def, d.backup_server_id, d.pgsql_node_id, d.dbname, r.started, r.finished, r.finished - r.started, r.bytes, '',
                     r.status, 'CRON', r.message, gen_random_uuid()
                 FROM jsonb_to_recordset({document}::jsonb)
                     AS r (def bigint, started timestamptz, finished timestamptz, bytes bigint, status text, message text)
                 JOIN backup_definition AS d ON d.def_id = r.def"
            ));
        }
        catalogue.psql(&format!(
            "ALTER TABLE backup_catalog ENABLE TRIGGER alert_about_backup;
             DELETE FROM backup_catalog WHERE bck_id IN (SELECT bck_id FROM backups_past_retention('{now}'));
             UPDATE past_backup SET deleted = finished + interval '14 days 1 hour';
             UPDATE pgbackman_version SET registered = '{began}';
             SELECT note_partition_space(s, jsonb_build_array(jsonb_build_object('path', '/srv/pgbackman', 'total_bytes', size,
                     'free_bytes', greatest(size - kept, 0), 'node_ids', CASE s WHEN 1 THEN '[1, 2]'::jsonb ELSE '[3, 4]'::jsonb END)),
                 '{{}}', at)
             FROM generate_series(1, 2) AS s, LATERAL (
                      -- The second server's disk is nearly full; the first one's has room.
                      SELECT (CASE s WHEN 1 THEN 1.7 ELSE 1.04 END * sum(pg_dump_file_size))::bigint
                      FROM backup_catalog WHERE backup_server_id = s
                  ) AS z (size),
                  generate_series('{now}'::timestamptz - interval '90 days', '{now}', interval '1 day') AS at,
                  LATERAL (
                      SELECT coalesce(sum(bytes), 0)::bigint FROM (
                          SELECT pg_dump_file_size FROM backup_catalog WHERE backup_server_id = s AND finished <= at
                          UNION ALL
                          SELECT bytes FROM past_backup WHERE backup_server_id = s AND finished <= at AND deleted > at
                      ) AS there (bytes)
                  ) AS k (kept)
             ORDER BY at;
             SELECT note_node_databases(2, '{{scratch,tmp_migration}}', '{now}'::timestamptz - interval '9 days');
             SELECT note_node_databases(2, ARRAY(SELECT dbname FROM backup_definition WHERE pgsql_node_id = 2) || '{{scratch,tmp_migration}}', '{now}');
             UPDATE pgsql_node_config SET value = 'dba@example.net' WHERE parameter = 'logs_email';
             SELECT note_sign_of_life(s, daemon, '2.0.0', 1, interval '9 days', interval '5 minutes', '{{}}',
                 '{now}'::timestamptz - CASE WHEN s = 2 AND daemon = 'alerts' THEN interval '2 hours' ELSE interval '20 s' END)
             FROM generate_series(1, 2) AS s, unnest('{{control,maintenance,alerts}}'::text[]) AS daemon;
             -- A test restore a week, of the largest databases.
             WITH chosen AS (
                 SELECT c.*, row_number() OVER (ORDER BY c.pg_dump_file_size DESC) AS place FROM backup_catalog AS c
                 WHERE c.execution_status = 'SUCCEEDED' AND c.finished > '{now}'::timestamptz - interval '36 hours'
                   AND c.started < '{now}'::timestamptz - interval '3 hours'
             ), definition AS (
                 INSERT INTO restore_definition (bck_id, backup_server_id, target_pgsql_node_id, target_dbname, at_time, status)
                 SELECT bck_id, backup_server_id, 4, dbname || '_check', '{now}'::timestamptz - (place * 7 - 5) * interval '1 day', 'DEFINED'
                 FROM chosen WHERE place <= 4
                 RETURNING restore_def, bck_id, backup_server_id, at_time, target_dbname
             )
             INSERT INTO restore_catalog (restore_def, procpid, backup_server_id, target_pgsql_node_id, source_dbname, target_dbname, started,
                 finished, duration, global_log_file, execution_status)
             SELECT d.restore_def, 1, d.backup_server_id, 4, c.dbname, d.target_dbname, d.at_time, d.at_time + t.took, t.took, '', 'SUCCEEDED'
             FROM definition AS d JOIN chosen AS c USING (bck_id),
                  LATERAL (SELECT make_interval(secs => 20 + c.pg_dump_file_size / 25000000)) AS t (took);
             INSERT INTO run_in_progress (run_uuid, def_id, backup_server_id, pgsql_node_id, procpid, started)
             SELECT gen_random_uuid(), d.def_id, d.backup_server_id, d.pgsql_node_id, 1, '{now}'::timestamptz - interval '20 minutes' FROM backup_definition AS d ORDER BY def_id LIMIT 1"
        ));
    }
}

/// How a database is backed up, and how that goes.
struct Plan {
    server: i64,
    node: i64,
    minute: u32,
    hours: String,
    weekday: String,
    code: &'static str,
    /// Hours from one run to the next.
    step: i64,
    first_hour: i64,
    bytes: f64,
    growth: f64,
    failing: f64,
    /// Days before now on which its runs ended well for the last time.
    broken_since: i64,
    /// Days before now on which the last began.
    silent_since: i64,
}

impl Plan {
    fn of(number: i64, random: &mut StdRng) -> Self {
        let hour = random.random_range(1..6);
        let (hours, step, weekday) = match number % 13 {
            4 => ("*/6".to_owned(), 6, "*"),
            9 => (hour.to_string(), 24 * 7, "0"),
            _ => (hour.to_string(), 24, "*"),
        };
        let node = number % 4 + 1;
        Self {
            server: (node + 1) / 2,
            node,
            minute: random.random_range(0..60),
            first_hour: if step == 6 { 0 } else { hour },
            hours,
            weekday: weekday.to_owned(),
            code: if number == 11 { "SCHEMA" } else { "FULL" },
            step,
            bytes: 10_f64.powf(random.random_range(7.0..10.3)),
            growth: [0.0, 0.001, 0.02, 0.004][usize::try_from(number / 4 % 4).unwrap()],
            failing: if number % 9 == 7 { 0.08 } else { 0.006 },
            broken_since: if number == 17 { 3 } else { 0 },
            silent_since: if number == 23 { 2 } else { 0 },
        }
    }

    fn runs(&self, id: i64, dbname: &str, fleet: &DemoFleet, random: &mut StdRng) -> Vec<Value> {
        let today = fleet.now.duration_trunc(Duration::days(1)).unwrap();
        let mut at = today - TimeDelta::days(fleet.days + 14)
            + TimeDelta::hours(self.first_hour)
            + TimeDelta::minutes(self.minute.into());
        if self.step > 24 {
            // To a Sunday: the first of January 1970 was a Thursday.
            at += TimeDelta::days((10 - (at.timestamp() / 86_400) % 7) % 7);
        }
        let mut runs = Vec::new();
        while at < fleet.now - TimeDelta::hours(1) {
            let ago = (fleet.now - at).num_days();
            // The second server stood still for two days.
            let is_down = self.server == 2 && (40..42).contains(&ago);
            if !is_down && ago >= self.silent_since {
                let age = 1.0 + self.growth * f64::from(i32::try_from(fleet.days - ago).unwrap());
                let noise = random.random_range(0.97..1.03);
                #[allow(clippy::cast_possible_truncation)]
                let bytes = (self.bytes * age.max(0.2) * noise) as i64;
                let fails = ago < self.broken_since || random.random_bool(self.failing);
                let warns = !fails && random.random_bool(0.01);
                let took = 5 + bytes / 40_000_000;
                let (status, seconds, message) = match (fails, warns) {
                    (true, _) => {
                        let (seconds, reason) = failure(self, bytes, random);
                        ("ERROR", seconds, Some(reason))
                    }
                    (_, true) => (
                        "WARNING",
                        took,
                        Some(format!(
                            "roles that {dbname} names are not in the roles file: auditor"
                        )),
                    ),
                    _ => ("SUCCEEDED", took, None),
                };
                runs.push(json!({
                    "def": id, "started": at, "finished": at + TimeDelta::seconds(seconds),
                    "bytes": if fails { 0 } else { bytes }, "status": status, "message": message,
                }));
            }
            at += TimeDelta::hours(self.step);
        }
        runs
    }
}

fn quoted(text: &str) -> String {
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}
