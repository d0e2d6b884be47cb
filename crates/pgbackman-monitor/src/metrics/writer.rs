//! Writes metrics: name, help, type, samples, with escaped label values.

use std::fmt;

use prometheus_client::encoding::{
    DescriptorEncoder, EncodeGaugeValue, EncodeLabelValue, LabelValueEncoder, MetricEncoder,
};
use prometheus_client::metrics::MetricType;

/// A writer of metrics.
pub(super) struct Writer<'a>(pub(super) DescriptorEncoder<'a>);

impl Writer<'_> {
    /// Writes a metric with labels. The heading is written even without samples.
    pub(super) fn family(
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

    /// A metric with one value.
    pub(super) fn single(
        &mut self,
        name: &'static str,
        help: &str,
        value: &impl EncodeGaugeValue,
    ) -> fmt::Result {
        self.family(name, help, |metric| metric.encode_gauge(value))
    }
}

/// Writes a sample of a metric.
pub(super) fn sample<const N: usize>(
    metric: &mut MetricEncoder<'_>,
    labels: &[(&'static str, &str); N],
    value: &impl EncodeGaugeValue,
) -> fmt::Result {
    let labels = labels.map(|(name, value)| (name, Escaped(value)));
    metric.encode_family(&labels)?.encode_gauge(value)
}

/// Escapes a label's value. The library does not escape, and a name may contain a quote, a backslash or a line break.
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

#[allow(clippy::cast_precision_loss)] // A float holds nine petabytes exactly to the byte.
pub(super) fn float(number: u64) -> f64 {
    number as f64
}

#[allow(clippy::cast_precision_loss)] // Milliseconds until the year 287396.
pub(super) fn seconds(time: chrono::DateTime<chrono::Utc>) -> f64 {
    time.timestamp_millis() as f64 / 1000.0
}
