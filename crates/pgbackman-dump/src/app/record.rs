//! What is in a run's record before the run has done anything.

use std::path::Path;

use chrono::{DateTime, Utc};
use pgbackman_core::domain::backup::{BackupPart, BackupResult};
use pgbackman_core::domain::ids::ServerId;
use pgbackman_core::domain::status::ExecutionStatus;
use pgbackman_core::handoff::run::{self, PausedNode, Phase, RunRecord};
use pgbackman_core::sys::boot;
use serde_json::{Value, json};

use crate::app::App;
use crate::step::Step;

impl App<'_> {
    /// The record with which a run begins; `paused` is what a dead run of the same definition left.
    pub(crate) fn first_record(
        &self,
        root: &Path,
        server: ServerId,
        started: DateTime<Utc>,
        paused: Option<PausedNode>,
    ) -> RunRecord {
        RunRecord {
            version: run::VERSION,
            phase: Phase::Preparing,
            step: Step::RecordWritten.name().to_owned(),
            written: started,
            boot_id: boot::id(),
            result: self.first_result(server, started),
            artifacts: Vec::new(),
            expected: None,
            paused,
            root: root.to_owned(),
        }
    }

    /// What is known of the run before it has done anything: an ERROR until the opposite is proven.
    pub(crate) fn first_result(&self, server: ServerId, started: DateTime<Utc>) -> BackupResult {
        let args = self.args;
        BackupResult {
            run_uuid: self.run_uuid,
            origin: args.origin,
            procpid: std::process::id(),
            server,
            node: args.node_id,
            dbname: args.dbname.clone(),
            datoid: None,
            code: args.code,
            started,
            finished: started,
            dump: BackupPart::default(),
            roles: BackupPart::default(),
            dbconfig: BackupPart::default(),
            global_log: self.config.logging.log_file.clone(),
            status: ExecutionStatus::Error,
            error_message: None,
            role_list: Vec::new(),
            node_release: None,
            pg_dump_release: None,
            checksum: None,
            dbname_size: None,
            manifest_file: None,
            encrypted: false,
            context: self.context(),
        }
    }

    /// Server, node and definition as they are now.
    fn context(&self) -> Value {
        let args = self.args;
        let mut context = json!({
            "backup_server": self.config.backup_server.fqdn(),
            "pgsql_node": args.node_fqdn,
            "pgport": args.node_port,
            "admin_user": args.node_user,
            "extra_backup_parameters": args.extra_parameters,
            "encryption": args.encryption,
            "software": pgbackman_core::VERSION,
        });
        if let Some(request) = args.requested {
            context["requested_run"] = request.get().into();
        }
        context
    }
}
