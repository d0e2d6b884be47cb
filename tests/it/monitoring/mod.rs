//! What tells an operator, and an operator's monitoring, how the backups are.

mod attention;
mod check;
mod dashboards;
mod exporter;
mod files;
mod heartbeats;
#[cfg(feature = "promtool")]
mod promtool;
mod scene;
mod zabbix;
