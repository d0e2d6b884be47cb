//! The metrics and their text. All are gauges: what the catalogue says now, which may become less when backups are deleted.
//! The text is OpenMetrics and, without counters and units, also Prometheus's older format.

use std::fmt;

use pgbackman_core::VERSION;
use pgbackman_core::catalog::monitoring::DefinitionState;
use pgbackman_core::catalog::signs_of_life::{Daemon, DaemonState};
use pgbackman_core::domain::status::{ExecutionStatus, JobStatus};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{
    DescriptorEncoder, EncodeGaugeValue, EncodeLabelValue, LabelValueEncoder, MetricEncoder,
};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;

use crate::snapshot::Snapshot;

/// What the exporter says about itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Exporter {
    /// When it was started, in seconds since 1970.
    pub started: f64,
    /// How long reading the catalogue took, or trying to, in seconds.
    pub took: f64,
}

/// The whole text. Without a snapshot the catalogue is away.
///
/// # Errors
/// None that is known: writing to memory does not fail.
pub fn text(exporter: &Exporter, snapshot: Option<Snapshot>) -> Result<String, fmt::Error> {
    // 10 000 definitions make about 15 MB; growing by doubling would need twice as much for a moment.
    let definitions = snapshot
        .as_ref()
        .map_or(0, |snapshot| snapshot.definitions.len());
    let mut text = String::with_capacity(16 * 1024 + definitions * 1536);
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Everything {
        exporter: exporter.clone(),
        snapshot,
    }));
    encode(&mut text, &registry)?;
    Ok(text)
}

#[derive(Debug)]
struct Everything {
    exporter: Exporter,
    snapshot: Option<Snapshot>,
}

impl Collector for Everything {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut writer = Writer(encoder);
        writer.single(
            "pgbackman_up",
            "Whether the catalogue database answers",
            &u64::from(self.snapshot.is_some()),
        )?;
        writer.family(
            "pgbackman_exporter_info",
            "The exporter and its version",
            |metric| sample(metric, &[("version", VERSION)], &1_u64),
        )?;
        writer.single(
            "pgbackman_exporter_start_time_seconds",
            "When the exporter was started",
            &self.exporter.started,
        )?;
        writer.single(
            "pgbackman_exporter_query_duration_seconds",
            "How long reading the catalogue took, or trying to",
            &self.exporter.took,
        )?;
        let Some(snapshot) = &self.snapshot else {
            return Ok(());
        };
        definitions(&mut writer, snapshot)?;
        totals(&mut writer, snapshot)?;
        daemons(&mut writer, snapshot)?;
        spaces(&mut writer, snapshot)
    }
}

/// What each definition that cron runs has.
fn definitions(writer: &mut Writer<'_>, snapshot: &Snapshot) -> fmt::Result {
    let scheduled: Vec<Labelled<'_>> = snapshot
        .definitions
        .iter()
        .filter(|definition| definition.is_scheduled())
        .map(Labelled::new)
        .collect();
    let mut each = |name, help, value: &dyn Fn(&DefinitionState) -> Option<f64>| {
        writer.family(name, help, |metric| {
            scheduled.iter().try_for_each(|one| match value(one.state) {
                Some(value) => sample(metric, &one.labels(), &value),
                None => Ok(()),
            })
        })
    };
    each(
        "pgbackman_definition_registered_timestamp_seconds",
        "When the backup definition was registered or changed",
        &|state| Some(seconds(state.registered)),
    )?;
    each(
        "pgbackman_definition_last_success_timestamp_seconds",
        "When the last backup was complete that can be restored (SUCCEEDED or WARNING)",
        &|state| state.last_usable.map(|last| seconds(last.finished)),
    )?;
    each(
        "pgbackman_definition_last_success_age_seconds",
        "How old that backup is; without one, how long the definition has been there",
        &|state| {
            let since = state
                .last_usable
                .map_or(state.registered, |last| last.finished);
            Some(seconds(snapshot.now) - seconds(since))
        },
    )?;
    each(
        "pgbackman_definition_last_success_size_bytes",
        "How large that backup is",
        &|state| state.last_usable.map(|last| float(last.bytes)),
    )?;
    each(
        "pgbackman_definition_last_run_timestamp_seconds",
        "When the last run ended",
        &|state| state.last_run?.finished.map(seconds),
    )?;
    each(
        "pgbackman_definition_last_run_status",
        "How the last run ended: 0 SUCCEEDED, 1 WARNING, 2 ERROR",
        &|state| {
            state.last_run.map(|run| match run.status {
                ExecutionStatus::Succeeded => 0.0,
                ExecutionStatus::Warning => 1.0,
                ExecutionStatus::Error => 2.0,
            })
        },
    )?;
    each(
        "pgbackman_definition_last_run_duration_seconds",
        "How long the last run took",
        &|state| state.last_run?.duration,
    )?;
    each(
        "pgbackman_definition_failures",
        "Runs that failed since the last backup that can be restored",
        &|state| Some(float(state.failures)),
    )?;
    each(
        "pgbackman_definition_missed_runs",
        "Runs that cron should have started since the last one began",
        &|state| Some(float(state.missed.count as u64)),
    )?;
    each(
        "pgbackman_definition_unschedulable",
        "1 where the definition is not in the crontab; show_backup_definitions says why",
        &|state| state.problem.as_ref().map(|_| 1.0),
    )
}

