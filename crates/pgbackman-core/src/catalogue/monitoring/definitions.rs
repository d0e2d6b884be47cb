//! How each definition stands.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use tokio_postgres::GenericClient;

use super::{Parameters, Scope};
use crate::catalogue::alerts::heartbeats::{DaemonLife, certainty};
use crate::catalogue::error::{CatalogError, sql};
use crate::catalogue::nodes::time_zones;
use crate::catalogue::rows::{Reader, read_all};
use crate::domain::ids::{DefId, NodeId, ServerId};
use crate::domain::schedule::Schedule;
use crate::domain::schedule::missed_runs::{
    MissedRuns, RunTimes, Timetable, ZONE_NEEDED, missing_now,
};
use crate::domain::schedule::time_zone::Zone;
use crate::domain::status::{BackupCode, ExecutionStatus, JobStatus, ServerStatus};

/// The last run of a definition that is registered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LastRun {
    /// How it ended.
    pub status: ExecutionStatus,
    /// When it began.
    pub started: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished: Option<DateTime<Utc>>,
    /// How long it took, in seconds.
    pub duration: Option<f64>,
}

/// The last backup of a definition that can be restored: SUCCEEDED or WARNING.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsableBackup {
    /// When it was complete.
    pub finished: DateTime<Utc>,
    /// All its files together.
    pub bytes: u64,
}

/// A backup definition that is not DELETED.
#[derive(Debug, Clone, PartialEq)]
pub struct DefinitionState {
    /// The definition.
    pub id: DefId,
    /// Its backup server.
    pub server: ServerId,
    /// The server's name.
    pub server_fqdn: String,
    /// Its node.
    pub node: NodeId,
    /// The node's name.
    pub node_fqdn: String,
    /// The node's port.
    pub port: u16,
    /// The database; empty for CLUSTER.
    pub dbname: String,
    /// What is backed up.
    pub code: BackupCode,
    /// ACTIVE or STOPPED.
    pub job_status: JobStatus,
    /// Whether the node takes part.
    pub node_status: ServerStatus,
    /// When the maintenance window ends that the node is in; its status is STOPPED until then.
    pub window_until: Option<DateTime<Utc>>,
    /// When it was registered or changed.
    pub registered: DateTime<Utc>,
    /// Why its line is not in the crontab.
    pub problem: Option<String>,
    /// The last run that is registered.
    pub last_run: Option<LastRun>,
    /// The last backup that can be restored.
    pub last_usable: Option<UsableBackup>,
    /// Runs that ended with ERROR since then.
    pub failures: u64,
    /// When the run began that continues now.
    pub running_since: Option<DateTime<Utc>>,
    /// Runs that should have begun since the last one did; none of a definition that is not scheduled.
    pub missed: MissedRuns,
    /// Whether its schedule names no date that ever comes (31 February).
    pub never_runs: bool,
    /// A newest usable backup from before this moment is too old: two runs of the schedule should have been made since. `None`
    /// of a definition that is not scheduled.
    pub stale_before: Option<DateTime<Utc>>,
}

impl DefinitionState {
    /// Whether cron is to run it: ACTIVE, and its node RUNNING.
    pub fn is_scheduled(&self) -> bool {
        self.job_status == JobStatus::Active && self.node_status == ServerStatus::Running
    }

    /// Whether it would run but for a maintenance window of its node.
    pub fn is_in_window(&self) -> bool {
        self.job_status == JobStatus::Active && self.window_until.is_some()
    }

    /// `database on node`, as a message names it.
    pub fn place(&self) -> String {
        let what = if self.code == BackupCode::Cluster {
            "CLUSTER"
        } else {
            &self.dbname
        };
        format!("{what} on {}:{}", self.node_fqdn, self.port)
    }
}

/// One statement: the last run, the last usable backup and the failures since are looked up in the index of the
/// definition's backups.
const STATEMENT: &str = "\
    SELECT d.def_id, d.backup_server_id, s.fqdn AS server_fqdn, d.pgsql_node_id::bigint AS pgsql_node_id, \
        n.fqdn AS node_fqdn, n.pgport, d.dbname, d.backup_code, d.job_status, n.status AS node_status, n.window_until, d.registered, d.problem, \
        d.minutes_cron, d.hours_cron, d.day_month_cron, d.month_cron, d.weekday_cron, \
        greatest(d.registered, n.status_since) AS due_since, m.started AS newest_started, \
        l.execution_status, l.started, l.finished, extract(epoch FROM l.duration)::float8 AS duration, \
        g.finished AS usable_finished, g.bytes AS usable_bytes, f.failures, r.running_since \
    FROM backup_definition AS d \
    JOIN backup_server AS s ON s.server_id = d.backup_server_id \
    JOIN pgsql_node AS n ON n.node_id = d.pgsql_node_id \
    LEFT JOIN definition_last_run AS m ON m.def_id = d.def_id \
    LEFT JOIN LATERAL ( \
        SELECT c.execution_status, c.started, c.finished, c.duration FROM backup_catalog AS c \
        WHERE c.def_id = d.def_id AND c.execution_status IS NOT NULL \
        ORDER BY c.finished DESC NULLS LAST, c.bck_id DESC LIMIT 1 \
    ) AS l ON true \
    LEFT JOIN LATERAL ( \
        SELECT c.finished, coalesce(c.pg_dump_file_size, 0) + coalesce(c.pg_dump_roles_file_size, 0) \
            + coalesce(c.pg_dump_dbconfig_file_size, 0) AS bytes \
        FROM backup_catalog AS c \
        WHERE c.def_id = d.def_id AND c.execution_status IN ('SUCCEEDED', 'WARNING') AND c.deleting_since IS NULL \
          AND c.finished IS NOT NULL \
        ORDER BY c.finished DESC NULLS LAST, c.bck_id DESC LIMIT 1 \
    ) AS g ON true \
    CROSS JOIN LATERAL ( \
        SELECT count(*) AS failures FROM backup_catalog AS c \
        WHERE c.def_id = d.def_id AND c.execution_status = 'ERROR' AND c.finished > coalesce(g.finished, '-infinity') \
    ) AS f \
    LEFT JOIN LATERAL ( \
        SELECT min(p.started) AS running_since FROM run_in_progress AS p WHERE p.def_id = d.def_id \
    ) AS r ON true \
    WHERE d.job_status <> 'DELETED' \
      AND ($1::integer IS NULL OR d.backup_server_id = $1) \
      AND ($2::bigint IS NULL OR d.pgsql_node_id = $2) \
      AND ($3::bigint IS NULL OR d.def_id = $3) \
    ORDER BY d.def_id";

