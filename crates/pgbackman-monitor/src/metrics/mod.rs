//! The metrics and their text. All are gauges: what the catalogue says now, which may become less when backups are deleted.
//! The text is OpenMetrics and, without counters and units, also Prometheus's older format.

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