fn totals(writer: &mut Writer<'_>, snapshot: &Snapshot) -> fmt::Result {
    let mut counted = std::collections::BTreeMap::new();
    for state in &snapshot.definitions {
        let status = match (state.job_status, state.is_scheduled()) {
            (_, true) => "ACTIVE",
            (JobStatus::Active, false) => "NODE_STOPPED",
            (JobStatus::Stopped | JobStatus::Deleted, _) => "STOPPED",
        };
        let node = format!("{}:{}", state.node_fqdn, state.port);
        *counted
            .entry((state.server_fqdn.as_str(), node, status))
            .or_insert(0_u64) += 1;
    }
    writer.family(
        "pgbackman_definitions",
        "Backup definitions: ACTIVE, STOPPED, or ACTIVE while their node is stopped",
        |metric| {
            counted
                .iter()
                .try_for_each(|((server, node, status), count)| {
                    let labels = [
                        ("backup_server", *server),
                        ("pgsql_node", node),
                        ("status", status),
                    ];
                    sample(metric, &labels, count)
                })
        },
    )?;
    let totals = &snapshot.totals;
    let mut backups = |name, help, value: &dyn Fn(u64, u64) -> u64| {
        writer.family(name, help, |metric| {
            totals.backups.iter().try_for_each(|one| {
                let labels = [
                    ("backup_server", one.server_fqdn.as_str()),
                    ("pgsql_node", &one.node),
                    ("status", one.status.as_str()),
                ];
                sample(metric, &labels, &value(one.count, one.bytes))
            })
        })
    };
    backups(
        "pgbackman_backups",
        "Backups in the catalogue",
        &|count, _| count,
    )?;
    backups(
        "pgbackman_backups_size_bytes",
        "How large they are together",
        &|_, bytes| bytes,
    )?;
    writer.family(
        "pgbackman_databases_without_definition",
        "Databases of RUNNING nodes that nobody backs up",
        |metric| {
            totals.uncovered.iter().try_for_each(|(node, count)| {
                sample(metric, &[("pgsql_node", node.as_str())], count)
            })
        },
    )?;
    let mut queues = |name, help, value: &dyn Fn(u64, u64) -> u64| {
        writer.family(name, help, |metric| {
            totals.queues.iter().try_for_each(|one| {
                let labels = [("backup_server", one.server_fqdn.as_str())];
                sample(metric, &labels, &value(one.length, one.oldest_seconds))
            })
        })
    };
    queues(
        "pgbackman_job_queue_length",
        "Jobs that wait for pgbackman_control",
        &|length, _| length,
    )?;
    queues(
        "pgbackman_job_queue_oldest_seconds",
        "How long the first of them has waited",
        &|_, oldest| oldest,
    )?;
    writer.family("pgbackman_runs_in_progress", "Runs that go on", |metric| {
        totals.runs.iter().try_for_each(|one| {
            let labels = [
                ("backup_server", one.server_fqdn.as_str()),
                ("kind", &one.kind),
            ];
            sample(metric, &labels, &one.count)
        })
    })
}

fn daemons(writer: &mut Writer<'_>, snapshot: &Snapshot) -> fmt::Result {
    let mut each = |name, help, value: &dyn Fn(&Life) -> Option<f64>| {
        writer.family(name, help, |metric| {
            snapshot
                .lives
                .iter()
                .try_for_each(|life| match value(life) {
                    Some(value) => {
                        let labels = [
                            ("backup_server", life.server_fqdn.as_str()),
                            ("daemon", life.daemon.as_str()),
                        ];
                        sample(metric, &labels, &value)
                    }
                    None => Ok(()),
                })
        })
    };
    each(
        "pgbackman_daemon_up",
        "Whether the daemon was heard of in time",
        &|life| Some(float(u64::from(life.state == DaemonState::Alive))),
    )?;
    each(
        "pgbackman_daemon_last_seen_timestamp_seconds",
        "When it was heard of last",
        &|life| life.last_seen.map(seconds),
    )?;
    each(
        "pgbackman_daemon_failing",
        "What it could not do when it was heard of last",
        &|life| life.facts.failing.map(float),
    )?;
    let mut files = |name, help, value: &dyn Fn(&Life) -> Option<u64>| {
        writer.family(name, help, |metric| {
            let control = snapshot
                .lives
                .iter()
                .filter(|life| life.daemon == Daemon::Control);
            control
                .filter_map(|life| Some((life, value(life)?)))
                .try_for_each(|(life, count)| {
                    sample(
                        metric,
                        &[("backup_server", life.server_fqdn.as_str())],
                        &count,
                    )
                })
        })
    };
    files(
        "pgbackman_pending_files",
        "Results that wait in files for the catalogue",
        &|life| life.facts.pending_files,
    )?;
    files(
        "pgbackman_refused_files",
        "Results in files that could not be read",
        &|life| life.facts.refused_files,
    )
}

