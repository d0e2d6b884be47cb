//! A node's configuration, typed.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::catalogue::error::CatalogError;
use crate::catalogue::nodes::values::Values;
use crate::domain::backup::definition::Retention;
use crate::domain::status::{BackupCode, JobStatus, ServerStatus};

/// The parameters of `pgsql_node_config`: where a node's files are, and the defaults of its definitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeConfig {
    /// `pgnode_backup_partition`: the node's directory, with `dump` and `log` in it.
    pub backup_partition: PathBuf,
    /// `pgnode_crontab_file`.
    pub crontab_file: PathBuf,
    /// Default of new definitions; not supported yet (trap 29c).
    pub encryption: bool,
    /// Default of new definitions.
    pub retention: Retention,
    /// How long a definition whose database is gone keeps its backups; a PostgreSQL interval.
    pub automatic_deletion_retention: String,
    /// Default port.
    pub port: u16,
    /// Default admin user.
    pub admin_user: String,
    /// Default domain.
    pub domain: String,
    /// Default status of a node.
    pub node_status: ServerStatus,
    /// Default of new definitions.
    pub job_status: JobStatus,
    /// Default of new definitions.
    pub backup_code: BackupCode,
    /// Definitions without a minute get one inside this interval (`01-59`).
    pub minutes_interval: String,
    /// Definitions without an hour get one inside this interval (`01-06`).
    pub hours_interval: String,
    /// Default of new definitions.
    pub day_month_cron: String,
    /// Default of new definitions.
    pub month_cron: String,
    /// Default of new definitions.
    pub weekday_cron: String,
    /// Default of new definitions.
    pub extra_backup_parameters: String,
    /// Default of new restore definitions.
    pub extra_restore_parameters: String,
    /// `MAILTO` of the crontab, and where alerts go; empty, or the placeholder of 1.2, for nobody.
    pub logs_email: String,
}

impl NodeConfig {
    /// Reads the rows; a missing or unreadable one is an error that names it.
    pub(super) fn from_parameters(map: &BTreeMap<String, String>) -> Result<Self, CatalogError> {
        let values = Values {
            action: "read the configuration of a PgSQL node",
            map,
        };
        Ok(Self {
            backup_partition: values.text("pgnode_backup_partition")?.into(),
            crontab_file: values.text("pgnode_crontab_file")?.into(),
            encryption: values.parse("encryption")?,
            retention: Retention {
                period: values.text("retention_period")?,
                redundancy: values.parse("retention_redundancy")?,
            },
            automatic_deletion_retention: values.text("automatic_deletion_retention")?,
            port: values.parse("pgport")?,
            admin_user: values.text("admin_user")?,
            domain: values.text("domain")?,
            node_status: values.parse("pgsql_node_status")?,
            job_status: values.parse("backup_job_status")?,
            backup_code: values.parse("backup_code")?,
            minutes_interval: values.text("backup_minutes_interval")?,
            hours_interval: values.text("backup_hours_interval")?,
            day_month_cron: values.text("backup_day_month_cron")?,
            month_cron: values.text("backup_month_cron")?,
            weekday_cron: values.text("backup_weekday_cron")?,
            extra_backup_parameters: values.text("extra_backup_parameters")?,
            extra_restore_parameters: values.text("extra_restore_parameters")?,
            logs_email: values.text("logs_email")?,
        })
    }
}
