//! What is in a run's record before the run has done anything.

use std::path::Path;

use chrono::{DateTime, Utc};
use pgbackman_core::domain::ids::ServerId;
use pgbackman_core::domain::restore::RestoreResult;
use pgbackman_core::domain::status::ExecutionStatus;
use pgbackman_core::handoff::run::{Changes, RestorePhase, RestoreRecord, TargetServer};
use pgbackman_core::sys::boot;

use crate::app::App;
use crate::step::Step;

impl App<'_> {
    /// The record with which a run begins.
    pub(crate) fn first_record(
        &self,
        root: &Path,
        server: ServerId,
        started: DateTime<Utc>,
    ) -> RestoreRecord {
        RestoreRecord {
            version: RestoreRecord::VERSION,
            phase: RestorePhase::Preparing,
            step: Step::RecordWritten.name().to_owned(),
            written: started,
            boot_id: boot::id(),
            result: self.first_result(server, started),
            target: TargetServer {
                host: self.args.node_fqdn.clone(),
                port: self.args.node_port,
                user: self.args.node_user.clone(),
                application: None,
            },
            changes: Changes::default(),
            still: None,
            root: root.to_owned(),
        }
    }

    /// What is known of the run before it has done anything: an ERROR until the opposite is proven.
    pub(crate) fn first_result(&self, server: ServerId, started: DateTime<Utc>) -> RestoreResult {
        let args = self.args;
        RestoreResult {
            run_uuid: self.run_uuid,
            restore: args.restore,
            procpid: std::process::id(),
            server,
            node: args.node_id,
            source_dbname: args.source_dbname.clone(),
            target_dbname: args.target_dbname.clone(),
            renamed_dbname: None,
            started,
            finished: started,
            log: None,
            global_log: self.config.logging.log_file.clone(),
            status: ExecutionStatus::Error,
            error_message: None,
            role_list: Vec::new(),
            target_release: None,
            backup_release: args.pg_release.map(|release| release.to_string()),
            revision: 0,
        }
    }
}