type Life = pgbackman_core::catalog::signs_of_life::DaemonLife;

fn spaces(writer: &mut Writer<'_>, snapshot: &Snapshot) -> fmt::Result {
    type Space = pgbackman_core::catalog::partition_space::PartitionSpace;
    let mut each = |name, help, value: &dyn Fn(&Space) -> f64| {
        writer.family(name, help, |metric| {
            snapshot.spaces.iter().try_for_each(|space| {
                let labels = [
                    ("backup_server", space.server_fqdn.as_str()),
                    ("path", &space.path),
                ];
                sample(metric, &labels, &value(space))
            })
        })
    };
    each(
        "pgbackman_backup_partition_size_bytes",
        "How large the file system is that backups go to",
        &|space| float(space.total_bytes),
    )?;
    each(
        "pgbackman_backup_partition_free_bytes",
        "What may still be written to it",
        &|space| float(space.free_bytes),
    )?;
    each(
        "pgbackman_backup_partition_observed_timestamp_seconds",
        "When control has last looked at it",
        &|space| seconds(space.observed),
    )
}

/// A definition with its labels, which all its metrics have.
struct Labelled<'a> {
    state: &'a DefinitionState,
    id: String,
    node: String,
}

impl<'a> Labelled<'a> {
    fn new(state: &'a DefinitionState) -> Self {
        Self {
            state,
            id: state.id.to_string(),
            node: format!("{}:{}", state.node_fqdn, state.port),
        }
    }

    fn labels(&self) -> [(&'static str, &str); 5] {
        [
            ("def_id", &self.id),
            ("backup_server", &self.state.server_fqdn),
            ("pgsql_node", &self.node),
            ("dbname", &self.state.dbname),
            ("backup_code", self.state.code.as_str()),
        ]
    }
}

struct Writer<'a>(DescriptorEncoder<'a>);

impl Writer<'_> {
    /// A metric with labels. Its heading is there also without samples.
    fn family(
        &mut self,
        name: &'static str,
        help: &str,
        samples: impl FnOnce(&mut MetricEncoder<'_>) -> fmt::Result,
    ) -> fmt::Result {
        let mut metric = self
            .0
            .encode_descriptor(name, help, None, MetricType::Gauge)?;
        samples(&mut metric)
    }

    fn single(
        &mut self,
        name: &'static str,
        help: &str,
        value: &impl EncodeGaugeValue,
    ) -> fmt::Result {
        self.family(name, help, |metric| metric.encode_gauge(value))
    }
}

fn sample<const N: usize>(
    metric: &mut MetricEncoder<'_>,
    labels: &[(&'static str, &str); N],
    value: &impl EncodeGaugeValue,
) -> fmt::Result {
    let labels = labels.map(|(name, value)| (name, Escaped(value)));
    metric.encode_family(&labels)?.encode_gauge(value)
}

/// A label's value. The crate for the format writes it as it is; a name may hold a quote, a backslash or a newline.
#[derive(Debug, Clone, Copy)]
struct Escaped<'a>(&'a str);

impl EncodeLabelValue for Escaped<'_> {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        use fmt::Write as _;
        let mut rest = self.0;
        while let Some(position) = rest.find(['\\', '"', '\n']) {
            let (plain, special) = rest.split_at(position);
            encoder.write_str(plain)?;
            encoder.write_str(match special.as_bytes().first() {
                Some(b'\n') => "\\n",
                Some(b'"') => "\\\"",
                _ => "\\\\",
            })?;
            rest = &special[1..];
        }
        encoder.write_str(rest)
    }
}

#[allow(clippy::cast_precision_loss)] // A float has room for nine petabytes to the byte.
fn float(number: u64) -> f64 {
    number as f64
}

#[allow(clippy::cast_precision_loss)] // Milliseconds until the year 287396.
fn seconds(time: chrono::DateTime<chrono::Utc>) -> f64 {
    time.timestamp_millis() as f64 / 1000.0
}
