//! The metrics and their text. All are gauges: they show the current state of the catalogue, and may decrease when
//! backups are deleted. The text is valid as OpenMetrics and, without counters and units, as Prometheus's older
//! format.

mod definitions;
mod servers;
mod totals;
mod writer;

use std::fmt;

use pgbackman_core::VERSION;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

use crate::snapshot::Snapshot;
use definitions::definitions;
use servers::{daemons, spaces};
use totals::totals;
use writer::{Writer, sample};

/// Facts about the exporter itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Exporter {
    /// Start of the exporter, in seconds since 1970.
    pub started: f64,
    /// Duration of the last attempt to read the catalogue, in seconds.
    pub took: f64,
}

/// Writes all metrics. Without a snapshot, the catalogue is unavailable.
///
/// # Errors
/// None in practice: writing to memory does not fail.
pub fn text(exporter: &Exporter, snapshot: Option<Snapshot>) -> Result<String, fmt::Error> {
    // 10,000 definitions need about 15 MB; growing by doubling would need twice that for a moment.
    let definitions = snapshot
        .as_ref()
        .map_or(0, |snapshot| snapshot.picture.definitions.len());
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
            "Whether the catalogue database responds",
            &u64::from(self.snapshot.is_some()),
        )?;
        writer.family(
            "pgbackman_exporter_info",
            "Version of the exporter",
            |metric| sample(metric, &[("version", VERSION)], &1_u64),
        )?;
        writer.single(
            "pgbackman_exporter_start_time_seconds",
            "When the exporter was started",
            &self.exporter.started,
        )?;
        writer.single(
            "pgbackman_exporter_query_duration_seconds",
            "How long reading the catalogue took, or the attempt to read it",
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