/// Every definition of a scope that is not DELETED, as of `now`. A run is missed by the judgement of
/// [`crate::domain::schedule::missed_runs`] with this grace; `lives` are the daemons of all servers.
pub async fn definitions(
    client: &impl GenericClient,
    scope: &Scope,
    lives: &[DaemonLife],
    (grace, now): (TimeDelta, DateTime<Utc>),
) -> Result<Vec<DefinitionState>, CatalogError> {
    let action = "read the state of the backup definitions";
    let zones = time_zones::of_servers(client, now - ZONE_NEEDED, now).await?;
    let judgement = Judgement {
        zones: &zones,
        lives,
        grace,
        now,
    };
    let rows = client
        .query(STATEMENT, &Parameters::from(scope).all())
        .await
        .map_err(sql(action))?;
    read_all(&rows, action, |row| {
        let mut state = read(row)?;
        if state.is_scheduled() {
            judgement.judge(row, &mut state)?;
        }
        Ok(state)
    })
}

fn read(row: &Reader<'_>) -> Result<DefinitionState, CatalogError> {
    let last_run = match row.get::<Option<String>>("execution_status")? {
        None => None,
        Some(_) => Some(LastRun {
            status: row.parse("execution_status")?,
            started: row.get("started")?,
            finished: row.get("finished")?,
            duration: row.get("duration")?,
        }),
    };
    let last_usable = match row.get::<Option<DateTime<Utc>>>("usable_finished")? {
        None => None,
        Some(finished) => Some(UsableBackup {
            finished,
            bytes: row.unsigned::<i64, u64>("usable_bytes")?,
        }),
    };
    Ok(DefinitionState {
        id: DefId::new(row.get("def_id")?),
        server: ServerId::new(row.get("backup_server_id")?),
        server_fqdn: row.get("server_fqdn")?,
        node: NodeId::new(row.get("pgsql_node_id")?),
        node_fqdn: row.get("node_fqdn")?,
        port: row.unsigned::<i32, u16>("pgport")?,
        dbname: row.get("dbname")?,
        code: row.parse("backup_code")?,
        job_status: row.parse("job_status")?,
        node_status: row.parse("node_status")?,
        window_until: row.get("window_until")?,
        registered: row.get("registered")?,
        problem: row.get("problem")?,
        last_run,
        last_usable,
        failures: row.unsigned::<i64, u64>("failures")?,
        running_since: row.get("running_since")?,
        missed: MissedRuns::default(),
        never_runs: false,
        stale_before: None,
    })
}

/// By what runs are judged.
struct Judgement<'a> {
    zones: &'a BTreeMap<ServerId, Zone>,
    lives: &'a [DaemonLife],
    grace: TimeDelta,
    now: DateTime<Utc>,
}

impl Judgement<'_> {
    /// Judges the schedule. One that cron would refuse has no runs: the definition's problem says so.
    fn judge(&self, row: &Reader<'_>, state: &mut DefinitionState) -> Result<(), CatalogError> {
        let fields: [&str; 5] = [
            row.get("minutes_cron")?,
            row.get("hours_cron")?,
            row.get("day_month_cron")?,
            row.get("month_cron")?,
            row.get("weekday_cron")?,
        ];
        let Ok(schedule) = Schedule::parse(fields) else {
            return Ok(());
        };
        let remembered: Option<DateTime<Utc>> = row.get("newest_started")?;
        let run = |started, finished| RunTimes { started, finished };
        let last = state
            .last_run
            .and_then(|last| Some(run(last.started?, last.finished)));
        let runs: Vec<RunTimes> = [
            last,
            remembered.map(RunTimes::remembered),
            state.running_since.map(|started| run(started, None)),
        ]
        .into_iter()
        .flatten()
        .collect();
        let utc = Zone::utc();
        let zone = self.zones.get(&state.server).unwrap_or(&utc);
        let timetable = Timetable {
            schedule: &schedule,
            zone,
            since: row.get("due_since")?,
        };
        let certainty = certainty(state.server, self.lives, None);
        state.missed = missing_now(&timetable, &runs, certainty, self.grace, self.now);
        let told = (self.now - self.grace).with_timezone(zone);
        let last = schedule.previous_before(&told);
        // What comes at all has also come within the last decades.
        state.never_runs = last.is_none();
        let before = last.and_then(|last| schedule.previous_before(&last));
        state.stale_before = before.map(|before| before.with_timezone(&Utc));
        Ok(())
    }
}
