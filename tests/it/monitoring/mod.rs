//! What tells an operator, and an operator's monitoring, how the backups are.

mod attention;
mod check;
mod dashboards;
mod exporter;
mod files;
#[cfg(feature = "promtool")]
mod promtool;
mod scene;
mod signs_of_life;
mod zabbix;
